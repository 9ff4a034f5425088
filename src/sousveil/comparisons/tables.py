"""Comparisons, explanations and sweeps as tables and a record, for a folder (see `sousveil.runs.folder`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sousveil.draws import replicate_seed
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from sousveil.runs import calls, provenance
from sousveil.studies.study import Study

if TYPE_CHECKING:
    import pyarrow as pa

    from sousveil.comparisons.pair import Comparison
    from sousveil.comparisons.why import Why

__all__ = ["compare_called", "compared", "document", "explained", "record", "rows", "why_called"]


def document(study: Study) -> str:
    """A study as JSON text: what its record hashes."""
    return json.dumps(study.plain(), indent=1, ensure_ascii=False) + "\n"


def why_called(found: Why) -> str:
    """How Python asks for an explanation."""
    seeds = {} if found.engine == "exact" else {"seeds": len(found.gap)}
    return calls.call("why", found.study, repr(found.harm), repr((found.reference, found.group)), **seeds,
                      engine=found.engine)


def compare_called(found: Comparison) -> str:
    """How Python asks for a comparison."""
    base = found.baseline.study
    worlds = ", ".join(_world(base, world.study) for world in found.reforms)
    return calls.call("compare", base, f"[{worlds}]", seeds=len(found.seeds), engine=found.engine)


def _world(base: Study, world: Study) -> str:
    """What a comparison takes as a world: one reform of the baseline, else a study of its own."""
    more = world.made[len(base.made):]
    if world.made[:len(base.made)] == base.made and len(more) == 1:
        return repr(calls.of_reform(base, more[0]))
    return f"{calls.of_study(world)}.evolve(people={world.people}, steps={world.steps}, seed={world.seed})"


def record(kind: str, studies: Sequence[Study], since: provenance.Clock, call: str = "", **facts: Any
           ) -> dict[str, Any]:
    """The record of something that came of several studies, the baseline first. `call`: how Python asks for it."""
    base = studies[0]
    return provenance.collect(
        call, {_name(i): document(s).encode() for i, s in enumerate(studies)}, since=since,
        kind=kind, study=base.name, reforms=[s.label for s in studies[1:]], people=base.people, steps=base.steps,
        **facts)


def compared(found: Comparison, since: provenance.Clock) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """The tables and documents of a comparison.

    differences   paired differences of every harm, `note` saying of which worlds
    levels        every harm of every world, `note` naming the world
    moved         who is in another tier than in the baseline
    savings       how many times fewer runs pairing needed
    changes       which rules differ
    """
    worlds = (found.baseline, *found.reforms)
    levels = Measures(tuple(_of(m, w.name) for w in worlds for m in found.levels(w)))
    less = Measures(tuple(_of(m, f"{w.name} less {found.baseline.name}")
                          for w in found.reforms for m in found.differences(w)))
    changes = [{"reform": w.name, **_worded(asdict(c))} for w in found.reforms
               for c in found.baseline.study.changes(w.study)]
    tables = {"differences": less.table(), "levels": levels.table(),
              "moved": rows(map(asdict, found.moved()), "reform group before after", "persons low high share"),
              "savings": rows((s.plain() for s in found.savings()), "reform harm measure group", "times"),
              "changes": rows(changes, "reform path before after cite")}
    kept = record("compare", [w.study for w in worlds], since, compare_called(found), engine=found.engine,
                  seeds=list(found.seeds), points=found.baseline.widths.points)
    return tables, {"run.json": provenance.dumps(kept), **{_name(i): document(w.study) for i, w in enumerate(worlds)}}


def explained(found: Why, twins: Measures, since: provenance.Clock
              ) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """The tables and documents of an explanation: causes, pairs of causes, all 64 worlds, and twins."""
    from sousveil.comparisons.worlds import CAUSES

    worlds = [{"seed": str(replicate_seed(found.study.seed, i)), **{c: bool(w >> k & 1) for k, c in enumerate(CAUSES)},
               "gap": float(gap)} for i, values in enumerate(found.values) for w, gap in enumerate(values)]
    tables = {"causes": found.measures().table(), "pairs": found.pairs().table(),
              "worlds": rows(worlds, "seed", "gap", " ".join(CAUSES)), "twins": twins.table()}
    kept = record("why", [found.study], since, why_called(found), engine=found.engine, harm=found.harm,
                  between=[found.reference, found.group],
                  seeds=[replicate_seed(found.study.seed, i) for i in range(len(found.gap))])
    return tables, {"run.json": provenance.dumps(kept), _name(0): document(found.study)}


def rows(given: Iterable[Mapping[str, Any]], text: str, number: str = "", truth: str = "") -> pa.Table:
    """Rows as a table: names of its columns of text, of numbers, and of yes or no, each in a row of words."""
    import pyarrow as pa

    columns = [*((n, pa.string()) for n in text.split()), *((n, pa.bool_()) for n in truth.split()),
               *((n, pa.float64()) for n in number.split())]
    return pa.Table.from_pylist(list(given), schema=pa.schema(columns))


def _of(m: Measure, world: str) -> Measure:
    """The measure with the name of its world in front of its note."""
    return m if m.note.startswith(world) else replace(m, note="; ".join(filter(None, (world, m.note))))


def _name(index: int) -> str:
    return "study.json" if index == 0 else f"reform-{index}.json"


def _worded(change: dict[str, Any]) -> dict[str, Any]:
    """A change whose values are words: rules, numbers and lists do not fit one column otherwise."""
    return {key: value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for key, value in change.items()}
