"""Workers of the app: who starts one while what it is forked from is renewed gets it all the same."""

from __future__ import annotations

import multiprocessing
import threading

import pytest

from sousveil.app import workers


@pytest.mark.skipif("forkserver" not in multiprocessing.get_all_start_methods(), reason="nothing is forked here")
def test_a_worker_starts_while_what_it_is_forked_from_is_renewed() -> None:
    """What is compiled in the first minute of the app renews it, while somebody asks the first questions."""
    pool, context, done = workers.Workers(2), workers._context(), threading.Event()

    def renewing() -> None:
        while not done.wait(0.1):
            pool.renew()

    other = threading.Thread(target=renewing)
    other.start()
    try:
        for _ in range(3):
            worker = workers._Worker(context)
            worker._line.send(("none", {}))
            assert worker._line.poll(60)
            assert worker._line.recv()[0] in ("wrong", "defect"), "there is no question of that kind"
            worker.end()
    finally:
        done.set()
        other.join()
        pool.close()
