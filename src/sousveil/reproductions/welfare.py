"""Benefits and borders: confusion tables and counts that were published, and the rates that follow from them.

Counts that were rounded when they were printed give a ratio between two ends; a figure inside them agrees.
"""

from __future__ import annotations

from collections.abc import Mapping

from sousveil.audits.counts import Cell, Counts
from sousveil.audits.examine import of_counts
from sousveil.audits.metrics import FALSE_NEGATIVE, FALSE_POSITIVE, PRECISION, SELECTION
from sousveil.audits.question import Question
from sousveil.baserates.listsize import search
from sousveil.baserates.spread import spread
from sousveil.measures.name import Name
from sousveil.reproductions.case import Case, Figure, ours, printed, stated

__all__ = ["CASES"]

Four = tuple[int, int, int, int]
"""True negatives, false positives, false negatives, true positives."""

_AMSTERDAM: Mapping[str, Mapping[str, Four]] = {
    "before": {"Dutch": (344, 120, 229, 183), "not Dutch": (78, 61, 84, 122)},
    "after": {"Dutch": (361, 103, 265, 147), "not Dutch": (109, 30, 108, 98)}}
"""The model before and after reweighing, on the same welfare applications."""

_KENYA: Mapping[str, Four] = {"town": (601, 102, 123, 291), "country": (1115, 233, 400, 529)}
"""Households: poor is the outcome, told poor is the decision."""

_STUDENTS = {"NL": 178_200, "outside Europe": 54_820}
_GRANTS = {"category 1": (8_670, 7_280), "selected": (1_050, 2_010), "in order, and yet visited": (860, 630),
           "found undue": (130, 1_060)}
"""Counts of 2014, rounded to ten: of Dutch origin, and of origin outside Europe."""

_TEN = 5
"""Half of what the counts of the student grants were rounded to."""


def _rates(tables: Mapping[str, Four]) -> dict[tuple[Name, str], float]:
    """(rate, group) -> value, worked out by the audit itself."""
    cells = {Cell((group,), 0, decision, outcome): n for group, four in tables.items()
             for n, (outcome, decision) in zip(four, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True)}
    found = of_counts(Counts(("group",), cells, outcomes=True),
                      Question(decision="selected", outcome="outcome", groups=("group",), counts="n"))
    return {(m.name, m.group.removeprefix("group=")): m.value for m in found.measures
            if m.value is not None and not m.reference}


def _amsterdam() -> list[Figure]:
    texts = {"before": {"Dutch": ("25.862", "34.589", "39.604"), "not Dutch": ("43.885", "53.043", "33.333")},
             "after": {"Dutch": ("22.2", "", ""), "not Dutch": ("21.6", "", "")}}
    figures = []
    for when, groups in texts.items():
        rates = _rates(_AMSTERDAM[when])
        for group, (wrongly, selected, wrong) in groups.items():
            label = f"{group}, {when} reweighing"
            figures.append(printed(f"{label}: false positive rate, per cent", wrongly,
                                   100 * rates[FALSE_POSITIVE.name, group]))
            if selected:
                figures += [printed(f"{label}: selected, per cent", selected, 100 * rates[SELECTION.name, group]),
                            printed(f"{label}: wrong among those selected, per cent", wrong,
                                    100 * (1 - rates[PRECISION.name, group]))]
    return figures


def _kenya() -> list[Figure]:
    rates = _rates(_KENYA)
    return [printed(f"{group}: {label}, per cent", text, 100 * value) for group, excluded, included in
            (("town", "29.71", "25.95"), ("country", "43.06", "30.58"), ("all", "38.94", "29.0"))
            for label, text, value in (("poor and told they are not", excluded, rates[FALSE_NEGATIVE.name, group]),
                                       ("not poor among those told poor", included,
                                        1 - rates[PRECISION.name, group]))]


def _grants() -> list[Figure]:
    """How many times as often, per student of either origin, with the ends that rounding to ten leaves."""
    dutch, other = _STUDENTS["NL"], _STUDENTS["outside Europe"]
    texts = {"category 1": ("2.73", "2.726 to 2.733"), "selected": ("6.22", "6.177 to 6.269"),
             "in order, and yet visited": ("2.38", "2.348 to 2.415"), "found undue": ("26.5", "25.4 to 27.7")}
    figures = []
    for what, (text, ends) in texts.items():
        a, b = _GRANTS[what]
        low, high = ((b + sign * _TEN) / (other - sign * _TEN) * (dutch + sign * _TEN) / (a - sign * _TEN)
                     for sign in (-1, 1))
        figures += [printed(f"{what}: outside Europe over NL", text, b / other * dutch / a),
                    stated(f"{what}: what rounding to ten leaves", ends, f"{low:.4g} to {high:.4g}")]
        if what == "in order, and yet visited":
            figures.append(stated("the published \u201c3.0 times\u201d lies between these ends", "no",
                                  "yes" if low <= 3.0 <= high else "no"))
    return figures


