"""Consequences in plain words: what being in a class does, to people and their relatives, and how it is undone."""

from __future__ import annotations

from sousveil.ground import called
from sousveil.studies.number import Number, shown
from sousveil.studies.number_words import gets, in_words, percent, share_in_words
from sousveil.studies.scheme_fields import Consequence, Kin, Redress
from sousveil.studies.term_words import steps

__all__ = ["consequence_in_words", "kin_in_words", "redress_in_words"]


def consequence_in_words(tier: str, written: Consequence, consequence: Consequence, step: str, chosen: bool) -> str:
    """What being in a tier does to a right and to whoever bears it. chosen: the tier is a place that people get."""
    whom = {"self": "", "children": " for their children",
            "household": " for their whole household"}[consequence.bearer]
    term = "" if consequence.term is None else (", once, when they come into it" if consequence.term == 1 else
                                                f", in the first {steps(consequence.term, step)} of it")
    term = f", for {steps(consequence.term, step)} after that" if chosen and consequence.term else term
    who = f'who are chosen for "{tier}"' if chosen else f'who are "{called.tier(tier)}"'
    parts = [f'For people {who}, {consequence.right} is {consequence.effect}{whom}{term}.']
    if consequence.income != Number(1.0):
        parts.append(f"They keep {in_words(written.income, consequence.income, _income)}.")
    for key, word in (("gain", "gain"), ("loss", "lose")):
        if getattr(consequence, key) != Number(0.0):
            amount = in_words(getattr(written, key), getattr(consequence, key), shown)
            often = "" if consequence.term == 1 else f" a {step}"
            parts.append(f'They {word} {amount}{often} in {called.money("money")}.')
    for kind, factor in consequence.conduct.items():
        parts.append(f"They do {kind} {in_words(written.conduct[kind], factor, shown)} times as often.")
    if consequence.scrutiny != Number(1.0):
        parts.append(f"They are watched {in_words(written.scrutiny, consequence.scrutiny, shown)} times as closely.")
    return " ".join(parts)


def kin_in_words(written: Kin, rule: Kin, step: str) -> str:
    """What befalls people because of somebody else of their household."""
    parts = [f"{gets(rule.points, written.points)} each {step}"] if rule.points != Number(0.0) else []
    parts += [f'can be "{called.tier(rule.cap)}" at best'] if rule.cap is not None else []
    when, does = called.tier(rule.when), " and ".join(parts)
    return (f'While one member of a household is "{when}", everybody else in it {does}. '
            "They need not have done anything.")


def redress_in_words(written: Redress, redress: Redress, step: str) -> str:
    """Against what people can appeal, how many do, and what comes of it."""
    if not redress.notice:
        return "Nobody is told of a debit, so nobody can appeal."
    appeal = in_words(written.appeal, redress.appeal, share_in_words)
    upheld = in_words(written.upheld, redress.upheld, share_in_words)
    after = "at once" if redress.delay == 0 else f"after {redress.delay} {step}{'s' if redress.delay > 1 else ''}"
    what = {"mistakes": "debits for what they did not do", "irrelevant": "debits for acts that should not count",
            "listings": "listings on which something is wrong"}
    *others, last = (what[ground] for ground in redress.against)
    ones = ("wrongful ones" if redress.against == ("mistakes",) else
            " and ".join([*([", ".join(others)] if others else []), last]))
    told = ("debit and listing" if others else "listing") if "listings" in redress.against else "debit"
    lifted = ("A listing is to come into a tier that takes a right away; what is given back is all that stands "
              "wrongly, and who is there for other reasons too stays." if "listings" in redress.against else "")
    return " ".join(filter(None, [
        f"People are told of every {told}. They appeal against {appeal} {ones}. Of these appeals {upheld} succeed; the "
        f"points come back {after}.", lifted]))


def _income(share: float) -> str:
    return f"{percent(share)} of their income"
