"""`report`, `bundle`, `demo`: a result as people pass it on, and the main job from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import sousveil
from sousveil.cli.options import Out, ResultFolder
from sousveil.cli.output import Answer, plural, told, wrapped
from sousveil.cli.settings import Places
from sousveil.cli.unknowns import Unknowns, widths_told
from sousveil.errors import InputError
from sousveil.reports import formats
from sousveil.reports.run.report import findings, key_numbers
from sousveil.runs import folder, provenance
from sousveil.runs.stored import kind_of

__all__ = ["bundle", "demo", "report"]

EXAMPLE, PEOPLE, STEPS = "seed-article", 1_000_000, 120
DEMO = Path("out") / "demo"


_SAME = {formats.PAGE: (".html", ".htm")}
"""Endings that a file may have beside its own."""

Formats = Annotated[tuple[str, ...], Parameter(name=["--format"], negative=())]


def report(directory: ResultFolder, /, *, format: Formats = (),
           out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None) -> Answer:
    """Set a result as one page that opens offline, or in another form that people pass on.

    Parameters
    ----------
    format
        html, docx, xlsx (every table, a sheet each), charts (every picture as SVG and PNG) or all; may be given again.
        html, unless given.
    out
        The file to write, or, for charts and for several formats, the folder; beside the result, unless given.
    """
    asked = formats.FORMATS if "all" in format else format or ("html",)
    made = formats.files(directory, asked)
    alone = out is not None and len(made) == 1 and "charts" not in asked
    place = directory if out is None else out
    if alone:
        (made_as,) = made
        if place.suffix.lower() not in _SAME.get(made_as, (Path(made_as).suffix,)):
            raise InputError(f"-o: {place.name} is to end in {Path(made_as).suffix}, as {made_as} does; formats "
                             f"are chosen by --format: {', '.join(formats.FORMATS)}")
        formats.write(place.parent, {place.name: next(iter(made.values()))})
    else:
        formats.write(place, made)
    name = provenance.as_named(place)
    written = [name] if alone else [f"{name}/{file}" for file in made]
    found = _findings(directory)
    data = {"report": written[0], "files": written, "findings": found}
    return Answer("\n".join([*found, *([""] if found else []), *(f"Report: {file}" for file in written)]), data)


def _findings(directory: Path) -> list[str]:
    """What a run shows, in sentences; of other results the page says it."""
    record = folder.read_record(directory)
    return findings(sousveil.load(directory)) if kind_of(record) == "run" else []


def bundle(directory: ResultFolder, /, *, out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None
           ) -> Answer:
    """Pack a result as one zip: its study, report, tables, command, version and licence. `verify` takes it.

    Parameters
    ----------
    out
        The file to write; the name of the folder with .zip, beside it, unless given.
    """
    packed = sousveil.bundle(directory, out)
    name = provenance.last_part(packed.path) if out is None else provenance.as_named(out)
    text = f"{name}: {plural(len(packed.names), 'file')}. To check it: sousveil verify {name}"
    if packed.left_out:
        text += f"\nLeft out, for they are not of the result: {', '.join(packed.left_out)}"
    return Answer(wrapped(text), {"bundle": name, "files": list(packed.names), "left out": list(packed.left_out)})


def demo(*, unknowns: Unknowns = Unknowns(), at: Places = Places(), out: Out = DEMO) -> Answer:
    """Run the main job from end to end: a claimed scheme, a million synthetic people, ten years, and the report."""
    held = folder.claim(out)
    points, where = unknowns.count(), at.place()
    run = unknowns.widened(sousveil.run(EXAMPLE, people=PEOPLE, steps=STEPS), out, points, where)
    run.save(held, {"report.html": lambda: sousveil.report(run).html})
    unknowns.clear(out)
    found, numbers = findings(run), key_numbers(run)
    page = f"{provenance.as_named(out)}/report.html"
    lines = [f"{EXAMPLE}: {run.study.people:,} synthetic people, {run.study.steps} months. What it shows:",
             told(found), "", "Its numbers:", told(numbers), "",
             *(wrapped(line) for line in widths_told(run.widths, run.study)), "", f"Report: {page}"]
    return Answer("\n".join(lines), {"findings": found, "numbers": numbers, "report": page,
                                     "out": page.rpartition("/")[0]})
