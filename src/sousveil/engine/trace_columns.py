"""What is in the tables of a trace: their columns, each with its unit and what it means."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COLUMNS", "OPTIONAL", "STRATUM", "Column"]

STRATUM = "stratum_"
"""What stands before the name of a stratum where a table has a column for it."""


class Column(NamedTuple):
    """A column of a table of the trace."""

    name: str
    unit: str
    meaning: str


_WHERE = (Column("group", "", "group of the population"), Column("district", "", "district"))
COLUMNS: dict[str, tuple[Column, ...]] = {
    "steps": (
        Column("step", "steps", "0 is the start; row s holds what stands after step s, and what happened in it"),
        *_WHERE,
        Column("tier", "", "for persons, entries and exits: after the step; for all else: at its start"),
        Column("persons", "persons", "in the tier after the step"),
        Column("entries", "persons", "who came into the tier in the step"),
        Column("exits", "persons", "who left the tier in the step; persons change by entries less exits"),
        Column("points_own", "points", "for what people did themselves; below zero is worse, in all columns of points"),
        Column("points_mistaken", "points", "sum of points for what somebody else did"),
        Column("points_spurious", "points", "sum of points for what nobody did"),
        Column("points_kin", "points", "sum of points because of a member of the household"),
        Column("points_redress", "points", "sum of points given back on appeal"),
        Column("wrongful_given", "debits", "wrongful debits: points taken for an act of somebody else or of nobody"),
        Column("wrongful_appealed", "debits", "of those, appealed (booked in the step of the debit)"),
        Column("wrongful_upheld", "debits", "of those, undone on appeal (booked in the step of the debit)"),
        Column("wrongful_ever", "persons", "with at least one wrongful debit so far, by the tier after the step"),
        Column("debits_own", "points", "taken for own acts, as a positive number; expected, given who was where"),
        Column("debits_wrongful", "points", "taken wrongfully, as a positive number; expected, given who was where"),
        Column("rights_limited", "persons", "who had a right of their own denied, restricted, slowed or priced"),
        Column("lawful_forgone", "acts", "lawful acts given up for fear of points; expected, given who was where"),
        Column("expressive_forgone", "acts", "of those, acts of expression"),
        Column("necessity_forgone", "acts", "of those, acts of need"),
        Column("income_lost", "money", "lost to consequences of the tier"),
        Column("income_gained", "money", "gained from consequences of the tier"),
    ),
    "rights": (
        Column("step", "steps", "1 is the first"),
        *_WHERE,
        Column("right", "", "what is denied, priced, granted ..."),
        Column("effect", "", "denied, restricted, slowed, priced, waived or granted"),
        Column("bearer", "", "self; household: other adults of the home; children of the home"),
        Column("burden", "", "whether the effect takes something away"),
        Column("tiers", "", "the tiers that bring it, from the bottom, with ` + ` between them; or the place"),
        Column("persons", "persons", "who bore it in the step"),
    ),
    "places": (
        Column("step", "steps", "at whose end places were given; 0 is the start"),
        Column("place", "", "which kind of places"),
        *_WHERE,
        Column("eligible", "persons", "who could be chosen"),
        Column("chosen", "persons", "who were"),
    ),
    "moves": (
        Column("step", "steps", "1 is the first"),
        *_WHERE,
        Column("from", "", "tier at the start of the step"),
        Column("to", "", "tier after it"),
        Column("persons", "persons", "who moved; only rows that are not zero"),
    ),
    "scores": (
        Column("when", "", "start or end"),
        _WHERE[0],
        Column("score", "points", "the score"),
        Column("persons", "persons", "who had it; only rows that are not zero"),
    ),
    "spells": (
        _WHERE[0],
        Column("tier", "", "tier"),
        Column("duration", "steps", "how long the spell in the tier had lasted"),
        Column("left", "spells", "that ended so"),
        Column("still", "spells", "that had lasted so long when the run ended"),
    ),
    "cells": (
        Column("cell", "", "number of the cell; columns `stratum_...` give its strata, one each"),
        *_WHERE,
        Column("frailty", "", "factor of its propensity class"),
        Column("tier", "", "tier"),
        Column("person_steps", "person-steps", "spent in the tier over the run, by the tier at the start of each step"),
        Column("last", "persons", "in the tier during the last step"),
        Column("income", "money", "of a person in a step, before the scheme"),
        Column("lost", "money", "of it, lost by a person in a step in the tier, on average over the run"),
        Column("gained", "money", "gained by a person in a step in the tier, on average over the run"),
        Column("lawful_forgone", "acts", "lawful acts given up by a person in a step in the tier"),
        Column("expressive_forgone", "acts", "of those, acts of expression"),
        Column("necessity_forgone", "acts", "of those, acts of need"),
    ),
    "domains": (
        _WHERE[0],
        Column("what", "", "points_own, points_irrelevant (a part of those), points_wrongful, points_being: taken from "
               "people, for acts or for what they are; gravity: of recorded own acts; burden: own rights denied or "
               "limited, in person-steps"),
        Column("domain", "", "of the act, or of the right"),
        Column("amount", "", "over the run; expected, given who was in which tier"),
    ),
    "appeals": (
        Column("step", "steps", "1 is the first"),
        *_WHERE,
        Column("tier", "", "at the start of the step"),
        Column("against", "", "irrelevant: debits for own acts that the scheme marks as irrelevant; listings: stays in "
               "a tier that takes a right away, of people against whom something stood wrongly when they came into it"),
        Column("given", "debits or listings", "what can be appealed"),
        Column("appealed", "debits or listings", "of those, appealed (booked in the step of the debit, or the first of "
               "the stay)"),
        Column("upheld", "debits or listings", "of those, appealed with success (booked in the same step)"),
    ),
    "debits": (
        _WHERE[0],
        Column("debits", "points", "taken from one person over the run, before any was given back; positive"),
        Column("persons", "persons", "from whom so much was taken"),
    ),
    "effects": (
        Column("harm", "", "which harm the number belongs to"),
        Column("measure", "", "which number"),
        Column("group", "", "whose: a group, or `all`"),
        Column("effect", "", "design effect: its variance over that of as many independent people, all or nothing"),
    ),
}
"""Table -> its columns, in order. `places` is there when a scheme gives out places, `domains` when it says more of its
acts or rights, `appeals` when more than mistakes can be appealed; `debits` when an engine drew persons; `effects` when
a run stands alone.
"""

OPTIONAL = ("places", "domains", "appeals", "debits", "effects")
"""Tables that not every trace has."""
