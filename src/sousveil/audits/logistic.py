"""A logistic regression on printed counts: odds of being selected by all columns of groups at once.

Its rows are the intersections whose counts are printed; the others are left out, and the note says how many decisions
that leaves, and which labels it leaves out altogether. Errors are robust against a wrong model (HC1; White 1980,
MacKinnon and White 1985), or clustered by a column that was crossed with the others (Liang and Zeger 1986; with
Student's t of clusters - 1 degrees of freedom).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sousveil.audits.counts import Group, Printed, few, label
from sousveil.audits.shares import WITHHELD, Z
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.name import Name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

__all__ = ["ODDS_RATIO", "Fit", "fit", "measures"]

ODDS_RATIO = Name("logistic regression", "odds ratio of being selected")

_STEPS = 60
_FEWEST_CLUSTERS = 10
"""With fewer clusters than this, errors by cluster are far too small (Cameron, Gelbach and Miller 2008)."""


@dataclass(frozen=True)
class Fit:
    """Coefficients (k,) and three covariances of them (k, k): of the model, robust, and by cluster or None."""

    beta: Numbers
    model: Numbers
    robust: Numbers
    clustered: Numbers | None


def fit(design: Numbers, events: Numbers, trials: Numbers, clusters: Sequence[object] = (),
        tolerance: float = 1e-12) -> Fit:
    """By iteratively reweighted least squares on counts. Raises ArithmeticError when it does not come to rest."""
    import numpy as np

    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ beta, -700, 700)))
        information = design.T @ (design * (trials * chance * (1 - chance))[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (events - trials * chance))
        except np.linalg.LinAlgError:
            raise ArithmeticError("some columns say the same as others") from None
        beta = beta + step
        if float(np.abs(step).max()) < tolerance:
            break
    else:
        raise ArithmeticError("the regression does not come to rest")
    chance = 1 / (1 + np.exp(-design @ beta))
    information = design.T @ (design * (trials * chance * (1 - chance))[:, None])
    bread = np.asarray(np.linalg.inv(information), dtype=np.float64)
    n, k = float(trials.sum()), design.shape[1]
    squares = events * (1 - chance) ** 2 + (trials - events) * chance**2
    robust: Numbers = bread @ (design.T @ (design * squares[:, None])) @ bread * (n / (n - k))
    if not clusters:
        return Fit(beta, bread, robust, None)
    scores = design * (events - trials * chance)[:, None]
    names = sorted(set(map(str, clusters)))
    sums = np.stack([scores[[str(c) == name for c in clusters]].sum(axis=0) for name in names])
    many = len(names)
    by_cluster = bread @ (sums.T @ sums) @ bread * (many / (many - 1) * (n - 1) / (n - k)) if many > 1 else None
    return Fit(beta, bread, robust, by_cluster)


def measures(shown: Printed, chosen: Mapping[tuple[int, ...], Group], clusters: str) -> Iterator[Measure]:
    """The odds ratio of every label against its column's reference, with all other columns alike; or why not."""
    columns = shown.layout.columns
    within = columns.index(clusters) if clusters else -1
    rows = _rows(shown)
    seen: dict[int, list[str]] = {}
    gone: list[str] = []
    for place in (place for place in range(len(columns)) if place != within):
        labels = shown.layout.labels[place]
        seen[place] = [text for text in labels if any(group[place] == text for group, _, _ in rows)]
        gone += [label(columns, ((place, text),)) for text in labels if text not in seen[place]]
        yield from _untold(shown, place, seen[place], chosen.get((place,)))
    if not rows:
        return
    terms = [(place, text) for place, texts in seen.items() for text in _against(texts, place, chosen)]
    note = _note(shown, rows, gone)
    try:
        found, z, how = _fitted(rows, terms, within, clusters)
    except ArithmeticError as error:
        yield Measure(ODDS_RATIO, ALL, "", None, None, None, "ratio", None, "", f"not estimable: {error}; {note}")
        return
    for i, (place, text) in enumerate(terms, 1):
        reference = chosen.get((place,))
        if reference is None or reference[0][1] not in seen[place]:
            continue  # it is in the model, and what it would be compared with is not
        spread = found.robust if found.clustered is None else found.clustered
        half, value = z * math.sqrt(max(float(spread[i, i]), 0.0)), float(found.beta[i])
        yield Measure(ODDS_RATIO, label(columns, ((place, text),)), label(columns, reference), math.exp(value),
                      math.exp(value - half), math.exp(value + half), "ratio", float(sum(n for _, _, n in rows)),
                      "sampling", f"{how}; {note}")


