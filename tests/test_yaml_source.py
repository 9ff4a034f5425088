"""Files in: what is read, what is refused, and where a message points."""

from __future__ import annotations

import contextlib
import json
import math
import shutil
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import sousveil
from sousveil import atlas
from sousveil.errors import InputError
from sousveil.studies.model import Model
from sousveil.studies.number import Number
from sousveil.studies.paths import steps_of
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.whereabouts import locate
from sousveil.studies.yaml_source import MAX_BYTES, MAX_DEPTH, MAX_NODES, parse, read, scalar


class Box(Model):
    """Small enough to see the reader through."""

    name: str
    size: float = 1.0
    on_top: Box | None = None
    inside: dict[str, Number] = {}


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "box.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(folder: Path, text: str | bytes) -> list[str]:
    """The messages, each with line and column but without the folder."""
    with pytest.raises(InputError) as caught:
        read(written(folder, text), Box)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_a_file_becomes_a_frozen_value_that_knows_where_its_parts_stand(tmp_path):
    path = written(tmp_path, "name: a\non-top:\n  name: b\n  size: 1_000\ninside: {x: 2, z: {group: {A: 1}}}\n")
    box = read(path, Box)
    assert box == Box(name="a", on_top=Box(name="b", size=1000), inside={"x": Number(2.0),
                                                                       "z": Number.of({"group": {"A": 1}})})
    assert (locate(box, "on-top.size").line, locate(box, "on-top.size").column) == (4, 9)
    assert (locate(box, "inside.z.group.A").line, locate(box, "inside.z.group.A").column) == (5, 31)
    assert (locate(box, "on-top").line, locate(box, "on-top").column) == (2, 1)
    assert locate(box, "on-top.inside").line == 2, "what is not written stands where its nearest written parent does"
    assert locate(Box(name="a"), "name").file == "", "a value made in Python stands nowhere"


def test_all_mistakes_of_a_file_are_reported_at_once_and_in_order_but_what_stands_there_twice_first(tmp_path):
    assert refused(tmp_path, "nam: a\nname: 3\nsize: wide\nsize: 2\nno: 1\non_top: {name: b}\ninside: {x: one}\n") == [
        'box.yaml:4:1  the key "size" stands here twice; first on line 3',
        'box.yaml:1:1  unknown key "nam"; did you mean "name"?',
        "box.yaml:2:7  expected text, not 3",
        'box.yaml:3:7  expected a number, not "wide"',
        "box.yaml:5:1  older YAML readers take the key no for true or false; "
        'write "no" in quotes or choose another name',
        'box.yaml:6:1  unknown key "on_top"; did you mean "on-top"?',
        'box.yaml:7:13  expected a number or "unknown", not "one"']


@pytest.mark.parametrize(("text", "message"), [
    ("", "box.yaml  the file is empty"),
    ("# nothing\n", "box.yaml  the file is empty"),
    ("---\n", "box.yaml  the file is empty"),
    ("- name\n", "box.yaml:1:1  expected a mapping, not a list"),
    ("name: a\n---\nname: b\n", "box.yaml:2:1  a second document begins here; a file holds one"),
    ("%YAML 1.1\n---\nname: a\n", "box.yaml:2:1  YAML 1.1; files are read as YAML 1.2"),
    ("name: &a a\n", "box.yaml:1:7  anchors (&a) are not read; write the value out"),
    ("name: a\non-top: *b\n", "box.yaml:2:9  aliases (*b) are not read; write the value out"),
    ("name: !!python/object/apply:os.system [ls]\n",
     "box.yaml:1:7  tags (tag:yaml.org,2002:python/object/apply:os.system) are not read; a file holds plain data"),
    ("name: a\non-top:\n\tname: b\n", "box.yaml:3:1  a tab; indent with spaces"),
    ("name: a\nsize: .inf\n", "box.yaml:2:7  .inf is not a finite number"),
    ("name: a\nsize: .nan\n", "box.yaml:2:7  .nan is not a finite number"),
    ("name: a\nsize: 1e999\n", "box.yaml:2:7  1e999 is not a finite number"),
    ("name: a\nsize: " + "9" * 5000 + "\n", "box.yaml:2:7  " + "9" * 40 + "… is not a finite number"),
    ("name: a\n? [b]\n: 1\n", "box.yaml:2:3  a key is a word, not a list or a mapping"),
    ("name: a\n<<: {size: 2}\n", 'box.yaml:2:1  merge keys ("<<") are not read; write the keys out'),
    ("name: a\ntrue: 2\n", 'box.yaml:2:1  the key "true" is not text; write it in quotes or choose another name'),
    (b"name: caf\xe9\n", "box.yaml:1:10  the file is not UTF-8: byte 0xe9 does not belong here; save it as UTF-8"),
    ("name: a\n".encode("utf-16"), "box.yaml  the file is not UTF-8 (it looks like UTF-16); save it as UTF-8"),
    (b"name: a\x07b\n", "box.yaml:1:8  a control character; only printable text is read"),
])
def test_what_is_no_plain_yaml_1_2_is_refused(tmp_path, text, message):
    assert refused(tmp_path, text) == [message]