def _appeals() -> list[Figure]:
    return [printed("of 1,240 found undue, appealed, per cent", "74", 100 * 920 / 1240),
            printed("of 920 appeals, won, per cent", "21", 100 * 190 / 920)]


def _child_benefit() -> list[Figure]:
    stopped, first, later, still_open = 23_794, 14_994, 17_048, 5_600
    return [printed("eligible at the first count, per cent", "63.0", 100 * first / stopped),
            printed("eligible at the later count, per cent", "71.6", 100 * later / stopped),
            ours(printed("wrong if all open ones were eligible too, per cent", "95",
                         100 * (later + still_open) / stopped))]


def _passengers() -> list[Figure]:
    """Hits per passenger and precision by year: rates between years differ by more than chance."""
    years = {"2019": (24_000_000, 111_588, 1_960), "2020": (31_000_000, 78_179, 5_347),
             "2023": (125_700_000, 383_778, 68_856), "2024": (153_700_000, 214_240, 89_982)}
    texts = {"2019": ("0.46", "1.8"), "2020": ("0.25", "6.8"), "2023": ("0.31", "17.9"), "2024": ("0.14", "42.0")}
    figures = [figure for year, (hit, right) in texts.items() for figure in (
        printed(f"{year}: hits per hundred passengers", hit, 100 * years[year][1] / years[year][0]),
        printed(f"{year}: right among hits, per cent", right, 100 * years[year][2] / years[year][1]))]
    innocent = [(hits - right, passengers) for passengers, hits, right in years.values()]
    return [*figures,
            stated("innocent hits per passenger in four years are of one rate", "no",
                   "no" if spread(innocent).dispersion > 10 else "yes"),
            *(printed(f"a false hit in ten flights, per cent, at the rate of {year}", text,
                      100 * search(innocent[i][0] / innocent[i][1], 10))
              for year, i, text in (("2019", 0, "4.5"), ("2024", 3, "0.8"))),
            printed("met at the airport in 2024", "10,426", 1_525 + 2_233 + 2_363 + 3_908 + 397)]


def _false_hits() -> list[Figure]:
    return [printed("wrong among technical hits to March 2019, per cent", "99.7", 100 * (1 - 277 / 94_098))]


CASES = (
    Case("amsterdam-reweighing", "Amsterdam, welfare applications: errors before and after reweighing",
         "Lighthouse Reports, amsterdam_fairness, commit 3f2e126, output/cms_wide.csv", "verified", _amsterdam),
    Case("kenya-means-test", "Kenya, health premiums: who is told what, on the household survey",
         "Lighthouse Reports, kenya_sha_pmt, commit 2254294; a second table there has 406 for 400", "verified", _kenya),
    Case("student-grants-by-origin", "Dutch student grants 2014: how many times as often, by origin",
         "NGO-Algorithm-Audit, DUO-CUB, commit b392055, Table 1; ratios worked out from its counts", "verified",
         _grants, derived=True),
    Case("student-grants-appeals", "Dutch student grants 2014: appeals",
         "NGO-Algorithm-Audit, DUO-CUB, commit b392055, Tables 1 and 5; shares worked out from its counts", "verified",
         _appeals, derived=True),
    Case("child-benefit-2025", "Great Britain, child benefit stopped by travel records, July to October 2025",
         "capitalpost.uk, brumdaily.uk and britbrief.co.uk, after a parliamentary answer", "secondary", _child_benefit),
    Case("passenger-data", "Germany, passenger data: hits and what they were worth, 2019 to 2024",
         "netzpolitik.org February 2021; heise.de 6069495, 8985231; golem.de 165739; bundestag.de hib; rates worked "
         "out from their counts", "verified", _passengers, derived=True),
    Case("passenger-data-start", "Germany, passenger data: 99.7 of 100 hits were wrong",
         "netzpolitik.org, heise.de 4868234 (99.7 was read, the counts are recalled)", "recalled", _false_hits),
)
