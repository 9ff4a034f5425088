"""One life as a picture: a score over time as a stepped line, over a bar that shows which tier was held."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from sousveil.page import downloads, layout, palette, words
from sousveil.page.page import Chart, Table

if TYPE_CHECKING:
    from sousveil.runs.story import Story

__all__ = ["course"]

_WIDE, _NARROW, _TALL, _LEFT = 760.0, 340.0, 220.0, 64.0


def course(life: Story, tiers: list[str], source: str) -> dict[str, Any]:
    """The picture with its table and files, as a piece of a page and as files of their own."""
    first, last = life.course[0], life.course[-1]
    heading = f"From “{first[2]}” to “{last[2]}”"
    table = Table((life.step, "score", "tier"), tuple(life.course))
    said = (f"The score over {len(life.course) - 1} {life.step}s, from {words.number(first[1])} to "
            f"{words.number(last[1])}; the bar under it shows the tier")
    chart = Chart(_drawn(life, tiers, _WIDE), _drawn(life, tiers, _NARROW), title=said, alt=said, table=table,
                  csv="course.csv")
    return {"piece": layout.unit(chart, heading, source, "share"), "charts": {"course": {
        "title": heading, "svg": downloads.picture(chart, heading, source), "csv": downloads.csv_text(table)}}}


def _drawn(life: Story, tiers: list[str], wide: float) -> str:
    scores = [score for _, score, _ in life.course]
    low, high = min(scores), max(scores)
    pad = (high - low) * 0.08 or 1.0
    low, high = low - pad, high + pad
    colours = palette.tiers(tiers)

    def x(step: float) -> float:
        return _LEFT + (wide - _LEFT - 10) * step / max(1, len(scores) - 1)

    def y(score: float) -> float:
        return 14 + (_TALL - 44) * (high - score) / (high - low)

    bands = "".join(f'<rect x="{x(s):.1f}" y="{_TALL - 24:g}" width="{max(x(s + 1) - x(s), 1.5):.1f}" height="9" '
                    f'fill="{colours[tier]}"><title>{escape(tier)}</title></rect>' for s, _, tier in life.course[:-1])
    line = f"M{x(0):.1f},{y(scores[0]):.1f}" + "".join(
        f"H{x(i):.1f}V{y(score):.1f}" for i, score in enumerate(scores) if i)
    labels = "".join(f'<text x="{_LEFT - 8:g}" y="{y(v) + 4:.1f}" text-anchor="end" font-size="13px" '
                     f'fill="var(--faint)">{words.number(v)}</text>' for v in dict.fromkeys((max(scores), min(scores))))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{_TALL:g}" viewBox="0 0 {wide:g} '
            f'{_TALL:g}" class="course">{labels}<path d="{line}" fill="none" stroke="var(--ink)" '
            f'stroke-width="1.8"/>{bands}</svg>')
