"""C01 to C09: published figures about searches of faces against a list, from published counts and arithmetic."""

from __future__ import annotations

import math

from sousveil.baserates import listsize
from sousveil.baserates.claims import IF_UNRESOLVED, check, conventions, implied_share
from sousveil.baserates.outcome import PER_FACE, PRECISION_PER_ALERT, PRECISION_PER_STOP, totals
from sousveil.baserates.published import Deployment, deployment, deployments, faces, independent, published_rates
from sousveil.baserates.rate import parse, stated
from sousveil.baserates.search import Search
from sousveil.baserates.series import together
from sousveil.baserates.spread import spread
from sousveil.errors import InputError
from sousveil.intervals import clopper_pearson, jeffreys
from sousveil.reproductions.case import Case, Figure, ours, printed, within
from sousveil.reproductions.case import stated as agrees

__all__ = ["CASES"]

_OPERATOR = parse("1/1000")
_LABORATORY = parse("1/6000")
_LABORATORY_LIST = 10_000


def _published(id: str) -> float:
    return next(rate.value for rate in published_rates() if rate.id == id)


def _ends(label: str, low: str, high: str, interval: tuple[float | None, float | None] | None) -> list[Figure]:
    ends = interval or (None, None)
    return [ours(printed(f"{label}, low", low, ends[0])), ours(printed(f"{label}, high", high, ends[1]))]


def says(label: str, published: str, reproduced: str) -> Figure:
    """A verdict: what must come out here, and no source has printed."""
    return ours(agrees(label, published, reproduced))


def _refusal(row: Deployment) -> str:
    try:
        faces(row)
    except InputError as error:
        return str(error)
    return ""


def _c01() -> list[Figure]:
    figures = [printed(f"chance of a false match in {size:,} comparisons at 0.001", text, listsize.search(0.001, size))
               for size, text in ((200, "0.181"), (2000, "0.86"), (10_000, "0.99995"))]
    try:
        listsize.search(0.001, 2000, "linear")
        linear = "a probability"
    except InputError:
        linear = "no probability"
    return [*figures, says("the product N x p at N = 2,000, which is 2, is", "no probability", linear)]


def _c02() -> list[Figure]:
    claim, size = _LABORATORY.value, _LABORATORY_LIST
    return [printed("FPIR at a list of 1,000, linear rule (NPL: 1 in 60,000)", "1.66667e-5",
                    listsize.rescale(claim, size, 1000, "linear")),
            ours(printed("FPIR at a list of 1,000, exact rule", "1.66679e-5", listsize.rescale(claim, size, 1000)))]


def _c03() -> list[Figure]:
    women, men, both = (_published(f"npl2025_pnd_{name}") for name in ("black_female", "black_male", "black"))
    half = 0.0005  # the figures are printed to a tenth of a percent
    try:
        implied_share(0.2, women, men)
        outside = "accepted"
    except InputError:
        outside = "refused"
    return [printed("share of women that mixes 9.9 % and 0.4 % to 5.5 %", "0.537", implied_share(both, women, men)),
            printed("the same, low end of rounding", "0.526", implied_share(both - half, women + half, men + half)),
            printed("the same, high end of rounding", "0.547", implied_share(both + half, women - half, men - half)),
            says("an overall rate of 20 %, which no mixture gives", "refused", outside)]


def _c04() -> list[Figure]:
    row = deployment("swp_2017_ucl")
    assert row.true is not None
    assert row.alerts is not None
    precision, refusal = conventions(row).one(PRECISION_PER_ALERT), _refusal(row)
    return [printed("precision per alert", "0.0700", precision.value),
            *_ends("Clopper-Pearson", "0.0603", "0.0808", (precision.low, precision.high)),
            *_ends("Jeffreys", "0.0605", "0.0806", jeffreys(row.true, row.alerts)),
            says("a rate per face from a crowd of 170,000, because it is", "the size of a crowd",
                 "the size of a crowd" if "the size of a crowd" in refusal else refusal),
            says("what may be said of it instead", "0.0135 if every visitor were seen exactly once",
                 refusal[refusal.find("(") + 1:refusal.find(")")])]


