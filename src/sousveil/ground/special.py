"""Special functions of SciPy: the very same, in a seventh of the time that it takes to import them.

`import scipy.special` brings along all of NumPy, down to its translator of Fortran, for array libraries that are not
used here: a third of a short command. The functions themselves lie in one compiled module of that package.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

__all__ = ["bdtr", "bdtrik", "betainc", "betaincc", "betaincinv", "betaln", "chdtrc", "chdtri", "gammainc",
           "gammaincinv", "gammaln", "log_ndtr", "ndtri", "pdtr", "pdtrc", "stdtrit", "xlogy"]

_PACKAGE = "scipy.special"


def _functions() -> Any:
    """What has them. It is the package itself where that is there already, or where the short way is barred.

    On the short way its folder stands for the package for a moment, which other threads must not come upon.
    """
    spec = None if _PACKAGE in sys.modules or threading.active_count() > 1 else find_spec(_PACKAGE)
    if spec is not None:
        sys.modules[_PACKAGE] = module_from_spec(spec)
        try:
            found = import_module(f"{_PACKAGE}._ufuncs")
            if all(hasattr(found, name) for name in __all__):
                return found
        except ImportError:
            pass  # a SciPy that is laid out in another way
        finally:
            del sys.modules[_PACKAGE]
    return import_module(_PACKAGE)


_from = _functions()
bdtr, bdtrik = _from.bdtr, _from.bdtrik
betainc, betaincc, betaincinv, betaln = _from.betainc, _from.betaincc, _from.betaincinv, _from.betaln
chdtrc, chdtri = _from.chdtrc, _from.chdtri
gammainc, gammaincinv, gammaln = _from.gammainc, _from.gammaincinv, _from.gammaln
log_ndtr, ndtri = _from.log_ndtr, _from.ndtri
pdtr, pdtrc = _from.pdtr, _from.pdtrc
stdtrit, xlogy = _from.stdtrit, _from.xlogy
