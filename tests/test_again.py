"""What a page says about making the result again is true: its commands, in an empty folder, give the same bits."""

from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

import sousveil
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError
from sousveil.runs import asked
from sousveil.studies.study import load, whole_text

FEW = ["--people", "300", "--steps", "6"]
COMMANDS = {
    "run": ["run", "seed-article", *FEW, "--reform", "no-ceiling", "--set", "score.decay=0.1", "--engine", "agents",
            "--replicates", "2", "--seed", "11", "--points", "0"],
    "run of expectations": ["run", "urumqi-form-2017", *FEW, "--engine", "exact", "--sampling", "--points", "0"],
    "compare": ["compare", "seed-article", *FEW, "--reform", "no-ceiling", "--set", "score.decay=0.1", "--seeds", "3",
                "--engine", "agents", "--points", "0"],
    "why": ["why", "seed-article", *FEW, "--seeds", "2", "--between", "A,B", "--engine", "agents", "--set",
            "score.decay=0.1"],
    "sweep": ["sweep", "seed-article", *FEW, "--vary", "channels.reports.coverage=0:1:2", "--engine", "agents"],
    "sensitivity": ["sensitivity", "seed-article", *FEW, "--points", "16", "--engine", "agents"],
    "mend": ["mend", "seed-article", *FEW, "--to", "0.5", "--seeds", "2", "--engine", "agents"],
    "extremes": ["extremes", "judgment-defaulters", "--people", "300", "--steps", "3", "--points", "16"],
    "infer": ["infer", "judgment-defaulters", "--points", "64"],
    "ask": ["ask", "judgment-defaulters", "--steps", "12", "--points", "32"],
    "baserate": ["baserate", "--faces", "1000", "--watchlist", "10", "--present", "1", "--fpir", "0.01"],
}
ALONE = ("run", "run of expectations", "compare", "why")
"""Kinds whose page has a command for its own file, too."""

SLOW = ("sensitivity", "extremes", "infer")


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, list[str]], str]:
    def said(where: Path, words: list[str]) -> str:
        where.mkdir(exist_ok=True)
        monkeypatch.chdir(where)
        assert dispatch(app, words) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return said


def again(page: Path) -> tuple[list[str], str]:
    """The commands of the section on running it again, and the text of the file that it offers."""
    text = page.read_text(encoding="utf-8")
    section = re.search(r'<section id="again">.*?</section>', text, re.DOTALL)
    assert section is not None
    commands = [html.unescape(re.sub("<[^>]*>", "", code)) for code in re.findall(
        r"<pre[^>]*><code>(.*?)</code>", section[0], re.DOTALL)]
    link = re.search(r'download="study.json" href="data:[^,]*,([^"]*)"', section[0])
    return commands, unquote(html.unescape(link[1])) if link else ""


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".parquet", ".csv", ".npy")}


def words_of(command: str) -> list[str]:
    first, *words = shlex.split(command)
    assert first == "sousveil"
    return words


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=pytest.mark.long) if kind in SLOW else kind
                                  for kind in COMMANDS])
def test_the_commands_of_a_page_make_the_same_result_in_an_empty_folder(
        kind: str, tmp_path: Path, say: Callable[[Path, list[str]], str]) -> None:
    say(tmp_path / "first", [*COMMANDS[kind], "-o", "out"])
    made = tables(tmp_path / "first" / "out")
    assert made
    commands, file = again(tmp_path / "first" / "out" / "report.html")
    assert words_of(commands[0]) == [*COMMANDS[kind], "-o", "out"]
    say(tmp_path / "second", words_of(commands[0]))
    assert tables(tmp_path / "second" / "out") == made
    assert len(commands) == 1 + (kind in ALONE)
    for command in commands[1:]:
        (tmp_path / "third").mkdir()
        (tmp_path / "third" / "study.json").write_text(file, encoding="utf-8")
        for line in command.splitlines():
            say(tmp_path / "third", words_of(line))
        assert tables(tmp_path / "third" / "again") == made


