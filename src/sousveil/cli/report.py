"""`report`, `demo`: a result as a page, and the main job from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import sousveil
from sousveil.cli.options import Out, ResultFolder
from sousveil.cli.output import Answer, told, wrapped
from sousveil.cli.settings import Places
from sousveil.cli.unknowns import Unknowns, widths_told
from sousveil.errors import InputError
from sousveil.reports.run.report import findings, key_numbers
from sousveil.runs import folder, provenance

__all__ = ["demo", "report"]

EXAMPLE, PEOPLE, STEPS = "seed-article", 1_000_000, 120
DEMO = Path("out") / "demo"


def report(directory: ResultFolder, /, *, out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None
           ) -> Answer:
    """Set a result as one page that opens offline.

    Parameters
    ----------
    out
        The file to write; report.html in that folder, unless given.
    """
    run = sousveil.load(directory)
    path = directory / "report.html" if out is None else out
    try:
        sousveil.report(run).save(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    found = findings(run)
    told = f"{provenance.last_part(directory.resolve())}/{path.name}" if out is None else path.name
    return Answer("\n".join([*found, "", f"Report: {told}"]), {"report": told, "findings": found})


def demo(*, unknowns: Unknowns = Unknowns(), at: Places = Places(), out: Out = DEMO) -> Answer:
    """Run the main job from end to end: a claimed scheme, a million synthetic people, ten years, and the report."""
    held = folder.claim(out)
    points, where = unknowns.count(), at.place()
    run = unknowns.widened(sousveil.run(EXAMPLE, people=PEOPLE, steps=STEPS), out, points, where)
    run.save(held, {"report.html": lambda: sousveil.report(run).html})
    unknowns.clear(out)
    found, numbers = findings(run), key_numbers(run)
    page = f"{DEMO.as_posix() if out == DEMO else provenance.last_part(out)}/report.html"
    lines = [f"{EXAMPLE}: {run.study.people:,} synthetic people, {run.study.steps} months. What it shows:",
             told(found), "", "Its numbers:", told(numbers), "",
             *(wrapped(line) for line in widths_told(run.widths, run.study)), "", f"Report: {page}"]
    return Answer("\n".join(lines), {"findings": found, "numbers": numbers, "report": page,
                                     "out": page.rpartition("/")[0]})
