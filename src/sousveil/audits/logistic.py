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
from sousveil.audits.rounding import Count, counted
from sousveil.audits.shares import WITHHELD, Z
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.name import Name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

__all__ = ["ODDS_RATIO", "Fit", "fit", "measures"]

ODDS_RATIO = Name("logistic regression", "odds ratio of being selected")

_NO_REST = "the regression does not come to rest"
_STEPS = 60
_SINGLE = 1e-9
"""Directions of which the rows tell less than this part of the most are none: designs are of zeros and ones."""

_CORNERS = 4
"""So often it is looked again which way each count moves a coefficient, in the table that moves it furthest."""

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
            raise ArithmeticError(_NO_REST) from None
        beta = beta + step
        if float(np.abs(step).max()) < tolerance:
            break
    else:
        raise ArithmeticError(_NO_REST)
    chance = 1 / (1 + np.exp(-design @ beta))
    information = design.T @ (design * (trials * chance * (1 - chance))[:, None])
    try:
        bread = np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError:  # everybody or nobody was selected wherever some column is one: odds without an end
        raise ArithmeticError(_NO_REST) from None
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
        model = _model(rows, terms, within, clusters)
        found = model.fit(model.events[0], model.others[0])
    except ArithmeticError as error:
        yield Measure(ODDS_RATIO, ALL, "", None, None, None, "ratio", None, "", f"not estimable: {error}; {note}")
        return
    for i, (place, text) in enumerate(terms, 1):
        reference = chosen.get((place,))
        if reference is None or reference[0][1] not in seen[place]:
            continue  # it is in the model, and what it would be compared with is not
        if not model.tells(i):
            yield Measure(ODDS_RATIO, label(columns, ((place, text),)), label(columns, reference), None, None, None,
                          "ratio", None, "", f"not estimable: the printed intersections do not tell it from other "
                                             f"columns; {note}")
            continue
        low, high, told = _interval(model, found, i, shown.rounded)
        yield Measure(ODDS_RATIO, label(columns, ((place, text),)), label(columns, reference),
                      math.exp(float(found.beta[i])), low, high, "ratio", _decisions(rows),
                      "" if low is None else "sampling", f"{model.how}; {note}{told}")


Row = tuple[dict[int, str], Count, Count]
"""An intersection: its label of each column, how many of it were selected, and how many were not."""


def _rows(shown: Printed) -> list[Row]:
    """The intersections of all columns whose counts are printed, and in which anybody is."""
    found = [(dict(group), counted(shown, (group, "n"), [(group, "d1")])) for group in shown.layout.groups
             if len(group) == len(shown.layout.columns)]
    return [(group, *two) for group, two in found if two and two[0][0] + two[1][0]]


def _decisions(rows: Sequence[Row]) -> float:
    return float(sum(d[0] + rest[0] for _, d, rest in rows))


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
    return f"on {len(rows)} printed intersections, {_decisions(rows):,.0f}{share} decisions{without}"


@dataclass(frozen=True)
class _Model:
    """What is fitted: rows of the design, counts and how far each may be off (2, rows), clusters; how many errors an
    interval is wide on each side, and what errors these are.

    basis  orthonormal directions of the coefficients that the rows tell of, (k, rank). Where intersections are
           withheld, those that are left may not tell one column from another
    """

    design: Numbers
    basis: Numbers
    events: Numbers
    others: Numbers
    clusters: list[str]
    z: float
    how: str

    def fit(self, events: Numbers, others: Numbers) -> Fit:
        b = self.basis
        found = fit(self.design @ b, events, events + others, self.clusters)
        clustered = None if found.clustered is None else b @ found.clustered @ b.T
        return Fit(b @ found.beta, b @ found.model @ b.T, b @ found.robust @ b.T, clustered)

    def tells(self, i: int) -> bool:
        """Whether the rows tell of a coefficient by itself."""
        return float(self.basis[i] @ self.basis[i]) > 1 - _SINGLE


def _model(rows: Sequence[Row], terms: Sequence[tuple[int, str]], within: int, clusters: str) -> _Model:
    """Raises ArithmeticError for errors by too few clusters."""
    import numpy as np
    from scipy.special import stdtrit

    design = np.array([[1.0, *(float(group[place] == text) for place, text in terms)] for group, _, _ in rows])
    _, sizes, directions = np.linalg.svd(design, full_matrices=False)
    rank = int((sizes > _SINGLE * sizes[0]).sum())
    basis = np.eye(design.shape[1]) if rank == design.shape[1] else directions[:rank].T
    events, others = (np.array([row[i] for row in rows], dtype=float).T for i in (1, 2))
    if not clusters:
        return _Model(design, basis, events, others, [], Z, "robust errors (HC1)")
    names = [group[within] for group, _, _ in rows]
    many = len(set(names))
    if many < _FEWEST_CLUSTERS:
        raise ArithmeticError(f"{many} printed labels of {clusters} are too few for errors by cluster")
    return _Model(design, basis, events, others, names, float(stdtrit(many - 1, 0.975)),
                  f"errors by {clusters} ({many} clusters)")


def _interval(model: _Model, found: Fit, i: int, base: int) -> tuple[float | None, float | None, str]:
    """The ends of an odds ratio, if it has any, and what its note says of them."""
    try:
        low, high = _ends(model, found, i)
    except ArithmeticError:
        why = (f"counts are rounded to {base}, and in a table that rounds to this one the regression has no answer"
               if base else "an end is too large")
        return None, None, f"; no interval: {why}"
    return low, high, f"; counts rounded to {base}: it holds for every table that rounds to this one" if base else ""


def _ends(model: _Model, found: Fit, i: int) -> tuple[float, float]:
    """The ends of an odds ratio. Of rounded counts, in the tables that round to these and move it furthest: an event
    more of a row moves a coefficient to one side, another who is none to the other. Raises ArithmeticError where such
    a table has no answer, and where an end is too large a number.
    """
    import numpy as np

    ends = []
    for side in (-1, 1):
        here, before = found, None
        for _ in range(_CORNERS if model.events[1].any() or model.others[1].any() else 0):
            push = side * np.sign((here.model @ model.design.T)[i])
            if before is not None and (push == before).all():
                break
            before = push
            here = model.fit(*(np.maximum(count + sign * push * off, 0.0)
                               for sign, (count, off) in ((1, model.events), (-1, model.others))))
        spread = here.robust if here.clustered is None else here.clustered
        ends.append(math.exp(float(here.beta[i]) + side * model.z * math.sqrt(max(float(spread[i, i]), 0.0))))
    return ends[0], ends[1]
