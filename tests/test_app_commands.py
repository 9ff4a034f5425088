"""What a page says to type, and to write in Python, gives the numbers of the page; so does the study that it packs."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shlex
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app_server import Server, served
from sousveil.cli import app as commands
from sousveil.cli.output import dispatch

SMALL = "people=300&steps=3&seeds=2"
CHANGED = "reform=no-ceiling&assume.channels.camera.spurious=0.002"
LONG = pytest.mark.long


def page_of(app: Server, path: str) -> str:
    """A page when its work is done."""
    for _ in range(600):
        found = app.get(path)
        assert found.status == 200, found.text
        if 'class="working"' not in found.text and 'class="preview"' not in found.text:
            return found.text
        time.sleep(0.2)
    raise AssertionError(f"{path} is not done")


def command_of(page: str) -> str:
    return html.unescape(re.search(r'aria-label="command">([^<]*)<', page)[1])  # type: ignore[index]


def python_of(page: str) -> str:
    return html.unescape(re.search(r"<pre[^>]*><code>(import sousveil.*?)</code>", page, re.S)[1])  # type: ignore[index]


def typed(command: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    words = shlex.split(command)
    assert words[0] == "sousveil"
    capsys.readouterr()
    alone = ["--points", "0"] if words[1] in ("run", "compare") else []  # what is not published moves no number here
    assert dispatch(commands, [*words[1:], *alone, "--json"]) == 0, command
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def kept(app: Server, view: str, file: str, query: str) -> list[dict[str, str]]:
    found = app.get(f"/{view.split('/')[0]}/files/{file}.csv?{query}&of={view.split('/')[1]}")
    assert found.status == 200, found.text
    return [*csv.DictReader(io.StringIO(found.text))]


def numbers(rows: list[dict[str, Any]], *columns: str) -> list[tuple[float | None, ...]]:
    return [tuple(None if row[c] in ("", None) else float(row[c]) for c in columns) for row in rows]


@pytest.mark.parametrize(("view", "file", "query", "inside", "columns"), [
    ("seed-article/does", "harms", "", lambda told: told["harms"], ("value", "low", "high")),
    ("seed-article/change", "differences", CHANGED, lambda told: told["worlds"][0]["differences"],
     ("value", "low", "high")),
    pytest.param("seed-article/why", "causes", f"{CHANGED}&group=B&harm=rights-denied", None, ("value", "low", "high"),
                 marks=LONG),
    pytest.param("seed-article/sweep", "numbers", f"{CHANGED}&group=B",
                 lambda told: [m for p in told["points"] for m in p["harms"]], ("value", "low", "high"), marks=LONG),
    pytest.param("seed-article/extremes", "numbers", f"{CHANGED}&group=B",
                 lambda told: [told["least"], told["most"]], ("value",), marks=LONG),
    pytest.param("seed-article/ask", "numbers", f"{CHANGED}&group=B&harm=rights-denied", lambda told: told["numbers"],
                 ("share", "low", "high"), marks=LONG),
    pytest.param("judgment-defaulters/infer", "numbers", "", lambda told: told["posterior"],
                 ("low", "middle", "high", "narrower"), marks=LONG)])
def test_command_and_python_give_the_numbers_of_the_page(
        app: Server, view: str, file: str, query: str, inside: Any, columns: tuple[str, ...], tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    size = "people=300" if view.startswith("judgment") else SMALL
    said = "&".join(filter(None, (query, size)))
    page = page_of(app, f"/{view}?{said}")
    here = kept(app, view, file, said)
    assert len(here) > 1
    command = command_of(page)
    assert command.endswith(" -o mine")
    told = typed(command.removesuffix(" -o mine"), capsys)
    if inside is not None:
        assert numbers(inside(told), *columns) == numbers(here, *columns)
    names: dict[str, Any] = {}
    exec(compile(python_of(page), "page.py", "exec"), names)
    assert numbers(_rows(names), *columns) == numbers(here, *columns)


def _rows(names: dict[str, Any]) -> list[dict[str, Any]]:
    """What the lines of Python came to, as rows."""
    from dataclasses import asdict

    found = names["found"]
    if hasattr(found, "numbers") and hasattr(found, "within"):
        return [asdict(n) for n in found.numbers]
    if "learnt" in names:
        return [asdict(row) for row in names["learnt"](found)]
    if hasattr(found, "reforms"):
        return [*found.differences(found.reforms[0]).plain()]
    if hasattr(found, "points") and hasattr(found, "rows"):
        return [m for rows in found.rows for m in rows.plain()]
    return [*found.measures().plain()]


@pytest.mark.long
def test_a_story_is_heard_again_by_its_command(app: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                               capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    query = f"{CHANGED}&steps=12&group=B&happened=wrong"
    page = page_of(app, f"/seed-article/story?{query}")
    first, second = command_of(page).split(" && ")
    assert dispatch(commands, [*shlex.split(first)[1:], "--points", "0"]) == 0
    told = typed(second, capsys)
    here = kept(app, "seed-article/story", "story", query)
    assert len(here) > 3
    assert [{k: str(v) for k, v in row.items()} for row in told["entries"]] == here


@pytest.mark.parametrize("query", [CHANGED, ""])
def test_the_study_as_a_zip_runs_by_its_command(app: Server, query: str, tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
                                                ) -> None:
    said = "&".join(filter(None, (query, SMALL)))
    zipfile.ZipFile(io.BytesIO(raw(app, f"/seed-article/files/study.zip?{said}"))).extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    told = typed((tmp_path / "seed-article/command.txt").read_text().strip().removesuffix(" -o mine"), capsys)
    view, file = ("seed-article/change", "differences") if query else ("seed-article/does", "harms")
    rows = told["worlds"][0]["differences"] if query else told["harms"]
    assert numbers(rows, "value", "low", "high") == numbers(kept(app, view, file, said), "value", "low", "high")


@pytest.mark.parametrize("view", ["claimed", "does", "change", "check", pytest.param("why", marks=LONG),
                                  pytest.param("story", marks=LONG), pytest.param("sweep", marks=LONG),
                                  pytest.param("extremes", marks=LONG), pytest.param("ask", marks=LONG)])
def test_every_view_says_all_ways_to_take_it_along(app: Server, view: str) -> None:
    page = page_of(app, f"/seed-article/{view}?{CHANGED}&group=B&{SMALL}")
    command_of(page)
    assert python_of(page).startswith("import sousveil as sv")
    assert "How to cite it" in page or "How to cite" in page
    assert "files/study.zip" in page
    report = html.unescape(re.search(rf'href="(/seed-article/files/{view}\.html[^"]*)"', page)[1])  # type: ignore[index]
    found = app.get(report)
    assert found.status == 200
    name = re.search(r'filename="([^"]+)"', found.heads["content-disposition"])[1]  # type: ignore[index]
    assert re.fullmatch(rf"seed-article-{view}-[0-9a-f]{{10}}\.html", name)
    assert "<script" not in found.text
    assert len(found.text) < 500_000


def test_forms_of_authorities_are_offered_and_filled(app: Server) -> None:
    """Where a result is checked and cited: as its tool reads it, and with both widths."""
    page = html.unescape(page_of(app, f"/us-midas/check?{SMALL}"))
    offered = re.findall(r'href="(/us-midas/files/(?:fria|iama|aia)\.\w+[^"]*)"', page)
    assert len(offered) == 9
    filled = {path.split("/")[3].split("?")[0]: path for path in offered}
    told = app.get(filled["fria.html"]).text
    assert "neither evidence of what happened to anybody nor a finding of compliance" in told
    assert "sousveil run us-midas" in told
    assert "sets of values within their ranges" in told
    assert "To be answered by the deployer" in told
    assert {*json.loads(app.get(filled["aia.json"]).text)} == {
        "version", "currentPage", "data", "translationsOnResult"}
    assert app.get("/us-midas/files/aia.jsonld").status == 404


@pytest.mark.parametrize(("query", "said"), [
    ("present=0,2", "Write 0.2"), ("fpir=0,001", "Write 0.001"), ("fnir=0,11", "Write 0.11"),
    ("faces=0,001", "is not a whole number"), ("faces=1,5", "is not a whole number")])
def test_a_decimal_comma_in_a_form_is_not_read_as_thousands(app: Server, query: str, said: str) -> None:
    found = app.get(f"/baserate?{query}")
    assert said in html.unescape(found.text)


def test_a_search_of_faces_can_be_taken_along(app: Server, capsys: pytest.CaptureFixture[str]) -> None:
    query = "faces=12000&fpir=7+in+8600"
    page = page_of(app, f"/baserate?{query}")
    here = [*csv.DictReader(io.StringIO(app.get(f"/baserate/files/numbers.csv?{query}").text))]
    assert len(here) > 5
    told = typed(command_of(page), capsys)
    names: dict[str, Any] = {}
    code = html.unescape(re.search(r"<pre[^>]*><code>(from sousveil.*?)</code>", page, re.S)[1])  # type: ignore[index]
    exec(compile(code, "page.py", "exec"), names)
    for rows in (told["results"], names["found"].plain()):
        assert numbers(rows, "value", "low", "high") == numbers(here, "value", "low", "high")
    found = app.get(f"/baserate/files/report.html?{query}")
    assert command_of(page) in html.unescape(found.text)
    assert re.search(r"baserate-[0-9a-f]{10}\.html", found.heads["content-disposition"])
    assert "<script" not in found.text
    packed = zipfile.ZipFile(io.BytesIO(raw(app, f"/baserate/files/baserate.zip?{query}")))
    assert {*packed.namelist()} == {f"baserate/{n}" for n in ("command.txt", "search.py", "numbers.csv", "report.html")}
    assert app.get("/baserate/files/nothing.csv").status == 404


def raw(app: Server, path: str) -> bytes:
    """A file that is no text."""
    import http.client

    line = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
    try:
        line.request("GET", path)
        return line.getresponse().read()
    finally:
        line.close()


def test_a_page_that_was_sent_before_says_what_was_found_meanwhile(app: Server) -> None:
    path = "/urumqi-form-2017/change?people=400"
    before = page_of(app, path)
    assert page_of(app, path) == before
    assert "most hangs" not in before
    assert app.get("/urumqi-form-2017/weigh").status == 200
    assert "most hangs" in page_of(app, path)


@pytest.mark.parametrize("view", ["does", "change", "check", pytest.param("why", marks=LONG),
                                  pytest.param("story", marks=LONG), pytest.param("sweep", marks=LONG),
                                  pytest.param("extremes", marks=LONG)])
def test_a_guess_outside_its_range_is_said_to_be(app: Server, view: str) -> None:
    for value, outside in (("0.005", False), ("0.0051", True)):
        page = page_of(app, f"/seed-article/{view}?assume.channels.camera.spurious={value}&harm=wrongful-debit&{SMALL}")
        assert (f"= {value} lies outside its range, 0 to 0.005." in page) is outside


@pytest.mark.parametrize(("view", "people"), [("why", 20_000), ("sweep", 20_000), ("extremes", 5_000), ("ask", 5_000)])
def test_every_view_can_be_asked_with_as_many_people_as_one_likes(app: Server, view: str, people: int) -> None:
    from sousveil.app.question import question

    card = {"reforms": [], "controls": [], "guesses": [], "groups": ["A"], "steps": 6, "seed": 7}
    for asked in (people, 100_000, 300):
        q = question("x", [("people", str(asked))], card, view=view)
        assert q.sized(view).people == asked
        assert q.address(view) == f"/x/{view}" + ("" if asked == people else f"?people={asked}")
    whole = question("x", [("people", "100000")], card, view="does")
    assert whole.address(view) == f"/x/{view}"  # nobody said a number: each view takes its own


@pytest.mark.long
def test_where_nothing_is_compiled_the_page_says_so_and_answers_afterwards(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "compiled"))
    with served(tmp_path / "cache") as fresh:
        path = f"/seed-article/does?{SMALL}"
        first = fresh.get(path).text
        assert "Getting ready" in first
        assert 'class="working"' in first
        assert fresh.get("/seed-article/claimed").status == 200
        assert "synthetic people" in page_of(fresh, path)
