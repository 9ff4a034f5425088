"""The white list of harms: what may be asked for, that every command can answer it, and that it holds nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import sousveil
from sousveil import atlas
from sousveil.comparisons.listed import FIXED, OF_A_STUDY, listed
from sousveil.comparisons.objective import objective
from sousveil.comparisons.why import why
from sousveil.errors import InputError
from sousveil.measures.measure import ALL
from sousveil.studies.scheme_fields import BURDENS
from sousveil.unknowns.points import harm_at, points

DOCS = Path(__file__).parents[1] / "docs" / "unknowns.md"


def test_the_list_is_the_one_that_is_written_down() -> None:
    table = DOCS.read_text(encoding="utf-8").partition("| what it is |")[2].partition("It is a white list")[0]
    written = re.findall(r"^\| `([\w:-]+?)(?:NAME)?` \|", table, re.MULTILINE)
    assert sorted(written) == sorted([*(harm.key for harm in FIXED), *OF_A_STUDY])


@pytest.mark.parametrize("name", sorted(atlas.names()))
def test_nothing_on_it_is_what_a_regime_wants(name: str) -> None:
    scheme = sousveil.study(name).scheme
    bottom = [*scheme.tiers][-1]
    denying = {tier for tier, them in scheme.consequences.items() if any(c.effect in BURDENS for c in them)}
    for key, harm in listed(scheme).items():
        key = re.sub(":.*", "", key)  # what a scheme calls its tiers is its own
        assert harm.name.harm in {"tiers", "rights", "wrongful", "income", "chilling"}, key
        assert not re.search("gain|hit|precis|found|catch|caught|deter|cost|chosen|select|appeal", key), key
        if harm.name.harm == "tiers":
            assert harm.name["tier"] in denying | {bottom}, key


def test_every_harm_on_it_can_be_told_by_group_and_as_a_gap() -> None:
    study = sousveil.study("seed-article").evolve(people=3_000, steps=24)
    found = sousveil.run(study).measures()
    for key, harm in listed(study.scheme).items():
        _, own = objective(study, key, "B")
        _, gap = objective(study, key, between=("A", "B"))
        _, base = objective(study, key, "A")
        one, other, apart = own.of(found), base.of(found), gap.of(found)
        assert one is not None, key
        assert other is not None, key
        assert apart is not None, key
        assert apart.value == pytest.approx(one.value - other.value, abs=1e-9)  # type: ignore[operator]
        if harm.unit == "months":
            assert 0 <= one.value <= 24, key  # type: ignore[operator]
            assert (one.low, one.high) == (pytest.approx(one.low), pytest.approx(one.high))


def test_time_in_a_tier_is_the_months_of_its_people() -> None:
    run = sousveil.run("seed-article", people=3_000, steps=24)
    _, wanted = objective(run.study, "time-in:untrustworthy")
    table = run.trace.steps.filter((run.trace.steps["step"].to_numpy() < 24)
                                   & (run.trace.steps["tier"].to_numpy(zero_copy_only=False) == "untrustworthy"))
    told = wanted.of(run.measures())
    assert told is not None
    assert told.value == pytest.approx(table["persons"].to_numpy().sum() / 3_000, rel=0.1)


def test_at_points_a_harm_is_that_of_a_run_there(tmp_path: Path) -> None:
    study = sousveil.study("seed-article").reform("no-kin").evolve(people=500, steps=6)
    found, = points(study, 2, engine="exact")
    there = sousveil.run(study.reform(dict(found.settings[1])), engine="exact").measures()
    for key in listed(study.scheme):
        for asked in ({"group": ALL}, {"group": "B"}, {"between": ("A", "B")}):
            _, wanted = objective(study, key, **asked)  # type: ignore[arg-type]
            value = wanted.of(there)
            if value is not None:
                assert harm_at(wanted, found.values, found.sizes)[1, 0] == pytest.approx(value.value, rel=1e-9), key


@pytest.mark.parametrize("harm", ["time-in:untrustworthy", "right:travel", "children", "kin-points", "lawful-forgone",
                                  "income-share", "wrongful-debits"])
def test_every_kind_of_harm_can_be_explained(harm: str) -> None:
    found = why("seed-article", harm, ("A", "B"), people=400, steps=4, seeds=1)
    assert np.abs(found.shares.sum(axis=1) + found.rest - found.gap).max() < 1e-9
    _, wanted = objective("seed-article", harm, between=("A", "B"))
    assert found.unit == wanted.unit


@pytest.mark.parametrize("harm", ["hits", "precision", "cost", "tier:trustworthy", "share appealed", "right:energy"])
def test_what_is_not_on_it_is_refused(harm: str) -> None:
    """And what may be asked for is named."""
    with pytest.raises(InputError, match=f'"{harm}" is not one of them; one may ask for .*income-lost'):
        objective("seed-article", harm)
    with pytest.raises(InputError, match=f'there is no harm "{harm}" to explain; one may ask for .*income-lost'):
        why("seed-article", harm, people=300, steps=2)


def test_the_harm_that_looks_most_like_what_was_typed_is_named_first() -> None:
    with pytest.raises(InputError, match=r"; one may ask for income-lost, .*bottom-tier"):
        objective("seed-article", "income-loss")
