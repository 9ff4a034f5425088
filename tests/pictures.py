"""One picture of every kind, for any names of groups and tiers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sousveil.page import palette, words
from sousveil.page.figures import (
    Bar,
    Curve,
    Drawing,
    Interval,
    areas,
    bars,
    dots,
    heat,
    hundred,
    lines,
    survival,
    transitions,
)
from sousveil.page.flows import Flow

SCRIPTS = {
    "letters": "Everybody of the northern and the western districts by birth",
    "compounds": "Arbeitsunfähigkeitsbescheinigungsempfängerinnen und -empfänger",
    "Arabic": "مجموعة العمال المهاجرين من المناطق الجنوبية والشرقية للبلاد",
    "Uyghur": "شىنجاڭ ئۇيغۇر ئاپتونوم رايونىدىكى دېھقانلار ۋە ئىشچىلار",
    "Chinese": "新疆维吾尔自治区南部农村地区的农民工家庭以及流动人口家庭成员和其他居民群体登记在册人员",
    "emoji": "👩‍👩‍👧‍👦 families 🏳️‍🌈 and 🇨🇳🇩🇪 people 👍🏽 of the 🏙️ quarter",
}
"""Names as long and as various as those of real groups."""


def pictures(groups: Sequence[str], tiers: Sequence[str], steps: int = 60) -> Iterator[tuple[str, Drawing]]:
    """The name of each kind, and a picture of it."""
    tier_colours, colours = palette.tiers(tiers), palette.groups(groups)
    yield "hundred", hundred({g: {tier: row[-1] for tier, row in _shares(tiers, 1, k).items()}
                              for k, g in enumerate(groups)}, tier_colours)
    yield "areas", areas({g: _shares(tiers, steps, k) for k, g in enumerate(groups)}, tier_colours,
                         range(steps + 1), year=12)
    kept = [[(0.995 - 0.004 * k) ** i for i in range(steps + 1)] for k in range(len(groups))]
    yield "survival", survival([Curve(g, range(steps + 1), y, [0.97 * v for v in y], [min(1, 1.03 * v) for v in y],
                                      colours[g]) for g, y in zip(groups, kept, strict=True)],
                               "months since entering the tier", "still there", year=12)
    yield "lines", lines([Curve(g, [1, 10, 100, 1000], [k + 1, 2 * k + 2, k, k + 3], colour=colours[g])
                          for k, g in enumerate(groups)], "length of the list", "stops a year", logarithmic=True)
    yield "lines of shares", lines([Curve(g, [0.0, 0.4, 0.8], [0.01, 0.02, 0.03], [0.0, 0.01, 0.02], [0.1, 0.12, 0.149])
                                    for g in groups[:3]], "share recorded", share=True)
    yield "bars", bars([Bar(g, 0.3 - 0.07 * k, 0.25 - 0.07 * k, 0.33 - 0.07 * k, colours[g])
                        for k, g in enumerate(groups)], "share of people", words.percent)
    rights = ("travel denied, work denied, internet slowed, food restricted and privacy restricted", "work")
    yield "dots", dots([Interval(g, k - 3.5 + 2 * r, k - 4.1 + 2 * r, k - 3.0 + 2 * r, colours[g], row)
                        for r, row in enumerate(rights) for k, g in enumerate(groups)],
                       "percentage points", words.short, reference=0.0)
    yield "dots of one row", dots([Interval(g, 0.1 + 0.05 * k, 0.08 + 0.05 * k, 0.2 + 0.05 * k, colours[g])
                                   for k, g in enumerate(groups)], "false positive rate", words.percent)
    yield "heat", heat([words.number(x / 10) for x in range(1, 12)], [words.number(0.001 * 3 ** y) for y in range(5)],
                       [[x * y / 7 if x != 3 else None for x in range(11)] for y in range(5)],
                       "coverage of the camera", "decay of points, a month")
    n = len(tiers)
    few = [*(Flow(t, t, 0.9 / n) for t in tiers), Flow(tiers[0], tiers[-1], 0.07), Flow(tiers[-1], tiers[0], 0.03)]
    yield "transitions", transitions(
        {groups[0]: few, f"{groups[-1]} ": [Flow(a, b, 1 / n ** 2) for a in tiers for b in tiers]}, tier_colours,
        (tiers, tiers), ("as it is", "without the ceiling for people of the group and their kin"))


def _shares(tiers: Sequence[str], steps: int, k: int) -> dict[str, list[float]]:
    """A hump of people who drift from the first tier to the last."""
    n = len(tiers)
    rows = []
    for i in range(steps + 1):
        weights = [math.exp(-((j - (n - 1) * (0.2 + 0.6 * i / steps + 0.05 * k)) ** 2) / (0.5 + n / 4))
                   for j in range(n)]
        rows.append([w / sum(weights) for w in weights])
    return {tier: [row[j] for row in rows] for j, tier in enumerate(tiers)}
