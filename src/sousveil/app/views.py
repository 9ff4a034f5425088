"""What pages are made of, from cards and questions: no request, no answer, nothing that waits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sousveil import atlas
from sousveil.app.commands import DOES, FIGURES, spoken, written
from sousveil.app.question import AS, HARMS, INQUIRIES, Question
from sousveil.app.studies import Origin
from sousveil.page import words
from sousveil.version import __version__

__all__ = ["FORM", "axis", "cited", "controls", "entries", "guesses", "names", "place_of", "terms", "varied"]

FORM = 15
"""How answers are written down: goes up when that changes, so that none of another form is read."""

Answer = dict[str, Any]


def names() -> tuple[str, ...]:
    """The entries of the atlas."""
    return atlas.names()


@cache
def entries() -> tuple[Answer, ...]:
    """The entries with their titles and how well they are documented, from the first lines of their files."""
    found = []
    for name in atlas.names():
        about = status = ""
        for line in (atlas.folder(name) / "scheme.yaml").read_text(encoding="utf-8").splitlines():
            if not about and line.startswith("about:"):
                about = line.removeprefix("about:").strip().strip("\"'")
            if line.startswith("status:"):
                status = line.removeprefix("status:").strip()
        found.append({"name": name, "about": about, "status": status})
    return tuple(found)


def controls(card: Mapping[str, Any], q: Question) -> list[Answer]:
    """The rules that can be changed, by section, each with what stands in the address."""
    sets = dict(q.sets)
    made: dict[str, list[Answer]] = {}
    for control in card["controls"]:
        now = sets.get(control["path"])
        made.setdefault(control["section"], []).append(
            {"none": "", **control, "now": now if now is not None else _plain(control["value"]),
             "default": _plain(control["value"]), "changed": now is not None})
    return [{"name": name, "controls": them, "changed": sum(c["changed"] for c in them)} for name, them in made.items()]


def guesses(card: Mapping[str, Any], q: Question, moves: Mapping[str, float]) -> list[Answer]:
    """The guesses, those first on which most hangs where that is known."""
    taken = dict(q.assumes)
    made = []
    for guess in card["guesses"]:
        now = taken.get(guess["path"])
        low, high = guess["low"], guess["high"]
        move = moves.get(guess["path"])
        made.append({**guess, "now": now if now is not None else _plain(guess["value"]),
                     "default": _plain(guess["value"]), "changed": now is not None,
                     "step": None if low is None else _step(low, high),
                     "moves": None if move is None else _points(move)})
    if moves:
        made.sort(key=lambda g: -moves.get(g["path"], 0.0))
    return made


def _points(move: float) -> str:
    if move < 0.0005:
        return "does not move it"
    return f"moves it by up to {words.number(round(100 * move, 1 if move < 0.1 else 0))} points"


def _step(low: float, high: float) -> str:
    """A step of a slider: a hundredth of the range or so, as a round number."""
    from math import floor, log10

    width = (high - low) / 100 or 1e-6
    base = 10.0 ** floor(log10(width))
    return f"{next(m * base for m in (1, 2, 5, 10) if m * base >= width * 0.999):.12g}"


def _plain(value: Any) -> str:
    return "" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


def cited(origin: Origin, q: Question, view: str, card: Mapping[str, Any], *, axis: str = "", number: int = 1
          ) -> Answer:
    """The command of a view that gives its numbers, the lines of Python, and how to cite it."""
    place, q = place_of(origin), q.sized(view)
    what = DOES.get(view) or ("compare" if q.changed else "run")
    command = spoken(what, q, place, card, axis=axis, number=number)
    own = FIGURES if q.figures else "" if origin.kind == "atlas" else f"{place}/{FIGURES}"
    title = f"{origin.name}{' with changes' if q.changed else ''}"
    cite = (f"sousveil {__version__}: {title}, seed "
            f"{q.seed if q.seed is not None else 'of the study'}, {words.synthetic(q.people or 0)}. "
            f"Made with: {command}")
    names = {each["path"]: words.sentence(each["name"]) for each in (*card["controls"], *card["guesses"])}
    said = {each["path"]: each["named"] for each in card["controls"] if each["kind"] == "choice"}
    return {"command": command + ("" if what in ("explain", "story") else " -o mine"),
            "python": written(what, q, place, card, axis=axis, number=number, figures=own), "cite": cite,
            "harms": HARMS, "size": q.people, "as_is": AS[card["status"]], "version": __version__,
            "inquiries": INQUIRIES,
            "changes": [("reform", name, name) for name in q.reforms]
            + [("set", path, f"{names.get(path, path)} = {said.get(path, {}).get(value, value)}")
               for path, value in q.sets],
            "taken": [(path, f"{names.get(path, path)} = {value}") for path, value in q.assumes],
            "beyond": beyond(q, card)}


def beyond(q: Question, card: Mapping[str, Any]) -> list[str]:
    """What is said of guesses that were given numbers outside their ranges, as an address can."""
    guessed = {guess["path"]: guess for guess in card["guesses"]}
    found = []
    for path, value in q.assumes:
        guess = guessed.get(path)
        taken = _number(value)
        if guess is None or guess["low"] is None or taken is None or guess["low"] <= taken <= guess["high"]:
            continue
        low, high = words.number(guess["low"]), words.number(guess["high"])
        found.append(f"{words.sentence(guess['name'])} = {value} lies outside its range, {low} to {high}. "
                     "No source here says that it can be so.")
    return found


def _number(text: str) -> float | None:
    """A number that was typed; None for what is none, which is refused where it is set."""
    try:
        return float(text)
    except ValueError:
        return None


VALUES = 11
"""Through so many values a number goes."""


def varied(card: Mapping[str, Any]) -> list[Answer]:
    """The numbers that can go through a range: guesses with one, and rules that may lie anywhere from 0 to 1."""
    found = []
    for guess in card["guesses"]:
        if guess["low"] is not None and guess["low"] != guess["high"]:
            part = "" if guess["path"].startswith("chilling.") else "fill."
            found.append({"path": f"assumptions.{part}{guess['path']}.value", "name": guess["name"],
                          "low": guess["low"], "high": guess["high"]})
    for control in card["controls"]:
        if control["path"] in ("redress.appeal", "redress.upheld") or ".coverage" in control["path"]:
            found.append({"path": control["path"], "name": control["name"], "low": control["low"],
                          "high": control["high"]})
    return found


def axis(number: Mapping[str, Any]) -> str:
    """The values that a number goes through, as the command is told."""
    return f"{number['path']}={_plain(number['low'])}:{_plain(number['high'])}:{VALUES}"


def place_of(origin: Origin) -> str:
    """What a command calls the study."""
    saved = origin.place or "the-folder-where-you-saved-it"
    return {"atlas": origin.name, "folder": origin.place, "page": saved}[origin.kind]


def terms() -> list[tuple[str, str]]:
    """The words of the trade."""
    return sorted(words.GLOSSARY.items())
