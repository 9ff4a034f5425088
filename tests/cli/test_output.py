"""How every command answers and fails, shown on a made-up one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from cyclopts import App
from hypothesis import given
from hypothesis import strategies as st

import sousveil
from sousveil.cli.options import Whole, whole
from sousveil.cli.output import Answer, dispatch
from sousveil.errors import BoundaryError, EvidenceError, InputError, Interrupted, Problem

FAILURES = {
    "input": InputError([Problem("a.yaml", 3, 1, "one"), Problem("a.yaml", 4, 2, "two")]),
    "boundary": BoundaryError("column \"name\" looks like names"),
    "interrupted": Interrupted("stopped at step 3; go on with the same command"),
    "evidence": EvidenceError("C01 was not reproduced"),
    "key": KeyboardInterrupt(),
    "memory": MemoryError(),
    "bug": ZeroDivisionError("Ada Lovelace, 1815-12-10"),
}


def toy() -> App:
    app = App(name="toy", version="1.2.3", help_format="plaintext", suppress_keyboard_interrupt=False)

    @app.command
    def double(number: Whole, /, *, note: str = "") -> Answer:
        """Twice the number."""
        print("working", file=sys.stderr)
        return Answer(f"{note}{2 * number}", {"double": 2 * number})

    @app.command
    def fail(how: str, /) -> Answer:
        """Fail in the way asked for."""
        raise FAILURES[how]

    @app.command
    def broken() -> Answer:
        """Answer with what JSON cannot hold."""
        return Answer("", {"value": float("nan")})

    return app


Said = tuple[int, str, str]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def said(*words: str) -> Said:
        code = dispatch(toy(), words)
        return code, *capsys.readouterr()

    return said


def test_an_answer_is_words_or_one_json_object(say) -> None:  # type: ignore[no-untyped-def]
    assert say("double", "21") == (0, "42\n", "working\n")
    for words in (["--json", "double", "21"], ["double", "--json", "21"], ["double", "21", "--json"]):
        code, out, _ = say(*words)
        assert code == 0
        assert json.loads(out) == {"double": 42}


def test_json_after_two_dashes_is_a_value(say) -> None:  # type: ignore[no-untyped-def]
    code, out, err = say("double", "--", "--json")
    assert (code, out) == (2, "")
    assert '"--json" is not a whole number' in err


@pytest.mark.parametrize(("how", "code", "message"), [
    ("input", 2, "a.yaml:3:1  one\na.yaml:4:2  two\n"),
    ("boundary", 3, 'column "name" looks like names\n'),
    ("interrupted", 130, "stopped at step 3; go on with the same command\n"),
    ("evidence", 1, "C01 was not reproduced\n"),
    ("key", 130, "interrupted; no result is half written: the same command begins again or goes on\n"),
    ("memory", 2, "not enough memory for this; fewer people need less: --people\n"),
])
def test_failures_say_what_is_wrong_on_standard_error(say, how: str, code: int,  # type: ignore[no-untyped-def]
                                                      message: str) -> None:
    assert say("fail", how) == (code, "", message)
    failed, out, err = say("fail", how, "--json")
    assert (failed, err) == (code, message)
    error = json.loads(out)["error"]
    assert (error["exit code"], error["message"]) == (code, message.rstrip("\n"))
    assert len(error["problems"]) == (2 if how == "input" else 0)


def test_a_defect_is_ours_and_shows_where_only_when_asked(say, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("SOUSVEIL_DEBUG", raising=False)
    code, out, err = say("fail", "bug")
    assert (code, out) == (1, "")
    assert err.startswith("This is a defect of sousveil, not a mistake of yours: ZeroDivisionError at output.py:")
    assert "raise FAILURES" not in err
    monkeypatch.setenv("SOUSVEIL_DEBUG", "1")
    trace = say("fail", "bug")[2]
    assert "raise FAILURES" in trace
    assert "Lovelace" not in err + trace


def test_a_value_that_json_cannot_hold_is_a_defect_and_prints_no_half(say) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = say("broken", "--json")
    assert code == 1
    assert json.loads(out)["error"]["message"].startswith("This is a defect of sousveil")


@pytest.mark.parametrize(("words", "message"), [
    (["dubble", "2"], 'Unknown command "dubble". Did you mean "double"?'),
    (["double", "2", "--nte", "x"], "Unknown option: --nte. Did you mean --note?"),
    (["double"], "requires an argument"),
    (["double", "2.5"], '"2.5" is not a whole number, such as 1000000 or 1e6'),
    (["double", "2", "--note"], "--note requires an argument"),
    (["double", "2", "3"], "['3']"),
])
def test_wrong_usage_names_the_nearest_word(say, words: list[str], message: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = say(*words)
    assert (code, out) == (2, "")
    assert message in err


def test_help_and_version_are_answers(say) -> None:  # type: ignore[no-untyped-def]
    assert say("--version") == (0, "1.2.3\n", "")
    code, out, err = say("--help")
    assert (code, err) == (0, "")
    assert "Twice the number" in out


@given(st.integers(0, 10**18))
def test_whole_numbers_are_read_as_people_type_them(number: int) -> None:
    assert whole(str(number)) == whole(f"{number:_}") == whole(f"{number:,}") == number


@given(st.integers(1, 9), st.integers(0, 22))
def test_powers_of_ten_are_exact(digit: int, power: int) -> None:
    assert whole(f"{digit}e{power}") == digit * 10**power


@pytest.mark.parametrize("text", ["", "x", "1.5", "1,5", "1,00", "nan", "inf", "1e-3", "0x10", "1e999", "12 people"])
def test_what_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a whole number"):
        whole(text)


SCRIPT = textwrap.dedent("""
    import sys, time
    from cyclopts import App
    from sousveil.cli.output import Answer, typed
    app = App(name="toy", suppress_keyboard_interrupt=False)
    @app.command
    def wait() -> Answer:
        print("ready", file=sys.stderr, flush=True)
        time.sleep(60)
        raise AssertionError
    @app.command
    def much() -> Answer:
        return Answer("line\\n" * 200_000, {})
    @app.command
    def snow() -> Answer:
        return Answer("\\u2603", {})
    typed(app, sys.argv[1:])
