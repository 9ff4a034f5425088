"""What can be typed after many commands, each thing once: its type, how its numbers are read, and its line of help.

The settings of runs are in `sousveil.cli.settings`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sousveil.errors import two_readings

if TYPE_CHECKING:
    from cyclopts import Token

__all__ = ["FarOut", "Out", "Real", "ResultFolder", "ResumedFarOut", "ResumedOut", "StudyWord", "Whole", "real",
           "whole"]

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


def whole(text: str) -> int:
    """A whole number as people type it: 1000000, 1_000_000, 1,000,000, 1e6. Raises ValueError otherwise."""
    if reason := two_readings(text):
        raise ValueError(reason)
    # A comma counts only between groups of three digits: "1,5" is one and a half to half of the world.
    plain = text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", text) else text
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        number = Decimal(plain)  # exact: a float would make 5e22 something else
        if abs(number) < Decimal("1e60") and number == int(number):
            return int(number)
    except (ArithmeticError, ValueError):
        pass
    raise ValueError(f'"{text}" is not a whole number, such as 1000000 or 1e6')


def real(text: str) -> float:
    """A number with decimals, as people type it: 0.5, 2, 1e-3. Raises ValueError otherwise."""
    if reason := two_readings(text, whole=False):
        raise ValueError(reason)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f'"{text}" is not a number, such as 0.5')
    return number


def _convert_whole(_kind: Any, tokens: Sequence[Token]) -> int:
    return whole(tokens[0].value)


def _convert_real(_kind: Any, tokens: Sequence[Token]) -> float:
    return real(tokens[0].value)


Whole = Annotated[int, Parameter(converter=_convert_whole)]
"""The type of an option that is a whole number, typed as `whole` reads it."""

Real = Annotated[float, Parameter(converter=_convert_real)]
"""The type of an option that is a number with decimals, typed as `real` reads it."""
