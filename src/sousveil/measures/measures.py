"""Many measures in their order, and the one way to find one among them: by its name, its group and its reference.

    found = run.measures()
    found.find(MEDIAN_STAY, "A")          of one group, or None
    found.by_group(MEDIAN_STAY, "AB")     of these groups
    found.of(TIER_SHARE)                  of whatever group and tier
    found.table()                         one tidy table
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from sousveil.ground.cards import number, table
from sousveil.measures.measure import ALL, COLUMNS, WIDTHS, Measure
from sousveil.measures.name import Name, Names
from sousveil.measures.width import Widths, restored_width

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Measures"]


SHOWN = 24
"""Rows that a notebook shows."""


@dataclass(frozen=True, repr=False)
class Measures(Sequence[Measure]):
    """Measures in the order of a report."""

    rows: tuple[Measure, ...] = ()

    def find(self, name: Name, group: str = ALL, reference: str = "") -> Measure | None:
        """The measure of this name for a group (against a reference, where it compares), or None: it is not there."""
        return self._index.get((name, group, reference))

    def one(self, name: Name, group: str = ALL, reference: str = "") -> Measure:
        """As `find`, of what must be there. Raises LookupError where it is not."""
        found = self.find(name, group, reference)
        if found is None:
            raise LookupError(f"{name.label}, {group}: no such measure among these")
        return found

    def by_group(self, name: Name, groups: Iterable[str]) -> Measures:
        """The measure of this name for each of these groups, in their order, as far as it is there."""
        return Measures(tuple(m for group in groups if (m := self.find(name, group)) is not None))

    def of(self, *names: Name | Names) -> Measures:
        """Every measure with one of these names, in the order they stand in: of whatever group and reference."""
        return Measures(tuple(m for m in self.rows if any(_is(m.name, name) for name in names)))

    @property
    def known(self) -> Measures:
        """Those that could be estimated."""
        return Measures(tuple(m for m in self.rows if m.value is not None))

    def table(self) -> pa.Table:
        """The measures as an Arrow table, one row each, columns in the order of `COLUMNS`, then `WIDTHS` if there are.
        """
        import pyarrow as pa

        text, number = pa.string(), pa.float64()
        types = dict.fromkeys(("value", "low", "high", "n", "least", "most", "agree", "points", "evened"), number)
        widths = WIDTHS if any(m.width is not None for m in self.rows) else ()
        schema = pa.schema([(column, types.get(column, text)) for column in (*COLUMNS, *widths)])
        return pa.Table.from_pylist(self.plain(), schema=schema)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The table for whatever reads Arrow: `pa.table(m)`, `pandas.DataFrame.from_arrow(m)`, a DuckDB query.

        Polars takes a sequence for a column of objects: give it the table, `pl.DataFrame(m.table())`.
        """
        return self.table().__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        wide = any(m.width is not None for m in self.rows)
        head = ("harm", "measure", "group", "against", "value", "from", "to", "unit", "n", "over",
                *(("not published: from", "to") if wide else ()), "note")
        left = len(self.rows) - SHOWN
        return table(head, map(_cells if not wide else _wide_cells, self.rows[:SHOWN]),
                     f"and {left:,} more rows: .table() has them all" if left > 0 else "")

    def plain(self) -> list[dict[str, Any]]:
        """The rows of the tidy table as plain data, for JSON."""
        return [m.plain() for m in self.rows]

    def wide(self, widths: Widths) -> Measures:
        """The same measures, each with its width where there is one."""
        return Measures(tuple(m if (width := widths.find(m.name, m.group, m.reference)) is None
                              else replace(m, width=width) for m in self.rows))

    def kept(self) -> list[dict[str, Any]]:
        """The measures as plain data that `restored` makes them of again: their names are kept whole."""
        return [m.kept() for m in self.rows]

    @classmethod
    def restored(cls, kept: Iterable[Mapping[str, Any]]) -> Measures:
        """The measures that `kept` wrote down, also where they went through JSON."""
        return cls(tuple(Measure(**{**row, "name": _name(row["name"]), "width": restored_width(row.get("width"))})
                         for row in kept))

    @cached_property
    def _index(self) -> dict[tuple[Name, str, str], Measure]:
        return {(m.name, m.group, m.reference): m for m in reversed(self.rows)}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Measure]:
        return iter(self.rows)

    @overload
    def __getitem__(self, index: int) -> Measure: ...

    @overload
    def __getitem__(self, index: slice) -> Measures: ...

    def __getitem__(self, index: int | slice) -> Measure | Measures:
        return Measures(self.rows[index]) if isinstance(index, slice) else self.rows[index]

    def __repr__(self) -> str:
        return f"Measures({len(self.rows)}: {', '.join(dict.fromkeys(m.harm for m in self.rows))})"

    def __reduce__(self) -> tuple[type[Measures], tuple[tuple[Measure, ...]]]:
        return Measures, (self.rows,)  # the index is made again where it is needed


def _cells(m: Measure) -> tuple[str, ...]:
    value, low, high = (number(m.value, m.unit), *("" if x is None else number(x, m.unit) for x in (m.low, m.high)))
    return (m.harm, m.measure, m.group, m.reference, value, low, high, m.unit, "" if m.n is None else f"{m.n:,.0f}",
            m.over, m.note)


def _wide_cells(m: Measure) -> tuple[str, ...]:
    ends = ("", "") if m.width is None else tuple(
        "" if x is None else number(x, m.unit) for x in (m.width.least, m.width.most))
    *before, note = _cells(m)
    return (*before, *ends, note)


def _is(name: Name, wanted: Name | Names) -> bool:
    return name in wanted if isinstance(wanted, Names) else name == wanted


def _name(kept: Mapping[str, Any]) -> Name:
    return Name(kept["harm"], kept["text"], tuple((slot, value) for slot, value in kept["slots"]))
