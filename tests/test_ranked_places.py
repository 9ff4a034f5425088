"""Limited places: closed forms, what is coupled and what is not, bit for bit, and what no command looks for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML
from scipy.stats import chi2, hypergeom

from random_schemes import Case, hold
from small_study import small
from sousveil.comparisons.listed import listed
from sousveil.engine import agents, exact, oracle, trace
from sousveil.engine.checkpoint import Checkpoint
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import settle
from sousveil.engine.refusals import refusals
from sousveil.engine.stream import stream
from sousveil.errors import InputError
from sousveil.harms import measure_all
from sousveil.harms.places import CHOSEN, OF_THOSE
from sousveil.studies.place_checks import standings
from test_stream import same
from tiers import few_and_many

START = {"score": {"start": {"distribution": dict.fromkeys(range(10), 0.1)}, "floor": 0, "ceiling": 100},
         "tiers": {"high": {"from": 5}, "low": {"from": 0}}}
TWO = {"groups": {"A": 0.5, "B": 0.5}, "districts": {"north": 0.4, "south": 0.6}}


def ranked(steps: int = 1, people: int = 1_000, population: dict[str, Any] | None = None, **place: Any) -> Case:
    """Start scores 0 to 9, a tenth of the people each; nothing else happens but that places are given out."""
    rule = {"order": "worst-first", "number": 60, "first": 0, **place}
    rule = {key: value for key, value in rule.items() if value is not None}
    given = [] if place.get("leaves") else [{"right": "home", "effect": "restricted", "loss": 2.0, "once": True}]
    return small({**START, "places": {"visits": rule}, "consequences": {"visits": given}},
                 {"people": people, **(population or {})}, steps=steps)


def written(folder: Path, plain: dict[str, Any]) -> None:
    """A case as a study in one file."""
    text = io.StringIO()
    YAML().dump({"study": "ranked", **{part: plain[part] for part in ("scheme", "population", "assumptions")},
                 "steps": plain["steps"]}, text)
    (folder / "study.yaml").write_text(text.getvalue())


def by(engine: str, case: Case, seed: int = 1) -> Outcome:
    plan = case.plan()
    if engine == "exact":
        return exact.simulate(plan, case.steps)
    people = settle(plan, seed)
    if engine == "agents":
        return agents.simulate(plan, people, case.steps, seed)
    return oracle.simulate(case.scheme, case.population, case.assumptions, plan, people, case.steps, seed)


ENGINES = pytest.mark.parametrize("engine", ["agents", "oracle", "exact"])


# Closed forms.


@ENGINES
@pytest.mark.parametrize("place", [
    {}, {"order": "best-first"}, {"number": None, "share": 0.06}, {"per": "district"}, {"per": "group", "who": ["low"]},
    {"order": None, "weight": 1.0}, {"order": None, "weight": {"group": {"A": 3.0, "B": 1.0}}, "per": "district"}])
def test_as_many_are_chosen_as_there_are_places(engine: str, place: dict[str, Any]) -> None:
    outcome = by(engine, ranked(steps=3, population=TWO, **place))
    assert outcome.chosen[:, 0].sum(axis=1).tolist() == pytest.approx([60.0] * 4, rel=1e-9)
    # Each of them bears it in the step after.
    assert outcome.placed[1:].sum(axis=(1, 2, 3)).tolist() == pytest.approx([60.0] * 3, rel=1e-9)


@ENGINES
def test_a_quantile_and_a_part_of_those_who_rank_alike(engine: str) -> None:
    # Of 1,000, a tenth at each of ten scores: 250 places take the two worst scores whole, and half of the third.
    outcome = by(engine, ranked(number=250))
    assert outcome.chosen[0].sum() == pytest.approx(250)
    assert outcome.placed[1, :, 0].sum() == pytest.approx(250)  # all of them from the low tier, of five scores
    if engine == "agents":
        assert outcome.cuts[0, 0, 0, 0] in (1, 2, 3)  # how many start at a score is drawn


@few_and_many("runs", 400, 2_000)
def test_who_ranks_alike_is_chosen_by_lot(runs: int) -> None:
    # All alike: the number chosen of one half is hypergeometric.
    case = ranked(people=40, number=10, population=TWO)
    case.plain["scheme"]["score"] = {"start": 5, "floor": 0, "ceiling": 100}
    case.plain["population"]["districts"] = {"everywhere": 1.0}
    found = np.bincount([int(by("agents", case, seed).chosen[0, 0, 0]) for seed in range(runs)], minlength=11)
    law = hypergeom(40, 20, 10).pmf(np.arange(11)) * runs
    inner = slice(2, 9)
    assert ((found - law)[inner] ** 2 / law[inner]).sum() < chi2.isf(1e-6, 7)


@few_and_many("runs", 400, 3_000)
def test_weights_are_chances_in_proportion(runs: int) -> None:
    # The first of two kinds of people, as many of each: the first place goes to it with three chances in four.
    case = ranked(people=2, number=1, population={"groups": {"A": 0.5, "B": 0.5}},
                  weight={"group": {"A": 3.0, "B": 1.0}})
    del case.plain["scheme"]["places"]["visits"]["order"]
    first = sum(int(by("agents", case, seed).chosen[0, 0, 0]) for seed in range(runs))
    assert abs(first - 0.75 * runs) < 5 * (runs * 0.75 * 0.25) ** 0.5


def test_exact_and_agents_choose_alike_by_weight() -> None:
    case = ranked(people=20_000, number=6_000, population=TWO, weight={"group": {"A": 3.0, "B": 0.5}})
    del case.plain["scheme"]["places"]["visits"]["order"]
    told, drawn = by("exact", case), by("agents", case)
    assert np.abs(told.chosen[0, 0] - drawn.chosen[0, 0]).max() < 5 * 6_000**0.5
    assert told.chosen[0, 0].sum() == pytest.approx(6_000)


@pytest.mark.parametrize("engine", ["agents", "oracle"])
def test_who_leaves_is_scored_no_more_and_makes_room(engine: str) -> None:
    # Nine of a hundred leave each step, and are in a standing of their own from then on.
    case = ranked(steps=5, people=100, number=9, leaves=True)
    case.plain["scheme"]["signals"] = {"act": {"channel": "camera", "points": 1, "lawful": True}}
    outcome = by(engine, case)
    gone = len(standings(case.scheme)) - 1
    assert outcome.occupancy[:, 0, gone].tolist() == [9, 18, 27, 36, 45, 54]
    assert outcome.points[1:].sum(axis=(1, 2, 3)).tolist() == [91, 82, 73, 64, 55]
    assert outcome.moves[:, 0, :, gone].sum() == 45  # those of the start were nowhere before


def test_remainders_are_made_good_the_next_time() -> None:
    # 2.5 places for each of two districts of one size: five each time, two and three in turn.
    case = ranked(steps=3, people=100, number=5, per="district", population={
        "districts": {"north": 0.5, "south": 0.5}})
    by_unit = by("agents", case).chosen[:, 0]
    assert by_unit.sum(axis=1).tolist() == [5] * 4
    assert by_unit.sum(axis=0).tolist() == [10, 10]


def test_places_are_scaled_with_the_people(tmp_path: Path) -> None:
    from sousveil.runs.plans import plan_of
    from sousveil.studies.study import load
    written(tmp_path, ranked(people=10_000, number=50).plain)
    study = load(tmp_path)
    assert plan_of(study).places[0].number.tolist() == [50.0]
    smaller = study.evolve(people=200).evolve(people=400)
    assert plan_of(smaller).places[0].number.tolist() == [2.0]
    assert smaller.population.stands_for == 10_000


# Laws of chance. Random studies with places are among those of test_laws_of_chance, test_stream and test_month.


def town(leaves: bool) -> Case:
    place = {"order": "best-first", "share": 0.04, "per": "district", "every": 2, "first": 0, "leaves": leaves}
    term = {} if leaves else {"lasts": 3}
    other = {"who": ["low"], "weight": {"group": {"A": 3.0, "B": 1.0}}, "number": 7, "every": 3}
    return small({"channels": {"camera": {"coverage": 0.8, "mistaken": 0.2, "spurious": 0.1}},
                  "signals": {"act": {"channel": "camera", "points": -6, "lawful": True}},
                  "places": {"granted": place, "visits": other},
                  "consequences": {"granted": [{"right": "home", "effect": "granted"} | term],
                                   "visits": [{"right": "rest", "effect": "denied", "lasts": 2}]},
                  "tiers": {"high": {"from": 40, "margin": 3}, "low": {"from": 0}}},
                 {**TWO, "people": 400, "households": {"adults": {1: 0.5, 2: 0.5}},
                  "conduct": {"act": {"rate": 0.4}}}, steps=6)


@pytest.mark.parametrize("leaves", [True, False])
@pytest.mark.parametrize("tile", [10_000, 50])
def test_a_run_stopped_at_any_moment_goes_on_to_the_same_bits(leaves: bool, tile: int, tmp_path: Path) -> None:
    case = town(leaves)
    plan = case.plan()
    whole = stream(plan, case.steps, 3, tile=tile)
    assert same(whole, agents.simulate(plan, settle(plan, 3), case.steps, 3))

    class Stopped(Exception):
        pass

    def stopping(after: int) -> Any:
        told = [0]

        def done(steps: int) -> None:
            told[0] += 1
            if told[0] > after:
                raise Stopped
        return done

    stops = 0
    for after in (1, 2, 3, 5, 8, 2, 7, 4):  # each start goes on from the last checkpoint, and stops a little later
        keep = Checkpoint(tmp_path / "keep", "x", every=0.0)
        try:
            found = stream(plan, case.steps, 3, tile=tile, keep=keep, done=stopping(after))
        except Stopped:
            stops += 1
            continue
        assert same(whole, found)
        break
    assert same(whole, stream(plan, case.steps, 3, tile=tile, keep=Checkpoint(tmp_path / "keep", "x", every=0.0)))
    assert stops


def test_places_of_one_pool_touch_nobody_of_another() -> None:
    case = town(leaves=True)
    case.plain["scheme"]["places"].pop("visits")
    case.plain["scheme"]["consequences"].pop("visits")
    case.plain["assumptions"]["look-alikes"] = ["district"]
    other = Case({**case.plain, "scheme": {**case.plain["scheme"], "places": {"granted": {
        **case.plain["scheme"]["places"]["granted"], "share": {"district": {"north": 0.3, "south": 0.04}}}}}})
    one, two = by("agents", case), by("agents", other)
    plan = case.plan()
    south = plan.unit_district == plan.districts.index("south")
    for name in ("moves", "points", "wrongful", "wrongful_ever", "shared"):
        assert np.array_equal(getattr(one, name)[:, south], getattr(two, name)[:, south])
    assert not np.array_equal(one.moves, two.moves)


def test_a_study_without_places_has_no_room_for_any() -> None:
    case = small()
    outcome = by("agents", case)
    assert [getattr(outcome, name).size for name in ("placed", "placed_only", "eligible", "chosen", "cuts")] == [0] * 5


@few_and_many("studies", 20, 300)
def test_nobody_is_chosen_twice_for_a_place_that_is_left_for(studies: int) -> None:
    def claim(case: Case) -> None:
        plan = case.plan()
        outcome = agents.simulate(plan, settle(plan, 1), case.steps, 1)
        for n, place in enumerate(plan.places):
            assert (outcome.chosen[:, n] <= outcome.eligible[:, n]).all()
            if place.goes >= 0:
                assert outcome.occupancy[-1, :, place.goes].sum() == outcome.chosen[:, n].sum()
        assert (outcome.occupancy.sum(axis=(1, 2)) == plan.people).all()

    hold(claim, studies)


# What a run says of them.


def test_the_trace_says_who_bears_what_places_bring() -> None:
    case = ranked(steps=2, population=TWO, people=500, number=40)
    case.plain["scheme"]["consequences"]["high"] = [{"right": "rest", "effect": "denied"}]
    for engine in ("agents", "oracle", "exact"):
        plan, outcome = case.plan(), by(engine, case)
        found = trace.of(plan, outcome, "month")
        rights = found.rights.to_pylist()
        assert sum(row["persons"] for row in rights if row["right"] == "home") == pytest.approx(80)
        limited = sum(row["rights_limited"] for row in found.steps.to_pylist())
        assert limited == pytest.approx(sum(row["persons"] for row in rights))
        assert sum(row["income_lost"] for row in found.steps.to_pylist()) == pytest.approx(160)
        lost = sum(row["lost"] * row["person_steps"] for row in found.cells.to_pylist())
        assert lost == pytest.approx(160)
        measures = measure_all(found)
        share = measures.find(CHOSEN(place="visits"), "all")
        assert share is not None
        assert share.value == pytest.approx(40 / 500)
        assert measures.find(OF_THOSE(place="visits"), "A") is not None


def test_what_exact_cannot_carry_it_refuses_by_name() -> None:
    assert refusals(ranked(leaves=True).plan()) == [
        ("places for which people leave", ("places", "visits", "leaves"))]
    case = ranked()
    case.plain["scheme"]["consequences"]["visits"][0] = {"right": "home", "effect": "denied", "lasts": 2}
    assert refusals(case.plan()) == [
        ("what a place brings for more than one step", ("consequences", "visits"))]


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "who": ({"who": ["hihg"]}, 'tier "hihg" is not defined; did you mean "high"?'),
    "per": ({"per": "distrct"}, 'there is no label "distrct"; did you mean "district"?'),
    "both": ({"share": 0.1}, "how many places there are is given by `number` or by `share`"),
    "order": ({"weight": 1.0}, "who gets a place is given by an `order` of scores or by a `weight`"),
    "number": ({"number": {"group": {"A": 3}}}, "`number` can only differ by the label under `per`"),
    "name": ({"nmae": 1}, 'unknown key "nmae"'),
}


@pytest.mark.parametrize(("place", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line(place: dict[str, Any], said: str, tmp_path: Path) -> None:
    from sousveil.studies.study import check
    written(tmp_path, ranked(**place).plain)
    problems = check(tmp_path).problems
    assert len(problems) >= 1
    assert said in problems[0].message
    assert problems[0].line > 1


def test_a_consequence_beside_a_tier_needs_a_term_and_its_own_right() -> None:
    for rule, said in (({"right": "home", "effect": "denied"}, "say for how long"),
                       ({"right": "home", "effect": "denied", "once": True, "scrutiny": 2.0}, "conduct and scrutiny"),
                       ({"right": "home", "effect": "denied", "once": True, "bearer": "household"}, "bearer: self"),
                       ({"right": "rest", "effect": "denied", "once": True}, 'by "low" already')):
        case = ranked()
        case.plain["scheme"]["consequences"] |= {"visits": [rule], "low": [{"right": "rest", "effect": "denied"}]}
        with pytest.raises(ValueError, match="(?s)" + said.replace("`", ".")):
            case.plan()


# Boundaries: what places choose is described, and never sought.


def test_nothing_looks_for_places() -> None:
    case = ranked(population=TWO)
    harms = {harm.name.words[0] for harm in listed(case.scheme).values()}
    assert harms <= {"disparity", "tiers", "wrongful", "trap", "rights", "chilling", "income", "concentration",
                     "silence"}
    assert not any("visits" in key or "chosen" in key for key in listed(case.scheme))


def test_no_number_of_places_and_no_date_is_sought(tmp_path: Path) -> None:
    """Whatever draws or searches does so over what is unknown and over choices; neither can be of places or dates."""
    from sousveil.studies.study import load
    from sousveil.unknowns.points import unknowns_of

    case = ranked(population=TWO)
    case.plain["scheme"] |= {"changes": [{"at": 2, "set": {"places.visits.number": 3}}]}
    case.plain["assumptions"]["choices"] = {"coverage": {"as told": {}, "half": {"set": {
        "channels.camera.coverage": 0.5}}}}
    written(tmp_path, case.plain)
    varied, _ = unknowns_of(load(tmp_path))
    assert [one.name for one in varied] == ["coverage"]
    for path, new, said in (("places.visits.number", 9, "places are what a regime says"),
                            ("scheme.places", {}, "places are what a regime says"),
                            ("changes", [], "nothing looks for other dates"),
                            ("changes.0.at", 3, "nothing looks for other dates")):
        case.plain["assumptions"]["choices"]["coverage"]["other"] = {"set": {path: new}}
        written(tmp_path, case.plain)
        with pytest.raises(InputError, match=f"{said}.*no reading can set them"):
            load(tmp_path)
    del case.plain["assumptions"]["choices"]
    for change in ({"places.visits.number": "unknown"}, {"channels.camera.coverage": "unknown"}):
        case.plain["scheme"]["changes"][0]["set"] = change
        written(tmp_path, case.plain)
        with pytest.raises(InputError, match="cannot be unknown"):
            load(tmp_path)


def test_a_sweep_over_places_is_refused(tmp_path: Path) -> None:
    from sousveil.comparisons.sweep import axis, sweep
    from sousveil.studies.study import load
    written(tmp_path, ranked(population=TWO).plain)
    for path in ("places.visits.number", "places.visits.share"):
        with pytest.raises(InputError, match="places are what a regime says"):
            sweep(load(tmp_path), [axis(f"{path}=0:100:3")])
    with pytest.raises(InputError, match="nothing looks for other dates"):
        sweep(load(tmp_path), [axis("changes.0.at=1:3:3")])
