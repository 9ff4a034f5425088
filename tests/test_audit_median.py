"""What the median as a cut tells: about half of all people are on either side of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from audit_attack import answers, written
from sousveil.audits.examine import audit
from sousveil.audits.question import Question
from sousveil.errors import BoundaryError

SCORES = {1: 90, 2: 60, 3: 9, 4: 40, 5: 9, 6: 50, 7: 50, 8: 92}


def table(path: Path, sizes: dict[int, int]) -> Path:
    luck = random.Random(3)
    return written(path, [{"risk": str(score), "sex": luck.choice("mw"), "d": str(i % 2)}
                          for score, n in sizes.items() for i in range(n)])


@pytest.mark.parametrize("first", [{"form": "ll144"}, {"cut": 6.0}])
def test_how_many_are_under_the_median_does_not_tell_how_many_have_the_score_in_the_middle(
        tmp_path: Path, first: dict[str, object]) -> None:
    """Of 400 people 208 are under the cut at 6. Who knows that 90, 60 and 40 have 1, 2 and 4 knows that eighteen have
    3 or 5. Fewer than half are under 5, so 3 has nine at most and 5 has nine at least.
    """
    path = table(tmp_path / "a.csv", SCORES)
    found = answers(path, [Question(score="risk", groups=("sex",), **first)])
    assert found[0].printed[(), "d0"] == 208
    parts = answers(path, [Question(decision="d", where=(f"risk={score}",)) for score in (1, 2, 4)])
    assert [part.printed[(), "n"] for part in parts] == [90, 60, None if "form" in first else 40]


def test_a_median_is_not_told_where_the_same_cut_and_its_parts_were(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", SCORES)
    asked = [Question(score="risk", cut=6.0, groups=("sex",)),
             *(Question(decision="d", where=(f"risk={score}",)) for score in (1, 2, 4))]
    assert len(answers(path, asked)) == 4
    with pytest.raises(BoundaryError, match="together with what was printed of this table before"):
        audit(path, Question(score="risk", form="ll144", groups=("sex",)))


def test_a_median_is_told_where_many_have_each_score(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", dict.fromkeys(range(1, 9), 60))
    asked = [Question(decision="d", where=("risk=3",)), Question(score="risk", form="ll144", groups=("sex",)),
             Question(decision="d", where=("risk=4",)), Question(score="risk", form="ll144", groups=("sex",))]
    found = answers(path, asked)
    assert len(found) == 4
    assert found[3].again
    assert found[3].printed.values == found[1].printed.values
