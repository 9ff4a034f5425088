"""A folder to begin from: a study to change, or invented tables to try an audit on.

    new("my-scheme")                                files of an example, every rule yours to replace
    new("my-scheme", family="risk-score")           of another kind of scheme
    new("my-scheme", rules="rules.csv")             from a table of rules, which says what is to be completed
    new("tables", audit=True)                       invented tables of decisions: nobody in them is real
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sousveil import atlas
from sousveil.drafts.tables import rows_of
from sousveil.errors import InputError, did_you_mean
from sousveil.ground import disk
from sousveil.ground.arguments import checked
from sousveil.studies.from_rules import files_of, read_rules
from sousveil.studies.json_schema import written
from sousveil.studies.study import load

__all__ = ["WRITTEN", "Family", "new"]

Family = Literal["points-regime", "risk-score", "blacklist", "ranked-places"]
EXAMPLES: dict[str, str] = {"points-regime": "seed-article", "risk-score": "at-ams",
                            "blacklist": "judgment-defaulters", "ranked-places": "cn-beijing-points"}
"""Which example of the atlas a family of schemes begins from."""

WRITTEN = ("scheme", "population", "assumptions", "study", "cases")
"""The files of a new study."""

SCHEMAS = ".schema"
"""The folder of the schemas inside a new study: the files name it, so that editors find it offline."""


@checked
def new(folder: str | os.PathLike[str], *, family: Family | None = None,
        rules: str | os.PathLike[str] | None = None, audit: bool = False) -> tuple[Path, ...]:
    """Make a folder with a study to change, or with invented tables for an audit; the files that were written.

    folder   its last part is the name of the study; a folder that is there already is left alone
    family   the kind of scheme that the example is of; points for acts, unless given
    rules    a table of rules to begin from instead: CSV or a sheet of a workbook, with the columns signal and points
    audit    make invented tables of decisions instead

    Raises InputError where the folder cannot be made, or the table cannot be read; then nothing is left there.
    """
    folder = Path(folder)
    name = folder.name
    if not re.fullmatch(r"[^\W_][\w-]*", name):
        raise InputError(f'"{name}" is no name for a {"folder of tables" if audit else "study"}: letters, digits and '
                         f'hyphens will do, such as {"my-tables" if audit else "my-scheme"}')
    if sum((audit, family is not None, rules is not None)) > 1:
        raise InputError("--audit, --family and --from each say what the folder begins from; give one of them")
    example = EXAMPLES.get(family or "points-regime")
    if example is None:
        raise InputError(f'family: "{family}" is not one of {", ".join(EXAMPLES)}'
                         + did_you_mean(str(family), [*EXAMPLES]))
    with _whole(folder):
        if audit:
            _write_tables(folder)
        elif rules is not None:
            _write_rules(folder, Path(rules))
        else:
            _write_study(folder, example)
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


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
        raise InputError(f"cannot make {folder}: {error.strerror}; name a place that can be written to") from error
    try:
        yield
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        disk.unmake(made)
        if isinstance(error, OSError):
            raise InputError(f"cannot write to {folder}: {error.strerror}; nothing was left there") from error
        raise


def _write_tables(folder: Path) -> None:
    from sousveil.audits.invented import tables

    for name, text in tables().items():
        (folder / name).write_text(text, encoding="utf-8")


def _write_rules(folder: Path, table: Path) -> None:
    for file, text in files_of(folder.name, read_rules(rows_of(table))).items():
        head = f"# yaml-language-server: $schema={SCHEMAS}/{Path(file).stem}.json\n"
        (folder / file).write_text(head + text, encoding="utf-8")
    written(folder / SCHEMAS)
    load(folder / "study.yaml")


def _write_study(folder: Path, example: str) -> None:
    for kind in WRITTEN:
        source = atlas.folder(example) / f"{kind}.yaml"
        (folder / source.name).write_text(_made_own(source.read_text(encoding="utf-8"), source.stem, folder.name),
                                          encoding="utf-8")
    written(folder / SCHEMAS)
    load(folder / "study.yaml")


def _made_own(text: str, kind: str, name: str) -> str:
    """The file of the example under a new name, pointing at the schemas beside it, and nobody's claim any more."""
    text = re.sub(r"\A# yaml-language-server:.*\n", "", text)
    text = re.sub(rf"^{kind}: .*$", f"{kind}: {name}", text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^status: .*$", "status: invented", text, count=1, flags=re.MULTILINE)
    return f"# yaml-language-server: $schema={SCHEMAS}/{kind}.json\n{text}"
