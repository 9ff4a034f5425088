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

Family = Literal["points-regime", "risk-score", "blacklist"]
EXAMPLES: dict[Family, str] = {"points-regime": "seed-article", "risk-score": "at-ams",
                               "blacklist": "judgment-defaulters"}
"""Which example of the atlas a family of schemes begins from."""

WRITTEN = ("scheme", "population", "assumptions", "study", "cases")
"""The files of a new study."""

SCHEMAS = ".schema"
"""The folder of the schemas inside a new study: the files name it, so that editors find it offline."""


def new(folder: Path, /, *, family: Family | None = None,
        from_: Annotated[Path | None, Parameter(name="--from")] = None,
        audit: Annotated[bool, Parameter(negative=())] = False) -> Answer:
    """Make a folder with a study to change: scheme, population, assumptions, study, and schemas for your editor.

    It begins as a copy of an example of the atlas, its sources included: every rule is yours to replace. With --from,
    it begins from a table of rules instead, and says what is to be completed.

    Parameters
    ----------
    folder
        Where; its last part is the name of the study. A folder that is there already is left alone.
    family
        What kind of scheme the example is of: points for acts, a risk score of what people are, or a list. Points for
        acts, unless given.
    from_
        A table of rules: CSV, or a sheet of a workbook (.xlsx, .xls, .ods), with the columns signal and points, and if
        need be source, about, channel, lawful, domain, url.
    audit
        Make invented tables of decisions instead, to try sousveil audit on. Nobody in them is real.
    """
    name = folder.name
    if not re.fullmatch(r"[^\W_][\w-]*", name):
        raise InputError(f'"{name}" is no name for a {"folder of tables" if audit else "study"}: letters, digits and '
                         f'hyphens will do, such as {"my-tables" if audit else "my-scheme"}')
    if sum((audit, family is not None, from_ is not None)) > 1:
        raise InputError("--audit, --family and --from each say what the folder begins from; give one of them")
    with _whole(folder):
        text = (_write_tables(folder) if audit else _write_rules(folder, from_) if from_ is not None
                else _write_study(folder, EXAMPLES[family or "points-regime"]))
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


def _write_rules(folder: Path, table: Path) -> str:
    from sousveil.cli.sheet_files import rows_of
    from sousveil.studies.from_rules import files_of, read_rules

    rules = read_rules(rows_of(table))
    for file, text in files_of(folder.name, rules).items():
        head = f"# yaml-language-server: $schema={SCHEMAS}/{Path(file).stem}.json\n"
        (folder / file).write_text(head + text, encoding="utf-8")
    written(folder / SCHEMAS)
    load(folder / "study.yaml")
    return (f"Made {folder.name} from {len(rules)} rules of {table.name}: scheme.yaml, population.yaml, "
            "assumptions.yaml, study.yaml.\n"
            f"Next: complete them (each says what is missing), then sousveil check {folder.name}")


def _write_study(folder: Path, example: str) -> str:
    for kind in WRITTEN:
        source = atlas.folder(example) / f"{kind}.yaml"
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
