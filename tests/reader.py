"""A reader of reports: it has the page and the tables, and shares nothing with those who wrote the page.

    page = read(html)                      what stands on a page
    faults(page, Tables(...))              every headline, lead and key figure that the tables do not bear out

It knows English, arithmetic and the columns of the tidy table. It imports nothing of the project, and repeats none of
its rules: it says what a careful person with the tables beside the page would object to. A sentence that it cannot read
is a fault too, so that no new kind of sentence goes unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

__all__ = ["Read", "Tables", "faults", "read"]

Row = Mapping[str, Any]

FEWEST = 30
"""People below which no careful person makes a finding of a share."""
DUST = 1e-9
MANY = {"draws": 5.0}
"""A difference of so many times the widths of both intervals is clear, however many others were looked at beside it;
once their widths, unless they come of a few draws."""


@dataclass
class Read:
    """What stands on a page, as text."""

    kicker: str = ""
    headline: str = ""
    lead: list[str] = field(default_factory=list)
    figures: list[tuple[str, str, str, str]] = field(default_factory=list)
    headings: list[tuple[str, str]] = field(default_factory=list)

    @property
    def top(self) -> str:
        """All that stands above the first picture."""
        figures = [" ".join(part for part in figure if part) for figure in self.figures]
        return "\n".join([self.kicker, self.headline, *self.lead, *figures, *(h for _, h in self.headings)])


@dataclass
class Tables:
    """The tidy tables of one result, as rows by column name.

    kind        run, compare, why, sweep, sensitivity, mend, baserate or audit
    rows        the measures; of a comparison the differences, whose note begins with the name of the reform
    levels      of a comparison: the measures of every world, whose note begins with its name
    exact       whether chance enters
    """

    kind: str
    rows: Sequence[Row]
    levels: Sequence[Row] = ()
    exact: bool = False
    reforms: Sequence[str] = ()


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Read()
        self.open: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.figure: dict[str, str] = {}
        self.label = ""
        self.header = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        kind = dict(attributes).get("class") or ""
        if tag in ("p", "h1", "h2", "li", "strong") or (tag == "span" and self.open and self.open[-1][1] == "value"):
            self.open.append((tag, kind))
            if tag != "strong" and tag != "span":
                self.text = []
        if tag == "header":
            self.header = True
        if tag == "li":
            self.figure = {}

    def handle_endtag(self, tag: str) -> None:
        if tag == "header":
            self.header = False
        if not self.open or self.open[-1][0] != tag:
            return
        _, kind = self.open.pop()
        text = " ".join("".join(self.text).split())
        if tag in ("strong", "span"):
            known = self.figure.get("value", "")
            self.figure["value" if tag == "strong" else "unit"] = text.removeprefix(known).strip()
        elif tag == "h1":
            self.page.headline = text
        elif tag == "h2":
            self.page.headings.append((self.label, text))
        elif tag == "p" and kind == "label":
            self.label = text
            if self.header:
                self.page.kicker = text
        elif tag == "p" and kind == "lead":
            self.page.lead.append(text)
        elif tag == "p" and kind in ("what", "interval") and kind not in self.figure:
            self.figure[kind] = text.removeprefix("Chance in the simulation: ")
        elif tag == "li" and "value" in self.figure:
            f = self.figure
            self.page.figures.append((f["value"], f.get("unit", ""), f.get("what", ""), f.get("interval", "")))

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text.append(data)


def read(html: str) -> Read:
    """What stands on a page."""
    parser = _Parser()
    parser.feed(html)
    return parser.page


def faults(page: Read, tables: Tables) -> list[str]:
    """What the tables do not bear out, and what is no English."""
    found = [*_english(page), *_figures(page, tables)]
    for text in _claims(page):
        found += _claim(text, tables)
    if not page.headline:
        found.append("there is no headline")
    return found


# --- English ----------------------------------------------------------------------------------------------------------

WRONG = (r"(?<![\d.,])(?<!to )1 (months|years|weeks|days|quarters|points|steps|persons|groups|stays|runs)\b",
         r"\bover 1 years\b", r"\b(within|over|after) 0 (months|years|weeks|days|quarters)\b",
         r"\b(every|no)body people\b",
         r"\bwith with\b", r"\bnan\b", r"\bNone\b", r"\binf\b", r"\bof of\b", r"\bin the mean\b", r"\bless group\b",
         r"\bluck\b", r"  ", r"\.\.(?!\.)", r" ,", r"\bpeople people\b", r"\b(everybody|nobody) [^.,]{0,40}\bend “",
         r"\ba an?\b", r"“”")


def _english(page: Read) -> Iterable[str]:
    for wrong in WRONG:
        for match in re.finditer(wrong, page.top, re.I if wrong.islower() else 0):
            yield f"no English: {page.top[max(0, match.start() - 30):match.end() + 20]!r}"


# --- key figures ------------------------------------------------------------------------------------------------------


def _figures(page: Read, tables: Tables) -> Iterable[str]:
    for value, unit, what, interval in page.figures:
        said = f"key figure {value} {unit} {what} ({interval})"
        number = _number(value)
        ends = re.match(r"([\u2212\d.,]+) to ([\u2212\d.,]+)(%?)", interval)
        if number is None:
            if not value.startswith(("under ", "over ", "1 in ")) and " to " not in value and value != "0":
                yield f"{said}: no number"
            continue
        if ends is not None:
            low, high = _number(ends[1]), _number(ends[2])
            assert low is not None
            assert high is not None
            if not low <= number <= high:
                yield f"{said}: the value lies outside its interval"
            if ends[3] and high - low >= 50:
                yield f"{said}: the interval says nothing"
            if tables.kind == "run" and "among" not in interval:
                yield f"{said}: of how many people?"
            for n in re.findall(r"among ([\d,]+)", interval):
                if (_number(n) or 0) < FEWEST and tables.kind != "audit":
                    yield f"{said}: too few"
        if not any(_is(row, number, value, ends) for row in (*tables.rows, *tables.levels)):
            yield f"{said}: stands in no table"


def _is(row: Row, number: float, text: str, ends: re.Match[str] | None) -> bool:
    """Whether a row, or its share in percent, is what was printed, either way round."""
    if row["value"] is None:
        return False
    for scale in (1.0, 100.0, -1.0, -100.0):
        if not _near(row["value"] * scale, text):
            continue
        if ends is None:
            return True
        pair = sorted(x * scale for x in (row["low"], row["high"]) if x is not None)
        if len(pair) == 2 and _near(pair[0], ends[1]) and _near(pair[1], ends[2]):
            return True
    return False


def _near(x: float, text: str) -> bool:
    """Whether a number rounds to what is printed: half of the last digit, or of the third figure."""
    beyond = re.fullmatch(r"(under|over) (\S+)", text)
    number = _number(beyond[2] if beyond else text)
    if number is None:
        return False
    if beyond:
        return 0 < x < number if beyond[1] == "under" else x > number
    digits = text.rstrip("%").partition(".")[2]
    return abs(x - number) <= 0.5000001 * 10 ** -len(digits) + 1e-9 or abs(x - number) <= 0.006 * abs(x)


def _number(text: str) -> float | None:
    plain = text.strip().removesuffix("%").replace("\u2212", "-").replace(",", "").lstrip("+")
    try:
        return float(plain)
    except ValueError:
        return None


# --- sentences --------------------------------------------------------------------------------------------------------

COUNT = r"(?P<c>(?:about |fewer than |all but fewer than )?[\d,]+ of [\d,]+|nobody|everybody)"
COUNT2 = COUNT.replace("?P<c>", "?P<d>")
VERB = r"(?P<verb>ends? “(?P<tier>[^”]*)”(?:, which limits [^.]*?)?|(?:lost|got) points for acts they did not commit)"
GROUP, GROUP2 = r"(?: of group (?P<g>\S+))?", r"(?: of| in) group (?P<h>[^\s.:]+)"
GROUP3 = GROUP2.replace("?P<h>", "?P<i>")

PATTERNS = {
    "sides": rf"^{COUNT}(?: people)?{GROUP} {VERB}"
             rf"(?:, against {COUNT2}{GROUP2}|, and (?P<e>nobody){GROUP3} (?:does|did))?$",
    "times": rf"^people{GROUP} are (?P<times>.+?) as likely as people{GROUP2} to end “(?P<tier>[^”]*)”.*$",
    "alike": r"^there is no clear difference between group (?P<g>\S+) and group (?P<h>\S+) in (?P<what>.+)$",
    "hangs": r"^which of group (?P<g>\S+) and group (?P<h>\S+) ends “(?P<tier>[^”]*)” more often hangs on what is not "
             r"published$",
    "withheld": r"^the groups cannot be compared in .*: fewer than 30 people.*$",
    "few": r"^(?P<n>\d+) synthetic (?:person is|people are) too few for a finding: it takes 30 or more$",
    "median": rf"^it takes (?P<t>[\d.,]+) \w+ until half of (?:those|the people of group (?P<g>\S+)) who become "
              rf"“[^”]*” are out again(?:, against (?P<u>[\d.,]+){GROUP2})?$",
    "stayers": r"^more than half of those who become “[^”]*” do not leave within .+$",
    "rights": rf"^on average a person{GROUP} spends (?P<t>[\d.,]+) months? with a right denied or limited"
              rf"(?:, against (?P<u>[\d.,]+){GROUP2})?$",
    "income": rf"^on average a person{GROUP} loses (?P<t>(?:under |over )?\S+) of their income"
              rf"(?:, against (?P<u>(?:under |over )?\S+){GROUP2})?$",
    "acts": rf"^every 1,000 people{GROUP} give up (?P<t>[\d.,]+) lawful acts? a year"
            rf"(?:, against (?P<u>[\d.,]+){GROUP2})?$",
    "kin": rf"^(?:{COUNT} months|(?P<all>every month)) of denied or limited rights falls? on relatives who did "
           r"nothing$",
    "never": r"^nobody of group (?P<g>\S+) can be “(?P<tier>[^”]*)”, whatever they do$",
    "none": r"^nobody (?P<what>(?:lost|got) points for acts they did not commit|was denied a right|loses income.*|"
            r"gives up.*)$",
    "hardly": r"^hardly anybody was denied a right$",
    "chosen": r"^at a time, (?P<t>[\d.]+)% of group (?P<g>\S+) are chosen, and (?P<u>[\d.]+)% of group (?P<h>\S+)$",
    "elsewhere": r"^(?P<t>[\d.]+%) of what is denied belongs to another part of life than the acts$",
    "meaningless": r"^(?P<t>[\d.]+%) of the points taken are for acts that should not count$",
    "ending": r"^after [^,]+, (?P<list>.+) (?:are|is) “(?P<tier>[^”]*)”$",
}

INPUTS = r"^(whoever .* loses .* point|“.*” costs .* point|" \
         r"every member of group .* loses .* point|the (assumptions|scheme file) says? |" \
         r"this scheme records no acts)"
"""Sentences about what was put in: no table has them."""

ASSUMED = "With the values that were assumed, "
"""What makes a sentence hold for these values alone."""

FREE = ("What the scheme says", "What is not published", "What this cannot tell", "How to run this again",
        "How to cite this", "What the words mean")
"""Sections whose headings are about the page itself."""

NEUTRAL = r"^(\w+ inputs? differs? by group.*|nothing .* differs by group.*|the study names .*|how long people stay" \
          r"|who (?:lost|got) points|what the consequences take|where people end|who is chosen, where there are not " \
          r"places for all|who is in a lower tier|how many runs|hardly" \
          r"|who moves where|.* rules?( differs?|, in plain words)?$)"


def _claims(page: Read) -> list[str]:
    found = [page.headline, *(h for label, h in page.headings if label not in FREE)]
    for text in page.lead:
        found += [s for s in re.split(r"(?<=[.!?]) ", text) if re.search(r"\d+ of \d|^(Nobody|Everybody|After)", s)]
    return list(dict.fromkeys(t.rstrip(".") for t in found if t))


def _claim(text: str, tables: Tables) -> list[str]:
    plain = re.sub(r"^(If the claims are right|Under this scheme), ", "", text)
    plain = plain.removesuffix(" (another source contradicts this rule)")
    assumed = plain.startswith(ASSUMED)
    plain = plain.removeprefix(ASSUMED)
    lowered = plain[:1].lower() + plain[1:]
    if tables.kind != "run":
        return _OTHERS[tables.kind](lowered, text, tables)
    if re.match(INPUTS, lowered) or re.match(NEUTRAL, lowered):
        return []
    for kind, pattern in PATTERNS.items():
        match = re.match(pattern, lowered)
        if match:
            also = _whatever(kind, match, tables.rows) if not assumed else []
            return [f"{text!r}: {why}" for why in (*_CHECKS[kind](match, tables.rows), *also)]
    return [f"{text!r}: cannot be read"]


def _whatever(kind: str, match: re.Match[str], rows: Sequence[Row]) -> list[str]:
    """Whether `nobody` and `hardly anybody` are so with all values of what is not published."""
    measure = {"none": _NONE.get(match["what"].split()[0]) if kind == "none" else None,
               "hardly": "months with a right denied or limited"}.get(kind)
    row = _find(rows, measure) if measure else None
    if row is None or "most" not in row or (row["most"] is not None and row["most"] <= 0.05 * (kind == "hardly")):
        return []
    return [f"with other values it would be up to {row['most']}"]


def _find(rows: Iterable[Row], measure: str, group: str = "all", reference: str = "") -> Row | None:
    for row in rows:
        if (row["measure"], row["group"], row["reference"]) == (measure, group, reference):
            return row
    return None


def _measure(match: re.Match[str]) -> str:
    tier = match.groupdict().get("tier")
    return f"share in tier {tier}" if tier is not None else "share with a wrongful debit"


def _count(text: str, row: Row | None) -> list[str]:
    """Whether a count such as `31 of 100` is what a row says."""
    if row is None or row["value"] is None:
        return [f"{text}: there is no such number"]
    share = row["value"]
    if text in ("nobody", "everybody"):
        return [] if share == (text == "everybody") else [f"{text}, but it is {share}"]
    if "fewer than" in text:
        return [] if min(share, 1 - share) < 1e-5 else [f"{text}, but it is {share}"]
    count, base = (float(x.replace(",", "")) for x in re.findall(r"[\d,]+", text))
    said = count / base
    if abs(said - share) > 0.1 * min(share, 1 - share) + 1e-12 and abs(said - share) > 0.5 / base + 1e-12:
        return [f"{text}, but it is {share}"]
    if row["over"] != "exact" and row["low"] is not None and not text.startswith("about"):
        return [] if row["low"] - 1e-12 <= said <= row["high"] + 1e-12 else [f"{text} is outside its interval"]
    return []


def _apart(one: Row | None, other: Row | None, rows: Sequence[Row], difference: str = "") -> list[str]:
    """Whether the first clearly has more than the second: by the interval of the difference, else by both intervals."""
    if one is None or other is None or one["value"] is None or other["value"] is None:
        return ["one of the two sides has no number"]
    found = [f"only {row['n']:g} people in group {row['group']}" for row in (one, other)
             if row["n"] is not None and row["n"] < FEWEST]
    if one["value"] <= other["value"] + (DUST if one["over"] == "exact" else 0.0):
        return [*found, "the first side has no more than the second"]
    if one["over"] == other["over"] == "exact":
        return found
    gap = _find(rows, difference, one["group"], other["group"]) or _find(rows, difference, other["group"], one["group"])
    if gap is not None and gap.get("agree") is not None and gap["agree"] < 0.95:
        found.append(f"only {gap['agree']:.0%} of the values that may be have it so")
    if gap is not None and gap["value"] is not None and gap["low"] is not None:
        return found + (["chance can explain the difference"] if gap["low"] <= 0 <= gap["high"] else [])
    if one["low"] is None or other["high"] is None or one["low"] <= other["high"]:
        found.append("chance can explain the difference")
    return found


GAPS = {"share with a wrongful debit": "share with a wrongful debit, difference",
        "months with a right denied or limited": "months with a right denied or limited, difference"}


def _gap_name(measure: str, rows: Sequence[Row]) -> str:
    """The bottom tier is the first that the table lists."""
    bottom = next((r["measure"] for r in rows if r["measure"].startswith("share in tier ")), "")
    return "share in the bottom tier, difference" if measure == bottom else GAPS.get(measure, "")


def _sides(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
    measure, g, h = _measure(match), match["g"], match["h"] or match["i"]
    one = _find(rows, measure, g or "all")
    found = _count(match["c"], one)
    second = match["d"] or match["e"]
    if second is None:
        return found
    other = _find(rows, measure, h)
    found += _count(second, other) + _apart(one, other, rows, _gap_name(measure, rows))
    if match["c"].removeprefix("about ") == second.removeprefix("about "):
        found.append("both sides print alike")
    return found


SMALL = ("three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
SPELT = {"twice": 2.0, "half": 0.5, "a third": 1 / 3, "a quarter": 0.25,
         **{f"{word} times": n for n, word in enumerate(SMALL, 3)}}


def _times(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
    measure = _measure(match)
    one, other = _find(rows, measure, match["g"]), _find(rows, measure, match["h"])
    found = _apart(one, other, rows, _gap_name(measure, rows))
    if one is None or other is None or not other["value"]:
        return [*found, "there is no ratio"]
    said = match["times"].removeprefix("about ")
    times = SPELT.get(said) or _number(said.removesuffix(" times"))
    if times is None:
        return [*found, f"{said}: how many times?"]
    true = one["value"] / other["value"]
    return found + ([f"{said}, but it is {true}"] if abs(times / true - 1) > 0.05 else [])


def _alike(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
    tier = re.match(r"who ends “([^”]*)”", match["what"])
    measure = f"share in tier {tier[1]}" if tier else ""
    one, other = _find(rows, measure, match["g"]), _find(rows, measure, match["h"])
    if one is None or other is None or one["value"] is None or other["value"] is None:
        return ["one of the two was not measured, which is no equality"]
    gap = abs(one["value"] - other["value"])
    if one["over"] == other["over"] == "exact":
        return ["they differ"] if gap > 0.0015 else []
    widths = [row["high"] - row["low"] for row in (one, other) if row["low"] is not None]
    enough = all(row["n"] is None or row["n"] >= FEWEST for row in (one, other))
    allowed = MANY.get(one["over"], 1.0) * sum(widths)
    return ["they differ clearly"] if enough and len(widths) == 2 and gap > allowed else []


def _hangs(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
    """Chance carries the difference, and fewer than 95 of 100 points have its sign."""
    name = _gap_name(_measure(match), rows)
    gap = _find(rows, name, match["g"], match["h"]) or _find(rows, name, match["h"], match["g"])
    if gap is None or gap["value"] is None or gap.get("agree") is None:
        return ["nothing says so"]
    found = [] if gap["agree"] < 0.95 else [f"{gap['agree']:.0%} of the values have it so"]
    by_chance = gap["low"] is not None and gap["low"] <= 0 <= gap["high"]
    return [*found, "chance can explain the difference"] if by_chance else found


def _pair(measure: str, scale: float = 1.0) -> Any:
    def check(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
        one = _find(rows, measure, match["g"] or "all")
        if one is None or one["value"] is None:
            return ["there is no such number"]
        found = [] if _near(one["value"] * scale, match["t"]) else [f"it is {one['value'] * scale}"]
        if match["u"] is None:
            return found
        other = _find(rows, measure, match["h"])
        if other is None or other["value"] is None or not _near(other["value"] * scale, match["u"]):
            found.append("the second side is another number")
        if match["t"] == match["u"]:
            found.append("both sides print alike")
        return found + _apart(one, other, rows, _gap_name(measure, rows))
    return check


def _share(measure: str) -> Any:
    def check(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
        row = _find(rows, measure)
        held = row is not None and row["value"] is not None and _near(100 * row["value"], match["t"])
        return [] if held else ["the table has another number"]
    return check


def _stayers(_: re.Match[str], rows: Sequence[Row]) -> list[str]:
    row = _find(rows, "share never leaving")
    if row is None or row["value"] is None or row["low"] is None or row["low"] <= 0.5:
        return ["not more than half by the interval"]
    if "least" in row and (row["least"] is None or row["least"] <= 0.5):
        return ["not more than half with other values of what is not published"]
    return [f"only {row['n']:g} stays"] if row["n"] is not None and row["n"] < FEWEST else []


def _chosen(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
    first = next((r["measure"] for r in rows if r["measure"].startswith("share chosen for ")), "")
    one, other = _find(rows, first, match["g"]), _find(rows, first, match["h"])
    found = _apart(one, other, rows)
    for row, text in ((one, match["t"]), (other, match["u"])):
        if row is not None and row["value"] is not None and not _near(100 * row["value"], text):
            found.append(f"{text}%, but it is {row['value']}")
    return found


def _kin(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
    return _count("everybody" if match["all"] else match["c"], _find(rows, "share borne by kin"))


def _never(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
    row = _find(rows, f"share in tier {match['tier']}", match["g"])
    return [] if row is not None and row["value"] == 0 else ["somebody is there, or nobody knows"]


_NONE = {"lost": "share with a wrongful debit", "got": "share with a wrongful debit",
         "was": "months with a right denied or limited", "loses": "share of income lost",
         "gives": "lawful acts forgone"}


def _none(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
    row = _find(rows, _NONE[match["what"].split()[0]])
    return [] if row is not None and row["value"] is not None and row["value"] <= 0 else ["somebody did"]


def _ending(match: re.Match[str], rows: Sequence[Row]) -> list[str]:
    if match["list"] == "nobody":
        return _none_is(match["tier"], rows)
    found, start = [], r"(?=[\d]|nobody|everybody|about|fewer)"
    for part in re.split(rf", {start}| and {start}", match["list"]):
        one = re.match(rf"^{COUNT}(?: people)?{GROUP}$", part)
        row = _find(rows, _measure(match), one["g"] or "all") if one else None
        found += _count(one["c"], row) if one else [f"{part}: cannot be read"]
    bases = {base for base in re.findall(r"\d of ([\d,]+)", match["list"]) if "fewer" not in match["list"]}
    return [*found, "the sides are counted out of different numbers"] if len(bases) > 1 else found


def _none_is(tier: str, rows: Sequence[Row]) -> list[str]:
    row = _find(rows, f"share in tier {tier}")
    return [] if row is not None and row["value"] == 0 else ["somebody is"]


_CHECKS = {"sides": _sides, "times": _times, "alike": _alike, "hangs": _hangs, "withheld": lambda *_: [],
           "stayers": _stayers,
           "few": lambda match, _: [] if int(match["n"]) < FEWEST else ["that is enough"],
           "median": _pair("median time to leave"), "rights": _pair("months with a right denied or limited"),
           "income": _pair("share of income lost", 100.0), "acts": _pair("lawful acts forgone"), "kin": _kin,
           "elsewhere": _share("share of burden in another domain than the act"),
           "meaningless": _share("share of debited points for irrelevant acts"),
           "chosen": _chosen, "never": _never, "none": _none, "ending": _ending,
           "hardly": lambda _, rows: [] if (_find(rows, "months with a right denied or limited") or {"value": 1})[
               "value"] < 0.05 else ["that is not hardly anybody"]}


# --- other kinds of results -------------------------------------------------------------------------------------------


def _world(rows: Iterable[Row], name: str) -> list[Row]:
    return [row for row in rows if row["note"] == name or row["note"].startswith((f"{name};", f"{name} less "))]


def _compared(text: str, whole: str, tables: Tables) -> list[str]:
    numbers = re.match(r"^(?:under .*, )?(\w+|[\d,]+) numbers? differs?( by more than chance)?"
                       r"( by the same in every run| and (?:\w+|[\d,]+) more by the same in every run)?"
                       r"(?:; \w+ seeds? (?:are|is) too few to tell more)?$", text)
    if numbers:
        return [f"{whole!r}: exact numbers know no chance"] if numbers[2] and tables.exact else []
    if re.match(r"^(.* rules? differs?|how many runs|nobody ends in another tier|.* runs would be needed|"
                r".* same random draws save hardly any runs)", text) or \
            re.match(rf"^{COUNT}(?: people)?{GROUP} goe?s? from “", text):
        return []
    under = re.match(r"^under (?P<names>“.+?”(?:(?:, | and )“.+?”)*), (?P<rest>.+)$", text)
    if not under:
        return [f"{whole!r}: cannot be read"]
    names, rest = re.findall(r"“([^”]*)”", under["names"]), under["rest"]
    if rest in ("nothing differs", "no rule differs"):
        return [f"{whole!r}: something does" for name in names for row in _world(tables.rows, name)
                if rest == "nothing differs" and row["value"]][:1]
    if rest.startswith("there is no clear difference"):
        return []
    if re.match(r"^as many end in each tier as without it(, in every run)?$", rest):
        return [f"{whole!r}: in tier shares some differ" for row in _world(tables.rows, names[0])
                if row["measure"].startswith("share in tier") and row["value"]][:1]
    levels, before = _world(tables.levels, names[0]), _world(tables.levels, "baseline")
    gaps = _world(tables.rows, names[0])
    sides = re.match(rf"^{COUNT}(?: people)?{GROUP} {VERB}, against {COUNT2} without it$", rest)
    if sides:
        measure, group = _measure(sides), sides["g"] or "all"
        found = _count(sides["c"], _find(levels, measure, group)) + _count(sides["d"], _find(before, measure, group))
        found += ["both sides print alike"] if sides["c"] == sides["d"] else []
    else:
        other = re.match(rf"^(?:every 1,000 people|a person){GROUP} (?P<verb>give up|spends|loses) (?P<t>[\d.,]+) .*, "
                         r"against (?P<u>[\d.,]+) without it$", rest)
        if not other:
            return [f"{whole!r}: cannot be read"]
        measure = {"give up": "lawful acts forgone", "spends": "months with a right denied or limited",
                   "loses": "income lost"}[other["verb"]]
        group = other["g"] or "all"
        rows = [(_find(where, measure, group), other[key]) for where, key in ((levels, "t"), (before, "u"))]
        found = [f"{said} is not in the table" for row, said in rows if row is None or not _near(row["value"], said)]
        found += ["both sides print alike"] if other["t"] == other["u"] else []
    gap = _find(gaps, measure, group)
    if gap is None or gap["value"] is None:
        found.append("there is no such difference")
    elif gap["over"] == "exact":
        found += [] if abs(gap["value"]) > DUST else ["nothing differs"]
    elif gap["low"] is None or gap["low"] <= 0 <= gap["high"]:
        found.append("chance can explain the difference")
    return [f"{whole!r}: {why}" for why in found]


def _explained(text: str, whole: str, tables: Tables) -> list[str]:
    gap = next(row for row in tables.rows if row["measure"].startswith("gap in "))
    clear = gap["low"] is not None and (gap["low"] > 0 or gap["high"] < 0) and abs(gap["value"]) > DUST
    if "no clear difference" in text or text == "there is no clear gap to explain":
        return [f"{whole!r}: there is a clear gap"] if clear and abs(gap["value"]) > 1e-6 else []
    if re.match(r"^(no two causes|.* depend on each other most|who is in a lower tier|nobody is in a lower tier|"
                r".* (are|is) in a lower tier only because)", text):
        return []
    if not clear:
        return [f"{whole!r}: there is no clear gap"]
    if re.match(r"^no cause clearly carries the gap$", text):
        return []
    carry = re.match(r"^(?P<list>.+) carr(?:ies|y) the gap$", text)
    if carry:
        return [f"{whole!r}: {name} does not clearly" for name in re.split(r", | and ", carry["list"])
                if not _same_way(next((r for r in tables.rows if r["measure"] == name), None), gap)]
    size = re.match(r"^between .* differs by (?P<v>[\d.,]+) (?P<unit>.+?)(?: \(.*?\))?"
                    r"(?:; (?P<p>[\d.,]+%|nearly all of it|all of it and more \([\d.,]+%\))(?: of it)? is due to .+|"
                    r", and no single cause clearly carries it)$", text)
    if not size:
        return [f"{whole!r}: cannot be read"]
    found = [] if any(_near(abs(gap["value"]) * s, size["v"]) for s in (1.0, 100.0)) else ["the gap is another"]
    if size["p"]:
        part = re.search(r"[\d.,]+%", size["p"])
        rows = [r for r in tables.rows if r is not gap and r["measure"] != "rest" and r["value"] is not None]
        if not any(_same_way(r, gap) and (_near(100 * r["value"] / gap["value"], part[0]) if part else
                                          abs(r["value"] / gap["value"] - 1) < 6e-4) for r in rows):
            found.append("no cause clearly carries so much")
    return [f"{whole!r}: {why}" for why in found]


def _same_way(row: Row | None, gap: Row) -> bool:
    return row is not None and row["value"] is not None and row["low"] is not None and row["value"] * gap["value"] > 0 \
        and (row["low"] > 0 or row["high"] < 0)


def _swept(text: str, whole: str, tables: Tables) -> list[str]:
    if re.search(r"(too few points to tell|points? failed|is \S+.* at every point)$", text):
        return []
    values = [row["value"] for row in tables.rows if row["value"] is not None]
    goes = re.search(r" goes from (?P<a>[\u2212\d.,]+)%?.*? at .*? to (?P<b>[\u2212\d.,]+)%?.*? at [\u2212\d.,]+$",
                     text)
    lies = re.search(r" lies between (?P<a>[\u2212\d.,]+)%?.*? and (?P<b>[\u2212\d.,]+)%?", text)
    both = goes or lies
    if both:
        found = [] if both["a"] != both["b"] else ["both sides print alike"]
        ends = (min(values), max(values)) if lies else (values[0], values[-1])
        found += [f"{said} is another number" for x, said in zip(ends, (both["a"], both["b"]), strict=True)
                  if not any(_near(x * s, said) for s in (1.0, 100.0))]
        if goes and not tables.exact:
            one, other = (r for r in (tables.rows[0], tables.rows[-1]))
            if one["low"] is not None and one["low"] <= other["high"] and other["low"] <= one["high"]:
                found.append("chance can explain the difference")
        return [f"{whole!r}: {why}" for why in found]
    return [] if "no clear difference between" in text else [f"{whole!r}: cannot be read"]


def _weighed(text: str, whole: str, tables: Tables) -> list[str]:
    if re.search(r"(does not change over these ranges|depends on no single number clearly|some points have none, so .*|"
                 r"numbers that were not varied)$", text):
        return []
    named = re.search(r" depends most on (.+)$", text)
    if not named:
        return [f"{whole!r}: cannot be read"]
    totals = sorted((r for r in tables.rows if r["measure"].startswith("total") and r["value"] is not None),
                    key=lambda r: -r["value"])
    count = len(re.findall(r"“[^”]+”", named[1]))
    return [f"{whole!r}: {row['measure']} is not clearly more than none" for row in totals[:count]
            if row["low"] is None or row["low"] <= 0]


def _mended(text: str, whole: str, tables: Tables) -> list[str]:
    if text.startswith("no set of the named reforms clearly removes") or text == "sets that do not go together":
        return []
    left = re.match(r"^(?P<names>“.*”) (?:leaves|together leave) (?P<p>[\d.,]+%) of what there is now: ", text)
    if not left:
        return [f"{whole!r}: cannot be read"]
    first, *rest = (row for row in tables.rows if row["value"] is not None)
    return [] if any(_near(100 * row["value"] / first["value"], left["p"]) for row in rest if first["value"]) else [
        f"{whole!r}: no set leaves so much"]


def _searched(text: str, whole: str, tables: Tables) -> list[str]:
    precision = next((r for r in tables.rows if r["measure"].startswith("precision per alert")), None)
    value = None if precision is None else precision["value"]
    if re.match(r"^(at these rates no alert|no alert can)", text):
        return [] if not value else [f"{whole!r}: some can"]
    if "point at somebody who is not on the list" in text and value is not None and precision is not None:
        return [] if precision["high"] < 0.5 else [f"{whole!r}: not by the interval"]
    if text.startswith("most alerts are right") and precision is not None:
        return [] if precision["low"] > 0.5 else [f"{whole!r}: not by the interval"]
    return []


def _audited(text: str, whole: str, tables: Tables) -> list[str]:
    every = [r for r in tables.rows if r["reference"] and r["value"] is not None and "difference" in r["measure"]]
    gaps = [r for r in every if "," not in r["group"]]
    rate = text.partition(": the groups")[0] if ": the groups" in text else ""
    gaps = [r for r in gaps if r["measure"].startswith(rate)]
    clear = [r for r in every if r["low"] is not None and (r["low"] > 0 or r["high"] < 0)]
    if text.startswith("no clear difference between the groups"):
        columns = {r["group"].partition("=")[0] for r in gaps}
        unsaid = len(columns) > 1 and "of each column" not in text
        return [f"{whole!r}: intersections are not looked at"] if unsaid else [] if gaps else [
            f"{whole!r}: they were not compared"]
    if "cannot be compared" in text:
        withheld = any(r["value"] is None and "withheld" in r["note"] for r in tables.rows)
        return [f"{whole!r}: they were"] if gaps and not (withheld and not clear) else []
    sides = re.search(r"(?P<c>(?:about )?[\d,]+ of [\d,]+) of “(?P<g>[^”]+)”.*?"
                      r"(?P<d>(?:about )?[\d,]+ of [\d,]+) of “(?P<h>[^”]+)”", text)
    if sides:
        found = ["both sides print alike"] if sides["c"] == sides["d"] else []
        pair = [r for r in clear if _labelled(r["group"], sides["g"]) and _labelled(r["reference"], sides["h"])]
        found += [] if pair else ["chance can explain the difference"]
        return [f"{whole!r}: {why}" for why in found]
    often = re.search(r"“([^”]+)” were .* as “([^”]+)”$", text)
    if often:
        # The first has more: said of the two in either order, the difference lies on that side.
        more = [r for r in clear if (_labelled(r["group"], often[1]) and _labelled(r["reference"], often[2])
                                      and r["low"] > 0)
                or (_labelled(r["group"], often[2]) and _labelled(r["reference"], often[1]) and r["high"] < 0)]
        return [] if more else [f"{whole!r}: chance can explain the difference"]
    return []


def _labelled(group: str, label: str) -> bool:
    return ", ".join(part.partition("=")[2] for part in group.split(", ")) == label or group == label


_OTHERS = {"compare": _compared, "why": _explained, "sweep": _swept, "sensitivity": _weighed, "mend": _mended,
           "baserate": _searched, "audit": _audited}
