"""`new`, `schema`: what one needs to write a study of one's own, or to try an audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

import sousveil
from sousveil.cli.output import Answer
from sousveil.drafts.new import WRITTEN, Family
from sousveil.runs.provenance import as_named
from sousveil.studies.json_schema import written

__all__ = ["new", "schema"]


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
        What kind of scheme the example is of: points for acts, a risk score of what people are, a list, or places for
        those who rank first. Points for acts, unless given.
    from_
        A table of rules: CSV, or a sheet of a workbook (.xlsx, .xls, .ods), with the columns signal and points, and if
        need be source, about, channel, lawful, domain, url.
    audit
        Make invented tables of decisions instead, to try sousveil audit on. Nobody in them is real.
    """
    files = [path.relative_to(folder).as_posix() for path in sousveil.new(folder, family=family, rules=from_,
                                                                          audit=audit)]
    name = as_named(folder)
    if audit:
        text = (f"Made {name}: {', '.join(files)}. The tables are invented: nobody in them is real.\n"
                f"Next: sousveil audit {name}/decisions.csv --decision flagged --outcome fraud --groups sex")
    elif from_ is not None:
        rules = sousveil.study(folder).scheme.signals
        text = (f"Made {name} from {len(rules)} rules of {from_.name}: scheme.yaml, population.yaml, "
                "assumptions.yaml, study.yaml.\n"
                f"Next: complete them (each says what is missing), then sousveil check {name}")
    else:
        text = (f"Made {name}: {', '.join(f'{kind}.yaml' for kind in WRITTEN)}.\n"
                f"Next: change them, then sousveil check {name}, then sousveil run {name}")
    return Answer(text, {"folder": name, "files": files})


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
        paths = [f"{as_named(out)}/{path.name}" for path in written(out)]
        return Answer("\n".join(paths), {"files": paths})
    schemas = sousveil.schemas()
    data = schemas if kind is None else schemas[kind]
    return Answer(json.dumps(data, indent=2, ensure_ascii=False), data)
