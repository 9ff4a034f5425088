"""Whatever is typed, the answer is an answer or one clear message: never a trace, and never called a defect of ours."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import strategies as st

from sousveil.cli import COMMANDS, app
from sousveil.cli.output import dispatch
from tiers import for_all

QUICK = sorted(set(COMMANDS) - {"app", "demo", "evidence", "run"})
"""Commands that answer odd words without long work; `app` goes on until it is told to stop."""

ODD = st.one_of(
    st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), max_size=30),  # stays here
    st.sampled_from(["", ".", "/", "~", "-", "--", "--json", "-o", "--out", "--help", "x" * 5000, "/dev/null", "1e400",
                     "/proc/self", "nan", "[red]", "%s", "{0}", "..", "a/b/c", "\u202e", "--people=1e6"]),
)


@pytest.fixture(autouse=True, scope="module")
def somewhere_else(tmp_path_factory: pytest.TempPathFactory) -> object:
    with contextlib.chdir(tmp_path_factory.mktemp("odd")):
        yield Path.cwd()


@for_all(st.sampled_from(QUICK), st.lists(ODD, max_size=4), few=40, many=1000)
def test_odd_words_are_answered_or_refused(command: str, words: list[str]) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = dispatch(app, [command, *words])
    assert code in (0, 2, 3)
    assert "defect of sousveil" not in err.getvalue()
    assert "Traceback" not in err.getvalue()


@for_all(st.sampled_from(["--people", "--steps", "--seed", "--replicates", "--threads", "--engine", "--reform"]), ODD,
         few=40, many=1000)
def test_odd_settings_of_a_run_are_refused_or_taken(option: str, word: str) -> None:
    """The study is none, so that nothing long is run; what is wrong is said all the same."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = dispatch(app, ["run", "no-such-study", option, word])
    assert code in (0, 2)
    assert "defect of sousveil" not in err.getvalue()
