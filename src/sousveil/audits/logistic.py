"""A logistic regression on printed counts: odds of being selected by all columns of groups at once.

Its rows are the intersections whose counts are printed; the others are left out, and the note says how many decisions
that leaves. Errors are robust against a wrong model (HC1; White 1980, MacKinnon and White 1985), or clustered by a
column that was crossed with the others (Liang and Zeger 1986; with Student's t of clusters - 1 degrees of freedom).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.metrics import Z
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

__all__ = ["ODDS_RATIO", "Fit", "fit", "measures"]

ODDS_RATIO = Name("logistic regression", "odds ratio of being selected")

_STEPS = 60
_FEWEST_CLUSTERS = 10
"""With fewer clusters than this, errors by cluster are far too small (Cameron, Gelbach and Miller 2008)."""


@dataclass(frozen=True)
class Fit:
    """Coefficients (k,) and three covariances of them (k, k): of the model, robust, and by cluster or None."""

    beta: Numbers
    model: Numbers
    robust: Numbers
    clustered: Numbers | None


def fit(design: Numbers, events: Numbers, trials: Numbers, clusters: Sequence[object] = (),
        tolerance: float = 1e-12) -> Fit:
    """By iteratively reweighted least squares on counts. Raises ArithmeticError when it does not come to rest."""
    import numpy as np

    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ beta, -700, 700)))
        information = design.T @ (design * (trials * chance * (1 - chance))[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (events - trials * chance))
        except np.linalg.LinAlgError:
            raise ArithmeticError("some columns say the same as others") from None
        beta = beta + step
        if float(np.abs(step).max()) < tolerance:
            break
    else:
        raise ArithmeticError("the regression does not come to rest")
    chance = 1 / (1 + np.exp(-design @ beta))
    information = design.T @ (design * (trials * chance * (1 - chance))[:, None])
    bread = np.asarray(np.linalg.inv(information), dtype=np.float64)
    n, k = float(trials.sum()), design.shape[1]
    squares = events * (1 - chance) ** 2 + (trials - events) * chance**2
    robust: Numbers = bread @ (design.T @ (design * squares[:, None])) @ bread * (n / (n - k))
    if not clusters:
        return Fit(beta, bread, robust, None)
    scores = design * (events - trials * chance)[:, None]
    names = sorted(set(map(str, clusters)))
    sums = np.stack([scores[[str(c) == name for c in clusters]].sum(axis=0) for name in names])
    many = len(names)
    by_cluster = bread @ (sums.T @ sums) @ bread * (many / (many - 1) * (n - 1) / (n - k)) if many > 1 else None
    return Fit(beta, bread, robust, by_cluster)


def measures(shown: Printed, chosen: Mapping[tuple[int, ...], Group], clusters: str) -> Iterator[Measure]:
    """The odds ratio of every label against its column's reference, with all other columns alike."""
    import numpy as np

    columns = shown.layout.columns
    within = columns.index(clusters) if clusters else -1
    places = [place for place in range(len(columns)) if place != within and (place,) in chosen]
    terms = [(place, text) for place in places for text in shown.layout.labels[place]
             if ((place, text),) != chosen[place,]]
    cells = [(dict(group), shown[group, "d1"], shown[group, "n"]) for group in shown.layout.groups
             if len(group) == len(columns)]
    told = [(group, d, n) for group, d, n in cells if d is not None and n is not None]
    if not terms or not told:
        return
    seen = [term for term in terms if any(group[term[0]] == term[1] for group, _, _ in told)]
    design = np.array([[1.0, *(float(group[place] == text) for place, text in seen)] for group, _, _ in told])
    events, trials = (np.array([row[i] for row in told], dtype=float) for i in (1, 2))
    everybody = shown[(), "n"]
    share = "" if everybody is None else f" of {everybody:,}"
    note = f"on {len(told)} printed intersections, {int(trials.sum()):,}{share} decisions"
    try:
        found = fit(design, events, trials, [group[within] for group, _, _ in told] if clusters else ())
    except ArithmeticError as error:
        yield Measure(ODDS_RATIO, "all", "", None, None, None, "ratio", None, "", f"not estimable: {error}; {note}")
        return
    spread, z, how = found.robust, Z, "robust errors (HC1)"
    if clusters:
        many = len({group[within] for group, _, _ in told})
        if found.clustered is None or many < _FEWEST_CLUSTERS:
            yield Measure(ODDS_RATIO, "all", "", None, None, None, "ratio", None, "",
                          f"not estimable: {many} printed labels of {clusters} are too few for errors by cluster")
            return
        from scipy.special import stdtrit

        spread, z, how = found.clustered, float(stdtrit(many - 1, 0.975)), f"errors by {clusters} ({many} clusters)"
    for i, (place, text) in enumerate(seen, 1):
        half = z * math.sqrt(max(float(spread[i, i]), 0.0))
        value = float(found.beta[i])
        yield Measure(ODDS_RATIO, label(columns, ((place, text),)), label(columns, chosen[place,]), math.exp(value),
                      math.exp(value - half), math.exp(value + half), "ratio", float(trials.sum()), "sampling",
                      f"{how}; {note}")
