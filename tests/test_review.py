"""A filed assessment against results: what is planted is found, what holds is not called false, and strangers' files
are read with care."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

import sousveil
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError
from sousveil.filings import aia, reading
from sousveil.filings.form import facts
from sousveil.filings.fria import HARMS
from sousveil.filings.result import read
from sousveil.filings.review import not_read, with_a_number
from swept import written


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made")
    written(home / "mine")
    small = ["--people", "1000", "--steps", "3", "--points", "2"]
    for engine in ("exact", "agents"):
        assert dispatch(app, ["run", str(home / "mine"), *small, "--engine", engine, "-o", str(home / engine)]) == 0
    for entry in ("us-midas", "nl-duo-cub-2014", "us-psa-fta"):
        assert dispatch(app, ["run", entry, *small, "-o", str(home / entry)]) == 0
    rows = "decision,outcome,group\n" + "1,1,a\n1,0,a\n0,0,a\n0,1,a\n" * 50 + "1,0,b\n1,0,b\n1,1,b\n0,0,b\n" * 50
    (home / "table.csv").write_text(rows)
    assert dispatch(app, ["audit", str(home / "table.csv"), "--decision", "decision", "--outcome", "outcome",
                          "--groups", "group", "-o", str(home / "audit")]) == 0
    return home


RESULTS = ("exact", "agents", "us-midas", "nl-duo-cub-2014", "us-psa-fta", "audit")


def filed(path: Path, states: list[dict[str, object]], **more: object) -> Path:
    path.write_text(json.dumps({"assessment": "filed", "d": {"text": "", "states": states}, **more}))
    return path


@pytest.mark.parametrize("name", RESULTS)
def test_planted_contradictions_are_found_and_what_holds_is_never_called_false(made: Path, tmp_path: Path, name: str
                                                                               ) -> None:
    """Numbers of the result itself, shifted by known amounts: far outside of all it may be, inside, and around."""
    result = read(made / name)
    draw = random.Random(name)
    states: list[dict[str, object]] = []
    planted: list[str] = []
    for fact in facts(result, *HARMS, between=True):
        low, high = aia.range_of(result, fact.measure)
        if low is None or high is None:
            continue
        m = fact.measure
        who = {"group": m.group, **({"against": m.reference} if m.reference else {}),
               **({"ratio": True} if m.unit == "ratio" else {})}
        wide = max(high - low, abs(high), abs(low), 0.01)
        far, around = 3 * wide * (1 + draw.random()), wide * draw.random()
        for key, ends in (("below", {"at-most": low - far}), ("above", {"at-least": high + far}),
                          ("around", {"at-least": low - around - far, "at-most": high + around + far}),
                          ("itself", {"at-least": m.value, "at-most": m.value})):
            states.append({"says": f"{len(states)} {key}", "of": fact.quantity.key, **who, **ends})
            planted.append(key)
    assert len(states) >= 16
    found = sousveil.review(filed(tmp_path / "filed.yaml", states), made / name)
    verdicts = {one.statement.split()[1]: set() for one in found.judged}  # type: ignore[var-annotated]
    for one in found.judged:
        verdicts[one.statement.split()[1]].add(one.verdict)
    assert verdicts["below"] == verdicts["above"] == {"contradicts"}
    assert verdicts["around"] == {"supports"}
    assert "contradicts" not in verdicts["itself"]
    assert sum("On which figures" in question for question in found.questions) == sum(
        key in ("below", "above") for key in planted)


def test_what_a_result_says_of_itself_is_not_contradicted_by_it(made: Path, tmp_path: Path) -> None:
    for name in RESULTS:
        sousveil.assess(made / name).save(tmp_path / "own.yaml")
        found = sousveil.review(tmp_path / "own.yaml", made / name)
        assert found.judged
        assert {one.verdict for one in found.judged} <= {"supports", "cannot judge"}
        sousveil.assess(made / name, form="iama").save(tmp_path / "own.json")
        assert "contradicts" not in {one.verdict for one in sousveil.review(tmp_path / "own.json", made / name).judged}


@pytest.mark.parametrize("number", range(4))
def test_other_draws_of_the_same_scheme_do_not_contradict_the_truth(number: int, tmp_path: Path) -> None:
    """What the exact engine expects is stated; runs of drawn people, under other seeds, do not contradict it."""
    study = written(tmp_path / "mine").evolve(people=3_000, steps=3, seed=number + 40)
    truth = sousveil.run(study, engine="exact")
    states: list[dict[str, object]] = [
        {"says": m.group, "of": "wrongful", "group": m.group, "at-least": m.value, "at-most": m.value}
        for m in truth.measures() if m.measure == "share with a wrongful debit"]
    drawn = sousveil.widen(sousveil.run(study, engine="agents"), 2)
    drawn.save(tmp_path / "drawn")
    found = sousveil.review(filed(tmp_path / "filed.yaml", states), tmp_path / "drawn")
    assert len(found.judged) == 3
    assert "contradicts" not in {one.verdict for one in found.judged}


def test_a_run_without_its_second_width_judges_nothing_where_numbers_are_assumed(made: Path, tmp_path: Path) -> None:
    sousveil.run(sousveil.study(made / "mine"), people=500, steps=3, engine="exact").save(tmp_path / "out")
    found = sousveil.review(filed(tmp_path / "f.yaml", [{"says": "x", "of": "wrongful", "at-least": 0.99}]),
                            tmp_path / "out")
    assert [one.verdict for one in found.judged] == ["cannot judge"]
    assert "run it again with --points 128" in found.judged[0].said


@pytest.mark.parametrize(("sentence", "of", "group", "ends"), [
    ("At most 2% of people are wrongly penalised.", "wrongful", "all", (None, 0.02)),
    ("Fewer than 1 in 1,000 people of group B are penalised by mistake.", "wrongful", "B", (None, 0.001)),
    ("Hooguit 2,5 procent wordt ten onrechte geselecteerd.", None, None, None),
    ("Minder dan 3 % van de mensen krijgt ten onrechte een boete.", "wrongful", "all", (None, 0.03)),
    ("The false positive rate is at least 12.5%.", "false-positives", "all", (0.125, None)),
    ("12% of people end in tier \u201clow\u201d.", "tier:low", "all", (0.115, 0.125)),
    ("Nobody is wrongly penalised.", "wrongful", "all", 0.0),
    ("People of group A and group B are wrongly penalised in 2% of cases.", None, None, None),
    ("Between 2% and 3% are wrongly penalised.", None, None, None),
    ("It is not so that 2% are wrongly penalised.", None, None, None),
    ("The target is that 2% are wrongly penalised.", None, None, None),
    ("Not more than 2% are wrongly penalised.", "wrongful", "all", (None, 0.02)),
    ("No more than 2% are wrongly penalised.", "wrongful", "all", (None, 0.02)),
    ("Wrongful records are rare.", None, None, None), ("In 2020 the law changed.", None, None, None),
    ("Of more than 500 people, at most 2% are wrongly penalised.", "wrongful", "all", (None, 0.02))])
def test_a_sentence_is_read_with_one_meaning_or_not_at_all(sentence: str, of: str | None, group: str | None,
                                                           ends: object) -> None:
    found = reading.stated(sentence, ["A", "B"], ["up", "low"])
    if of is None:
        assert found is None
        return
    assert found is not None
    assert (found.of, found.group) == (of, group)
    if isinstance(ends, float):
        assert found.is_ == ends
    else:
        assert (found.at_least, found.at_most) == (
            tuple(None if end is None else pytest.approx(end) for end in ends))  # type: ignore[attr-defined]


def test_a_planted_sentence_in_an_iama_is_found(made: Path, tmp_path: Path) -> None:
    answers = {"3.5.2": {"value": "Niemand wordt ten onrechte benadeeld.", "lastEditedAt": "2026-01-01T00:00:00Z"}}
    (tmp_path / "iama.json").write_text(json.dumps({"metadata": {"urn": "urn:nl:iama:2.0"}, "answers": answers}))
    found = sousveil.review(tmp_path / "iama.json", made / "exact")
    assert [(one.heading, one.verdict) for one in found.judged] == [("d", "contradicts")]
    assert "is empty" in " ".join(found.left_out)


def test_what_article_27_asks_for_and_nobody_wrote_is_named(made: Path, tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("assessment: thin\na: {text: A process.}\nc: {text: Everybody}\nd: {text: None}\n"
                                     "f: {text: A board looks on.}\n")
    found = " ".join(sousveil.review(tmp_path / "f.yaml", made / "exact").left_out)
    assert "(b) is empty" in found
    assert "(e) is empty" in found
    assert "(c) does not name group A" in found
    assert "(d) does not speak of people who lose points for what they did not do" in found
    assert "(d) states no number" in found
    assert "(f) does not say how people complain" in found
    assert "(a)" not in found


BROKEN = {
    "aliases": "assessment: x\na: &a {text: y}\nb: *a\n", "a bomb": "assessment: x\na: [" + "[" * 5000,
    "a tag": "assessment: !!python/object:os.system x\n", "another kind": "scheme: x\n",
    "no ends": "assessment: x\nd: {states: [{says: y, of: wrongful}]}\n",
    "both": "assessment: x\nd: {states: [{says: y, of: wrongful, is: 1, at-most: 2}]}\n",
    "turned": "assessment: x\nd: {states: [{says: y, of: wrongful, at-least: 3, at-most: 2}]}\n",
    "not a number": "assessment: x\nd: {states: [{says: y, of: wrongful, is: .nan}]}\n",
    "misspelt": "assessment: x\nd: {sates: []}\n", "empty": "", "large": "assessment: " + "x" * 1_000_001,
    "control": "assessment: \"\\u202ex\x07\"\n"}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_assessment_is_refused_with_its_place(made: Path, tmp_path: Path, what: str,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f.yaml").write_text(BROKEN[what])
    assert dispatch(app, ["review", str(tmp_path / "f.yaml"), "--against", str(made / "exact"), "-o",
                          str(tmp_path / "out.html")]) == 2
    assert "f.yaml" in capsys.readouterr().err
    assert not (tmp_path / "out.html").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", "{\"answers\": []}", "[" * 100_000, "{\"answers\": {\"1\": 3}}"])
def test_a_broken_iama_is_refused_or_says_nothing(made: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "f.json").write_text(text)
    if "answers" in text and "[]" not in text:
        assert sousveil.review(tmp_path / "f.json", made / "exact").judged == ()
        return
    with pytest.raises(InputError, match=r"f\.json"):
        sousveil.review(tmp_path / "f.json", made / "exact")


def test_groups_of_an_audit_are_named_with_or_without_their_column(made: Path, tmp_path: Path) -> None:
    states: list[dict[str, object]] = [
        {"says": "x", "of": "selected", "group": b, "against": a, "at-most": 0.01}
        for a, b in (("a", "b"), ("group=a", "group=b"))]
    found = sousveil.review(filed(tmp_path / "f.yaml", states), made / "audit").judged
    assert [one.verdict for one in found] == ["contradicts"] * 2
    assert "group group" not in found[0].read + found[0].said


def test_markup_in_an_assessment_stays_text(made: Path, tmp_path: Path) -> None:
    planted = "<img src=x onerror=alert(1)>"
    path = filed(tmp_path / "f.yaml", [{"says": f"{planted} 2%", "of": "wrongful", "at-most": 0.02}])
    page = sousveil.review(path, made / "exact").save(tmp_path / "r.html").read_text(encoding="utf-8")
    assert planted not in page
    assert "&lt;img" in page


def test_verdicts_are_counted_in_grammar_and_what_was_not_read_is_told(made: Path, tmp_path: Path) -> None:
    """It said "no supported", and nothing of a sentence with a number in which nothing was read."""
    text = "At most 2% or 3% lose points wrongfully. All is well. Nobody is harmed in the end."
    states = [{"says": f"{i}", "of": "wrongful", "at-least": 0.9 + i / 100} for i in range(2)]
    found = sousveil.review(filed(tmp_path / "f.yaml", states, f={"text": text}), made / "exact")
    assert found.page.lead.startswith("Two statements were read: two are contradicted, none is supported")
    said = "Three sentences of (d), (e) and (f) were not read as a statement, two of them with a number"
    assert not_read(found) == said
    assert with_a_number(found) == ["(f) At most 2% or 3% lose points wrongfully.", "(f) Nobody is harmed in the end."]
    assert found.plain()["not read"][1] == "(f) All is well."


def test_what_is_printed_and_written_says_what_it_supports(made: Path, tmp_path: Path,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    path = filed(tmp_path / "f.yaml", [{"says": "x", "of": "wrongfull", "at-most": 0.02}])
    words = ["review", str(path), "--against", str(made / "exact"), "--against", str(made / "audit"), "-o"]
    assert dispatch(app, [*words, str(tmp_path / "r.json")]) == 0
    out = capsys.readouterr().out
    assert "neither evidence of what happened to anybody nor a finding of" in " ".join(out.split())
    assert 'did you mean "wrongful"' in " ".join(out.split())
    data = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [one["verdict"] for one in data["statements"]] == ["cannot judge"] * 2
    assert {entry["result"] for entry in data["against"]} == {"exact", "audit"}


