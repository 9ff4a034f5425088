"""The rows of a table on their way through memory: text, each column once, held where there are not too many.

A column with few different values is held as places in a list of them, so that ten million rows are some hundred
megabytes, and every further question is answered without reading the file again. On the way the rows are taken in by
`identity.People`. Tables too large to be held are only passed by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sousveil.audits.identity import Column, People
from sousveil.audits.numbers import BLANKS, THOUSANDS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Real = npt.NDArray[np.float64]

__all__ = ["BATCH", "taken_in"]

BATCH = 1 << 17
"""Rows that are looked at together."""

_MOST = 700 << 20
"""Bytes of a table that are held; DuckDB and the samples of cells need their share of two gigabytes too."""

_FEW = 8
"""A column of which not one in so many values of the first rows is new is held as places in a list."""


def taken_in(batches: Iterable[Any], names: Sequence[str], people: People | None, counts: str,
             advance: Callable[[int], None]) -> Any:
    """Passes batches of text columns by `people`; the table of them all, or None where it is too large to be held.

    counts  the column that says how many people a row stands for, or ''; it says nothing of who they are
    """
    import pyarrow as pa

    columns = [_Held(name) for name in names]
    held: list[list[Any]] | None = [[] for _ in names]
    size = 0
    for batch in batches:
        parts = [column.taken(batch.column(i), people if name != counts else None)
                 for i, (column, name) in enumerate(zip(columns, names, strict=True))]
        if people is not None:
            times = _times(batch.column(names.index(counts))) if counts else None
            people.add([part for _, part in parts if part is not None], times)
        if held is not None:
            for own, (kept, _) in zip(held, parts, strict=True):
                own.append(kept)
                size += kept.nbytes
            if size > _MOST:
                held = None
        advance(batch.num_rows)
    if held is None:
        return None
    return pa.table({name: column.whole(own) for name, column, own in zip(names, columns, held, strict=True)})


class _Held:
    """One column, batch by batch."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.few: bool | None = None
        self.index: dict[str, int] = {}

    def taken(self, texts: Any, people: People | None) -> tuple[Any, Column | None]:
        """How a batch of text is held, and its words."""
        if self.few is not False:
            coded = texts.dictionary_encode()
            if self.few is None:
                self.few = _FEW * len(coded.dictionary) <= max(len(texts), 4096)
            if self.few:
                return self._coded(coded, people)
        return texts, None if people is None else people.many(self.name, texts)

    def _coded(self, coded: Any, people: People | None) -> tuple[Any, Column | None]:
        import numpy as np
        import pyarrow as pa

        own = coded.dictionary.to_pylist()
        for text in own:
            self.index.setdefault(text, len(self.index))
        missing = len(own)
        places = coded.indices.fill_null(missing).to_numpy(zero_copy_only=False).astype(np.int64)
        wide = np.array([*(self.index[text] for text in own), 0], dtype=np.int32)[places]
        kept = pa.array(wide, pa.int32(), mask=places == missing if coded.null_count else None)
        return kept, None if people is None else people.few(self.name, own, places)

    def whole(self, parts: Sequence[Any]) -> Any:
        """All batches of the column."""
        import pyarrow as pa

        if not self.few:
            return pa.chunked_array(parts, pa.string())
        values = pa.array(list(self.index), pa.string())
        return pa.chunked_array([pa.DictionaryArray.from_arrays(part, values) for part in parts],
                                pa.dictionary(pa.int32(), pa.string()))


def _times(texts: Any) -> Any:
    """Counts, as whole numbers; none where there is no count: such a table is refused by whoever counts."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    marked = pc.match_substring_regex(texts, rf"^\s*{THOUSANDS}\s*$")
    if pc.any(marked).as_py():
        texts = pc.if_else(marked, pc.replace_substring_regex(texts, rf"[.,\s{BLANKS}]", ""), texts)
    try:
        found = texts.cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        plain = [(text or "").strip() for text in texts.to_pylist()]  # a raised ¹ is a digit, and no number
        found = np.array([float(text) if text.isascii() and text.isdigit() else 0.0 for text in plain])
    return np.where((found > 0) & (found < 1e15), found, 0).astype(np.int64)
