"""How long the app takes to answer, in Chromium and over a socket, and what it holds in memory.

    python bench/app.py                  the first page, a change of every guess and rule of every entry, memory
    python bench/app.py seed-article     of one entry alone
    python bench/app.py --each 8         of eight changes of every entry, spread over all of them
    python bench/app.py --memory         what the server holds after 500 changes
    python bench/app.py --steady 10      what it holds while 50 changes come a minute, for ten minutes
    python bench/app.py --load           requests a second with 200 clients, of what is kept and of what is not

Nothing else should run on the machine. Beside the seconds that pass stand the seconds of processor that the server and
its workers took: these hardly hang on what else runs, and two cores give two of them in a second. The cache is a folder
of its own, empty at the start.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

CLIENTS = 200
SECONDS = 10.0


@contextmanager
def served() -> Iterator[tuple[int, subprocess.Popen[str], float]]:
    """The app on a free port: its port, its process, and the seconds until its first page was there."""
    with tempfile.TemporaryDirectory() as cache:
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "sousveil", "app", "--no-browser"], text=True,
                                   stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=os.environ | {"SOUSVEIL_APP_CACHE": str(Path(cache) / "answers")})
        try:
            assert process.stderr is not None
            found = re.search(r":(\d+)/", process.stderr.readline())
            assert found is not None
            port = int(found[1])
            asked(port, "/")
            yield port, process, time.perf_counter() - began
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def asked(port: int, path: str, heads: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Status, body and tag of a page."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    line.request("GET", path, headers=heads or {})
    found = line.getresponse()
    text = found.read().decode()
    line.close()
    return found.status, text, found.headers.get("ETag") or ""


def said(name: str, seconds: Sequence[float]) -> None:
    """A row: how many, median and 95th percentile."""
    ordered = sorted(seconds)
    high = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"{name:44s} {len(ordered):4d} {statistics.median(ordered):8.3f} {high:8.3f} {ordered[-1]:8.3f}", flush=True)


def family(process: subprocess.Popen[str]) -> set[int]:
    """The server and all that it started."""
    them, before = {process.pid}, 0
    while len(them) != before:
        before = len(them)
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                after = stat.read_text().rpartition(")")[2].split()
                them |= {int(stat.parent.name)} if int(after[1]) in them else set()
            except (OSError, ValueError):
                continue
    return them


def spent(process: subprocess.Popen[str]) -> float:
    """Seconds of processor that the server, its workers, and those that have ended, took so far (Linux)."""
    ticks = 0
    for number in family(process):
        try:
            ticks += sum(map(int, Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def held(process: subprocess.Popen[str]) -> float:
    """MB that the server and all that it started hold, what they share counted once (Linux)."""
    total = 0
    for number in family(process):
        try:
            total += int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{number}/smaps_rollup").read_text(), re.M)[1])
        except (OSError, TypeError):
            continue
    return total / 1024


WATCH = """() => { window.first = null; const since = performance.now(), result = document.querySelector('#result');
  const look = new MutationObserver(() => {
    const there = result.querySelector('.preview') ? 'preview' : result.querySelector('.problem') ? 'problem' : '';
    if (there) { look.disconnect(); window.first = [there, (performance.now() - since) / 1000]; } });
  look.observe(result, {childList: true}); }"""


def changed(page: Any, process: subprocess.Popen[str], act: str, argument: Any) -> tuple[float, ...] | None:
    """Seconds from a change in the page until its preview stands there, and until the whole answer does; then the same
    in seconds of processor. None where what was set does not go with the rest of the study, which the page says.
    """
    page.evaluate(WATCH)
    had, began = spent(process), time.perf_counter()
    page.evaluate(act, argument)
    page.wait_for_function("window.first", timeout=120_000)
    half = spent(process) - had
    page.wait_for_function("document.querySelector('#status').textContent.startsWith('Done')", timeout=120_000)
    there, first = page.evaluate("window.first")
    return (first, time.perf_counter() - began, half, spent(process) - had) if there == "preview" else None


SLIDE = """([path, part]) => {
  const s = document.querySelector(`[data-path="${path}"] input[type=range]`);
  s.value = +s.min + (s.max - s.min) * part; s.dispatchEvent(new Event('input', {bubbles: true})); }"""
TICK = """name => document.querySelector(`input[value="${name}"]`).click()"""


SET = """([name, value]) => {
  const e = document.getElementsByName(name)[0];
  e.value = value; e.dispatchEvent(new Event(e.tagName === 'SELECT' ? 'change' : 'input', {bubbles: true})); }"""
RULES = """() => [...document.querySelectorAll('[name^="set."]')].map(e => [e.name, e.tagName === 'SELECT'
  ? [...e.options].map(o => o.value).find(v => v !== e.value)
  : e.value === '' ? '12' : e.min >= 1 ? String(+e.value + 1)
  : String(e.value > 0 ? e.value * 0.9 : +e.value + (e.max !== '' && +e.value + 0.01 > +e.max ? -0.01 : 0.01))])"""


def watched(port: int, process: subprocess.Popen[str], only: Sequence[str], most: int) -> None:
    """A change of every guess, every rule and every reform of every entry, in Chromium."""
    from playwright.sync_api import sync_playwright

    from sousveil import atlas

    print(f"{'seconds':44s} {'n':>4s} {'median':>8s} {'95th':>8s} {'most':>8s}")
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path="/usr/bin/chromium",
                                         args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        for name in only or atlas.names():
            asked(port, f"/{name}/weigh")  # what each guess moves is worked out once, and not in what is timed
            page = browser.new_page(bypass_csp=True)
            began = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}/{name}/change")
            page.wait_for_selector(".people .drawn")
            said(f"{name}: first meaningful page", [time.perf_counter() - began])
            page.wait_for_selector(".preview, .stale", state="detached", timeout=120_000)
            sliders = page.locator("[data-path]:has(input[type=range])").all()
            guesses = [slider.get_attribute("data-path") for slider in sliders]
            reforms = [e.get_attribute("value") for e in page.locator("[name=reform]").all()]
            acts = [(TICK, reform) for reform in reforms] + [(SLIDE, [guess, 0.3]) for guess in guesses]
            acts += [(SET, rule) for rule in page.evaluate(RULES) if rule[1] is not None]
            acts = acts[::-(-len(acts) // most)] if most else acts
            found = [row for act, argument in acts if (row := alone(page, process, act, argument)) is not None]
            print(f"{name}: {len(acts) - len(found)} of {len(acts)} changes do not go with the rest of the study")
            for at, what in enumerate(("first answer", "whole answer", "first, processor", "whole, processor")):
                said(f"{name}: {what} after a change", [row[at] for row in found])
            if guesses:
                print(f"{name}: a drag of 40 values had {dragged(page, guesses[0])} question at once", flush=True)
            print(f"{name}: {held(process):.0f} MB held", flush=True)
            page.close()
        browser.close()


def alone(page: Any, process: subprocess.Popen[str], act: str, argument: Any) -> tuple[float, ...] | None:
    """One change of the study as it is (see `changed`)."""
    page.goto(page.url.split("?")[0])
    page.wait_for_selector(".preview, .stale", state="detached", timeout=120_000)
    return changed(page, process, act, argument)


def dragged(page: Any, guess: str) -> int:
    """The most previews that were under way at once while a slider went over 40 values."""
    under_way, most = 0, 0

    def counted(request: Any, by: int) -> None:
        nonlocal under_way, most
        if "stage=preview" in request.url:
            under_way += by
            most = max(most, under_way)

    page.on("request", lambda request: counted(request, 1))
    page.on("requestfinished", lambda request: counted(request, -1))
    page.on("requestfailed", lambda request: counted(request, -1))
    for n in range(40):
        page.evaluate(SLIDE, [guess, n / 39])
        page.wait_for_timeout(16)
    page.wait_for_selector(".preview, .stale", state="detached", timeout=120_000)
    return most


def many(port: int, process: subprocess.Popen[str], changes: int = 500) -> None:
    """What is held in memory after so many changes, each a new question."""
    before, began = held(process), time.perf_counter()
    for n in range(changes):
        asked(port, f"/seed-article/change?assume.channels.camera.spurious={(n + 1) / 200_000:.7f}"
                    "&reform=no-ceiling&stage=preview")
        if n % 100 == 99:
            print(f"after {n + 1} changes, {time.perf_counter() - began:.0f} s: {held(process):.0f} MB held "
                  f"({before:.0f} before)", flush=True)


def steady(port: int, process: subprocess.Popen[str], minutes: float, a_minute: int = 50) -> None:
    """What is held while so many changes come a minute, each a new question."""
    began = time.perf_counter()
    print(f"at the start: {held(process):.0f} MB held", flush=True)
    for n in range(round(minutes * a_minute)):
        asked(port, f"/seed-article/change?assume.channels.camera.spurious={(n + 1) / 200_000:.7f}"
                    "&reform=no-kin&stage=preview")
        time.sleep(max(0.0, began + (n + 1) * 60 / a_minute - time.perf_counter()))
        if n % a_minute == a_minute - 1:
            print(f"after {n + 1} changes, {time.perf_counter() - began:.0f} s: {held(process):.0f} MB held, "
                  f"{spent(process):.0f} s of processor", flush=True)


def loaded(port: int) -> None:
    """Requests a second with so many clients: pages that are kept, the same by their tag, and new questions."""
    size = {"people": 300, "steps": 3, "seeds": 2}
    kept = f"/seed-article/does?{urlencode(size)}"
    asked(port, kept + "&stage=whole")
    _, text, tag = asked(port, kept)
    number = iter(range(10**9))
    for name, path, heads in (
            ("kept", lambda: kept, {}),
            ("kept, asked by its tag", lambda: kept, {"If-None-Match": tag}),
            ("new questions, previews of 8,000 people",
             lambda: f"/seed-article/does?{urlencode(size | {'seed': next(number)})}&stage=preview", {})):
        counted = [0]
        lock = threading.Lock()
        until = time.perf_counter() + SECONDS

        def client(path: Any = path, heads: Any = heads, until: float = until, lock: Any = lock,
                   counted: list[int] = counted) -> None:
            while time.perf_counter() < until:
                status, _, _ = asked(port, path(), heads)
                if status in (200, 304):
                    with lock:
                        counted[0] += 1

        threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(f"{name:44s} {counted[0] / SECONDS:8.0f} a second ({len(text):,} bytes a page)", flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--load", action="store_true")
    options.add_argument("--memory", action="store_true")
    options.add_argument("--steady", type=float, metavar="MINUTES", default=0.0)
    options.add_argument("--each", type=int, metavar="CHANGES", default=0)
    options.add_argument("entry", nargs="*")
    given = options.parse_args()
    with served() as (port, process, first):
        print(f"first page {first:.2f} s after the start")
        if given.load:
            loaded(port)
        elif given.memory:
            many(port, process)
        elif given.steady:
            steady(port, process, given.steady)
        else:
            watched(port, process, given.entry, given.each)
