"""`evidence`: published results, reproduced here and now."""

from __future__ import annotations

from sousveil.cli.output import Answer, aligned, plural
from sousveil.reproductions import Figure, Result
from sousveil.reproductions import run as reproduce

__all__ = ["evidence"]


def evidence(*ids: str) -> Answer:
    """Reproduce published results here and now: published, reproduced, difference, tolerance, source.

    The exit code is 1 when a figure was not reproduced.

    Parameters
    ----------
    ids
        Cases by their id; all of them, unless named.
    """
    results = reproduce(ids)
    figures = [figure for result in results for figure in result.figures]
    failed = sum(not figure.ok for figure in figures)
    outcome = f"{failed:,} NOT reproduced" if failed else "all reproduced"
    summary = f"{plural(len(results), 'case')}, {plural(len(figures), 'figure')}: {outcome}"
    ok = all(result.ok for result in results)
    data = {"ok": ok, "cases": [result.plain() for result in results]}
    return Answer("\n\n".join([*map(_told, results), summary]), data, exit_code=0 if ok else 1)


def _told(result: Result) -> str:
    head = ("", "published", "reproduced", "difference", "tolerance", "")
    rows = [_row(figure) for figure in result.figures if figure.difference is not None]
    statements = [_statement(figure) for figure in result.figures if figure.difference is None]
    lines = [f"Source ({result.mark}): {result.source}", *(aligned([head, *rows]).splitlines() if rows else []),
             *statements]
    return "\n    ".join([f"{result.id}  {result.title}", *lines])


def _statement(figure: Figure) -> str:
    published, reproduced = _shown(figure.published), _shown(figure.reproduced)
    return f"{figure.label}: {published}  " + ("ok" if figure.ok else f"NOT REPRODUCED: {reproduced}")


def _row(figure: Figure) -> tuple[str, ...]:
    numbers = (figure.published, figure.reproduced, figure.difference, figure.tolerance)
    return (figure.label, *map(_shown, numbers), "ok" if figure.ok else "NOT REPRODUCED")


def _shown(value: float | str | None) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else f"{value:.6g}"
