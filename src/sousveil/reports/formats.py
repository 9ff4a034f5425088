"""A result in the forms that people pass on: its page, a document, a workbook, and every picture as a file.

    html      report.html     the page
    docx      report.docx     the page, for word processors
    xlsx      report.xlsx     every table of the result, a sheet each
    charts    charts/         every picture of the page, as SVG and as PNG

All but the page are made from what stands in the folder of the result: the page of a run is set anew, that of any
other result is taken as it is, if it is still what was written there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.errors import InputError, Problem, did_you_mean
from sousveil.page import pictures
from sousveil.page.reread import MOST_BYTES
from sousveil.progress import progress
from sousveil.reports.shared import SUPPORTS
from sousveil.runs import folder, provenance
from sousveil.runs.stored import kind_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CHARTS", "DOCUMENT", "FORMATS", "PAGE", "WORKBOOK", "added_later", "files", "page_of", "write"]

FORMATS = ("html", "docx", "xlsx", "charts")
PAGE, DOCUMENT, WORKBOOK, CHARTS = "report.html", "report.docx", "report.xlsx", "charts"

_TABLES = "every table lies in the folder of the result already, as CSV and as Parquet"
_PICTURES = '"charts" writes every picture as SVG and as PNG'
_ELSEWHERE = {"csv": _TABLES, "parquet": _TABLES, "svg": _PICTURES, "png": _PICTURES,
              "pdf": "open the page in a browser, and print it into a file"}
"""Formats that people ask for -> where they are."""


def files(directory: Path, formats: Iterable[str]) -> dict[str, bytes]:
    """The files of these formats, by name: `report.docx`, `charts/tiers.svg`.

    Raises InputError for a format that is not one of `FORMATS`, for a folder that holds no result, and where pictures
    are asked for of a page that has none.
    """
    asked = [*dict.fromkeys(formats)]
    for name in asked:
        if name not in FORMATS:
            other = _ELSEWHERE.get(name.lower().lstrip("."))
            raise InputError(f'--format: "{name}" is none of them' + (f"; {other}" if other else did_you_mean(
                name, FORMATS)))
    html = page_of(directory) if {*asked} & {"html", "docx", "charts"} else ""
    made: dict[str, bytes] = {}
    if "html" in asked:
        made[PAGE] = html.encode()
    if "docx" in asked:
        made[DOCUMENT] = _document(html)
    if "xlsx" in asked:
        made[WORKBOOK] = workbook(directory)
    made |= _charts(html) if "charts" in asked else {}
    if not made:
        raise InputError("the page of this result has no pictures, so there is nothing for charts")
    return made


def write(target: Path, made: Mapping[str, bytes]) -> None:
    """Write files into a folder, each whole or not at all. Raises InputError where that cannot be."""
    from sousveil.ground import disk

    for name, content in made.items():
        folders: list[Path] = []
        try:
            folders = disk.make_folders((target / name).parent)
            disk.write(target / name, lambda file, content=content: file.write(content))  # type: ignore[misc]
        except OSError as error:
            disk.unmake(folders)
            raise InputError(f"cannot write {name}: {error.strerror}; name another place with -o") from error


def page_of(directory: Path) -> str:
    """The page of a result as HTML. Raises InputError where there is none, or it is not what was written there."""
    record = folder.read_record(directory)
    if kind_of(record) == "run":
        from sousveil.reports.run.report import report
        from sousveil.runs.run import load

        return report(load(directory)).html
    if (directory / PAGE).is_file() and (directory / PAGE).stat().st_size > MOST_BYTES:
        raise InputError(Problem(PAGE, 0, 0, f"is larger than {MOST_BYTES:,} bytes, and is no page of sousveil"))
    content = folder.read_document(directory, PAGE)
    listed = record.get("files")
    if not isinstance(listed, dict) or listed.get(PAGE) != provenance.digest(content):
        raise InputError(Problem(PAGE, 0, 0, "is not the page that was written with this result; the command in "
                                             "run.json makes the result again"))
    return content.decode("utf-8", "replace")


def added_later(html: str, directory: Path, names: Collection[str]) -> dict[str, bytes]:
    """Those of the files named that `report` adds to a result, made again from its page and the tables of a folder.

    Pictures as PNG are left out: their letters are those of the machine that drew them.
    """
    made: dict[str, bytes] = {}
    if DOCUMENT in names:
        made[DOCUMENT] = _document(html)
    if WORKBOOK in names:
        made[WORKBOOK] = workbook(directory)
    if any(name.startswith(f"{CHARTS}/") for name in names):
        made |= {f"{CHARTS}/{name}": text.encode() for name, text in pictures.drawings(html).items()}
    return {name: content for name, content in made.items() if name in names}


def _document(html: str) -> bytes:
    from sousveil.page.word import docx

    return docx(html)


def _charts(html: str) -> dict[str, bytes]:
    """Every picture, as SVG and as PNG."""
    drawings = pictures.drawings(html)
    made: dict[str, bytes] = {}
    with progress("Drawing", total=len(drawings)) as done:
        for name, text in drawings.items():
            made[f"{CHARTS}/{name}"] = text.encode()
            made[f"{CHARTS}/{name.removesuffix('.svg')}.png"] = pictures.png(text)
            done(1)
    return made


def workbook(directory: Path) -> bytes:
    """Every table of a result, a sheet each, behind a sheet that says what they are and how they came about."""
    from sousveil.page.workbook import workbook as filled

    record = folder.read_record(directory)
    return filled(_cover(record), _tables(directory, record))


def _tables(directory: Path, record: Mapping[str, Any]) -> dict[str, pa.Table]:
    """The tables that the record names, each only if it is still what was written."""
    listed = record.get("files")
    found = {}
    for name, digest in sorted(listed.items()) if isinstance(listed, dict) else ():
        if not name.endswith(".parquet") or "/" in name:
            continue
        if provenance.digest(folder.read_document(directory, name)) != digest:
            raise InputError(Problem(name, 0, 0, "is not what was written with this result; sousveil verify says what "
                                                 "else was changed"))
        found[name.removesuffix(".parquet")] = folder.read_table(directory, name.removesuffix(".parquet"))
    if not found:
        raise InputError("this result has no tables, so there is nothing for a workbook")
    return found


def _cover(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts, circumstance = record["result"], record["circumstance"]
    told = {"study": facts.get("study"), "reform": facts.get("reform"), "people": facts.get("people"),
            "steps": facts.get("steps"), "seed": facts.get("seed"), "engine": facts.get("engine"),
            "command": circumstance.get("command"), "date": circumstance.get("date"),
            "version": f"sousveil {facts.get('sousveil', '')}"}
    audit = "audit" in facts
    supports = ("Aggregates of a table of decisions; small counts are withheld." if audit else SUPPORTS)
    columns = ("low and high are the 95% interval over what `over` says; least and most, where they stand, are how far "
               "what is not published moves the number")
    return [("what this supports", supports), *((name, str(value)) for name, value in told.items() if value),
            ("columns", columns)]
