"""Classes in plain words: whom each holds, and for whom a ceiling or a floor is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sousveil.ground import called
from sousveil.studies.acts import goes_on
from sousveil.studies.gates import Gate
from sousveil.studies.number import shown
from sousveil.studies.number_words import in_points, or_more
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import HELD, Tier

__all__ = ["members", "tiers_in_words"]


def tiers_in_words(scheme: Scheme) -> Iterator[str]:
    """Whom each class holds, in the order of the file."""
    tiers = [(called.tier(name), tier) for name, tier in scheme.tiers.items()]
    return _rising(tiers) if scheme.score.high_is_bad else _falling(tiers)


def _rising(tiers: Sequence[tuple[str, Tier]]) -> Iterator[str]:
    """Whom each class holds, where high is bad."""
    for index, (name, tier) in enumerate(tiers):
        if index == 0:
            yield f'Everybody else is "{name}"' if len(tiers) > 1 else f'Everybody is "{name}"'
            continue
        text = f'People with {or_more(tier.from_)} are "{name}"'
        if index < len(tiers) - 1:
            text += f', unless they have enough to be "{tiers[index + 1][0]}"'
        if tier.margin:
            text += f". From a better class, people enter it {in_points(shown(tier.margin))} later"
        yield text


def _falling(tiers: Sequence[tuple[str, Tier]]) -> Iterator[str]:
    """Whom each class holds, where high is good."""
    for index, (name, tier) in enumerate(tiers):
        text = f'People with {or_more(tier.from_)} are "{name}"'
        if index and index < len(tiers) - 1:
            text += f', unless they have enough to be "{tiers[index - 1][0]}"'
        if index == len(tiers) - 1:
            text = f'Everybody below that is "{name}"' if index else f'Everybody is "{name}"'
        elif tier.margin:
            text += f". Once there, people stay until they are more than {in_points(shown(tier.margin))} below that"
        yield text


def members(gate: Gate[str], scheme: Scheme) -> str:
    """Whom a ceiling or a floor is for: `Members of B in north`, `People whose age is old`."""
    named = {label: name if label in scheme.marks else called.name(label, name) for label, name in gate.when}
    said = f"Members of {named.pop('group')}" if "group" in named else "People"
    said += f" in {named.pop('district')}" if "district" in named else ""
    more = []
    for label, name in named.items():
        mark = scheme.marks.get(label)
        if mark is None:
            more.append(f"whose {label} is {name}")
        else:
            more.append(_holding(label, mark.about, name == HELD))
    return " ".join([said, " and ".join(more)]).strip()


def _holding(mark: str, about: str, held: bool) -> str:
    """Who holds a mark, or does not, in words that follow `people`."""
    if not about:
        return f"{'with' if held else 'without'} the mark {mark}"
    if goes_on(about):
        return f"for whom it is {'' if held else 'not '}so that somebody {about}"
    return f"of whom \u201c{about}\u201d {'holds' if held else 'does not hold'}"
