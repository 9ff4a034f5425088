"""A result set into a form of an authority: `assess("out/first", form="fria").save("fria.html")`.

What a run, a comparison or an audit can say is filled in, each number with both widths, its source and the command.
What no model can answer says who must answer it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.errors import InputError, did_you_mean
from sousveil.filings import aia, article_27, fria, iama, result
from sousveil.filings.form import Filled
from sousveil.filings.page import page_of
from sousveil.ground import called, disk
from sousveil.ground.arguments import checked
from sousveil.page.page import Page
from sousveil.page.report import Report
from sousveil.studies.limits import described

if TYPE_CHECKING:
    from sousveil.comparisons.pair import Comparison
    from sousveil.runs.run import Run

__all__ = ["FORMS", "Filing", "assess"]

FORMS: dict[str, Callable[[result.Result], Filled]] = {"fria": fria.filled, "iama": iama.filled, "aia": aia.filled}
"""fria: Article 27 of the EU AI Act; iama: the Dutch assessment of human rights; aia: Canada's."""

SUFFIXES = {"fria": (".html", ".docx", ".jsonld", ".json", ".yaml"), "iama": (".html", ".docx", ".json"),
            "aia": (".html", ".docx", ".json")}
"""How the files of each form may end."""


@dataclass(frozen=True, repr=False)
class Filing:
    """A form, filled: ready to be saved. `filled` has its fields, `page` how it is set."""

    filled: Filled

    def __repr__(self) -> str:
        return f"<Filing: {self.filled.title}, from {self.filled.result.name}>"

    @cached_property
    def page(self) -> Page:
        """The form as a page; its first part says what it supports."""
        with called.by(fria.in_names_of(self.filled.result)):
            return page_of(self.filled, self.data)

    @cached_property
    def html(self) -> str:
        """The page as one HTML file."""
        return Report(self.page).html

    @property
    def docx(self) -> bytes:
        """The page for word processors."""
        from sousveil.page.word import docx

        return docx(self.html)

    @property
    def data(self) -> dict[str, Any]:
        """What a machine reads: of `fria` linked data, of `iama` and `aia` the file of their own tool."""
        return fria.json_ld(self.filled) if self.filled.data is None else self.filled.data

    @checked
    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the form, whole or not at all: .html, .docx, .json for machines; of `fria` also .jsonld, and .yaml,
        which `review` reads.

        Raises InputError for another ending, and where it cannot be written.
        """
        target = Path(path)
        ending, known = target.suffix.lower(), SUFFIXES[self.filled.form]
        if ending not in known:
            raise InputError(f"{self.filled.form} is written to {', '.join(known)}, not to "
                             f'"{target.suffix or target.name}"')
        content = {".html": self._html, ".docx": lambda: self.docx, ".yaml": self._yaml}.get(ending, self._json)()
        try:
            disk.make_folders(target.parent)
            disk.write(target, lambda file: file.write(content))
        except OSError as error:
            raise InputError(f"cannot write {target.name}: {error.strerror}; name another place with -o") from error
        return target

    def _html(self) -> bytes:
        return self.html.encode()

    def _yaml(self) -> bytes:
        with called.by(fria.in_names_of(self.filled.result)):
            return article_27.written(self.filled).encode()

    def _json(self) -> bytes:
        return (json.dumps(self.data, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


@checked
def assess(found: str | os.PathLike[str] | Run | Comparison, form: str = "fria") -> Filing:
    """A result set into a form.

    found  the folder or the bundle of a run, a comparison or an audit; or a run or a comparison itself
    form   `fria`: Article 27 of the EU AI Act; `iama`: the Dutch IAMA v2; `aia`: Canada's Algorithmic Impact Assessment
    Raises InputError for another form, and for what holds no such result.
    """
    if not isinstance(form, str) or form not in FORMS:
        raise InputError(f"form: {described(form)} is none of them" + did_you_mean(str(form), [*FORMS]))
    read = _read(found)
    with called.by(fria.in_names_of(read)):
        return Filing(FORMS[form](read))


def _read(found: str | os.PathLike[str] | Run | Comparison) -> result.Result:
    if isinstance(found, str | os.PathLike):
        return result.read(found)
    from sousveil.runs.run import Run

    return result.of_run(found) if isinstance(found, Run) else result.of_comparison(found)
