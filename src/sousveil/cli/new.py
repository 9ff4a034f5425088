"""`new`, `schema`: what one needs to write a study of one's own, or to try an audit."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from sousveil import atlas, disk
from sousveil.cli.output import Answer
from sousveil.errors import InputError
from sousveil.studies.json_schema import json_schemas, written
from sousveil.studies.study import load

__all__ = ["new", "schema"]

EXAMPLE = "seed-article"
WRITTEN = ("scheme", "population", "assumptions", "study", "cases")
"""The files of a new study."""

SCHEMAS = ".schema"
"""The folder of the schemas inside a new study: the files name it, so that editors find it offline."""


def new(folder: Path, /, *, audit: Annotated[bool, Parameter(negative=())] = False) -> Answer:
    """Make a folder with a study to change: scheme, population, assumptions, study, and schemas for your editor.

    It begins as a copy of the example of the atlas, its sources included: every rule is yours to replace.

    Parameters
    ----------
    folder
        Where; its last part is the name of the study. A folder that is there already is left alone.
    audit
        Make invented tables of decisions instead, to try sousveil audit on. Nobody in them is real.
    """
    name = folder.name
    if not re.fullmatch(r"[^\W_][\w-]*", name):
        raise InputError(f'"{name}" is no name for a {"folder of tables" if audit else "study"}: letters, digits and '
                         f'hyphens will do, such as {"my-tables" if audit else "my-scheme"}')
    with _whole(folder):
        text = _write_tables(folder) if audit else _write_study(folder)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return Answer(text, {"folder": name, "files": files})


@contextmanager
def _whole(folder: Path) -> Iterator[None]:
    """Make the folder, and take it away again if what goes into it cannot be written whole."""
    made: list[Path] = []
    try:
        made = disk.make_folders(folder.parent)
        folder.mkdir()
        made.append(folder)
    except FileExistsError:
        raise InputError(f"{folder} is there already, and is left alone; take another name") from None
    except OSError as error:
        disk.unmake(made)
        raise InputError(f"cannot make {folder}: {error.strerror}") from error
    try:
        yield
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        disk.unmake(made)
        if isinstance(error, OSError):
            raise InputError(f"cannot write to {folder}: {error.strerror}; nothing was left there") from error
        raise


def _write_tables(folder: Path) -> str:
    from sousveil.audits.invented import tables

    made = tables()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return (f"Made {folder.name}: {', '.join(made)}. The tables are invented: nobody in them is real.\n"
            f"Next: sousveil audit {folder.name}/decisions.csv --decision flagged --outcome fraud --groups sex")


def _write_study(folder: Path) -> str:
    for kind in WRITTEN:
        source = atlas.folder(EXAMPLE) / f"{kind}.yaml"
        (folder / source.name).write_text(_made_own(source.read_text(encoding="utf-8"), source.stem, folder.name),
                                          encoding="utf-8")
    written(folder / SCHEMAS)
    load(folder / "study.yaml")
    return (f"Made {folder.name}: scheme.yaml, population.yaml, assumptions.yaml, study.yaml, cases.yaml.\n"
            f"Next: change them, then sousveil check {folder.name}, then sousveil run {folder.name}")


def _made_own(text: str, kind: str, name: str) -> str:
    """The file of the example under a new name, pointing at the schemas beside it, and nobody's claim any more."""
    text = re.sub(r"\A# yaml-language-server:.*\n", "", text)
    text = re.sub(rf"^{kind}: .*$", f"{kind}: {name}", text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^status: .*$", "status: invented", text, count=1, flags=re.MULTILINE)
    return f"# yaml-language-server: $schema={SCHEMAS}/{kind}.json\n{text}"


def schema(kind: Literal["scheme", "population", "assumptions", "study", "figures", "cases"] | None = None, /, *,
           out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None) -> Answer:
    """Print the JSON Schema of a kind of file, or of all six, or write them as files for an editor.

    Parameters
    ----------
    kind
        Which; all six by their names, unless given.
    out
        A folder to write them to, each as KIND.json. The line that makes an editor use one, at the head of a file, is
        "# yaml-language-server: $schema=FOLDER/scheme.json".
    """
    if out is not None:
        try:
            paths = [f"{path.parent.name}/{path.name}" for path in written(out)]
        except OSError as error:
            raise InputError(f"cannot write to {out}: {error.strerror}") from error
        return Answer("\n".join(paths), {"files": paths})
    schemas = json_schemas()
    data = schemas if kind is None else schemas[kind]
    return Answer(json.dumps(data, indent=2, ensure_ascii=False), data)
