"""A table that is audited in the page: as the command does it, knowing what that printed before, and kept nowhere."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app_server import Reply, Server, served
from sousveil.app.replies import careful
from sousveil.audits.invented import tables
from sousveil.cli import app as commands
from sousveil.cli.output import dispatch

SECRET = "Zebulon-7731"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("app")
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(home / "state")
    try:
        with served(home / "cache") as server:
            yield server
    finally:
        os.environ.pop("XDG_STATE_HOME")
        if before is not None:
            os.environ["XDG_STATE_HOME"] = before


@pytest.fixture(autouse=True)
def _one_ledger(app: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that are typed here have the ledger of the server: both are of one user."""
    monkeypatch.setenv("XDG_STATE_HOME", str(app.cache.parent / "state"))


def paged(app: Server, raw: bytes, said: Mapping[str, str], name: str = "a.csv") -> Reply:
    return app.post(f"/audit?{urlencode({**said, 'name': name})}", raw, "application/octet-stream")


def typed(path: Path, said: Mapping[str, str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    words = [word for part, value in said.items() for word in (f"--{part}", value)]
    assert dispatch(commands, ["audit", str(path), *words, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def people(odd: int) -> bytes:
    """Two large groups and a small one, of which three were flagged wrongly; `odd` makes it another table."""
    rows = [("women", 0, 0, 4000 + 100 * odd), ("women", 1, 0, 500), ("women", 1, 1, 500), ("men", 0, 0, 4200),
            ("men", 1, 0, 400), ("men", 1, 1, 400), ("X", 0, 0, 12), ("X", 1, 1, 13), ("X", 1, 0, 3)]
    return ("sex,flagged,fraud\n" + "".join(f"{s},{d},{y}\n" * n for s, d, y, n in rows)).encode()


NARROW = {"decision": "flagged", "outcome": "fraud"}
WIDE = NARROW | {"groups": "sex"}


@pytest.mark.parametrize(("name", "said"), [
    ("decisions.csv", {"decision": "flagged", "outcome": "fraud", "groups": "sex,origin"}),
    ("counts.csv", {"decision": "flagged", "outcome": "fraud", "groups": "sex", "counts": "n"}),
    ("scores.csv", {"score": "risk", "cut": "0.7", "outcome": "fraud", "groups": "sex", "reference": "men"}),
    ("cases.csv", {"selection": "arm", "control": "random", "population": "50000", "outcome": "fraud",
                   "groups": "sex"})])
def test_the_page_prints_what_the_command_prints(app: Server, tmp_path: Path, name: str, said: dict[str, str],
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    raw = tables()[name].encode()
    found = paged(app, raw, said, name)
    assert found.status == 200, found.text
    assert found.heads["cache-control"] == "no-store"
    (tmp_path / name).write_bytes(raw)
    told = typed(tmp_path / name, said, capsys)
    answer = json.loads(found.text)
    assert answer["measures"] == told["results"]
    assert f"sousveil audit {name} --" in answer["html"]
    assert "<script" not in answer["report"]


def test_what_the_page_printed_the_command_knows(app: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    """The second answer is the one that two commands lead to, and not the one that a first command gives."""
    raw, same = people(1).replace(b"X,0,0\n" * 12, b""), tmp_path / "other name.csv"  # sixteen X are left out
    same.write_bytes(raw)
    assert paged(app, raw, NARROW).status == 200
    after_page = typed(same, WIDE, capsys)
    assert "flagged with fraud" in " ".join(after_page["earlier"]), after_page["earlier"]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "of another user"))
    typed(same, NARROW, capsys)
    assert typed(same, WIDE, capsys)["results"] == after_page["results"]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "of a third"))
    assert typed(same, WIDE, capsys)["results"] != after_page["results"]


def test_what_the_command_printed_the_page_knows(app: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    raw, path = people(2), tmp_path / "a.csv"
    path.write_bytes(raw)
    typed(path, NARROW, capsys)
    found = json.loads(paged(app, raw, WIDE).text)
    assert "printed of this table before" in found["html"]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "of another user"))
    typed(path, NARROW, capsys)
    assert typed(path, WIDE, capsys)["results"] == found["measures"]


def test_two_pages_at_once_know_of_each_other(app: Server) -> None:
    raw = people(3)
    found: list[str] = []
    asks = [threading.Thread(target=lambda said=said: found.append(paged(app, raw, said).text))  # type: ignore[misc]
            for said in (NARROW, WIDE)]
    for one in asks:
        one.start()
    for one in asks:
        one.join()
    assert ["html" in json.loads(text) for text in found] == [True, True], found
    assert sorted("printed of this table before" in json.loads(text)["html"] for text in found) == [False, True]


def test_nothing_of_a_table_is_written_anywhere(app: Server, tmp_path: Path) -> None:
    marked = "sex,flagged,fraud,note\n" + "".join(f"women,{i % 2},{i % 3 // 2},{SECRET}\nmen,{i % 2},0,\n"
                                                  for i in range(400)) + f"{SECRET},1,0,x\n" * 3
    assert paged(app, marked.encode(), WIDE | {"drop": "note"}, f"{SECRET}.csv").status == 200
    for folder in (app.cache.parent, Path("/tmp"), Path("/dev/shm")):
        for path in folder.rglob("*") if folder == app.cache.parent else folder.glob("sousveil-table-*"):
            assert SECRET not in path.name
            assert not path.is_file() or SECRET.encode() not in path.read_bytes()
    assert not list(Path("/dev/shm").glob("sousveil-table-*/*"))


@pytest.mark.parametrize(("raw", "words"), [
    (f"name,flagged\n{SECRET},1\n", ""), (f"flagged\n{SECRET}\n", ""), (f"flagged,sex\n1,m\n{SECRET}\n", ""),
    ("flagged\n\x00\n", ""), ("", "empty"), (f'flagged\n"{SECRET}\n', ""), (f"{SECRET}\n1\n0\n", "column")])
def test_a_table_that_is_none_is_refused_without_a_word_of_it(app: Server, raw: str, words: str) -> None:
    found = paged(app, raw.encode("latin-1"), {"decision": "flagged"}, "t.csv")
    assert found.status in (403, 422)
    assert SECRET not in found.text
    assert words in found.text


@pytest.mark.parametrize(("said", "words"), [
    ({}, "in one way"), ({"decision": "flagged", "floor": "two"}, "not a whole number"),
    ({"decision": "flagged", "floor": "1,5"}, "not a whole number"), ({"score": "flagged", "cut": "x"}, "not a number"),
    ({"score": "flagged", "cut": "0,5"}, "Write 0.5"), ({"decision": "flag"}, "no column")])
def test_a_question_that_does_not_go_together_is_said(app: Server, said: dict[str, str], words: str) -> None:
    found = paged(app, people(4), said)
    assert found.status == 422
    assert words in found.text


@pytest.mark.parametrize("name", ["../../x.csv", "/etc/passwd.csv", "a\nb.csv", "..", "<script>.csv", "-o.csv"])
def test_a_name_leads_nowhere(app: Server, name: str) -> None:
    found = paged(app, people(5), NARROW, name)
    assert found.status in (200, 422), found.text
    assert "<script>" not in found.text


def test_a_table_needs_the_token_and_has_a_limit(app: Server) -> None:
    assert app.ask("POST", "/audit?decision=flagged&name=a.csv", {}, people(6)).status == 403
    found = app.ask("POST", "/audit?name=a.csv", {"X-Sousveil-Token": app.token(), "Content-Length": "200000000"}, b"x")
    assert found.status == 413


def test_a_table_that_is_cut_off_on_its_way_prints_no_calls() -> None:
    async def cut_off(request: Request) -> Response:
        raise ClientDisconnect

    with ThreadPoolExecutor(1) as thread:  # which no test has left a loop running in: Chromium's do here
        found = thread.submit(asyncio.run, careful(cut_off)(Request({"type": "http"}))).result()
    assert isinstance(found, Response)
    assert (found.status_code, found.body) == (400, b"")
