"""Findings as sentences, made from measures. What may be claimed is decided in `sousveil.reports.claims`; here it is
put into words.

Every function gives a sentence without its full stop, or '' where the numbers carry no finding. Where two sides are
given, they are written in one way, and they differ in print.
"""

from __future__ import annotations

from sousveil.ground import called
from sousveil.measures.measure import ALL, Measure
from sousveil.page import words
from sousveil.page.words import of_group
from sousveil.reports import claims
from sousveil.reports.claims import Contrast

__all__ = ["ASSUMED", "HARDLY", "behind", "chilling", "end", "evidence", "few", "gap", "income", "kin", "many", "never",
           "people", "quoted", "rights", "shared", "stuck", "unclear", "unknowns", "wronged", "wrongful"]

HARDLY = 0.05
"""Months, on average, under which hardly anybody is denied a right: it prints as 0.0."""

ASSUMED = "With the values that were assumed, "
"""Before what other values of what is not published would make untrue."""


def quoted(name: str) -> str:
    """A name that a scheme gives, in quotes: “trustworthy”."""
    return f"\u201c{called.tier(name)}\u201d"


def wronged() -> str:
    """What wrongful debits did to people. Points for what people are, or for relatives, are another thing."""
    return f"{called.debited()} for acts they did not commit"


def people(group: str) -> str:
    """`people of group B`, or `people`."""
    return "people" if group == ALL else f"people of {of_group(group)}"


def never(group: str, tier: str, claimed: bool) -> str:
    """A rule forbids it, and nobody was ever there."""
    where = "If the claims are right" if claimed else "Under this scheme"
    return f"{where}, nobody of {of_group(group)} can be {quoted(tier)}, whatever they do"


def many(m: Measure, said: str = "") -> str:
    """`31 of 100 people of group B`, `nobody of group B`. `said`: the count, where another stands beside it."""
    said = said or counted(m)
    if said in ("nobody", "everybody"):
        return said if m.group == ALL else f"{said} of {of_group(m.group)}"
    return f"{said} {people(m.group)}"


def counted(m: Measure) -> str:
    """A share as a count that lies inside its interval: `31 of 100`."""
    low, high = (None, None) if m.over == "exact" else (m.low, m.high)
    return words.of_hundred(m.value or 0.0, 0, low, high, m.n)


def shared(m: Measure, verb: str, other: Contrast | None = None, said: str = "") -> str:
    """How many do what the verb says: `31 of 100 people of group B end “low”, against 6 of 100 of group A`.

    verb    for several: `end “low”`; nobody and everybody get their own form of it
    said    the count, where something else stands beside it
    """
    both = words.sides(other.more, other.less) if other is not None and other.named else None
    said = both[0] if both else said or counted(m)
    text = f"{words.sentence(many(m, said))} {_agreeing(verb, said)}"
    if not both or other is None:
        return text
    if both[1] == "nobody":
        return (f"{text}, and nobody of {of_group(other.less.group)} {'did' if verb.startswith('lost') else 'does'}"
                f"{other.condition}")
    return f"{text}, against {both[1]} of {of_group(other.less.group)}{other.condition}"


def _agreeing(verb: str, subject: str) -> str:
    if subject not in ("nobody", "everybody"):
        return verb
    first, _, rest = verb.partition(" ")
    return f"{_SINGULAR.get(first, first + 's')} {rest}"


_SINGULAR = {"lost": "lost", "are": "is"}


def end(m: Measure, tier: str, denied: str = "") -> str:
    """How many end in a tier."""
    return shared(m, f"end {quoted(tier)}{denied}")


def gap(found: Contrast, tier: str, denied: str = "") -> str:
    """Which group ends more often in a tier. `denied`: what the tier denies, in words that fit after its name."""
    if not found.named:
        return unclear(found, tier)
    times = found.ratio.value if found.ratio is not None and found.ratio.value else 0.0
    times = 1 / times if 0 < times < 1 else times
    if times >= 1.25 and found.ratio is not None and claims.clear(found.ratio, found.compared) and \
            claims.narrow(found.ratio):
        return (f"People of {of_group(found.more.group)} are {words.often(times, 'as likely')} as people of "
                f"{of_group(found.less.group)} to end {quoted(tier)}{denied}{found.condition}")
    return shared(found.more, f"end {quoted(tier)}{denied}", found)


def few(n: int, fewest: int) -> str:
    """That so few people were run that nothing is told of them."""
    verb = "is" if n == 1 else "are"
    return f"{words.synthetic(n).capitalize()} {verb} too few for a finding: it takes {fewest} or more"


def unclear(found: Contrast, tier: str) -> str:
    """That groups cannot be compared in who ends in a tier, that what is not published decides, or that no difference
    is clear.
    """
    if found.withheld:
        return f"The groups cannot be compared in who ends {quoted(tier)}: {found.withheld}"
    one, other = (of_group(group) for group in sorted((found.more.group, found.less.group)))
    if found.hangs:
        return f"Which of {one} and {other} ends {quoted(tier)} more often hangs on what is not published"
    return f"There is {words.NO_DIFFERENCE} between {one} and {other} in who ends {quoted(tier)}"


def wrongful(everybody: Measure | None, found: Contrast | None, without: str) -> str:
    """How many lost points for what they did not do; groups only where they clearly differ.

    without   why no record can be wrong, where that is so
    """
    if found is not None and found.named:
        return shared(found.more, wronged(), found)
    if everybody is None or everybody.value is None:
        return ""
    if everybody.value == 0:
        return without or _nobody(everybody, f"nobody {wronged()}")
    return shared(everybody, wronged())