def test_a_study_of_ones_own_goes_with_its_page(tmp_path: Path, say: Callable[[Path, list[str]], str]) -> None:
    say(tmp_path / "mine", ["new", "my-scheme"])
    say(tmp_path / "mine", ["run", "my-scheme", *FEW, "--reform", "no-ceiling", "--points", "0", "-o", "out"])
    commands, file = again(tmp_path / "mine" / "out" / "report.html")
    assert file == (tmp_path / "mine" / "out" / "study.json").read_text(encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "study.json").write_text(file, encoding="utf-8")
    assert say(tmp_path / "other", ["check", "study.json"]) == "1 file checked, no mistake found\n"
    say(tmp_path / "other", words_of(commands[1].splitlines()[0]))
    assert tables(tmp_path / "other" / "again") == tables(tmp_path / "mine" / "out")


@pytest.mark.parametrize("call", [
    lambda: sousveil.run("seed-article", people=300, steps=6, engine="agents", replicates=2),
    lambda: sousveil.run(sousveil.study("seed-article").reform("no-ceiling").reform({"score.decay": 0.1}), people=300,
                         steps=6)])
def test_in_python_what_is_recorded_is_a_call(call: Callable[[], sousveil.Run]) -> None:
    made = call()
    recorded = str(made.record["circumstance"]["command"])
    assert recorded.startswith("sousveil.run(sousveil.study('seed-article')")
    evaluated = eval(recorded, {"sousveil": sousveil})
    assert evaluated.traces == made.traces
    assert evaluated.study.plain() == made.study.plain()
    assert html.escape(recorded, quote=False).replace("'", "&#39;") in sousveil.report(made).html


def test_comparisons_and_explanations_in_python_say_their_calls() -> None:
    study = sousveil.study("seed-article").evolve(people=300, steps=6)
    pair = sousveil.compare(study, ["no-ceiling", {"score.decay": 0.1}, study.reform("no-ceiling").reform({"kin": []})],
                            seeds=2, engine="agents")
    page = html.unescape(sousveil.report(pair).html)
    said = re.search(r"sousveil\.compare\(.*\)", page)
    assert said is not None
    other = eval(said[0], {"sousveil": sousveil})
    assert [w.name for w in other.reforms] == [w.name for w in pair.reforms]
    assert all(other.differences(o) == pair.differences(w) for o, w in zip(other.reforms, pair.reforms, strict=True))
    found = sousveil.why(study, between=("A", "B"), seeds=2, engine="agents")
    said = re.search(r"sousveil\.why\(.*\)", html.unescape(sousveil.report(found).html))
    assert said is not None
    assert (eval(said[0], {"sousveil": sousveil}).values == found.values).all()


def test_words_are_those_of_the_command_that_is_carried_out() -> None:
    assert asked.words() == ()
    with asked.command(["run", "x"]):
        assert asked.words() == ("sousveil", "run", "x")
    assert asked.words() == ()


def test_cite_gives_an_entry_for_bibtex(tmp_path: Path, say: Callable[[Path, list[str]], str]) -> None:
    for kind in ("run", "baserate"):
        say(tmp_path / "here", [*COMMANDS[kind], "-o", kind])
        entry = say(tmp_path / "here", ["cite", kind])
        assert entry.startswith(f"@misc{{sousveil-{'seed-article' if kind == 'run' else kind}")
        assert entry.count("{") == entry.count("}")
        assert f"Computed with sousveil {sousveil.__version__}" in entry
        assert re.search(r"Made on \d{4}-\d\d-\d\d", entry)
        assert f"Command: sousveil {kind}" in entry
        assert kind != "run" or entry.strip() in html.unescape((tmp_path / "here/run/report.html").read_text("utf-8"))


