"""Whether anything gets through: thousands of files with mistakes, and random valid studies through every report.

    python bench/odd_files.py                        5,000 files and 1,000 studies: an hour or two of one core
    python bench/odd_files.py --files 500 --studies 50 --first 20000

Found is: an exception but those that are documented, a warning, a number that is none, a share outside 0 to 1, a value
outside its own interval, and whatever takes longer than ten seconds of a processor (a sensitivity analysis and a search
for reforms, which are dozens of runs, a minute). All in one process, so that what one study leaves behind is met by the
next. What never ends is shown with its stack after a quarter of an hour, and ends the search.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import io
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import odd_files
import sousveil
from random_schemes import some
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import SousveilError

SLOW, MANY, NEVER = 10.0, 60.0, 900.0


def looked_for(names: list[str], look: Callable[[str], object]) -> Iterator[str]:
    """What each of these finds, in a line."""
    for count, name in enumerate(names):
        if count and count % 100 == 0:
            yield f"({count} of {len(names)})"
        began = time.process_time()
        faulthandler.dump_traceback_later(NEVER, exit=True)
        try:
            look(name)
        except (Exception, SystemExit) as error:
            ours = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)
                    if "sousveil" in f.filename]
            yield f"{name}: {type(error).__name__} {str(error)[:200]} {ours[-2:]}"
        faulthandler.cancel_dump_traceback_later()
        took = time.process_time() - began
        if took > (MANY if name.startswith("study") else SLOW):
            yield f"{name}: {took:.0f} seconds"


def through_every_report(folder: Path, out: Path) -> None:
    """A valid study through both engines and every kind of report."""
    for made in odd_files.looked_at(folder):
        assert "<h1>" in sousveil.report(made).html
    few = ["--people", str(odd_files.PEOPLE), "--steps", "6"]
    path = "population.people=100:200:2"
    for words in (["compare", str(folder), "--reform", "no kin", "--reform", "both", *few, "--seeds", "3",
                   "--points", "2"],
                  ["why", str(folder), *few, "--seeds", "2"], ["sweep", str(folder), "--vary", path, *few],
                  ["sensitivity", str(folder), *few, "--points", "16"],
                  ["mend", str(folder), *few, "--to", "0.5", "--seeds", "3"], ["explain", str(folder)]):
        said, began = io.StringIO(), time.process_time()
        out_words = [] if words[0] == "explain" else ["-o", str(out / words[0])]
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = dispatch(app, [*words, *out_words])
        assert code in (0, 2), (words[0], said.getvalue()[:400])
        assert time.process_time() - began < (MANY if words[0] in ("sensitivity", "mend") else SLOW), words[0]
        assert "nan" not in said.getvalue().split(), (words[0], "nan")


def search(files: int, studies: int, first: int) -> Iterator[str]:
    bases = [odd_files.decorated(case, number) for number, case in enumerate(some(studies))]
    carried = [0]
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)

        def valid(name: str) -> None:
            at = odd_files.written(odd_files.texts(bases[int(name.split()[1])]), here / "valid")
            sousveil.study(at)
            through_every_report(at, here / "out")

        def mistaken(name: str) -> None:
            at = odd_files.written(odd_files.broken(int(name.split()[1]), bases), here / "broken")
            with contextlib.suppress(SousveilError):
                carried[0] += bool(odd_files.looked_at(at))

        yield from looked_for([f"file {number}" for number in range(first, first + files)], mistaken)
        yield f"({files} files with mistakes, of which {carried[0]} were carried all the same)"
        yield from looked_for([f"study {number}" for number in range(studies)], valid)
        yield f"({studies} valid studies through both engines and every report)"


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    for option, default in (("--files", 5_000), ("--studies", 1_000), ("--first", 0)):
        asked.add_argument(option, type=int, default=default)
    found = 0
    for line in search(**vars(asked.parse_args())):
        found += not line.startswith("(")
        print(line, flush=True)
    sys.exit(found > 0)
