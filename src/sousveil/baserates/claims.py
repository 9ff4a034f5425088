"""A published deployment against a claimed rate, and what its own counts say.

A claim is tested by prediction: with this rate, how many false alerts would so many faces have given? The answer is
`consistent`, `conflict` (more than the claim explains) or `better than claimed` (fewer), with the probability of a
count at least as far out. A conflict says that the claim, the counts or the conditions (threshold, list, place) do not
fit together; it does not say which. Alerts that nobody resolved may all have been wrong or none of them: a verdict
holds only where it holds at both ends, else the answer is `cannot tell`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sousveil.baserates import listsize, nodes
from sousveil.baserates.outcome import (
    BORNE_PER_FACE,
    BORNE_SHARE,
    FALSE_ALERTS_A_DAY,
    PER_FACE,
    PRECISION_PER_ALERT,
    PRECISION_PER_STOP,
)
from sousveil.baserates.published import Deployment, faces
from sousveil.baserates.rate import Count, Rate
from sousveil.errors import InputError
from sousveil.ground.numerals import number
from sousveil.intervals import clopper_pearson, jeffreys
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name, Names

__all__ = ["IF_UNRESOLVED", "PREDICTED", "Check", "End", "Verdict", "against", "bearers", "beaten", "check",
           "conventions", "for_list", "implied_share", "of_count", "proportion"]

PREDICTED = Name("check", "false alerts that the claim predicts")
PER_FACE_JEFFREYS = Name("alerts", "false alerts per face, Jeffreys")
PER_FACE_OPEN = Name("alerts", "false alerts per face, if all open alerts were wrong")
NO_FALSE_ALERT = Name("check", "chance of no false alert if the claim holds")
FALSE_ALERTS_A_DEPLOYMENT = Name("alerts", "false alerts a deployment")
IF_UNRESOLVED = Names("precision", "precision per alert, if every unresolved one ({count}) was {which}")

Verdict = Literal["consistent", "better than claimed", "conflict", "cannot tell"]
Side = Literal["at least", "at most"]

_RARE = 0.025
"""Below this probability on its side a count does not fit the claim."""

_FAR: dict[Side, Verdict] = {"at least": "conflict", "at most": "better than claimed"}

_FEW = 30
"""Doddington's rule of 30: below so many errors a rate is not worth quoting without its interval."""


@dataclass(frozen=True, slots=True)
class End:
    """A number of false alerts against the claim.

    observed     false alerts
    probability  of a count at least as far out on its side, if the claim held
    side         'at least' or 'at most': which side that is
    verdict      consistent while the probability is 0.025 or more; else conflict, or better where they are fewer
    """

    observed: int
    probability: float
    side: Side
    verdict: Verdict

    @property
    def chance(self) -> str:
        """The probability in figures that people read."""
        return number(self.probability, figures=2) if self.probability >= 1e-6 else "under one in a million"


@dataclass(frozen=True, slots=True)
class Check:
    """A claim and what was counted.

    claim        the rate in words, with what was done to fit it to the deployment's list
    target       that rate, a share
    faces        faces seen
    observed     false alerts counted
    expected, low, high   false alerts that the claim predicts, with a 95 % predictive interval
    none         chance of no false alert at all, if the claim held
    probability, side     as an `End` has them, for the false alerts counted
    verdict      what holds whether none of the open alerts was wrong or all were; else cannot tell
    open         alerts whose truth nobody established
    if_wrong     the same if all of those were wrong; None where none is open
    note         what the verdict leaves open
    """

    id: str
    claim: str
    target: float
    faces: int
    observed: int
    expected: float
    low: float
    high: float
    none: float
    probability: float
    side: Side
    verdict: Verdict
    open: int
    if_wrong: End | None
    note: str

    @property
    def counted(self) -> End:
        """The false alerts that were counted, without those that may be among the open ones."""
        verdict: Verdict = "consistent" if self.probability >= _RARE else _FAR[self.side]
        return End(self.observed, self.probability, self.side, verdict)

    @property
    def ends(self) -> tuple[End, ...]:
        """What was counted, and what it would be if all open alerts were wrong."""
        return (self.counted,) if self.if_wrong is None else (self.counted, self.if_wrong)

    def measure(self) -> Measure:
        """The prediction as a row."""
        found = "; ".join(f"{end.side} {end.observed:,} has probability {end.chance}" for end in self.ends)
        return Measure(PREDICTED, ALL, "", self.expected, self.low, self.high, "alerts", float(self.faces), "sampling",
                       "; ".join(filter(None, (f"{self.id}: {self.observed:,} counted", _open(self.open),
                                               f"{self.verdict}: {found}", self.note))))


def _open(count: int) -> str:
    return f"{count:,} {'alert is' if count == 1 else 'alerts are'} open" if count else ""


