"""Rates against fairlearn, ranks against every pair, a random control against a population that is known."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.audits.control import NUMBERS, resampled, solved
from sousveil.audits.counts import Cell, Counts
from sousveil.audits.examine import Audit, audit, of_counts
from sousveil.audits.question import Question
from sousveil.audits.ranking import ranked
from sousveil.errors import InputError
from sousveil.measures.measure import Measure
from tiers import for_all

PLAIN = Question(decision="d", outcome="y", groups=("g",), counts="n")


def one(found: Audit, measure: str, group: str = "all") -> Measure:
    return next(m for m in found.measures if m.measure == measure and m.group == group and not m.reference)


def compared(found: Audit, measure: str, group: str) -> Measure:
    return next(m for m in found.measures if m.measure == measure and m.group == group and m.reference)


def counts(four: dict[str, tuple[int, int, int, int]]) -> Counts:
    """By group: true positives, false positives, true negatives, false negatives."""
    order = ((1, 1), (1, 0), (0, 0), (0, 1))
    return Counts(("g",), {Cell((g,), 0, d, y): n for g, ns in four.items() for n, (d, y) in zip(ns, order, strict=True)
                           if n}, outcomes=True)


cells = st.tuples(*[st.integers(0, 40)] * 4)


@for_all(st.tuples(cells, cells, cells), few=25, many=400)
def test_every_shared_rate_agrees_with_fairlearn(groups: tuple[tuple[int, int, int, int], ...]) -> None:
    import pandas as pd
    from fairlearn import metrics as fair
    from sklearn import metrics as sk

    table = counts(dict(zip("abc", groups, strict=True)))
    if not table.cells:
        return
    rows = [(c.labels[0], c.decision, c.outcome) for c, n in table.cells.items() for _ in range(n)]
    group, decision, outcome = map(list, zip(*rows, strict=True))
    found = of_counts(table, PLAIN)
    ours = {"selection rate": fair.selection_rate, "false positive rate": fair.false_positive_rate,
            "false negative rate": fair.false_negative_rate, "accuracy": sk.accuracy_score,
            "precision": lambda t, p: sk.precision_score(t, p, zero_division=np.nan)}
    theirs = fair.MetricFrame(metrics=dict(ours), y_true=outcome, y_pred=decision,
                              sensitive_features=pd.Series(group, name="g"))
    for name in ours:
        for who, value in [("all", theirs.overall[name]), *((f"g={g}", v) for g, v in theirs.by_group[name].items())]:
            mine = one(found, name, who)
            if mine.value is None:
                # Where nobody could be wrong, fairlearn says 0; here it is not estimable.
                assert mine.note.startswith("not estimable")
                assert np.isnan(value) or value == 0
            else:
                assert mine.value == pytest.approx(value, abs=1e-12)


@given(cells.filter(lambda c: c[0] and c[1] and c[2]))
def test_the_identity_holds_in_every_table(four: tuple[int, int, int, int]) -> None:
    found = of_counts(counts({"a": four}), PLAIN)
    identity = one(found, "false positive rate by the identity")
    assert identity.value == pytest.approx(one(found, "false positive rate").value, abs=1e-12)
    assert identity.note.startswith("it is the false positive rate")


def test_differences_and_ratios_say_their_method() -> None:
    found = of_counts(counts({"a": (30, 20, 50, 10), "b": (10, 40, 60, 20)}), PLAIN)
    for what, method in (("difference", "Newcombe"), ("ratio", "Katz")):
        m = compared(found, f"false positive rate: {what}", "g=a")
        assert method in m.note
        assert m.low is not None
        assert m.low < (m.value or 0) < (m.high or 0)


def test_what_cannot_be_worked_out_says_why() -> None:
    found = of_counts(counts({"a": (5, 0, 0, 5), "b": (0, 0, 10, 0)}), PLAIN)
    assert one(found, "false positive rate", "g=a").note == "not estimable: nobody here was without the outcome"
    assert one(found, "false negative rate", "g=b").note == "not estimable: nobody here had the outcome"
    assert one(found, "precision", "g=b").note.startswith("not estimable: nobody here was selected")
    ratio = next(m for m in found.measures if m.measure == "selection rate: ratio")
    assert (ratio.value, ratio.low, ratio.high) == (0.0, None, None)
    assert ratio.note == "no interval: a rate is zero, or both are one"


def test_without_outcomes_only_the_label_free_part_is_told() -> None:
    table = Counts(("g",), {Cell((g,), 0, d, 2): 50 + 10 * d for g, d in product("ab", (0, 1))})
    found = of_counts(table, Question(decision="d", groups=("g",)))
    assert one(found, "selection rate").value == pytest.approx(60 / 110)
    assert one(found, "false positive rate").note == "not estimable: the table has no outcomes"
    assert any(m.measure.startswith("four-fifths") for m in found.measures)


def test_outcomes_of_selected_people_alone_tell_precision_alone() -> None:
    """Else the false positive rate would come out as one: nobody who was passed over has an outcome."""
    table = Counts(("g",), {Cell((g,), 0, *k): 50 for g in "ab" for k in ((1, 0), (1, 1), (0, 2))}, outcomes=True)
    found = of_counts(table, Question(decision="d", outcome="y", groups=("g",)))
    assert one(found, "precision").value == 0.5
    assert "random control" in one(found, "false positive rate").note


def test_a_reference_that_is_no_group_is_an_error_with_the_nearest() -> None:
    with pytest.raises(InputError, match='did you mean "alpha"'):
        of_counts(counts({"alpha": (30, 20, 50, 10), "beta": (10, 40, 60, 20)}),
                  Question(decision="d", outcome="y", groups=("g",), reference=("alpa",)))


@for_all(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1)), min_size=4, max_size=150), few=50, many=1000)
def test_the_area_under_the_curve_is_the_share_of_pairs_in_order(rows: list[tuple[int, int]]) -> None:
    ones, zeros = ([s for s, y in rows if y == k] for k in (1, 0))
    found = ranked(*([side.count(s) for s in range(7)] for side in (ones, zeros)))
    if min(len(ones), len(zeros)) < 2:
        assert found is None
        return
    assert found is not None
    pairs = np.array([[(a > b) + (a == b) / 2 for b in zeros] for a in ones])
    assert found.area == pytest.approx(pairs.mean())
    assert sum(found.ties) == pytest.approx((pairs == 0.5).mean())
    spread = pairs.mean(axis=1).var(ddof=1) / len(ones) + pairs.mean(axis=0).var(ddof=1) / len(zeros)
    assert found.variance == pytest.approx(spread, abs=1e-12)


def test_a_random_control_finds_the_rates_of_the_population() -> None:
    """20,000 people of a group, 2,000 of them selected: the random tenth of everybody tells the rest."""
    selected, hits, base, people = 2000, 1200, 0.2, 20_000
    mine = np.array([hits, selected - hits, 400, 1600.0])
    answer = dict(zip((of.name.label for of in NUMBERS), solved(mine, mine, people), strict=True))
    assert answer["precision"] == pytest.approx(0.6)
    assert answer["false positive rate"] == pytest.approx(800 / (people * (1 - base)))
    assert answer["false negative rate"] == pytest.approx(1 - 1200 / (people * base))


def test_more_found_than_there_can_be_has_no_answer() -> None:
    mine = np.array([900, 100, 1, 999.0])
    answer = dict(zip((of.name.label for of in NUMBERS), solved(mine, mine, 1000), strict=True))
    assert np.isnan(answer["false negative rate"])


def test_drawing_again_keeps_the_size_and_the_chances() -> None:
    start = np.array([50, 0, 30, 120.0])
    drawn = resampled(start, 4000)
    assert (drawn.sum(axis=0) == 200).all()
    assert (drawn[1] == 0).all()
    assert drawn.min() >= 0
    spread = np.sqrt(start * (1 - start / 200) / 4000)
    assert (np.abs(drawn.mean(axis=1) - start) <= 5 * spread).all()
    assert drawn.var(axis=1) == pytest.approx(start * (1 - start / 200), rel=0.15, abs=0.01)
    assert np.array_equal(drawn, resampled(start, 4000))


def test_the_swedish_test_fails_a_group_whose_share_doubles() -> None:
    table = Counts(("g",), {Cell(("a",), 0, 1, 1): 60, Cell(("a",), 0, 0, 0): 40, Cell(("b",), 0, 1, 1): 40,
                            Cell(("b",), 0, 0, 0): 360, Cell(("a",), 0, 1, 0): 20, Cell(("b",), 0, 0, 1): 20,
                            Cell(("a",), 0, 0, 1): 20, Cell(("b",), 0, 1, 0): 20}, outcomes=True)
    found = of_counts(table, PLAIN)
    step = next(m for m in found.measures if "step 1" in m.measure and m.group == "g=a")
    assert step.value == pytest.approx((80 / 140) / (140 / 580))
    assert step.note.startswith("fails")


def arms(path: Path, *kinds: tuple[str, int]) -> Path:
    luck = random.Random(1)
    rows = [f"{arm},{luck.choice(['men', 'women'])},{luck.randrange(2)}" for arm, n in kinds for _ in range(n)]
    path.write_text("\n".join(["arm,sex,y", *rows]))
    return path


@pytest.mark.parametrize(("control", "population", "message"), [
    ("rnd", 5000, 'the value "rnd" in too few rows'),
    ("random", 700, "--population 700 is less than the 900 people of both arms"),
])
def test_a_control_that_cannot_be_is_an_error(tmp_path: Path, control: str, population: int, message: str) -> None:
    path = arms(tmp_path / "a.csv", ("random", 400), ("chosen", 500))
    question = Question(selection="arm", control=control, population=population, outcome="y", groups=("sex",))
    with pytest.raises(InputError, match=message):
        audit(path, question)


def test_a_third_arm_is_an_error(tmp_path: Path) -> None:
    path = arms(tmp_path / "a.csv", ("random", 400), ("chosen", 500), ("tip", 300))
    with pytest.raises(InputError, match=r'more than two values.*--where "arm=VALUE,random"'):
        audit(path, Question(selection="arm", control="random", population=5000, outcome="y"))


def test_two_arms_of_three_are_those_of_a_table_without_the_third(tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                                                 ) -> None:
    two, three = (("random", 400), ("chosen", 500)), (("random", 400), ("chosen", 500), ("tip", 300))
    asked = {"selection": "arm", "control": "random", "population": 5000, "outcome": "y", "groups": ("sex",)}
    alone = audit(arms(tmp_path / "two.csv", *two), Question(**asked))  # type: ignore[arg-type]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    among = audit(arms(tmp_path / "three.csv", *three),
                  Question(**asked, where=("arm=chosen,random",)))  # type: ignore[arg-type]
    assert among.measures == alone.measures
    assert among.left_out == ("counted are only people with arm=chosen,random",)
    for where in ("arm=chosen", "arm=chosen,tip", "arm=chosen,tip,random"):
        with pytest.raises(InputError, match="plays another part already"):
            Question(**asked, where=(where,))  # type: ignore[arg-type]


def test_what_is_pooled_or_missing_is_nobodys_reference(tmp_path: Path) -> None:
    luck = random.Random(2)
    path = tmp_path / "a.csv"
    path.write_text("sex,d\n" + "".join(f"{luck.choice(['', '', '', 'men', 'women'])},{luck.randrange(2)}\n"
                                        for _ in range(900)))
    found = audit(path, Question(decision="d", groups=("sex",)))
    assert "sex=(missing)" in found.groups
    assert {m.reference for m in found.measures} <= {"", "all", "sex=men", "sex=women"}
    asked = audit(path, Question(decision="d", groups=("sex",), reference=("(missing)",)))
    assert "sex=(missing)" in {m.reference for m in asked.measures}
