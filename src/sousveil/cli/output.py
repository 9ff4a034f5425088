"""What all commands share: how they answer, and how they fail.

A command is a function that returns an `Answer`. Only this module prints it:

    standard output   the answer: words for people or, after `--json`, exactly one JSON object (an error is one too)
    standard error    everything else: progress, notes, errors
    exit code         0 done · 1 a defect of ours, or a published figure not reproduced · 2 wrong input ·
                      3 refused by the boundaries · 130 interrupted
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
import textwrap
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

from cyclopts import App, CycloptsError

from sousveil.errors import InputError, Interrupted, SousveilError
from sousveil.ground import process
from sousveil.ground.characters import UNPRINTABLE, printable
from sousveil.ground.interrupts import ending, listening
from sousveil.progress import tell
from sousveil.runs import asked

__all__ = ["COMMON", "Answer", "aligned", "dispatch", "plural", "told", "typed", "width", "wrapped"]

COMMON = "--json, with any command: print one JSON object to standard output, and nothing else there."
"""The line about what all commands have in common, for the help pages."""

PACKAGE = Path(__file__).parents[1]

DEFECT = """This is a defect of sousveil, not a mistake of yours: {name} at {place}.
Please report it with what you typed, and without data about people. SOUSVEIL_DEBUG=1 shows how it came about."""


FILES = 64
"""How many files must be allowed to be open: what draws charts needs some twenty, and dies without them."""

SYSTEM = {errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.ENOMEM,
          errno.EAGAIN}
"""What the system answers where it has no more to give: no mistake of anybody's, and no defect."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers: `text` for people, `data` for programs; 1 where a published figure was not reproduced.

    Data that takes long may be a function: it is called where a program asks.
    """

    text: str
    data: Mapping[str, Any] | Callable[[], Mapping[str, Any]]
    exit_code: int = 0


def dispatch(app: App, words: Sequence[str]) -> int:
    """Carry out the command in `words`, print its answer or its error, and return the exit code."""
    words, as_json = _without_json(words)
    if words[:1] == ["audit"]:  # a lone hyphen is read as an option
        words = ["/dev/stdin" if word == "-" else word for word in words]
    text: str | None = None
    heard: list[int] = []
    try:
        with listening() as heard, asked.command(words):
            _refuse_bytes(words)
            answer = app(words, exit_on_error=False, print_error=False, result_action="return_value")
            code = answer.exit_code if isinstance(answer, Answer) else 0
            if isinstance(answer, Answer):
                text = _json(answer.data() if callable(answer.data) else answer.data) if as_json else printable(
                    answer.text)
    except BrokenPipeError:
        _forget(sys.stdout)
        return 0
    except (Exception, KeyboardInterrupt) as error:
        # A library, or whoever reads what it says, may have made something else of an interrupt.
        message, code = _explained(KeyboardInterrupt() if heard and not isinstance(error, Interrupted) else error)
        tell(message)
        if as_json:
            problems = [asdict(problem) for problem in getattr(error, "problems", ())]
            text = _json({"error": {"exit code": code, "message": message, "problems": problems}})
    return code if text is None or _printed(text) else code or InputError.exit_code


def _refuse_bytes(words: Sequence[str]) -> None:
    """Raises InputError for a word with bytes that are no text: no file of a result could name it."""
    bad = next((word for word in words if any("\ud800" <= sign <= "\udfff" for sign in word)), None)
    if bad is not None:
        raise InputError(f'"{printable(bad)}" has bytes that are no text here; name it otherwise')


def typed(app: App, words: Sequence[str]) -> NoReturn:
    """End the process as `sousveil WORDS` does."""
    # Whoever asks for the end, all of it unwinds, so that nothing half-made stays behind.
    for number in ending():
        signal.signal(number, signal.default_int_handler)
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    missing = _missing()
    if missing:
        tell(missing)
        sys.exit(InputError.exit_code)
    process.end(dispatch(app, words))


def _missing() -> str:
    """What is so scarce here that a result would be lost for the want of it at the end; '' where nothing is."""
    if sys.flags.optimize > 1:
        return ("Python was started with -OO or PYTHONOPTIMIZE=2, which takes away what help and charts are made of; "
                "start it without")
    try:
        import resource
    except ImportError:
        return ""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= FILES:
        return ""
    with suppress(OSError, ValueError):
        most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= FILES:
        return ""
    return f"here a program may have no more than {soft} files open; {FILES} are needed: see ulimit -n"


def _open_streams() -> None:
    """What was closed leads nowhere: else the next file that is opened would take its place, and get what is printed.
    """
    with suppress(OSError):
        while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(handle)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115


def _printed(text: str) -> bool:
    """Print the answer; whether that worked. Somebody who reads no further, as `head` does, has read enough."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _forget(sys.stdout)
    except OSError as error:
        _forget(sys.stdout)
        tell(f"The answer could not be printed ({error.strerror}). What was to be written to a folder is there.")
        return False
    return True


def _without_json(words: Sequence[str]) -> tuple[list[str], bool]:
    """The words without `--json`, which may stand anywhere before `--`, and whether it was there."""
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word != "--json"]
    return [*kept, *words[end:]], len(kept) < end


def _json(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)  # still the same text, to whoever reads JSON


def _explained(error: BaseException) -> tuple[str, int]:
    """What to say about an error, and the exit code."""
    if isinstance(error, CycloptsError):
        return f"{error}\nsousveil --help lists the commands, sousveil COMMAND --help what each takes.", 2
    if isinstance(error, SousveilError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; no result is half written: the same command begins again or goes on", Interrupted.exit_code
    if isinstance(error, MemoryError):
        return "not enough memory for this; fewer people need less: --people", InputError.exit_code
    if isinstance(error, OSError) and error.errno in SYSTEM:
        return f"the system refuses to go on: {os.strerror(error.errno)}; nothing half done was written", 2
    if isinstance(error, FileNotFoundError) and "temporary directory" in str(error.strerror):
        return "there is no place for temporary files here; set TMPDIR to a folder that can be written to", 2
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return "the system refuses to go on: it allows no more threads; nothing half done was written", 2
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


def _forget(stream: TextIO) -> None:
    """Nobody takes what is printed there. Without this, Python would complain when it closes the stream."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def width() -> int:
    """How many letters fit on a line of the terminal; 100 where there is none."""
    return max(NARROWEST, shutil.get_terminal_size((100, 24)).columns)


NARROWEST = 40
"""Letters of a line below which a table could not be read any more."""


def told(sentences: Sequence[str], gap: str = "") -> str:
    """Findings, numbered, each wrapped to the width of the terminal."""
    lines = []
    for number, text in enumerate(sentences, 1):
        lines += textwrap.wrap(text, width(), initial_indent=f"  {number}. ", subsequent_indent="     ")
    return "\n".join([*([gap] if gap else []), *lines])


def wrapped(text: str) -> str:
    """Paragraphs, each line of theirs wrapped to the width of the terminal."""
    return "\n".join(line for part in text.splitlines() for line in (textwrap.wrap(part, width()) or [""]))


def plural(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def aligned(rows: Sequence[Sequence[str]], gap: int = 2) -> str:
    """Rows of words as columns, each as wide as its widest word; no line ends in spaces."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ((" " * gap).join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
