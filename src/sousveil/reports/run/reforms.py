"""The section of a run's report on what would change it: the reforms that the study names, and how to ask."""

from __future__ import annotations

from collections.abc import Mapping

from sousveil.page import words
from sousveil.page.page import Code, Prose, Section, Table
from sousveil.reports.run.context import Context
from sousveil.reports.run.limits import spelled
from sousveil.reports.shared import asked
from sousveil.studies.reform import Reform
from sousveil.studies.scheme import Scheme

__all__ = ["reforms"]


def reforms(context: Context) -> Section | None:
    """The reforms that can be asked for. A run answers for one world; a comparison answers for several."""
    study = context.run.study
    named = study.reforms
    if not named or study.label:
        return None
    n = len(named)
    rows = tuple((name, _does(reform, study.scheme)) for name, reform in named.items())
    text = ("A run is one world. A comparison puts the same people into each of these worlds, on the same random "
            "draws. It says what differs and how surely. This command asks for all of them, where study.json lies: it "
            "can be had from this page, and is in the folder of the result.")
    command = ("sousveil compare study.json " + " ".join(asked(study, name) for name in named)
               + f" --people {study.people} --steps {study.steps} --seed {study.seed} -o reforms/")
    heading = (f"The study names {words.counted(n)} {'reform' if n == 1 else 'reforms'}; what "
               f"{'it changes' if n == 1 else 'they change'} was not computed in this run")
    return Section(words.LABELS["reforms"], heading, (Table(("reform", "what it does"), rows), Prose(text),
                                                     Code(command)))


def _does(reform: Reform, scheme: Scheme) -> str:
    """What a reform says of itself, or what it sets."""
    if reform.about:
        return reform.about
    given: Mapping[str, object] = reform.set
    return words.listing(spelled(path, scheme) for path in given) or "–"
