"""How often the intervals of an audit with a random control hold what they should, of 95 in 100, by simulation.

    python bench/audit_coverage.py [TABLES]

A population is made up with known rates; both arms are drawn from it as often as TABLES, and for every number the share
of tables is printed whose interval holds the true value: of the groups themselves, and of their difference.
"""

from __future__ import annotations

import sys

import numpy as np

from sousveil.audits import control
from sousveil.audits.counts import Cell, Counts
from sousveil.audits.decide import printed
from sousveil.audits.metrics import references

POPULATION = 50_000
WORLDS = {
    "two groups, 1,000 in each arm": ((0.5, 0.10, 0.02, 0.03), (0.5, 0.10, 0.04, 0.03), 1000),
    "small group, 1,000 at random": ((0.8, 0.20, 0.05, 0.05), (0.2, 0.30, 0.10, 0.08), 1000),
    "rare outcome, 400 at random": ((0.6, 0.08, 0.01, 0.01), (0.4, 0.12, 0.03, 0.02), 400),
}
"""Of each of two groups: its share of everybody, its outcome rate, and the shares of it that are wrongly and rightly
selected; then how many are drawn at random."""


def truth(share: float, base: float, wrong: float, right: float, whole: np.ndarray) -> np.ndarray:
    """The numbers of a group as `solved` gives them of the whole population."""
    mine = np.array([share * right, share * wrong, share * base, share * (1 - base)]) * POPULATION
    return control.solved(mine, whole, POPULATION)


def main() -> None:
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    luck = np.random.default_rng(1)
    for name, (*groups, drawn) in WORLDS.items():
        whole = np.array([[s * r, s * w, s * b, s * (1 - b)] for s, b, w, r in groups]).sum(axis=0) * POPULATION
        true = [truth(*group, whole) for group in groups]
        held = np.zeros((2, len(control.NUMBERS), 2))
        chosen = int(whole[0] + whole[1])
        for _ in range(tables):
            first = luck.multinomial(chosen, [p for s, b, w, r in groups for p in (s * r, s * w)]
                                     / (whole[0] + whole[1]) * POPULATION)
            second = luck.multinomial(drawn, [p for s, b, w, r in groups for p in (s * b, s * (1 - b))])
            cells = {Cell((g,), 0, d, y): int(n) for (d, arm) in ((1, first), (0, second))
                     for (g, y), n in zip((("a", 1), ("a", 0), ("b", 1), ("b", 0)), arm, strict=True) if n}
            shown = printed(Counts(("g",), cells, outcomes=True), 3)
            rows = list(control.measures(shown, references(shown, {0: "b"}), POPULATION))
            for i, number in enumerate(control.NUMBERS):
                for j, (what, wanted) in enumerate(((number.name, true[0][i]), (number.difference,
                                                                                true[0][i] - true[1][i]))):
                    m = next((m for m in rows if m.name == what and m.group == "g=a"), None)
                    if m is not None and m.low is not None and m.high is not None:
                        held[1, i, j] += 1
                        held[0, i, j] += m.low <= wanted <= m.high
        print(f"\n{name}; {tables:,} tables" + " " * 12 + "of a group   of the difference")
        for i, number in enumerate(control.NUMBERS):
            shares = [f"{held[0, i, j] / held[1, i, j]:.3f}" if held[1, i, j] else "-" for j in (0, 1)]
            print(f"  {number.name.label:48} {shares[0]:>10} {shares[1]:>14}")


if __name__ == "__main__":
    main()
