"""How a file writes a rule that holds for some people only: by their group, or by other labels. See `gates`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from sousveil.studies.number import Points

__all__ = ["ByPoints", "ByTier"]


def _by_tier_form(given: Any) -> str:
    return "by label" if isinstance(given, Mapping) else "tier"


def _by_points_form(given: Any) -> str:
    """A number by label has its labels and names in turn; points by label begin with a name."""
    depth, inner = 0, given
    while isinstance(inner, Mapping) and inner and "value" not in inner:
        depth, inner = depth + 1, next(iter(inner.values()))
    return "by label" if depth % 2 else "points"


InTier = Annotated[str, Tag("tier")]
AlsoBy = Annotated[InTier | Annotated[Mapping[str, Mapping[str, str]], Tag("by label")], Discriminator(_by_tier_form)]
ByTier = Annotated[InTier | Annotated[Mapping[str, AlsoBy], Tag("by label")], Discriminator(_by_tier_form)]
"""A tier for a group; or, by the names of another label, a tier, or by a second label."""

ByPoints = Annotated[
    Annotated[Points, Tag("points")]
    | Annotated[Mapping[str, Points], Tag("by label"),
                Field(json_schema_extra={"minProperties": 1, "propertyNames": {"not": {"enum": ["value", "times"]}}})],
    Discriminator(_by_points_form)]
"""Points for a group; or points by the names of another label."""
