"""The numbers that a body with a scheme could publish: aggregates of its own files, none about a person.

They are figures without a value, so that an answer can be entered where figures are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sousveil.studies.figures import Figure
from sousveil.studies.periods import consequences
from sousveil.studies.scheme_fields import BURDENS
from sousveil.studies.study import Study

__all__ = ["YEAR", "publishable"]

YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""Steps in a year."""


def publishable(study: Study) -> dict[str, Figure]:
    """By name: who is in which tier at the end, who came and left in the last year, errors and appeals, and stays.

    Everything by group too, where there are several groups.
    """
    groups = [*study.population.groups]
    parts: list[str | None] = [None, *groups] if len(groups) > 1 else [None]
    return {_name(plain, group): Figure.model_validate({**plain, "group": group, "value": 0, "cite": "to be asked for"})
            for plain in _kinds(study) for group in parts}


def _kinds(study: Study) -> Iterator[dict[str, Any]]:
    tiers = [*study.scheme.tiers]
    bottom = tiers[-1]
    last = max(1, study.steps - YEAR[study.scheme.step] + 1)
    for tier in tiers if len(tiers) > 2 else [bottom]:  # of two tiers, one share is the rest of the other
        yield {"of": "share", "tier": tier, "at": study.steps}
    bring = consequences(study.scheme, study.population, study.assumptions)
    for tier in tiers:
        if any(c.effect in BURDENS for c in bring.get(tier, ())):
            yield {"of": "entries", "tier": tier, "from": last, "to": study.steps}
            yield {"of": "exits", "tier": tier, "from": last, "to": study.steps}
    yield {"of": "stay", "tier": bottom}
    yield {"of": "wronged", "at": study.steps}
    for what in ("wrongful", "appeals", "upheld"):
        yield {"of": what, "from": last, "to": study.steps}
    yield {"of": {"ratio": ("upheld", "appeals")}, "from": last, "to": study.steps}


def _name(plain: dict[str, Any], group: str | None) -> str:
    of = plain["of"] if isinstance(plain["of"], str) else "-of-".join(plain["of"]["ratio"])
    return "-".join(filter(None, (of, plain.get("tier"), group)))
