"""The second width: what is not published, as points; its range, its signs, what it hangs on, and no chance in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sousveil
from sousveil.comparisons.execute import Place, execute
from sousveil.comparisons.objective import objective
from sousveil.comparisons.pair import Key
from sousveil.comparisons.store import points_shelf
from sousveil.comparisons.sweep import axis, sweep
from sousveil.errors import InputError
from sousveil.harms.disparity import BOTTOM_TIER
from sousveil.harms.tiers import TIER_SHARE
from sousveil.measures.width import CARRIES, Width, carried_by
from sousveil.reports.run.report import findings
from sousveil.runs import run as runs
from sousveil.unknowns import points as module
from sousveil.unknowns.causes import widen_sweep, widen_why
from sousveil.unknowns.points import Choice, harm_at, points, setting_of, unit_points, unknowns_of
from sousveil.unknowns.widths import ends, row_of, settled, spread
from swept import written

CHOICE = """
choices:
  floor:
    as-written: {}
    gentle: {set: {signals.acts.points: -1}, source: a rival reading}
"""


def with_choice(folder: Path) -> sousveil.Study:
    written(folder)
    path = folder / "assumptions.yaml"
    path.write_text(path.read_text() + CHOICE)
    return sousveil.study(folder)


def test_points_fill_the_cube_and_the_first_ones_stay() -> None:
    many = unit_points(7, 128, 5)
    assert many.shape == (128, 5)
    assert ((many > 0) & (many < 1)).all()
    assert np.array_equal(many[:16], unit_points(7, 16, 5))
    assert not np.array_equal(many, unit_points(8, 128, 5))
    # A Sobol' sequence, shifted: every sixteenth of every axis has as many of the points.
    counts = [np.bincount((many[:, i] * 16).astype(int), minlength=16) for i in range(5)]
    assert all((count == 8).all() for count in counts)


def test_a_new_value_lies_between_the_ends_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    for n, level in ((128, 0.95), (16, 15 / 17)):
        inside = []
        for _ in range(4_000):
            values = rng.lognormal(size=n + 1)
            least, most = ends(values[1:])
            inside.append(least <= values[0] <= most)
        assert np.mean(inside) == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 4_000))
        assert Width(0.0, 1.0, None, (), n, n).level == pytest.approx(level)


def test_chance_alone_makes_no_width() -> None:
    rng = np.random.default_rng(4)
    widths, plain = [], []
    for _ in range(200):
        halves = rng.normal(size=(128, 2))
        least, most = ends(settled(halves))
        widths.append(most - least)
        plain.append(np.ptp(ends(halves.mean(axis=1))))
    # The covariance of two halves that share nothing is below zero every other time: then there is no width at all.
    assert np.mean(np.array(widths) == 0) == pytest.approx(0.5, abs=0.12)
    assert np.mean(widths) < 0.3 * np.mean(plain)


def test_the_spread_of_the_points_is_kept_where_chance_is_small_and_where_it_is_not() -> None:
    rng = np.random.default_rng(5)
    for chance in (0.01, 1.0):
        found = [settled(f[:, None] + chance * rng.normal(size=(128, 2))).std()
                 for f in rng.normal(size=(200, 128))]
        assert np.mean(found) == pytest.approx(1.0, abs=0.05)


def test_what_a_number_hangs_on_is_named_by_how_much() -> None:
    rng = np.random.default_rng(6)
    unit = unit_points(1, 128, 3)
    places = [(name, np.linalg.qr(np.stack([x, x**2], axis=1) - np.stack([x, x**2], axis=1).mean(axis=0))[0])
              for name, x in zip("abc", unit.T, strict=True)]
    found = spread(3 * unit[:, 0] + unit[:, 1] + 0.01 * rng.normal(size=128), places)
    assert [name for name, _ in found] == ["a", "b"]
    assert found[0][1] == pytest.approx(0.9, abs=0.03)
    assert spread(np.ones(128), places) == ()


def test_every_measure_of_a_run_has_a_width_and_the_run_comes_back(tmp_path: Path) -> None:
    run = sousveil.widen(sousveil.run(with_choice(tmp_path / "study")), 32)
    assert all(m.width is not None for m in run.measures())
    assert [name for name, _ in run.widths.unknowns] == ["channels.camera.coverage", "population.conduct.acts.rate",
                                                         "floor"]
    assert run.widths.held == (("signals.acts.points", "it has no range"),)
    gap = run.measures().one(BOTTOM_TIER.difference, "B", "A")
    low = TIER_SHARE(tier=[*run.study.scheme.tiers][-1])
    assert gap.width is not None
    for order, sign in ((run.widths.order(low, "B", "A"), 1), (run.widths.order(low, "A", "B"), -1)):
        assert order is not None
        assert order.agree == gap.width.agree
        assert sorted(sign * x for x in (order.least, order.most)) == [gap.width.least, gap.width.most]
    run.save(tmp_path / "out")
    again = sousveil.load(tmp_path / "out")
    assert again.widths == run.widths
    assert again.measures() == run.measures()
    assert sousveil.verify(tmp_path / "out") == []
    assert {"least", "most", "agree", "hangs on"} <= set(again.harms().column_names)


APART = """
choices:
  camera:
    sees-b: {}
    sees-a: {set: {channels.camera.coverage: {group: {A: 0.9, B: 0.1}}}, source: a rival reading}
