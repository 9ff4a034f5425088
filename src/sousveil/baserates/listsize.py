"""From one comparison to a search of a list: how the false positive rate grows with the list.

    exact    FPIR(N) = 1 - (1 - FMR)^N: every comparison errs on its own (Daugman; MODEL.md section 8)
    linear   FPIR(N) = N x FMR: the first term of it, as laboratories scale (NPL 2023; NISTIR 8429 eq. 32)

They agree while N x FMR is small. The linear product is no probability once it nears 1; then it is refused here. Some
products normalise their scores against the list, and then neither rule holds: no growth at all is possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sousveil.errors import InputError, did_you_mean
from sousveil.ground.arguments import described
from sousveil.ground.numerals import number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["RULES", "Rule", "known", "per_comparison", "rescale", "search"]

Rule = Literal["exact", "linear"]

RULES: dict[Rule, str] = {
    "exact": "1 - (1 - FMR)^N, every comparison on its own",
    "linear": "N x FMR, as laboratories scale",
}
"""The rules, in words."""


def known(rule: str) -> Rule:
    """The rule of that name. Raises InputError for another."""
    if rule not in RULES:
        raise InputError(f"rule: {described(rule)} is none of them{did_you_mean(rule, tuple(RULES))}")
    return rule


def search(fmr: float | NDArray[np.float64], size: int, rule: Rule = "exact") -> Any:
    """FPIR of a search of `size` entries, from the rate per comparison; a share, in the shape given.

    Raises InputError when the linear rule gives no probability.
    """
    import numpy as np

    if rule == "linear":
        product = np.asarray(fmr, dtype=np.float64) * size
        if float(np.max(product)) > 1:
            raise InputError(f"the linear rule gives {number(float(np.max(product)))} for a list of {size:,}: that is "
                             "a number of expected matches, not a probability; use the exact rule")
        return product if np.ndim(fmr) else float(product)
    with np.errstate(divide="ignore"):
        value = -np.expm1(size * np.log1p(-np.asarray(fmr, dtype=np.float64)))
    value = value if size else np.zeros_like(value)
    return value if np.ndim(fmr) else float(value)


def per_comparison(fpir: float | NDArray[np.float64], size: int, rule: Rule = "exact") -> Any:
    """The rate per comparison behind an FPIR measured with a list of `size`; a share, in the shape given."""
    import numpy as np

    if size < 1:
        raise InputError("a list without entries has no rate per comparison")
    rates = np.asarray(fpir, dtype=np.float64)
    if rule == "linear":
        value = rates / size
    else:
        with np.errstate(divide="ignore"):
            value = -np.expm1(np.log1p(-rates) / size)
    return value if np.ndim(fpir) else float(value)


def rescale(fpir: float | NDArray[np.float64], measured: int, size: int, rule: Rule = "exact") -> Any:
    """An FPIR measured with a list of `measured` entries, for a list of `size`; a share, in the shape given."""
    return fpir if measured == size else search(per_comparison(fpir, measured, rule), size, rule)
