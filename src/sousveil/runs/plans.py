"""The plan of a study, and which engine carries it: all that it takes to say whether a study can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.errors import EngineRefusal, InputError
from sousveil.runs.settings import Engine
from sousveil.studies.study import Study

if TYPE_CHECKING:
    from sousveil.engine.plan import Plan

__all__ = ["chosen_engine", "plan_of"]


def plan_of(study: Study) -> Plan:
    """The plan of a study. Raises InputError, also where no memory would hold a run of it."""
    from sousveil.engine import room
    from sousveil.engine.plan import compile_plan

    plan = compile_plan(study.scheme, study.population, study.assumptions)
    lacks = [study.place(".".join(map(str, path))).problem(message) for path, message in room.lacks(plan, study.steps)]
    if lacks:
        raise InputError(sorted(lacks))
    return plan


def chosen_engine(study: Study, plan: Plan, engine: Engine) -> tuple[str, str]:
    """Which engine carries a plan, and why. Raises EngineRefusal, naming the lines."""
    if engine == "agents":
        return "agents", "as asked"
    from sousveil.engine import room
    from sousveil.engine.refusals import refusals

    found = refusals(plan) or room.of_exact(plan, study.steps)
    if not found:
        return "exact", "as asked" if engine == "exact" else "nothing in the scheme ties people together"
    if engine == "exact":
        raise EngineRefusal([study.place(".".join(map(str, path))).problem(
            f"the exact engine cannot carry {what}; use --engine agents") for what, path in found])
    return "agents", f"the exact engine cannot carry {found[0][0]}"
