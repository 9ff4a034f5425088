"""The command line: a thin skin over the public names.

A command's module is imported when the command is called, so that each loads only what it needs.
"""

from __future__ import annotations

import sys
from typing import NoReturn

from cyclopts import App, Parameter

from sousveil.cli.output import COMMON, typed
from sousveil.ground import process
from sousveil.version import __version__

__all__ = ["app", "main"]

COMMANDS = {
    "app": ("browser:app", "Open the laboratory in a browser, on this machine only."),
    "demo": ("report:demo", "The main job from end to end: a million synthetic people, ten years, a report."),
    "atlas": ("atlas:atlas", "List the documented schemes: how well each is known and checked; or tell one."),
    "new": ("new:new", "Make a folder with a study to change."),
    "population": ("population:population", "Write a population file from tables of counts or shares."),
    "check": ("study:check", "Look for every mistake in a file."),
    "cases": ("cases:cases", "What the rules make of synthetic persons, case by case; one trait varied at a time."),
    "explain": ("study:explain", "Say the rules in plain words, each with its source."),
    "run": ("run:run", "Carry a study through all its steps, and measure the harm."),
    "compare": ("compare:compare", "Run a study and its reforms on the same random draws: what changes, for whom."),
    "diff": ("compare:diff", "List the rules in which two studies differ."),
    "why": ("compare:why", "Split the gap between two groups among six causes."),
    "sweep": ("sweep:sweep", "Vary numbers of a study: what becomes of the harm."),
    "sensitivity": ("sweep:sensitivity", "Find out which of the numbers that are not published decide the harm."),
    "extremes": ("extremes:extremes", "Find the least and the most that a harm can be within the ranges."),
    "mend": ("sweep:mend", "Find the fewest reforms that remove a given share of a harm."),
    "infer": ("infer:infer", "What published figures say about what is not published, and whether they agree."),
    "ask": ("infer:ask", "Which number they must publish, and letters that ask for it."),
    "report": ("report:report", "Set a result as one page that opens offline, a document, a workbook or pictures."),
    "bundle": ("report:bundle", "Pack a result as one zip, to be mailed, filed and verified."),
    "story": ("run:story", "Tell the life of one synthetic person of a run."),
    "verify": ("run:verify", "Run a result again, and compare every byte of every file."),
    "cite": ("cite:cite", "Print how to cite a result, for BibTeX."),
    "baserate": ("baserate:baserate", "How many innocent people a search of faces, or of any list, stops."),
    "schema": ("new:schema", "Print the JSON Schemas of the files."),
    "assess": ("assess:assess", "Set a result into a form of an authority: Article 27, IAMA, Canada's AIA."),
    "review": ("assess:review", "Set a filed assessment against results: supported, contradicted, left out."),
    "audit": ("audit:audit", "What a table of decisions shows about groups; no row is kept or shown."),
    "evidence": ("evidence:evidence", "Reproduce published results, here and now."),
}
"""Command -> (module of this package and function in it, what it does in a line), in the order of the help page."""


def _default(value: object) -> str | None:
    """A default as help pages show it; None where nothing is given unless asked for, which says nothing to a reader."""
    return None if value is None or value is False or value in ("", ()) else str(value)


app = App(
    name="sousveil",
    default_parameter=Parameter(show_default=_default),
    help="A wind tunnel for scoring-and-surveillance schemes: what they do to people, before or without anyone being "
         "put through them.",
    help_epilogue=COMMON,
    help_format="plaintext",
    version=__version__,
    suppress_keyboard_interrupt=False,
)
for _name, (_place, _line) in COMMANDS.items():
    app.command(f"sousveil.cli.{_place}", name=_name, help=_line, sort_key=list(COMMANDS).index(_name))


def main() -> NoReturn:
    """`sousveil`, as typed."""
    process.begin()
    typed(app, sys.argv[1:])
