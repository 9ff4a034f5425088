"""Files of every kind, read or refused; and nothing of a row in anything that comes out."""

from __future__ import annotations

import io
import json
import random
import shutil
import string
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from sousveil.audits.examine import audit
from sousveil.audits.question import Question
from sousveil.cli import app
from sousveil.cli.audit import audit as command
from sousveil.cli.output import dispatch
from sousveil.errors import BoundaryError, InputError, SousveilError
from tiers import few_and_many

BROKEN = Path(__file__).parent / "broken_tables"

MESSAGES = {
    "blank.csv": "is empty",
    "column-missing.csv": 'has no column "sex"',
    "column-misspelled.csv": 'did you mean "flaged"?',
    "column-twice.csv": 'has two columns "sex"',
    "decision-missing.csv": '"flagged" is missing in every row',
    "decision-not-binary.csv": '"flagged" is not yes or no',
    "empty.csv": "is empty",
    "line-break-in-quotes.csv": '"sex" has line breaks',
    "mixed-line-ends.csv": "mixed line ends",
    "no-ending": "no ending that says what it is",
    "no-header.csv": "first line does not look like names of columns",
    "no-rows.csv": "has no rows",
    "not-arrow.arrow": "cannot be read as a table",
    "not-parquet.parquet": "cannot be read as a table",
    "outcome-missing.csv": '"fraud" is missing in every row',
    "outcome-not-binary.csv": '"fraud" is not yes or no',
    "quote-not-closed.csv": "quote that is never closed",
    "ragged-long.csv": "ragged-long.csv:3:1  has 4 values where the first line names 3 columns",
    "ragged-short.csv": "ragged-short.csv:3:1  has 2 values where the first line names 3 columns",
    "score-infinite.csv": '"score" has no number in some rows',
    "score-missing.csv": '"score" has no values',
    "score-text.csv": '"score" has no number in some rows',
    "weight-negative.csv": '"n" has no count (a whole number from 0) in some rows',
    "weight-nothing.csv": "add up to nothing",
    "weight-part.csv": '"n" has no count',
    "weight-text.csv": '"n" has no count',
}


def asked(name: str) -> Question:
    counts = "n" if name.startswith("weight") else ""
    if name.startswith("score"):
        return Question(score="score", cut=2, outcome="fraud", groups=("sex",))
    return Question(decision="flagged", outcome="fraud", groups=("sex",), counts=counts)


@pytest.mark.parametrize("name", sorted(path.name for path in BROKEN.iterdir()))
def test_every_broken_table_gets_its_message_and_no_value_is_quoted(name: str) -> None:
    with pytest.raises(InputError) as caught:
        audit(BROKEN / name, asked(name))
    message = str(caught.value)
    assert MESSAGES[name] in message
    values = ("women", "Anna", "Berta", "maybe", "many", "high", "nner", "-3", "1.5")
    assert not any(value in message for value in values)
    # Nothing of DuckDB's own message travels along, where a debugger or a log could find it.
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_file_that_is_not_there_or_is_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path):
        with pytest.raises(InputError, match=r"no such file|is not a file"):
            audit(path, asked("x"))


def test_ten_thousand_columns(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(["flagged", "fraud", "sex", *(f"c{i}" for i in range(9997))]) + "\n" + "1," * 9999 + "1\n")
    with pytest.raises(InputError, match="has 10,000 columns"):
        audit(path, asked("x"))


def table(rows: int = 600) -> dict[str, list[object]]:
    luck = random.Random(1)
    return {"flagged": [luck.randrange(2) for _ in range(rows)], "fraud": [luck.randrange(2) for _ in range(rows)],
            "sex": [luck.choice(["men", "women"]) for _ in range(rows)],
            "origin": [luck.choice(["north", "south", "abroad"]) for _ in range(rows)]}


def written(path: Path, columns: dict[str, list[object]]) -> Path:
    pa.csv.write_csv(pa.table(columns), path)
    return path


def test_csv_tsv_parquet_arrow_and_counts_say_the_same(tmp_path: Path) -> None:
    columns = table()
    whole = pa.table(columns)
    pa.csv.write_csv(whole, tmp_path / "a.csv")
    pa.csv.write_csv(whole, tmp_path / "a.tsv", pa.csv.WriteOptions(delimiter="\t"))
    pa.csv.write_csv(whole, tmp_path / "b.csv", pa.csv.WriteOptions(delimiter=";"))
    pq.write_table(whole, tmp_path / "a.parquet")
    with pa.ipc.new_file(tmp_path / "a.arrow", whole.schema) as file:
        file.write_table(whole, max_chunksize=100)
    with pa.ipc.new_stream(tmp_path / "b.arrow", whole.schema) as stream:
        stream.write_table(whole, max_chunksize=100)
    counted = whole.group_by(["flagged", "fraud", "sex", "origin"]).aggregate([([], "count_all")])
    pa.csv.write_csv(counted.rename_columns(["flagged", "fraud", "sex", "origin", "n"]), tmp_path / "counts.csv")
    question = Question(decision="flagged", outcome="fraud", groups=("sex", "origin"))
    first = audit(tmp_path / "a.csv", question)
    assert len(first.measures) > 50
    for name in ("a.tsv", "b.csv", "a.parquet", "a.arrow", "b.arrow"):
        assert audit(tmp_path / name, question).measures == first.measures
    counted = Question(decision="flagged", outcome="fraud", groups=("sex", "origin"), counts="n")
    assert audit(tmp_path / "counts.csv", counted).measures == first.measures


