"""`run`, `verify`, `story`: carry a study through its steps, prove it, and listen to one synthetic person."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import sousveil
from sousveil.cli.measures import blocks
from sousveil.cli.options import ResultFolder, ResumedOut, StudyWord, Whole
from sousveil.cli.output import Answer, plural, told, width, wrapped
from sousveil.cli.settings import Here, Places, Reformed, Threads
from sousveil.cli.unknowns import Unknowns, widths_told
from sousveil.measures.measures import Measures
from sousveil.page import words
from sousveil.reports.run.limits import guesses
from sousveil.reports.run.report import at_the_top, findings
from sousveil.reports.shared import in_words_of, status
from sousveil.runs import folder, provenance
from sousveil.runs.bundle import opened
from sousveil.runs.verification import drawn_here

__all__ = ["run", "story", "verify"]


def run(study: StudyWord, /, *, unknowns: Unknowns = Unknowns(), first: Reformed = Reformed(), replicates: Whole = 1,
        asked: Here = Here(), at: Places = Places(), sampling: bool = False, out: ResumedOut | None = None) -> Answer:
    """Carry a study through all its steps, and measure the harm.

    Parameters
    ----------
    replicates
        How many runs, under seeds that follow from the first: the intervals then say how far chance moves a number.
    sampling
        With the exact engine: give each number the interval over which chance would spread it among so many people.
    """
    held = None if out is None else folder.claim(out)
    keep = None if held is None else held.beside("unfinished")
    where = at.place()
    points = unknowns.count() if out is not None or unknowns.points is not None else 0
    done = sousveil.run(first.of(study), **asked.given, replicates=replicates, keep=keep)
    done = unknowns.widened(done, out, points, where)

    def page() -> str:
        unknowns.clear(out)  # pages are made once the result is whole, and may fail
        return sousveil.report(done).html

    if held is not None:
        done.save(held, {"report.html": page})
    found = done.measures(sampling or None)
    return Answer(_told(done, found, out), {"run": done.record, "harms": found.plain(),
                                     "out": None if out is None else provenance.as_named(out)})


def verify(result: Annotated[Path, Parameter(help="The folder of a result, or a bundle of one.")], /, *,
           threads: Threads | None = None) -> Answer:
    """Run again what a result came from, and compare every byte of every file."""
    differ = sousveil.verify(result, threads=threads)
    with opened(result) as place:
        beside = folder.beside(place)
    data = {"same": not differ, "differ": differ, "beside": beside}
    name = provenance.last_part(result.resolve())
    others = f"\nNot of the result, and not looked at: {', '.join(beside)}" if beside else ""
    if not differ:
        return Answer(f"{name}: run again, and every byte of every file is the same{_but_for(result)}{others}", data)
    made = _software(result)
    return Answer(f"{name}: run again, and not the same: {', '.join(differ)}.\n"
                  f"Either a file was changed or added, or another version of a library has made it otherwise, or this "
                  f"is a defect of ours. The result was made with {made}.{others}", data, 1)


def _but_for(result: Path) -> str:
    """What was not compared, in words that fit after the sentence."""
    with opened(result) as place:
        dots = any(drawn_here(name) or name.endswith(".docx") for name in folder.names(place))
    return ", but for pictures as PNG, whose letters are those of the machine that drew them" if dots else ""


def _software(result: Path) -> str:
    with opened(result) as place:
        software = folder.read_record(place)["circumstance"].get("software")
    return ", ".join(f"{library} {version}" for library, version in software.items()) if isinstance(
        software, dict) else "versions that it does not name"


def story(directory: ResultFolder, number: Whole, /) -> Answer:
    """Tell the life of one synthetic person: what happened, what was recorded, by which rule, and what was true.

    Parameters
    ----------
    number
        Which person, from 1 on: they were picked by chance.
    """
    life = sousveil.story(directory, number)
    return Answer(life.text(), life.plain())


@in_words_of(lambda run: run.study)
def _told(run: sousveil.Run, found: Measures, out: Path | None) -> str:
    study = run.study
    cost = run.record["circumstance"]["cost"]
    under = f" under the reform {study.label}" if study.label else ""
    head = (f"{study.name}{under}: {words.synthetic(study.people)}, {plural(study.steps, study.scheme.step)}, "
            f"seed {study.seed}, {status(study)}")
    lines = [f"Engine {run.engine} ({run.reason}); {cost['wall s']:.1f} s, {cost['peak memory MB']:,.0f} MB"]
    if guessed := guesses(study):
        lines.append(f"{plural(guessed, 'number')} not published: taken from the assumptions")
    lines += widths_told(run.widths, study, found)
    if run.engine == "exact":
        lost = "none" if run.lost == 0 else f"{run.lost:.1e}"
        lines.append(f"Share of people that cut tails and rounding have lost: {lost}")
    if cut := run.record["result"]["frailty"]:
        lines.append(f"How unlike people are is cut into {cut['classes']} classes, which keep "
                     f"{cut['spread']:.1%} of its variance: the most inclined 1% do {cut['top']:.1%} of all acts, "
                     f"uncut {cut['law_top']:.1%}")
    for over, error in run.record["result"]["margins not met"].items():
        lines.append(f"The margin over {over} could not be met: a share is off by {error:.2g}")
    written = [] if out is None else [f"Written to {provenance.as_named(out)}"]
    return "\n\n".join([wrapped(head), told(findings(run)) or nothing(run), blocks(found), wrapped("\n".join(lines)),
                        *written])


def nothing(run: sousveil.Run) -> str:
    """That there is no finding, and the sentence that the page has at its top in the place of one."""
    return textwrap.fill(f"No finding. {at_the_top(run)}.", width(), initial_indent="  ", subsequent_indent="  ")