"""


def apart(folder: Path, choice: str, groups: str) -> sousveil.Study:
    """A study where one group is debited nine times as often as the other, whatever the rate is; `choice`: or not."""
    written(folder)
    for name, old, new in (
            ("scheme.yaml", "coverage: unknown, spurious: {group: {A: 0.0, B: 0.02}}",
             "coverage: {group: {A: 0.1, B: 0.9}}"),
            ("scheme.yaml", "points: unknown", "points: -3"), ("scheme.yaml", "handicaps: {B: -1}\n", ""),
            ("population.yaml", "{A: 0.7, B: 0.3}", groups),
            ("assumptions.yaml", "  channels.camera.coverage: {value: 0.4, range: [0.1, 0.9]}\n"
             "  signals.acts.points: {value: -3, range: [-3, -3]}\n", "")):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
    with (folder / "assumptions.yaml").open("a") as file:
        file.write(choice)
    return sousveil.study(folder)


def test_who_fares_worse_is_told_whichever_group_is_named_first(tmp_path: Path) -> None:
    """A gap and the same gap the other way round have the same share of points on their side."""
    told = []
    for place, groups in enumerate(("{A: 0.7, B: 0.3}", "{B: 0.3, A: 0.7}")):
        run = sousveil.widen(sousveil.run(apart(tmp_path / str(place), "", groups), people=20_000), 32)
        found = findings(run)
        told.append([text for text in found if "group A" in text and "group B" in text])
    assert told[0]
    assert told[0] == told[1]


def test_a_headline_says_under_which_reading_it_holds(tmp_path: Path) -> None:
    study = apart(tmp_path, APART, "{A: 0.7, B: 0.3}")
    run = sousveil.widen(sousveil.run(study, people=20_000), 64)
    low = TIER_SHARE(tier=[*study.scheme.tiers][-1])
    order = run.widths.order(low, "B", "A")
    assert order is not None
    assert order.agree == 0.5
    assert order.readings == (("camera", "sees-b", 1.0), ("camera", "sees-a", 0.0))
    assert order.under == order.readings[0]
    first = findings(run)[0]
    assert "group B" in first
    assert first.rstrip(".").endswith(", if “camera” is read as “sees-b”")
    page = sousveil.report(run).html
    assert page.count("if “camera” is read as “sees-b”") >= 2
    run.save(tmp_path / "out")
    assert findings(sousveil.load(tmp_path / "out")) == findings(run)


def test_a_point_is_what_a_run_there_gives(tmp_path: Path) -> None:
    study = with_choice(tmp_path)
    found, = points(study, 4)
    assert found.engine == "exact"
    for i, setting in enumerate(found.settings):
        there = sousveil.run(study.reform(dict(setting)), engine="exact").measures()
        for key, values in found.values.items():
            value = there.one(key.name, key.group, key.reference).value
            assert (value is None and np.isnan(values[i, 0])) or value == values[i, 0]


def test_a_choice_is_drawn_evenly_and_sets_what_it_says(tmp_path: Path) -> None:
    study = with_choice(tmp_path)
    unknowns, _ = unknowns_of(study)
    assert isinstance(unknowns[-1], Choice)
    unit = unit_points(study.seed, 64, len(unknowns))
    chosen = [setting_of(unknowns, row).get("signals.acts.points") for row in unit.tolist()]
    assert chosen.count(-1) == 32
    assert chosen.count(None) == 32


def test_agents_carry_points_in_halves_and_their_chance_is_taken_out(tmp_path: Path) -> None:
    """Where the ranges are all but points, the width of the exact answer is all but nothing, and so is that of agents
    with a hundred people, whose numbers scatter a great deal.
    """
    study = written(tmp_path)
    narrow = study.reform({"assumptions.fill": {
        path: {**a, "range": [x - 1e-9, x + 1e-9]} if (x := a["value"]) and a["range"] else a
        for path, a in study.plain()["assumptions"]["fill"].items()}})
    exact, = points(narrow, 64, engine="exact")
    agents, = points(narrow, 64, engine="agents", half=100)
    assert agents.people == 100
    assert exact.people == 0
    ratios = []
    for key, values in agents.values.items():
        if key in exact.values and values.shape == (64, 2) and not np.isnan(values).any() and np.ptp(values) > 0:
            ratios.append(settled(values).std() / values.mean(axis=1).std())
    assert len(ratios) > 5
    assert np.mean(np.square(ratios)) < 3 / np.sqrt(64)


def test_what_a_reform_changes_has_a_width_with_the_same_luck(tmp_path: Path) -> None:
    study = with_choice(tmp_path)
    found = sousveil.widen(sousveil.compare(study, ["no-handicap", "blinder", "nothing"]), 16)
    guess = "assumptions.fill.channels.camera.coverage.value"
    _, moved = points([study, study.reform({guess: 0.5})], 16)
    assert not any(guess in s for s in moved.settings)  # what a world sets itself does not vary there
    for world in found.reforms:
        for m in found.differences(world):
            assert m.width is not None, m
            if world.name == "nothing" and m.value is not None:
                assert (m.width.least, m.width.most, m.width.agree) == (0.0, 0.0, 1.0)
    gone = found.differences(found.reforms[0]).one(BOTTOM_TIER.difference, "B", "A")
    assert gone.width is not None
    assert gone.width.agree == 1.0
    assert gone.value is not None
    assert gone.value < 0
    assert all(m.width is not None for m in found.levels(found.baseline))


def test_no_point_is_asked_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, shelf = written(tmp_path / "study"), points_shelf(str(tmp_path / "shelf"))
    asked: list[str] = []

    def counted(tasks, where, kept, title):  # type: ignore[no-untyped-def]
        there = set(kept.read_all([t.name for t in tasks])) if kept else set()
        asked.extend(t.name for t in tasks if t.name not in there)
        return execute(tasks, where, kept, title)

    monkeypatch.setattr(module, "execute", counted)
    first, = points(study, 16, shelf=shelf)
    assert len(asked) == 16
    again, = points(study, 32, shelf=shelf)
    assert len(asked) == len(set(asked)) == 32
    assert all(np.array_equal(v, again.values[k][:16], equal_nan=True) for k, v in first.values.items())
    two = points([study, study.reform({"score.decay": 0.5})], 32, shelf=shelf)
    assert len(asked) == len(set(asked)) == 64
    assert two[0].values.keys() == again.values.keys()


def test_the_halves_of_a_point_give_the_same_bits_side_by_side(tmp_path: Path) -> None:
    study = written(tmp_path)
    one, = points(study, 3, engine="agents", half=200, threads=1)
    two, = points(study, 3, engine="agents", half=200, threads=2)
    assert all(np.array_equal(v, two.values[k], equal_nan=True) for k, v in one.values.items())


@pytest.mark.long
def test_other_places_give_the_same_bits(tmp_path: Path) -> None:
    study = written(tmp_path)
    here, = points(study, 4, engine="agents", half=200)
    there, = points(study, 4, engine="agents", half=200, where=Place("processes", 2))
    assert all(np.array_equal(v, there.values[k], equal_nan=True) for k, v in here.values.items())


def test_without_ranges_a_run_stays_as_it_is(tmp_path: Path) -> None:
    study = written(tmp_path).reform({"channels.camera.coverage": 0.4, "population.conduct.acts.rate": 0.5})
    run = runs.run(study)
    assert sousveil.widen(run) is run
    with pytest.raises(InputError, match="nothing to vary"):
        points(study, 16)


def test_a_direction_needs_both_widths() -> None:
    sure, split = (Width(-1.0, 2.0, agree, (), 128, 128) for agree in (CARRIES, CARRIES - 0.01))
    assert carried_by(0.1, 0.2, sure)
    assert not carried_by(0.1, 0.2, split)
    assert not carried_by(-0.1, 0.2, sure)
    assert not carried_by(1.5, 2.0, None)
    assert carried_by(1.5, 2.0, None, none=1.0, assumed=False)
    assert not carried_by(0.5, 2.0, None, none=1.0, assumed=False)


def test_a_gap_without_assumed_differences_is_told_beside_it(tmp_path: Path) -> None:
    run = sousveil.widen(sousveil.run("seed-article", people=20_000, steps=24), 4)
    gap = run.measures().one(BOTTOM_TIER.difference, "B", "A")
    assert set(run.widths.evened) == {"channels.camera.mistaken", "population.districts.north", "population.income",
                                      "population.conduct.meets-listed.rate"}
    assert gap.width is not None
    assert gap.width.evened is not None
    # By hand: each of the four at its mean over 88 of 100 people of A and 12 of B.
    means = {"channels.camera.mistaken": 0.88 * 0.002 + 0.12 * 0.006,
             "population.districts.north": 0.88 * 0.6 + 0.12 * 0.25, "population.income": 0.88 * 3000 + 0.12 * 2400,
             "population.conduct.meets-listed.rate": 0.88 * 0.004 + 0.12 * 0.03}
    there = sousveil.run(sousveil.study("seed-article").reform(means), people=20_000, steps=24).measures()
    assert gap.width.evened == pytest.approx((there.one(BOTTOM_TIER.difference, "B", "A").value,
                                              there.one(BOTTOM_TIER.difference, "B", "A").low,
                                              there.one(BOTTOM_TIER.difference, "B", "A").high))
    run.save(tmp_path / "out")
    assert sousveil.load(tmp_path / "out").measures() == run.measures()


def test_what_is_a_rule_or_the_same_for_all_is_not_evened(tmp_path: Path) -> None:
    run = sousveil.widen(sousveil.run(written(tmp_path)), 4)
    assert "handicaps" not in run.widths.evened


@pytest.mark.long
def test_the_truth_lies_between_the_ends_95_times_of_100(tmp_path: Path) -> None:
    """1,000 schemes, each with a truth drawn from its ranges: what a harm truly is lies within `least` to `most` in 93
    to 97 of 100 of them (two standard errors are 1.4). The schemes differ in rules and ranges; points are carried by
    the exact engine, and the truth by itself, outside of the points.
    """
    base = written(tmp_path)
    rng = np.random.default_rng(11)
    inside = []
    for case in range(1_000):
        coverage, rate = sorted(rng.uniform(0.05, 0.95, 2)), sorted(rng.uniform(0.05, 1.5, 2))
        study = base.reform({
            "score.decay": float(rng.uniform(0, 0.3)), "score.start": int(rng.integers(57, 64)),
            "assumptions.fill.channels.camera.coverage": {"value": coverage[0], "range": coverage},
            "assumptions.fill.population.conduct.acts.rate": {
                "value": rate[1], "range": rate,
                "distribution": ["uniform", "log-uniform", "triangular"][case % 3]}}).evolve(steps=3, seed=case)
        study, wanted = objective(study, ["income-lost", "bottom-tier", "rights-denied"][case % 3], "AB"[case % 2])
        found, = points(study, 64, engine="exact", threads=1)
        unknowns, _ = unknowns_of(study)
        truth = study.reform(setting_of(unknowns, rng.random(len(unknowns)).tolist()))
        value = wanted.of(sousveil.run(truth, engine="exact", threads=1).measures())
        least, most = ends(harm_at(wanted, found.values, found.sizes)[:, 0])
        assert value is not None
        assert value.value is not None
        inside.append(least - 1e-12 <= value.value <= most + 1e-12)
    assert 0.93 <= np.mean(inside) <= 0.97


def test_an_explanation_has_widths_where_it_is_asked_for(tmp_path: Path) -> None:
    study = written(tmp_path)
    found = widen_why(sousveil.why(study, "income-lost", ("A", "B"), engine="exact"), 4)
    assert all(m.width is not None for m in (*found.measures(), *found.pairs()))
    settings = [setting_of(unknowns_of(study)[0], row) for row in unit_points(study.seed, 4, 2).tolist()]
    gaps = [float(sousveil.why(study.reform(s), "income-lost", ("A", "B"), engine="exact").gap[0]) for s in settings]
    gap = found.measures()[0].width
    assert gap is not None
    assert (gap.least, gap.most) == pytest.approx((min(gaps), max(gaps)))
    drawn = sousveil.why(study, "wrongful-debit", ("A", "B"), engine="agents", people=300, steps=3, seeds=2)
    agents = widen_why(drawn, 2)
    assert agents.widths.people == 300
    assert all(m.width is not None and m.width.points == 2 for m in agents.measures())


def test_every_point_of_a_sweep_has_widths_where_it_is_asked_for(tmp_path: Path) -> None:
    study = written(tmp_path)
    found = widen_sweep(sweep(study, [axis("score.decay=0:0.2:2")]), 4)
    for point, row in zip(found.points, found.rows, strict=True):
        there, = points(study.reform(dict(point)), 4)
        assert row is not None
        for m in row:
            assert m.width is not None
            if m.reference == "" and m.width.least is not None:
                values = next(v for k, v in there.values.items() if k[:3] == (m.name, m.group, ""))
                assert (m.width.least, m.width.most) == pytest.approx((values.min(), values.max()))
    assert "least" in found.table().column_names


def test_points_that_differ_by_chance_alone_tell_no_range_and_no_direction() -> None:
    """Taken together, they are one point, which would be on the side of the result, or on the other, every time."""
    luck = np.random.default_rng(2)
    key = Key(TIER_SHARE(tier="low"), "B", "A", "share")
    halves = luck.normal(0.1, 0.01, (64, 2))
    halves[:, 1] = 0.2 - halves[:, 0]
    width = row_of(key, halves, 0.1, []).width
    assert (width.least, width.most, width.agree, width.points, width.of) == (None, None, None, 0, 64)


def test_few_large_ratios_do_not_say_which_way_all_others_point() -> None:
    """A ratio of 0 in one half has no logarithm; as they stand, a few ratios of 100 would count for all others."""
    luck = np.random.default_rng(3)
    key = Key(TIER_SHARE(tier="low"), "B", "A", "ratio")
    truth = np.where(np.arange(64) % 2, 0.5, 2.0)
    halves = truth[:, np.newaxis] * np.exp(luck.normal(0.0, 0.1, (64, 2)))
    halves[0, 0], halves[1] = 0.0, (100.0, 0.1)
    width = row_of(key, halves, 2.0, []).width
    assert width.agree == pytest.approx(0.5, abs=0.05)
    assert width.least is not None
    assert width.most is not None
    assert 0.0 <= width.least < 0.6
    assert 1.5 < width.most < 4.0
