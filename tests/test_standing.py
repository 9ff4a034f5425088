"""How schemes stand beside what was published: by hand where it can be, and every entry of the atlas as it stood."""

from __future__ import annotations

import pytest

from sousveil.atlas import folder
from sousveil.reports.surveyed import kept
from sousveil.runs.situations import mistakes
from sousveil.studies.entries import FAMILIES, entries
from sousveil.studies.figures import Figure, Figures
from sousveil.studies.study import load
from sousveil.unknowns.published import read, read_cases
from sousveil.unknowns.standing import Stand, standing

ENTRIES = {entry.id: entry for entry in entries()}
CHECKED = [name for name in ENTRIES if (folder(name) / "figures.yaml").is_file()]
FORM = load("urumqi-form-2017")


def figures(population=1_000_000, **given):
    return Figures(about={"population": population}, figures={name: {"cite": "x", **f} for name, f in given.items()})


def stood(study=FORM, points=0, **given):
    return {one.name: one for one in standing(study, figures(**given), points=points)}


SAFE = {"of": "share", "tier": "safe", "group": "other", "district": "p-10", "at": 0}


def test_a_figure_is_inside_exactly_as_far_as_its_tolerance_goes():
    """0.8131 of others in p-10 are safe: a table worked out by hand (see test_atlas)."""
    found = stood(a={**SAFE, "value": 0.80, "tolerance": 0.0132}, b={**SAFE, "value": 0.80, "tolerance": 0.0130})
    assert (found["a"].inside, found["b"].inside) == (True, False)
    assert found["a"].value == pytest.approx(0.8131, abs=5e-5)
    assert found["a"].least is None, "no point was asked for"


def test_how_many_times_as_often_and_mean_scores_are_what_the_tables_give():
    found = stood(
        ratio={**SAFE, "relative-to": "Uyghur", "value": 1.89, "tolerance": 0.01},
        mean={"of": "score", "group": "other", "at": 0, "value": 70, "tolerance": 1e-6})
    assert found["ratio"].value == pytest.approx(0.8131 / 0.4305, rel=2e-4)
    # one mark for certain and eight with 0.1 to 0.4 in districts of equal size: 100 - 10 - 8 x 10 x 0.25
    assert found["mean"].value == pytest.approx(70)
    assert found["ratio"].inside
    assert found["mean"].inside


def test_a_range_is_told_apart_from_the_value():
    """How many Uyghurs there are is not published: only a count moves with it."""
    of = {"of": "persons", "tier": "safe", "group": "Uyghur", "at": 0, "value": 60_000}
    one = stood(points=8, n={**of, "tolerance": 10.0}, share={**SAFE, "value": 0.81, "tolerance": 0.01})
    assert one["n"].least < 60_000 < one["n"].most
    assert one["n"].inside
    assert one["n"].by_range
    assert one["share"].least is None
    assert not one["share"].by_range


def test_a_range_is_wide_where_it_spans_more_than_half_of_what_could_be():
    """Half of 0 to 1 for a share or a ratio of some to all; of 0 to the most for what has no end of its own."""
    def stand(least, most, value, **of):
        figure = figures(a={"tier": "safe", "value": value, "tolerance": 0.01, **of}).figures["a"]
        return Stand("a", figure, most, None, None, least, most, 0.01)

    share = {"of": "share"}
    assert [stand(0.2, most, 0.5, **share).wide for most in (0.69, 0.71)] == [False, True]
    assert stand(0.2, 0.71, 0.5, of={"ratio": ["upheld", "appeals"]}).wide
    assert not stand(0.6, 1.1, 1.0, of={"ratio": ["exits", "entries"]}).wide
    assert [stand(least, 900, 600, of="persons").wide for least in (440, 460)] == [True, False]
    assert not stand(440, 900, 2000, of="persons").wide, "somebody published more than the model ever gives"
    assert stand(0.2, 0.9, 0.5, **share).verdict == "inside a wide range"
    assert stand(0.45, 0.9, 0.5, **share).verdict == "inside its range"
    assert stand(0.2, 0.9, 0.95, **share).verdict == "outside"


def test_more_than_and_less_than_are_open_ends():
    found = stood(a={**SAFE, "value": 0.5, "said": "more-than", "tolerance": 0.0},
                  b={**SAFE, "value": 0.5, "said": "less-than", "tolerance": 0.0})
    assert (found["a"].inside, found["b"].inside) == (True, False)


def test_what_is_fitted_or_derived_is_not_counted():
    base = {"of": "share", "tier": "safe", "value": 0.5, "cite": "x"}
    assert Figure.model_validate(base).counted
    assert not Figure.model_validate({**base, "fitted": True}).counted
    assert not Figure.model_validate({**base, "derived": True}).counted


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_says_where_when_and_what_it_shows(name):
    entry = ENTRIES[name]
    assert entry.country
    assert entry.years
    assert entry.family in FAMILIES
    assert entry.finding.endswith(".")


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_has_three_cases_that_come_to_what_they_say(name):
    study = load(name)
    cases = read_cases(folder(name) / "cases.yaml", study)
    assert len(cases.situations) >= 3
    assert not [*mistakes(study, cases)]


DRAWN = {"cn-defaulter-list", "de-faer", "us-calgang", "za-credit-bureau"}
"""Entries whose people are drawn, since records end: eight runs each, for the long tier."""


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.long) if n in DRAWN else n for n in CHECKED])
def test_every_figure_comes_to_what_it_came_to_and_a_published_one_has_a_tolerance_with_a_reason(name):
    study = load(name)
    then = {f["figure"]: f["value"] for f in kept()[name].figures}
    for one in standing(study, read(folder(name) / "figures.yaml", study), points=0):
        figure = one.figure
        assert one.value == pytest.approx(then[one.name], rel=1e-5), one.name
        if not figure.derived:
            assert figure.tolerance is not None, one.name
            assert figure.because, one.name
        assert one.value == one.value, f"{one.name} cannot be told"