def test_a_score_with_a_cut_is_a_decision(tmp_path: Path) -> None:
    columns = table()
    columns["score"] = [f + random.Random(i).random() for i, f in enumerate(columns["flagged"])]
    path = written(tmp_path / "a.csv", columns)
    by_score = audit(path, Question(score="score", cut=1, outcome="fraud", groups=("sex",)))
    by_decision = audit(path, Question(decision="flagged", outcome="fraud", groups=("sex",)))
    wanted = {m for m in by_decision.measures if m.harm == "error"}
    assert wanted <= set(by_score.measures)


IDENTIFIERS = {
    "name": lambda i: "x", "e-mail": lambda i: "x", "PersonalID": lambda i: "x", "date_of_birth": lambda i: "x",
    "homeAddress": lambda i: "x", "latitude": lambda i: "1",
    "a": lambda i: f"p{i}@mail.example", "b": lambda i: f"{1940 + i % 60}-0{1 + i % 9}-1{i % 9}",
    "c": lambda i: f"19{40 + i % 60}0{1 + i % 9}1{i % 9}-{1000 + i}",
    "d": lambda i: f"+46 70 {100 + i} {10 + i % 80} 11",
    "e": lambda i: f"{i % 90} High Street", "f": lambda i: f"{45 + i / 1e4:.5f}, {9 + i / 1e4:.5f}",
    "g": lambda i: str(i),
    "h": lambda i: "came in late and said that nothing of this was so " + str(i % 7),
    "i": lambda i: "".join(random.Random(i).choices(string.ascii_letters, k=9)),
    "j": lambda i: f"{random.Random(i).choice(['Anna', 'Bo', 'Eva'])} {chr(65 + i % 20)}{chr(97 + i // 26)}berg",
    "k": lambda i: f"{45 + i / 1e4:.5f}",
}


@pytest.mark.parametrize("column", sorted(IDENTIFIERS))
def test_identifiers_are_refused_by_name_and_can_be_left_out(tmp_path: Path, column: str) -> None:
    path = written(tmp_path / "a.csv", table() | {column: [IDENTIFIERS[column](i) for i in range(600)]})
    with pytest.raises(BoundaryError) as caught:
        audit(path, Question(decision="flagged", outcome="fraud", groups=("sex",)))
    assert f'column "{column}"' in str(caught.value)
    assert f"--drop {column}" in str(caught.value)
    assert "berg" not in str(caught.value)
    assert audit(path, Question(decision="flagged", outcome="fraud", groups=("sex",), drop=(column,))).measures


def test_ordinary_columns_are_not_refused(tmp_path: Path) -> None:
    luck = random.Random(3)
    columns = table() | {
        "district": [f"District {luck.randrange(9)}" for _ in range(600)],
        "age": [luck.randrange(18, 90) for _ in range(600)],
        "band": [luck.choice(["18-25", "26-45", "over 45"]) for _ in range(600)],
        "risk": [luck.random() for _ in range(600)],
        "year": [luck.choice(["2017-01-01", "2018-01-01"]) for _ in range(600)],
        "ethnicity": [luck.choice(["Native American", "African-American", "Other"]) for _ in range(600)],
        "income": [luck.randrange(10, 90) * 1000 for _ in range(600)]}
    question = Question(decision="flagged", outcome="fraud", groups=("district", "ethnicity"))
    assert audit(written(tmp_path / "a.csv", columns), question).measures


def test_groups_that_are_single_persons_are_refused(tmp_path: Path) -> None:
    luck = random.Random(4)
    columns = table() | {"age": [luck.randrange(18, 90) for _ in range(600)],
                         "place": [luck.randrange(80) for _ in range(600)]}
    path = written(tmp_path / "a.csv", columns)
    with pytest.raises(BoundaryError, match="single person"):
        audit(path, Question(decision="flagged", outcome="fraud", groups=("age", "place"), floor=5))


def test_labels_of_few_people_never_leave_the_database(tmp_path: Path) -> None:
    columns = table()
    columns["sex"][:7] = ["Zqxmarker"] * 7
    found = audit(written(tmp_path / "a.csv", columns), Question(decision="flagged", outcome="fraud", groups=("sex",)))
    assert "Zqxmarker" not in repr(found)
    assert "sex=(other)" in " ".join(found.left_out)  # seven people, left out of every sum


MARKER = "zqxmarker"


