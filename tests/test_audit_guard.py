"""What an audit does not take, judged by values first and by names second; and what a stated reason may change."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sousveil.audits.column_names import what_is_named
from sousveil.audits.examine import audit
from sousveil.audits.question import Question
from sousveil.errors import BoundaryError, InputError

IDENTIFIERS = {
    "English": "name first_name FullName surname forename maiden_name nickname client_name defendant_name first last "
               "fname lname email e_mail email_address phone phone_number telephone mobile cell_phone fax address "
               "street_address home_address house_number ssn social_security_number SSNumber nino nhs_number passport "
               "passport_no driver_license license_plate vin person_id PersonalID client_id case_number case_no "
               "docket_number applicant_id employee_number student_id patient_id mrn account_number iban dob DOB "
               "date_of_birth birth_date birthdate latitude longitude lat gps ip_address mac_address imei device_id "
               "username twitter_handle photo signature next_of_kin emergency_contact comments notes free_text id ID",
    "German": "Vorname Nachname Familienname Geburtsname Geburtsdatum geb_datum Straße Strasse Hausnummer Anschrift "
              "Adresse Telefonnummer Handynummer E-Mail Sozialversicherungsnummer SVNR Steuernummer Steuer_ID "
              "Personalausweisnummer Reisepassnummer Führerscheinnummer Kennzeichen Kundennummer KdNr Aktenzeichen "
              "Fallnummer Personalnummer Matrikelnummer Kontonummer Bemerkungen Anmerkung Ansprechpartner",
    "Dutch": "voornaam achternaam naam tussenvoegsel roepnaam geboortedatum adres straatnaam huisnummer postcode "
             "telefoonnummer mobiel e-mailadres BSN burgerservicenummer sofinummer klantnummer dossiernummer "
             "zaaknummer paspoortnummer rijbewijsnummer kenteken rekeningnummer opmerkingen",
    "French": "prénom prenom nom nom_de_famille nom_usuel date_de_naissance date_naissance adresse rue "
              "numéro_de_téléphone telephone portable courriel adresse_mail NIR numéro_de_sécurité_sociale "
              "numero_allocataire matricule numéro_dossier identifiant passeport plaque_immatriculation commentaire",
    "Spanish": "nombre apellido apellidos primer_apellido nombre_completo fecha_nacimiento dirección calle domicilio "
               "teléfono móvil correo_electrónico DNI NIE NIF pasaporte número_expediente número_cliente matrícula "
               "CURP RFC cuenta_bancaria observaciones comentarios cedula",
    "Polish": "imię imie nazwisko imiona data_urodzenia adres ulica nr_domu numer_telefonu komórka PESEL NIP "
              "numer_dowodu nr_paszportu numer_sprawy numer_klienta nr_konta numer_rejestracyjny uwagi",
    "Chinese": "姓名 名字 身份证号 身份证号码 手机号 电话 联系电话 "
               "地址 家庭住址 出生日期 生日 护照号 邮箱 学号 工号 车牌号 银行卡号",
    "Italian": "nome cognome data_di_nascita indirizzo telefono cellulare codice_fiscale numero_pratica note",
    "Portuguese": "nome sobrenome data_de_nascimento endereço telefone celular CPF RG matricula observacoes",
    "Swedish": "namn förnamn efternamn personnummer födelsedatum adress telefon e-post ärendenummer anteckningar",
}

ORDINARY = [
    "foreign_born", "region_id", "office_id", "has_phone", "sex", "gender", "race", "ethnicity", "age",
    "age_band", "district", "city", "municipality", "score", "risk_score", "decile_score", "flagged", "outcome",
    "fraud", "income", "household_size", "number_of_children", "education", "nationality", "country_of_birth",
    "birth_year", "month", "caseworker_team", "court", "offense_category", "charge_degree", "priors_count",
    "days_in_jail", "score_text", "two_year_recid", "housing_type", "postcode_area", "phone_verified",
    "email_verified", "address_changes", "language", "neighbourhood_id", "school_id", "product_code",
    "industry_code", "weight", "count", "cohort", "Geschlecht", "Alter", "Staatsangehörigkeit", "Bezirk",
    "leeftijd", "wijk", "buurt", "sexe", "âge", "département", "revenu", "sexo", "edad", "provincia", "płeć",
    "wiek", "powiat", "性别", "年龄", "地区", "结果", "età", "regione", "kön", "län", "inkomst",
]


@pytest.mark.parametrize("language", IDENTIFIERS)
def test_columns_of_identifiers_are_known_by_name(language: str) -> None:
    assert [name for name in IDENTIFIERS[language].split() if not what_is_named(name)] == []


def test_names_that_only_sound_like_identifiers_pass() -> None:
    assert {name: what_is_named(name) for name in ORDINARY if what_is_named(name)} == {}


def written(folder: Path, **more: list[object]) -> Path:
    luck = random.Random(7)
    n = len(next(iter(more.values()))) if more else 900
    columns = {"sex": [luck.choice(["men", "women"]) for _ in range(n)],
               "flagged": [luck.randrange(2) for _ in range(n)], **more}
    path = folder / "a.csv"
    rows = [tuple(columns), *zip(*columns.values(), strict=True)]
    path.write_text("\n".join(",".join(map(str, row)) for row in rows))
    return path


VALUES = {
    "names of persons": (["Anna", "Piotr", "Ewa", "Jan", "Katarzyna", "Tomasz"], True),
    "names in full": (["Anna Nowak", "Maria Garcia", "Li Wei", "Ahmed Khan", "Erik Larsson"], True),
    "names in Chinese": (["王伟", "李娜", "张敏", "刘洋", "陈静"], True),
    "ethnicities": (["White British", "White Irish", "Black African", "Mixed Other"], False),
    "regions": (["North Holland", "South Holland", "New South Wales", "Rhône Alpes"], False),
    "offices": (["Office 1", "Office 2", "Office 11", "Office 23"], False),
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_decide_before_names(tmp_path: Path, kind: str) -> None:
    labels, refused = VALUES[kind]
    luck = random.Random(3)
    path = written(tmp_path, x=[luck.choice(labels) for _ in range(900)])
    question = Question(decision="flagged", groups=("x",))
    if refused:
        with pytest.raises(BoundaryError, match='column "x" looks like personal names'):
            audit(path, question)
    else:
        assert audit(path, question).groups


def test_labels_that_few_share_are_nearly_persons(tmp_path: Path) -> None:
    path = written(tmp_path, x=[f"place {i // 4}" for i in range(900)])
    with pytest.raises(BoundaryError, match="that few share"):
        audit(path, Question(decision="flagged", groups=("x",)))


def test_a_reason_in_words_keeps_a_column_and_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, note=["a", "b", "c"] * 300)
    with pytest.raises(BoundaryError, match="--keep note --because"):
        audit(path, Question(decision="flagged", groups=("note",)))
    why = "A note is one of three marks here"
    found = audit(path, Question(decision="flagged", groups=("note",), keep=("note",), because=why))
    assert "note=a" in found.groups
    assert any("note" in line and why in line for line in found.exceptions)
    with pytest.raises(InputError, match="needs --because"):
        Question(decision="flagged", groups=("note",), keep=("note",), because="because")


def test_a_reason_does_not_make_persons_into_groups(tmp_path: Path) -> None:
    path = written(tmp_path, who=[f"w{i}" for i in range(900)])
    with pytest.raises(BoundaryError):
        audit(path, Question(decision="flagged", groups=("who",), keep=("who",), because="They are only numbers to me"))


@pytest.mark.parametrize(("floor", "because"), [(0, ""), (2, "I would very much like to"), (3, ""), (4, "please")])
def test_a_low_floor_needs_a_reason_and_has_an_end(floor: int, because: str) -> None:
    with pytest.raises(InputError, match=r"--floor must be at least 3|needs --because"):
        Question(decision="d", floor=floor, because=because)


def test_weights_are_no_people(tmp_path: Path) -> None:
    """Thirty people do not become a table by being paid much; nor do six thousand become a million."""
    luck = random.Random(5)
    few = {"staff": [f"s{i % 9}" for i in range(30)], "pay": [luck.randrange(100, 9000) for _ in range(30)]}
    found = audit(written(tmp_path, **few), Question(decision="flagged", groups=("staff",), weight="pay", floor=5))
    assert not any("staff=s" in group for group in found.groups)
    many = {"w": [luck.randrange(10, 320) for _ in range(6000)]}
    path = written(tmp_path, **many)
    both = [audit(path, Question(decision="flagged", groups=("sex",), weight=weight)) for weight in ("", "w")]
    rates = [next(m for m in one.measures if m.measure == "selection rate" and m.group == "all") for one in both]
    size = sum(many["w"])**2 / sum(w * w for w in many["w"])
    assert rates[1].n == rates[0].n == 6000
    widths = [m.high - m.low for m in rates]
    assert widths[1] / widths[0] == pytest.approx((6000 / size)**0.5, rel=0.03)
    assert "count as" in rates[1].note


def test_the_highest_score_of_all_is_no_edge(tmp_path: Path) -> None:
    luck = random.Random(6)
    scores = [37 if i == 5 else luck.randrange(10) for i in range(2000)]
    path = written(tmp_path, score=scores, y=[luck.randrange(2) for _ in scores])
    found = audit(path, Question(score="score", cut=5, outcome="y", groups=("sex",)))
    assert found.printed.layout.bands[-1] == "9 and above"
    assert "37" not in " ".join(m.measure + m.note for m in found.measures)


def test_scores_of_any_size_get_an_answer_or_a_message(tmp_path: Path) -> None:
    ends = [1e308, -1e308, 3.5]
    path = written(tmp_path, score=[ends[i % 3] for i in range(900)], y=[i % 2 for i in range(900)])
    with pytest.raises(InputError, match="too far apart"):
        audit(path, Question(score="score", cut=5, outcome="y", groups=("sex",)))


def test_a_column_to_be_kept_is_in_the_table_and_the_answer_says_whether_it_had_to_be(tmp_path: Path) -> None:
    path, why = written(tmp_path, region=["north", "south", "west"] * 300), "They are coarse regions of the country"
    with pytest.raises(InputError, match='has no column "regionx"; did you mean "region"'):
        audit(path, Question(decision="flagged", keep=("regionx",), because=why))
    found = audit(path, Question(decision="flagged", groups=("region",), keep=("region",), because=why))
    assert not found.exceptions
    assert any('column "region" does not look like an identifier' in line for line in found.left_out)
    labels = ["2024-01-02", "2024-02-03", "2024-03-04"] * 290
    found = audit(written(tmp_path, batch=labels), Question(
        decision="flagged", groups=("batch",), keep=("batch",), because="They are the days of three large batches",
        other_people="These are others than those by region"))
    assert any('column "batch" looks like an identifier and was kept' in line for line in found.exceptions)
