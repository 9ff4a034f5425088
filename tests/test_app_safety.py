"""Who may not get in: the app as an attacker meets it, from outside, over a socket."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from app_server import Server, served
from app_study import FILES as TOWN
from sousveil import atlas
from sousveil.app.guard import LARGEST_BODY
from sousveil.app.studies import FILES

SMALL = "people=300&steps=3&seeds=2"
NAMES = '"><script>alert(1)</script>'
FILES_OF = {name: text for name, text in TOWN.items() if name in FILES}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("app") / "cache") as server:
        yield server


def files_of(name: str = "seed-article") -> dict[str, str]:
    return {file: (atlas.folder(name) / file).read_text(encoding="utf-8") for file in FILES}


# --- other sites in the same browser ----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "", "[::1]:80",
                                  "127.0.0.1.evil.example"])
def test_a_name_that_was_made_to_lead_here_is_refused(app: Server, host: str) -> None:
    found = app.ask("GET", "/", {"Host": host})
    assert found.status == 421
    assert "seed-article" not in found.text


@pytest.mark.parametrize("heads", [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}])
def test_what_another_site_sends_is_refused(app: Server, heads: dict[str, str]) -> None:
    for method, path in (("GET", f"/seed-article/change?reform=no-kin&{SMALL}"), ("GET", "/token"), ("POST", "/stop")):
        found = app.ask(method, path, heads, b"" if method == "POST" else None)
        assert found.status == 403
        assert "token" not in found.text or "needs the token" in found.text


def test_a_link_on_another_site_is_shown_a_page_that_works_nothing_out(app: Server) -> None:
    found = app.ask("GET", f"/seed-article/change?reform=no-kin&{SMALL}", {
        "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
    assert found.status == 200
    assert "nothing was worked out" in found.text
    assert "no-kin" not in found.text


@pytest.mark.parametrize("path", ["/stop", "/studies", "/cancel/x", "/check", "/edit/mine-1", "/save/mine-1"])
def test_a_write_needs_the_token_in_its_head(app: Server, path: str) -> None:
    for heads in ({}, {"X-Sousveil-Token": "guessed"}, {"X-Sousveil-Token": ""}, {"Cookie": "token=x"}):
        assert app.ask("POST", f"{path}?token={app.token()}", heads, b"{}").status == 403
    assert app.ask("GET", path).status in (404, 405, 422, 200)
    assert app.process.poll() is None


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"])
def test_other_methods_are_refused(app: Server, method: str) -> None:
    assert app.ask(method, "/" if method != "CONNECT" else "x:1").status in (400, 405)


def test_every_answer_forbids_scripts_of_others_and_frames(app: Server) -> None:
    for path in ("/", "/seed-article/claimed", "/nothing/here", "/token", "/seed-article/change?steps=x"):
        policy = app.ask("GET", path).heads["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "access-control-allow-origin" not in app.ask("GET", path).heads


# --- files of this machine --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [
    "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/static/../../pyproject.toml", "/static/%2e%2e%2fapp.css",
    "/..%2f..%2fetc%2fpasswd/does", "/%2fetc/does", "/seed-article/files/..%2f..%2fpasswd.csv",
    "/seed-article%2f..%2frongcheng/does", "/seed-article/files/study.yaml", "/edit/..%2f..%2fetc", "/schemas/does",
    "/events/..%2fx", "/seed-article/__class__", "/~root/does", "/seed-article/does/../../..", "/%00", "/%00/does"])
def test_no_address_leads_out(app: Server, path: str) -> None:
    found = app.ask("GET", path)
    assert found.status in (400, 404, 422, 200)
    assert "root:" not in found.text
    assert "[project]" not in found.text


def test_a_folder_whose_files_lead_elsewhere_is_refused(tmp_path: Path) -> None:
    from sousveil.app.studies import of_folder
    from sousveil.errors import InputError

    secret = tmp_path / "secret"
    secret.write_text("the secret")
    folder = tmp_path / "study"
    folder.mkdir()
    for name, text in files_of().items():
        (folder / name).write_text(text)
    assert of_folder(folder, "x").files
    (folder / "population.yaml").unlink()
    (folder / "population.yaml").symlink_to(secret)
    with pytest.raises(InputError, match="leads out") as caught:
        of_folder(folder, "x")
    assert "the secret" not in str(caught.value)


@pytest.mark.parametrize("line", ["scheme: /etc/passwd", "population: ../secret.yaml",
                                  "assumptions: /proc/self/environ", "scheme: {a: b}"])
def test_a_study_names_no_file_but_those_beside_it(app: Server, line: str) -> None:
    files = files_of()
    key = line.split(":")[0]
    rows = files["study.yaml"].split("\n")
    files["study.yaml"] = "\n".join(line if row.startswith(f"{key}:") else row for row in rows)
    found = app.post("/check", json.dumps({"files": files}).encode())
    problems = json.loads(found.text)["problems"]
    assert problems
    assert "root:" not in found.text
    assert "/tmp/" not in found.text


# --- writing ----------------------------------------------------------------------------------------------------------


def made(app: Server) -> str:
    found = json.loads(app.post("/studies", b'{"from": "seed-article"}').text)
    return str(found["name"])


def test_a_study_of_ones_own_is_saved_where_one_says_and_only_there(app: Server, tmp_path: Path) -> None:
    name = made(app)
    target = tmp_path / "mine"
    found = app.post(f"/save/{name}", json.dumps({"folder": str(target)}).encode())
    assert json.loads(found.text)["saved"] == str(target)
    assert {p.name for p in target.iterdir()} == {*FILES}
    assert {p.name for p in tmp_path.iterdir()} == {"mine"}
    before = {p.name: p.read_bytes() for p in target.iterdir()}
    again = app.post(f"/save/{name}", json.dumps({"folder": str(target)}).encode())
    assert again.status == 422
    assert "is there already" in again.text
    assert {p.name: p.read_bytes() for p in target.iterdir()} == before


@pytest.mark.parametrize("folder", ["", "x\0y", "/", "..", "/nowhere/at/all", "~nobody-there/x", "a/../../b",
                                    "/tmp/.hidden"])
def test_what_is_no_place_to_save_is_refused(app: Server, folder: str) -> None:
    found = app.post(f"/save/{made(app)}", json.dumps({"folder": folder}).encode())
    assert found.status == 422
    assert json.loads(found.text)["problems"]


def test_a_link_where_the_study_is_to_be_saved_is_left_alone(app: Server, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    found = app.post(f"/save/{made(app)}", json.dumps({"folder": str(tmp_path / "link")}).encode())
    assert found.status == 422
    assert not any((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"files": 3}', b'{"files": {"scheme.yaml": "x"}}', b"\xff\xfe",
                                  b'{"files": {"scheme.yaml": {}}}'])
def test_a_body_that_is_no_study_is_refused(app: Server, body: bytes) -> None:
    assert app.post("/check", body).status == 422


# --- listening to others ---


FAR = "127.0.0.2"
"""An address that this machine has, and that the app takes for one that others can reach."""


@pytest.mark.parametrize("words", [
    ["--host", FAR], ["--host", FAR, "--i-know", "yes"], ["--host", "0.0.0.0", "--i-know", "yes"],
    ["--host", "example.org"], ["--host", "::"]])
def test_others_are_not_listened_to_without_consent(words: list[str]) -> None:
    found = subprocess.run([sys.executable, "-m", "sousveil", "app", "--no-browser", *words], capture_output=True,
                           text=True, timeout=60)
    assert found.returncode == 2
    assert "host: " in found.stderr
    assert "Traceback" not in found.stderr


def test_who_is_let_in_from_afar_has_the_password_and_may_do_less(tmp_path: Path) -> None:
    import base64
    import http.client

    from sousveil.app.serve import CONSENT

    with served(tmp_path / "cache", "--host", FAR, "--i-know", CONSENT) as far:
        assert len(far.password) >= 24

        kept: list[str] = []

        def asked(method: str, path: str, password: str, **heads: str) -> tuple[int, str]:
            line = http.client.HTTPConnection(FAR, far.port, timeout=60)
            code = base64.b64encode(f"anybody:{password}".encode()).decode()
            line.request(method, path, headers={"Authorization": f"Basic {code}"} | heads)
            found = line.getresponse()
            told = found.status, found.read().decode()
            kept.append(found.headers.get("Cache-Control", ""))
            line.close()
            return told

        for password in ("", "guessed", far.password[:-1]):
            status, text = asked("GET", "/", password)
            assert status == 401
            assert "seed-article" not in text
        status, text = asked("GET", "/", far.password)
        assert status == 200
        assert "Others can reach this app" in text
        assert far.password not in text
        asked("GET", "/seed-article/claimed", far.password)
        assert not any("public" in how or "s-maxage" in how for how in kept)  # else a cache in front gives it to all
        assert asked("GET", "/", far.password, Host="evil.example")[0] == 421
        for query in ("people=100001", "steps=241", "seeds=11"):
            assert asked("GET", f"/seed-article/claimed?{query}", far.password)[0] == 422
        token = json.loads(asked("GET", "/token", far.password)[1])["token"]
        for path in ("/stop", "/save/mine-1", "/audit?decision=x&name=a.csv"):
            status, text = asked("POST", path, far.password, **{"X-Sousveil-Token": token})
            assert (status, "Others can reach this app" in text) == (403, True)
        assert far.process.poll() is None


# --- what cannot be answered ---


def test_long_work_that_comes_to_nothing_is_said_and_not_begun_anew(app: Server) -> None:
    """A page that shows progress asks again when the work has ended: it must then hear of the end."""
    path = f"/seed-article/story?group=A&happened=kin&{SMALL}&reform=no-kin"
    for _ in range(300):
        found = app.get(path)
        if 'class="working"' not in found.text:
            break
        time.sleep(0.2)
    assert found.status == 422
    assert "none paid for a relative" in found.text
    began = time.monotonic()
    assert app.get(path).status == 422
    assert time.monotonic() - began < 1


# --- too much, too slow -----------------------------------------------------------------------------------------------


def test_a_body_over_the_limit_is_refused_before_it_is_here(app: Server) -> None:
    found = app.ask("POST", "/check", {"X-Sousveil-Token": app.token(), "Content-Length": "99999999999"}, b"x")
    assert found.status == 413


def test_a_body_that_does_not_say_how_long_it_is_is_counted(app: Server) -> None:
    with socket.create_connection(("127.0.0.1", app.port), timeout=60) as line:
        line.sendall(f"POST /check HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\nX-Sousveil-Token: {app.token()}\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(LARGEST_BODY // 0x10000 + 1):
            line.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        assert b" 413 " in line.recv(1000)


@pytest.mark.long
def test_a_body_that_stands_still_is_given_up(app: Server) -> None:
    with socket.create_connection(("127.0.0.1", app.port), timeout=60) as line:
        line.sendall(f"POST /check HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\nX-Sousveil-Token: {app.token()}\r\n"
                     "Content-Length: 1000\r\n\r\n{".encode())
        assert b" 413 " in line.recv(1000)


@pytest.mark.long
def test_who_sends_heads_letter_by_letter_keeps_nobody_out(tmp_path: Path) -> None:
    from sousveil.app.guard import SLOWEST
    from sousveil.app.serve import CLIENTS

    with served(tmp_path / "cache") as server:
        lines = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(CLIENTS)]
        until = time.monotonic() + SLOWEST + 5
        while time.monotonic() < until:
            for line in lines:
                try:
                    line.sendall(b"G")
                except OSError:
                    continue
            time.sleep(1)
        assert server.ask("GET", "/").status == 200
        for line in lines:
            line.close()


def test_a_file_that_grows_when_it_is_read_holds_up_nobody(app: Server) -> None:
    """Aliases of aliases: a few lines that stand for a thousand million."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join(['*' + a] * 10)}]" for a, b in pairwise("abcdefghi")]
    files = files_of() | {"scheme.yaml": "\n".join(lines)}
    found = app.post("/check", json.dumps({"files": files}).encode())
    assert found.status == 200
    assert json.loads(found.text)["problems"]
    assert len(found.text) < 100_000


