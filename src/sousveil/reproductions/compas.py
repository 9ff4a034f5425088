"""COMPAS in Broward County: the confusion tables, the filters and the regression that ProPublica published in 2016."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from sousveil.audits.counts import Cell, Counts
from sousveil.audits.examine import of_counts
from sousveil.audits.logistic import fit
from sousveil.audits.metrics import BY_IDENTITY, FALSE_NEGATIVE, FALSE_POSITIVE, NEGATIVE_PREDICTIVE, PRECISION
from sousveil.audits.question import Question
from sousveil.measures.name import Name
from sousveil.reproductions.case import Case, Figure, printed, within

__all__ = ["CASES", "logistic", "table"]

_SOURCE = "ProPublica, compas-analysis, commit bafff5d; method of Larson, Mattu, Kirchner and Angwin (2016)"
_RACES = ("African-American", "Asian", "Caucasian", "Hispanic", "Native American", "Other")

Row = Mapping[str, str]


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of a table of counts of this package."""
    text = (files("sousveil.audits") / "data" / name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _added(rows: Iterable[Row], *keys: str) -> Counter[tuple[str, ...]]:
    """People by the columns named."""
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        found[tuple(row[key] for key in keys)] += int(row["n"])
    return found


def _rates(rows: Iterable[Row], score: str, outcome: str, low: Sequence[str]) -> dict[tuple[Name, str], float]:
    """(name, group) -> value, worked out by the audit itself; who is not `low` counts as selected."""
    cells: Counter[Cell] = Counter()
    for (race, text, happened), n in _added(rows, "race", score, outcome).items():
        cells[Cell((race,), 0, int(text not in low), int(happened))] += n
    return _worked_out(cells)


def _worked_out(cells: Mapping[Cell, int]) -> dict[tuple[Name, str], float]:
    question = Question(decision="selected", outcome="outcome", groups=("race",), counts="n")
    found = of_counts(Counts(("race",), cells, outcomes=True), question)
    return {(m.name, m.group.removeprefix("race=")): m.value for m in found.measures
            if m.value is not None and not m.reference}


def _confusion(rates: Mapping[tuple[Name, str], float], expected: Mapping[str, tuple[str, str, str, str]]
               ) -> list[Figure]:
    figures = []
    for group, texts in expected.items():
        for rate, text in zip((FALSE_POSITIVE, FALSE_NEGATIVE, PRECISION, NEGATIVE_PREDICTIVE), texts, strict=True):
            value = rates[rate.name, group]
            percent = rate in (FALSE_POSITIVE, FALSE_NEGATIVE)
            figures.append(printed(f"{group}: {rate.name.label}{', per cent' if percent else ''}", text,
                                   100 * value if percent else value))
    return figures


def _medium_or_high() -> list[Figure]:
    return _confusion(_rates(table("compas_two_year.csv"), "score_text", "two_year_recid", ("Low",)), {
        "all": ("32.35", "37.40", "0.61", "0.69"), "African-American": ("44.85", "27.99", "0.63", "0.65"),
        "Caucasian": ("23.45", "47.72", "0.59", "0.71")})


def _high_only() -> list[Figure]:
    return _confusion(_rates(table("compas_two_year.csv"), "score_text", "two_year_recid", ("Low", "Medium")), {
        "African-American": ("15.82", "61.02", "0.72", "0.57"), "Caucasian": ("5.44", "79.81", "0.71", "0.65")})


def _identity() -> list[Figure]:
    """What the identity makes of the prevalence, precision and false negative rate, against the rate counted."""
    rates = _rates(table("compas_two_year.csv"), "score_text", "two_year_recid", ("Low",))
    return [within(f"{group}: p/(1-p) x (1-PPV)/PPV x (1-FNR)", rates[FALSE_POSITIVE.name, group],
                   rates[BY_IDENTITY, group], 1e-12)
            for group in ("all", "African-American", "Caucasian", "Hispanic", "Other")]


def _filters() -> list[Figure]:
    kept = [row for row in table("compas_two_year.csv") if row["passes_filter"] == "1"]
    violent = [row for row in table("compas_violent.csv") if row["passes_filter"] == "1"]
    people, races, scores = _added(kept)[()], _added(kept, "race"), _added(kept, "score_text")
    again, levels = _added(violent)[()], _added(violent, "v_score_text")
    relapsed = _added(kept, "two_year_recid")["1",]
    violently = _added(violent, "two_year_violent_recid")["1",]
    return [printed("people", "7,214", _added(table("compas_two_year.csv"))[()]),
            printed("people who pass the filter", "6,172", people),
            printed("of them, again within two years", "2,809", relapsed),
            printed("the same, per cent", "45.51", 100 * relapsed / people),
            *(printed(f"{race}", text, races[race,]) for race, text in
              zip(_RACES, ("3175", "31", "2103", "509", "11", "343"), strict=True)),
            *(printed(f"score {name}", text, scores[name,]) for name, text in
              (("High", "1144"), ("Low", "3421"), ("Medium", "1607"))),
            printed("violent file: people who pass the filter", "4,020", again),
            printed("violent file: again within two years", "652", violently),
            printed("violent file: the same, per cent", "16.22", 100 * violently / again),
            *(printed(f"violent file: score {name}", text, levels[name,]) for name, text in
              (("High", "279"), ("Low", "2913"), ("Medium", "828")))]


def _violent_file() -> list[Figure]:
    """The violent file as it was published gives other rates than ProPublica's table of violent relapse."""
    rates = _rates(table("compas_violent.csv"), "v_score_text", "two_year_violent_recid", ("Low",))
    return [printed(f"{group}: false positive rate, per cent", text, 100 * rates[FALSE_POSITIVE.name, group])
            for group, text in (("African-American", "33.04"), ("Caucasian", "15.55"))]


_VIOLENT = {"African-American": (1692, 1043, 170, 273), "Caucasian": (1679, 380, 129, 77),
            "Other": (750, 174, 48, 39)}
"""ProPublica's published table of violent relapse: low and survived, higher and survived, low and not, higher and not.

The file behind it (cox-violent-parsed.csv) is not at hand. "Other" is its row for everybody less the two above it.
"""


def _violent_table() -> list[Figure]:
    cells = {Cell((race,), 0, decision, outcome): n for race, four in _VIOLENT.items()
             for n, (outcome, decision) in zip(four, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True)}
    return _confusion(_worked_out(cells), {
        "all": ("27.93", "47.15", "0.20", "0.92"), "African-American": ("38.14", "38.37", "0.21", "0.91"),
        "Caucasian": ("18.46", "62.62", "0.17", "0.93")})


def logistic(rows: Sequence[tuple[Sequence[float], int, int]], tolerance: float = 1e-12
             ) -> tuple[list[float], list[float]]:
    """Coefficients and standard errors of a logistic regression on counts, by iteratively reweighted least squares.

    rows  (covariates with the leading 1, events, trials) for each combination of covariates
    Raises ArithmeticError when fifty steps do not bring the coefficients to rest.
    """
    import numpy as np

    design = np.array([row[0] for row in rows], dtype=float)
    events, trials = (np.array([row[i] for row in rows], dtype=float) for i in (1, 2))
    found = fit(design, events, trials, tolerance=tolerance)
    return found.beta.tolist(), np.sqrt(np.diag(found.model)).tolist()


_TERMS = ("Intercept", "Female", "Greater than 45", "Less than 25", "African-American", "Asian", "Hispanic",
          "Native American", "Other", "priors_count", "misdemeanour", "two_year_recid")


@cache
def _model() -> dict[str, tuple[float, float]]:
    """ProPublica's regression of a score other than Low: coefficient and standard error by term."""
    keys = ("sex", "age_cat", "race", "priors_count", "charge_degree", "two_year_recid", "medium_or_high")
    found = _added(table("compas_regression.csv"), *keys)
    rows = []
    for key in sorted({key[:-1] for key in found}):
        sex, age, race, priors, degree, relapse = key
        line = [1.0, sex == "Female", age == _TERMS[2], age == _TERMS[3], *(race == term for term in _TERMS[4:9]),
                int(priors), degree == "M", int(relapse)]
        events = found[*key, "1"]
        rows.append(([float(value) for value in line], events, events + found[*key, "0"]))
    return dict(zip(_TERMS, zip(*logistic(rows), strict=True), strict=True))


def _coefficients() -> list[Figure]:
    model = _model()
    published = dict(zip(_TERMS, ("-1.52554", "0.22127", "-1.35563", "1.30839", "0.47721", "-0.25441", "-0.42839",
                                  "1.39421", "-0.82635", "0.26895", "-0.31124", "0.68586"), strict=True))
    errors = dict(zip(_TERMS, ("0.07851", "0.07951", "0.09908", "0.07593", "0.06935", "0.47821", "0.12813", "0.76612",
                               "0.16208", "0.01110", "0.06655", "0.06402"), strict=True))
    return [*(printed(f"{term}", text, model[term][0]) for term, text in published.items()),
            *(printed(f"{term}: standard error", text, model[term][1]) for term, text in errors.items())]


def _ratios() -> list[Figure]:
    """How much likelier a score other than Low is: e^b / (1 - c + c e^b), with c = sigmoid(intercept)."""
    model = _model()
    base = 1 / (1 + math.exp(-model["Intercept"][0]))
    return [printed(f"{name}: times as likely", text, math.exp(b) / (1 - base + base * math.exp(b)))
            for name, text in (("African-American", "1.4528"), ("Female", "1.1948"), ("Less than 25", "2.4961"))
            for b in (model[name][0],)]


CASES = (
    Case("compas-confusion", "COMPAS, Medium or High against Low: error rates", _SOURCE, "verified", _medium_or_high),
    Case("compas-high-only", "COMPAS, High alone: error rates", _SOURCE, "verified", _high_only),
    Case("compas-identity", "COMPAS: the identity that ties the error rates to the base rate",
         "Chouldechova (2017), Big Data 5, applied to ProPublica's counts", "verified", _identity,
         derived=True),
    Case("compas-filters", "COMPAS: how many people each filter leaves", _SOURCE, "verified", _filters),
    Case("compas-violent-file", "COMPAS, violent relapse: the rates that the published file gives",
         _SOURCE + "; recomputed from the file, and not the rates of the published table", "verified",
         _violent_file, derived=True),
    Case("compas-violent", "COMPAS, violent relapse: error rates of the published table", _SOURCE.partition(";")[0]
         + "; its counts are recalled, two of its rates (38.14, 18.46) were read", "recalled", _violent_table),
    Case("compas-regression", "COMPAS: logistic regression of a score other than Low", _SOURCE, "verified",
         _coefficients),
    Case("compas-risk-ratios", "COMPAS: risk ratios from the regression", _SOURCE, "verified", _ratios),
)
