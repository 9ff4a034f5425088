"""A hundred people of each group, one mark a person, told apart by shape as well as by colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sousveil.page import palette
from sousveil.page.draw import Drawing, Frame, Plot, both
from sousveil.page.marks import px

__all__ = ["HUNDRED", "counts", "hundred"]

HUNDRED = 100
ROW = 10
"""So many people stand in a row."""

LARGEST = 17.0
"""The px at most from one person to the next."""

BESIDE = 0.55
"""The part of the width up to which the groups leave room for the key beside them."""

Shares = Mapping[str, float]


_SHAPES: tuple[tuple[tuple[str, float, float, str], ...], ...] = (
    (("round", 0, 0.72, "text"), ("round", 0, 0.54, "own")),                                     # a ring
    (("round", 0, 0.72, "text"), ("round", 0, 0.54, "own"), ("round", 0, 0.22, "text")),         # a ring with a core
    (("round", 0, 0.42, "own"),),                                                                # a dot
    (("round", 0, 0.66, "own"),),                                                                # a larger dot
    (("butt", 0.72, 0.3, "own"),),                                                               # a bar
    (("butt", 0.7, 0.7, "text"), ("butt", 0.44, 0.44, "paper")),                                 # an open square
    (("butt", 0.72, 0.72, "text"), ("butt", 0.5, 0.5, "paper"), ("butt", 0.24, 0.24, "text")),   # a square with a core
    (("butt", 0.74, 0.74, "own"),))                                                              # a square
"""From the top tier down; what weighs more to the eye is worse. Each is drawn as strokes over each other."""

_PICKED = {1: (2,), 2: (0, 7), 3: (0, 2, 7), 4: (0, 2, 5, 7), 5: (0, 1, 2, 5, 7), 6: (0, 1, 2, 3, 5, 7),
           7: (0, 1, 2, 3, 4, 5, 7)}


def counts(shares: Shares) -> dict[str, int]:
    """How many of a hundred are in each tier: whole numbers that add up to a hundred (largest remainders)."""
    total = sum(shares.values()) or 1.0
    exact = {tier: HUNDRED * share / total for tier, share in shares.items()}
    found = {tier: int(x) for tier, x in exact.items()}
    order = sorted(exact, key=lambda tier: (found[tier] - exact[tier], list(exact).index(tier)))
    for tier in order[:HUNDRED - sum(found.values())]:
        found[tier] += 1
    return found


def hundred(groups: Mapping[str, Shares], colours: Mapping[str, str], notes: Mapping[str, str] | None = None
            ) -> Drawing:
    """A hundred people of each group in rows of ten, the lowest tier at the bottom.

    groups   name -> tier -> share, tiers from the top one down
    colours  tier -> colour, as `palette.tiers` gives
    notes    tier -> what it means, said where the key has room for it
    """
    tiers = list(next(iter(groups.values())))
    shapes = {tier: _shape(i, len(tiers)) for i, tier in enumerate(tiers)}
    return both(lambda frame: _Picture(frame, groups, colours, shapes, notes or {}).rows())


def _shape(place: int, many: int) -> int:
    picked = _PICKED.get(many)
    return picked[place] if picked else round((len(_SHAPES) - 1) * place / (many - 1))


Mark = tuple[float, float, int]
"""Where the first of some marks in a row stands (its upper left corner), and how many there are."""


@dataclass(frozen=True, slots=True)
class _Picture:
    """All panels of one drawing: who is in them, and how wide each stands."""

    frame: Frame
    groups: Mapping[str, Shares]
    colours: Mapping[str, str]
    shapes: Mapping[str, int]
    notes: Mapping[str, str]

    def rows(self) -> list[list[Plot]]:
        columns = self._columns()
        gap = 26.0 if self.frame.is_narrow else 36.0
        room = min(LARGEST * ROW, (self.frame.width - gap * (columns - 1)) / columns)
        names = list(self.groups)
        rows = [self._row(names[i:i + columns], room, gap) for i in range(0, len(names), columns)]
        beside = columns * (room + gap)
        if len(rows) == 1 and beside <= BESIDE * self.frame.width:
            self._key_beside(rows[0], beside)
            return [rows]
        return [[self._key_above()], *([row] for row in rows)]

    def _columns(self) -> int:
        """As many in a row as keep the names short and the marks large."""
        many, most = len(self.groups), 3 if self.frame.is_narrow and len(self.groups) > 4 else 2
        most = most if self.frame.is_narrow else 6
        columns = -(-many // -(-many // most))
        while columns > 1 and max(len(self._name(name, self.frame.width / columns - 30)) for name in self.groups) > 4:
            columns -= 1
        return columns

    def _name(self, name: str, room: float) -> list[str]:
        return self.frame.lines(name, room, 7, bold=True)

    def _row(self, names: Sequence[str], room: float, gap: float) -> Plot:
        """Panels beside each other. The marks of a tier in all of them are one path."""
        plot = Plot(self.frame, self.frame.width, room, 0.0, 0.0)
        people: dict[str, list[Mark]] = {tier: [] for tier in self.shapes}
        beside: dict[str, list[Mark]] = {tier: [] for tier in self.shapes}
        for i, name in enumerate(names):
            left, first, found = i * (room + gap), 0, counts(self.groups[name])
            for tier in reversed(found):
                people[tier] += [(left + column * room / ROW, row * room / ROW, many)
                                 for column, row, many in _pieces(first, first + found[tier])]
                first += found[tier]
            wide = room + min(gap - 8, self.frame.width - left - room - 1)
            lines = self._name(name, wide)
            plot.top = max(plot.top, len(lines) * self.frame.line + 10)
            plot.write(lines, left, -8 - len(lines) * self.frame.line / 2, palette.INK, bold=True)
            self._numbers(plot, found, beside, (left, left + wide))
        for tier in self.shapes:
            plot.marks += self._marks(tier, room / ROW, people[tier]) + self._marks(tier, 13.0, beside[tier])
        return plot

    def _numbers(self, plot: Plot, found: Mapping[str, int], beside: dict[str, list[Mark]],
                 ends: tuple[float, float]) -> None:
        """Under a panel: how many of each tier, behind its mark."""
        x, y, step = ends[0], plot.height + 8 + self.frame.line / 2, self.frame.line * 1.2
        for tier, count in found.items():
            wide = 15 + self.frame.width_of(str(count), bold=True)
            if x > ends[0] and x + wide > ends[1]:
                x, y = ends[0], y + step
            beside[tier].append((x - 1, y - 6.5, 1))
            plot.write([str(count)], x + 15, y, palette.text(self.colours[tier]), bold=True)
            x += wide + 10
        plot.bottom = max(plot.bottom, y + step / 2 - plot.height + 12)

    def _marks(self, tier: str, cell: float, marks: Sequence[Mark]) -> list[str]:
        """Marks in the shape and colour of a tier, `cell` px apart."""
        own = self.colours[tier]
        colours = {"own": own, "text": palette.text(own), "paper": palette.PAPER}
        drawn = []
        for cap, long, thick, colour in _SHAPES[self.shapes[tier]] if marks else ():
            start = 0.5 if cap == "round" else 0.5 - long / 2
            d = "".join(f"M{px(x + start * cell)},{px(y + 0.5 * cell)}h{px((many - 1 + max(long, 0.1)) * cell)}"
                        for x, y, many in marks)
            dash = f"{px(long * cell)},{px(cell - round(long * cell, 1))}"
            ends = ' stroke-linecap="round"' if cap == "round" else ""
            drawn.append(f'<path d="{d}" fill="none" stroke="{colours[colour]}" stroke-width="{px(thick * cell)}" '
                         f'stroke-dasharray="{dash}"{ends}/>')
        return drawn

    def _key_beside(self, plot: Plot, left: float) -> None:
        """The tiers below each other, to the right of the panels."""
        y, room = 0.0, self.frame.width - left - 26
        for tier in self.shapes:
            y = self._entry(plot, tier, left, y, room)
            said = self.frame.lines(self.notes.get(tier, ""), room, 3) if self.notes.get(tier) else []
            plot.write(said, left + 24, y + len(said) * self.frame.line / 2)
            y += len(said) * self.frame.line + 10
        plot.bottom = max(plot.bottom, y - plot.height)

    def _key_above(self) -> Plot:
        """The tiers beside each other, in as many rows as they need."""
        plot = Plot(self.frame, self.frame.width, 0.0, 0.0, 0.0)
        x = y = below = 0.0
        for tier in self.shapes:
            wide = 26 + self.frame.width_of(tier, bold=True)
            if x and x + wide > self.frame.width:
                x, y = 0.0, below + 6
            below = max(below, self._entry(plot, tier, x, y, self.frame.width - x - 26))
            x += wide + 18
        plot.bottom = below + 8
        return plot

    def _entry(self, plot: Plot, tier: str, x: float, y: float, room: float) -> float:
        """A mark and the name of its tier; where it ends."""
        lines = self.frame.lines(tier, room, 5, bold=True)
        middle = y + len(lines) * self.frame.line / 2
        plot.marks += self._marks(tier, LARGEST, [(x, y + self.frame.line / 2 - LARGEST / 2, 1)])
        plot.write(lines, x + 24, middle, palette.text(self.colours[tier]), bold=True)
        return y + len(lines) * self.frame.line


def _pieces(first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """The places from `first` to before `last`, counted from the lower left, as pieces of rows."""
    while first < last:
        row, column = divmod(first, ROW)
        many = min(ROW - column, last - first)
        yield column, ROW - 1 - row, many
        first += many
