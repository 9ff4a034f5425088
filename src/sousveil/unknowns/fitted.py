"""The study as figures leave it: the same rules and people, its assumptions drawn together from the posterior.

    files = study_files(found)               name -> text: scheme, population, assumptions and study, to be run

A run after inference then has the posterior's width, correlations and all.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from sousveil.studies.patch import plain
from sousveil.studies.study import Study
from sousveil.unknowns.infer import Inferred

__all__ = ["fitted", "study_files"]

ROWS = 256
"""Draws that are written down."""


def fitted(found: Inferred) -> dict[str, Any]:
    """The assumptions file as plain data: every unknown that figures are about with its draws.

    The value of each is that of the draw nearest to the mean of all: values that go together.
    """
    study = found.study
    assumptions: dict[str, Any] = plain(study.assumptions)
    free = found.evidence.free
    k = len(free)
    step = len(found.posterior.draws) // ROWS
    unit = found.posterior.draws[::step][:ROWS, :k]
    spread = np.maximum(unit.std(axis=0), 1e-12)
    middle = int(np.argmin((((unit - unit.mean(axis=0)) / spread)**2).sum(axis=1)))
    values = np.stack([u.at(unit[:, i]) for i, u in enumerate(free)], axis=1)
    rows = [[_short(x) for x in row] for row in values.tolist()]
    names = ", ".join(found.evidence.names)
    for i, unknown in enumerate(free):
        _, part, rest = unknown.path.split(".", 2)
        entry = assumptions[part][rest.removesuffix(".value")]
        drawn = [row[i] for row in rows]
        entry |= {"value": rows[middle][i], "range": [min(drawn), max(drawn)], "distribution": "uniform",
                  "source": f"Inferred from figures ({names}); before: {unknown.low:.6g} to {unknown.high:.6g}"}
    assumptions["joint"] = {"of": [u.path for u in free], "draws": rows}
    return assumptions


def study_files(found: Inferred) -> dict[str, str]:
    """The four files by name, as JSON, which every reader of YAML reads."""
    study = found.study
    head: dict[str, Any] = {
        "study": study.name, "about": study.about, "scheme": "scheme.yaml", "population": "population.yaml",
        "assumptions": "assumptions.yaml", "steps": study.steps, "seed": study.seed, "reference": study.reference,
        "reforms": {name: plain(reform) for name, reform in study.reforms.items()}}
    return {"study.yaml": _text(head), "scheme.yaml": _text(_written(study, "scheme")),
            "population.yaml": _text(_written(study, "population")), "assumptions.yaml": _text(fitted(found))}


def _written(study: Study, part: str) -> Any:
    return plain(getattr(study.written, part))


def _text(data: Any) -> str:
    """One key a line at the first two levels: short enough to be read, and every number as it is."""
    parts = []
    for key, value in data.items():
        whole = json.dumps(value, ensure_ascii=False)
        inner = f"{{\n{_lines(value)}\n}}" if isinstance(value, dict) and value else whole
        parts.append(f"{json.dumps(key, ensure_ascii=False)}: {inner}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: dict[str, Any]) -> str:
    return ",\n".join(f"  {json.dumps(k, ensure_ascii=False)}: {json.dumps(v, ensure_ascii=False)}"
                      for k, v in value.items())


def _short(value: float) -> float:
    return float(f"{value:.9g}")
