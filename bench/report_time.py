"""How long the report of a run takes, from a fresh interpreter and once more, and how large it is."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import time
from sousveil.runs.run import run
made = run("seed-article", people=20_000)
from sousveil.reports.run.report import report
began = time.perf_counter(); page = report(made).html; first = time.perf_counter() - began
began = time.perf_counter(); report(made).html; again = time.perf_counter() - began
print(first, again, len(page.encode()))
"""

if __name__ == "__main__":
    made = [tuple(map(float, subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True,
                                            text=True).stdout.split())) for _ in range(3)]
    first, again, size = (min(column) for column in zip(*made, strict=True))
    print(f"report, first in a process   {first:.2f} s   (at most 2)")
    print(f"report, once more            {again:.2f} s")
    print(f"size                         {size / 1000:.0f} kB   (at most 400)")
