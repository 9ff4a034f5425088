"""The app as a process of its own, and requests to it as anybody could send them."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Reply(NamedTuple):
    """What came back. `heads` have small letters."""

    status: int
    heads: Mapping[str, str]
    text: str


class Server(NamedTuple):
    """A server that runs. `told`: what it said on standard error."""

    port: int
    process: subprocess.Popen[str]
    cache: Path
    password: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, heads: Mapping[str, str] | None = None, body: bytes | None = None) -> Reply:
        """One request, with exactly these heads besides the host."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in ({"Host": f"127.0.0.1:{self.port}"} | dict(heads or {})).items():
                line.putheader(name, value)
            if body is not None and not any(n.lower() in ("content-length", "transfer-encoding") for n in heads or {}):
                line.putheader("Content-Length", str(len(body)))
            line.endheaders(body)
            found = line.getresponse()
            return Reply(found.status, {n.lower(): v for n, v in found.getheaders()}, found.read().decode())
        finally:
            line.close()

    def get(self, path: str) -> Reply:
        """A page, by whatever redirections lead there."""
        for _ in range(5):
            found = self.ask("GET", path)
            if found.status != 303:
                return found
            path = found.heads["location"].removeprefix(self.address)
        raise AssertionError(f"{path} leads round in a circle")

    def token(self) -> str:
        """What writes must carry."""
        found = re.search(r'"token":\s*"([^"]+)"', self.ask("GET", "/token").text)
        assert found is not None
        return found[1]

    def post(self, path: str, body: bytes, kind: str = "application/json") -> Reply:
        """A write, as the page's own script sends it."""
        return self.ask("POST", path, {"X-Sousveil-Token": self.token(), "Content-Type": kind,
                                       "Origin": self.address}, body)


@contextmanager
def served(cache: Path, *words: str) -> Iterator[Server]:
    """The app on a free port, with a cache of its own, until the end of the block."""
    far = words[words.index("--host") + 1] if "--host" in words else "127.0.0.1"
    world = os.environ | {"SOUSVEIL_APP_CACHE": str(cache), "HOME": str(cache.parent)}
    process = subprocess.Popen([sys.executable, "-m", "sousveil", "app", "--no-browser", *words], env=world, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.readline()
    found = re.search(rf"http://{re.escape(far)}:(\d+)/", said)
    try:
        assert found, said + process.stderr.read()
        password = re.search(r"password (\S+);", said)
        yield Server(int(found[1]), process, cache, password[1] if password else "")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
