"""The Swedish parental-allowance model and its random control, as Lighthouse Reports and Svenska Dagbladet told it."""

from __future__ import annotations

from collections import Counter
from functools import cache

from sousveil.audits import control
from sousveil.audits.checks import SWEDISH_STEP_2, swedish
from sousveil.audits.control import measures, resampled
from sousveil.audits.counts import Cell, Counts, Printed
from sousveil.audits.decide import printed as shown_under
from sousveil.audits.metrics import references
from sousveil.measures.name import Name
from sousveil.reproductions.case import Case, Figure, printed, stated
from sousveil.reproductions.compas import table

__all__ = ["CASES"]

_SOURCE = "Lighthouse Reports and Svenska Dagbladet, suspicion_machines_sweden, commit b3b66b8"
_APPLICANTS = 977_730


@cache
def _shown(attribute: str) -> Printed:
    cells: Counter[Cell] = Counter()
    for row in table("sweden_vab.csv"):
        if row["attribute"] == attribute:
            chosen, error = int(row["selection"] == "algorithm"), int(row["error_found"])
            cells[Cell((row["group"],), 0, chosen, error)] += int(row["n"])
    return shown_under(Counts((attribute,), cells, outcomes=True), floor=10)


@cache
def _numbers(attribute: str) -> dict[tuple[Name, str], float | None]:
    shown = _shown(attribute)
    rows = measures(shown, references(shown, {}), _APPLICANTS)
    return {(m.name, m.group.rpartition("=")[2]): m.value for m in rows if not m.reference}


_PER_CENT = (control.RANDOM_SHARE, control.SELECTED_SHARE, control.FALSE_POSITIVE, control.RANDOM_OUTCOMES,
             control.SELECTED_OUTCOMES)
_COLUMNS = (control.RANDOM_SHARE, control.SELECTED_SHARE, control.SELECTED_AGAINST_EVERYBODY, control.OUTCOME,
            control.PRECISION, control.FALSE_POSITIVE, control.RANDOM_OUTCOMES, control.SELECTED_OUTCOMES)


def _figures(attribute: str, group: str, texts: tuple[str, ...]) -> list[Figure]:
    figures = []
    for number, text in zip(_COLUMNS, texts, strict=True):
        value = _numbers(attribute)[number.name, group]
        percent = number in _PER_CENT
        figures.append(printed(f"{group}: {number.name.label}{', per cent' if percent else ''}", text,
                               100 * value if percent and value is not None else value))
    return figures


def _gender() -> list[Figure]:
    confusion = zip((control.TRUE_POSITIVES, control.FALSE_POSITIVES, control.TRUE_NEGATIVES, control.FALSE_NEGATIVES),
                    ("0.0030009322", "0.0032581550", "0.7037265128", "0.2900144000"), strict=True)
    return [*_figures("gender", "men", ("43.94", "32.49", "0.74", "0.30", "0.5203", "0.2634", "44.52", "34.31")),
            *_figures("gender", "women", ("56.06", "67.51", "1.20", "0.29", "0.4795", "0.4609", "55.48", "65.69")),
            *(printed(f"women: {of.name.label}", text, _numbers("gender")[of.name, "women"]) for of, text in confusion)]


def _background() -> list[Figure]:
    name = "foreign_background"
    return [*_figures(name, "swedish", ("76.31", "56.87", "0.75", "0.28", "0.4543", "0.2927", "71.61", "52.44")),
            *_figures(name, "foreign", ("23.69", "43.13", "1.82", "0.35", "0.5433", "0.6699", "28.39", "47.56"))]


def _arms() -> list[Figure]:
    shown = _shown("gender")
    counts = {kind: shown[(), kind] or 0 for kind in ("d1y1", "d1", "d0y1", "d0")}
    return [printed("people investigated", "6,129", counts["d1"] + counts["d0"]),
            printed("selected by the model", "5,082", counts["d1"]),
            printed("selected at random", "1,047", counts["d0"]),
            printed("errors among those the model selected", "0.492719", counts["d1y1"] / counts["d1"]),
            printed("errors among those drawn at random", "0.296084", counts["d0y1"] / counts["d0"])]


def _bootstrap() -> list[Figure]:
    """10,000 draws, as published; the published ends are the 5th and 95th percentiles (so its bootstrap.py says).

    The tolerance of the ends is three standard errors of a percentile of 10,000 draws, twice over: theirs and ours.
    """
    import numpy as np

    shown = _shown("gender")
    men, women = (((0, group),) for group in ("men", "women"))
    cells = [shown[group, kind] or 0 for group in (men, women) for kind in ("d1y1", "d1y0")]
    a, b, c, d = resampled(np.array(cells, dtype=float), 10_000)
    differences = a / (a + b) - c / (c + d)
    noise = 3 * 2**0.5 * float(differences.std()) * (0.05 * 0.95 / len(differences)) ** 0.5 / 0.1031
    low, high = (float(end) for end in np.quantile(differences, [0.05, 0.95]))
    return [Figure("precision, men less women", 0.0407, float(differences.mean()), 0.00005 + noise / 2),
            Figure("5th percentile", 0.0161, low, 0.00005 + noise),
            Figure("95th percentile", 0.0652, high, 0.00005 + noise)]


def _agency() -> list[Figure]:
    """The agency's own test: no group fails its second step."""
    figures = []
    for attribute in ("gender", "foreign_background", "income", "education"):
        rows = [m for m in swedish(_shown(attribute), "d0") if m.name == SWEDISH_STEP_2]
        figures += [stated(f"{m.group}: step 2", "passes", m.note.partition(";")[0]) for m in rows]
    return figures


CASES = (
    Case("sweden-arms", "Sweden, temporary parental allowance: the two arms", _SOURCE, "verified", _arms),
    Case("sweden-gender", "Sweden, temporary parental allowance: men and women", _SOURCE, "verified", _gender),
    Case("sweden-background", "Sweden, temporary parental allowance: Swedish and foreign background", _SOURCE,
         "verified", _background),
    Case("sweden-bootstrap", "Sweden: difference in precision between men and women, bootstrapped", _SOURCE, "verified",
         _bootstrap),
    Case("sweden-agency-test", "Sweden: the agency's own two-step test, step 2", _SOURCE,
         "verified", _agency, derived=True),
)
