"""Values as words of 64 bits under a salt: `1.0`, `1` and `1,0` are one word, and so are `Yes`, `yes` and `1`."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sousveil.audits.sketch import mixed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Whole = npt.NDArray[np.int64]
    Real = npt.NDArray[np.float64]
    Bits = npt.NDArray[np.uint64]

__all__ = ["Words", "keys"]

_BLANK = ("", "na", "n/a", "nan", "null")
_YES = ("true", "yes", "y", "ja", "oui", "sí", "sì", "sim", "tak", "是", "wahr", "waar", "vrai")
_NO = ("false", "no", "n", "nein", "nee", "non", "não", "nao", "nie", "nej", "否", "falsch", "onwaar", "faux")
_NUMBER = r"-?(\d+(\.\d+)?|\.\d+)(e[-+]?\d+)?"
_COMMA = re.compile(r"-?\d*,\d+")


def keys(salt: bytes, what: str, count: int) -> list[int]:
    """Words that the salt gives for a purpose, and nobody has without it."""
    data = hashlib.blake2b(what.encode(), key=salt, digest_size=8 * count).digest()
    return [int.from_bytes(data[8 * i:8 * i + 8]) for i in range(count)]


class Words:
    """Gives values their words. A missing value has one too."""

    def __init__(self, salt: bytes) -> None:
        self.missing, self.number, self.text, self.base = keys(salt, "words", 4)
        self.base |= 1  # odd: it can be divided by
        self.known: dict[str, tuple[int, float]] = {}

    def of_few(self, texts: Sequence[str]) -> tuple[Bits, Real]:
        """Of texts that will come again: their words, and the numbers that they are, or nan."""
        import numpy as np
        import pyarrow as pa

        new = [text for text in texts if text not in self.known]
        if new:
            plain = [text.strip().lower() for text in new]
            numbers = np.array([_number(text) for text in plain])
            words = np.where(np.isnan(numbers), self._of_texts(pa.array(plain, pa.string())), self._of_numbers(numbers))
            for text, low, word, number in zip(new, plain, words.tolist(), numbers.tolist(), strict=True):
                self.known[text] = (self.missing if low in _BLANK else word), number
        found = [self.known[text] for text in texts]
        return np.array([word for word, _ in found], dtype=np.uint64), np.array([number for _, number in found])

    def of_many(self, texts: Any) -> tuple[Bits, Real]:
        """Of an Arrow array of texts most of which differ."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            numbers = texts.cast(pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            texts = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
            plain = pc.fill_null(pc.match_substring_regex(texts, f"^{_NUMBER}$"), False)
            numbers = pc.if_else(plain, texts, None).cast(pa.float64()).to_numpy(zero_copy_only=False)
        if np.isfinite(numbers).all():
            return self._of_numbers(numbers), numbers
        blank = pc.is_in(pc.fill_null(texts, ""), pa.array(_BLANK)).to_numpy(zero_copy_only=False)
        words = np.where(np.isfinite(numbers), self._of_numbers(numbers), self._of_texts(pc.fill_null(texts, "")))
        return np.where(blank, np.uint64(self.missing), words), numbers

    def _of_numbers(self, numbers: Real) -> Bits:
        import numpy as np

        return mixed((numbers + 0.0).view(np.uint64) ^ np.uint64(self.number))

    def _of_texts(self, texts: Any) -> Bits:
        """The bytes of each text as a polynomial in a number of the salt, all at once."""
        import numpy as np

        ends = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset:texts.offset + len(texts) + 1]
        data = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)[ends[0]:ends[-1]].astype(np.uint64)
        at = ends - ends[0]
        with np.errstate(over="ignore"):
            up, down = (np.cumprod(np.concatenate([np.ones(1, dtype=np.uint64), np.full(
                len(data), base, dtype=np.uint64)])) for base in (self.base, pow(self.base, -1, 2 ** 64)))
            sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum((data + np.uint64(1)) * up[:-1])])
            found = (sums[at[1:]] - sums[at[:-1]]) * down[at[:-1]]
        return mixed(found ^ np.uint64(self.text))


def _number(text: str) -> float:
    """The number that a text is, with a decimal point or comma, or per cent; yes is 1 and no is 0; else nan."""
    bare = text.removesuffix("%").rstrip()
    if re.fullmatch(_NUMBER, bare):
        found = float(bare)
        return found if math.isfinite(found) else math.nan
    if _COMMA.fullmatch(bare):
        return float(bare.replace(",", "."))
    return 1.0 if text in _YES else 0.0 if text in _NO else math.nan
