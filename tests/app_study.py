"""A small study for tests that look at pages: three groups, six months, worked out in a moment."""

from __future__ import annotations

from pathlib import Path

__all__ = ["NAME", "folder"]

NAME = "folder-town"
"""What the app calls it when its folder is opened."""

FILES = {
    "study.yaml": """
study: town
about: "A made-up town, for tests."
scheme: scheme.yaml
population: population.yaml
assumptions: assumptions.yaml
people: 2_000
steps: 6
seed: 7
reforms:
  no-ceiling: {about: "Everybody can rise as high as others.", set: {ceilings: {}}}
  half-cameras: {about: "Half as many acts are seen.", set: {channels.camera.coverage: 0.25}}
""",
    "scheme.yaml": """
scheme: town
about: "Points for being seen, and for what a register holds."
status: claimed
sources:
  - {id: paper, cite: "A newspaper, 1 May 2020, page 3", mark: secondary, url: "https://example.org/paper"}
channels:
  camera:   {about: "Cameras in the street.", coverage: unknown, mistaken: 0.02, spurious: unknown, cite: paper}
  register: {about: "Debts that courts report.", coverage: 0.9}
signals:
  jaywalks: {channel: camera, points: -4, lawful: true, about: "crosses at red", cite: paper}
  debts:    {channel: register, points: -10, lawful: false, about: "does not pay a debt"}
  helps:    {channel: camera, points: 3, lawful: true, expressive: true, about: "helps a neighbour"}
score: {start: 50, floor: 0, ceiling: 100, baseline: 50}
tiers: {trusted: {from: 55}, plain: {from: 38}, listed: {from: 0}}
ceilings: {B: plain}
consequences:
  listed:
    - {right: train-tickets, effect: denied, income: 0.9}
    - {right: schools, effect: restricted, bearer: children}
redress: {notice: true}
""",
    "population.yaml": """
population: town
people: 2_000
groups: {A: 0.5, B: 0.3, C: 0.2}
income: 100
households: {adults: {1: 0.3, 2: 0.7}, children: {0: 0.6, 1: 0.4}}
conduct:
  jaywalks: {rate: {group: {A: 0.8, B: 1.4, C: 0.8}}}
  debts:    {rate: unknown}
  helps:    {rate: 0.4}
""",
    "assumptions.yaml": """
assumptions: town
fill:
  channels.camera.coverage:     {value: 0.5, range: [0.1, 0.9], source: "nobody says how much the cameras see"}
  channels.camera.spurious:     {value: 0.01, range: [0, 0.1], source: "no test is published"}
  population.conduct.debts.rate: {value: 0.05, range: [0.01, 0.2], source: "assumed"}
""",
    "figures.yaml": """
about: {population: 100_000, who: people of the town}
figures:
  listed-2020: {of: share, tier: listed, value: 0.2, tolerance: 0.1, because: "a rounded share",
                about: "listed at the end", cite: "A newspaper, 1 May 2020"}
""",
}


def folder(where: Path) -> Path:
    """The study, written into a folder called `town`."""
    made = where / "town"
    made.mkdir(parents=True)
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    return made
