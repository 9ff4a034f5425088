"""Published results, each reproduced from data at run time.

`run()` works every case out again and says, figure by figure, what was published, what came out, the difference and the
tolerance. A case lives in a module of this package; see `sousveil.reproductions.case` for how one is written.
"""

from sousveil.reproductions.case import Case, Figure, Result, cases, run

__all__ = ["Case", "Figure", "Result", "cases", "run"]
