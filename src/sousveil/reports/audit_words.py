"""What a report of an audit says, beside numbers: one place for its sentences."""

from __future__ import annotations

from sousveil.audits import control, metrics
from sousveil.audits.metrics import Compared
from sousveil.audits.release import MISSING, OTHER
from sousveil.measures.measure import ALL
from sousveil.page.page import Term

__all__ = ["ARTICLE", "BESIDES", "CHECKS", "DEEDS", "FILING", "KEYS",
           "LIMITS", "RATES", "RISKS", "RISKS_WITHOUT_OUTCOMES",
           "TERMS", "WEIGHTED", "of_group", "plain"]

Said = tuple[tuple[tuple[Compared, ...], str], ...]
"""A number, as a table alone tells it and as one with a random control does, and what is said of it."""

_FALSE_POSITIVE = (metrics.FALSE_POSITIVE, control.FALSE_POSITIVE)
_FALSE_NEGATIVE = (metrics.FALSE_NEGATIVE, control.FALSE_NEGATIVE)
_PRECISION = (metrics.PRECISION, control.PRECISION)

DEEDS: Said = ((_FALSE_POSITIVE, "Of people without the outcome, {} were selected"),
               (_FALSE_NEGATIVE, "Of people with the outcome, {} were passed over"),
               ((metrics.SELECTION, control.SELECTION), "{} were selected"))
"""Rates in the order of how grave a gap is, and what happened to people."""

KEYS: Said = (((metrics.SELECTION, control.SELECTION), "of all were selected"),
              (_FALSE_POSITIVE, "of those without the outcome were selected"),
              (_FALSE_NEGATIVE, "of those with the outcome were passed over"),
              (_PRECISION, "of those selected had the outcome"),
              ((metrics.OUTCOME, control.OUTCOME), "have the outcome"))

RATES: Said = (((metrics.SELECTION, control.SELECTION), "Who is selected"),
               ((control.SELECTED_SHARE,), "Who those selected are"),
               (_FALSE_POSITIVE, "Who is wrongly selected"), (_FALSE_NEGATIVE, "Who is wrongly passed over"),
               (_PRECISION, "Whose selection is right"))

CHECKS = ("Agencies test their systems with rules of thumb. They stand here by name, as they are used; passing one "
          "does not make a system lawful or fair, and failing one does not show why.")

RISKS = ("Wrong decisions by group, with intervals: false positives (a person without the outcome selected), false "
         "negatives (a person with it passed over), and how often a selection is right. The tables above say it.")
RISKS_WITHOUT_OUTCOMES = ("Who is selected, by group. Whether the decisions were right is not in the table, so neither "
                          "wrong selections nor wrong omissions can be counted.")

FILING = ("These are the numbers that the form asks for, from the counts that may be printed. The ratio is to the "
          "highest rate of a category that is not under two in a hundred. A ratio is no verdict.")

_WEIGHTED = "Rates and ratios are weighted. Assessed and selected are people, as they were counted."
WEIGHTED = {"ll144": _WEIGHTED, "eeoc": (f"{_WEIGHTED} Standard deviations are of the effective size (Kish). Fisher's "
                                         "test is of counts, and left out.")}
"""What a form says of weights."""

BESIDES = (
    ("given", "Comparable people", "Groups compared among people who are alike in one thing",
     "Rates within the values of one column, put together over them. What that column itself carries over from unequal "
     "treatment stays in it."),
    ("logistic regression", "All columns at once", "Odds of being selected with all other columns alike",
     "A logistic regression on the printed counts. Odds are not chances: where many are selected, an odds ratio is "
     "further from one than the ratio of the rates."),
    ("power", "How many decisions are enough", "What gap this table could have shown",
     "The least gap that would be seen in 80 of 100 tables of this size, and how many decisions it takes to see the "
     "gap that was asked about. Where no such gap could have been seen, its absence shows nothing."),
)
"""Family, question, heading and text of what is worked out when asked for."""

ARTICLE = (
    ("a", "The process in which the system is used",
     "what the system decides, for what purpose, and what becomes of a person who is selected. A table does not say. "
     "It is in the deployer's description of its process."),
    ("b", "Period and frequency of use",
     "when these decisions were made, how often a person is scored, and for how long. No dates were read."),
    ("c", "Persons and groups affected",
     "people who are not in the table, household members and children of those who are, groups that no column names, "
     "and groups too small to tell of."),
    ("d", "Risks of harm",
     "what a wrong decision costs a person (money, time, fear, rights), for how long, whether it can be undone, and "
     "why the groups differ. A column can stand for another that is not there."),
    ("e", "Human oversight",
     "whether a person reviewed the decisions, how often they were overruled, and whether reviewers err less. No "
     "column of that kind was read."),
    ("f", "Measures if the risks materialise",
     "appeals, their success and delay, complaints, who answers for them. A table of decisions does not hold them."),
)
"""Letter, heading, and what this audit did not assess of it."""

LIMITS = (
    "An interval says how far chance in who is in the table would move a number. It does not say whether the table is "
    "complete, or its columns right: an outcome is what somebody recorded, and records lean where people were watched "
    "more.",
    "Equal error rates and equal precision cannot both hold where outcome rates differ and errors happen; which "
    "matters more is not a question of arithmetic.",
    "A gap between groups is not by itself discrimination in law, and no gap is no proof of its absence.",
)

TERMS = (
    Term("selection rate", "The share of a group that was selected."),
    Term("outcome rate", "The share of a group with the outcome, among those whose outcome is known."),
    Term("false positive rate", "Of those without the outcome, the share selected."),
    Term("false negative rate", "Of those with the outcome, the share passed over."),
    Term("precision", "Of those selected, the share with the outcome."),
    Term("interval", "A range made so that it holds the true number in 95 of 100 repetitions."),
    Term("withheld", "A count too small to tell of, or one that would give such a count away."),
)


def of_group(group: str) -> str:
    """`Women (sex)`; `women (sex), north (origin)`; `Everybody`."""
    if group in (ALL, ""):
        return "Everybody"
    parts = [part.partition("=") for part in group.split(", ")]
    return ", ".join(f"{text} ({column})" for column, _, text in parts)


def plain(group: str) -> str:
    """The label alone, quoted as it stands in the table; what the table does not name, in words."""
    if group in (ALL, ""):
        return "everybody"
    parts = [part.partition("=")[::2] for part in group.split(", ")]
    if len(parts) > 1 and not {MISSING, OTHER} & {text for _, text in parts}:
        return f"“{', '.join(text for _, text in parts)}”"  # one group, not two
    return " with ".join(_said(*part) for part in parts)


def _said(column: str, name: str) -> str:
    what = {MISSING: "those without a value of", OTHER: "all others by"}.get(name)
    return f"“{name}”" if what is None else f"{what} “{column}”"