def test_a_byte_order_mark_is_no_reason_to_refuse(tmp_path):
    assert read(written(tmp_path, b"\xef\xbb\xbfname: a\n"), Box) == Box(name="a")


def test_nesting_ends_somewhere(tmp_path):
    deep = "name: a\ninside: {x: " + "{group: " * 20000 + "1" + "}" * 20000 + "}\n"
    assert [m.split("  ")[1] for m in refused(tmp_path, deep)] == [f"more than {MAX_DEPTH} levels, one inside another"]


def test_the_number_of_keys_and_values_ends_somewhere(tmp_path):
    many = "name: a\ninside:\n" + "".join(f"  k{i}: 1\n" for i in range(MAX_NODES))
    assert [m.split("  ")[1] for m in refused(tmp_path, many)] == [
        f"more than {MAX_NODES:,} keys and values; these files are smaller"]


def test_of_very_many_mistakes_the_first_are_told(tmp_path):
    assert len(refused(tmp_path, "name: a\n" + "".join(f"k{i}: 1\n" for i in range(5000)))) == 200


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "box.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 1024**2)  # sparse: it takes no room on the disk
    with pytest.raises(InputError, match=f"at most {MAX_BYTES:,} are read"):
        read(path, Box)


def test_only_files_are_read(tmp_path):
    for path, words in ((tmp_path, "not a file but a folder"), (Path("/dev/zero"), "not a file"),
                        (tmp_path / "none.yaml", "there is no such file"), (tmp_path / "\0.yaml", "cannot be read")):
        with pytest.raises(InputError, match=words):
            read(path, Box)


def test_a_value_on_the_command_line_is_a_yaml_value():
    assert scalar("0.3") == 0.3
    assert scalar("{}") == {}
    assert scalar("{B: average}") == {"B": "average"}
    assert scalar("unknown") == "unknown"
    for nothing in ("", "null", "~", "# only a comment"):
        assert scalar(nothing) is None
    with pytest.raises(InputError, match="not YAML"):
        scalar("{")


def test_names_may_hold_dots(tmp_path):
    data = parse(written(tmp_path, "a: {b.c: {d: 1}, b: {e: 2}}\n")).data
    assert steps_of(data, "a.b.c.d") == (("a", "b.c", "d"), "")
    assert steps_of(data, "a.b.e") == (("a", "b", "e"), "")
    assert steps_of(data, "a.b.x.y") == (("a", "b"), "x.y")


@settings(deadline=None)
@given(st.one_of(st.integers(-2**63 + 1, 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_are_read_as_they_are_written(number):
    assume(number == 0 or abs(number) >= 1e-30)  # what is nearer to 0 is refused
    read = scalar(repr(number))  # a large whole one is read as its digits say, of which a float is the nearest binary
    assert (float(read) if isinstance(number, float) else read) == number


@pytest.mark.parametrize(("text", "number"), [
    ("9007199254740993", 2**53 + 1), ("9_223_372_036_854_775_807", 2**63 - 1), ("9223372036854775807.0", 2**63 - 1),
    ("9.007199254740993e15", 2**53 + 1), ("1e18", 10**18), ("-9007199254740993", -2**53 - 1)])
def test_large_whole_numbers_are_exact(text, number):
    assert scalar(text) == number
    assert isinstance(scalar(text), int)


@pytest.mark.parametrize("seed", [2**53 + 1, 2**62 + 1, 2**63 - 1])
def test_a_seed_is_the_one_that_is_written(tmp_path, seed):
    for name in ("scheme", "population", "assumptions", "study"):
        shutil.copy(atlas.folder("seed-article") / f"{name}.yaml", tmp_path)
    text = (tmp_path / "study.yaml").read_text()
    (tmp_path / "study.yaml").write_text(text.replace("seed: 7", f"seed: {seed}"))
    run = sousveil.run(tmp_path, people=200, steps=1, engine="agents")
    assert run.study.seed == seed
    run.save(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["result"]["seed"] == seed
    assert sousveil.load(tmp_path / "out").study.seed == seed
    assert sousveil.verify(tmp_path / "out") == []


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_is_a_defect(text):
    with contextlib.suppress(InputError):
        scalar(text)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_are_a_defect(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(raw)
    for model in (Scheme, Population):
        with pytest.raises(InputError):
            read(path, model)


def test_the_tree_holds_no_number_that_is_not_finite(tmp_path):
    _, data, found = parse(written(tmp_path, "a: .nan\nb: [.inf, 1]\n"))
    assert all(math.isfinite(x) for x in (data["a"], *data["b"]))
    assert len(found) == 2
