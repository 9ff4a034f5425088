"""Places of a scheme: which standings they make, and what must go together in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sousveil.errors import did_you_mean
from sousveil.studies.model import KEY, Finding
from sousveil.studies.number import Number
from sousveil.studies.scheme_fields import Consequence, SchemeFields

__all__ = ["MOST_PLACES", "lasting", "of_standings", "places", "standings", "unsought"]

MOST_PLACES = 16


UNSOUGHT = {"places": "places are what a regime says of itself, and nothing looks for others",
            "changes": "when rules change, and to what, is what a regime decided, and nothing looks for other dates"}
"""What no command looks for, and why: a key of the scheme -> the words of a refusal."""


def unsought(path: str) -> str:
    """Why nothing looks for other values at this path of a study; '' where something may."""
    return UNSOUGHT.get(path.removeprefix("scheme.").partition(".")[0], "")


def standings(scheme: SchemeFields) -> list[str]:
    """Where people can be: the tiers, from the bottom, then the places for which they leave the scheme."""
    return [*list(scheme.tiers)[::-1], *(name for name, place in scheme.places.items() if place.leaves)]


def of_standings(scheme: SchemeFields) -> Mapping[str, tuple[Consequence, ...]]:
    """The consequences of being somewhere, without those of a place that is held beside a tier."""
    held = lasting(scheme)
    return {name: given for name, given in scheme.consequences.items() if name not in held}


def lasting(scheme: SchemeFields) -> list[str]:
    """The places that are held beside a tier."""
    return [name for name, place in scheme.places.items() if not place.leaves]


def places(scheme: SchemeFields) -> Iterator[Finding]:
    """Everything about places that does not go together."""
    if len(scheme.places) > MOST_PLACES:
        yield ("places",), f"a scheme has at most {MOST_PLACES} kinds of places, not {len(scheme.places)}"
    for name, place in scheme.places.items():
        if name in scheme.tiers:
            yield ("places", name, KEY), f'"{name}" is a tier already'
        for index, tier in enumerate(() if place.who == "all" else place.who):
            if tier not in scheme.tiers:
                yield ("places", name, "who", index), f'tier "{tier}" is not defined' + did_you_mean(
                    tier, list(scheme.tiers))
        for key in ("number", "share", "weight"):
            number = getattr(place, key)
            if number is not None and number.has_unknown:
                yield ("places", name, key), ("places are what a regime says of itself, and nothing looks for them, so "
                                              "this cannot be unknown; without a figure leave the places out")
        for key in ("number", "share"):
            number = getattr(place, key)
            if number is not None and any(label != place.per for _, label, _ in number.mentions()):
                yield ("places", name, key), (f"`{key}` can only differ by the label under `per`, since each of its "
                                              "names is a pool of its own")
    yield from _consequences(scheme)


def _consequences(scheme: SchemeFields) -> Iterator[Finding]:
    """What places bring. Nobody acts or is watched more for a place: laws hang on the tier alone."""
    borne = {(c.right, c.effect): tier for tier, given in of_standings(scheme).items() for c in given
             if c.bearer != "children"}
    for name in scheme.places:
        for index, c in enumerate(scheme.consequences.get(name, ())):
            path = ("consequences", name, index)
            if c.conduct or c.scrutiny != Number(1.0):
                yield path, "a place changes neither conduct nor scrutiny; they hang on the tier alone"
            if scheme.places[name].leaves:
                continue
            if c.term is None:
                yield path, f'"{name}" is a place beside a tier; say for how long this is borne: `once` or `lasts`'
            if c.bearer != "self":
                yield (*path, "bearer"), "only `bearer: self` can bear what a place beside a tier brings"
            other = borne.setdefault((c.right, c.effect), name)
            if other != name:
                yield (*path, "right"), (f'{c.right} is {c.effect} by "{other}" already; nobody bears that twice, so '
                                         "give this one another name")
