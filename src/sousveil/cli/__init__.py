"""The command line: a thin skin over the public names.

A command's module is imported when the command is called, so that each loads only what it needs.
"""

from __future__ import annotations

import sys
from typing import NoReturn

from cyclopts import App

from sousveil import __version__
from sousveil.cli.output import COMMON, typed

__all__ = ["app", "main"]

COMMANDS: dict[str, tuple[str, str]] = {}
"""Name of a command -> (where it is, what it does in a line). The order is that of the help page."""

app = App(
    name="sousveil",
    help="A wind tunnel for scoring-and-surveillance schemes: what they do to people, before or without anyone being "
         "put through them.",
    help_epilogue=COMMON,
    help_format="plaintext",
    version=__version__,
    suppress_keyboard_interrupt=False,
)
for _name, (_place, _line) in COMMANDS.items():
    app.command(_place, name=_name, help=_line)


def main() -> NoReturn:
    """`sousveil`, as typed."""
    typed(sys.argv[1:])
