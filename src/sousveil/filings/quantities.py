"""The numbers that forms ask for: what each is called in a statement, in words, and which right of the Charter it is
about.

A quantity has a name of its own, `wrongful`, that an assessment writes when it states a number, and the names of the
measures that hold it, its difference between groups and its ratio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sousveil.audits import metrics
from sousveil.filings.charter import OF_RIGHTS
from sousveil.filings.result import Result
from sousveil.harms import chilling, disparity, income, rights, silence, tiers, trap, truth, wrongful
from sousveil.measures.name import Name
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import BURDENS

__all__ = ["Quantity", "of_audit", "of_result", "of_scheme"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that is asked for.

    key         what a statement calls it
    words       what it is, for readers
    kind        the harm that it belongs to: wrongful, rights, trap, kin, income, chilling, redress, error, selection
    names       of the measure: the first that the result has
    difference, ratio   of a group and the reference, where there are such
    articles    of the Charter of Fundamental Rights, as numbers
    """

    key: str
    words: str
    kind: str
    names: tuple[Name, ...]
    difference: tuple[Name, ...] = ()
    ratio: tuple[Name, ...] = ()
    articles: tuple[int, ...] = ()


def of_result(result: Result) -> tuple[Quantity, ...]:
    """The quantities that a result can hold."""
    return of_audit() if result.study is None else of_scheme(result.study.scheme)


def of_scheme(scheme: Scheme) -> tuple[Quantity, ...]:
    """Those of a run or a comparison."""
    return (*_of_tiers(scheme), *_OF_RUNS, *_of_rights(scheme))


def _of_tiers(scheme: Scheme) -> Iterator[Quantity]:
    bottom = [*scheme.tiers][-1]
    yield Quantity("bottom-tier", f"people who end in \u201c{bottom}\u201d, the lowest tier", "tier",
                   (tiers.TIER_SHARE(tier=bottom),), (disparity.BOTTOM_TIER.difference,),
                   (disparity.BOTTOM_TIER.ratio,), (21,))
    for tier in scheme.tiers:
        if tier != bottom:
            yield Quantity(f"tier:{tier}", f"people who end in \u201c{tier}\u201d", "tier",
                           (tiers.TIER_SHARE(tier=tier),))


_OF_RUNS = (
    Quantity("wrongful", "people who lost points for acts they did not commit", "wrongful",
             (wrongful.EVER_WRONGED,), (disparity.EVER_WRONGED.difference,), (disparity.EVER_WRONGED.ratio,)),
    Quantity("wrongful-points", "share of the points taken that were taken wrongly", "wrongful",
             (wrongful.WRONGFUL_POINTS,)),
    Quantity("rights-months", "months in which a person has a right denied or limited, on average", "rights",
             (rights.MONTHS_LIMITED,), (disparity.MONTHS_LIMITED.difference,), (disparity.MONTHS_LIMITED.ratio,)),
    Quantity("never-leaving", "stays in the lowest tier that last as long as they were followed", "trap",
             (trap.NEVER_LEAVING,)),
    Quantity("stay", "time until somebody leaves the lowest tier, on average, counted up to as long as stays were "
             "followed", "trap", (trap.MEAN_STAY,), (trap.MEAN_STAY_DIFFERENCE,)),
    Quantity("kin-share", "share of all months of denied or limited rights that fall on relatives", "kin",
             (rights.BORNE_BY_KIN,), articles=(7,)),
    Quantity("kin-months", "months in which others of the household bore it, of all people together", "kin",
             (rights.KIN_MONTHS["household"],), articles=(7,)),
    Quantity("children-months", "months in which a child bore it, of all children together", "kin",
             (rights.KIN_MONTHS["children"],), articles=(24,)),
    Quantity("income-share", "share of income lost", "income", (income.SHARE_OF_INCOME_LOST,), articles=(17, 34)),
    Quantity("income", "income lost", "income", (income.INCOME_LOST,), (disparity.INCOME_LOST.difference,),
             (disparity.INCOME_LOST.ratio,), (17, 34)),
    Quantity("lawful-forgone", "lawful acts given up", "chilling", (chilling.LAWFUL_FORGONE,), articles=(10, 11, 12)),
    Quantity("expressive-forgone", "acts of expression given up", "chilling", (chilling.EXPRESSIVE_FORGONE,),
             articles=(10, 11, 12)),
    Quantity("appealed", "wrongful debits that are appealed", "redress", (silence.APPEALED,), articles=(47,)),
    Quantity("surfaced", "wrongful debits that are undone on appeal", "redress", (silence.SURFACED,), articles=(47,)),
    Quantity("false-positives", "people whom the scheme flags and who are not what it looks for", "error",
             (truth.FALSE_POSITIVE_RATE,)),
    Quantity("false-negatives", "people who are what the scheme looks for and whom it does not flag", "error",
             (truth.FALSE_NEGATIVE_RATE,)),
    Quantity("precision", "share of the flagged who are what the scheme looks for", "error", (truth.PRECISION,)))

_OF_AUDITS = (("selected", "people who were selected", "selection", metrics.SELECTION, (21,)),
              ("false-positives", "people without the outcome who were selected", "error", metrics.FALSE_POSITIVE, ()),
              ("false-negatives", "people with the outcome who were not selected", "error", metrics.FALSE_NEGATIVE, ()),
              ("precision", "share of the selected who had the outcome", "error", metrics.PRECISION, ()))


def of_audit() -> tuple[Quantity, ...]:
    """Those of an audit."""
    return tuple(Quantity(key, words, kind, (rate.name,), (rate.difference,), (rate.ratio,), articles)
                 for key, words, kind, rate, articles in _OF_AUDITS)


def _of_rights(scheme: Scheme) -> Iterator[Quantity]:
    """Months of each right that a tier denies or limits, by who bears it."""
    taken = dict.fromkeys((c.right, c.effect, c.bearer) for them in scheme.consequences.values() for c in them
                          if c.effect in BURDENS)
    for right, effect, bearer in taken:
        whose = {"self": "", "household": ", borne by others of the household", "children": ", borne by children"}
        kin = {"self": (), "household": (7,), "children": (24,)}[bearer]
        yield Quantity(f"right:{right} {effect}{'' if bearer == 'self' else ' ' + bearer}",
                       f"months with {right} {effect}{whose[bearer]}, of all people together", "right",
                       (rights.BORNE[bearer](right=right, effect=effect),),
                       articles=tuple(sorted({*kin, *_article(right)})))


def _article(right: str) -> tuple[int, ...]:
    """The article that the name of a right points to, as far as its words are known; none where they are not."""
    return tuple(number for number, told in OF_RIGHTS.items() if any(word in right.lower() for word in told))
