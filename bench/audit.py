"""How long an audit takes: 10 million rows × 6 columns of CSV; target 15 s and 2 GB on 2 cores.

    python bench/audit.py [ROWS]

The table is made by DuckDB in a temporary folder and removed. Each audit runs in a process of its own, so that the
memory printed is its own; the first two as if nothing had been printed of the table before, the last after the second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

QUESTIONS = {
    "decision × outcome, two groups": "decision='flagged', outcome='fraud', groups=('sex', 'origin')",
    "score × outcome, two groups": "score='score', cut=0.7, outcome='fraud', groups=('sex', 'origin')",
    "another cut, a second release": "score='score', cut=0.71, outcome='fraud', groups=('sex', 'origin')",
}
CHILD = """
import json, resource, sys, time
from sousveil.audits.examine import audit
from sousveil.audits.question import Question
began = time.perf_counter()
found = audit(sys.argv[1], Question({question}))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(json.dumps([time.perf_counter() - began, peak, len(found.measures)]))
"""


def make(path: Path, rows: int) -> None:
    """A table with a decision, an outcome, two groups, a score with a million values, and an age."""
    import duckdb

    duckdb.connect().execute(f"""
        COPY (SELECT (hash(i * 7) % 100 < 20)::INT AS flagged, (hash(i * 11) % 100 < 30)::INT AS fraud,
                     ['men', 'women'][(1 + hash(i * 3) % 2)::INT] AS sex,
                     ['north', 'south', 'east', 'west', 'abroad'][(1 + hash(i * 5) % 5)::INT] AS origin,
                     (hash(i * 13) % 1000000) / 1000000.0 AS score, 18 + (hash(i * 17) % 60) AS age
              FROM range({rows}) t(i)) TO '{path}' (HEADER)""")


def main() -> None:
    rows = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decisions.csv"
        make(path, rows)
        print(f"{rows:,} rows × 6 columns, {path.stat().st_size / 1e6:,.0f} MB of CSV")
        for i, (name, question) in enumerate(QUESTIONS.items()):
            # The first two ask a table of which nothing was printed; the last knows of the one before it.
            ledger = {"XDG_STATE_HOME": str(Path(folder) / str(min(i, 1)))}
            told = subprocess.run([sys.executable, "-c", CHILD.format(question=question), str(path)], check=True,
                                  capture_output=True, text=True, env=os.environ | ledger).stdout
            seconds, peak, measures = json.loads(told)
            print(f"{name:32} {seconds:6.1f} s  {peak:5.2f} GB  {measures} measures")


if __name__ == "__main__":
    main()
