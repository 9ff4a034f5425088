"""Shapley values, and the worlds they are taken over."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.comparisons.listed import of_study
from sousveil.comparisons.paired import saving
from sousveil.comparisons.why import HARMS, interactions, shapley, why
from sousveil.comparisons.worlds import CAUSES
from sousveil.errors import InputError
from sousveil.intervals import replicated
from sousveil.studies.study import Study, load, restore

games = st.lists(st.floats(-1, 1), min_size=64, max_size=64).map(np.array)


@given(games)
def test_the_shares_add_up_to_the_whole(values: np.ndarray) -> None:
    assert shapley(values).sum() == pytest.approx(values[-1] - values[0], abs=1e-12)


@given(games, st.integers(0, 5))
def test_a_player_that_changes_nothing_gets_nothing(values: np.ndarray, player: int) -> None:
    values = np.array([values[w & ~(1 << player)] for w in range(64)])
    assert shapley(values)[player] == pytest.approx(0.0, abs=1e-12)
    assert np.abs(interactions(values)[player]).max() == pytest.approx(0.0, abs=1e-12)


@given(st.lists(st.floats(-1, 1), min_size=7, max_size=7))
def test_players_that_can_stand_in_for_each_other_share_equally(by_size: list[float]) -> None:
    shares = shapley(np.array([by_size[w.bit_count()] for w in range(64)]))
    assert np.allclose(shares, shares[0], atol=1e-12)


@given(st.lists(st.floats(-1, 1), min_size=6, max_size=6))
def test_players_that_only_add_up_get_what_they_add(parts: list[float]) -> None:
    values = np.array([sum(x for i, x in enumerate(parts) if w >> i & 1) for w in range(64)])
    assert np.allclose(shapley(values), parts, atol=1e-12)
    assert np.allclose(interactions(values), 0.0, atol=1e-12)


def test_two_players_who_only_matter_together_show_as_an_interaction() -> None:
    values = np.array([1.0 if w & 3 == 3 else 0.0 for w in range(64)])
    assert shapley(values)[:2].tolist() == pytest.approx([0.5, 0.5])
    assert interactions(values)[0, 1] == pytest.approx(1.0)


ONE_CAUSE = {
    "rule": ({"handicaps": {"B": -1}}, {}),
    "coverage": ({"coverage": {"group": {"A": 0.2, "B": 0.6}}}, {}),
    "identification": ({"spurious": {"group": {"A": 0.0, "B": 0.3}}}, {}),
    "conduct": ({}, {"rate": {"group": {"A": 0.3, "B": 0.8}}}),
}


def one_cause(name: str) -> Study:
    """A study whose two groups differ in one thing, named `name`, and in nothing else."""
    rules, acts = ONE_CAUSE[name]
    channel = {"coverage": 0.4, **{k: v for k, v in rules.items() if k in ("coverage", "spurious")}}
    scheme = {"scheme": "x", "status": "invented", "channels": {"c": channel},
              "signals": {"a": {"channel": "c", "points": -3, "lawful": True}},
              "score": {"start": 60, "floor": 0, "ceiling": 100, "baseline": 60, "decay": 0.1},
              "handicaps": rules.get("handicaps", {}),
              "tiers": {"up": {"from": 56}, "low": {"from": 0, "margin": 1}},
              "consequences": {"low": [{"right": "work", "effect": "denied", "income": 0.8}]}}
    population = {"population": "p", "people": 20_000, "groups": {"A": 0.7, "B": 0.3}, "income": 100,
                  "conduct": {"a": {"rate": 0.5, **acts}}}
    return restore({"study": name, "scheme": scheme, "population": population, "assumptions": {"assumptions": "none"},
                    "steps": 20, "seed": 1, "reference": "A"})


@pytest.mark.parametrize("cause", ONE_CAUSE)
def test_one_cause_only_carries_the_whole_gap(cause: str) -> None:
    found = why(one_cause(cause), engine="exact")
    assert abs(found.gap[0]) > 0.05
    assert found.rest[0] == pytest.approx(0.0, abs=1e-9)
    for i, name in enumerate(CAUSES):
        assert found.shares[0, i] == pytest.approx(found.gap[0] if name == cause else 0.0, abs=1e-9)


LATER = {"coverage": {"channels.c.coverage": {"value": 0.4, "times": {"group": {"B": 2.0}}}},
         "identification": {"channels.c.spurious": {"group": {"A": 0.0, "B": 0.3}}},
         "rule": {"handicaps": {"B": -2}}}
"""What two groups that differ in nothing come to differ in."""


def alike(cause: str, changes: list[dict[str, object]], patch: dict[str, object] | None = None) -> Study:
    """A study of few people whose two groups differ in nothing, in which rules change on a date."""
    study = one_cause(cause)
    rules: dict[str, object] = {"channels.c.coverage": 0.4, "channels.c.spurious": 0.0, "handicaps": {}}
    return study.evolve(people=600, steps=8).reform(rules | (patch or {}) | {"changes": changes})


@pytest.mark.parametrize("cause", LATER)
def test_a_cause_that_comes_on_a_date_carries_what_it_brings(cause: str) -> None:
    found = why(alike(cause, [{"at": 4, "set": LATER[cause]}]), engine="agents", seeds=1)
    assert abs(found.gap[0]) > 0.05
    for i, name in enumerate(CAUSES):
        assert found.shares[0, i] == pytest.approx(found.gap[0] - found.rest[0] if name == cause else 0.0, abs=1e-9)


@pytest.mark.parametrize("harm", HARMS)
def test_rules_that_change_from_the_start_are_taken_apart_as_those_that_stand(harm: str) -> None:
    """A change to what stands already is none, and a change at the first step is the scheme that it makes."""
    stands = {**LATER["rule"], **LATER["identification"], "kin": [{"when": "low", "points": -1}], "consequences.low": [
        {"right": "work", "effect": "denied", "income": 0.5, "conduct": {"a": 2.0}, "scrutiny": 1.5}]}
    homes = {"population.households": {"adults": {2: 1.0}}}
    plain = alike("rule", [], stands | homes)
    expected = why(plain, harm, ("A", "B"), seeds=1, engine="agents").values
    assert len(np.unique(expected)) > 1
    for study in (plain.reform({"changes": [{"at": at, "set": stands} for at in (3, 6)]}),
                  alike("rule", [{"at": 1, "set": stands}], homes)):
        assert np.array_equal(why(study, harm, ("A", "B"), seeds=1, engine="agents").values, expected)


def test_a_right_that_is_denied_from_a_date_on_can_be_explained() -> None:
    study = alike("rule", [{"at": 4, "set": {**LATER["rule"], "consequences.low": [
        {"right": "school", "effect": "denied", "bearer": "children"}]}}]).reform(
            {"population.households": {"adults": {1: 1.0}, "children": {1: 1.0}}})
    assert abs(why(study, "right:school", ("A", "B"), seeds=1, engine="agents").gap[0]) > 0.05
    assert abs(why(study, "children", ("A", "B"), seeds=1, engine="agents").gap[0]) > 0.05
    assert "time-in:low" not in of_study(study), "the tier takes one right before the change, another after it"


def test_agents_and_exact_agree_on_who_carries_the_gap() -> None:
    study = one_cause("coverage")
    exact = why(study, engine="exact")
    drawn = why(study, engine="agents", seeds=4)
    spread = drawn.shares[:, 1].std(ddof=1) / 2
    assert abs(drawn.shares[:, 1].mean() - exact.shares[0, 1]) < 6 * spread
    assert np.abs(drawn.shares.sum(axis=1) + drawn.rest - drawn.gap).max() < 1e-12


@pytest.mark.parametrize("harm", HARMS)
def test_every_harm_can_be_explained(harm: str) -> None:
    found = why(one_cause("conduct"), harm, ("A", "B"), engine="exact")
    assert np.abs(found.shares.sum(axis=1) + found.rest - found.gap).max() < 1e-9


MEANINGLESS = load("seed-article").reform({"signals.buys-alcohol.relevant": False})


@pytest.mark.parametrize("harm", ["wrongful-debits", "lawful-forgone"])
def test_every_harm_can_be_explained_where_relatives_pay_and_acts_are_irrelevant(harm: str) -> None:
    """A world without kin has a kind of record for what they brought: it is no signal, and has no domain."""
    found = why(MEANINGLESS, harm, ("A", "B"), people=500, steps=8, seeds=1, threads=1)
    assert np.abs(found.shares.sum(axis=1) + found.rest - found.gap).max() < 1e-9
    again = why(MEANINGLESS, harm, ("A", "B"), people=500, steps=8, seeds=1, threads=2)
    assert np.array_equal(found.shares, again.shares)


@pytest.mark.parametrize(("wrong", "message"), [
    ({"harm": "botom-tier"}, 'one may ask for bottom-tier, '), ({"between": ("A", "C")}, 'group "C" is not'),
    ({"between": ("A", "A")}, "between two groups"), ({"between": "AB"}, '"AB" is not two groups'),
    ({"between": 5}, "5 is not two groups"), ({"between": ("A", 5)}, "is not two groups"),
    ({"seeds": 0}, "seeds: 0 is not between")])
def test_what_cannot_be_asked_is_told(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        why(one_cause("rule"), engine="exact", **wrong)  # type: ignore[arg-type]


def test_no_gap_is_said_rather_than_a_pair_picked_by_rounding() -> None:
    with pytest.raises(InputError, match="there is no gap: every group fares as A does"):
        why(one_cause("conduct"), "wrongful-debit", engine="exact")


def test_a_group_of_nobody_has_no_gap() -> None:
    study = one_cause("conduct").evolve(people=3).reform({"population.groups": {"A": 0.95, "B": 0.05}})
    with pytest.raises(InputError, match='nobody of 3 people is in group "B"'):
        why(study, between=("A", "B"), engine="agents", seeds=1)
    with pytest.raises(InputError, match="all people are in one group"):
        why(study, engine="agents", seeds=1)


def test_an_interval_over_replicates() -> None:
    assert replicated(np.array([2.0])) == (2.0, None, None)
    assert replicated(np.zeros(4)) == (0.0, None, None)
    mean, low, high = replicated(np.array([1.0, 2.0, 3.0]))
    assert (mean, low, high) == pytest.approx((2.0, 2.0 - 4.302653 / 3**0.5, 2.0 + 4.302653 / 3**0.5), abs=1e-6)


def test_pairing_saves_what_the_two_worlds_share() -> None:
    base = np.array([1.0, 5.0, 3.0, 9.0])
    assert saving(base, base + np.array([0.1, -0.1, 0.1, -0.1])) > 100
    assert saving(base, base) == np.inf
    assert saving(np.ones(4), np.ones(4)) is None
    assert saving(base[:2], base[:2]) is None
