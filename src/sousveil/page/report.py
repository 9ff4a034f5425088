"""A page that is ready to be saved: `Report(page).save("report.html")`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sousveil.errors import InputError
from sousveil.ground import disk
from sousveil.ground.arguments import checked
from sousveil.ground.cards import framed
from sousveil.page.layout import render
from sousveil.page.page import Page

__all__ = ["Report"]


@dataclass(frozen=True, repr=False)
class Report:
    """A page, ready to be saved. `html` is the whole file; it is rendered once, when first asked for."""

    page: Page

    def __repr__(self) -> str:
        return f"<Report: {self.page.title}>"

    def _repr_html_(self) -> str:
        return framed(self.html, self.page.title)

    @cached_property
    def html(self) -> str:
        return render(self.page)

    @checked
    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the file whole or not at all, and returns its path. An older file of that name is replaced.

        Raises InputError for a name that does not end in .html: a page is nothing else, whatever it is called.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            ending = target.suffix or target.name
            raise InputError(f'a page is written to .html, not to "{ending}"; a result kept in a folder is written as '
                             "html, docx, xlsx and charts by sousveil report FOLDER --format")
        disk.make_folders(target.parent)
        disk.write(target, lambda file: file.write(self.html.encode()))
        return target
