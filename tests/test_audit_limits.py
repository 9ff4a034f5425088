"""What an answer tells by whom it leaves out, and whom it does not: somebody goes through all tables that fit."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from audit_attack import answers
from sousveil.audits.counts import Cell, Margin
from sousveil.audits.examine import Audit, audit
from sousveil.audits.left_out import labels_of_few
from sousveil.audits.question import Question
from sousveil.errors import BoundaryError

FLOOR = 10
Sizes = Mapping[str, int]
"""How many people have each label; that of `x` is rare, and told as (other)."""


def written(path: Path, sizes: Sizes) -> Path:
    rows = [("" if sex == "(missing)" else sex, ("young", "old")[i % 2], i // 2 % 2)
            for sex, n in sizes.items() for i in range(n)]
    random.Random(1).shuffle(rows)
    path.write_text("sex,age,d\n" + "".join(f"{sex},{age},{d}\n" for sex, age, d in rows))
    return path


def left(sizes: Sizes, crossed: bool) -> tuple[tuple[int, str], ...]:
    """Whom the program leaves out of a table."""
    named = {"(other)" if sex == "x" else sex: n for sex, n in sizes.items() if n}
    ages = ("young", "old") if crossed else ()
    cells = {Cell((sex, *([age] if crossed else [])), 0, 0, 2): (n + (age == "young")) // 2 if crossed else n
             for sex, n in named.items() for age in ages or ("",)}
    return labels_of_few([sorted(named), *([ages] if crossed else [])], cells, (), 2 * FLOOR, FLOOR, {0: 1})


def fit(told: Sequence[Audit], sizes: Sizes, crossed: bool) -> Iterator[Sizes]:
    """All tables with the counts that answers print of everybody and of each label, and that leave out the same."""
    by_sex = next(one for one in told if "sex" in one.question.groups)
    known = {text: n for (group, kind), n in by_sex.printed.values.items() if kind == "n" and len(group) == 1
             and n is not None and group[0][0] == 0 for _, text in group}
    total = next(one.printed[(), "n"] for one in told if not one.question.groups)
    assert total is not None
    others = [sex for sex in sizes if sex not in known and sex != "x"]
    rest = total - sum(n for sex, n in known.items())
    for x in range(1, FLOOR):
        for first in range(FLOOR, rest - x + 1) if others else ():
            shared = {others[0]: first, **dict.fromkeys(others[1:], 0)}
            if len(others) > 1:
                shared[others[1]] = rest - x - first
            if sum(shared.values()) == rest - x and all(n >= FLOOR for n in shared.values()):
                table = {**shared, **known, "x": x}
                if left(table, crossed) == left(sizes, crossed):
                    yield table


@pytest.mark.parametrize(("sizes", "first", "crossed"), [
    ({"a": 72, "b": 19, "x": 9}, "sex=a", False), ({"a": 72, "b": 18, "x": 9}, "sex=a", False),
    ({"a": 172, "b": 20, "x": 1}, "sex=a", False), ({"a": 60, "b": 19, "c": 19, "x": 9}, "d", False),
    ({"(missing)": 20, "men": 21, "women": 164, "x": 1}, "d", True),
    ({"(missing)": 15, "men": 45, "women": 164, "x": 9}, "d", True)])
def test_who_goes_through_all_tables_finds_few_to_be_few_and_no_more(
        tmp_path: Path, sizes: Sizes, first: str, crossed: bool) -> None:
    path = written(tmp_path / "a.csv", sizes)
    asked = [Question(decision=first), Question(decision="d", groups=("sex", "age") if crossed else ("sex",))]
    told = answers(path, asked)
    if len(told) == 2:  # else it was refused
        assert {table["x"] for table in fit(told, sizes, crossed)} >= {1, 9}


def test_a_refusal_does_not_say_whom_the_answer_would_leave_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", {"a": 172, "b": 20, "x": 1})
    audit(path, Question(decision="sex=a"))
    with pytest.raises(BoundaryError, match="by sex cannot be told any more"):
        audit(path, Question(decision="d", groups=("sex",)))


def test_that_a_label_is_counted_under_a_filter_tells_of_it_without(tmp_path: Path) -> None:
    """Men and women are counted in the north, so that each are 40 at least; of 282 people 200 have another sex."""
    rows = [(sex, region, i % 2) for sex, north, south in (("men", 21, 20), ("women", 21, 19), ("div", 100, 100),
            ("nb", 0, 1)) for region, n in (("north", north), ("south", south)) for i in range(n)]
    path = tmp_path / "a.csv"
    path.write_text("sex,region,d\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
    by_sex = Question(decision="d", groups=("sex",))
    first = audit(path, Question(decision="d", groups=("sex",), where=("region=north",)))
    assert first.printed[((0, "men"),), "n"] == 21
    assert audit(path, Question(decision="d")).printed[(), "n"] == 282
    assert audit(path, by_sex).printed[((0, "div"),), "n"] is None


@pytest.mark.parametrize("selected", [(9, 10), (8, 11), (3, 16)])
def test_no_note_tells_whether_two_regions_have_about_as_many_selected(tmp_path: Path, selected: tuple[int, int]
                                                                       ) -> None:
    rows = [(region, f"{region}{i % 2}", int(i < n)) for region, n in zip("AB", selected, strict=True)
            for i in range(300)]
    path = tmp_path / "a.csv"
    path.write_text("region,place,d\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
    found = audit(path, Question(decision="d", groups=("region",)))
    assert any("is taken to stand in the table once" in text for text in found.left_out)


def test_how_many_have_no_known_outcome_is_said_where_it_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("d,y\n" + "".join(f"{i % 2},{'' if i < 12 else i // 2 % 2}\n" for i in range(303)))
    assert audit(path, Question(decision="d")).printed[(), "n"] == 303
    found = audit(path, Question(decision="d", outcome="y"))
    assert found.printed[(), "yx"] == 12
    assert found.left_out[0] == "12 decisions have no known outcome and are not counted"


SCORES = {40: 239, 60: 239, 68: 5, 69: 7, 70: 5, 71: 4, 73: 9, 74: 12, 80: 160, 100: 160, 120: 160}


@pytest.mark.parametrize("moved", [0, 3, 6])
def test_how_round_a_median_is_does_not_tell_how_many_have_the_scores_next_to_it(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int) -> None:
    """Of nine people with 73 some have 71: the cut is the same."""
    cuts = set()
    for sizes in (SCORES, SCORES | {73: 9 - moved, 71: 4 + moved}):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"{len(cuts)}"))
        path = tmp_path / f"{len(cuts)}.csv"
        path.write_text("risk,sex\n" + "".join(f"{s},{'mw'[i % 2]}\n" for s, n in sizes.items() for i in range(n)))
        cuts.add(audit(path, Question(score="risk", groups=("sex",), form="ll144")).question.cut)
    assert len(cuts) == 1


NORTH, OLD = (((0, "north"),), "n"), (((0, "60+"),), "n")


@pytest.mark.parametrize(("first", "further", "both"), [
    ({"groups": ("region",)}, {"where": ("place=x",)}, (NORTH, ((), "n"))),
    ({"decision": "place=x"}, {"groups": ("region",)}, (((), "d1"), NORTH)),
    ({"groups": ("band",)}, {"decision": "", "score": "age", "cut": 63}, (OLD, ((), "d1"))),
    ({"decision": "", "score": "age", "cut": 60}, {"decision": "", "score": "months", "cut": 756},
     (((), "d1"), ((), "d1")))])
def test_what_follows_from_what_is_known_also_of_one_value_alone(
        tmp_path: Path, first: dict[str, Any], further: dict[str, Any], both: Sequence[Margin]) -> None:
    """All of x are in the north, with five of z; of those who are 60 or more, five are under 63."""
    ages = [70] * 23 + [61] * 5 + [20 + i % 39 for i in range(322)]
    random.Random(3).shuffle(ages)
    places = ["x"] * 45 + ["z"] * 5 + ["s"] * 300
    path = tmp_path / "a.csv"
    path.write_text("region,place,flagged,age,months,band\n" + "".join(
        f"{'south' if place == 's' else 'north'},{place},{i // 3 % 2},{age},{12 * age},"
        f"{'60+' if age >= 60 else 'under'}\n" for i, (place, age) in enumerate(zip(places, ages, strict=True))))
    told = answers(path, [Question(**{"decision": "flagged", **asked}) for asked in (first, further)])
    assert told[0].printed[both[0]] in (50, 45, 28)
    assert len(told) == 1 or told[1].printed[both[1]] is None
