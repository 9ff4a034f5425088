"""Weights that are a column which is counted, or follow from one: their sums are counts under another name."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import sousveil as sv
from sousveil.audits.examine import Audit
from sousveil.errors import BoundaryError

NAMES = ("sex", "region", "d", "marked", "w")
FOLLOWS = "follows from columns that are counted"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """600 people; `w` is 1 in the north, 2.5 in the south and 4 in the west, and `double` is 1 or 3 as marked says."""
    luck = random.Random(5)
    rows = []
    for _ in range(600):
        region = luck.choices(["north", "south", "west"], [5, 3, 2])[0]
        marked = int(luck.random() < 0.3)
        rows.append((luck.choice("mw"), region, int(luck.random() < 0.3), marked,
                     {"north": 1, "south": 2.5, "west": 4}[region], 1 + 2 * marked, luck.choice([1, 2, 3])))
    found = tmp_path / "a.csv"
    found.write_text("\n".join([",".join((*NAMES, "double", "free")), *(",".join(map(str, row)) for row in rows)]))
    return found


@pytest.mark.parametrize("weight", ["marked", "double"])
@pytest.mark.parametrize("groups", ["", "sex"])
def test_weights_that_were_counted_are_refused(path: Path, weight: str, groups: str) -> None:
    sv.audit(path, decision="marked", groups=groups)
    with pytest.raises(BoundaryError, match=FOLLOWS):
        sv.audit(path, decision="d", weight=weight)


@pytest.mark.parametrize("weight", ["marked", "double"])
@pytest.mark.parametrize("asked", [{"decision": "marked"}, {"decision": "d", "outcome": "marked"},
                                   {"decision": "d", "groups": "marked"}, {"decision": "d", "where": "marked=1"},
                                   {"score": "marked", "cut": 1}])
def test_what_was_a_weight_is_not_counted(path: Path, weight: str, asked: dict[str, object]) -> None:
    sv.audit(path, decision="d", weight=weight)
    with pytest.raises(BoundaryError, match=rf"{FOLLOWS}.*with --weight {weight} were told"):
        sv.audit(path, **asked)  # type: ignore[arg-type]
    sv.audit(path, decision="d", weight=weight, groups="sex")
    sv.audit(path, decision="d", groups="sex,region")


@pytest.mark.parametrize("asked", [{"outcome": "marked"}, {"outcome": "marked=0"},
                                   {"groups": "sex", "where": "marked=1"}])
def test_weights_that_one_answer_counts_are_refused_by_itself(path: Path, asked: dict[str, str]) -> None:
    with pytest.raises(BoundaryError, match=FOLLOWS):
        sv.audit(path, decision="d", weight="double", **asked)  # type: ignore[arg-type]


def test_a_file_without_the_weights_tells_nothing_more(path: Path, tmp_path: Path) -> None:
    sv.audit(path, decision="d", weight="marked")
    lines = [line.split(",") for line in path.read_text().split()]
    other = tmp_path / "b.csv"
    other.write_text("\n".join(",".join([*line[:3], *line[4:]]) for line in lines))
    with pytest.raises(BoundaryError, match=r'"marked" were told of this table before, and it is not here'):
        sv.audit(other, decision="d", groups="sex")


def weighed(found: Audit) -> dict[str, float | None]:
    return {m.group: m.value for m in found.measures if m.measure == "selection rate"}


def test_weights_of_a_region_are_told_by_region_alone(path: Path) -> None:
    """A survey's weights by region; each region has one weight, so all that is told follows from the counts."""
    found = sv.audit(path, decision="d", weight="w", groups="sex,region")
    assert weighed(found)["all"] is not None
    with pytest.raises(BoundaryError, match=FOLLOWS):
        sv.audit(path, decision="d", weight="w", groups="sex")


def test_weights_of_a_region_are_not_told_where_a_region_is_withheld(tmp_path: Path) -> None:
    """Of 40 people in the west three are selected; a sum of weights told that these are fewer than eleven, or more."""
    rows = [(region, int(i < d), w) for region, n, d, w in (("north", 300, 90, 1), ("south", 200, 60, 2.5),
                                                            ("west", 40, 3, 40)) for i in range(n)]
    path = tmp_path / "a.csv"
    path.write_text("region,d,w\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
    found = sv.audit(path, decision="d", weight="w", groups="region")
    assert found.printed[((0, "west"),), "d1"] is None
    assert found.printed[(), "d1"] == 153
    assert ((), "d1") not in found.printed.weighed
    assert weighed(found)["all"] is None


def test_weights_that_follow_from_nothing_are_told(path: Path) -> None:
    sv.audit(path, decision="marked", groups="sex,region")
    assert weighed(sv.audit(path, decision="d", weight="free", groups="sex,region"))["all"] is not None


@pytest.mark.parametrize("marked", [0, 1, 9, 599, 600])
@pytest.mark.parametrize("asked", [{}, {"groups": "sex"}, {"where": "region=north"}])
def test_whether_anybody_has_another_weight_is_not_told(tmp_path: Path, marked: int, asked: dict[str, str]) -> None:
    luck = random.Random(1)
    rows = [(luck.choice("mw"), luck.choice(["north", "south"]), luck.randrange(2), int(i < marked))
            for i in range(600)]
    path = tmp_path / "a.csv"
    path.write_text("sex,region,d,w\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    with pytest.raises(BoundaryError, match=r'^in column "w" all people, or all but a few, have one weight'):
        sv.audit(path, decision="d", weight="w", **asked)  # type: ignore[arg-type]