@pytest.mark.parametrize("query", ["people=1e12", "people=-1", "people=60.000", "steps=99999", "seeds=0", "seed=x",
                                   "people=1,5", "harm=catching", "reform=nobody", "assume.no.such.path=1",
                                   "set.no.such.path=1", "assume.channels.camera.spurious=often", "set.a%00b=1",
                                   "vary=%3Cscript%3E"])
def test_what_cannot_be_asked_is_said_and_not_carried_out(app: Server, query: str) -> None:
    found = app.get(f"/seed-article/change?steps=2&{query}")
    assert found.status == 422
    assert "<script>" not in found.text.replace("<script defer", "")


def test_an_address_that_is_too_long_is_refused(app: Server) -> None:
    assert app.ask("GET", "/seed-article/change?" + "x" * 20_000).status in (414, 400)


def test_two_hundred_clients_are_all_answered(app: Server) -> None:
    app.get(f"/seed-article/does?{SMALL}")
    found: list[int] = []

    def client(n: int) -> None:
        found.append(app.get((f"/seed-article/does?{SMALL}", "/", "/words", "/seed-article/claimed")[n % 4]).status)

    threads = [threading.Thread(target=client, args=(n,)) for n in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert found == [200] * 200


def test_a_study_made_to_be_slow_holds_up_nobody(app: Server) -> None:
    # As many different questions as there are cores, and more, each as large as the page carries out.
    lines = []
    for n in range(4):
        line = socket.create_connection(("127.0.0.1", app.port), timeout=60)
        line.sendall(f"GET /seed-article/change?reform=no-kin&people=1000000&seeds=50&seed={n}&stage=whole HTTP/1.1\r\n"
                     f"Host: 127.0.0.1:{app.port}\r\n\r\n".encode())
        lines.append(line)
    time.sleep(0.5)
    assert app.ask("GET", "/").status == 200
    assert app.ask("GET", "/words").status == 200
    for line in lines:
        line.close()
    # Whoever leaves takes the work along: a small question is answered soon after.
    assert app.get(f"/seed-article/does?{SMALL}&seed=11&stage=whole").status == 200


def yaml_named(name: str, where: str) -> dict[str, str]:
    """The small study with this for a name, or a text, in one place."""
    quoted = json.dumps(name)
    places = {
        "tier": ("listed", quoted), "group": ("B", quoted), "signal": ("jaywalks", quoted),
        "channel": ("camera", quoted),
        "right": ("train-tickets", quoted), "reform": ("half-cameras", quoted),
        "cite": ('"A newspaper, 1 May 2020, page 3"', quoted), "about a signal": ('"crosses at red"', quoted),
        "about a reform": ('"Half as many acts are seen."', quoted),
        "about": ('"Points for being seen', '"' + quoted[1:-1]),
        "source": ('"no test is published"', quoted), "address": ('"https://example.org/paper"', quoted),
        "shown": ("groups: {A", f"shown: {{group: {{B: {quoted}}}}}\ngroups: {{A")}
    old, new = places[where]
    edge = r"(?<![\w\"-])" if old[0] != '"' else ""
    pattern = rf"{edge}{re.escape(old)}(?![\w-])"
    paths = {file: re.sub(r"channels[.]camera[.](\w+):", lambda m: json.dumps(f"channels.{name}.{m[1]}") + ":", text)
             if where == "channel" else text for file, text in FILES_OF.items()}
    return {file: re.sub(pattern, lambda _: new, text) for file, text in paths.items()}


@pytest.mark.parametrize("where", ["tier", "group", "signal", "channel", "right", "reform", "cite", "about a signal",
                                   "about a reform", "about", "source", "address", "shown"])
def test_names_are_text_wherever_they_stand(app: Server, where: str) -> None:
    """A name that would be a script if it were HTML: in every page either text, or a mistake that is told as text."""
    files = yaml_named("javascript:alert(1)" if where == "address" else NAMES, where)
    assert files != FILES_OF
    name = made(app)
    kept = app.post(f"/edit/{name}", json.dumps({"files": files}).encode())
    assert kept.status == 200
    small = f"{SMALL}&group=B" if where != "group" else SMALL
    reform = "" if where == "reform" else "&reform=half-cameras"
    for view in ("claimed", "does", "change", "check", "story", "why"):
        page = app.get(f"/{name}/{view}?{small}{reform}&stage=whole").text
        assert "<script>alert" not in page
        assert 'href="javascript' not in page
    assert "<script>alert" not in app.get(f"/edit/{name}").text.partition("<textarea")[0]
    assert "<script>alert" not in app.get(f"/{name}/files/change.html?{SMALL}{reform}").text


# --- killed -----------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_ctrl_c_ends_it_and_what_is_kept_can_be_cleared(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with served(cache) as server:
        server.get(f"/seed-article/does?{SMALL}&stage=whole")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 0
    assert not [p for p in cache.iterdir() if p.name.startswith(".")]
    kept = [p for p in cache.iterdir() if p.is_file()]
    assert kept
    assert cache.stat().st_mode & 0o077 == 0
    done = subprocess.run([sys.executable, "-m", "sousveil", "app", "--clear"], capture_output=True, text=True,
                          env=os.environ | {"SOUSVEIL_APP_CACHE": str(cache)}, check=True)
    assert f"{len(kept)} answer" in done.stdout
    assert not [p for p in cache.iterdir() if p.is_file()]


@pytest.mark.long
def test_ctrl_c_of_a_terminal_ends_it_without_a_word_at_any_moment(tmp_path: Path) -> None:
    for n in range(12):  # a terminal sends it to all processes at once, also to those that are only starting
        with subprocess.Popen([sys.executable, "-m", "sousveil", "app", "--no-browser"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                              env=os.environ | {"SOUSVEIL_APP_CACHE": str(tmp_path / f"cache{n}")}) as process:
            assert process.stderr is not None
            assert "Ctrl-C ends it" in process.stderr.readline()
            time.sleep(0.2 * n)
            os.killpg(process.pid, signal.SIGINT)
            told, wrong = process.communicate(timeout=60)
        assert (process.returncode, told, wrong) == (0, "Stopped.\n", ""), n


@pytest.mark.long
def test_killed_in_the_middle_of_a_save_there_is_all_of_it_or_nothing(tmp_path: Path) -> None:
    for n in range(12):
        with served(tmp_path / f"cache{n}") as server:
            name, token = made(server), server.token()
            target = tmp_path / f"mine{n}"
            body = json.dumps({"folder": str(target)}).encode()
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
                line.sendall(f"POST /save/{name} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                             f"X-Sousveil-Token: {token}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                time.sleep(0.001 * n)
                os.kill(server.process.pid, signal.SIGKILL)
                server.process.wait(30)
            assert not target.exists() or {p.name for p in target.iterdir()} == {*FILES}