def check(row: Deployment, claim: Rate, measured_with: int | None = None, rule: listsize.Rule = "exact") -> Check:
    """Test a claimed FPIR on the counts of one deployment.

    measured_with is the list size the claim was made for; it is brought to the deployment's list by `rule` where that
    is published. Raises InputError, in words, where the deployment's figures give no rate per face.
    """
    count = faces(row)
    shares, words, notes = for_list(row, claim, measured_with, rule)
    if row.faces_are == "at-least":
        notes.append("the faces are a lower bound")
    if row.faces_are == "round":
        notes.append("the faces are a round figure")
    return against(row.id, count, row.unconfirmed or 0, shares, words, notes)


def against(id: str, count: Count, unresolved: int, shares: nodes.Rates, words: str, notes: Sequence[str]) -> Check:
    """A claim, at equally likely nodes, against a count of false alerts beside which so many alerts are open."""
    import numpy as np

    n = count.trials
    low, high = nodes.mixture_interval(n, shares)
    none = float(np.mean(np.exp(n * np.log1p(-np.minimum(shares, 1 - 1e-15)))))
    one = _end(count.events, n, shares)
    other = _end(min(count.events + unresolved, n), n, shares) if unresolved else None
    verdict = one.verdict if other is None or other.verdict == one.verdict else "cannot tell"
    target = float(np.mean(shares))
    return Check(id, words, target, n, one.observed, n * target, low, high, none, one.probability, one.side, verdict,
                 unresolved, other, "; ".join(notes))


def _end(k: int, n: int, shares: nodes.Rates) -> End:
    import numpy as np

    from sousveil.ground.special import betainc, betaincc

    above = float(np.mean(betainc(k, n - k + 1, shares))) if k else 1.0
    below = float(np.mean(betaincc(k + 1, n - k, shares))) if k < n else 1.0
    side: Side = "at least" if above < below else "at most"
    return End(k, min(above, below), side, _FAR[side] if min(above, below) < _RARE else "consistent")


def beaten(found: Check) -> str:
    """What counts can show against a target, in words: never more than the upper end of their interval, with all open
    alerts taken as wrong.
    """
    sure, worst = (_highest(end.observed, found.faces) for end in (found.ends[0], found.ends[-1]))
    target, may_be = _one_in(found.target), f"the rate may be as high as {_one_in(worst)}"
    if found.if_wrong is not None:
        may_be += ", if all open alerts were wrong"
    if worst < found.target:
        times = number(float(f"{found.target / worst:.2g}"))
        return (f"These counts show that the target of {target} is beaten; they cannot show that it is beaten by more "
                f"than {times} times: {may_be}.")
    while_open = f", while {_open(found.open)}" if sure < found.target else ""
    return f"These counts cannot show that the target of {target} is met{while_open}: {may_be}."


def _highest(events: int, faces: int) -> float:
    ends = clopper_pearson(events, faces)
    assert ends is not None
    return ends[1]


def _one_in(share: float) -> str:
    return f"1 in {1 / share:,.0f}" if 0 < share < 0.005 else f"{number(100 * share)} %"


def for_list(row: Deployment, claim: Rate, measured_with: int | None,
              rule: listsize.Rule) -> tuple[nodes.Rates, str, list[str]]:
    """The claim at equally likely nodes for the deployment's list; in words; and what is left open."""
    import numpy as np

    shares = np.array([claim.value]) if claim.is_stated else nodes.rate_strata(claim, 0)
    if measured_with is None:
        return shares, claim.words, []
    words = f"{claim.words}, with a list of {measured_with:,}"
    if row.watchlist is None:
        lacking = "not given (list=1000)" if row.typed else "not published"
        return shares, words, [f"the list size was {lacking}: the claim is taken as it stands"]
    return (np.asarray(listsize.rescale(shares, measured_with, row.watchlist, rule)),
            f"{words}; brought to {row.watchlist:,}: {listsize.RULES[rule]}", [])


def of_count(count: Count, unresolved: int, check: Check | None) -> list[Measure]:
    """What a count of false alerts shows besides its rate: Jeffreys' interval, the open alerts, the claim."""
    k, n = count.events, count.trials
    found = [proportion(PER_FACE_JEFFREYS, k, n, "Jeffreys interval", ends=jeffreys(k, n))]
    if unresolved:
        found.append(proportion(PER_FACE_OPEN, min(k + unresolved, n), n, "the worst that the counts allow"))
    if check is not None:
        found.append(Measure(NO_FALSE_ALERT, ALL, "", check.none, None, None, "share", float(n), "exact", check.claim))
    return found


def conventions(row: Deployment) -> Measures:
    """The four ways to quote one deployment, each by its name, with Clopper-Pearson intervals.

    Where the published figures do not give one, its value is None and its note says why. Alerts that nobody resolved
    are a bound (all wrong, all right), never dropped.
    """
    return Measures((_per_face(row), *_per_day(row), *_per_alert(row), _per_stop(row)))


