"""A study for tests of sweeps: two groups, three numbers that nobody knows, and three reforms. Exact and quick."""

from __future__ import annotations

from pathlib import Path

from sousveil.studies.study import Study, load

__all__ = ["written"]

FILES = {
    "scheme.yaml": """
scheme: swept
status: invented
channels: {camera: {coverage: unknown, spurious: {group: {A: 0.0, B: 0.02}}}}
signals:
  acts: {channel: camera, points: unknown, lawful: true}
  stays-home: {channel: camera, points: 0, lawful: true}
score: {start: 60, floor: 0, ceiling: 100, baseline: 60, decay: 0.1}
tiers: {up: {from: 56}, low: {from: 0}}
handicaps: {B: -1}
consequences: {low: [{right: work, effect: denied, income: 0.8}]}
""",
    "population.yaml": """
population: swept
people: 4_000
groups: {A: 0.7, B: 0.3}
income: 100
conduct: {acts: {rate: unknown}, stays-home: {rate: 0.1}}
""",
    "assumptions.yaml": """
assumptions: swept
fill:
  channels.camera.coverage: {value: 0.4, range: [0.1, 0.9]}
  signals.acts.points: {value: -3, range: [-3, -3]}
  population.conduct.acts.rate: {value: 0.5, range: [0.2, 0.8], distribution: triangular}
""",
    "study.yaml": """
study: swept
scheme: scheme.yaml
population: population.yaml
assumptions: assumptions.yaml
steps: 12
seed: 1
reference: A
reforms:
  blinder: {set: {channels.camera.coverage: 0.3}}
  no-handicap: {set: {handicaps: {}}}
  nothing: {set: {score.start: 60}}
""",
}


def written(folder: Path) -> Study:
    """The study, written to a folder and read from there."""
    folder.mkdir(exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return load(folder)
