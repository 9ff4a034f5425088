"""Measures are found by names that are constants, and no name is looked up that no instrument produces."""

from __future__ import annotations

import ast
import copy
import importlib
import json
import pickle
from collections import Counter
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sousveil
from house import SOURCE, files, name_of
from instruments import measured
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.comparisons.objective import HARMS, objective
from sousveil.harms import tiers, trap
from sousveil.measures.measure import COLUMNS, Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name, Names

MAKERS = ("harms", "audits", "baserates", "comparisons", "unknowns")
"""The rooms whose instruments measure, and so name what they measure."""


def family(name: Name | Names) -> tuple[str, str]:
    return name.harm, name.text


def declared(value: Any) -> Iterator[Name | Names]:
    """The names in a value of a module, also those inside tuples, mappings and dataclasses."""
    if isinstance(value, Name | Names):
        yield value
    elif isinstance(value, tuple | list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from declared(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from declared(getattr(value, field.name))


DECLARED = {family(name) for path in files() if path.name != "__main__.py"
            for value in vars(importlib.import_module(name_of(path))).values() for name in declared(value)}


@pytest.fixture(scope="module")
def produced() -> set[tuple[str, str]]:
    return {family(m.name) for found in measured().values() for m in found}


# Names and what produces them

def test_every_name_is_produced_by_an_instrument(produced: set[tuple[str, str]]) -> None:
    assert len(DECLARED) > 80
    assert DECLARED - produced == set(), "looked up, or declared, and never produced"


def test_every_measure_has_a_declared_name(produced: set[tuple[str, str]]) -> None:
    assert produced - DECLARED == set(), "made on the way, so that nobody can look it up"


def test_nobody_makes_names_but_the_instruments() -> None:
    """So whoever looks a measure up has the name from the instrument that produces it."""
    made = [(path.relative_to(SOURCE).as_posix(), node.lineno) for path in files()
            if path.relative_to(SOURCE).parts[0] not in (*MAKERS, "measures")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Name", "Names")]
    assert made == []


def test_no_two_measures_of_a_result_stand_under_the_same_words() -> None:
    for what, found in measured().items():
        rows = Counter((m.harm, m.measure, m.group, m.reference) for m in found)
        assert max(rows.values(), default=0) <= 1, what


@pytest.mark.parametrize("harm", HARMS[:4])  # test_listed.py has the others, in a larger run
def test_what_can_be_asked_for_is_among_the_measures_of_a_run(harm: str) -> None:
    study = sousveil.study("seed-article")
    found = measured()["run 0"]
    _, own = objective(study, harm)
    _, gap = objective(study, harm, between=("A", "B"))
    assert own.of(found) is not None
    assert gap.of(found) is not None


# No sentence is compared

CUTTING = {"startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split", "rsplit",
           "replace", "find", "index"}


def sentences_compared(tree: ast.AST) -> Iterator[int]:
    """Lines where the English of a measure, or of a harm, is compared, taken apart, or the key of something."""
    for node in ast.walk(tree):
        if any(is_english(part, matched(node)) for part in matched(node)):
            yield node.lineno  # type: ignore[attr-defined]


def matched(node: ast.AST) -> list[ast.expr]:
    """What a piece of code compares, takes apart or looks up; the parts of it where that is a tuple."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.DictComp):
        parts = [node.key]
    elif isinstance(node, ast.Subscript):
        parts = [node.slice]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        parts = [node.func.value] if node.func.attr in CUTTING else node.args[:1] if node.func.attr == "get" else []
    return [inner for part in parts for inner in (part.elts if isinstance(part, ast.Tuple) else [part])]


def is_english(part: ast.expr, beside: list[ast.expr]) -> bool:
    """`m.measure`, `name.label`, `row["measure"]`; `m.harm` where it stands beside words.

    The key "harm" alone is no English: a question and a record name a harm by a constant of the white list there.
    """
    if not isinstance(part, ast.Attribute | ast.Constant):
        return False
    text = ast.unparse(part)
    return text.endswith((".measure", "name.label")) or text == "'measure'" or (
        text.endswith(".harm") and any(isinstance(other, ast.Constant) for other in beside))


@pytest.mark.parametrize("planted", [
    'm.measure == "false alerts"', '"bottom" in m.measure', '(m.harm, m.measure) == wanted',
    'm.measure.removeprefix("share in tier ")', '{(m.measure, m.group): m for m in found}', 'known[m.measure]',
    'row["measure"]', 'm.harm == "tiers"', 'm.name.label.partition(" index of ")[2]', 'words.get(m.measure)',
    'm.harm in (a, "tiers")'])
def test_a_sentence_that_is_compared_would_be_found(planted: str) -> None:
    assert [*sentences_compared(ast.parse(planted))]


def test_no_code_compares_the_english_of_a_measure() -> None:
    found = {f"{path.relative_to(SOURCE)}:{line}" for path in files() if path.relative_to(SOURCE).parts[0] != "measures"
             for line in sentences_compared(ast.parse(path.read_text(encoding="utf-8")))}
    assert found == set()


# The collection

def made(name: Name, value: float | None = 1.0, group: str = "all", reference: str = "") -> Measure:
    return Measure(name, group, reference, value, None, None, "share", 10.0)


LOW, ODD = tiers.TIER_SHARE(tier="low"), tiers.TIER_SHARE(tier='{tier}: "low", ratio')
SOME = Measures((made(LOW), made(LOW, 0.2, "A"), made(ODD), made(trap.MEDIAN_STAY, None),
                 made(trap.MEAN_STAY_DIFFERENCE, 3.0, "B", "A"), made(LOW, 9.0, "A")))


def test_one_finder() -> None:
    assert SOME.find(LOW) is SOME[0]
    assert SOME.find(LOW, "A") is SOME[1], "of two, the first"
    assert SOME.find(trap.MEAN_STAY_DIFFERENCE, "B") is None
    assert SOME.find(trap.MEAN_STAY_DIFFERENCE, "B", "A") is SOME[4]
    assert SOME.one(trap.MEDIAN_STAY).value is None
    assert SOME.known.find(trap.MEDIAN_STAY) is None
    assert [*SOME.by_group(LOW, ("B", "A", "all"))] == [SOME[1], SOME[0]]
    assert [*SOME.of(tiers.TIER_SHARE)] == [*SOME[:3], SOME[5]]
    assert [*SOME.of(ODD, trap.MEDIAN_STAY)] == [*SOME[2:4]]
    with pytest.raises(LookupError, match="share never leaving"):
        SOME.one(trap.NEVER_LEAVING)


def test_a_name_says_what_fills_it_whatever_that_is_called() -> None:
    assert ODD.label == 'share in tier {tier}: "low", ratio'
    assert ODD["tier"] == '{tier}: "low", ratio'
    assert ODD in tiers.TIER_SHARE
    assert trap.MEDIAN_STAY not in tiers.TIER_SHARE


@pytest.mark.parametrize("slots", [{}, {"tiers": "low"}, {"tier": "low", "group": "A"}])
def test_a_name_has_the_slots_of_its_text_and_no_others(slots: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="slots"):
        tiers.TIER_SHARE(**slots)
    with pytest.raises(TypeError, match="slots"):
        Name("tiers", "share in tier {tier}", tuple(slots.items()))


words = st.text(max_size=8)
numbers = st.none() | st.floats(allow_nan=False)


@given(st.lists(st.builds(lambda tier, group, reference, numbers, unit, note: Measure(
    tiers.TIER_SHARE(tier=tier), group, reference, *numbers[:3], unit, numbers[3], "sampling", note), words, words,
    words, st.tuples(numbers, numbers, numbers, numbers), words, words)))
def test_measures_survive_every_way_they_travel(rows: list[Measure]) -> None:
    found = Measures(tuple(rows))
    assert Measures.restored(json.loads(json.dumps(found.kept()))) == found
    assert found == pickle.loads(pickle.dumps(found)) == copy.deepcopy(found)
    assert [tuple(row) for row in found.plain()] == [COLUMNS] * len(rows)
    if rows:
        found.find(rows[0].name)
        assert found == pickle.loads(pickle.dumps(found))
    assert hash(found) == hash(copy.copy(found))


def test_the_table_is_that_of_all_instruments() -> None:
    for found in measured().values():
        table = found.table()
        assert tuple(table.column_names) == COLUMNS
        assert table.to_pylist() == found.plain()
    assert tuple(Measures().table().column_names) == COLUMNS


def test_measures_are_frozen_and_short_to_read() -> None:
    with pytest.raises(FrozenInstanceError):
        SOME.rows = ()  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        SOME[0].value = 1.0  # type: ignore[misc]
    assert repr(SOME) == "Measures(6: tiers, trap)"
    assert all(len(repr(found)) < 200 for found in measured().values())


# Once a run

@pytest.mark.parametrize("more", [[], ["--replicates", "3"], ["--engine", "exact", "--reform", "no-kin"]])
def test_the_measures_of_a_run_are_worked_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str],
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    calls = []
    original = tiers.measures
    monkeypatch.setattr(tiers, "measures", lambda *given: calls.append(given) or original(*given))
    words_ = ["run", "seed-article", "--people", "300", "--steps", "3", *more, "--points", "2", "-o",
              str(tmp_path / "out"), "--json"]
    assert dispatch(app, words_) == 0
    traces = 3 if "--replicates" in more else 1
    points = 2 * (1 if "exact" in more else 2)  # agents carry each in two halves
    assert len(calls) == traces + points + 1  # and once without what was assumed to differ between groups
    answer = json.loads(capsys.readouterr().out)
    assert answer["harms"] == sousveil.load(tmp_path / "out").harms().to_pylist()


def test_measures_are_kept_for_each_way_of_asking() -> None:
    exact = sousveil.run(sousveil.study("seed-article").reform("no-kin"), people=300, steps=3, engine="exact")
    assert exact.measures() is exact.measures() is exact.measures(sampling=False)
    assert exact.measures(sampling=True) is exact.measures(sampling=True)
    assert {m.over for m in exact.measures().known} == {"exact"}
    assert "sampling" in {m.over for m in exact.measures(sampling=True)}
    drawn = sousveil.run("seed-article", people=300, steps=3, engine="agents")
    assert drawn.measures() is drawn.measures(sampling=True)
    assert "sampling" not in {m.over for m in drawn.measures(sampling=False)}
