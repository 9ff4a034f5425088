"""Files as offices save them: the same six hundred decisions in every form, and a line that says what was assumed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.audits import Question, audit

FILES = Path(__file__).parent / "everyday_tables"

ASSUMED = {"bom.csv": "", "cr.csv": "", "yesno.csv": "", "excel_de.csv": "", "utf16.csv": "was read as UTF-16",
           "cp1252.csv": "was read as Western European text"}


def question(name: str) -> Question:
    if name == "excel_de.csv":
        return Question(decision="markiert", outcome="Betrug", groups=("Geschlecht",))
    return Question(decision="flagged", outcome="fraud", groups=("sex",))


@pytest.mark.parametrize("name", ASSUMED)
def test_every_form_of_one_table_gets_one_answer(name: str, tmp_path: Path) -> None:
    # Whatever the form: what is compared with is the table as plain text, made here by hand.
    rows = (FILES / "cr.csv").read_bytes().decode().split("\r")
    plain = tmp_path / "plain.csv"
    plain.write_text("\n".join(row for row in rows if row) + "\n")
    wanted = audit(plain, question("plain"))
    found = audit(FILES / name, question(name))
    assert [(m.measure, m.value, m.low, m.high, m.n) for m in found.measures] == \
        [(m.measure, m.value, m.low, m.high, m.n) for m in wanted.measures]
    assert wanted.printed[(), "n"] == 600
    assert (ASSUMED[name] in " ".join(found.left_out)) if ASSUMED[name] else not found.left_out


def test_labels_with_accents_are_read_as_they_were_written() -> None:
    found = audit(FILES / "cp1252.csv", Question(decision="flagged", outcome="fraud", groups=("région",)))
    assert {"région=Süd", "région=Île"} <= set(found.groups)
