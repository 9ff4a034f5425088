"""For all tests: no example of Hypothesis is held to a time, every test has a ledger of its own, and points are few.

How long an example takes hangs on who else uses the machine; what one test was told of a table must not bind the next.
Commands look at what is not published at two points, unless they say at how many.
"""

from __future__ import annotations

import gc
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: threads wait for one another on a busy machine
# Programs that tests start have homes of their own; what is compiled lies where it would lie anyway, for all of them.
os.environ.setdefault("NUMBA_CACHE_DIR", os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
# Programs that tests start find what users find: no pandas, which pyarrow would take in wherever it lies.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(Path(__file__).parent / "unseen"), str(Path(__file__).parents[1] / "src"),
     *filter(None, [os.environ.get("PYTHONPATH")])])

# A shell that starts the tests in its background has Ctrl-C ignored, by them and by whatever they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # what nohup leaves to its children
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Whatever thousands of tests hang on stays to the end: looking through it for garbage, again and again, would be
    a twentieth of the time of all tests. What tests themselves leave is looked for as before, in larger heaps.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


@pytest.fixture(autouse=True)
def _own_ledger(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(place))
    return place


@pytest.fixture(autouse=True, scope="session")
def few_points(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sousveil.cli.unknowns.POINTS", 2)
        # For what is made once for a module: the ledger of whoever runs the tests is not touched.
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def player() -> Iterator[Any]:
    """What starts browsers: once, for all tests that look at a page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playing:
        yield playing


@pytest.fixture(scope="session")
def browser(player: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Chromium for all of them. At its end, what it noted of the network is read: nothing left this machine."""
    from browser import beyond, chromium

    log = tmp_path_factory.mktemp("network") / "log.json"
    launched = chromium(player, log=log)
    yield launched
    launched.close()
    assert beyond(json.loads(log.read_text(encoding="utf-8"))) == []


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small study of `app_study` in it, for tests to which it is all the same what is run."""
    from app_study import folder

    return folder(tmp_path_factory.mktemp("towns")).parent


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One app for all tests that ask it, with the small study of `app_study` open in it."""
    from app_server import served
    from app_study import folder

    home = tmp_path_factory.mktemp("app")
    with served(home / "cache", str(folder(home))) as server:
        yield server
