"""What was put into a run, where a finding could be taken for a result of it: rules about what people are, rates that
are zero because somebody wrote zero, and how well the rule that a finding rests on is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.page import words
from sousveil.studies import explain
from sousveil.studies.acts import subject
from sousveil.studies.gates import handicaps_of, of_groups
from sousveil.studies.number import Number
from sousveil.studies.periods import in_force
from sousveil.studies.scheme_fields import BURDENS
from sousveil.studies.study import Study

__all__ = ["denied", "for_being", "forgone_by_assumption", "nought", "of_belonging", "standing_of", "wrong_records"]


def nought(number: Number) -> bool:
    """Whether a number is zero for everybody."""
    if number.base is not None:
        return nought(number.base)
    if number.label:
        return all(nought(inner) for _, inner in number.by)
    return number.value == 0


def _lose(study: Study) -> str:
    return "get" if study.scheme.score.high_is_bad else "lose"


def wrong_records(study: Study) -> str:
    """Why no record can be wrong in this study, as a sentence; '' where some can."""
    channels = study.scheme.channels
    if not all(nought(c.mistaken) and nought(c.spurious) for c in channels.values()):
        return ""
    if not channels:
        return f"This scheme records no acts, so nobody can {_lose(study)} points for acts they did not commit"
    filled = any(f.path.startswith("channels.") and f.path.split(".")[2] in ("mistaken", "spurious")
                 for f in study.filled)
    who = "The assumptions say" if filled else "The scheme file says"
    return f"{who} that no record is ever wrong, so nobody can {_lose(study)} points for acts they did not commit"


def forgone_by_assumption(study: Study) -> bool:
    """Whether the assumptions say that fear of points changes nothing: then nothing about it is found."""
    chilling = study.assumptions.chilling
    return bool(chilling) and all(nought(a.value) for a in chilling.values())


def for_being(study: Study) -> Iterator[tuple[str, str]]:
    """Rules that take points for what people are: the path of each, and the rule as a sentence."""
    scheme = study.scheme
    for gate in handicaps_of(scheme.handicaps):
        if taken := _taken(gate.rule):
            (label, name), = gate.when
            who = (f"Every member of {words.of_group(name)} loses {taken} each {scheme.step} for being one"
                   if label == "group" else
                   f"Everybody of {label} {name} loses {taken} each {scheme.step}, for that alone")
            yield ".".join(map(str, ("handicaps", *gate.path))), who
    for name, mark in scheme.marks.items():
        if taken := _taken(mark.points):
            who, person = subject(mark.about, f"has the mark {name}")
            yield f"marks.{name}", f"{who} {'loses' if person else 'costs'} {taken} at the start, for that alone"


def of_belonging(study: Study) -> Iterator[tuple[str, str]]:
    """Of these rules, those about belonging to a group: a handicap, or a mark that all of one group have and nobody of
    another.
    """
    whole = [".".join(map(str, gate.path)) for gate in of_groups(handicaps_of(study.scheme.handicaps)).values()]
    changing = {path.removeprefix("scheme.").split(".")[0] for change in study.scheme.changes for path in change.set}
    for path, rule in for_being(study):
        kind, name = path.split(".", 1)
        if kind in changing:
            continue
        held = study.population.marks.get(name)
        if (kind == "handicaps" and name in whole) or (held is not None and held.label == "group" and {0.0, 1.0} <= {
                inner.value for _, inner in held.by}):
            yield path, rule


def _taken(number: Number) -> str:
    """`10 points`, where a number takes that many; '' where it takes none. By label: `up to`."""
    values = [*_leaves(number)]
    least = min(values)
    if least >= 0:
        return ""
    return ("up to " if len(set(values)) > 1 else "") + words.plural(-least, "point")


def _leaves(number: Number) -> Iterator[float]:
    if number.base is not None:
        factors = [1.0, *(factor for _, names in number.times for _, factor in names)]
        yield from (value * factor for value in _leaves(number.base) for factor in factors)
    elif number.label:
        for _, inner in number.by:
            yield from _leaves(inner)
    else:
        yield number.value or 0.0


def denied(study: Study) -> dict[str, list[str]]:
    """Tier -> the rights that it denies or limits at the end, for whom it holds or for their relatives; from the
    bottom.
    """
    bring = in_force(study.scheme, study.population, study.assumptions, study.steps).consequences
    found = {tier: list(dict.fromkeys(c.right for c in bring.get(tier, ()) if c.effect in BURDENS))
             for tier in reversed(list(study.scheme.tiers))}
    return {tier: rights for tier, rights in found.items() if rights}


def standing_of(study: Study, path: str) -> str:
    """How well the rule at a path of the scheme is known: a mark, by `explain.standing`; '' without a source."""
    for rule in explain.rules(study):
        if rule.path == path:
            return explain.standing(rule.mark, study.scheme.status)
    return ""
