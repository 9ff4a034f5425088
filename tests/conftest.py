"""For all tests: no example of Hypothesis is held to a time, every test has a ledger of its own, and points are few.

How long an example takes hangs on who else uses the machine; what one test was told of a table must not bind the next.
Commands look at what is not published at two points, unless they say at how many.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: threads wait for one another on a busy machine
# Programs that tests start find what users find: no pandas, which pyarrow would take in wherever it lies.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(Path(__file__).parent / "unseen"), str(Path(__file__).parents[1] / "src"),
     *filter(None, [os.environ.get("PYTHONPATH")])])

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _own_ledger(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(place))
    return place


@pytest.fixture(autouse=True, scope="session")
def few_points() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sousveil.cli.unknowns.POINTS", 2)
        yield
