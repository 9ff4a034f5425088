"""Labels of few people that are told as one: who knows which labels a column has learns no label's number."""

from __future__ import annotations

from pathlib import Path

import pytest

import sousveil as sv
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
