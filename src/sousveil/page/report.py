"""A page that is ready to be saved: `Report(page).save("report.html")`."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sousveil.page.layout import render
from sousveil.page.page import Page

__all__ = ["Report"]


@dataclass(frozen=True, repr=False)
class Report:
    """A page, ready to be saved. `html` is the whole file; it is rendered once, when first asked for."""

    page: Page

    def __repr__(self) -> str:
        return f"<Report: {self.page.title}>"

    @cached_property
    def html(self) -> str:
        return render(self.page)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the file whole or not at all, and returns its path. An older file of that name is replaced."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
                out.write(self.html)
            os.chmod(name, 0o644)
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return target
