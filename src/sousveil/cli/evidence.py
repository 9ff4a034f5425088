"""`evidence`: published results, reproduced here and now."""

from __future__ import annotations

import textwrap

import sousveil
from sousveil.cli.output import Answer, aligned, plural, width
from sousveil.ground.numerals import number
from sousveil.reproductions import Figure, Result

__all__ = ["evidence"]


def evidence(*ids: str) -> Answer:
    """Reproduce published results here and now: published, reproduced, difference, tolerance, source.

    What no source has printed, such as an end of an interval, is derived: worked out by us, and in a column of its own.

    Two families: results, worked out again from data and arithmetic, and schemes, predicted from published rules, each
    figure inside its tolerance or outside, with why we think so. The exit code is 1 when a result was not reproduced.

    Parameters
    ----------
    ids
        Cases by their id, or a family (results, schemes); all results, unless named.
    """
    results = [*sousveil.evidence(*ids)]
    own = [figure for result in results if result.family == "results" for figure in result.figures]
    failed = sum(not figure.ok for figure in own)
    ours = sum(figure.derived for figure in own)
    said = []
    if own:
        said.append(f"{plural(sum(r.family == 'results' for r in results), 'case')}, {plural(len(own), 'figure')}"
                    + (f", {ours:,} of them derived (worked out by us, not printed in the source)" if ours else "")
                    + f": {f'{failed:,} NOT reproduced' if failed else 'all reproduced'}")
    said += _schemes([result for result in results if result.family == "schemes"])
    ok = all(result.ok for result in results)
    data = {"ok": ok, "cases": [result.plain() for result in results]}
    return Answer("\n\n".join([*map(_told, results), "\n".join(said)]), data, exit_code=0 if ok else 1)


def _schemes(results: list[Result]) -> list[str]:
    """What is said of all schemes together."""
    if not results:
        return []
    inside, counted = (sum(column) for column in zip(*(result.counts for result in results), strict=True))
    by_range, wide = (sum(column) for column in zip(*(result.weak for result in results), strict=True))
    left = sum(not figure.counted for result in results for figure in result.figures)
    said = f"{plural(len(results), 'scheme')}: {inside:,} of {plural(counted, 'published figure')} inside the tolerance"
    said += f"{_weak(by_range, wide)}; {left:,} derived or fitted, and not counted" if left else _weak(by_range, wide)
    if wide:
        said += ". A wide range spans most of what a figure could be, so that being inside it says next to nothing"
    return textwrap.wrap(said, width())


def _told(result: Result) -> str:
    scheme = result.family == "schemes"
    head = ("", "published", "derived", "predicted" if scheme else "reproduced",
            *(("from", "to") if scheme else ("difference",)), "tolerance", "")
    rows = [_row(figure, scheme) for figure in result.figures if figure.difference is not None]
    # Neither column stands where it is empty.
    kept = [i for i in range(len(head)) if i not in (1, 2) or any(row[i] for row in rows)]
    table = aligned([[row[i] for i in kept] for row in (head, *rows)]).splitlines() if rows else []
    statements = [_statement(figure, scheme) for figure in result.figures if figure.difference is None]
    lines = [f"Source ({result.mark}): {result.source}", *table, *statements, *_reasons(result)]
    if scheme:
        inside, counted = result.counts
        lines.append(f"{inside:,} of {plural(counted, 'published figure')} inside{_weak(*result.weak)}")
    return "\n    ".join([f"{result.id}  {result.title}", *lines])


def _weak(by_range: int, wide: int) -> str:
    """How many of those inside are so by their range."""
    said = [f"{count:,} {what}" for count, what in ((by_range, "by range alone"), (wide, "in a wide range")) if count]
    return f" ({', '.join(said)})" if said else ""


def _reasons(result: Result) -> list[str]:
    """Why figures are outside, each reason once."""
    why: dict[str, list[str]] = {}
    for figure in result.figures:
        if not figure.ok and figure.outside:
            why.setdefault(figure.outside, []).append(figure.label.partition(":")[0])
    return [line for reason, labels in why.items()
            for line in textwrap.wrap(f"Outside ({', '.join(labels)}): {reason}.", width() - 4, subsequent_indent="  ")]


def _statement(figure: Figure, scheme: bool) -> str:
    return f"{figure.label}: {_shown(figure.expected)}  " + (_verdict(figure, scheme) if figure.ok or scheme else
                                                             f"NOT REPRODUCED: {_shown(figure.reproduced)}")


def _row(figure: Figure, scheme: bool) -> tuple[str, ...]:
    ends = ("", "") if figure.between is None or figure.between[0] == figure.between[1] else \
        (_shown(figure.between[0]), _shown(figure.between[1]))
    expected = _shown(figure.expected)
    numbers = (*(("", expected) if figure.derived else (expected, "")), _shown(figure.reproduced),
               *(ends if scheme else (_shown(figure.difference, 3),)), _shown(figure.tolerance, 3))
    return (f"{figure.label} ({figure.unit})" if figure.unit else figure.label, *numbers, _verdict(figure, scheme))


def _verdict(figure: Figure, scheme: bool) -> str:
    said = ("inside" if figure.ok else "outside") if scheme else "ok" if figure.ok else "NOT REPRODUCED"
    if figure.ok and figure.wide:
        said += " a wide range"
    elif figure.ok and figure.by_range:
        said += " its range"
    kind = "fitted" if figure.fitted else "derived" if figure.derived else ""
    return f"{said} ({kind})" if kind else said


def _shown(value: float | str | None, figures: int = 6) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else number(value, figures=figures)
