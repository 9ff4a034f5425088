"""The one catalogue of strings, and the grammar that turns numbers into words.

Words never say more than the number does. `nobody` is said of exactly nobody, `nearly` of less, `just over` of more.
What a sentence may claim is decided in `sousveil.reports.claims`. Tests hold the words to that over random numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sousveil.ground import called
from sousveil.ground.called import synthetic
from sousveil.measures.measure import ALL, Measure
from sousveil.page.digits import (
    base_of,
    ends,
    interval,
    number,
    of_hundred,
    over,
    percent,
    points,
    roughly,
    rounded,
    short,
    sides,
    span,
    together,
    written,
)
from sousveil.page.page import Term

__all__ = ["FOOT", "GLOSSARY", "LABELS", "LIMITS", "MARKS", "NOT_CHILLED", "NO_DIFFERENCE", "a_person", "agreeing",
           "base_of", "counted", "duration", "ends", "fraction", "interval", "joined", "lasting", "listing", "measured",
           "number", "of_group", "of_hundred", "often", "ordinal", "over", "percent", "plural", "points", "roughly",
           "rounded", "sentence", "short", "sides", "span", "synthetic", "terms", "together", "unit_of", "written"]

MARKS = {
    "documented": "a published rule or record says so",
    "claimed": "a press article or witness says so; no published rule was found",
    "invented": "made up for illustration",
    "assumed": "it is not published; the analyst chose it",
    "contradicted": "a source says so and another source says otherwise",
    "read": "the source itself was read; whether it is right is another question",
    "verified": "read in the source itself; whether the source is right is another question",
    "secondary": "read in a work that cites the source",
    "recalled": "from memory of the literature; not checked against the source",
    "unknown": "it is not published",
}
"""Marks that stand beside numbers, and what each means."""

FOOT = (("again", "How to run this again"), ("words", "What the words mean"), ("limits", "What this cannot tell"))
"""Links at the foot of a page: id of a section, and its text."""

LABELS = {
    "tiers": "Who ends where",
    "wrongful": "Penalised for what others did",
    "trap": "The trap",
    "rights": "What is denied, and to whom",
    "chilling": "Lawful life given up",
    "income": "Money",
    "places": "Who is chosen",
    "truth": "Right or wrong",
    "domains": "Out of context",
    "reforms": "What would change it",
    "inputs": "What was put in",
    "scheme": "What the scheme says",
    "unknown": "What is not published",
    "limits": "What this cannot tell",
    "again": "How to run this again",
    "cite": "How to cite this",
}
"""The small label over each section: the question that its heading answers."""

LIMITS = (
    "The population is closed: nobody is born, dies, moves or changes group within the time shown.",
    "The people are synthetic. They are made from published shares and rates; no record of a real person went in.",
    "The interval beside a number says how far chance moves it, or how much the number of people matters. It does not "
    "say whether the rules and rates that went in are those of the world.",
    "What the scheme does to trust, fear, friendship and politics is not in the numbers. Lawful acts given up are.",
    "A result holds under these assumptions. Where a number is not published, another choice may change it.",
)
"""What a simulation of a scheme cannot tell; printed in every report of one."""

NOT_CHILLED = "Lawful acts that people give up for fear of points were left out: nothing is assumed about them."

NO_DIFFERENCE = "no clear difference"

GLOSSARY = {
    "bottom tier": "The lowest of the classes into which the scheme sorts people.",
    "ceiling": "The highest tier that people of a group may reach, whatever they do.",
    "channel": "A way in which acts come to be recorded: a camera, a till, an informant.",
    "chilling": "Lawful acts that people give up because the scheme may count them.",
    "coverage": "The chance that an act is recorded by its channel.",
    "decay": "How fast a score drifts back to its baseline when nothing is recorded.",
    "debit": "Points taken away.",
    "false positive": "Somebody flagged who did not do it, or is not on the list.",
    "group": "A label that the scheme or the analyst gives people. It stands for nothing else here.",
    "interval": "A range made so that it holds the true number in 95 of 100 repetitions. What is repeated is said "
                "beside it.",
    "kin": "Members of the same household, who bear a penalty for what another member did.",
    "median": "The number that half lie below and half above.",
    "precision": "The share of all alerts that are right.",
    "redress": "Appeal: a wrongful debit may be given back, if it is noticed, appealed and upheld.",
    "restricted mean": "The mean time within the time shown; longer spells count as that long.",
    "spell": "The time between entering a tier and leaving it.",
    "spurious record": "A record with no act behind it: a false alert, a clerical error.",
    "step": "The unit of time of the scheme, a month unless said otherwise.",
    "synthetic people": "Made-up people who agree with published shares and rates, and with nobody who lives.",
    "tier": "A class into which the scheme sorts people by score.",
    "twin world": "The same people with the same random draws under another rule.",
    "watchlist": "The people a search looks for.",
    "wrongful debit": "Points taken for an act of somebody else, or for no act at all.",
}
"""Words of the trade, each explained in a line."""

_UNITS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_FRACTIONS = (
    (1 / 20, "one in twenty"), (1 / 15, "one in fifteen"), (1 / 10, "one in ten"), (1 / 8, "one in eight"),
    (1 / 7, "one in seven"), (1 / 6, "one in six"), (1 / 5, "one in five"), (1 / 4, "one in four"),
    (1 / 3, "one in three"), (2 / 5, "two in five"), (1 / 2, "half"), (3 / 5, "three in five"),
    (2 / 3, "two in three"), (3 / 4, "three in four"), (4 / 5, "four in five"), (9 / 10, "nine in ten"),
    (19 / 20, "19 in 20"))


_NEAR = 0.015
"""How far a share may lie from a fraction that is said with `nearly` or `just over`: 84.7 % is not just over four in
five, though it is but 6 % more."""


def terms(*names: str) -> tuple[Term, ...]:
    """The glossary lines of these words, in alphabetical order. Raises KeyError for a word that has none."""
    return tuple(Term(name, GLOSSARY[name]) for name in sorted(set(names)))


def counted(n: int) -> str:
    """A small count as a word (`four`), a large one in figures."""
    return _UNITS[n] if 0 <= n < len(_UNITS) else number(n)


def plural(n: float, one: str, many: str = "") -> str:
    """`1 person`, `4 people`: the number in figures with the noun that agrees."""
    return f"{number(n)} {one if n == 1 else many or one + 's'}"


def unit_of(m: Measure, between_worlds: bool = False) -> str:
    """What stands behind a value that is `written`: `months`, `EUR per person-year`; `percentage points` of a
    difference of shares; nothing of a share, whose percent sign is in it, and of a ratio, which has no unit.
    """
    if m.unit == "ratio":
        return ""
    return called.money(m.unit) if m.unit != "share" else "percentage points" if m.reference or between_worlds else ""


def agreeing(value: str, unit: str) -> str:
    """A unit in the number of the value before it: `1`, `month`; `1.4`, `months`. Units that are phrases stay."""
    unit = called.money(unit)
    one = value.lstrip("+\u2212") == "1"
    return unit.removesuffix("s") if one and unit.split(" ")[-1] in _COUNTED and " per " not in unit else unit


_COUNTED = ("days", "weeks", "months", "quarters", "years", "points", "persons")


def ordinal(n: int) -> str:
    """`2nd`, `11th`, `23rd`."""
    tail = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{number(n)}{tail}"


def sentence(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def of_group(group: str) -> str:
    """`group B`, or `everybody`."""
    return "everybody" if group == ALL else f"group {called.name('group', group)}"


def measured(m: Measure) -> str:
    """What was measured, with its tiers as readers see them."""
    slots = tuple((slot, called.tier(value) if slot == "tier" else value) for slot, value in m.name.slots)
    return replace(m.name, slots=slots).label


def a_person(group: str) -> str:
    """`a person of group B`, or `a person`."""
    return "a person" if group == ALL else f"a person of {of_group(group)}"


def listing(items: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    parts = list(items)
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def fraction(share: float) -> str:
    """`half`, `nearly one in five`, `just over two in three`; in figures where no simple fraction is near."""
    if share <= 0 or share >= 1:
        return of_hundred(share)
    near, name = min(_FRACTIONS, key=lambda f: abs(f[0] - share))
    error = share / near - 1
    if abs(error) <= 0.005:
        return name if error == 0 else f"about {name}"
    if abs(error) <= 0.07 and abs(share - near) <= _NEAR:
        return f"{'nearly' if error < 0 else 'just over'} {name}"
    return of_hundred(share)


def often(ratio: float, what: str = "as often") -> str:
    """`twice as often`, `2.4 times as often`, `half as often`. `what` may be `as many`, `as likely`, `as long` ..."""
    if ratio <= 0:
        return "never"
    if ratio > 1e6:
        return f"more than a million times {what}"
    if abs(ratio - 1) < 0.02:
        return f"about {what}"
    near = round(ratio)
    if 2 <= near <= 12 and abs(ratio / near - 1) <= 0.03:
        word = "twice" if near == 2 else f"{_UNITS[near]} times"
        return f"{'' if ratio == near else 'about '}{word} {what}"
    for part, name in ((1 / 2, "half"), (1 / 3, "a third"), (1 / 4, "a quarter")):
        if abs(ratio / part - 1) <= 0.03:
            return f"{'' if ratio == part else 'about '}{name} {what}"
    return f"{number(round(ratio, 1) if 1.05 <= ratio < 10 else ratio)} times {what}"


def duration(months: float) -> str:
    """`a month`, `31 months`, `two and a half years`: half years where they are near, months otherwise."""
    halves = round(months / 6)
    if halves >= 3 and abs(months / 6 - halves) <= 0.02 * halves:
        years, half = divmod(halves, 2)
        about = "" if months == 6 * halves else "about "
        if half:
            return about + ("a year and a half" if years == 1 else f"{counted(years)} and a half years")
        return f"{about}{counted(years)} years"
    whole = round(months)
    if whole < 1:
        return "less than a month"
    return "a month" if whole == 1 else ("a year" if months == 12 else f"{number(whole)} months")


def lasting(steps: float, step: str) -> str:
    """So many steps of a scheme, in words: months, quarters and years as `duration` says them, other steps counted."""
    months = {"month": 1, "quarter": 3, "year": 12}.get(step)
    return duration(months * steps) if months else plural(rounded(steps, 3), step)


def joined(texts: Sequence[str]) -> str:
    """Sentences in a row: each with its full stop, empty ones left out."""
    return " ".join(t if t.endswith((".", "?", "!")) else t + "." for t in texts if t)

