"""What a sentence of an assessment states about a number that is measured: read by plain words, English or Dutch.

Only what is read with one meaning is read: one number (or none of it, as in `nobody`), one quantity, at most one group.
What was read is always printed beside the sentence, so that whoever reads can see whether it was read rightly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sousveil.filings.assessment import Stated
from sousveil.measures.measure import ALL

__all__ = ["MENTIONS", "decimals", "has_a_number", "mentions", "names", "stated"]

MENTIONS: dict[str, str] = {
    "wrongful": r"wrongful|wrongly|unjust|in error|by mistake|mistaken|onterecht|ten onrechte|foutief",
    "false-positives": r"false positive|wrongly flagged|fout[- ]?positie|vals[- ]?positie",
    "false-negatives": r"false negative|fout[- ]?negatie|vals[- ]?negatie",
    "precision": r"\bprecision\b|\bprecisie\b",
    "selected": r"\bselected\b|selection rate|geselecteerd|selectiepercentage",
    "surfaced": r"undone on appeal|overturned|appeals? (?:is|are|was|were)? ?upheld|bezwa\w+ gegrond",
    "appealed": r"\bappeal(?:ed)?\b|\bin bezwaar\b|bezwaar (?:ge)?maakt",
    "kin-share": r"\bkin\b|relative|household|famil|gezin|huisgeno|verwant",
    "children": r"\bchild|\bkind(?:eren)?\b|minderjarig",
    "never-leaving": r"never leave|permanent|blijvend|never get out",
    "income-share": r"share of (?:their )?income|of (?:their )?income (?:is )?lost|inkomensverlies|inkomen verliez",
    "lawful-forgone": r"chilling|give up lawful|lawful acts|refrain from lawful|afschrik",
    "gap": r"discrimin|differen\w+ between groups|equal treatment|treated? alike|unequal|ongelijk|onderscheid",
    "rights-months": r"right\w* (?:\w+ ){0,3}(?:denied|limited|restricted)|denial of rights|rechten .{0,20}beperkt",
    "redress": r"appeal|complain|objection|redress|bezwaar|klacht|beroep"}
"""Quantity, or matter -> how a sentence that is about it says so. The first that fits counts."""

_SHARE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:%|per ?cent\b|procent\b)", re.IGNORECASE)
_OF = re.compile(r"\b(\d+(?:[.,]\d+)?) (?:in|of|out of|van de|op de|per) (?:every )?(\d{1,3}(?:[.,]\d{3})+|\d+)\b",
                 re.IGNORECASE)
_MOST = re.compile(r"at most|no more than|not more than|fewer than|less than|under|below|up to|maximum|hooguit|"
                   r"ten hoogste|minder dan|maximaal|niet meer dan", re.IGNORECASE)
_LEAST = re.compile(r"at least|more than|over|above|minimum|minstens|ten minste|meer dan|minimaal", re.IGNORECASE)
_NONE = re.compile(r"\b(?:nobody|no one|no person|no people|none|no records?|niemand|geen enkel\w*)\b", re.IGNORECASE)
_NOT_MORE = re.compile(r"\b(?:not|niet) (?:more than|meer dan)", re.IGNORECASE)
_OTHERWISE = re.compile(r"\b(?:not|n't|if|unless|target|goal|aims?|should|would|could|may|might|without|niet|geen "
                        r"sprake|als|indien|tenzij|doel|zou|kan|kunnen|zonder)\b", re.IGNORECASE)
"""Words by which a sentence may mean something else than that its number is so."""

_BEFORE = 30
"""Letters before a number in which `at most` and the like are looked for."""


def mentions(text: str, what: str) -> bool:
    """Whether a text speaks of a matter."""
    return re.search(MENTIONS[what], text, re.IGNORECASE) is not None


def stated(sentence: str, groups: Sequence[str], tiers: Sequence[str]) -> Stated | None:
    """What a sentence states, or None where it states no number, or not with one meaning."""
    subject = _subject(sentence, tiers)
    named = [group for group in groups if names(sentence, group)]
    if subject is None or len(named) > 1 or _OTHERWISE.search(_NOT_MORE.sub("", sentence)):
        return None
    group = named[0] if named else ALL
    found = [*_SHARE.finditer(sentence), *_OF.finditer(sentence)]
    if not found:
        return Stated(says=sentence, of=subject, group=group, is_=0.0) if _says_none(sentence) else None
    if len(found) > 1:
        return None
    value, half = _value(found[0])
    before = sentence[max(0, found[0].start() - _BEFORE):found[0].start()]
    # The nearer word counts: "of more than 500 people, at most 2%".
    most, least = (_last(pattern, before) for pattern in (_MOST, _LEAST))
    if most >= max(least, 0):  # "no more than" holds "more than"
        return Stated(says=sentence, of=subject, group=group, at_most=value)
    if least >= 0:
        return Stated(says=sentence, of=subject, group=group, at_least=value)
    return Stated(says=sentence, of=subject, group=group, at_least=value - half, at_most=value + half)


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((match.end() for match in pattern.finditer(text)), default=-1)


def _subject(sentence: str, tiers: Sequence[str]) -> str | None:
    """The quantity that a sentence is about, None where it is about none that a number is read of, or about several."""
    asked = ("false-positives", "false-negatives", "precision", "selected", "surfaced", "wrongful", "kin-share",
             "never-leaving", "income-share", "appealed")
    found = [key for key in asked if mentions(sentence, key)]
    for special, plain in (("false-positives", "wrongful"), ("surfaced", "appealed"), ("surfaced", "wrongful"),
                           ("appealed", "wrongful")):
        if special in found and plain in found:
            found.remove(plain)
    found += [f"tier:{tier}" for tier in tiers if names(sentence, tier) and not found]
    return found[0] if len(found) == 1 else None


def names(sentence: str, name: str) -> bool:
    """Whether a sentence names a group or a tier: in quotes, or after the word; short names would be found anywhere."""
    known = re.escape(name)
    quoted = rf"[\"'\u201c\u2018]{known}[\"'\u201d\u2019]"
    behind = rf"\b(?:groups?|tier|class|groep|klasse) {known}(?!\w)"
    return re.search(f"{quoted}|{behind}", sentence) is not None


def has_a_number(sentence: str) -> bool:
    """Whether a sentence has a number in it, or a word for none: it may state something that is measured."""
    return any(letter.isdigit() for letter in sentence) or _says_none(sentence)


def _says_none(sentence: str) -> bool:
    return _NONE.search(sentence) is not None


def _value(found: re.Match[str]) -> tuple[float, float]:
    """The share that a match says, and half of its last decimal."""
    text = found[1].replace(",", ".")
    places = len(text.partition(".")[2])
    whole = 100.0 if found.re is _SHARE else float(re.sub(r"[.,]", "", found[2])) or 1.0
    return float(text) / whole, 0.5 * 10.0 ** -places / whole


def decimals(value: float) -> float:
    """Half of the last decimal that a number in a file was written with, at most 12 of them."""
    text = f"{value:.12f}".rstrip("0")
    return 0.5 * 10.0 ** -max(len(text.partition(".")[2]), 0)