def made(luck: random.Random) -> tuple[bytes, list[str], str]:
    """A table of a random kind, mostly sound, often broken; the words of a command for it; and its ending."""
    rows = luck.choice([0, 1, 3, 30, 60, 90, 200, 200])
    odd = luck.choice([0, 0, 0, 0.02, 0.3])
    marker = lambda: f"{MARKER}{luck.randrange(10 ** 6)}"  # noqa: E731
    yes = luck.choice([("1", "0"), ("true", "false"), ("Yes", "no"), ("1.0", "0")])

    def values(*ordinary: str) -> list[str]:
        wrong = [marker, lambda: "", lambda: "NA", lambda: f'"{marker()}\n{marker()}"', lambda: f'"{marker()}',
                 lambda: f"{marker()},{marker()}"]
        return [luck.choice(wrong)() if luck.random() < odd else luck.choice(ordinary) for _ in range(rows)]

    columns = {"flagged": values(*yes), "fraud": values(*yes, *([""] if luck.random() < 0.3 else [])),
               "sex": values("men", "women"), "origin": values("north", "south", "abroad"),
               "score": values("1", "2", "3.5", "7"), "n": values("1", "2", "2")}
    if luck.random() < 0.4:
        extra = luck.choice(["name", "email", "note", "code", "born"])
        columns[extra] = [luck.choice([marker(), f"{marker()}@x.org", f"{marker()} {marker()}"]) for _ in range(rows)]
    header = luck.random() > 0.1
    lines = [",".join(columns)] * header + [",".join(row) for row in zip(*columns.values(), strict=True)]
    data = "\n".join(lines).encode() + b"\n"
    if luck.random() < 0.15:
        place = luck.randrange(len(data) + 1)
        data = luck.choice([data[:place], data[:place] + bytes([luck.randrange(256)]) + data[place:],
                            b"\xef\xbb\xbf" + data, data.replace(b",", b";"), data.replace(b"\n", b"\r\n", 1)])
    words = luck.choice([["--decision", "flagged"], ["--score", "score", "--cut", "2"], ["--decision", "n"],
                         ["--selection", "sex", "--control", "men", "--population", "5000"]])
    words = [*words, *luck.choice([[], ["--outcome", "fraud"], ["--outcome", "fraud"]])]
    free = [c for c in ("sex", "origin") if c not in words]
    words += luck.choice([[], ["--groups", free[0]], ["--groups", ",".join(free)]])
    words += luck.choice([[], [], ["--counts", "n"], ["--weight", "n"], ["--reference", "men"], ["--floor", "5"],
                          ["--drop", luck.choice(["name", "email", "note", "code"])]])
    return data, words, luck.choice([".csv"] * 5 + [".tsv", ".txt", luck.choice([".parquet", ".arrow"])])


def carried_out(words: list[str], luck: int) -> tuple[int, str]:
    """Exit code and everything said: through the command line every tenth time, past its slow parser else."""
    said, shown = io.StringIO(), io.StringIO()
    with redirect_stderr(said), redirect_stdout(shown):
        if luck % 10 == 0:
            return dispatch(app, [*words, *(["--json"] if luck % 20 else [])]), said.getvalue() + shown.getvalue()
        given = dict(zip((w.lstrip("-") for w in words[2::2]), words[3::2], strict=True))
        numbers = {k: float(given.pop(k)) if k == "cut" else int(given.pop(k)) for k in ("cut", "population", "floor")
                   if k in given}
        lists = {k: (given.pop(k),) for k in ("groups", "reference", "drop") if k in given}
        try:
            answer = command(Path(words[1]), **given, **numbers, **lists)
        except SousveilError as error:
            return error.exit_code, f"{error} {error.__context__!r}"
        return 0, answer.text + json.dumps(answer.data, allow_nan=False) + said.getvalue() + shown.getvalue()


@few_and_many("tables", 75, 8_000)
def test_many_tables_and_not_one_value_of_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: int) -> None:
    """Whatever the file, an exit code of ours; and no planted value in what is printed, said, or written anywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    codes: dict[int, int] = {}
    for seed in range(tables):
        data, words, ending = made(random.Random(seed))
        path = tmp_path / f"table{ending}"
        path.write_bytes(data)
        code, text = carried_out(["audit", str(path), *words, *(["-o", "out"] if seed % 100 == 0 else [])], seed)
        path.unlink()
        assert code in (0, 2, 3), (seed, code, text)
        assert MARKER not in text.casefold(), (seed, words, text)
        assert "Traceback" not in text
        assert not {"nan", "NaN", "inf"} & set(text.split()), seed
        codes[code] = codes.get(code, 0) + 1
        for file in tmp_path.rglob("*"):
            assert file.is_dir() or MARKER.encode() not in file.read_bytes().lower(), (seed, file.name)
        shutil.rmtree(tmp_path / "state", ignore_errors=True)  # the next table is that of another office
    assert len(codes) == 3
    assert min(codes.values()) > tables / 40, codes
