"""The pages of the reference that are written by the program itself: files, commands with their answers, Python."""

import contextlib
import inspect
import io
import json
import os
import re

import sousveil
from sousveil.cli import COMMANDS, app
from sousveil.cli.output import dispatch
from sousveil.studies.json_schema import json_schemas

MADE = "% Written by docs/site/reference.py.\n\n"

STUDY = ("made", "--people", "200", "--steps", "3")
ANSWERED = {
    "demo": ("--points", "0"), "atlas": ("seed-article",), "new": ("mine",), "population": ("--from", "people.csv",
                                                                                     "--group", "sex"),
    "check": ("made",), "explain": ("made",), "cases": ("made",),
    "run": (*STUDY, "--points", "0", "--engine", "agents", "-o", "base"), "story": ("base", "1"), "cite": ("base",),
    "verify": ("base",), "report": ("base",), "bundle": ("base",), "diff": ("made", "--set", "score.decay=0.1"),
    "compare": (*STUDY, "--set", "score.decay=0.1", "--seeds", "2", "--points", "0"), "why": ("quick",),
    "sweep": (*STUDY, "--vary", "score.decay=0:0.1:2"), "sensitivity": ("quick", "--points", "16"),
    "extremes": ("quick", "--points", "2"), "mend": ("quick", "--to", "0.5"), "infer": ("quick", "--points", "16"),
    "ask": ("quick", "--points", "32"), "schema": ("study",), "assess": ("base", "-o", "filed.yaml"),
    "review": ("filed.yaml", "--against", "base"),
    "baserate": ("--faces", "60000", "--watchlist", "1000", "--present", "3", "--fpir", "1/6000"),
    "audit": ("tables/decisions.csv", "--decision", "flagged", "--outcome", "fraud", "--groups", "sex"),
    "evidence": ("C04",),
}
"""What is typed after a command, so that its JSON answer can be looked at. `app` is not among them: it serves
until it is ended.
"""

ADDRESS = "\nThe answer to `sousveil app --json`, when it was ended:\n\n```text\naddress: text\n```\n"

QUICK = {
    "study": "quick", "steps": 6, "reference": "A",
    "scheme": {
        "scheme": "quick", "status": "invented", "channels": {"camera": {"coverage": "unknown"}},
        "signals": {"late": {"channel": "camera", "points": -3, "lawful": True}},
        "score": {"start": 60, "floor": 0, "ceiling": 100}, "tiers": {"up": {"from": 56}, "low": {"from": 0}},
        "handicaps": {"B": -1}, "consequences": {"low": [{"right": "work", "effect": "denied"}]}},
    "population": {"population": "quick", "people": 1000, "groups": {"A": 0.7, "B": 0.3},
                   "conduct": {"late": {"rate": "unknown"}}},
    "assumptions": {"assumptions": "quick", "fill": {
        "channels.camera.coverage": {"value": 0.4, "range": [0.1, 0.9]},
        "population.conduct.late.rate": {"value": 0.5, "range": [0.2, 0.8]}}},
    "reforms": {"blinder": {"set": {"channels.camera.coverage": 0.1}}},
}
"""A study without luck, for commands that carry a study out hundreds of times."""

FIGURES = """about: {population: 1000}
figures: {low: {of: persons, tier: low, value: 600, tolerance: 50, because: made up, cite: nobody}}
"""


def pages(folder):
    """Name -> Markdown. Commands are carried out in the folder, which is made."""
    folder.mkdir(parents=True)
    return {"files": files(), "commands": commands(folder), "python-names": names(), "gallery": gallery()}


def gallery():
    """The page that leads to the pages of the atlas, which open by themselves."""
    rows = "\n".join(f'<tr><td><a href="../gallery/{one.id}.html">{one.id}</a></td><td>{one.country}</td>'
                     f"<td>{one.years}</td><td>{one.finding}</td></tr>" for one in sousveil.entries())
    head = "".join(f"<th>{column}</th>" for column in ("entry", "country", "years", "what it shows"))
    return (f"{MADE}# The gallery of the atlas\n\nA page for each documented scheme: what it shows, with both widths; "
            "how it stands beside what was published; what is open.\n\n```{raw} html\n"
            f'<table class="docutils"><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>\n```\n')


# --- files ------------------------------------------------------------------------------------------------------------


def files():
    """Every key of the six kinds of file, from their schemas."""
    parts = [f"{MADE}# Every key of every file\n\nFrom the JSON Schemas (`sousveil schema`). How the files hang "
             "together: [the files of a study](../scheme-files.md). An asterisk marks what must be there.\n"]
    for kind, schema in json_schemas().items():
        parts.append(f"## {kind}.yaml\n\n{_prose(schema)}\n\n{_keys(schema)}")
        for name, inner in sorted(schema.get("$defs", {}).items()):
            if inner.get("properties"):
                parts.append(f"### {kind}: {name}\n\n{_prose(inner)}\n\n{_keys(inner)}")
    return "\n\n".join(parts) + "\n"


STAR = r"\*"


def _prose(schema):
    return _plain(schema.get("description", ""))


def _keys(schema):
    needed = schema.get("required", ())
    rows = [f"| `{key}`{STAR if key in needed else ''} | {_kind(part)} | {_plain(part.get('description', ''))} |"
            for key, part in schema.get("properties", {}).items()]
    return "\n".join(["| key | what it holds | |", "|---|---|---|", *rows])


