"""Findings as sentences, made from measures. A sentence claims a difference only where its interval carries it.

Every function gives a sentence without its full stop, or '' where the numbers carry no finding.
"""

from __future__ import annotations

from sousveil.measures.measure import ALL, Measure
from sousveil.page import words
from sousveil.page.words import of_group

__all__ = ["HARDLY", "chilling", "end", "gap", "income", "kin", "many", "never", "people", "quoted", "rights", "stuck",
           "unknowns", "wrongful"]


HARDLY = 0.05
"""Months in the mean under which a right is denied to hardly anybody."""


def quoted(name: str) -> str:
    """A name that a scheme gives, in quotes: “trustworthy”."""
    return f"\u201c{name}\u201d"


def people(group: str) -> str:
    """`people of group B`, or `people`."""
    return "people" if group == ALL else f"people of {of_group(group)}"


def never(group: str, tier: str) -> str:
    """A rule forbids it, and nobody was ever there."""
    return f"Under this scheme nobody of {of_group(group)} can be {quoted(tier)}, whatever they do"


def gap(one: Measure, other: Measure, difference: Measure | None, ratio: Measure | None, tier: str) -> str:
    """Which group ends more often in a tier. `difference` and `ratio` are those of the comparison, if there is one."""
    where = f"end {quoted(tier)}"
    if one.value is None or other.value is None:
        return ""
    if not words.apart(one, other, difference):
        return f"There is {words.NO_DIFFERENCE} between {of_group(one.group)} and {of_group(other.group)} in who " \
               f"{where.replace('end', 'ends')}"
    more, less = (one, other) if one.value > other.value else (other, one)
    assert more.value is not None
    assert less.value is not None
    if less.value == 0:
        return f"{words.sentence(words.of_hundred(more.value))} of {of_group(more.group)} {where}, " \
               f"and nobody of {of_group(less.group)}"
    times = more.value / less.value
    base = max(words.base_of(more.value), words.base_of(less.value))
    if times >= 1.25 and (ratio is None or words.clear(ratio)):
        return f"People of {of_group(more.group)} are {words.often(times, 'as likely')} as people of " \
               f"{of_group(less.group)} to {where}"
    return f"{words.sentence(words.of_hundred(more.value, base))} {people(more.group)} {where}, against " \
           f"{words.of_hundred(less.value, base)} of {of_group(less.group)}"


def many(m: Measure, base: int = 0) -> str:
    """`31 of 100 people of group B`, `nobody of group B`. `base`: as in `words.of_hundred`."""
    said = words.of_hundred(m.value or 0.0, base)
    if said in ("nobody", "everybody"):
        return said if m.group == ALL else f"{said} of {of_group(m.group)}"
    return f"{said} {people(m.group)}"


def end(m: Measure, tier: str) -> str:
    """Where everybody is of one group: how many end in a tier."""
    said = many(m)
    return f"{words.sentence(said)} {'ends' if said in ('nobody', 'everybody') else 'end'} {quoted(tier)}"


def wrongful(one: Measure, other: Measure | None) -> str:
    """How many lost points for what they did not do; the other group only where the difference is clear."""
    if one.value is None:
        return ""
    if one.value == 0 or not one.low:
        return "Nobody lost points for something they did not do" if one.value == 0 else \
            "Hardly anybody lost points for something they did not do"
    whom = "people" if one.group == ALL else f"people of {of_group(one.group)}"
    said = words.fraction(one.value)
    said = f"{said} of the {whom}" if said.endswith("half") else f"{said} {whom}"
    if said.startswith("everybody"):
        said = "everybody" if one.group == ALL else f"everybody of {of_group(one.group)}"
    text = f"{words.sentence(said)} lost points for something they did not do"
    if other is not None and other.value is not None and words.apart(one, other):
        text += f", against {words.of_hundred(other.value)} of {of_group(other.group)}"
    return text


def stuck(median: Measure | None, never_left: Measure | None, tier: str, followed: str) -> str:
    """How long the bottom tier holds: the median stay, or that most do not leave while they are `followed`."""
    if median is not None and median.value is not None:
        whose = "those" if median.group == ALL else f"the people of {of_group(median.group)}"
        time = words.lasting(median.value, median.unit.removesuffix("s"))
        return f"It takes {time} until half of {whose} who become {quoted(tier)} are out again"
    if never_left is not None and never_left.low is not None and never_left.low > 0.5:
        whose = "those" if never_left.group == ALL else f"the people of {of_group(never_left.group)}"
        return f"More than half of {whose} who become {quoted(tier)} do not leave within {followed}"
    return ""


def rights(months: Measure | None, other: Measure | None, difference: Measure | None = None) -> str:
    """Months without a right, for a person in the mean."""
    if months is None or months.value is None:
        return ""
    if months.value < HARDLY:
        return "Nobody was denied a right" if months.value == 0 else "Hardly anybody was denied a right"
    said = words.plural(round(months.value, 1) if months.value < 10 else round(months.value), "month")
    text = f"{words.sentence(words.a_person(months.group))} spends {said} with a right denied or limited, in the mean"
    if other is not None and other.value is not None and words.apart(months, other, difference):
        against = round(other.value, 1) if other.value < 10 else round(other.value)
        text += f", against {words.number(against)} in {of_group(other.group)}"
    return text


def kin(share: Measure | None) -> str:
    """What part of all denials falls on relatives."""
    if share is None or not share.value or not share.low:
        return ""
    said = words.fraction(share.value)
    of = f"{said} of the" if said.endswith("half") else said if "one in" in said else f"{said}"
    verb = "falls" if "one in" in said or said.endswith("half") else "fall"
    return f"{words.sentence(of)} months of denied or limited rights {verb} on relatives who did nothing"


def chilling(forgone: Measure | None, other: Measure | None = None) -> str:
    """Lawful acts given up; the other group only where the difference is clear."""
    if forgone is None or forgone.value is None:
        return ""
    if forgone.value == 0:
        return "Nobody gives up a lawful act, as far as the assumptions say"
    whom = "people" if forgone.group == ALL else people(forgone.group)
    text = f"Every 1,000 {whom} give up {words.number(words.rounded(forgone.value))} lawful acts a year"
    if other is not None and other.value is not None and words.apart(forgone, other):
        text += f", against {words.number(words.rounded(other.value))} in {of_group(other.group)}"
    return text


def income(share: Measure | None, other: Measure | None) -> str:
    """What part of their income people lose, in the mean."""
    if share is None or share.value is None:
        return ""
    if share.value <= 0:
        return "Nobody loses income by the consequences of a tier"
    text = f"In the mean, {words.a_person(share.group)} loses {words.percent(share.value)} of their income"
    if other is not None and other.value is not None and words.apart(share, other):
        text += f", against {words.percent(other.value)} in {of_group(other.group)}"
    return text


def unknowns(n: int) -> str:
    """How many numbers the assumptions had to fill."""
    if n == 0:
        return "Every number of the scheme is given"
    verb = "is a guess" if n == 1 else "are guesses"
    return f"{words.sentence(words.counted(n))} of the numbers that decide the result {verb}"
