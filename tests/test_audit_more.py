"""Filings, comparable people, regression and power: against published figures, closed forms and simulation."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sousveil.audits.counts import Cell, Counts
from sousveil.audits.examine import audit, of_counts
from sousveil.audits.filing import _fisher
from sousveil.audits.given import Stratum, difference, ratio, standardised
from sousveil.audits.logistic import fit
from sousveil.audits.power import needed, seen
from sousveil.audits.question import Question
from sousveil.audits.shares import Share
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError
from sousveil.intervals import katz


def decided(four: dict[tuple[str, ...], tuple[int, int]], *columns: str) -> Counts:
    """Groups by their labels: how many were selected, of how many."""
    return Counts(columns, {Cell(labels, 0, d, 2): n for labels, (selected, of) in four.items()
                            for d, n in ((1, selected), (0, of - selected)) if n})


def test_the_example_of_new_yorks_rule_comes_out_as_printed() -> None:
    """6 RCNY 5-301(b), example: 1,390 male applicants, 667 selected; 1,181 female, 555 selected."""
    table = decided({("Male",): (667, 1390), ("Female",): (555, 1181)}, "sex")
    found = of_counts(table, Question(decision="d", groups=("sex",), form="ll144"))
    lines = {line.category: line for line in found.filing}
    assert f"{lines['sex=Male'].ratio:.3f}" == "1.000"
    assert f"{lines['sex=Female'].ratio:.3f}" == "0.979"
    assert round(lines["sex=Female"].rate or 0, 2) == 0.47


def test_small_and_unknown_categories_are_told_apart() -> None:
    table = decided({("a",): (300, 1000), ("b",): (90, 600), ("c",): (29, 30), ("(missing)",): (50, 80)}, "race")
    found = of_counts(table, Question(decision="d", groups=("race",), form="eeoc"))
    lines = {line.category: line for line in found.filing}
    assert lines["race=a"].note == "highest rate"  # not c, which is under 2%, nor those whose category is not known
    assert "under 2% of all" in lines["race=c"].note
    assert lines["race=(missing)"].ratio is None
    assert lines["race=b"].ratio == pytest.approx(0.5)
    assert "below four fifths" in lines["race=b"].note


def test_fishers_test_is_fishers_test() -> None:
    luck = random.Random(1)
    for _ in range(60):
        n, m = luck.randrange(1, 60), luck.randrange(1, 60)
        a, b = luck.randrange(n + 1), luck.randrange(m + 1)
        assert _fisher(Share(a, n, n), Share(b, m, m)) == pytest.approx(
            stats.fisher_exact([[a, n - a], [b, m - b]])[1], rel=1e-6)


def test_the_scoring_rate_is_the_share_above_a_round_median(tmp_path: Path) -> None:
    luck = random.Random(2)
    rows = [(luck.choice(["men", "women"]), luck.gauss(50, 10)) for _ in range(1000)]
    path = tmp_path / "a.csv"
    path.write_text("sex,score\n" + "".join(f"{sex},{score:.3f}\n" for sex, score in rows))
    found = audit(path, Question(score="score", groups=("sex",), form="ll144"))
    cut, scores = found.question.cut or 0.0, [score for _, score in rows]
    assert cut not in scores
    assert abs((found.printed[(), "d1"] or 0) - 500) < 10
    assert found.printed[((0, "men"),), "d1"] == sum(sex == "men" and score >= cut for sex, score in rows)
    with pytest.raises(InputError, match="go together"):
        Question(score="score", groups=("sex",))


@pytest.mark.parametrize("unit", [1, 1234567])
def test_the_answer_says_from_which_score_on_somebody_is_selected(
        unit: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three is the median and selected are those from four on: neither is said of the other."""
    scores = [(score, sex) for score, many in ((1, 80), (2, 120), (3, 200), (4, 150), (5, 50)) for sex in "mw"
              for _ in range(many)]
    path = tmp_path / "ties.csv"
    path.write_text("sex,score\n" + "".join(f"{sex},{unit * score}\n" for score, sex in scores))
    assert dispatch(app, ["audit", str(path), "--score", "score", "--groups", "sex", "--form", "ll144", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    cut = answer["question"]["cut"]
    said = f"selected means a score of at least {cut:.0f}: the first round number above the median"
    assert said in answer["left out"]
    (everybody,) = (row for row in answer["counts"] if row["group"] == "all")
    assert everybody["d1"] == sum(unit * score >= cut for score, _ in scores) == 400


def test_one_stratum_is_the_table_itself() -> None:
    one = [Stratum(30, 100, 20, 120, 220)]
    assert ratio(one) == pytest.approx((0.3 / (20 / 120), *(katz(30, 100, 20, 120) or ())))
    assert difference(one)[0] == pytest.approx(0.3 - 20 / 120)
    assert standardised(one, False)[0] == pytest.approx(0.3)


BERKELEY = {("men", "A"): (512, 825), ("women", "A"): (89, 108), ("men", "B"): (353, 560), ("women", "B"): (17, 25),
            ("men", "C"): (120, 325), ("women", "C"): (202, 593), ("men", "D"): (138, 417), ("women", "D"): (131, 375),
            ("men", "E"): (53, 191), ("women", "E"): (94, 393), ("men", "F"): (22, 373), ("women", "F"): (24, 341)}
"""Admitted of applicants, University of California at Berkeley, six departments, 1973: Bickel, Hammel and O'Connell
(1975), as in the data set UCBAdmissions of R."""


def test_comparable_applicants_at_berkeley_were_admitted_alike() -> None:
    question = Question(decision="d", groups=("sex",), given="department", logistic=True, reference=("men",))
    found = of_counts(decided(BERKELEY, "sex", "department"), question)
    rows = {(m.measure, m.group): m for m in found.measures}
    crude = rows["selection rate: difference", "sex=women"]
    within = rows["selection rate of comparable people: difference", "sex=women"]
    assert crude.high is not None
    assert crude.high < -0.1
    assert within.low is not None
    assert within.low < 0.02 < (within.high or 0) < 0.06
    # Agresti (Categorical Data Analysis) prints the odds ratio of gender given department: exp(-0.0999) for men.
    odds = rows["odds ratio of being selected", "sex=women"]
    assert math.log(odds.value or 0) == pytest.approx(0.0999, abs=0.0002)
    assert "6 of 6 strata" in within.note


def test_the_errors_of_a_regression_are_those_of_its_rows() -> None:
    """The sandwich worked out person by person, and cluster by cluster, from the rows that the counts stand for."""
    luck = np.random.default_rng(3)
    design = np.array([[1.0, a, b] for a in (0, 1) for b in (0, 1) for _ in range(5)])
    clusters = [str(i % 5) for i in range(20)]
    trials = luck.integers(20, 60, 20).astype(float)
    events = luck.binomial(trials.astype(int), 0.2 + 0.1 * design[:, 1] + 0.2 * design[:, 2]).astype(float)
    found = fit(design, events, trials, clusters)
    x = np.repeat(design, trials.astype(int), axis=0)
    y = np.concatenate([[1.0] * int(e) + [0.0] * int(n - e) for e, n in zip(events, trials, strict=True)])
    whose = np.repeat(clusters, trials.astype(int))
    p = 1 / (1 + np.exp(-x @ found.beta))
    assert x.T @ (y - p) == pytest.approx(0, abs=1e-8)
    bread = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)
    scores, n, k = x * (y - p)[:, None], len(y), 3
    assert found.model == pytest.approx(bread)
    assert found.robust == pytest.approx(bread @ scores.T @ scores @ bread * n / (n - k))
    sums = np.array([scores[whose == c].sum(axis=0) for c in sorted(set(clusters))])
    assert found.clustered == pytest.approx(bread @ sums.T @ sums @ bread * 5 / 4 * (n - 1) / (n - k))


def test_odds_without_an_end_are_no_answer() -> None:
    """Nobody was selected wherever both columns are zero but once: the odds grow, and the arithmetic gives out."""
    rows = [(1, 0, 0, 0, 0), (1, 0, 0, 0, 1), (1, 1, 0, 1, 0), (1, 1, 0, 0, 0), (1, 1, 0, 0, 1), (1, 0, 1, 1, 0),
            (1, 0, 1, 0, 0), (1, 0, 1, 0, 1)]
    with pytest.raises(ArithmeticError, match="does not come to rest"):
        fit(np.array(rows, dtype=float), np.array([275.0, 325, 25, 0, 375, 425, 0, 25]),
            np.array([625.0, 325, 125, 75, 425, 475, 0, 75]))


def test_few_clusters_have_no_errors(tmp_path: Path) -> None:
    luck = random.Random(1)
    path = tmp_path / "a.csv"
    path.write_text("sex,office,d\n" + "".join(
        f"{luck.choice(['men', 'women'])},{luck.choice('abcd')},{luck.randrange(2)}\n" for _ in range(2000)))
    found = audit(path, Question(decision="d", groups=("sex",), logistic=True, clusters="office"))
    (m,) = (m for m in found.measures if m.harm == "logistic regression")
    assert m.note.startswith("not estimable: 4 printed")


@pytest.mark.parametrize(("reference", "n", "m"), [(0.1, 400, 600), (0.3, 150, 900), (0.5, 1000, 1000)])
def test_the_least_gap_is_seen_in_eighty_of_a_hundred_tables(reference: float, n: int, m: int) -> None:
    gap = seen(reference, n, m)
    assert gap is not None
    luck = np.random.default_rng(5)
    a, b = luck.binomial(n, reference + gap, 20_000), luck.binomial(m, reference, 20_000)
    both = (a + b) / (n + m)
    z = (a / n - b / m) / np.sqrt(both * (1 - both) * (1 / n + 1 / m))
    assert 0.77 < (np.abs(z) > 1.96).mean() < 0.83
    assert needed(reference, gap, m / n) == pytest.approx(n, abs=2)


def test_the_usual_example_of_a_sample_size() -> None:
    """60 against 70 of 100, equal groups, without correction: 356 a group (Fleiss, Levin and Paik 2003, table A.4)."""
    assert needed(0.6, 0.1, 1.0) == 356


def test_the_command_writes_the_filing_and_the_report_has_it(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "t.csv", tmp_path / "out"
    luck = random.Random(4)
    path.write_text("sex,race,d\n" + "".join(
        f"{luck.choice(['men', 'women'])},{luck.choice('abc')},{luck.randrange(2)}\n" for _ in range(900)))
    words = ["audit", str(path), "--decision", "d", "--groups", "sex", "--given", "race", "--logistic",
             "--power", "0.1", "--form", "eeoc", "-o", str(out)]
    assert dispatch(app, words) == 0
    said = capsys.readouterr().out
    assert "EEOC UNIFORM GUIDELINES" in said
    assert "COUNTS" in said
    assert len((out / "filing.csv").read_text().splitlines()) == 1 + 2 + 3 + 6
    page = (out / "report.html").read_text()
    assert all(text in page for text in ("As it is filed", "Comparable people", "How many decisions are enough"))
    assert dispatch(app, [*words[:6], "--json"]) == 0
    counts = {row["group"]: row for row in json.loads(capsys.readouterr().out)["counts"]}
    assert counts["all"]["n"] == 900


@pytest.mark.parametrize("asked", [{"form": "ll145"}, {"form": "eeoc", "groups": ()}, {"clusters": "x"},
                                   {"logistic": True, "groups": ()}, {"given": "race", "groups": ()}, {"power": 1.5}])
def test_what_does_not_go_together_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(InputError, match="--"):
        Question(**{"decision": "d", "groups": ("sex",)} | asked)  # type: ignore[arg-type]