def _c05() -> list[Figure]:
    row = deployment("met_2020_oxford_circus")
    operator = check(row, _OPERATOR)
    laboratory = check(row, _LABORATORY, _LABORATORY_LIST, "linear")
    return [printed("false alerts", "7", operator.observed),
            *_ends("predicted at the operator's 1 in 1,000", "3", "15", (operator.low, operator.high)),
            says("7 against the operator's 1 in 1,000", "consistent", operator.verdict),
            *_ends("predicted at the laboratory's 1 in 6,000, list 10,000 brought to 7,292", "0", "3",
                   (laboratory.low, laboratory.high)),
            ours(printed("probability of at least 7 at the laboratory's rate", "1.1e-4", laboratory.probability)),
            says("7 against the laboratory's rate", "conflict", laboratory.verdict)]


def _c06() -> list[Figure]:
    rows = independent(["met_2020_stratford", "met_2020_oxford_circus"])
    checks = [check(row, _OPERATOR) for row in rows]
    both = together(rows)
    # The facts print P(0) = 0.0101, the Poisson value exp(-4.6); the binomial one is 0.01003.
    return [printed("probability of no false alert at 1 in 1,000, Poisson", "0.0101", math.exp(-checks[0].expected)),
            printed("the same, binomial", "0.010", checks[0].probability),
            *_ends("predicted at 1 in 1,000", "1", "9", (checks[0].low, checks[0].high)),
            says("0 against 1 in 1,000", "better than claimed", checks[0].verdict),
            *_ends("7 in 13,200 pooled, Clopper-Pearson", "2.1e-4", "1.1e-3", (both.pooled.low, both.pooled.high)),
            says("the two deployments", "no clear difference", both.verdict)]


def _c07() -> list[Figure]:
    row = deployment("met_2024_2025_year")
    rows = conventions(row)
    face, precision = rows.one(PER_FACE), rows.one(PRECISION_PER_ALERT)
    claim = check(row, _LABORATORY, _LABORATORY_LIST)
    return [printed("false alerts per face, percent", "0.0003", None if face.value is None else 100 * face.value),
            ours(printed("false alerts per face", "3.18e-6", face.value)),
            *_ends("Clopper-Pearson", "1.52e-6", "5.84e-6", (face.low, face.high)),
            printed("false alerts among alerts, percent", "0.48",
                    None if precision.value is None else 100 * (1 - precision.value)),
            ours(printed("precision per alert", "0.9952", precision.value)),
            *_ends("Clopper-Pearson", "0.9912", "0.9977", (precision.low, precision.high)),
            says("fewer than 30 errors", "flagged", "flagged" if "fewer than 30" in face.note else "not flagged"),
            ours(printed("predicted at 1 in 6,000", "525", claim.expected)),
            *_ends("predicted at 1 in 6,000", "480", "570", (claim.low, claim.high)),
            says("10 against 1 in 6,000", "better than claimed", claim.verdict)]


def _c08() -> list[Figure]:
    rows = conventions(deployment("met_2018_2019_essex"))
    wrong, right = (rows.one(IF_UNRESOLVED(count="20", which=which)) for which in ("wrong", "right"))
    stop = rows.one(PRECISION_PER_STOP)
    return [printed("right among 42 alerts, if the 20 unresolved were wrong", "0.19", wrong.value),
            *_ends("Clopper-Pearson", "0.086", "0.341", (wrong.low, wrong.high)),
            ours(printed("right among 42 alerts, if the 20 unresolved were right", "0.67", right.value)),
            printed("right among 22 stops", "0.36", stop.value),
            *_ends("Clopper-Pearson", "0.172", "0.593", (stop.low, stop.high))]


def _c09() -> list[Figure]:
    row = deployment("aclu_2018_congress")
    rate = conventions(row).one(PER_FACE)
    count, size = faces(row), row.watchlist
    assert size is not None
    share = count.events / count.trials
    search = Search(count.trials, size, 0, stated(share))
    return [ours(printed("false matches per face searched", "0.0523", rate.value)),
            printed("the same, percent", "5", 100 * share),
            *_ends("Clopper-Pearson", "0.0351", "0.0748", (rate.low, rate.high)),
            ours(printed("per comparison, exact rule", "2.15e-6", listsize.per_comparison(share, size))),
            ours(printed("per comparison, linear rule", "2.09e-6", listsize.per_comparison(share, size, "linear"))),
            ours(within("precision per alert with nobody on the list present", 0.0,
                   totals(search).one(PRECISION_PER_ALERT).value))]


