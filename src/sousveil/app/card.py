"""What a study offers: its rules in words, its reforms, what can be changed in one world, and what was guessed.

A card is plain data, so that the process that answers browsers need not load what studies are made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from sousveil.studies.number import Number
    from sousveil.studies.scheme import Scheme
    from sousveil.studies.study import Study

__all__ = ["card"]

Control = dict[str, Any]


def card(study: Study) -> dict[str, Any]:
    """The card of a study."""
    from sousveil.studies.explain import rules

    scheme = study.scheme
    return {
        "name": study.name, "title": scheme.about.strip() or study.name, "about": study.about, "status": scheme.status,
        "groups": [*study.population.groups], "reference": study.reference, "tiers": [*scheme.tiers],
        "step": scheme.step, "steps": study.steps, "seed": study.seed, "people": study.people,
        "reforms": [{"name": name, "about": r.about, "mark": _mark(study, name)} for name, r in study.reforms.items()],
        "rules": [{"section": r.section, "path": r.path, "rule": r.rule, "points": r.points, "source": r.source,
                   "mark": r.mark} for r in rules(study)],
        "sources": [{"cite": s.cite, "mark": s.mark, "url": s.url, "note": s.note} for s in scheme.sources],
        "controls": list(_controls(study)), "guesses": list(_guesses(study))}


def _mark(study: Study, name: str) -> str:
    """How well the rule is known that a reform changes: of the citation of the first that has one."""
    changed = study.reforms[name].set
    from sousveil.studies.explain import rules

    for rule in rules(study):
        if rule.mark and any(rule.path == path or rule.path.startswith(path + ".") for path in changed):
            return rule.mark
    return ""


def _guesses(study: Study) -> Iterator[dict[str, Any]]:
    from sousveil.reports.run.limits import spelled
    from sousveil.studies.guesses import guesses

    for guess in guesses(study):
        low, high = guess.range or (None, None)
        name = guess.path.removeprefix("chilling.")
        called = spelled(guess.path, study.scheme) if name == guess.path else f"how strongly people hold back ({name})"
        yield {"path": guess.path, "name": called, "value": guess.value, "low": low, "high": high,
               "source": guess.source, "mark": guess.mark, "unit": _unit(guess.path, study.scheme.step)}


def _unit(path: str, step: str) -> str:
    last = {"rate": f"times a {step}", "spurious": f"records a {step} for each person"}
    for word, unit in last.items():
        if f".{word}" in path:
            return unit
    if any(f".{word}" in path for word in ("coverage", "mistaken", "miss", "appeal", "upheld")):
        return "share, 0 to 1"
    return "share that is left, 0 to 1" if path.endswith(".income") else ""


# --- rules that can be changed in one world ---------------------------------------------------------------------------


def _controls(study: Study) -> Iterator[Control]:
    """Ceilings, kin, redress, what is watched, points, thresholds: each with its path and what stands there now."""
    from sousveil.studies.gates import handicaps_of, of_groups, tiers_of

    scheme = study.scheme
    tiers = [*scheme.tiers]
    top = tiers[0]
    whole = of_groups(tiers_of(scheme.ceilings))
    for group in study.population.groups if len(study.population.groups) > 1 else ():
        path = ".".join(map(str, whole[group].path)) if group in whole else group
        yield {"section": "Ceilings", "path": f"ceilings.{path}", "name": f"group {group} can rise to",
               "kind": "choice", "value": whole[group].rule if group in whole else top, "choices": tiers}
    for key, given, does in (("ceilings", scheme.ceilings, "can rise to"),
                             ("floors", scheme.floors, "fall no lower than")):
        for gate in tiers_of(given):
            if key == "floors" or gate not in whole.values():
                who = ", ".join(f"{label} {name}" for label, name in gate.when)
                yield {"section": key.capitalize(), "path": ".".join(map(str, (key, *gate.path))),
                       "name": f"{who} {does}", "kind": "choice", "value": gate.rule, "choices": tiers}
    for index, rule in enumerate(scheme.kin):
        yield from _numbers("Relatives", f"kin.{index}.points", f"points while a relative is “{rule.when}”",
                            rule.points, None, None)
    yield from _redress(study)
    yield from _consequences(scheme)
    for name, channel in scheme.channels.items():
        yield from _numbers("What is watched", f"channels.{name}.coverage", f"{name}: share of acts recorded",
                            channel.coverage, 0.0, 1.0)
    for name, signal in scheme.signals.items():
        yield from _numbers("Points", f"signals.{name}.points", signal.about or name, signal.points, None, None)
    for each in handicaps_of(scheme.handicaps):
        (label, name), = each.when
        yield from _numbers("Points", ".".join(map(str, ("handicaps", *each.path))),
                            f"for being of {label} {name}, each {scheme.step}", each.rule, None, None)
    for name, mark in scheme.marks.items():
        yield from _numbers("Points", f"marks.{name}.points", mark.about or name, mark.points, None, None)
    for name in tiers[:-1]:
        yield from _numbers("Thresholds", f"tiers.{name}.from", f"“{name}” from", scheme.tiers[name].from_,
                            scheme.score.floor, scheme.score.ceiling)


def _consequences(scheme: Scheme) -> Iterator[Control]:
    """What every tier takes or gives: its effect, and the numbers that stand there."""
    from sousveil.studies.scheme_fields import Effect

    for tier, those in scheme.consequences.items():
        for index, one in enumerate(those):
            path, name = f"consequences.{tier}.{index}", f"“{tier}”, {one.right.replace('-', ' ')}"
            yield {"section": "Consequences", "path": f"{path}.effect", "name": name, "kind": "choice",
                   "value": one.effect, "choices": [*get_args(Effect)]}
            for field, said, number in (("income", "share of income that is left", one.income),
                                        ("loss", f"money lost each {scheme.step}", one.loss),
                                        ("gain", f"money gained each {scheme.step}", one.gain),
                                        ("scrutiny", "factor on what is recorded", one.scrutiny)):
                if field in one.model_fields_set:
                    yield from _numbers("Consequences", f"{path}.{field}", f"{name}: {said}", number, 0.0, None)


def _redress(study: Study) -> Iterator[Control]:
    redress = study.scheme.redress
    yield {"section": "Redress", "path": "redress.notice", "name": "people are told of a debit", "kind": "choice",
           "value": str(redress.notice).lower(), "choices": ["false", "true"]}
    yield from _numbers("Redress", "redress.appeal", "wrongful debits that are contested, 0 to 1", redress.appeal, 0.0,
                        1.0)
    yield from _numbers("Redress", "redress.upheld", "of those, undone, 0 to 1", redress.upheld, 0.0, 1.0)
    yield {"section": "Redress", "path": "redress.delay", "name": f"{study.scheme.step}s until then", "kind": "number",
           "value": redress.delay, "low": 0, "high": 120}


def _numbers(section: str, path: str, name: str, number: Number, low: float | None, high: float | None
             ) -> Iterator[Control]:
    """A control for every leaf of a number."""
    for inner, labels, value in _leaves(number):
        label = f"{name}, {', '.join(labels)}" if labels else name
        yield {"section": section, "path": ".".join([path, *inner]), "name": label, "kind": "number", "value": value,
               "low": low, "high": high}


def _leaves(number: Number) -> Iterator[tuple[list[str], list[str], float]]:
    if number.base is not None:
        for inner, labels, value in _leaves(number.base):
            yield ["value", *inner], labels, value
    elif number.label:
        for name, below in number.by:
            for inner, labels, value in _leaves(below):
                yield [number.label, name, *inner], [name, *labels], value
    elif number.value is not None:
        yield [], [], number.value
