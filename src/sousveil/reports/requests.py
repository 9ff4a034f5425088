"""Numbers that should be published, in plain words, and letters that ask for them.

A letter is a template, a file: `letters/LANGUAGE/KIND.txt`. Languages and laws are added as files.
"""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from sousveil.ground import called
from sousveil.page import words
from sousveil.reports.run.limits import spelled
from sousveil.reports.shared import in_words_of, quantity
from sousveil.studies.figures import FEWEST, Figure, Ratio

if TYPE_CHECKING:
    from sousveil.studies.study import Study
    from sousveil.unknowns.ask import Asked, Number

__all__ = ["KINDS", "asked_for", "letters", "spread", "stub"]

KINDS = ("information", "authority", "reply")
"""Under freedom of information; by an authority under Article 77 of the AI Act; to the body, before publication."""

MOST = 5
"""Numbers in a letter: a longer list is answered later, or not at all."""

LITTLE = 0.05
"""A number that takes off less than this share of the variance is not asked for."""

_LETTERS = Path(__file__).parent / "letters"

_COUNTED = {
    "wrongful": "records entered against somebody for an act of another person, or for one that did not happen",
    "appeals": "of those records, how many were appealed against",
    "upheld": "of those records, how many were undone on appeal"}


def asked_for(number: Number, study: Study) -> str:
    """What is asked for, for which time, of whom: a sentence without a full stop."""
    if number.figure is not None:
        return _figure(number.figure, study)
    return f"{spelled(number.name, study.scheme)}, as it is in use or was measured"


def _figure(figure: Figure, study: Study) -> str:
    of = "of all people" if figure.group is None else f"of the people of {words.of_group(figure.group)}"
    who = "people" if figure.group is None else f"people of {words.of_group(figure.group)}"
    step, tier = study.scheme.step, called.tier(figure.tier or "")
    time = f"in {step}s {figure.from_} to {figure.to}" if figure.from_ is not None else f"over {study.steps} {step}s"
    if figure.of == "share":
        return f"the share {of} who are in \u201c{tier}\u201d at the end of {step} {figure.at}"
    if figure.of == "stay":
        return f"how many {step}s {who} stay in \u201c{tier}\u201d on average, {time}"
    if figure.of == "wronged":
        return f"how many {who} have had a record for an act that was not theirs, by the end of {step} {figure.at}"
    if isinstance(figure.of, Ratio):
        return f"what share of appeals against wrong records, by {who}, was upheld {time}"
    if figure.of in _COUNTED:
        return f"how many, {time}, among {who}: {_COUNTED[figure.of]}"
    verb = "came into" if figure.of == "entries" else "left"
    return f"how many {who} {verb} \u201c{tier}\u201d {time}"


def spread(found: Asked) -> str:
    """How far the harm is open, as a sentence: the words of the finding in a letter."""
    low, high = (_value(found, x) for x in (found.low, found.high))
    over = "what the published figures leave open" if found.posterior else "the ranges of what is not published"
    return f"{words.sentence(found.objective.words)}: between {low} and {high}, over {over}."


def _value(found: Asked, value: float) -> str:
    return quantity(value, found.objective.unit, found.objective.reference)


@in_words_of(lambda found: found.study)
def letters(found: Asked, language: str = "en") -> dict[str, str]:
    """Kind -> letter, about the numbers that tell most; none where no number tells anything."""
    wanted = [n for n in found.numbers if n.share >= LITTLE][:MOST]
    if not wanted:
        return {}
    study = found.study
    lines = [f"{i}. {words.sentence(asked_for(n, study))}.\n   Within {words.percent(found.within)} of it. Knowing it "
             f"would take away {words.percent(n.share)} of what is uncertain." for i, n in enumerate(wanted, 1)]
    given = {"scheme": study.scheme.scheme, "numbers": "\n".join(lines), "fewest": str(FEWEST), "why":
             f"they decide what is not known of the {found.objective.words}.", "finding": spread(found)}
    return {kind: Template((_LETTERS / language / f"{kind}.txt").read_text(encoding="utf-8")).substitute(given)
            for kind in KINDS}


def stub(found: Asked, population: int | None = None) -> str:
    """A figures file with a place for every number that is asked for, to be filled in with the answers."""
    lines = [f"about: {{population: {population or found.study.people}}}  # how many people the answers are about",
             "figures:"]
    for number in [n for n in found.numbers if n.figure is not None and n.share >= LITTLE][:MOST]:
        assert number.figure is not None
        plain = number.figure.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True)
        plain |= {"value": "...", "cite": '"reply of ..."'}
        lines.append(f"  {number.name}: {{{', '.join(f'{k}: {_yaml(v)}' for k, v in plain.items())}}}")
    return "\n".join(lines) + "\n"


def _yaml(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{k}: {_yaml(v)}' for k, v in value.items())}}}"
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple | list) else str(value)