""")


def test_a_reader_who_has_seen_enough_causes_no_complaint() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", SCRIPT, "much"], stdout=pipe, stderr=pipe) as toy:
        assert toy.stdout is not None
        assert toy.stderr is not None
        toy.stdout.readline()
        toy.stdout.close()
        assert toy.stderr.read() == b""
        assert toy.wait() == 0


@pytest.mark.skipif(os.name == "nt", reason="stops by signal")
@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_stopped_by_the_person_the_system_or_a_closed_terminal(stop: str) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT, "wait"], stderr=subprocess.PIPE) as toy:
        assert toy.stderr is not None
        assert toy.stderr.readline() == b"ready\n"
        toy.send_signal(signal.Signals[stop])
        assert toy.stderr.read() == (b"interrupted; no result is half written: the same command begins again or "
                                     b"goes on\n")
        assert toy.wait() == 130


@pytest.mark.skipif(os.name == "nt", reason="stops by signal")
def test_what_nohup_starts_goes_on_when_its_terminal_is_closed() -> None:
    command = ["nohup", sys.executable, "-c", SCRIPT, "wait"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as toy:
        assert toy.stderr is not None
        while toy.stderr.readline() not in (b"ready\n", b""):
            pass
        toy.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            toy.wait(0.5)
        toy.send_signal(signal.SIGTERM)
        assert toy.wait() == 130


def test_a_terminal_without_unicode_gets_an_answer_too() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    ended = subprocess.run([sys.executable, "-c", SCRIPT, "snow"], capture_output=True, env=environment, check=True)
    assert ended.stdout == b"\\u2603\n"


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sousveil", "--version"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout == f"{sousveil.__version__}\n"
