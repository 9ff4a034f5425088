"""The frame of the evidence: a figure agrees to its printed digits, and a case that fails says so."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sousveil
from sousveil import reproductions
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError
from sousveil.reproductions import welfare
from sousveil.reproductions.case import Case, Figure, Result, cases, ours, printed, stated, within


@pytest.mark.parametrize(("text", "tolerance"), [("0.0700", 5e-5), ("5.84e-6", 5e-9), ("2,297", 0.5), ("-3", 0.5)])
def test_printed_digits_give_the_tolerance(text: str, tolerance: float) -> None:
    assert printed("x", text, 0.0).tolerance == pytest.approx(tolerance, rel=1e-12)


@given(st.integers(-10_000, 10_000), st.integers(0, 8))
def test_a_number_rounds_to_what_was_printed_exactly_when_it_agrees(last: int, digits: int) -> None:
    text = f"{last / 10**digits:.{digits}f}"
    unit = 10.0**-digits
    assert printed("x", text, float(text) + 0.49 * unit).ok
    assert not printed("x", text, float(text) + 0.51 * unit).ok


def test_what_is_no_number_cannot_be_printed() -> None:
    with pytest.raises(ValueError, match="not a printed number"):
        printed("x", "about 7", 7.0)


def test_nothing_reproduced_is_a_failure() -> None:
    assert not printed("x", "7", None).ok
    assert not within("x", 7.0, None).ok


def test_statements_agree_to_the_letter() -> None:
    assert stated("verdict", "conflict", "conflict").ok
    assert not stated("verdict", "conflict", "consistent").ok


def test_a_case_without_figures_has_shown_nothing() -> None:
    assert not Result("x", "x", "x", "verified", ()).ok


def test_one_wrong_figure_fails_the_case() -> None:
    good, bad = Figure("a", 1.0, 1.0), Figure("b", 1.0, 2.0, 0.5)
    assert Result("x", "x", "x", "verified", (good,)).ok
    assert not Result("x", "x", "x", "verified", (good, bad)).ok


def test_an_unknown_id_is_refused_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("cardiff", "t", "s", "verified", list)
    monkeypatch.setattr("sousveil.reproductions.case.cases", lambda: (case,))
    with pytest.raises(InputError, match=r'"cardif"; did you mean "cardiff"'):
        reproductions.run(["cardif"])
    assert [result.id for result in reproductions.run(["CARDIFF"])] == ["cardiff"]


def test_every_case_names_its_source_and_ids_are_unique() -> None:
    found = cases()
    assert len({case.id.casefold() for case in found}) == len(found)
    assert all(case.source and case.title for case in found)


def test_what_is_derived_is_not_counted_and_a_scheme_that_disagrees_is_no_failure() -> None:
    figure = Figure("a", 1.0, 2.0, 0.5)
    assert not Figure("a", 1.0, 1.0, derived=True).counted
    assert not Figure("a", 1.0, 1.0, fitted=True).counted
    result = Result("x", "x", "x", "verified", (figure, Figure("b", 1.0, 1.0), ours(figure)), "schemes")
    assert (result.ok, result.counts) == (True, (1, 2))
    assert Figure("a", 1.0, 2.0, 0.5, between=(1.2, 3.0)).ok
    assert Figure("a", 1.0, 2.0, 0.5, between=(1.2, 3.0)).by_range
    assert not Figure("a", 1.0, 2.0, 0.1, between=(1.2, 3.0)).ok


def test_what_we_worked_out_is_never_called_published() -> None:
    """Nor is an end of an interval of ours, whatever it is marked as."""
    for result in sousveil.evidence():
        for figure, plain in zip(result.figures, result.plain()["figures"], strict=True):
            ours_alone = figure.derived or re.search(r"Clopper|Jeffreys|^predicted|, (low|high)$", figure.label)
            assert (plain["published"] is None) == bool(ours_alone), figure.label
            assert plain["expected"] == figure.expected


def test_what_we_worked_out_stands_in_a_column_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(app, ["evidence", "C04"]) == 0
    out = capsys.readouterr().out
    head, printed_one, low = (next(line for line in out.splitlines() if word in line) for word in
                              ("published  derived", "precision per alert", "Clopper-Pearson, low"))
    published, derived, reproduced = (head.index(word) for word in ("published", "derived", "reproduced"))
    assert printed_one[published:derived].strip() == "0.07"
    assert printed_one[derived:reproduced].strip() == ""
    assert low[published:derived].strip() == ""
    assert low[derived:reproduced].strip() == "0.0603"
    assert dispatch(app, ["evidence", "compas-confusion"]) == 0
    assert " derived " not in capsys.readouterr().out.splitlines()[2]


@pytest.mark.parametrize("case", welfare.CASES, ids=lambda case: case.id)
def test_benefits_and_borders_are_reproduced(case: Case) -> None:
    result, = reproductions.run([case.id])
    assert result.ok, [f for f in result.figures if not f.ok]
    assert all(f.derived for f in result.figures) == case.derived


def test_a_family_stands_for_its_cases() -> None:
    assert {case.family for case in cases()} == {"results", "schemes"}
    with pytest.raises(InputError, match='"scheme"'):
        reproductions.run(["scheme"])
