"""The harms that may be asked for: a white list. What is not on it, no command looks for, weighs or removes.

    bottom-tier           share in the bottom tier at the end
    tier:NAME             share in a tier that denies a right, at the end
    time-in:NAME          months a person spends in a tier that denies a right
    right:NAME            months a person goes without a right
    rights-denied         months with any right denied or limited
    wrongful-debit        share with a wrongful debit            wrongful-debits   how many, per 1,000 person-years
    wrongful-points       share of the points taken that were taken wrongly
    kin-points            points for relatives                   kin-share         share of denials that kin bear
    children              months in which a child goes without a right
    income-lost           money per person-year                  income-share      share of income lost
    lawful-forgone, expressive-forgone, necessary-forgone        lawful acts given up, per 1,000 person-years

Hits, precision, deterrence, cost, and who is chosen are what a regime wants. They are on it in no form, and none is
added: a test holds the list against docs/unknowns.md.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sousveil.errors import InputError
from sousveil.ground.characters import found_in
from sousveil.harms import chilling, disparity, income, rights, tiers, wrongful
from sousveil.measures.name import Name
from sousveil.studies.periods import periods
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import BURDENS
from sousveil.studies.study import Study

__all__ = ["FIXED", "OF_A_STUDY", "Listed", "listed", "nearest_first", "of_study", "one_of"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A harm that may be asked for.

    name      of the measure of a group
    gap       of the measure of a difference, where the harms compute one with an interval of its own
    unit      of the number as it is asked for; each: whether the measure is a total, to be divided by who bears it
    words     what it is, for readers
    """

    key: str
    name: Name
    unit: str
    words: str
    gap: Name | None = None
    each: bool = False


_MONTHS = "months"
_ACTS = "per 1,000 person-years"

FIXED = (
    Listed("rights-denied", rights.MONTHS_LIMITED, _MONTHS, "months with a right denied or limited",
           disparity.MONTHS_LIMITED.difference),
    Listed("income-lost", income.INCOME_LOST, "money per person-year", "income lost", disparity.INCOME_LOST.difference),
    Listed("wrongful-debit", wrongful.EVER_WRONGED, "share", "share of people with a wrongful debit",
           disparity.EVER_WRONGED.difference),
    Listed("wrongful-debits", wrongful.WRONGFUL_DEBITS, _ACTS, "wrongful debits"),
    Listed("wrongful-points", wrongful.WRONGFUL_POINTS, "share", "share of debited points that were wrongful"),
    Listed("kin-points", wrongful.POINTS_FOR_RELATIVES, "points per person-year", "points for relatives"),
    Listed("kin-share", rights.BORNE_BY_KIN, "share", "share of denied or limited rights borne by kin"),
    Listed("children", rights.KIN_MONTHS["children"], _MONTHS, "months in which a child goes without a right",
           each=True),
    Listed("income-share", income.SHARE_OF_INCOME_LOST, "share", "share of income lost"),
    Listed("lawful-forgone", chilling.LAWFUL_FORGONE, _ACTS, "lawful acts forgone"),
    Listed("expressive-forgone", chilling.EXPRESSIVE_FORGONE, _ACTS, "expressive acts forgone"),
    Listed("necessary-forgone", chilling.NECESSARY_FORGONE, _ACTS, "necessary acts forgone"),
)
"""Those that every study has."""

OF_A_STUDY = ("bottom-tier", "tier:", "time-in:", "right:")
"""Those that hang on its tiers and rights: the first is in every study, the others take a name of it."""


def listed(*course: Scheme) -> dict[str, Listed]:
    """Every harm that may be asked of a scheme, by what to ask for; of one that changes on a date, as it reads in each
    period.
    """
    found = {harm.key: harm for harm in (*_of_tiers(course), *_of_rights(course), *FIXED)}
    return {key: found[key] for key in sorted(found, key=lambda key: key != "bottom-tier")}


def of_study(study: Study) -> dict[str, Listed]:
    """Every harm that may be asked of a study. Raises InputError."""
    return listed(*(period.scheme for period in periods(study.scheme, study.population, study.assumptions)))


def one_of(study: Study, harm: str) -> Listed:
    """The harm of this name. Raises InputError for what is not on the list."""
    known = of_study(study)
    if harm not in known:
        raise InputError(f'harm: "{harm}" is not one of them' + nearest_first(harm, known))
    return known[harm]


def nearest_first(harm: str, known: Iterable[str]) -> str:
    """`; one may ask for a, b, c`: every harm that may be asked for, the one that looks most like what was typed first;
    in words that follow a refusal.
    """
    def likeness(name: str) -> float:
        return difflib.SequenceMatcher(None, harm, name).ratio()

    told = [name for name in known if not found_in(name)]
    return f"; one may ask for {', '.join(sorted(told, key=likeness, reverse=True))}"


def _of_tiers(course: Sequence[Scheme]) -> Iterator[Listed]:
    scheme = course[0]
    bottom = [*scheme.tiers][-1]
    yield Listed("bottom-tier", tiers.TIER_SHARE(tier=bottom), "share",
                 f"share of people who end \u201c{bottom}\u201d", disparity.BOTTOM_TIER.difference)
    for tier in dict.fromkeys(tier for each in course for tier in each.consequences):
        if tier in scheme.places:  # what places choose is reported, and never sought
            continue
        if not any(c.effect in BURDENS for each in course for c in each.consequences.get(tier, ())):
            continue
        yield Listed(f"tier:{tier}", tiers.TIER_SHARE(tier=tier), "share",
                     f"share of people who end \u201c{tier}\u201d")
        alone = [_alone(each, tier) for each in course]
        right = next((right for right in alone[0] if all(right in others for others in alone)), None)
        if right is not None:
            yield Listed(f"time-in:{tier}", rights.BORNE["self"](right=right[0], effect=right[1]), _MONTHS,
                         f"months spent \u201c{tier}\u201d", each=True)


def _alone(scheme: Scheme, tier: str) -> list[tuple[str, str]]:
    """What a tier alone takes: who is in it goes without, so months of the one are months of the other."""
    others = {(d.right, d.effect) for other, them in scheme.consequences.items() for d in them if other != tier}
    return [(c.right, c.effect) for c in scheme.consequences.get(tier, ())
            if c.effect in BURDENS and c.bearer in ("self", "household") and (c.right, c.effect) not in others]


def _of_rights(course: Sequence[Scheme]) -> Iterator[Listed]:
    taken = dict.fromkeys((c.right, c.effect, "children" if c.bearer == "children" else "self")
                          for each in course for them in each.consequences.values() for c in them
                          if c.effect in BURDENS)
    named = [right for right, _, _ in taken]
    for right, effect, bearer in taken:
        key = right if named.count(right) == 1 else f"{right} {effect}" + (", children" if bearer == "children" else "")
        whose = " of a child" if bearer == "children" else ""
        yield Listed(f"right:{key}", rights.BORNE[bearer](right=right, effect=effect), _MONTHS,
                     f"months{whose} with {right} {effect}", each=True)
