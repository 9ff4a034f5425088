"""What somebody does or is, in the words of a scheme file, as the subject of a sentence.

    subject("crosses on red")     Whoever crosses on red
    subject("late payment")       “late payment”

The words of a file go on from "whoever" only where they begin with a verb. They may as well be a noun (`late payment`)
or a sentence of their own (`the card is not linked`): then they stand in quotes, and it is the act that costs points.
"""

from __future__ import annotations

import re

__all__ = ["goes_on", "subject"]

_VERBS = """
    is was has had does did isn't wasn't hasn't doesn't accepts applies asks attends avoids becomes begs borrows
    breaks brings builds buys came carries cheats claims comes commits committed complains crosses damages
    declares defaults defies denies disobeys donates drinks drives drops earns eats enters evades fails falls
    feeds fights files finds gambles gets gives goes helps hides hires holds ignores insults interrupts is
    jaywalks joins keeps kills leaves lends lies litters lived lives loses makes marries meets misreports misses
    misuses moved moves named names neglects obeys obstructs offends opens overstays owes owns paid parks pays
    picks plays posts prays produces provides puts quits raises reads receives refuses registers reports returns
    rides rescues runs says sees sells sends serves settles shares shouts shows signed signs sits skips sleeps
    smokes speaks speeds spends spits spoils spreads stands stays steals stops studies supports swears takes
    talks tampers teaches tells trespasses tries turns uses violates visits volunteers votes waits walks watches
    wears works worked writes
"""
"""First words that make a text go on from "whoever". Plurals of nouns look like verbs (`loans taken up`), so the verbs
are listed; a verb that is missing here costs no more than quotes. `visits`, `reports`, `claims` ... may be nouns too:
see `goes_on`."""

_BOTH = """
    claims drinks drives drops files fights finds helps holds insults lies moves names offers parks plays posts
    reads reports returns rides runs shares shows signs stands stays stops studies talks turns uses visits votes
    walks watches works
"""
"""Of these, words that are plurals of nouns too: verbs only where what follows is no preposition and no participle."""

_AFTER_A_NOUN = """
    of by in at on for from with to about without made seen posted reported missed found
"""


def goes_on(about: str) -> bool:
    """Whether a text goes on from "whoever": whether it begins with a verb."""
    first, *rest = re.findall(r"[^\s,;:]+", about) or [""]
    if first not in _VERBS.split():
        return False
    return first not in _BOTH.split() or (bool(rest) and rest[0] not in _AFTER_A_NOUN.split())


def subject(about: str, otherwise: str) -> tuple[str, bool]:
    """The subject of a sentence on who does or is something, and whether it is a person; else it is the act itself.

    otherwise   what goes on from "whoever" where the file says nothing
    """
    if not about or goes_on(about):
        return f"Whoever {about or otherwise}", True
    return f"\u201c{about.removesuffix('.')}\u201d", False
