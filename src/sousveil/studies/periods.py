"""Rules that change on a date: the rules of each period, and what a change may touch.

A change is a patch, as a reform is. It holds from a step on. An amnesty becomes a release. Everybody has it in the step
of the amnesty, and nobody in any other. So nothing else needs to know of either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sousveil.errors import InputError, did_you_mean
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.number import Number, numbers
from sousveil.studies.population import Population
from sousveil.studies.reform import Change, Parts, Reform, apply
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import Consequence, Dated, Release
from sousveil.studies.term_checks import AMNESTY, MOST_KEPT, kept, summed
from sousveil.studies.whereabouts import locate, remember, source_of

__all__ = ["Period", "consequences", "in_force", "in_words", "periods", "terms_of"]

MAY: Mapping[str, tuple[str, ...]] = {
    "channels": ("coverage", "miss", "mistaken", "spurious"),
    "signals": ("points", "at-most", "lasts", "fades", "restarts", "renews"),
    "tiers": ("from", "margin", "for"), "places": ("who", "order", "number", "share", "weight")}
"""What of a rule that has a name may change."""

WHOLE = ("handicaps", "ceilings", "floors", "consequences", "kin", "score.decay", "score.baseline", "redress.notice",
         "redress.appeal", "redress.upheld")
"""What else may, and all that stands in it."""


class Period(NamedTuple):
    """The rules from the step `at` on; 0 are those of the start. Populations differ by who has an amnesty alone."""

    at: int
    scheme: Scheme
    population: Population


def periods(scheme: Scheme, population: Population, assumptions: Assumptions) -> tuple[Period, ...]:
    """The periods of a scheme, in order; one where nothing changes.

    Raises InputError with the place of a change that cannot be made.
    """
    if not scheme.changes:
        return (Period(0, scheme, population),)
    amnesties = {f"{AMNESTY}{index}": _amnesty(change) for index, change in enumerate(scheme.changes) if change.ends}
    nobody = dict.fromkeys(amnesties, Number(0.0))

    def period(at: int, rules: Scheme, everybody: tuple[str, ...] = ()) -> Period:
        chances = {**population.releases, **nobody, **dict.fromkeys(everybody, Number(1.0))}
        alone = rules.model_copy(update={"changes": (), "releases": {**rules.releases, **amnesties}})
        people = population.model_copy(update={"releases": chances}) if amnesties else population
        for made, written in ((alone, rules), (people, population)):
            if (source := source_of(written)) is not None:
                remember(made, source)
        return Period(at, alone, people)

    rules, found = scheme, [period(0, scheme)]
    for index, change in enumerate(scheme.changes):
        rules = _changed(Parts(rules, population, assumptions), index)
        name = f"{AMNESTY}{index}"
        found.append(period(change.at, rules, (name,) if change.ends else ()))
        following = scheme.changes[index + 1].at if index + 1 < len(scheme.changes) else 0
        if change.ends and following != change.at + 1:
            found.append(period(change.at + 1, rules))
    _can_be_told_apart(scheme, found)
    return tuple(found)


def consequences(scheme: Scheme, population: Population,
                 assumptions: Assumptions) -> Mapping[str, tuple[Consequence, ...]]:
    """Tier or place -> what it brings in some period, each once. Raises InputError."""
    course = [period.scheme.consequences for period in periods(scheme, population, assumptions)]
    return {name: tuple({repr(c): c for each in course for c in each.get(name, ())}.values())
            for name in dict.fromkeys(name for each in course for name in each)}


def in_force(scheme: Scheme, population: Population, assumptions: Assumptions, step: int) -> Scheme:
    """The rules as they read in a step. Raises InputError."""
    return next(p.scheme for p in periods(scheme, population, assumptions)[::-1] if p.at <= step)


def in_words(change: Change, step: str) -> Change:
    """A difference between two schemes for readers: a whole change on a date in place of its mapping, and any other
    rule as its file writes it (`when: barred, points: -2`).
    """
    head, *rest = change.path.split(".")
    if head != "changes" or rest[1:] not in ([], ["set"]):
        return replace(change, before=_as_written(change.before), after=_as_written(change.after))
    before, after = (_told(side, step, bool(rest[1:])) for side in (change.before, change.after))
    return replace(change, before=before, after=after)


def _as_written(value: Any, inside: bool = False) -> Any:
    """A rule as a file writes it; numbers, texts and None stay what they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, Mapping | list | tuple):
        return value
    if not value:
        return "none"
    parts = ([f"{key}: {_as_written(inner, True)}" for key, inner in value.items()] if isinstance(value, Mapping)
             else [str(_as_written(inner, True)) for inner in value])
    text = ", ".join(parts)
    return text if not inside else f"{{{text}}}" if isinstance(value, Mapping) else f"[{text}]"


