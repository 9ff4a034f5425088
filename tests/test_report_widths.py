"""The two widths of a key figure are drawn on one scale and said in words, also where one of them is not there."""

from __future__ import annotations

import re

import pytest

from sousveil.harms.tiers import TIER_SHARE
from sousveil.measures.measure import Measure
from sousveil.measures.width import Width
from sousveil.page import widths
from sousveil.page.page import KeyFigure

WIDTH = Width(-0.05, 0.30, 0.9, (("camera", 0.4),), 120, 128)


def figure(value: float = 0.2, low: float | None = 0.18, high: float | None = 0.22, width: Width | None = WIDTH,
           unit: str = "percentage points", over: str = "draws") -> KeyFigure:
    m = Measure(TIER_SHARE(tier="low"), "B", "A", value, low, high, "share", 1_000, over, width=width)  # type: ignore[arg-type]
    return KeyFigure("x", unit, "what", "18 to 22 points", m)


def bar(drawn: str, kind: str) -> tuple[float, float]:
    """Left and right end of a rectangle."""
    found = re.search(rf'<rect x="([-\d.]+)" [^<>]*?width="([-\d.]+)"[^<>]*class="{kind}"', drawn)
    assert found
    return float(found[1]), float(found[1]) + float(found[2])


@pytest.mark.parametrize("sign", [1, -1])
def test_the_band_spans_what_is_not_published_and_the_bar_chance(sign: int) -> None:
    """On an axis that has zero on it, at the places that its labels say."""
    low, high = sorted((sign * 0.18, sign * 0.22))
    least, most = sorted((sign * -0.05, sign * 0.30))
    drawn = str(widths.picture(figure(sign * 0.2, low, high, Width(least, most, 0.9, (), 120, 128))))
    labels = re.findall(r'<text x="([-\d.]+)"[^<>]*>([^<>]+)<', drawn)
    ticks = {float(text.replace("−", "-")): float(x) for x, text in labels}
    assert 0.0 in ticks
    (a, at), (b, there) = sorted(ticks.items())[:2]
    scale = (there - at) / (b - a)
    for kind, ends in (("chance", (low, high)), ("band", (least, most))):
        assert bar(drawn, kind) == pytest.approx([at + (100 * x - a) * scale for x in ends], abs=3)


def test_both_widths_are_said() -> None:
    assert widths.chance(figure()) == "Chance in the simulation: 18 to 22 points"
    assert widths.unpublished(figure()).startswith("What is not published: −5 to 30 percentage points, over 120 sets")
    assert widths.unpublished(figure(unit="", width=Width(0.05, 0.3, None, (), 120, 128))).startswith(
        "What is not published: 5 to 30%, over 120 sets")


@pytest.mark.parametrize(("value", "low", "high", "said"), [
    (0.2, 0.18, 0.22, ""), (0.3, 0.28, 0.32, ""), (0.31, 0.29, 0.33, "by no more than chance moves it"),
    (0.4, 0.38, 0.42, "not in the middle of what they may be"), (-0.06, -0.08, -0.04, "by no more than chance"),
    (-0.2, None, None, "not in the middle")])
def test_a_number_outside_its_second_width_says_why(value: float, low: float | None, high: float | None, said: str
                                                    ) -> None:
    told = widths.unpublished(figure(value, low, high, Width(-0.05, 0.30, 0.9, (), 120, 128)))
    assert ("lies outside" in told) == bool(said)
    assert said in told


def test_what_was_not_computed_is_said_and_not_drawn() -> None:
    for width, said in ((None, "not computed in this run"), (Width(None, None, None, (), 3, 128), "too few")):
        assert said in widths.unpublished(figure(width=width))
        assert 'class="band"' not in str(widths.picture(figure(width=width)))
    assert str(widths.picture(KeyFigure("1", "", "what", "interval"))) == ""
    assert widths.unpublished(KeyFigure("1", "", "what", "interval")) == ""


def test_without_an_interval_the_value_alone_is_drawn() -> None:
    left, right = bar(str(widths.picture(figure(low=None, high=None, over="exact"))), "chance")
    assert right - left == pytest.approx(3, abs=0.2)