def _kind(part):
    if "$ref" in part:
        return part["$ref"].rpartition("/")[2].replace("-", " ").lower() if "Number" in part["$ref"] else \
            part["$ref"].rpartition("/")[2]
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return ", ".join(f"`{word}`" for word in part["enum"])
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_kind(one) for one in part["anyOf"] if one.get("type") != "null"))
    if part.get("type") == "array":
        return f"a list of {_kind(part['items'])}" if isinstance(part.get("items"), dict) else "a list"
    if part.get("type") == "object":
        inner = part.get("additionalProperties")
        return f"name: {_kind(inner)}" if isinstance(inner, dict) else "a mapping"
    said = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
    ends = [f"from {part['minimum']:g}"] if "minimum" in part else []
    ends += [f"to {part['maximum']:g}"] if "maximum" in part else []
    return " ".join([said.get(part.get("type"), "anything"), *ends])


# --- commands ---------------------------------------------------------------------------------------------------------


def commands(folder):
    """Every command: its help, and the form of its JSON answer."""
    from sousveil.cli import report

    parts = [f"{MADE}# Every command\n\nThe help pages, and what each answers to `--json`: one object.\n"]
    before = os.getcwd()
    os.chdir(folder)
    try:
        sousveil.study("seed-article").evolve(people=200, steps=3).save("made")
        (folder / "made" / "cases.yaml").write_text(
            (sousveil.atlas.folder("seed-article") / "cases.yaml").read_text(encoding="utf-8"), encoding="utf-8")
        sousveil.new("tables", audit=True)
        sousveil.study(QUICK).save("quick")
        (folder / "quick" / "figures.yaml").write_text(FIGURES, encoding="utf-8")
        (folder / "people.csv").write_text("sex,count\nwomen,510\nmen,490\n", encoding="utf-8")
        report.PEOPLE, report.STEPS = 500, 12  # the keys are those of a million people, and of ten years
        for name in COMMANDS:
            answer = _answer(name) if name in ANSWERED else ADDRESS
            parts.append(f"## {name}\n\n```text\n{_help(name)}\n```\n{answer}")
    finally:
        os.chdir(before)
    return "\n".join(parts) + "\n"


def _help(name):
    from rich.console import Console

    page = io.StringIO()
    app.help_print([name], console=Console(file=page, width=96, color_system=None, force_terminal=False))
    return page.getvalue().strip()


def _answer(name):
    page = io.StringIO()
    typed = [name, *ANSWERED[name], "--json"]
    with contextlib.redirect_stdout(page), contextlib.redirect_stderr(io.StringIO()) as told:
        status = dispatch(app, typed)
    if status:
        raise SystemExit(f"sousveil {' '.join(typed)}: {told.getvalue()}")
    lines = "\n".join(_form(json.loads(page.getvalue()), ""))
    return f"\nThe answer to `sousveil {' '.join(typed)}`:\n\n```text\n{lines}\n```\n"


def _form(data, indent):
    """The keys of an answer, each with what it holds; of a list, its first entry."""
    for key, value in data.items():
        said = {str: "text", bool: "true or false", int: "number", float: "number", type(None): "null"}.get(type(value))
        if isinstance(value, dict) and value and len(indent) < 8:
            yield f"{indent}{key}"
            yield from _form(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{indent}{key}, for each"
            yield from _form(value[0], indent + "  ")
        else:
            yield f"{indent}{key}: {said or ('a list' if isinstance(value, list) else 'an object')}"


# --- Python -----------------------------------------------------------------------------------------------------------


def names():
    """Every public name, with its signature and its docstring, and the methods of public classes."""
    parts = [f"{MADE}# Every name in Python\n\nFrom the docstrings. Which name does what a command does: [from Python]"
             "(../python.md).\n"]
    for name in sousveil.__all__:
        value = getattr(sousveil, name)
        if inspect.isclass(value):
            parts.append(f"## {name}\n\n{_doc(value)}")
            parts += [f"### {name}.{inner}\n\n{_signature(inner, member)}{_doc(member)}"
                      for inner, member in vars(value).items()
                      if not inner.startswith("_") and inspect.isfunction(member) and member.__doc__]
        else:
            parts.append(f"## {name}\n\n{_signature(name, value)}{_doc(value)}")
    return "\n\n".join(parts) + "\n"


def _signature(name, function):
    with contextlib.suppress(TypeError, ValueError):
        parameters = [re.sub(r"sousveil\.[\w.]*\.", "", str(one)).replace("'", "")
                      for one in inspect.signature(function).parameters.values() if one.name != "self"]
        back = inspect.signature(function).return_annotation
        text = f"{name}({', '.join(parameters)})" + ("" if back is inspect.Signature.empty else f" -> {back}")
        return "```python\n" + (text if len(text) < 90 else f"{name}(\n    " + ",\n    ".join(parameters)
                                + f",\n) -> {back}") + "\n```\n\n"
    return ""


def _doc(value):
    """A docstring: paragraphs, and tables of names two spaces apart from what they are."""
    text = inspect.getdoc(value) or ""
    found = []
    for block in text.split("\n\n"):
        rows = re.findall(r"^([a-z][\w, ]*?)  +(\S.*(?:\n(?: {4,}).*)*)", block, re.MULTILINE)
        indented = all(line.startswith("    ") for line in block.splitlines() if line)
        if indented:
            found.append(f"```text\n{inspect.cleandoc(block)}\n```")
        elif rows and re.match(r"[a-z][\w, ]*?  +\S", block):
            lines = [f"| `{name.strip()}` | {_plain(' '.join(what.split()))} |" for name, what in rows]
            found.append("\n".join(["| name | |", "|---|---|", *lines]))
        else:
            found.append(_plain(block))
    return "\n\n".join(found)


def _plain(text):
    """Prose inside Markdown: signs that would mean something else do not."""
    code = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\[\]<>*_|{}$\\])", r"\\\1", part).replace("\n", " ")
                   for part in code)