def _told(side: Any, step: str, rules: bool) -> Any:
    """One side of it. rules: of what it sets alone."""
    if side is None:
        return None if rules else "without it"
    if not isinstance(side, Mapping):
        return side
    if rules:
        return ", ".join(side) or "no rule"
    ended = side.get("ends")
    what = side.get("about") or ", ".join(side.get("set") or (["all records"] if ended == "all" else ended or []))
    kind = "amnesty" if ended and not side.get("set") else "change"
    return f"the {kind} of {step} {side.get('at')}: {what}"


def terms_of(course: tuple[Scheme, ...], name: str) -> list[tuple[object, ...]]:
    """What a record of a signal can be worth and how long it can count: points, ages and term, each once, in order."""
    return list(dict.fromkeys(_terms(scheme, name) for scheme in course))


def _terms(scheme: Scheme, name: str) -> tuple[object, ...]:
    signal = scheme.signals[name]
    return signal.points, tuple(signal.fades.items()), signal.lasts


def _amnesty(change: Dated) -> Release:
    return Release(ends=change.ends, about=change.about or "an amnesty", cite=change.cite)


def _changed(parts: Parts, index: int) -> Scheme:
    """The rules after a change, from those before it. Raises InputError."""
    rules = parts.scheme
    change = rules.changes[index]
    for path in change.set:
        for message in _wrong(rules, path):
            raise InputError(locate(rules, ("changes", index, "set", path)).problem(message))
    patch, source = Reform(set=change.set), source_of(rules)
    patch = patch if source is None else remember(patch, source.below(("changes", index)))
    made = apply(parts, patch).scheme
    if any(number.has_unknown for _, number in numbers(made)):
        path = next((path for path, new in change.set.items() if "unknown" in str(new)), "")
        raise InputError(locate(rules, ("changes", index, "set", *([path] if path else []))).problem(
            "what changes on a date is a rule that was made, so it cannot be unknown"))
    if (kept(made), summed(made)) != (kept(rules), summed(rules)):
        name = next(iter(set(kept(made)) ^ set(kept(rules))), "")
        raise InputError(locate(rules, ("changes", index, "set")).problem(
            f'whether records of "{name}" are kept one by one, because they end, is the same for the whole of a run; '
            "where they end from a date on only, write a long term (`lasts: 10000`) for those before"))
    return made


def _wrong(scheme: Scheme, path: str) -> Iterator[str]:
    """What a change of this path would leave open."""
    inner = path.removeprefix("scheme.")
    if any(inner == whole or inner.startswith(whole + ".") for whole in WHOLE):
        return
    head, _, rest = inner.partition(".")
    if head in MAY:
        name = max((name for name in getattr(scheme, head) if rest == name or rest.startswith(name + ".")), key=len,
                   default=None)
        if name is None and "." in rest:
            return  # it leads nowhere, which is said with the nearest path
        key = "" if name is None else rest[len(name) + 1:].split(".")[0]
        if key in MAY[head]:
            return
        yield (f'"{path}" stays as it is for the whole of a run; of `{head}.{name or "NAME"}` can change '
               + ", ".join(f"`{may}`" for may in MAY[head]) + _nearest(key, MAY[head]))
        return
    allowed = ", ".join([*(f"`{name}.NAME.{'/'.join(keys)}`" for name, keys in MAY.items()),
                         *(f"`{whole}`" for whole in WHOLE)])
    yield (f'"{path}" stays as it is for the whole of a run; what can change is {allowed}'
           + _nearest(head, [name for name in (*MAY, *WHOLE) if "." not in name]))


def _nearest(word: str, valid: Sequence[str]) -> str:
    """The nearest of names that are listed already."""
    said = did_you_mean(word, valid)
    return said if "did you mean" in said else ""


def _can_be_told_apart(scheme: Scheme, found: list[Period]) -> None:
    """Records of one signal under several rules are of several kinds, and there is room for so many. Raises InputError.
    """
    course = tuple(period.scheme for period in found)
    many = sum(len(terms_of(course, name)) for name in kept(scheme)) + len(course[0].releases)
    if many > MOST_KEPT:
        raise InputError(locate(scheme, ("changes",)).problem(
            f"records of {many} kinds would be kept one by one, those before a change and after it counted apart; at "
            f"most {MOST_KEPT} can be"))
