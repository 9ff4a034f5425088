"""An inference as tables and documents for a folder, and what `ask` reads of it again."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from sousveil.comparisons.objective import Objective
from sousveil.comparisons.tables import rows
from sousveil.errors import InputError
from sousveil.measures.measures import Measures
from sousveil.runs import folder
from sousveil.studies.study import Study
from sousveil.unknowns.ask import Asked, ranked
from sousveil.unknowns.fitted import study_files
from sousveil.unknowns.infer import Inferred
from sousveil.unknowns.learnt import learnt, predictions, quality, trade_offs
from sousveil.unknowns.publishable import publishable
from sousveil.unknowns.ranges import unknowns
from sousveil.unknowns.waves import Wave

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DRAWN", "ask_after", "asked_of", "documents", "is_inference", "tables"]

DRAWN = "drawn.json"
"""The runs at draws from the posterior: what `ask` asks."""


def tables(found: Inferred) -> dict[str, pa.Table]:
    """What an inference came to.

    posterior    a row an unknown: its range, 95 % and the middle of the draws, and how much narrower that is
    draws        a row a draw: a column an unknown, under its path
    trade-offs   pairs of unknowns that figures tell together
    figures      a row a figure: as published, and under the ranges, all figures, and the others
    emulators    how near each emulator was to runs that it had not seen
    """
    names = [u.path for u in found.evidence.unknowns]
    draws = [dict(zip(names, row, strict=True)) for row in found.values.tolist()]
    ends = ("low", "middle", "high")
    foretold = [{"figure": p.name, "value": p.value, "tail": None if math.isnan(p.tail) else p.tail, "cite": p.cite,
                 "mark": p.mark, **{f"{part}-{end}": x for part, said in (
                     ("ranges", p.prior), ("all", p.posterior), ("others", p.others or (None,) * 3))
                     for end, x in zip(ends, said, strict=True)}} for p in predictions(found)]
    return {
        "posterior": rows(({**asdict(r), "from": r.before[0], "to": r.before[1]} for r in learnt(found)),
                          "name path", "from to low middle high narrower"),
        "draws": rows(draws, "", " ".join(names)),
        "trade-offs": rows((asdict(t) for t in trade_offs(found)), "one other", "correlation"),
        "figures": rows(foretold, "figure cite mark", "value tail " + " ".join(
            f"{part}-{end}" for part in ("ranges", "all", "others") for end in ends)),
        "emulators": rows((asdict(q) for q in quality(found)), "name", "error within runs chance")}


def documents(found: Inferred) -> dict[str, str]:
    """The study as figures leave it, to be run as it is, and the runs that `ask` asks."""
    return {**study_files(found), DRAWN: _drawn(found)}


def _drawn(found: Inferred) -> str:
    index: dict[tuple[Any, ...], int] = {}
    kept = [() if m is None else m.kept() for m in found.drawn.harms]
    for row in (r for measures in kept for r in measures):
        index.setdefault(_key(row), len(index))
    values: list[list[float | None]] = []
    for measures in kept:
        line: list[float | None] = [None] * len(index)
        for row in measures:
            line[index[_key(row)]] = row["value"]
        values.append(line)
    told = [{"harm": h, "text": t, "slots": json.loads(s), "group": g, "reference": r, "unit": u}
            for h, t, s, g, r, u in index]
    own = len(found.numbers)
    inputs = [u.at(found.picked[:, i]).tolist() for i, u in enumerate(found.evidence.free)]
    data = {"engine": found.engine, "inputs": np.array(inputs).T.tolist(),
            "numbers": _plain(found.drawn.numbers[:, -own:]), "harms": told, "values": values}
    return json.dumps(data, ensure_ascii=False) + "\n"


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    name = row["name"]
    return (name["harm"], name["text"], json.dumps(name["slots"]), row["group"], row["reference"], row["unit"])


def _plain(values: Any) -> list[list[float | None]]:
    return [[None if x != x else x for x in row] for row in values.tolist()]


def is_inference(place: str) -> bool:
    """Whether this is the folder of an inference."""
    return os.path.isfile(os.path.join(place, DRAWN)) and os.path.isfile(os.path.join(place, folder.RECORD))


def ask_after(place: str, study: Study, objective: Objective, within: float) -> Asked:
    """As `ask`, over the draws of an inference that was saved.

    study   the one in the folder, as figures leave it
    Raises InputError where the folder was changed.
    """
    free, _ = unknowns(study)
    numbers = publishable(study)
    try:
        data = json.loads(folder.read_document(place, DRAWN))
        wave, inputs = _wave(data), np.array(data["inputs"], dtype=np.float64)
        fits = inputs.shape == (len(wave.harms), len(free)) and wave.numbers.shape == (len(wave.harms), len(numbers))
        engine = str(data["engine"])
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise InputError(f"{DRAWN} in {place} cannot be read; infer again") from None
    if not fits:
        raise InputError(f"{DRAWN} in {place} is not of the study beside it; infer again")
    return ranked(study, objective, engine, free, wave, inputs, numbers, within, posterior=True)


def _wave(data: Mapping[str, Any]) -> Wave:
    harms = []
    for line in data["values"]:
        harms.append(Measures.restored(
            {"name": {"harm": of["harm"], "text": of["text"], "slots": of["slots"]}, "group": of["group"],
             "reference": of["reference"], "value": value, "low": None, "high": None, "unit": of["unit"], "n": None,
             "over": "", "note": ""} for of, value in zip(data["harms"], line, strict=True)))
    numbers = np.array([[np.nan if x is None else x for x in row] for row in data["numbers"]], dtype=np.float64)
    return Wave(np.zeros((len(numbers), 0)), numbers, tuple(harms), {})


def asked_of(found: Inferred, objective: Objective, within: float) -> Asked:
    """As `ask`, over the draws of an inference."""
    own = len(found.numbers)
    wave = Wave(found.drawn.unit, found.drawn.numbers[:, -own:], found.drawn.harms, found.drawn.failed)
    inputs = np.stack([u.at(found.picked[:, i]) for i, u in enumerate(found.evidence.free)], axis=1)
    return ranked(found.study, objective, found.engine, found.evidence.free, wave, inputs, found.numbers, within,
                  posterior=True)
