"""C01 to C09: every published figure about searches of a list comes out again."""

from __future__ import annotations

import pytest

from sousveil.reproductions import Figure, Result, run
from sousveil.reproductions.search_cases import CASES

RESULTS = run(case.id for case in CASES)


def test_all_nine_check_cases_are_there() -> None:
    assert {f"C0{i}" for i in range(1, 10)} <= {result.id for result in RESULTS}


@pytest.mark.parametrize(("result", "figure"), [(r, f) for r in RESULTS for f in r.figures],
                         ids=lambda part: part.id if isinstance(part, Result) else part.label[:40])
def test_a_published_figure_is_reproduced(result: Result, figure: Figure) -> None:
    assert figure.ok, f"{result.id}: {figure.label}: expected {figure.expected}, here {figure.reproduced}"
