"""Functions that are taken out of SciPy by a short way are SciPy's, and are left as they were for everybody else."""

from __future__ import annotations

import subprocess
import sys

import pytest

import sousveil.ground.special

SHORT = """
import sys
from sousveil.ground import special
assert not {"numpy.f2py", "scipy.special"} & set(sys.modules), "not the short way"
from scipy import special as whole
assert all(getattr(special, name) is getattr(whole, name) for name in special.__all__)
assert whole.logsumexp([0.0, 0.0]) > 0.69
from scipy.stats import norm
assert norm.cdf(0.0) == 0.5
"""

OTHERS = """
import sys, threading
goes_on = threading.Event()
threading.Thread(target=goes_on.wait).start()
from sousveil.ground import special
goes_on.set()
assert "scipy.special" in sys.modules, "a thread could have come upon half of it"
assert all(getattr(special, name) is getattr(sys.modules["scipy.special"], name) for name in special.__all__)
"""

ELSEWHERE = """
import sys, importlib
find = importlib.import_module
def moved(name, package=None):
    if name.endswith("._ufuncs"):
        raise ImportError(name)
    return find(name, package)
importlib.import_module = moved
from sousveil.ground import special
from scipy import special as whole
assert all(getattr(special, name) is getattr(whole, name) for name in special.__all__)
"""


@pytest.mark.parametrize("program", [SHORT, OTHERS, ELSEWHERE], ids=["short", "threads", "laid out otherwise"])
def test_they_are_the_functions_of_scipy(program: str) -> None:
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_all_of_them_are_named() -> None:
    whole = sousveil.ground.special
    public = {name for name in vars(whole) if type(getattr(whole, name)).__name__ == "ufunc"}
    assert public == set(whole.__all__)