Row = tuple[dict[int, str], int, int]
"""An intersection: its label of each column, how many of it were selected, and how many there are."""


def _rows(shown: Printed) -> list[Row]:
    """The intersections of all columns whose counts are printed, and in which anybody is."""
    found = [(dict(group), shown[group, "d1"], shown[group, "n"]) for group in shown.layout.groups
             if len(group) == len(shown.layout.columns)]
    return [(group, d, n) for group, d, n in found if d is not None and n]


def _against(seen: Sequence[str], place: int, chosen: Mapping[tuple[int, ...], Group]) -> list[str]:
    """The labels that have a term: all that are seen but one. Without the reference, the first stands in for it: then
    the other columns are compared rightly, and these labels with nobody.
    """
    reference = chosen.get((place,))
    base = reference[0][1] if reference is not None and reference[0][1] in seen else next(iter(seen), "")
    return [text for text in seen if text != base]


def _untold(shown: Printed, place: int, seen: Sequence[str], reference: Group | None) -> Iterator[Measure]:
    """A line for every label of a column that the regression cannot tell of."""
    columns, labels = shown.layout.columns, shown.layout.labels[place]
    against = "" if reference is None else label(columns, reference)
    if len(labels) == 1:
        yield Measure(ODDS_RATIO, label(columns, ((place, labels[0]),)), "", None, None, None, "ratio", None, "",
                      "not estimable: this column has one group alone")
        return
    for text in labels:
        group = ((place, text),)
        if group == reference:
            continue
        if reference is None:
            why = f"no group of {columns[place]} that others could be compared with is printed"
        elif text not in seen:
            why = "no intersection with it has its counts printed"
        elif reference[0][1] not in seen:
            why = f"the reference: no intersection with {against} has its counts printed"
        else:
            continue
        yield Measure(ODDS_RATIO, label(columns, group), against, None, None, None, "ratio", None, "",
                      f"{WITHHELD}: {why}")


def _note(shown: Printed, rows: Sequence[Row], gone: Sequence[str]) -> str:
    everybody = shown[(), "n"]
    share = "" if everybody is None else f" of {everybody:,}"
    without = f"; without {few(gone)}: no intersection with it is printed" if len(gone) == 1 else \
        f"; without {few(gone)}: no intersection with them is printed" if gone else ""
    return f"on {len(rows)} printed intersections, {sum(n for _, _, n in rows):,}{share} decisions{without}"


def _fitted(rows: Sequence[Row], terms: Sequence[tuple[int, str]], within: int, clusters: str
            ) -> tuple[Fit, float, str]:
    """The regression, how many errors an interval is wide on each side, and what errors. Raises ArithmeticError."""
    import numpy as np
    from scipy.special import stdtrit

    design = np.array([[1.0, *(float(group[place] == text) for place, text in terms)] for group, _, _ in rows])
    events, trials = (np.array([row[i] for row in rows], dtype=float) for i in (1, 2))
    if not clusters:
        return fit(design, events, trials), Z, "robust errors (HC1)"
    names = [group[within] for group, _, _ in rows]
    many = len(set(names))
    if many < _FEWEST_CLUSTERS:
        raise ArithmeticError(f"{many} printed labels of {clusters} are too few for errors by cluster")
    found = fit(design, events, trials, names)
    return found, float(stdtrit(many - 1, 0.975)), f"errors by {clusters} ({many} clusters)"
