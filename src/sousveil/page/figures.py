"""Pictures: Altair to SVG, each drawn twice, for a wide and for a narrow screen. The only module that imports Altair.

Few kinds, used well: areas of shares in small multiples, survival steps and lines with bands, bars and dots with their
intervals, histograms, heat maps, bands between tiers. Lines and areas are labelled directly; there are no legend boxes;
bars begin at zero. Text is at least 11 px as displayed. The same input gives the same bytes. Titles, units in words,
alt text and the table belong to the page (`page.Chart`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sousveil.page import palette, words
from sousveil.page.draw import Frame, drawn, room_for, spread, thinned, ticks, wrapped
from sousveil.page.flows import Flow, Layout, layout

__all__ = ["Bar", "Curve", "Drawing", "Interval", "areas", "bars", "dots", "heat", "histogram", "lines", "survival",
           "transitions"]


class Drawing(NamedTuple):
    """One picture in two drawings: `Chart(*areas(...), title, alt, table, csv)`."""

    wide: str
    narrow: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line with its band. `low` and `high` are empty where there is none."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    colour: str = palette.ACCENT


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval (None where there is none), in one colour."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    colour: str = palette.ACCENT
    row: str = ""


Bar = Interval


def _both(build: Callable[[Frame], Any]) -> Drawing:
    import altair as alt

    with alt.utils.schemapi.debug_mode(False):  # what is built here is fixed; tests draw every kind of it
        return Drawing(*(drawn(build(frame), frame) for frame in (Frame.wide(), Frame.narrow())))


def areas(panels: Mapping[str, Mapping[str, Sequence[float]]], colours: Mapping[str, str], x: Sequence[float],
          x_title: str = "month", *, year: int = 0) -> Drawing:
    """Shares over time, stacked, one panel a group, all on one scale.

    panels   panel -> tier -> share at every x (0 to 1); the first tier is drawn on top
    colours  tier -> colour, as `palette.tiers` gives
    year     how many steps of x make a year: the axis then counts in whole years
    """
    def build(frame: Frame) -> Any:
        import altair as alt

        room = room_for([f"{tier} 100%" for tier in colours], frame, bold=True)
        per_row = 1 if frame.is_narrow else min(len(panels), 2)
        width = frame.width / per_row - room - 44
        shape = (width, 165 if frame.is_narrow else 190)
        charts = [_stack(name, shares, colours, x, (x_title, year), shape, room, frame)
                  for name, shares in panels.items()]
        return alt.concat(*charts, columns=per_row, spacing={"row": 22, "column": 18})

    return _both(build)


def _stack(name: str, shares: Mapping[str, Sequence[float]], colours: Mapping[str, str], x: Sequence[float],
           axis: tuple[str, int], shape: tuple[float, float], room: float, frame: Frame) -> Any:
    import altair as alt

    tiers = list(shares)
    x, shares = thinned(x, shares)
    rows, top = [], [1.0] * len(x)
    middles: dict[str, float] = {}
    for tier in tiers:
        floor = [max(t - s, 0.0) for t, s in zip(top, shares[tier], strict=True)]
        if max(shares[tier]) > 0:
            rows += [{"x": at, "t": tier, "y0": round(b, 4), "y1": round(t, 4)}
                     for at, b, t in zip(x, floor, top, strict=True)]
        if shares[tier][-1] > 0:
            middles[tier] = (floor[-1] + top[-1]) / 2
        top = floor
    names = list(middles)
    places = spread([middles[t] for t in names], 1.25 * frame.font / shape[1], 0.02, 0.98)
    labels = [{"x": x[-1], "y": y, "t": t, "s": f"{t} {words.percent(shares[t][-1])}",
               "c": palette.text(colours[t])} for t, y in zip(names, places, strict=True)]
    scale = alt.Scale(domain=tiers, range=[colours[t] for t in tiers])
    x_axis = alt.X("x:Q", title=axis[0], scale=alt.Scale(domain=[x[0], x[-1]], nice=False),
                   axis=alt.Axis(values=ticks(x[0], x[-1], 3, axis[1]), grid=False, domain=False,
                                labelExpr=_plain(words.number)))
    y_scale = alt.Scale(domain=[0, 1])
    area = frame.chart(rows).mark_area(line=False).encode(
        x=x_axis, y=alt.Y("y0:Q", title=None, scale=y_scale, axis=alt.Axis(format="%", values=[0, .25, .5, .75, 1])),
        y2=alt.Y2("y1:Q"), color=alt.Color("t:N", scale=scale, legend=None))
    text = frame.chart(labels).mark_text(
        align="left", dx=6, fontWeight="bold", fontSize=frame.font, limit=room).encode(
        x=alt.X("x:Q"), y=alt.Y("y:Q", scale=y_scale), text=alt.Text("s:N"), color=alt.Color("c:N", scale=None))
    return alt.layer(area, text).properties(width=shape[0], height=shape[1], title=alt.Title(
        name, anchor="start", fontSize=frame.font + 1.5, frame="group", offset=8)).resolve_scale(color="independent")


def survival(curves: Sequence[Curve], x_title: str, y_title: str = "", *, year: int = 0) -> Drawing:
    """Survival steps with their bands, from 0 to 100 %, labelled at their ends. `year`: as in `areas`."""
    return _both(lambda frame: _curves(curves, x_title, y_title, frame, step=True, share=True, zero=True, year=year))


def lines(curves: Sequence[Curve], x_title: str, y_title: str = "", *, share: bool = False,
          logarithmic: bool = False) -> Drawing:
    """Lines with bands, for sweeps. `share`: the y axis is a share; `logarithmic`: the x axis is."""
    return _both(lambda frame: _curves(curves, x_title, y_title, frame, share=share, logarithmic=logarithmic))


def _curves(curves: Sequence[Curve], x_title: str, y_title: str, frame: Frame, *, step: bool = False,
            share: bool = False, zero: bool = False, logarithmic: bool = False, year: int = 0) -> Any:
    import altair as alt

    room = room_for([c.label for c in curves], frame, bold=True)
    height = 220 if frame.is_narrow else 270
    names = [c.label for c in curves]
    highest = max(max([*c.y, *c.high]) for c in curves)
    lowest = min(min([*c.y, *c.low]) for c in curves)
    domain = [0, 1] if zero else [min(0.0, lowest), highest or 1.0]
    rows = [{"x": at, "y": c.y[i], "c": c.label, "l": c.low[i] if c.low else None, "h": c.high[i] if c.high else None}
            for c in curves for i, at in enumerate(c.x)]
    first, last = min(c.x[0] for c in curves), max(c.x[-1] for c in curves)
    x_scale = alt.Scale(type="log" if logarithmic else "linear", domain=[first, last], nice=False)
    x_axis = alt.Axis(tickCount=4 if frame.is_narrow else 6, grid=False) if logarithmic else alt.Axis(
        values=ticks(first, last, 4 if frame.is_narrow else 6, year), grid=False, labelExpr=_plain(words.number))
    y = alt.Y("y:Q", title=None, scale=alt.Scale(domain=domain, nice=not zero), axis=alt.Axis(
        format="%" if share else "~g", tickCount=5))
    colour = alt.Color("c:N", scale=alt.Scale(domain=names, range=[c.colour for c in curves]), legend=None)
    shape: Any = "step-after" if step else "linear"
    base = frame.chart(rows)
    x = alt.X("x:Q", title=x_title, scale=x_scale, axis=x_axis)
    layers = [base.mark_line(interpolate=shape, strokeWidth=2.2, clip=False).encode(
        x=x, y=y, color=colour, strokeDash=alt.StrokeDash("c:N", legend=None, scale=alt.Scale(
            domain=names, range=[list(palette.DASHES[i % len(palette.DASHES)]) for i in range(len(names))])))]
    if any(c.low for c in curves):
        layers.insert(0, base.transform_filter("isValid(datum.l)").mark_area(interpolate=shape, opacity=0.22).encode(
            x=x, y=alt.Y("l:Q", title=None), y2=alt.Y2("h:Q"), color=colour))
    layers.append(_ends(curves, height, domain, frame, room))
    title = alt.Title(y_title, anchor="start", frame="group", fontSize=frame.font, fontWeight="normal",
                      color=palette.FAINT, offset=8)
    return alt.layer(*layers).properties(width=frame.width - room - 52, height=height, title=title).resolve_scale(
        color="independent")


def _ends(curves: Sequence[Curve], height: float, domain: Sequence[float], frame: Frame, room: float) -> Any:
    """The names of the curves at their ends, moved apart where they would overlap."""
    import altair as alt

    places = spread([c.y[-1] for c in curves], 1.25 * frame.font / height * (domain[1] - domain[0]), *domain)
    values = [{"x": c.x[-1], "y": p, "s": c.label, "k": palette.text(c.colour)}
              for c, p in zip(curves, places, strict=True)]
    return frame.chart(values).mark_text(
        align="left", dx=7, fontWeight="bold", fontSize=frame.font, limit=room).encode(
        x=alt.X("x:Q"), y=alt.Y("y:Q"), text=alt.Text("s:N"), color=alt.Color("k:N", scale=None))


def bars(items: Sequence[Interval], x_title: str, shown: Callable[[float], str] = words.number, *,
         sort: bool = True) -> Drawing:
    """Bars from zero with interval lines, the longest first. `shown` writes the value at the end of the bar."""
    ordered = sorted(items, key=lambda i: -i.value) if sort else list(items)
    return _both(lambda frame: _bars(ordered, x_title, shown, frame))


def _bars(items: Sequence[Interval], x_title: str, shown: Callable[[float], str], frame: Frame) -> Any:
    import altair as alt

    values = [_item(i, wrapped(i.label, frame), shown) for i in items]
    names = [v["label"] for v in values]
    room = max(room_for(n.split("\n"), frame) for n in names)
    tail = room_for([v["text"] for v in values], frame)
    height = len(names) * frame.font * max(2.4, 1.3 * max(n.count("\n") + 1 for n in names) + 0.6)
    ends = [0.0, *(v[k] for v in values for k in ("value", "low", "high") if v[k] is not None)]
    data = frame.chart(values)
    y = alt.Y("label:N", sort=names, title=None, axis=None)
    x = alt.X("value:Q", title=x_title, scale=alt.Scale(domain=[min(ends), max(ends) or 1], nice=False),
              axis=alt.Axis(tickCount=3 if frame.is_narrow else 7, labelExpr=_plain(shown)))
    bar = data.mark_bar(size=1.0 * frame.font).encode(x=x, y=y, color=alt.Color("colour:N", scale=None))
    rule = data.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=1.6, color=palette.INK).encode(
        x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y)
    text = data.mark_text(align="left", dx=7, fontSize=frame.font, color=palette.INK).encode(
        x=alt.X("end:Q"), y=y, text=alt.Text("text:N"))
    layers = (bar, rule, text, _names(names, y, frame))
    return alt.layer(*layers).properties(width=frame.width - room - tail - 24, height=height)


def dots(items: Sequence[Interval], x_title: str, shown: Callable[[float], str] = words.number, *,
         reference: float | None = None) -> Drawing:
    """Dots with interval lines: one line a `row`, in it one dot a `label` (a group), for comparing groups.

    Without rows, every label has a line of its own.

    reference  a value that means `no difference`, drawn as a vertical line
    """
    return _both(lambda frame: _dots(items, x_title, shown, frame, reference))


def _dots(items: Sequence[Interval], x_title: str, shown: Callable[[float], str], frame: Frame,
          reference: float | None) -> Any:
    import altair as alt

    values = [_item(i, wrapped(i.row or i.label, frame), shown) for i in items]
    names = list(dict.fromkeys(v["label"] for v in values))
    labels = list(dict.fromkeys(i.label for i in items)) if any(i.row for i in items) else [""]
    for item, value in zip(items, values, strict=True):
        value |= {"at": item.label if item.row else "", "tone": palette.text(item.colour) if item.row else palette.INK}
        if item.row and value["label"] == names[0]:
            value["text"] += f" {item.label[:1].lower()}{item.label[1:]}"  # named once, beside its first dot
    room = max(room_for(n.split("\n"), frame) for n in names)
    tail = room_for([v["text"] for v in values], frame)
    most = max(n.count("\n") + 1 for n in names)
    height = len(names) * frame.font * max(1.5 * len(labels) + 0.8, 1.3 * most + 0.6)
    ends = [*(v[k] for v in values for k in ("value", "low", "high") if v[k] is not None)]
    ends += [0.0] if reference is None else [reference]
    data = frame.chart(values)
    row = alt.Y("label:N", sort=names, title=None, axis=None, scale=alt.Scale(paddingInner=0.3, paddingOuter=0.15))
    place = {"y": row, "yOffset": alt.YOffset("at:N", sort=labels)}
    colour = alt.Color("colour:N", scale=None)
    x = alt.X("value:Q", title=x_title, scale=alt.Scale(domain=[min(ends), max(ends) or 1], nice=False),
              axis=alt.Axis(tickCount=3 if frame.is_narrow else 7, labelExpr=_plain(shown)))
    layers = [data.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2).encode(
                  x=alt.X("low:Q"), x2=alt.X2("high:Q"), color=colour, **place),
              data.mark_point(filled=True, size=70, opacity=1).encode(x=x, fill=colour, **place),
              data.mark_text(align="left", dx=9, fontSize=frame.font).encode(
                  x=alt.X("end:Q"), text=alt.Text("text:N"), color=alt.Color("tone:N", scale=None), **place),
              _names(names, row, frame)]
    if reference is not None:
        layers.insert(0, frame.chart([{"value": reference}]).mark_rule(
            color=palette.FAINT, strokeDash=[3, 3]).encode(x=alt.X("value:Q")))
    return alt.layer(*layers).properties(width=frame.width - room - tail - 24, height=height)


def histogram(panels: Mapping[str, Sequence[tuple[float, float, float]]], colours: Mapping[str, str], x_title: str,
              marks: Mapping[str, float] | None = None) -> Drawing:
    """Histograms in small multiples, one below the other, on one scale: panel -> bins (from, to, share).

    marks  names of places on the x axis, drawn as thin lines (thresholds of tiers)
    """
    def build(frame: Frame) -> Any:
        import altair as alt

        first = min(bins[0][0] for bins in panels.values())
        last = max(bins[-1][1] for bins in panels.values())
        top = max(share for bins in panels.values() for *_, share in bins)
        x = alt.X("a:Q", title=x_title, scale=alt.Scale(domain=[first, last], nice=False),
                  axis=alt.Axis(values=ticks(first, last, 4 if frame.is_narrow else 7), grid=False))
        y = alt.Y("s:Q", title=None, scale=alt.Scale(domain=[0, top]), axis=alt.Axis(format=".2~%", tickCount=3))
        charts: list[Any] = []
        for name, bins in panels.items():
            bar = frame.chart([{"a": a, "b": b, "s": s} for a, b, s in bins if s]).mark_bar(
                color=colours[name]).encode(x=x, x2=alt.X2("b:Q"), y=y, y2=alt.datum(0))
            layers = [bar, *_thresholds(marks or {}, frame, name == next(iter(panels)))]
            charts.append(alt.layer(*layers).properties(width=frame.width - 56, height=110, title=alt.Title(
                name, anchor="start", frame="group", fontSize=frame.font + 1, offset=22 if len(charts) == 0 else 8)))
        return alt.vconcat(*charts, spacing=14)

    return _both(build)


def _thresholds(marks: Mapping[str, float], frame: Frame, named: bool) -> list[Any]:
    import altair as alt

    values = [{"a": at, "n": name} for name, at in marks.items()]
    if not values:
        return []
    data = frame.chart(values)
    rule = data.mark_rule(color=palette.FAINT, strokeDash=[3, 3]).encode(x=alt.X("a:Q"))
    text = data.mark_text(align="left", baseline="bottom", dx=0, fontSize=frame.font,
                          color=palette.FAINT).encode(x=alt.X("a:Q"), y=alt.value(-5), text=alt.Text("n:N"))
    return [rule, text] if named else [rule]


def heat(x: Sequence[str], y: Sequence[str], values: Sequence[Sequence[float | None]], x_title: str, y_title: str,
         shown: Callable[[float], str] = words.number) -> Drawing:
    """A heat map where two numbers vary: `values[row of y][column of x]`, darker for more, the number in the cell."""
    def build(frame: Frame) -> Any:
        import altair as alt

        flat = [v for row in values for v in row if v is not None]
        low, high = min(flat), max(flat)
        cut = low + 0.55 * (high - low)
        rows = [{"x": a, "y": b, "v": v, "s": shown(v), "c": "#fcfcfb" if v > cut else "#1b2234"}
                for b, line in zip(y, values, strict=True) for a, v in zip(x, line, strict=True) if v is not None]
        room = room_for(list(y), frame)
        data = frame.chart(rows)
        across = alt.X("x:N", sort=list(x), title=x_title, axis=alt.Axis(labelAngle=0, orient="bottom", grid=False))
        down = alt.Y("y:N", sort=list(y), title=None, axis=alt.Axis(grid=False))
        cell = data.mark_rect().encode(x=across, y=down, color=alt.Color("v:Q", legend=None, scale=alt.Scale(
            domain=[low, high if high > low else low + 1], range=["#f3e7dc", "#8a3a10"])))
        text = data.mark_text(fontSize=frame.font).encode(
            x=across, y=down, text=alt.Text("s:N"), color=alt.Color("c:N", scale=None))
        width = frame.width - room - 24
        fits = width / len(x) > 7.0 * max(len(str(r["s"])) for r in rows)
        return alt.layer(*([cell, text] if fits else [cell])).properties(
            width=width, height=max(26, 1.9 * frame.font) * len(y), title=alt.Title(
                y_title, anchor="start", frame="group", fontSize=frame.font, fontWeight="normal", color=palette.FAINT,
                offset=8)).resolve_scale(color="independent")

    return _both(build)


def transitions(panels: Mapping[str, Sequence[Flow]], colours: Mapping[str, str],
                sides: tuple[Sequence[str], Sequence[str]], heads: tuple[str, str]) -> Drawing:
    """Who is in which tier in two worlds: bands from left to right, as thick as a share, one panel a group.

    panels   panel -> flows, on one scale; who changes tier is drawn in the accent, the largest with their share
    colours  tier -> colour; sides: the tiers of each world from the top one down; heads: the names of the worlds
    """
    def build(frame: Frame) -> Any:
        import altair as alt

        return alt.vconcat(*[_flows(name, layout(flows, colours, sides, heads, frame), frame)
                             for name, flows in panels.items()], spacing=18)

    return _both(build)


def _flows(name: str, laid: Layout, frame: Frame) -> Any:
    import altair as alt

    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, laid.width], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[1, 0], nice=False))
    there = {"x": x, "y": y, "y2": alt.Y2("z:Q"), "fill": alt.Fill("c:N", scale=None)}
    band = {"fillOpacity": 0.4, "interpolate": "monotone"}
    stay = frame.chart(laid.staying).mark_area(**band).encode(detail=alt.Detail("f:N"), **there)
    away = frame.chart(laid.moving).mark_area(stroke=palette.ACCENT, strokeWidth=1, **band).encode(
        detail=alt.Detail("f:N"), **there)
    ends = frame.chart(laid.blocks).mark_rect().encode(x2=alt.X2("w:Q"), **there)
    text = frame.chart(laid.texts).mark_text(
        fontSize=frame.font, align=alt.expr("datum.a"), limit=alt.expr("datum.l"),
        fontWeight=alt.expr("datum.b")).encode(x=x, y=y, text=alt.Text("s:N"), color=alt.Color("c:N", scale=None))
    return alt.layer(stay, away, ends, text).properties(width=laid.width, height=laid.height, title=alt.Title(
        name, anchor="start", fontSize=frame.font + 1.5, frame="group", offset=1.9 * frame.font))


def _item(item: Interval, label: str, shown: Callable[[float], str]) -> dict[str, Any]:
    known = item.low is not None and item.high is not None
    return {"label": label, "value": item.value, "low": item.low if known else None,
            "high": item.high if known else None, "colour": item.colour, "text": shown(item.value),
            "end": max(0.0, item.value, item.high if known and item.high is not None else -math.inf)}


def _names(names: Sequence[str], y: Any, frame: Frame) -> Any:
    """The labels of the rows, each in up to three lines about its middle, left of the axis."""
    import altair as alt

    values = [{"label": name, "s": line, "dy": (i - name.count("\n") / 2) * 1.2 * frame.font}
              for name in names for i, line in enumerate(name.split("\n"))]
    return frame.chart(values).mark_text(
        align="right", fontSize=frame.font, color=palette.INK, dy=alt.expr("datum.dy")).encode(
        x=alt.value(-12), y=y, text=alt.Text("s:N"))


def _plain(shown: Callable[[float], str]) -> str:
    """How an axis writes its ticks: as shares where the values are written so."""
    return "format(datum.value, '~%')" if shown(0.5).endswith("%") else "format(datum.value, ',~r')"
