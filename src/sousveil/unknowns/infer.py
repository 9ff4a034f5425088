"""What published figures say about what is not published (MODEL.md section 10).

    found = infer("seed-article", "figures.yaml")
    found.posterior                          draws, each a value of everything that is not published
    found.conflict                           whether the figures can be true together
    learnt(found), predictions(found)        what it came to, as rows (see `learnt`)

Runs at points of the ranges, one emulator a figure, further points where the figures are not out of reach, and then
tempered particles on the emulators. At the end the study is run at draws from the posterior: that holds the emulators
against the engine where it matters, and gives every harm its width after the figures.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place
from sousveil.comparisons.store import Shelf
from sousveil.comparisons.sweep import sobol_points
from sousveil.errors import InputError
from sousveil.ground.arguments import checked
from sousveil.runs.settings import AnyStudy, Engine, settings
from sousveil.studies.figures import Figure, Figures
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.study import Study
from sousveil.unknowns.conflict import FAR, Conflict, conflict
from sousveil.unknowns.emulator import Emulator, emulator
from sousveil.unknowns.evidence import Believed, Evidence
from sousveil.unknowns.particles import Posterior, temper
from sousveil.unknowns.publishable import publishable
from sousveil.unknowns.published import against, read
from sousveil.unknowns.ranges import unknowns
from sousveil.unknowns.waves import Carrier, Wave, joined

__all__ = ["Inferred", "infer"]

Floats = npt.NDArray[np.float64]

POINTS = (16, 4096)
"""Points of the first wave, at least and at most."""

WAVE = 64
"""Points of each further wave."""

WAVES = 2
"""Further waves, at most."""

CANDIDATES = 1 << 14
"""Points of the ranges among which those are looked for that are not out of reach."""

PARTICLES = 2048
HELD_OUT = 512
"""Particles of the posterior, and of those that leave one figure out."""

DRAWS = 128
"""Draws from the posterior at which the study is run."""

CHECKED = 256
"""Particles of the check on the engine, with so many moves a stage and after the last."""
MOVES = (2, 4)


@dataclass(frozen=True, slots=True, eq=False)
class Inferred:
    """What figures say.

    evidence   the figures, and all that a point has a coordinate for: unknowns of the study, then unknown factors
    posterior  draws on the unit cube
    left_out   posteriors without one figure each, by its name; none where there is one figure alone
    conflict   whether the figures can be true together
    seen       runs that the emulators have seen: first `spread` points of the ranges, then those within reach
    drawn      runs at draws from the posterior, float64[DRAWS, d] of them in `picked`
    numbers    what could be published, looked at in every run after the figures
    checked    the posterior on the engine itself, where it was asked for
    """

    study: Study
    evidence: Evidence
    believed: Believed
    posterior: Posterior
    left_out: Mapping[str, Posterior]
    conflict: Conflict
    engine: str
    seen: Wave
    spread: int
    drawn: Wave
    picked: Floats
    numbers: Mapping[str, Figure]
    held: Mapping[str, str]
    checked: Posterior | None

    @property
    def values(self) -> Floats:
        """float64[N, d]: the draws from the posterior, as values of the unknowns."""
        return np.stack([u.at(self.posterior.draws[:, i]) for i, u in enumerate(self.evidence.unknowns)], axis=1)

    @property
    def failed(self) -> Mapping[str, str]:
        """Runs that failed, by the name of their point, and why."""
        return {**self.seen.failed, **self.drawn.failed}


@checked
def infer(study: AnyStudy, figures: Figures | str | os.PathLike[str], *, points: WholeNumber | None = None,
          people: WholeNumber | None = None, steps: WholeNumber | None = None, seed: WholeNumber | None = None,
          engine: Engine = "auto", where: Place = HERE, shelf: Shelf | None = None, check: bool = False) -> Inferred:
    """What published figures say about the unknowns of a study that are used and have a range.

    study    a study, a path to one, or its name in the atlas; people, steps and seed as it says, unless given
    figures  a figures file, or its path
    points   of the first wave; default: 128, and 256 for more than eight unknowns
    check    work out the posterior on the engine itself too, with thousands of runs

    Raises InputError, BoundaryError for figures about persons, EngineRefusal, Interrupted.
    """
    asked = settings(people=people, steps=steps, seed=seed, engine=engine)
    study = asked.sized(study)
    given = against(study, figures) if isinstance(figures, Figures) else read(figures, study)
    free, held = unknowns(study)
    if not free:
        raise InputError("no assumption of this study has a range, so there is nothing to learn")
    count = (128 if len(free) <= 8 else 256) if points is None else whole("points", points, *POINTS)
    numbers = publishable(study)
    looked = {**{f"figure {n}": f for n, f in given.figures.items()}, **numbers}
    carrier = Carrier(study, free, looked, engine=asked.engine, where=where, shelf=shelf)
    evidence = Evidence.of(given, free, carrier.study.people)
    return _inferred(study, evidence, carrier, numbers, held, count, check)


def _inferred(study: Study, evidence: Evidence, carrier: Carrier, numbers: Mapping[str, Figure],
              held: Mapping[str, str], count: int, check: bool) -> Inferred:
    k, d = len(evidence.free), len(evidence.unknowns)
    prior = carrier.carried(sobol_points(k, count, max(64, count)), "Points of the ranges")
    believed = Believed(evidence, _emulators(evidence, prior, carrier.drawn))
    candidates = sobol_points(d, CANDIDATES, CANDIDATES)
    waves = [prior]
    for _ in range(WAVES):
        unit = _within_reach(believed, candidates)
        waves.append(carrier.carried(unit[:, :k], "Points within reach"))
        believed = Believed(evidence, _emulators(evidence, joined(waves), carrier.drawn))
        if _sure(believed, unit):
            break
    posterior = _posterior(believed, d, study.seed)
    left_out = {name: _posterior(believed, d, study.seed, (j,), HELD_OUT) for j, name in enumerate(evidence.names)
                } if len(evidence.names) > 1 else {}
    apart = conflict(believed, candidates[:4096], np.concatenate(
        [posterior.draws, *(p.draws for p in left_out.values())]), study.seed)
    picked = posterior.draws[::len(posterior.draws) // DRAWS][:DRAWS]
    drawn = carrier.carried(picked[:, :k], "Draws from the posterior")
    checked = _on_engine(believed, carrier, d, study.seed) if check else None
    return Inferred(study, evidence, believed, posterior, left_out, apart, carrier.engine, joined(waves), count, drawn,
                    picked, numbers, held, checked)


def _emulators(evidence: Evidence, wave: Wave, drawn: bool) -> tuple[Emulator, ...]:
    made = []
    for j, name in enumerate(evidence.names):
        try:
            made.append(emulator(wave.unit, wave.numbers[:, j], drawn))
        except ValueError as error:
            raise InputError(f'figures: "{name}" can be told at too few points of the ranges: {error}') from None
    return tuple(made)


def _within_reach(believed: Believed, candidates: Floats) -> Floats:
    """Points at which no figure is out of reach, evenly spread; the least implausible where there are too few."""
    worst = believed.implausibility(candidates).max(axis=1)
    within = np.flatnonzero(worst <= FAR)
    # The first points of a Sobol' sequence are as evenly spread as all of them.
    return candidates[within[:WAVE] if len(within) >= WAVE else np.argsort(worst, kind="stable")[:WAVE]]


def _sure(believed: Believed, unit: Floats) -> bool:
    """Whether the emulators' error is small beside all else that a figure may be off by, nearly everywhere."""
    mean, variance = believed.predicted(unit)
    known = [variance[:, j] < 0.1 * one.spread(mean[:, j], variance[:, j])**2
             for j, one in enumerate(believed.evidence.given)]
    return bool(np.mean(known) > 0.95)


def _posterior(believed: Believed, unknowns: int, seed: int, without: Sequence[int] = (),
               particles: int = PARTICLES) -> Posterior:
    try:
        return temper(lambda unit: believed.log(unit, without), unknowns, particles, seed)
    except ValueError as error:
        raise InputError(f"figures: {error}") from None


def _on_engine(believed: Believed, carrier: Carrier, unknowns: int, seed: int) -> Posterior:
    """The posterior without emulators: every likelihood is a run."""
    evidence, k, figures = believed.evidence, len(believed.evidence.free), len(believed.evidence.names)

    def log(unit: Floats) -> Floats:
        mean = carrier.carried(unit[:, :k], "Check on the engine").numbers[:, :figures]
        chance = np.stack([e.chance_at(mean[:, j]) for j, e in enumerate(believed.emulators)], axis=1)
        return np.asarray(evidence.logs(*evidence.about(unit, mean, chance)).sum(axis=1))

    return temper(log, unknowns, CHECKED, seed, moves=MOVES[0], last=MOVES[1])
