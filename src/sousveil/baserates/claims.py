"""A published deployment against a claimed rate, and what its own counts say.

A claim is tested by prediction: with this rate, how many false alerts would so many faces have given? The answer is
`consistent`, `conflict` (more than the claim explains) or `better than claimed` (fewer), with the probability of a
count at least as far out. A conflict says that the claim, the counts or the conditions (threshold, list, place) do not
fit together; it does not say which.
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
from sousveil.baserates.rate import Rate
from sousveil.baserates.spread import Spread, spread
from sousveil.errors import InputError
from sousveil.intervals import clopper_pearson
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name, Names

__all__ = ["IF_UNRESOLVED", "PER_FACE_POOLED", "PREDICTED", "Check", "Together", "Verdict", "bearers", "check",
           "conventions", "for_list", "implied_share", "together"]

PREDICTED = Name("check", "false alerts that the claim predicts")
PER_FACE_POOLED = Name("alerts", "false alerts per face, pooled")
FALSE_ALERTS_A_DEPLOYMENT = Name("alerts", "false alerts a deployment")
IF_UNRESOLVED = Names("precision", "precision per alert, if all {count} unresolved were {which}")

Verdict = Literal["consistent", "better than claimed", "conflict"]

_FEW = 30
"""Doddington's rule of 30: below so many errors a rate is not worth quoting without its interval."""


@dataclass(frozen=True, slots=True)
class Check:
    """A claim and what was counted.

    claim        the rate in words, with what was done to fit it to the deployment's list
    faces        faces seen
    observed     false alerts counted
    expected, low, high   false alerts that the claim predicts, with a 95 % predictive interval
    probability  of a count at least as far out on the side observed, if the claim held
    side         'at least' or 'at most': which side that is
    verdict      consistent while the probability is 0.025 or more; else conflict, or better where fewer were counted
    note         what the verdict leaves open
    """

    id: str
    claim: str
    faces: int
    observed: int
    expected: float
    low: float
    high: float
    probability: float
    side: Literal["at least", "at most"]
    verdict: Verdict
    note: str

    def measure(self) -> Measure:
        """The prediction as a row."""
        return Measure(PREDICTED, ALL, "", self.expected, self.low, self.high, "alerts", float(self.faces), "sampling",
                       f"{self.id}: {self.observed} were counted; {self.verdict}: {self.side} so many has probability "
                       f"{self.probability:.2g}{'; ' + self.note if self.note else ''}")


def check(row: Deployment, claim: Rate, measured_with: int | None = None, rule: listsize.Rule = "exact") -> Check:
    """Test a claimed FPIR on the counts of one deployment.

    measured_with is the list size the claim was made for; it is brought to the deployment's list by `rule` where that
    is published. Raises InputError, in words, where the deployment's figures give no rate per face.
    """
    import numpy as np

    from sousveil.ground.special import betainc, betaincc

    count = faces(row)
    shares, words, notes = for_list(row, claim, measured_with, rule)
    expected = count.trials * float(np.mean(shares))
    low, high = nodes.mixture_interval(count.trials, shares)
    k, n = count.events, count.trials
    above = float(np.mean(betainc(k, n - k + 1, shares))) if k else 1.0
    below = float(np.mean(betaincc(k + 1, n - k, shares))) if k < n else 1.0
    side: Literal["at least", "at most"] = "at least" if above < below else "at most"
    if row.faces_are == "at-least":
        notes.append("the faces are a lower bound")
    if row.faces_are == "round":
        notes.append("the faces are a round figure")
    far: Verdict = "conflict" if side == "at least" else "better than claimed"
    return Check(row.id, words, n, k, expected, low, high, min(above, below), side,
                 far if min(above, below) < 0.025 else "consistent", "; ".join(notes))


def for_list(row: Deployment, claim: Rate, measured_with: int | None,
              rule: listsize.Rule) -> tuple[nodes.Rates, str, list[str]]:
    """The claim at equally likely nodes for the deployment's list; in words; and what is left open."""
    import numpy as np

    shares = np.array([claim.value]) if claim.is_stated else nodes.rate_strata(claim, 0)
    if measured_with is None:
        return shares, claim.words, []
    words = f"{claim.words}, with a list of {measured_with:,}"
    if row.watchlist is None:
        return shares, words, ["the list size was not published: the claim is taken as it stands"]
    return (np.asarray(listsize.rescale(shares, measured_with, row.watchlist, rule)),
            f"{words}; brought to {row.watchlist:,}: {listsize.RULES[rule]}", [])