def stuck(median: Measure | None, contrast: Contrast | None, stayers: Measure | None, tier: str, followed: str) -> str:
    """How long the bottom tier holds: the median stay, or that most do not leave while they are `followed`."""
    if contrast is not None and contrast.named and contrast.more.value is not None:
        both = words.sides(contrast.more, contrast.less)
        assert both is not None
        return (f"It takes {_stay(contrast.more)} until half of the people of {of_group(contrast.more.group)} who "
                f"become {quoted(tier)} are out again, against {both[1]} in {of_group(contrast.less.group)}"
                f"{contrast.condition}")
    if median is not None and median.value is not None and claims.enough(median):
        return f"It takes {_stay(median)} until half of those who become {quoted(tier)} are out again"
    if stayers is not None and claims.more(stayers, 0.5) and claims.sure(stayers):
        return f"More than half of those who become {quoted(tier)} do not leave within {followed}"
    return ""


def _nobody(m: Measure, text: str) -> str:
    """That something happens to nobody; where it would with other values of what is not published, that too."""
    return f"{ASSUMED}{text}" if claims.assumed(m) else words.sentence(text)


def _stay(m: Measure) -> str:
    said = words.written(m)
    return f"{said} {words.agreeing(said, m.unit)}"


def rights(everybody: Measure | None, found: Contrast | None) -> str:
    """Months without a right, for a person on average."""
    if found is not None and found.named:
        both = words.sides(found.more, found.less)
        assert both is not None
        return (f"On average {words.a_person(found.more.group)} spends {_months(both[0])} with a right denied or "
                f"limited, against {both[1]} in {of_group(found.less.group)}{found.condition}")
    if everybody is None or everybody.value is None:
        return ""
    if everybody.value == 0:
        return _nobody(everybody, "nobody was denied a right")
    if claims.less(everybody, HARDLY):
        return "Hardly anybody was denied a right"
    if everybody.value < HARDLY:
        return f"{ASSUMED}hardly anybody was denied a right"
    return f"On average a person spends {_months(words.written(everybody))} with a right denied or limited"


def _months(said: str) -> str:
    return f"{said} {'month' if said == '1' else 'months'}"


def kin(share: Measure | None) -> str:
    """What part of all denials falls on relatives."""
    if share is None or not claims.sure(share):
        return ""
    said = counted(share)
    if said == "everybody":
        return "Every month of denied or limited rights falls on relatives who did nothing"
    return f"{words.sentence(said)} months of denied or limited rights fall on relatives who did nothing"


def chilling(everybody: Measure | None, found: Contrast | None, zero: bool) -> str:
    """Lawful acts given up. `zero`: the assumptions say that there are none."""
    if zero:
        return "The assumptions say that nobody gives up a lawful act, so none is counted"
    if found is not None and found.named:
        both = words.sides(found.more, found.less)
        assert both is not None
        return (f"Every 1,000 {people(found.more.group)} give up {_acts(both[0])} a year, against {both[1]} in "
                f"{of_group(found.less.group)}{found.condition}")
    if everybody is None or everybody.value is None:
        return ""
    if everybody.value == 0 and claims.assumed(everybody):
        return _nobody(everybody, "nobody gives up a lawful act")
    if everybody.value == 0:
        return "Nobody gives up a lawful act, as far as the assumptions say"
    return f"Every 1,000 people give up {_acts(words.written(everybody))} a year"


def _acts(said: str) -> str:
    return f"{said} lawful {'act' if said == '1' else 'acts'}"


def income(everybody: Measure | None, found: Contrast | None) -> str:
    """What part of their income people lose, on average."""
    if found is not None and found.named:
        more, less = found.more, found.less
        if words.written(more) != words.written(less):
            return (f"On average {words.a_person(more.group)} loses {words.written(more)} of their income, against "
                    f"{words.written(less)} in {of_group(less.group)}{found.condition}")
    if everybody is None or everybody.value is None:
        return ""
    if everybody.value <= 0:
        return _nobody(everybody, "nobody loses income by the consequences of a tier")
    return f"On average a person loses {words.written(everybody)} of their income"


def unknowns(n: int, sourced: int = 0) -> str:
    """How many numbers the assumptions had to fill by a guess; where none, how many they fill from a source."""
    if n == 0 and sourced:
        verb = "is no guess: a source gives it" if sourced == 1 else "are no guesses: sources give them"
        return f"{words.sentence(words.plural(sourced, 'number'))} of the assumptions {verb}"
    if n == 0:
        return "Every number of the scheme is given"
    verb = "is a guess" if n == 1 else "are guesses"
    return f"{words.sentence(words.counted(n))} of the numbers that decide the result {verb}"


def evidence(m: Measure, behind_it: str = "") -> str:
    """The interval of a number, and how many stand behind it: `24 to 26% in 95 of 100 ...; among 3,012 people`."""
    return words.interval(m) + behind(m, behind_it)


def behind(m: Measure, what: str = "") -> str:
    """`; among 3,012 people of group B`, or '' where no number of people was drawn."""
    if m.n is None or m.over == "exact":
        return ""
    return f"; among {words.number(round(m.n))} {what or people(m.group)}"
