"""What a study offers: its rules in words, its reforms, what can be changed in one world, and what was guessed.

A card is plain data, so that the process that answers browsers need not load what studies are made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sousveil.app.controls import controls
from sousveil.ground import called

if TYPE_CHECKING:
    from sousveil.studies.study import Study

__all__ = ["card"]


def card(study: Study) -> dict[str, Any]:
    """The card of a study, in the names that it gives for readers."""
    from sousveil.studies.shown import names_of

    names = names_of(study)
    with called.by(names):
        return {**_card(study), "shown": {"labels": {label: dict(them) for label, them in names.labels.items()},
                                          "tiers": dict(names.tiers), "currency": names.currency}}


def _card(study: Study) -> dict[str, Any]:
    from sousveil.studies.explain import rules, standing

    scheme = study.scheme
    return {
        "name": study.name, "title": scheme.about.strip() or study.name, "about": study.about, "status": scheme.status,
        "groups": [*study.population.groups], "reference": study.reference, "tiers": [*scheme.tiers],
        "step": scheme.step, "steps": study.steps, "seed": study.seed, "people": study.people,
        "reforms": [{"name": name, "about": r.about, "mark": _mark(study, name)} for name, r in study.reforms.items()],
        "rules": [{"section": r.section, "path": r.path, "rule": r.rule, "points": r.points, "source": r.source,
                   "mark": standing(r.mark, scheme.status)} for r in rules(study)],
        "sources": [{"cite": s.cite, "mark": s.mark, "url": s.url, "note": s.note} for s in scheme.sources],
        "controls": list(controls(study)), "guesses": list(_guesses(study))}


def _mark(study: Study, name: str) -> str:
    """How well the rule is known that a reform changes: of the citation of the first that has one."""
    from sousveil.studies.explain import rules, standing

    changed = study.reforms[name].set

    for rule in rules(study):
        if rule.mark and any(rule.path == path or rule.path.startswith(path + ".") for path in changed):
            return standing(rule.mark, study.scheme.status)
    return ""


def _guesses(study: Study) -> Iterator[dict[str, Any]]:
    from sousveil.studies.guesses import guesses

    for guess in guesses(study):
        low, high = guess.range or (None, None)
        yield {"path": guess.path, "name": _guessed(guess.path, study), "value": guess.value, "low": low, "high": high,
               "source": guess.source, "mark": guess.mark, "unit": _unit(guess.path, study.scheme.step)}


_OF_CHANNELS = {"coverage": "share of acts recorded", "miss": "share of records that are lost",
                "mistaken": "share of records pinned on somebody else", "spurious": "records with no act behind them"}


def _guessed(path: str, study: Study) -> str:
    """A guess as a reader says it."""
    from sousveil.reports.run.limits import spelled

    steps = path.split(".")
    if steps[0] == "chilling":
        return f"how strongly people hold back ({path.removeprefix('chilling.')})"
    whose = "".join(f", {called.name(label, name)}" for label, name in _labels(study, steps))
    if steps[0] == "channels" and len(steps) > 2 and steps[2] in _OF_CHANNELS:
        return f"{steps[1]}: {_OF_CHANNELS[steps[2]]}{whose}"
    if steps[:2] == ["population", "conduct"] and len(steps) > 3 and steps[3] == "rate" and (
            signal := study.scheme.signals.get(steps[2])) is not None:
        return f"{signal.about or steps[2]}: how often{whose}"
    if steps[0] == "population" and len(steps) > 2 and steps[1] in ("characteristics", "marks"):
        given: Any = getattr(study.scheme, steps[1]).get(steps[2])
        level = f", {steps[3]}" if steps[1] == "characteristics" and len(steps) > 3 else ""
        return f"{(given and given.about) or steps[2]}{level}: share of people{whose}"
    if steps[0] == "characteristics" and len(steps) > 3 and steps[2] == "levels":
        return f"{study.scheme.characteristics[steps[1]].about or steps[1]}, {steps[3]}: points{whose}"
    return spelled(path, study.scheme)


def _labels(study: Study, steps: list[str]) -> Iterator[tuple[str, str]]:
    """Whom a path is about: `… group B`."""
    known = {"group": study.population.groups, "district": study.population.districts, **study.population.strata}
    for label, name in pairwise(steps):
        if label in known and name in known[label]:
            yield label, name


def _unit(path: str, step: str) -> str:
    last = {"rate": f"times a {step}", "spurious": f"records a {step} for each person"}
    for word, unit in last.items():
        if f".{word}" in path:
            return unit
    if any(f".{word}" in path for word in ("coverage", "mistaken", "miss", "appeal", "upheld")):
        return "share, 0 to 1"
    return "share that is left, 0 to 1" if path.endswith(".income") else ""
