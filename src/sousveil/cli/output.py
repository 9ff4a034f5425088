"""What all commands share: how they answer, and how they fail.

A command is a function that returns an `Answer`. Only this module prints it:

    standard output   the answer: words for people or, after `--json`, exactly one JSON object (an error is one too)
    standard error    everything else: progress, notes, errors
    exit code         0 done · 1 a defect of ours, or a published figure not reproduced · 2 wrong input ·
                      3 refused by the boundaries · 130 interrupted
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from cyclopts import App, CycloptsError

from sousveil.errors import InputError, Interrupted, SousveilError

__all__ = ["COMMON", "Answer", "aligned", "dispatch", "plural", "typed"]

COMMON = "--json, with any command: print one JSON object to standard output, and nothing else there."
"""The line about what all commands have in common, for the help pages."""

PACKAGE = Path(__file__).parents[1]

DEFECT = """This is a defect of sousveil, not a mistake of yours: {name} at {place}.
Please report it with what you typed, and without data about people. SOUSVEIL_DEBUG=1 shows how it came about."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers: `text` for people, `data` for programs; 1 where a published figure was not reproduced."""

    text: str
    data: Mapping[str, Any]
    exit_code: int = 0


def dispatch(app: App, words: Sequence[str]) -> int:
    """Carry out the command in `words`, print its answer or its error, and return the exit code."""
    words, as_json = _without_json(words)
    code = 0
    try:
        try:
            answer = app(words, exit_on_error=False, print_error=False, result_action="return_value")
            if isinstance(answer, Answer):
                print(_json(answer.data) if as_json else answer.text)
                code = answer.exit_code
        except BrokenPipeError:
            raise
        except (Exception, KeyboardInterrupt) as error:
            message, code = _explained(error)
            print(message, file=sys.stderr, flush=True)
            if as_json:
                problems = [asdict(problem) for problem in getattr(error, "problems", ())]
                print(_json({"error": {"exit code": code, "message": message, "problems": problems}}))
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
    return code


def typed(app: App, words: Sequence[str]) -> NoReturn:
    """End the process as `sousveil WORDS` does."""
    # Asked to stop by the system, or by the person: both unwind, so that nothing half-made stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(dispatch(app, words))


def _without_json(words: Sequence[str]) -> tuple[list[str], bool]:
    """The words without `--json`, which may stand anywhere before `--`, and whether it was there."""
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word != "--json"]
    return [*kept, *words[end:]], len(kept) < end


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _explained(error: BaseException) -> tuple[str, int]:
    """What to say about an error, and the exit code."""
    if isinstance(error, CycloptsError):
        return f"{error}\nsousveil --help lists the commands, sousveil COMMAND --help what each takes.", 2
    if isinstance(error, SousveilError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; nothing was written", Interrupted.exit_code
    if isinstance(error, MemoryError):
        return "not enough memory for this; fewer people need less: --people", InputError.exit_code
    return _defect(error), 1


def _defect(error: BaseException) -> str:
    """What to say about an exception that nobody foresaw.

    Its own message is left out, also from the trace: it could quote a line of a table that somebody is auditing.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    trace = "".join(traceback.format_list(frames)) if os.environ.get("SOUSVEIL_DEBUG") == "1" else ""
    return trace + DEFECT.format(name=type(error).__name__, place=place)


def _forget_output() -> None:
    """Whoever read our output has seen enough. Without this, Python would complain when it closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def plural(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def aligned(rows: Sequence[Sequence[str]], gap: int = 2) -> str:
    """Rows of words as columns, each as wide as its widest word; no line ends in spaces."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ((" " * gap).join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
