"""Labels of few people that are told as one: who knows which labels a column has learns no label's number."""

from __future__ import annotations

from pathlib import Path

import pytest

import sousveil as sv
from sousveil.errors import BoundaryError
from test_audit_given_away import table


@pytest.mark.parametrize("rare", [(9, 9), (9, 8), (8, 3), (9, 9, 9, 9), (8, 9, 8)])
def test_how_many_have_labels_of_few_together_does_not_tell_how_many_have_each(tmp_path: Path, rare: tuple[int, ...]
                                                                             ) -> None:
    """Each of two labels that are not named has nine people at most; eighteen have one of both."""
    rows = [("a", i % 2) for i in range(60)] + [(f"x{k}", i % 2) for k, n in enumerate(rare) for i in range(n)]
    found = sv.audit(table(tmp_path / "a.csv", "faith,d", rows), decision="d", groups="faith").printed
    told = found[((0, "(other)"),), "n"]
    assert told is None or told <= 9 * (len(rare) - 1)


def test_labels_of_few_are_told_together_where_there_are_many(tmp_path: Path) -> None:
    rows = [("a", i % 2) for i in range(60)] + [(f"x{k}", i % 2) for k in range(9) for i in range(4)]
    found = sv.audit(table(tmp_path / "a.csv", "faith,d", rows), decision="d", groups="faith").printed
    assert found[((0, "(other)"),), "n"] == 36


@pytest.mark.parametrize("decisions", [["level=high,middle"], ["level=high", "level=middle"]])
def test_who_is_not_selected_does_not_tell_how_many_have_each_label_of_few(tmp_path: Path, decisions: list[str]
                                                                           ) -> None:
    """That fewer than ten have a value is told to whoever asks for it as a filter; so eighteen of two are nine each."""
    sizes = {"high": 70, "middle": 50, "low": 9, "none": 9}
    rows = [(level, i % 2) for level, n in sizes.items() for i in range(n)]
    path = table(tmp_path / "a.csv", "level,sex", rows)
    told = []
    for decision in decisions:
        try:
            told.append(sv.audit(path, decision=decision).printed)
        except BoundaryError:
            continue
    assert told
    assert sum(one[(), "n"] is not None and one[(), "d1"] is not None for one in told) < len(decisions)
