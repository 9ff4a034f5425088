"""The one catalogue of strings, and the grammar that turns numbers into words.

The rule of the grammar: words never say more than the number does. `nobody` is said of exactly nobody, `nearly` of
less, `just over` of more, and a difference is named only where its interval leaves none out. Tests hold it to that over
random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from sousveil.measures.measure import ALL, Measure
from sousveil.page.page import Term

__all__ = ["FOOT", "GLOSSARY", "LABELS", "LIMITS", "MARKS", "NOT_CHILLED", "NO_DIFFERENCE", "a_person", "apart",
           "base_of", "clear", "counted", "duration", "ends", "fraction", "interval", "joined", "lasting", "listing",
           "null", "number", "of_group", "of_hundred", "often", "over", "percent", "plural", "rounded",
           "sentence", "short", "span", "terms"]

MARKS = {
    "documented": "a published rule or record says so",
    "claimed": "a press article or witness says so; no published rule was found",
    "invented": "made up for illustration",
    "assumed": "nobody has published it; the analyst chose it",
    "contradicted": "a source says so and another source says otherwise",
    "verified": "read in the source itself",
    "secondary": "read in a work that cites the source",
    "recalled": "from memory of the literature; not checked against the source",
    "unknown": "nobody has published it",
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
    "reforms": "What would change it",
    "inputs": "What was put in",
    "scheme": "What the scheme says",
    "unknown": "What nobody knows",
    "limits": "What this cannot tell",
    "again": "How to run this again",
}
"""The small label over each section: the question that its heading answers."""

LIMITS = (
    "The population is closed: nobody is born, dies, moves or changes group within the time shown.",
    "The people are synthetic. They are made from published shares and rates; no record of a real person went in.",
    "The interval beside a number says how much luck matters, or how much the number of people does. It does not say "
    "whether the rules and rates that went in are those of the world.",
    "What the scheme does to trust, fear, friendship and politics is not in the numbers, but for lawful acts given up.",
    "A result holds under these assumptions. Where nobody has published a number, another choice may change it.",
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
    "twin world": "The same people with the same luck under another rule.",
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
_MINUS = "\u2212"


def terms(*names: str) -> tuple[Term, ...]:
    """The glossary lines of these words, in alphabetical order. Raises KeyError for a word that has none."""
    return tuple(Term(name, GLOSSARY[name]) for name in sorted(set(names)))


def number(x: float, decimals: int | None = None) -> str:
    """A number for reading: `1,000,000`, `0.012`, `−3`. Floats keep three significant figures unless told otherwise."""
    if isinstance(x, int):
        text = f"{x:,}"
    elif not math.isfinite(x):
        text = "–" if math.isnan(x) else ("∞" if x > 0 else "-∞")
    elif decimals is not None:
        text = f"{x:,.{decimals}f}"
    elif x == 0:
        text = "0"
    else:
        places = max(0, 2 - math.floor(math.log10(abs(x))))
        text = f"{x:,.{min(places, 12)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    if text.startswith("-") and not any(c in "123456789∞" for c in text):
        text = text[1:]
    return text.replace("-", _MINUS)


def counted(n: int) -> str:
    """A small count as a word (`four`), a large one in figures."""
    return _UNITS[n] if 0 <= n < len(_UNITS) else number(n)


def plural(n: float, one: str, many: str = "") -> str:
    """`1 person`, `4 people`: the number in figures with the noun that agrees."""
    return f"{number(n)} {one if n == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def rounded(x: float, figures: int = 2) -> float | int:
    """The number with so many significant figures; whole from there on."""
    kept = float(f"{x:.{figures}g}")
    return int(kept) if kept == int(kept) else kept


def short(x: float) -> str:
    """A number with two decimals at most, more where it is small, for the ends of bars."""
    return number(round(x, 2) if abs(x) >= 0.01 else rounded(x))


def of_group(group: str) -> str:
    """`group B`, or `everybody`."""
    return "everybody" if group == ALL else f"group {group}"


def a_person(group: str) -> str:
    """`a person of group B`, or `a person`."""
    return "a person" if group == ALL else f"a person of {of_group(group)}"


def listing(items: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    parts = list(items)
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def percent(share: float, decimals: int | None = None) -> str:
    """`31%`, `6.2%`, `0.04%`. Never 0% of somebody, never 100% of less than all."""
    x = 100 * share
    rest = min(x, 100 - x) if 0 < share < 1 else abs(x)
    if decimals is not None:
        text = f"{abs(x):.{decimals}f}"
    elif rest == 0 or rest >= 9.95:
        text = f"{abs(x):.0f}"
    else:
        text = f"{abs(x):.{min(max(1, 1 - math.floor(math.log10(rest))), 6)}f}"
        text = text.rstrip("0").rstrip(".")
    if 0 < share < 1 and float(text) in (0.0, 100.0):
        return "under 0.0001%" if share < 0.5 else "over 99.9999%"
    return (_MINUS if x < 0 and float(text) else "") + text + "%"


def base_of(share: float) -> int:
    """The smallest of 100, 1,000 ... of which the share is a whole number, near enough; 100 for none and for all."""
    for base in (100, 1_000, 10_000, 100_000, 1_000_000):
        count = round(share * base)
        if share <= 0 or share >= 1 or (0 < count < base and
                                        abs(count / base - share) <= 0.1 * min(share, 1 - share)):
            return base
    return 0


def of_hundred(share: float, base: int = 0) -> str:
    """`31 of 100`, `4 of 1,000`; `nobody` and `everybody` only where that is exact.

    base   count of so many, where another share beside it needs that
    """
    if share <= 0:
        return "nobody"
    if share >= 1:
        return "everybody"
    own = base_of(share)
    if not own:
        return "fewer than 1 of 100,000" if share < 0.5 else "all but fewer than 1 of 100,000"
    base = max(base, own)
    return f"{number(round(share * base))} of {number(base)}"


def fraction(share: float) -> str:
    """`half`, `nearly one in five`, `just over two in three`; in figures where no simple fraction is near."""
    if share <= 0 or share >= 1:
        return of_hundred(share)
    near, name = min(_FRACTIONS, key=lambda f: abs(f[0] - share))
    error = share / near - 1
    if abs(error) <= 0.005:
        return name if error == 0 else f"about {name}"
    if abs(error) <= 0.07:
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


def null(unit: str) -> float:
    """What `no difference` is in this unit: 1 for ratios, else 0."""
    return 1.0 if unit == "ratio" else 0.0


def clear(m: Measure) -> bool:
    """Whether a comparison's interval leaves out no difference. Without an interval only an exact number is clear."""
    if m.value is None:
        return False
    if m.over == "exact":
        return m.value != null(m.unit)
    if m.low is None or m.high is None:
        return False
    return m.low > null(m.unit) or m.high < null(m.unit)


