"""A value of the wrong kind, given to a public function: an error in our words, and nothing is done."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import sousveil as sv


class Odd:
    """A value of a class that nobody knows."""


WRONG: Mapping[str, Any] = {"None": None, "whole": 5, "number": -2.5, "nan": float("nan"), "text": "x", "list": ["x"],
                            "numbers": [5], "mapping": {"x": "y"}, "bytes": b"x", "odd": Odd(), "true": True,
                            "function": len}
"""Kind -> a value of it."""

TAKES: Mapping[str, tuple[str, ...]] = {
    "None": ("None",), "str": ("text",), "int": ("whole",), "float": ("whole", "number"), "bool": ("true",),
    "WholeNumber": ("whole",), "Sequence": ("list", "text"), "Iterable": ("list", "text"), "tuple": ("list", "text"),
    "Names": ("list", "text"), "Mapping": ("mapping",), "Any": (*WRONG,),
    "AnyRate": ("text", "whole", "number", "list", "numbers"), "AnyStudy": ("text",), "AnyReform": ("text", "mapping"),
    "AnyAxes": ("text", "list", "mapping"), "Engine": ("text",), "Family": ("text",), "Rule": ("text",),
    "Share": ("whole", "number")}
"""A word of an annotation -> the kinds of values above that it takes, good or bad."""


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[tuple[Any, ...], dict[str, Any]]]:
    """Public function -> arguments of the right kinds."""
    place = tmp_path_factory.mktemp("right")
    run = sv.run("seed-article", people=20, steps=2)
    run.save(place / "run")
    (place / "t.csv").write_text("g,decision\n" + "".join(f"{'ab'[i % 2]},{i % 3 // 2}\n" for i in range(90)))
    kept, few, one = str(place / "run"), {"people": 20, "steps": 2}, ("seed-article",)
    return {
        "ask": (one, few), "assess": ((kept,), {}), "bundle": ((kept,), {}), "cases": (one, {}), "check": ((kept,), {}),
        "audit": ((str(place / "t.csv"),), {"decision": "decision", "groups": "g"}),
        "baserate": ((), {"faces": 1000, "watchlist": 10, "present": 1, "fpir": 0.001}), "cite": ((kept,), {}),
        "claim": (("3 of 100", 0.01), {}), "compare": ((*one, "no-ceiling"), few), "evidence": (("x",), {}),
        "explain": (one, {}), "extremes": (one, few), "gallery": ((str(place / "pages"), ["x"]), {}),
        "infer": ((*one, "figures.yaml"), few), "load": ((kept,), {}), "mend": (one, few),
        "new": ((str(place / "new"),), {}), "population": ((str(place / "t.csv"),), {}), "reform": (("a=1",), {}),
        "report": ((run,), {}), "review": (("a.yaml", kept), {}), "run": (one, few),
        "save": ((run, str(place / "saved")), {}), "sensitivity": (one, few), "story": ((run, 1), {}),
        "study": (one, {}), "sweep": ((*one, "score.start=0:1:2"), few), "verify": ((kept,), {}), "why": (one, few),
        "widen": ((run, 2), {})}


ASKED = [name for name in sv.__all__ if inspect.isfunction(getattr(sv, name)) and inspect.signature(
    getattr(sv, name)).parameters]


@pytest.mark.parametrize("name", ASKED)
def test_a_value_of_the_wrong_kind_is_told_in_words(name: str, right: Any, tmp_path: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    function = getattr(sv, name)
    given, settings = right[name]
    asked = inspect.signature(function).parameters
    many = any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in asked.values())
    named = {} if many else inspect.signature(function).bind(*given, **settings).arguments
    for parameter in asked.values():
        taken = {kind for word in re.findall(r"\w+", str(parameter.annotation)) for kind in TAKES.get(word, ())}
        for kind, value in WRONG.items():
            if kind in taken or parameter.kind is inspect.Parameter.VAR_KEYWORD or (
                    value is None and parameter.default is None):
                continue
            first = (value,) if parameter.kind is inspect.Parameter.VAR_POSITIONAL else given if many else ()
            other = {} if parameter.kind is inspect.Parameter.VAR_POSITIONAL else {**named, parameter.name: value}
            try:
                function(*first, **other)
            except sv.InputError as error:
                said = str(error)
            else:
                pytest.fail(f"{name}({parameter.name}={value!r}) was taken")
            assert said
    assert not [*tmp_path.iterdir()], "something was written"


@pytest.mark.parametrize(("call", "said"), [
    (lambda: sv.run(), "run() missing 1 required positional argument: 'study'"),
    (lambda: sv.run("seed-article", peple=3), "run() got an unexpected keyword argument 'peple'"),
    (lambda: sv.baserate(1), "baserate() takes 0 positional arguments but 1"),
    (lambda: sv.study(), "load() missing 1 required"), (lambda: sv.entries(1), "entries() takes 0")])
def test_a_call_that_does_not_fit_is_a_type_error_with_the_name_of_the_function(call: Callable[[], object], said: str
                                                                               ) -> None:
    """As everywhere in Python, whether the function looks at its values or not."""
    with pytest.raises(TypeError) as caught:
        call()
    assert said in str(caught.value)


def test_what_is_asked_for_is_named() -> None:
    for call, said in (
            (lambda: sv.baserate(faces="x", watchlist=10, present=1), 'faces: "x" is not a whole number'),
            (lambda: sv.baserate(faces=10, watchlist=10, present=float("nan")), "present: nan is not a number"),
            (lambda: sv.baserate(faces=10, watchlist=10, present=1, fpir=0.1, rule="linaer"),
             'rule: "linaer" is none of them; did you mean "linear"?'),
            (lambda: sv.audit("t.csv", decision=5), "decision: 5 is not text"),
            (lambda: sv.audit("t.csv", groups=[5]), "groups: a value of the type list is not text or a list of text"),
            (lambda: sv.cite(5), "result: 5 is not text, a path or a run"),
            (lambda: sv.evidence(None), "ids: None is not text"),
            (lambda: sv.explain("us-midas", width=0), "width: 0 is not between 20 and 1,000"),
            (lambda: sv.widen(None), "found: None is not a run or a comparison")):
        with pytest.raises(sv.InputError, match=re.escape(said)):
            call()


@pytest.mark.parametrize("wrong", [None, 3, b"x"])
def test_what_is_no_path_is_told_wherever_something_is_saved(wrong: Any) -> None:
    run = sv.run("seed-article", people=300, steps=3, engine="agents")
    for save in (run.save, sv.study("seed-article").save, sv.assess(run, "fria").save, sv.report(run).save):
        with pytest.raises(sv.InputError, match=r"is not (text or )?a path"):
            save(wrong)


@pytest.mark.parametrize("name", ["x.pdf", "x.docx", "x", "x.html.gz"])
def test_a_page_is_written_as_a_page_and_under_no_other_name(name: str, right: Any, tmp_path: Path) -> None:
    page = sv.report(right["report"][0][0])
    with pytest.raises(sv.InputError, match=r"a page is written to \.html"):
        page.save(tmp_path / name)
    assert not [*tmp_path.iterdir()]
