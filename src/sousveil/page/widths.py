"""The two widths of a key figure: how far chance in the simulation moves it, and how far what is not published does."""

from __future__ import annotations

from markupsafe import Markup

from sousveil.measures.measure import Measure
from sousveil.page import words
from sousveil.page.axes import Span, nice
from sousveil.page.draw import Frame
from sousveil.page.marks import px
from sousveil.page.page import KeyFigure

__all__ = ["ASIDE", "BY_CHANCE", "MANY_BY_CHANCE", "chance", "outside", "picture", "unpublished"]

NAMED = "What is not published"

BY_CHANCE, MANY_BY_CHANCE = "by no more than chance moves it", "by no more than chance moves them"
"""Why a number lies, or several lie, outside its second width, out of which chance is taken."""
ASIDE = "the values that the study assumes are not in the middle of what they may be"
"""Why one lies farther outside."""

WIDE, HIGH = 240.0, 42.0
"""The px of the picture. It is shown at 230 px or more, so that its letters keep 11 px."""
_LEFT, _RIGHT, _MIDDLE, _FONT = 14.0, 18.0, 13.0, 12.0
_THIN = 3.0
"""The px that the width of chance takes at least, to be seen."""


def chance(figure: KeyFigure) -> str:
    """The first width in words."""
    said = figure.interval
    m = figure.measure
    named = m is not None and m.over in ("draws", "sampling", "draws and sampling")
    return f"Chance in the simulation: {said}" if named and said else said


def unpublished(figure: KeyFigure) -> str:
    """The second width in words; that it was not computed where it was not; nothing where no number is behind."""
    m = figure.measure
    if m is None or m.over.startswith("parameters"):
        return ""
    if m.width is None:
        return f"{NAMED}: nothing had to be assumed" if figure.given else f"{NAMED}: not computed in this run"
    if m.width.least is None or m.width.most is None:
        return f"{NAMED}: too few sets of values tell more than chance ({m.width.points} of {m.width.of})"
    low, high = (_factor(m) * x for x in (m.width.least, m.width.most))
    ends = words.span(m.width.least, m.width.most, "share") if _in_percent(figure) else (
        f"{words.span(low, high)} {words.unit_of(m, between_worlds=True)}".rstrip())
    told = f"{NAMED}: {ends}, over {words.plural(m.width.points, 'set')} of values within their ranges"
    if m.width.agree is not None:
        same = {0.0: "none", 1.0: "all"}.get(m.width.agree) or words.of_hundred(m.width.agree)
        told += f"; the sign is the same in {same} of them"
        for choice, reading, share in m.width.readings:
            told += f"; with “{choice}” read as “{reading}”, in {words.of_hundred(share)}"
    told = f"{told}; it hangs most on {figure.hangs_on}" if figure.hangs_on else told
    beyond = outside(m)
    return f"{told}. {beyond}" if beyond else told


def outside(m: Measure) -> str:
    """Why a number lies outside its own second width, as a sentence without a full stop; '' where it lies inside."""
    if m.value is None or m.width is None or m.width.least is None or m.width.most is None:
        return ""
    least, most = m.width.least, m.width.most
    slack = 1e-9 * max(1.0, abs(least), abs(most))
    if least - slack <= m.value <= most + slack:
        return ""
    low, high = (m.value, m.value) if m.low is None or m.high is None else (m.low, m.high)
    if high >= least and low <= most:
        return f"The number itself lies outside this range, {BY_CHANCE}"
    return f"The number itself lies outside this range: {ASIDE}"


def picture(figure: KeyFigure) -> Markup:
    """Both widths on one axis, for who sees them; the words under it say the same. Empty where there is no number."""
    m = figure.measure
    if m is None or m.value is None:
        return Markup("")
    factor = _factor(m)
    low, high = (m.value, m.value) if m.low is None or m.high is None else (m.low, m.high)
    width = (m.width.least, m.width.most) if m.width is not None else (None, None)
    least, most = (low, high) if width[0] is None or width[1] is None else (width[0], width[1])
    places = [factor * x for x in (m.value, low, high, least, most)]
    lowest, highest = min(0.0, *places), max(0.0, *places)
    first, last, ticks = nice(lowest, highest if highest > lowest else 1.0, 2)
    last = min(last, 100.0) if _in_percent(figure) else last
    span = Span(first, last, WIDE - _LEFT - _RIGHT)

    def at(x: float) -> float:
        return _LEFT + span.at(factor * x)

    parts = [f'<path d="M{px(_LEFT)},{px(_MIDDLE)}H{px(WIDE - _RIGHT)}" class="axis"/>']
    if width[0] is not None:
        wide = max(at(most) - at(least), 6.0)
        parts.append(f'<rect x="{px(at(least))}" y="{px(_MIDDLE - 6)}" width="{px(wide)}" height="12" rx="6" '
                     'class="band"/>')
    thick = max(at(high) - at(low), _THIN)
    parts.append(f'<rect x="{px((at(low) + at(high) - thick) / 2)}" y="{px(_MIDDLE - 9)}" width="{px(thick)}" '
                 'height="18" class="chance"/>')
    for tick in ticks:
        if tick <= last:
            shown = f"{words.number(tick)}%" if _in_percent(figure) else words.number(tick)
            half = Frame.narrow().width_of(shown) / 2
            x = min(max(_LEFT + span.at(tick), half + 1), WIDE - half - 1)
            parts.append(f'<text x="{px(x)}" y="{px(HIGH - 4)}" text-anchor="middle">{shown}</text>')
    return Markup(f'<svg viewBox="0 0 {px(WIDE)} {px(HIGH)}" class="widths" aria-hidden="true" '
                  f'font-size="{px(_FONT)}px">{"".join(parts)}</svg>')


def _in_percent(figure: KeyFigure) -> bool:
    """Whether it is a share, which has its percent sign in it, and no difference of shares, whose unit is points."""
    m = figure.measure
    return m is not None and m.unit == "share" and not figure.unit


def _factor(m: Measure) -> float:
    """Shares and their differences are shown of a hundred."""
    return 100.0 if m.unit == "share" else 1.0