def _dispersion() -> list[Figure]:
    total = deployment("swp_2017_2018_total")
    events = [row for row in deployments() if row.source == total.source and row.id != total.id]
    shares = {row.id: (row.true or 0, row.alerts or 0) for row in events}
    final = shares.pop("swp_2017_ucl")
    without, with_final = spread(list(shares.values())), spread([*shares.values(), final])
    met = [faces(row) for row in independent(["met_2020_stratford", "met_2020_oxford_circus", "met_2022_01_28",
                                              "met_2022_07_07"])]
    false = spread([(count.events, count.trials) for count in met])
    return [printed("South Wales events without the final, Pearson", "57.2", without.chi_square),
            printed("degrees of freedom", "12", without.df), printed("dispersion", "4.8", without.dispersion),
            printed("with the final, Pearson", "260", with_final.chi_square),
            printed("degrees of freedom", "13", with_final.df), printed("dispersion", "20", with_final.dispersion),
            printed("Met 2020 to 2022, false alerts per face, Pearson", "21.6", false.chi_square),
            printed("degrees of freedom", "3", false.df), printed("dispersion", "7.2", false.dispersion)]


def _totals() -> list[Figure]:
    met, swp = deployment("met_2016_2023_total"), deployment("swp_2017_2023_total")
    assert met.false is not None
    assert swp.false is not None
    assert met.alerts is not None
    assert swp.alerts is not None
    ten = clopper_pearson(8, 10)
    return [ours(printed("false among all alerts of both forces to May 2023, percent", "89.7",
                    100 * (met.false + swp.false) / (met.alerts + swp.alerts))),
            *_ends("8 of 10 false alerts on Black people, Clopper-Pearson", "0.44", "0.97", ten)]


_DAUGMAN = "Daugman, cl.cam.ac.uk, on the exact form under independence"
_NPL = "NPL equitability study of NeoFace V4, 2023, in The Register 2023-04-06 and Computer Weekly 2023-04-12"

CASES = (
    Case("C01", "The chance of a false match grows with the list", _DAUGMAN, "verified", _c01),
    Case("C02", "One in 6,000 with a list of 10,000 is one in 60,000 with 1,000", _NPL, "verified", _c02),
    Case("C03", "Black men and women in the Police National Database search",
         "NPL test published 2025-12-04, in The Guardian and Eastern Eye", "secondary", _c03, derived=True),
    Case("C04", "Cardiff 2017: 2,297 of 2,470 alerts were false",
         "SWP table in Daily Mail 2018-05-04; Metro 2018-05-05", "verified", _c04),
    Case("C05", "Oxford Circus, February 2020: 7 of 8 alerts were false", "Big Brother Watch 2020-03-04", "verified",
         _c05),
    Case("C06", "Stratford, February 2020: no alert in 4,600 faces", "Independent 2020-02-12; Daily Mail 2020-02-20",
         "verified", _c06, derived=True),
    Case("C07", "Met 2024-25: 0.0003 or 0.48 percent", "The Register and briefly.co, quoting the Met's annual report",
         "secondary", _c07),
    Case("C08", "Six trials watched by the University of Essex",
         "Evening Standard 2019-07; Big Brother Watch 2023-05-22", "verified", _c08),
    Case("C09", "28 members of Congress matched with arrest photos", "ACLU 2018-07-26; Axios 2018-07-26", "verified",
         _c09),
    Case("search-dispersion", "Deployments differ by more than chance explains",
         "worked out from the SWP table (Daily Mail 2018-05-04) and the Met's public counts", "verified", _dispersion,
         derived=True),
    Case("search-totals", "Nine in ten alerts to May 2023 were false", "Big Brother Watch 2023-05-22", "verified",
         _totals),
)