def _per_alert(row: Deployment) -> list[Measure]:
    if not row.adds_up:
        return [_unknown(PRECISION_PER_ALERT, "the printed figures contradict each other")]
    if row.true is None or row.false is None:
        return [_unknown(PRECISION_PER_ALERT, "true and false alerts were not both published")]
    alerts, unresolved = row.true + row.false + (row.unconfirmed or 0), row.unconfirmed or 0
    if not alerts:
        return [_unknown(PRECISION_PER_ALERT, "there was no alert")]
    note = "right and wrong as they were typed" if row.typed else \
           "right and wrong as the operator saw it, unless the source says who decided"
    if not unresolved:
        return [proportion(PRECISION_PER_ALERT, row.true, alerts, note)]
    return [proportion(IF_UNRESOLVED(count=str(unresolved), which=which), right, alerts, note)
            for which, right in (("wrong", row.true), ("right", row.true + unresolved))]


def _per_stop(row: Deployment) -> Measure:
    if row.stops_right is None or row.stops_wrong is None:
        return _unknown(PRECISION_PER_STOP, "stopped and stopped_wrong were not both given" if row.typed else
                        "stops after right and wrong alerts were not both published")
    return proportion(PRECISION_PER_STOP, row.stops_right, row.stops_right + row.stops_wrong, "people stopped")


def _per_face(row: Deployment) -> Measure:
    try:
        count = faces(row)
    except InputError as error:
        return _unknown(PER_FACE, str(error).partition(": ")[2])
    return proportion(PER_FACE, count.events, count.trials, "")


def _per_day(row: Deployment) -> list[Measure]:
    if row.false is None:
        return []
    over, name = (row.days, FALSE_ALERTS_A_DAY) if row.days else (row.deployments, FALSE_ALERTS_A_DEPLOYMENT)
    if not over:
        return [_unknown(FALSE_ALERTS_A_DAY, "the days were not given (days=30)" if row.typed else
                         "nobody published on how many days they fell")]
    return [Measure(name, ALL, "", row.false / over, None, None, "alerts", float(over), "exact",
                    f"{row.false:,} over {over:,}")]


def bearers(row: Deployment, mix: Mapping[str, float] | None = None) -> Measures:
    """Whom the false alerts fell on, by group, where published.

    A group's FPIR needs the mix of the faces seen. Nobody publishes it: without `mix` (group -> share of the faces) the
    rate is None and says so; with it the rate is what follows from the assumption. Raises InputError for a mix that
    names a group without counts, or a share outside (0, 1].
    """
    for name, share in (mix or {}).items():
        if name not in dict(row.groups):
            lacking = "counts of your own have no groups; --group is for published ones" if row.typed else \
                      f'no false alerts of group "{name}" were published'
            raise InputError(f"{row.id}: {lacking}")
        if not 0 < share <= 1:
            raise InputError(f'the share of group "{name}" must lie above 0 and not above 1, not {share:g}')
    rows = []
    for name, events in row.groups:
        assert row.false is not None
        rows.append(proportion(BORNE_SHARE, events, row.false, "", name))
        if mix is None or name not in mix:
            rows.append(_unknown(BORNE_PER_FACE, "nobody published who was seen: without the mix of the faces no group "
                                 "has a rate", name))
        else:
            seen = round(faces(row).trials * mix[name])
            rows.append(proportion(BORNE_PER_FACE, events, max(seen, events),
                                    f"if {mix[name]:.3g} of the faces were of this group: your assumption", name))
    return Measures(tuple(rows))


def implied_share(overall: float, first: float, second: float) -> float:
    """The share of the first of two parts whose rates mix to the overall rate.

    Raises InputError when no mixture of the parts gives it: then the three figures cannot all be of one population.
    """
    if first == second:
        raise InputError("two equal rates say nothing about the shares")
    share = (overall - second) / (first - second)
    if not 0 <= share <= 1:
        raise InputError(f"no mixture of {first:g} and {second:g} gives {overall:g}: the share would be {share:.3g}")
    return share


def proportion(name: Name, events: int, trials: int, note: str, group: str = ALL,
               ends: tuple[float, float] | None = None) -> Measure:
    """A share of so many, with its Clopper-Pearson interval, or with the ends given."""
    interval = ends or clopper_pearson(events, trials)
    assert interval is not None
    few = f"fewer than {_FEW} events" if min(events, trials - events) < _FEW else ""
    return Measure(name, group, "", events / trials, *interval, "share", float(trials), "sampling",
                   "; ".join(part for part in (f"{events:,} of {trials:,}", few, note) if part))


def _unknown(name: Name, why: str, group: str = ALL) -> Measure:
    return Measure(name, group, "", None, None, None, "share", None, "", why)
