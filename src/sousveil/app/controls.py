"""The rules of a study that can be changed in one world: each with its path, its name, and what stands there now.

Every kind of rule that a scheme has is here, except what is neither a number nor a choice: which channel records an
act, say, or what a right is called. Those are edited in the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any, get_args

from sousveil.ground import called
from sousveil.page import words

if TYPE_CHECKING:
    from sousveil.studies.number import Number
    from sousveil.studies.scheme import Scheme
    from sousveil.studies.scheme_fields import Consequence
    from sousveil.studies.study import Study

__all__ = ["controls"]

Control = dict[str, Any]

NO_TERM = "for good"
"""What stands in the place of a term that there is not."""

_LONGEST_DELAY = 120

_YES_OR_NO = {"true": "yes", "false": "no"}


def controls(study: Study) -> Iterator[Control]:
    """All of them, section by section. What is called by a name for readers is called so here (see `called.by`)."""
    for control in _all(study):
        if control["kind"] != "choice" or len(control["choices"]) > 1:
            yield control


def _all(study: Study) -> Iterator[Control]:
    scheme = study.scheme
    yield from _ceilings(study)
    yield from _relatives(scheme)
    yield from _redress(scheme)
    yield from _consequences(scheme)
    yield from _watched(study)
    yield from _points(scheme)
    yield from _places(scheme)
    yield from _terms(scheme)
    yield from _dates(scheme)
    yield from _score(scheme)
    yield from _thresholds(scheme)


def _ceilings(study: Study) -> Iterator[Control]:
    from sousveil.studies.gates import of_groups, tiers_of

    scheme = study.scheme
    tiers = [*scheme.tiers]
    whole = of_groups(tiers_of(scheme.ceilings))
    for group in study.population.groups if len(study.population.groups) > 1 else ():
        path = ".".join(map(str, whole[group].path)) if group in whole else group
        yield _choice("Ceilings", f"ceilings.{path}", f"{words.of_group(group)} can rise to",
                      whole[group].rule if group in whole else tiers[0], tiers)
    for key, given, does in (("ceilings", scheme.ceilings, "can rise to"),
                             ("floors", scheme.floors, "fall no lower than")):
        for gate in tiers_of(given):
            if key == "floors" or gate not in whole.values():
                who = ", ".join(f"{label} {called.name(label, name)}" for label, name in gate.when)
                yield _choice(key.capitalize(), ".".join(map(str, (key, *gate.path))), f"{who} {does}", gate.rule,
                              tiers)


def _relatives(scheme: Scheme) -> Iterator[Control]:
    for index, rule in enumerate(scheme.kin):
        of = f"“{called.tier(rule.when)}”"
        yield from _numbers("Relatives", f"kin.{index}.points", f"points while a relative is {of}", rule.points)
        if rule.cap is not None:
            yield _choice("Relatives", f"kin.{index}.cap", f"while a relative is {of}, can rise to", rule.cap,
                          [*scheme.tiers])
        yield _choice("Relatives", f"kin.{index}.when", f"it holds while a relative is (now {of})", rule.when,
                      [*scheme.tiers])


def _redress(scheme: Scheme) -> Iterator[Control]:
    redress = scheme.redress
    yield _choice("Redress", "redress.notice", "people are told of a debit", str(redress.notice).lower(),
                  ["false", "true"])
    yield from _against(scheme)
    yield from _numbers("Redress", "redress.appeal", "share of these that is contested, 0 to 1", redress.appeal, 0.0,
                        1.0)
    yield from _numbers("Redress", "redress.upheld", "of those, undone, 0 to 1", redress.upheld, 0.0, 1.0)
    yield _number("Redress", "redress.delay", f"{scheme.step}s until then", redress.delay, 0, _LONGEST_DELAY)


def _against(scheme: Scheme) -> Iterator[Control]:
    """What can be contested: mistakes, what is irrelevant where anything is, listings; one of these or more."""
    grounds = {"mistakes": "debits for what they did not do", "irrelevant": "for acts that should not count",
               "listings": "a listing as a whole"}
    if all(signal.relevant for signal in scheme.signals.values()):
        del grounds["irrelevant"]
    several = [some for size in range(1, len(grounds) + 1) for some in combinations(grounds, size)]
    named = {f"[{', '.join(some)}]": "; ".join(grounds[one] for one in some) for some in several}
    now = f"[{', '.join(one for one in grounds if one in scheme.redress.against)}]"
    yield _choice("Redress", "redress.against", "they can contest", now, [*named], named)


def _consequences(scheme: Scheme) -> Iterator[Control]:
    """What every tier takes or gives: its effect, and the numbers that stand there."""
    from sousveil.studies.scheme_fields import Effect

    for tier, index, one in _each_consequence(scheme):
        path, name = f"consequences.{tier}.{index}", _named(tier, one)
        yield _choice("Consequences", f"{path}.effect", name, one.effect, [*get_args(Effect)])
        for field, said, number in (("income", "share of income that is left", one.income),
                                    ("loss", f"{called.money('money')} lost each {scheme.step}", one.loss),
                                    ("gain", f"{called.money('money')} gained each {scheme.step}", one.gain),
                                    ("scrutiny", "factor on what is recorded", one.scrutiny)):
            if field in one.model_fields_set:
                yield from _numbers("Consequences", f"{path}.{field}", f"{name}: {said}", number, 0.0, None)


def _each_consequence(scheme: Scheme) -> Iterator[tuple[str, int, Consequence]]:
    for tier, those in scheme.consequences.items():
        yield from ((tier, index, one) for index, one in enumerate(those))


def _named(tier: str, one: Consequence) -> str:
    return f"“{called.tier(tier)}”, {one.right.replace('-', ' ')}"


def _watched(study: Study) -> Iterator[Control]:
    """What is recorded, and how it goes wrong where that is published; where it is not, it is a guess."""
    from sousveil.studies.guesses import guesses

    guessed = {guess.path for guess in guesses(study)}
    for name, channel in study.scheme.channels.items():
        yield from _numbers("What is watched", f"channels.{name}.coverage", f"{name}: share of acts recorded",
                            channel.coverage, 0.0, 1.0)
        for field, said, number in (("miss", "share of records that are lost", channel.miss),
                                    ("mistaken", "share of records pinned on somebody else", channel.mistaken)):
            yield from (c for c in _numbers("What is watched", f"channels.{name}.{field}", f"{name}: {said}", number,
                                            0.0, 1.0) if c["path"] not in guessed)


def _points(scheme: Scheme) -> Iterator[Control]:
    from sousveil.studies.gates import handicaps_of

    for name, signal in scheme.signals.items():
        yield from _numbers("Points", f"signals.{name}.points", signal.about or name, signal.points)
        for age, worth in signal.fades.items():
            yield _number("Points", f"signals.{name}.fades.{age}",
                          f"{signal.about or name}, after {words.lasting(int(age), scheme.step)}", worth, None, None)
    for each in handicaps_of(scheme.handicaps):
        (label, name), = each.when
        yield from _numbers("Points", ".".join(map(str, ("handicaps", *each.path))),
                            f"for being of {label} {called.name(label, name)}, each {scheme.step}", each.rule)
    for name, mark in scheme.marks.items():
        yield from _numbers("Points", f"marks.{name}.points", mark.about or name, mark.points)
    for name, trait in scheme.characteristics.items():
        said = trait.about or name
        for level, points in (trait.levels or {}).items():
            yield from _numbers("Points", f"characteristics.{name}.levels.{level}", f"{said}, {level}", points)
        yield from _table("Points", ["characteristics", name, "table"], said, trait.table)
    for name, release in scheme.releases.items():
        if "points" in release.model_fields_set:
            yield from _numbers("Points", f"releases.{name}.points", release.about or name, release.points)


def _table(section: str, path: list[str], name: str, given: Mapping[str, Any]) -> Iterator[Control]:
    """A control for every number of a table by the levels of several characteristics."""
    for level, inner in given.items():
        here, said = [*path, str(level)], f"{name}, {level}"
        if isinstance(inner, Mapping):
            yield from _table(section, here, said, inner)
        elif isinstance(inner, int | float):
            yield _number(section, ".".join(here), said, float(inner), None, None)
        else:
            yield from _numbers(section, ".".join(here), said, inner)


def _places(scheme: Scheme) -> Iterator[Control]:
    """How many places there are, who comes first, and how often they are given out."""
    places: Mapping[str, Any] = getattr(scheme, "places", {})
    for name, place in places.items():
        path, said = f"places.{name}", place.about or name
        for field, what, high in (("number", "places each time", None), ("share", "places, of all people", 1.0),
                                  ("weight", "chances in proportion to", None)):
            if getattr(place, field) is not None:
                yield from _numbers("Places", f"{path}.{field}", f"{said}: {what}", getattr(place, field), 0.0, high)
        if place.order is not None:
            yield _choice("Places", f"{path}.order", f"{said}: who comes first", place.order,
                          ["best-first", "worst-first"])
        yield _number("Places", f"{path}.every", f"{said}: given out every so many {scheme.step}s", place.every, 1,
                      None)
        yield _choice("Places", f"{path}.leaves", f"{said}: who gets one is watched no longer",
                      str(place.leaves).lower(), ["false", "true"])


def _terms(scheme: Scheme) -> Iterator[Control]:
    """How long a record counts, a consequence is borne and a tier is held, in steps. Nothing typed: as it is."""
    every = f"{scheme.step}s"
    for name, signal in scheme.signals.items():
        said = signal.about or name
        yield _term(f"signals.{name}.lasts", f"{said}: {every} that a record counts", signal.lasts)
        if signal.lasts is not None:
            yield from _numbers("Terms", f"signals.{name}.renews", f"{said}: share entered again when it is over",
                                signal.renews, 0.0, 1.0)
    for tier, index, one in _each_consequence(scheme):
        if one.bearer == "self" and not one.conduct and "scrutiny" not in one.model_fields_set and not one.once:
            yield _term(f"consequences.{tier}.{index}.lasts", f"{_named(tier, one)}: {every} of a stay", one.lasts)
    for name, held in scheme.tiers.items():
        yield _number("Terms", f"tiers.{name}.for", f"“{called.tier(name)}”: {every} that one stays at least",
                      held.for_, 0, None)
    for name, release in scheme.releases.items():
        said = release.about or name
        if release.lasts is not None:
            yield _term(f"releases.{name}.lasts", f"{said}: {every} that its points count", release.lasts)
        if release.every is not None:
            yield _term(f"releases.{name}.every", f"{said}: not again before so many {every}", release.every)


def _dates(scheme: Scheme) -> Iterator[Control]:
    """When rules change; what they change to is edited in the files."""
    for index, change in enumerate(scheme.changes):
        said = change.about or f"{words.ordinal(index + 1)} change"
        yield _number("Dates", f"changes.{index}.at", f"{said}: the first {scheme.step} under it", change.at, 1, None)


def _term(path: str, name: str, value: int | None) -> Control:
    return {**_number("Terms", path, name, value, 1, None), "none": NO_TERM}


def _score(scheme: Scheme) -> Iterator[Control]:
    from sousveil.studies.scheme_fields import StartTable

    score = scheme.score
    if not isinstance(score.start, StartTable):
        yield from _numbers("Score", "score.start", "everybody starts with", score.start, score.floor, score.ceiling)
    yield from _numbers("Score", "score.decay", f"share of the way back that is forgiven each {scheme.step}",
                        score.decay, 0.0, 1.0)


def _thresholds(scheme: Scheme) -> Iterator[Control]:
    score, names = scheme.score, [*scheme.tiers]
    for name in names[1:] if score.high_is_bad else names[:-1]:  # the tier at the end of the score begins there
        yield from _numbers("Thresholds", f"tiers.{name}.from", f"“{called.tier(name)}” from", scheme.tiers[name].from_,
                            score.floor, score.ceiling)
    for name in names:
        if "margin" in scheme.tiers[name].model_fields_set:
            yield _number("Thresholds", f"tiers.{name}.margin",
                          f"“{called.tier(name)}”: how far one may fall below and stay", scheme.tiers[name].margin, 0,
                          None)


# --- one of them ------------------------------------------------------------------------------------------------------


def _choice(section: str, path: str, name: str, value: str, choices: list[str],
            named: Mapping[str, str] = _YES_OR_NO) -> Control:
    return {"section": section, "path": path, "name": name, "kind": "choice", "value": value, "choices": choices,
            "named": named}


def _number(section: str, path: str, name: str, value: float | None, low: float | None, high: float | None) -> Control:
    return {"section": section, "path": path, "name": name, "kind": "number", "value": value, "low": low, "high": high}


def _numbers(section: str, path: str, name: str, number: Number, low: float | None = None, high: float | None = None
             ) -> Iterator[Control]:
    """A control for every leaf of a number."""
    for inner, labels, value in _leaves(number):
        yield _number(section, ".".join([path, *inner]), ", ".join([name, *labels]), value, low, high)


def _leaves(number: Number) -> Iterator[tuple[list[str], list[str], float]]:
    if number.base is not None:
        for inner, labels, value in _leaves(number.base):
            yield ["value", *inner], labels, value
    elif number.label:
        for name, below in number.by:
            for inner, labels, value in _leaves(below):
                yield [number.label, name, *inner], [called.name(number.label, name), *labels], value
    elif number.value is not None:
        yield [], [], number.value
