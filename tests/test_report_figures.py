"""Pictures: the same bytes for the same numbers, letters large enough, colours that have a shade for the dark."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.page import draw, figures, palette, words
from sousveil.page.flows import Flow, laid

TIERS = ("trustworthy", "average", "untrustworthy")
HOSTILE = '</svg><script>alert(1)</script>&"'
SAME = {"wide": 680 / 812, "narrow": 288 / 340}
"""How far a drawing is shrunk at most: on paper, and on a screen of 320 px."""


def areas(name: str = "Group A") -> figures.Drawing:
    falling = [0.5 - i / 400 for i in range(121)]
    return figures.areas({name: {"trustworthy": falling, "average": [0.5] * 121,
                                 "untrustworthy": [0.5 - x for x in falling]}},
                         palette.tiers(TIERS), range(121), year=12)


def survival(name: str = "A") -> figures.Drawing:
    y = [0.9 ** i for i in range(30)]
    low, high = [0.9 * v for v in y], [min(1.0, 1.1 * v) for v in y]
    return figures.survival([figures.Curve(name, range(30), y, low, high)], "months")


def lines(name: str = "A") -> figures.Drawing:
    return figures.lines([figures.Curve(name, [1, 10, 100], [1, 2, 3])], "faces", "stops", logarithmic=True)


def bars(name: str = "A") -> figures.Drawing:
    return figures.bars([figures.Bar(name, 0.3, 0.2, 0.4), figures.Bar("b", -0.1)], "share", words.percent)


def dots(name: str = "A") -> figures.Drawing:
    items = [figures.Interval(f"Group {g}", x, x - 0.01, x + 0.02, palette.groups(["A", "B"])[g], row)
             for row in (name, "r") for g, x in (("A", 0.1), ("B", 0.2))]
    return figures.dots(items, "share", words.percent, reference=0.1)


def histogram(name: str = "A") -> figures.Drawing:
    return figures.histogram({name: [(0, 10, 0.4), (10, 20, 0.6)]}, {name: palette.ACCENT}, "score", {"average": 10})


def heat(name: str = "A") -> figures.Drawing:
    return figures.heat(["1", "2"], [name, "b"], [[1, 2], [None, 4]], "coverage", "decay")


def transitions(name: str = "A") -> figures.Drawing:
    moves = [Flow("average", "trustworthy", 0.1), Flow("average", "average", 0.8), Flow("untrustworthy", name, 0.1)]
    return figures.transitions({name: moves}, palette.tiers(TIERS) | {name: palette.ACCENT},
                               (TIERS, (*TIERS, name)), ("as it is", f"with {name}"))


KINDS = (areas, survival, lines, bars, dots, histogram, heat, transitions)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> Callable[..., figures.Drawing]:
    made: Callable[..., figures.Drawing] = request.param
    return made


def test_it_is_sound_and_the_same_every_time(kind: Callable[..., figures.Drawing]) -> None:
    first = kind()
    assert first == kind()
    for svg in first:
        ET.fromstring(svg)
        assert "NaN" not in svg
        assert "undefined" not in svg


def test_it_is_no_wider_than_its_place(kind: Callable[..., figures.Drawing]) -> None:
    for svg, most in zip(kind(), (812, 358), strict=True):
        assert float(re.search(r'width="([\d.]+)"', svg)[1]) <= most  # type: ignore[index]


def test_letters_are_at_least_11_px_as_displayed(kind: Callable[..., figures.Drawing]) -> None:
    wide, narrow = kind()
    for svg, shrunk in ((wide, SAME["wide"]), (narrow, SAME["narrow"])):
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)]
        assert sizes
        assert min(sizes) * shrunk >= 10.95


def test_every_colour_has_a_shade_for_the_dark(kind: Callable[..., figures.Drawing]) -> None:
    if kind is heat:
        return  # the cells of a heat map keep their shades and their letters, which go together
    for svg in kind():
        used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]+)"', svg))
        assert used <= set(palette.DARK)


def test_names_from_outside_stay_text(kind: Callable[..., figures.Drawing]) -> None:
    for svg in kind(HOSTILE):
        root = ET.fromstring(svg)
        assert not [e for e in root.iter() if e.tag.endswith(("script", "a", "image", "foreignObject"))]
        assert not re.search(r"<[^<>]*\s(on\w+|href|style|id)=", svg)


def test_bars_begin_at_zero() -> None:
    svg = bars().wide
    assert re.search(r">0%<", svg)


def test_a_long_series_keeps_its_first_and_last_place() -> None:
    x, shares = draw.thinned(range(1000), {"a": [i / 1000 for i in range(1000)]})
    assert len(x) <= 62
    assert (x[0], x[-1]) == (0, 999)
    assert shares["a"][-1] == 0.999


shares = st.lists(st.integers(0, 9), min_size=36, max_size=36).filter(any)


@given(shares)
def test_bands_between_tiers_are_as_thick_as_their_shares_and_fill_the_blocks(counts: list[int]) -> None:
    tiers = "abcdef"
    flows = [Flow(b, a, n / sum(counts)) for (b, a), n in zip(itertools.product(tiers, tiers), counts, strict=True)]
    left, right, bands = laid(flows, tiers, tiers, gap=0.02)
    room = 1 - 5 * 0.02
    assert all(b.thickness == pytest.approx(room * b.flow.share) and b.flow.share > 0 for b in bands)
    for side, name, edge in ((left, "before", "left"), (right, "after", "right")):
        for block in side:
            here = sorted((getattr(b, edge), b.thickness) for b in bands if getattr(b.flow, name) == block.tier)
            places = [block.top, *(at + thick for at, thick in here)]
            assert [at for at, _ in here] == pytest.approx(places[:-1])
            assert places[-1] == pytest.approx(block.bottom)
        assert side[-1].bottom <= 1 + 1e-9


@given(st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any))
def test_who_stays_is_drawn_level_where_nobody_moves(counts: list[int]) -> None:
    flows = [Flow(t, t, n / sum(counts)) for t, n in zip("abcd", counts, strict=True)]
    left, right, bands = laid(flows, "abcd", "abcd", gap=0.02)
    assert left == right
    assert all(b.left == b.right for b in bands)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_labels_are_moved_apart_in_order(places: list[float]) -> None:
    at = draw.spread(places, 0.1, 0.0, 1.0)
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    for a, b in itertools.pairwise(order):
        assert at[b] - at[a] >= 0.1 - 1e-6


@given(st.floats(0.1, 1e6), st.integers(2, 8))
def test_ticks_are_few_and_within(length: float, most: int) -> None:
    places = draw.ticks(0, length, most)
    assert 1 <= len(places) <= most + 1
    assert all(0 <= place <= length * (1 + 1e-9) for place in places)


def test_ticks_count_whole_years() -> None:
    assert draw.ticks(0, 120, 3, 12) == [0, 60, 120]
    assert all(place % 12 == 0 for place in draw.ticks(0, 111, 6, 12))


def luminance(colour: str) -> float:
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tiers", [("a", "b"), ("a", "b", "c"), ("a", "b", "c", "d"), ("a", "b", "c", "d", "e"),
                                   ("a", "b", "c", "d", "e", "f"), tuple("abcdefgh")])
def test_tiers_can_be_told_apart_in_grey(tiers: tuple[str, ...]) -> None:
    colours = list(palette.tiers(tiers).values())
    for one, other in itertools.pairwise(colours):
        assert contrast(one, other) >= 1.25
        assert contrast(palette.DARK[one], palette.DARK[other]) >= 1.15


def test_letters_stand_out_from_the_page_in_the_light_and_in_the_dark() -> None:
    colours = [*palette.tiers("abcdefgh").values(), *palette.groups("ABCDEF").values(), palette.INK, palette.FAINT]
    for colour in colours:
        letters = palette.text(colour)
        assert contrast(letters, palette.PAPER) >= 4.5, letters
        assert contrast(palette.DARK[letters], palette.DARK[palette.PAPER]) >= 4.5, letters
