"""Labels that say that a group is not known: apart in filings, never the highest there, and nobody's reference."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from sousveil.audits.unknown_labels import is_unknown
from sousveil.cli import app
from sousveil.cli.output import dispatch

UNKNOWN = {
    "signs": "-|--|?|??|–",
    "English": "Unknown|UNKNOWN|unk|not stated|NotStated|Decline to state|Declined to State|missing|Missing data|"
               "prefer not to say|I prefer not to answer|I don't wish to answer|n.a.|Race/ethnicity unknown|"
               "Race unknown|Unknown/Not reported|Unknown or not stated|Refused to answer|don't know|Other/Unknown|"
               "declined to self-identify|choose not to disclose",
    "German": "keine Angabe|k. A.|unbekannt|weiß nicht|ohne Angabe|nicht angegeben|möchte nicht antworten|"
              "Geschlecht unbekannt",
    "French": "inconnu|Non renseigné|non précisé|Sans réponse|ne souhaite pas répondre|préfère ne pas répondre",
    "Spanish": "desconocido|No especificado|NS/NC|prefiere no decirlo|sin información|no consta",
    "Italian": "sconosciuto|non specificato|preferisco non rispondere|non dichiarato",
    "Portuguese": "desconhecido|não informado|Não declarado|sem informação|prefiro não dizer|ignorado",
    "Dutch": "onbekend|niet opgegeven|geen opgave|n.v.t.|wil ik niet zeggen|zeg ik liever niet",
    "Polish": "nieznane|nieznany|brak danych|nie podano|odmowa odpowiedzi|wolę nie mówić",
    "Chinese": "未知|不详|性别不详|拒绝回答|不愿透露|未说明",
}
KNOWN = ("men|women|Other|other|none|None|A|white|Two or more races|unknown soldier|Non-binary|north|N|Nord|na zachód|"
         "no|yes|nie|non|+|Not Hispanic or Latino|Non-Hispanic|non white|0|9|brak|DK|unmarried|not married|"
         "not employed|uninsured|missing limb|Namibia|refugee|25-34|65+|state|race|未婚|无|男|女|sin pareja|no fumador|"
         "sem filhos|niet-westers|nicht verheiratet|keine Kinder|ohne Kinder|sans enfant|non marié|nie ma|"
         "North Dakota|group b")


@pytest.mark.parametrize("language", UNKNOWN)
def test_labels_of_people_who_are_not_known_are_recognised(language: str) -> None:
    assert [label for label in UNKNOWN[language].split("|") if not is_unknown(label)] == []


def test_answers_are_not_taken_for_unknown() -> None:
    assert [label for label in KNOWN.split("|") if is_unknown(label)] == []


@pytest.mark.parametrize("label", ["unknown", "Decline to state", "keine Angabe", "?", "未知"])
def test_those_who_are_not_known_are_apart_in_a_filing_and_nobodys_reference(
        label: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.csv"
    rows = [(name, int(i < some)) for name, some, of in ((label, 700, 1000), ("a", 60, 300), ("b", 90, 280))
            for i in range(of)]
    random.Random(1).shuffle(rows)
    path.write_text("g,d\n" + "".join(f"{name},{d}\n" for name, d in rows), encoding="utf-8")
    typed = ["audit", str(path), "--decision", "d", "--groups", "g", "--form", "eeoc", "--json"]
    assert dispatch(app, typed) == 0
    answer = json.loads(capsys.readouterr().out)
    lines = {line["category"]: line for line in answer["filing"]}
    assert lines["g=b"]["note"] == "highest rate"
    assert lines["g=a"]["ratio"] == pytest.approx(60 / 300 / (90 / 280))
    assert lines[f"g={label}"]["note"] == "category not known, not compared"
    assert lines[f"g={label}"]["ratio"] is None
    assert {m["reference"] for m in answer["results"] if m["measure"].startswith("selection rate:")} == {"g=a"}
    assert not any(m["reference"] == f"g={label}" for m in answer["results"])
    assert dispatch(app, [*typed, "--reference", label]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert any(m["reference"] == f"g={label}" for m in answer["results"])
