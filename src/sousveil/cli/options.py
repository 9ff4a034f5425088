"""What can be typed after many commands, each thing once: its type, how its numbers are read, and its line of help.

The settings of runs are in `sousveil.cli.settings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sousveil.ground.typed import real, whole

if TYPE_CHECKING:
    from cyclopts import Token

__all__ = ["FarOut", "Out", "Real", "ResultFolder", "ResumedFarOut", "ResumedOut", "StudyWord", "Whole"]

StudyWord = Annotated[str, Parameter(help="A study.yaml, the folder it is in, or a name of the atlas.")]
ResultFolder = Annotated[Path, Parameter(help="The folder of a result.")]

_OUT = ["--out", "-o"]
_FOLDER = "A folder for the result: run.json, report.html, tables as Parquet and CSV. An earlier result is replaced."
_FAR = "A folder, or an address such as s3://bucket/x, for run.json, report.html and the tables."
_GOES_ON = " What was stopped before its end goes on when the same command is typed again."

Out = Annotated[Path, Parameter(name=_OUT, help=_FOLDER)]
ResumedOut = Annotated[Path, Parameter(name=_OUT, help=_FOLDER + _GOES_ON)]
FarOut = Annotated[str, Parameter(name=_OUT, help=_FAR)]
ResumedFarOut = Annotated[str, Parameter(name=_OUT, help=_FAR + _GOES_ON)]


def _convert_whole(_kind: Any, tokens: Sequence[Token]) -> int:
    return whole(tokens[0].value)


def _convert_real(_kind: Any, tokens: Sequence[Token]) -> float:
    return real(tokens[0].value)


Whole = Annotated[int, Parameter(converter=_convert_whole)]
"""The type of an option that is a whole number, typed as `whole` reads it."""

Real = Annotated[float, Parameter(converter=_convert_real)]
"""The type of an option that is a number with decimals, typed as `real` reads it."""