def apart(one: Measure, other: Measure, difference: Measure | None = None) -> bool:
    """Whether two groups clearly differ: by the interval of their difference where given, else by disjoint intervals.

    Disjoint 95 % intervals are the stricter of the two.
    """
    if difference is not None and difference.value is not None:
        return clear(difference)
    if one.over == other.over == "exact":
        return one.value != other.value
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low > other.high or one.high < other.low


def span(low: float, high: float, unit: str = "") -> str:
    """`18.6 to 19.5%`: both ends with just enough decimals to tell them apart."""
    scale, tail = (100, "%") if unit == "share" else (1, "")
    low, high = scale * low, scale * high
    width = high - low
    largest = max(abs(low), abs(high))
    if largest == 0:
        return f"0 to 0{tail}"
    wanted = width / 2 if width > 0 else largest / 100
    decimals = min(max(0, -math.floor(math.log10(wanted))), 6) if wanted < 1 else 0
    return f"{number(float(low), decimals)} to {number(float(high), decimals)}{tail}"


def over(kind: str) -> str:
    """What an interval is over, in words that fit after its ends."""
    return {
        "draws": "in 95 of 100 sets of runs like this",
        "sampling": "in 95 of 100 populations of this size",
        "draws and sampling": "in 95 of 100 sets of runs like this, with other people",
        "parameters": "over the ranges of what nobody knows",
        "parameters and sampling": "over what is not known of the rates, and the number of people",
    }.get(kind, "")


def ends(m: Measure) -> str:
    """The two ends of an interval without what it is over: `18.6 to 19.5%`; a difference of shares in points."""
    if m.over == "exact" or m.low is None or m.high is None:
        return interval(m)
    if m.unit == "share" and m.reference:
        return f"{span(100 * m.low, 100 * m.high)} points"
    return span(m.low, m.high, m.unit)


def interval(m: Measure) -> str:
    """The interval of a measure with what it is over, or why there is none."""
    if m.over == "exact":
        return "exact: no chance enters"
    if m.low is None or m.high is None:
        return m.note or "no interval: a single run"
    return f"{ends(m)} {over(m.over)}".strip()


def joined(texts: Sequence[str]) -> str:
    """Sentences in a row: each with its full stop, empty ones left out."""
    return " ".join(t if t.endswith((".", "?", "!")) else t + "." for t in texts if t)