@dataclass(frozen=True, slots=True)
class Together:
    """Several deployments side by side.

    pooled   false alerts per face over all, with a Clopper-Pearson interval: right only if they are one population
    spread   how far they differ
    verdict  `differ` when that is more than luck gives, or when one claim holds in some and conflicts in others
    """

    pooled: Measure
    spread: Spread
    verdict: Literal["differ", "no clear difference"]


def together(rows: Sequence[Deployment], checks: Sequence[Check] = ()) -> Together:
    """Pool the false alerts per face of rows that do not overlap (`published.independent`), and say whether one may.

    Raises InputError where a row gives no rate per face.
    """
    counts = [faces(row) for row in rows]
    events, trials = sum(c.events for c in counts), sum(c.trials for c in counts)
    measured = spread([(c.events, c.trials) for c in counts])
    differ = measured.differs or len({c.verdict for c in checks}) > 1
    note = (f"Pearson {measured.chi_square:.1f} on {measured.df} df, {measured.dispersion:.1f} times what luck gives"
            if measured.df else "")
    if differ:
        note = "not one population: the deployments differ; " + note
    return Together(_proportion(PER_FACE_POOLED, events, trials, note), measured,
                    "differ" if differ else "no clear difference")


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
    note = "right and wrong as the operator saw it, unless the source says who decided"
    if not unresolved:
        return [_proportion(PRECISION_PER_ALERT, row.true, alerts, note)]
    return [_proportion(IF_UNRESOLVED(count=str(unresolved), which=which), right, alerts, note)
            for which, right in (("wrong", row.true), ("right", row.true + unresolved))]


def _per_stop(row: Deployment) -> Measure:
    if row.stops_right is None or row.stops_wrong is None:
        return _unknown(PRECISION_PER_STOP, "stops after right and wrong alerts were not both published")
    return _proportion(PRECISION_PER_STOP, row.stops_right, row.stops_right + row.stops_wrong, "people stopped")


def _per_face(row: Deployment) -> Measure:
    try:
        count = faces(row)
    except InputError as error:
        return _unknown(PER_FACE, str(error).partition(": ")[2])
    return _proportion(PER_FACE, count.events, count.trials, "")


def _per_day(row: Deployment) -> list[Measure]:
    if row.false is None:
        return []
    over, name = (row.days, FALSE_ALERTS_A_DAY) if row.days else (row.deployments, FALSE_ALERTS_A_DEPLOYMENT)
    if not over:
        return [_unknown(FALSE_ALERTS_A_DAY, "nobody published on how many days they fell")]
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
            raise InputError(f'{row.id}: no false alerts of group "{name}" were published')
        if not 0 < share <= 1:
            raise InputError(f'the share of group "{name}" must lie above 0 and not above 1, not {share:g}')
    rows = []
    for name, events in row.groups:
        assert row.false is not None
        rows.append(_proportion(BORNE_SHARE, events, row.false, "", name))
        if mix is None or name not in mix:
            rows.append(_unknown(BORNE_PER_FACE, "nobody published who was seen: without the mix of the faces no group "
                                 "has a rate", name))
        else:
            seen = round(faces(row).trials * mix[name])
            rows.append(_proportion(BORNE_PER_FACE, events, max(seen, events),
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


def _proportion(name: Name, events: int, trials: int, note: str, group: str = ALL) -> Measure:
    interval = clopper_pearson(events, trials)
    assert interval is not None
    few = f"fewer than {_FEW} events" if min(events, trials - events) < _FEW else ""
    return Measure(name, group, "", events / trials, *interval, "share", float(trials), "sampling",
                   "; ".join(part for part in (f"{events:,} of {trials:,}", few, note) if part))


def _unknown(name: Name, why: str, group: str = ALL) -> Measure:
    return Measure(name, group, "", None, None, None, "share", None, "", why)
