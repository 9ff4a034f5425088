"""How large the tables of a study would be, counted before any of them is made.

A file of a few lines can ask for more cells than any memory holds: 28 strata of two names are 268 million kinds of
people. What a run needs beyond that hangs on its steps and its rates: `engine.room`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from sousveil.studies.gates import labels_of_rules, levels_of_gates
from sousveil.studies.model import Finding, Steps
from sousveil.studies.number import shown
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import StartTable

__all__ = ["MAX_CELLS", "MAX_STRATA", "TABLE", "largest", "of_population", "of_scheme"]

MAX_CELLS = 1 << 16
"""Kinds of people: the agents hold the number of theirs in sixteen bits."""

MAX_STRATA = 32
"""Labels beside group and district: a table has an axis for each, and at most 64."""

TABLE = 1 << 27
"""Numbers in one table, at most: a gigabyte."""

RULES = 1 << 24
"""Numbers in a table of which there are some ten at once, one for every cell, tier and signal."""

STARTS = 1 << 20
"""Scores at which people may start, for all cells together: marks double them."""

Factors = Mapping[str, tuple[int, Steps]]
"""What a table has an axis for, in words: how many entries, and the key that says so."""


def largest(factors: Factors) -> tuple[str, Steps]:
    """The product in words, as in `3 groups × 5 tiers`, and the key of the axis with the most entries."""
    said = " × ".join(f"{count:,} {words}" for words, (count, _) in factors.items() if count > 1)
    return said, max(factors.values(), key=lambda factor: factor[0])[1]


def of_population(population: Population, names: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """More strata, or more kinds of people, than can be told apart. names: label -> its names."""
    if len(population.strata) > MAX_STRATA:
        yield ("strata",), f"a population has at most {MAX_STRATA} strata, not {len(population.strata)}"
    keys: dict[str, Steps] = {"group": ("groups",), "district": ("districts",)}
    factors: dict[str, tuple[int, Steps]] = {
        label if label in keys else f'names of "{label}"': (len(given), keys.get(label, ("strata", label)))
        for label, given in names.items()}
    factors = {f"{label}s" if label in keys else label: factor for label, factor in factors.items()}
    if population.frailty is not None:
        factors["frailty classes"] = (population.frailty.classes, ("frailty", "classes"))
    cells = math.prod(count for count, _ in factors.values())
    if cells > MAX_CELLS:
        said, key = largest(factors)
        key = ("strata",) if len(population.strata) > 1 else key
        yield key, f"{_short(said)} make {_counted(cells)} kinds of people; at most {MAX_CELLS:,} can be told apart"


def of_scheme(scheme: Scheme, population: Population, names: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Tables by group, district, tier, score and signal that are too large, each with the key that makes them so."""
    score, classes = scheme.score, population.frailty.classes if population.frailty else 1
    groups, districts = len(names["group"]), len(names["district"])
    asked = levels_of_gates(scheme, population)
    known = {**names, **asked}
    rows = math.prod(len(known[label]) for label in {*labels_of_rules(scheme), "group"})
    cells = math.prod(map(len, known.values())) * classes
    if asked and cells > MAX_CELLS:
        yield (("ceilings",) if scheme.ceilings else ("floors",)), (
            f"with what gates ask for ({', '.join(asked)}) there are {_counted(cells)} kinds of people; at most "
            f"{MAX_CELLS:,} can be told apart")
    scores = ("scores", (round((score.ceiling - score.floor) / score.resolution) + 1, ("score", "resolution")))
    tiers = ("tiers", (len(scheme.tiers), ("tiers",)))
    signals = ("signals", (max(1, len(scheme.signals)), ("signals",)))
    starts = len(score.start.distribution) if isinstance(score.start, StartTable) else 1
    with_rules = "groups" if rows == groups else "kinds of people with rules of their own"
    for most, factors in ((TABLE, {with_rules: (rows, ("tiers",)), **dict((tiers, scores))}),
                          (TABLE, {"groups and districts": (groups * districts, ("score",)), **dict((scores,))}),
                          (RULES, {"kinds of people": (cells, ("signals",)), **dict((tiers, signals))})):
        count = math.prod(count for count, _ in factors.values())
        if count > most:
            said, key = largest(factors)
            yield key, f"{said} would make a table of {_counted(count)} numbers; at most {most:,} are kept"
    held = [mark for name, mark in scheme.marks.items() if not population.marks[name].ends()[1] <= 0]
    # Each mark may double the scores at which people start; no more than there are units between the ends differ.
    reach = round(sum(max(map(abs, mark.points.ends())) for mark in held) / score.resolution) if held else 0
    differ = min(starts * 2**len(held), (2 * reach + 1) * starts)
    if differ * cells > STARTS:
        yield ("marks",), (f"{len(held)} marks give each of {cells:,} kinds of people {_counted(differ)} scores to "
                           f"start from; at most {STARTS:,} scores are kept in all")


def _short(said: str) -> str:
    parts = said.split(" × ")
    return said if len(parts) <= 4 else " × ".join([*parts[:3], f"… ({len(parts)} of them)"])


def _counted(count: int) -> str:
    return f"{count:,}" if count < 10**15 else shown(float(count)) if count < 10**300 else "more than 1e+300"
