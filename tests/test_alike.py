"""Names that nobody can tell apart on paper are refused beside each other, and numbers have the digits 0 to 9."""

from __future__ import annotations

import pytest

from sousveil.errors import did_you_mean
from sousveil.ground.characters import as_seen, plain_digits
from sousveil.studies.given import given
from sousveil.studies.number import Number
from sousveil.studies.yaml_source import _tree

ALIKE = [("caf\u00e9", "cafe\u0301"), ("day", "d\u0430y"), ("day", "day "), ("day", "da\u200by"), ("1", "\uff11"),
         ("a b", "a\u00a0b"), ("OK", "\u039f\u041a"), ("fi", "\ufb01"), ("x", "x\ufe0f")]
OTHERS = [("day", "Day"), ("a", "\u00e4"), ("e", "\u00e9"), ("1", "2"), ("\u7ef4", "\u7dad"), ("o", "0"), ("l", "1")]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_look_alike_are_refused_with_both_places(one: str, other: str) -> None:
    assert as_seen(one) == as_seen(other)
    found = _tree("box.yaml", f'"{one}": 1\nx0: 2\n"{other}": 3\n').found
    assert [message for _, message in found if "looks like" in message and "on line 1" in message] != []
    told = given({"population": {"groups": {one: 0.5, other: 0.5}}}).found
    assert [message for _, message in told if "looks like" in message] != []


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_names_that_differ_to_the_eye_are_two(one: str, other: str) -> None:
    assert as_seen(one) != as_seen(other)
    assert not _tree("box.yaml", f'"{one}": 1\n"{other}": 3\n').found


def test_a_name_that_is_not_there_and_looks_like_one_that_is_says_where_it_differs() -> None:
    said = did_you_mean("d\u0430y", ["night", "day"])
    assert said == '; "day" looks like it, and is another name: this one has U+0430 where the other has U+0061'


@pytest.mark.parametrize(("text", "plain"), [
    ("-\u0662\u0660", "-20"), ("-\uff12\uff10", "-20"), ("\u096a\u066b\u096b", "4.5"), ("\u221220", "-20"), ("20", ""),
    ("\u0662 \u0660", ""), ("\u7ef4", "")])
def test_a_number_in_other_digits_is_refused_with_what_was_meant(text: str, plain: str) -> None:
    assert plain_digits(text) == plain
    data = _tree("box.yaml", f"points: {text}\n").data
    assert data == {"points": 20} if text == "20" else isinstance(data["points"], str)
    if plain:
        with pytest.raises(Exception, match=f"numbers are written with the digits 0 to 9: {plain}"):
            Number.of(text)
