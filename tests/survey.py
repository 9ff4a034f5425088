"""The standing of every entry of the atlas, and the table of the guide.

    python tests/survey.py           print the table, from what was worked out last
    python tests/survey.py --write   work everything out anew, and write it beside the entries and into docs/atlas.md
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sousveil.atlas import names
from sousveil.progress import progress
from sousveil.reports.survey import survey
from sousveil.reports.surveyed import KEPT, kept, kept_text, table
from sousveil.studies import entries

GUIDE = Path(__file__).parents[1] / "docs" / "atlas.md"
BEGIN, END = "<!-- table: tests/survey.py --write -->", "<!-- end of table -->"


def guide(text: str, made: str) -> str:
    """The guide with this table in it."""
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{made}\n{END}", text, flags=re.DOTALL)


if __name__ == "__main__":
    found = kept()
    if "--write" in sys.argv:
        entries.ENTRIES.write_text(entries.kept_text(map(entries.entry_now, names())), encoding="utf-8")
        wanted = [name for name in names() if "--all" in sys.argv or name not in found]
        with progress("Surveying the atlas", total=len(wanted)) as done:
            for name in wanted:
                found[name] = survey(name)
                KEPT.write_text(kept_text(found), encoding="utf-8")
                done(1)
        GUIDE.write_text(guide(GUIDE.read_text(encoding="utf-8"), table(found)), encoding="utf-8")
    print(table(found))