@pytest.mark.parametrize("kind", ["compare", "why"])
def test_comparisons_and_explanations_are_made_again_to_verify_them(kind: str, tmp_path: Path,
                                                                    say: Callable[[Path, list[str]], str]) -> None:
    say(tmp_path / "here", [*COMMANDS[kind], "-o", "out"])
    assert "every byte of every file is the same" in say(tmp_path / "here", ["verify", "out"])
    out = tmp_path / "here" / "out"
    changed = {"report.html": b"<h1>all is well</h1>", "extra.csv": b"x",
               "differences.csv" if kind == "compare" else "causes.csv": b"a,b\n"}
    before = {name: (out / name).read_bytes() for name in changed if (out / name).exists()}
    for name, new in changed.items():
        (out / name).write_bytes(new)
    assert set(sousveil.verify(out)) == {*changed}
    (out / "extra.csv").unlink()
    for name, old in before.items():
        (out / name).write_bytes(old)
    study = (out / "study.json").read_bytes()
    (out / "study.json").write_bytes(study.replace(b'"about": "', b'"about": "x', 1))
    assert "study.json" in sousveil.verify(out)
    (out / "study.json").write_bytes(study)
    record = json.loads((out / "run.json").read_text())
    record["result"]["people"] = 301
    (out / "run.json").write_text(json.dumps(record))
    assert sousveil.verify(out) == ["run.json"]


@pytest.mark.parametrize("kind", ["sweep", "baserate"])
def test_what_is_not_made_again_is_said_with_what_makes_it(kind: str, tmp_path: Path,
                                                           say: Callable[[Path, list[str]], str]) -> None:
    say(tmp_path / "here", [*COMMANDS[kind], "-o", "out"])
    with pytest.raises(InputError, match=rf"is of the kind {kind}; .* to the same tables: sousveil {kind} "):
        sousveil.verify("out")


def test_the_command_of_an_audit_makes_the_same_tables_of_the_same_file(
        tmp_path: Path, say: Callable[[Path, list[str]], str], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"{group},{number % 3 // 2}\n" for group in "AB" for number in range(200))
    made = []
    words = ["audit", "table.csv", "--groups", "group", "--decision", "decision", "-o", "out"]
    for person in ("first", "second"):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"state of {person}"))
        (tmp_path / person).mkdir()
        (tmp_path / person / "table.csv").write_text(f"group,decision\n{rows}", encoding="utf-8")
        say(tmp_path / person, words)
        made.append(tables(tmp_path / person / "out"))
        commands, _ = again(tmp_path / person / "out" / "report.html")
        assert [words_of(command) for command in commands] == [words]
        words = words_of(commands[0])
    assert made[0]
    assert made[0] == made[1]


def test_an_audit_says_that_its_table_was_never_kept(tmp_path: Path, say: Callable[[Path, list[str]], str]) -> None:
    (tmp_path / "here").mkdir()
    rows = "".join(f"{group},{number % 3 // 2}\n" for group in "AB" for number in range(200))
    (tmp_path / "here" / "table.csv").write_text(f"group,decision\n{rows}", encoding="utf-8")
    say(tmp_path / "here", ["audit", "table.csv", "--groups", "group", "--decision", "decision", "-o", "out"])
    with pytest.raises(InputError, match=r"its table was never kept\. .* and compares: sousveil audit "):
        sousveil.verify("out")


# --- a study in one file --------------------------------------------------------------------------------------------


def one_file(folder: Path, change: Callable[[dict[str, object]], None] = lambda data: None) -> Path:
    data = json.loads(whole_text(load("seed-article")))
    change(data)
    path = folder / "study.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_study_in_one_file_is_the_same_study_reforms_and_all(tmp_path: Path) -> None:
    there, here = load("seed-article"), load(one_file(tmp_path))
    assert here.plain() == there.plain()
    assert [*here.reforms] == [*there.reforms]
    assert all(here.reform(name).plain() == there.reform(name).plain() for name in there.reforms)


@pytest.mark.parametrize(("change", "message"), [
    (lambda data: data.pop("population"), '"population" is missing beside the other parts'),
    (lambda data: data.update(more=1), 'unknown key "more"'),
    (lambda data: data["scheme"]["score"].update(floor=1e300), r"1e\+300 is not at most 1000000"),
    (lambda data: data["population"].update(people=0), "0 is not at least 1"),
    (lambda data: data.update(steps=0), "0 is not at least 1"),
    (lambda data: data.update(label=[]), "the label is text"),
    (lambda data: data.update(scheme="../scheme.yaml"), "expected text, not a mapping|leads out of the folder|scheme")])
def test_a_mistake_in_it_is_said_where_it_stands(tmp_path: Path, change: Callable[[dict[str, object]], None],
                                                 message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load(one_file(tmp_path, change))
    assert all(problem.line == 1 for problem in caught.value.problems)
