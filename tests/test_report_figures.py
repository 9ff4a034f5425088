"""Pictures: the same bytes for the same numbers, letters large enough, labels within their picture and apart."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from font_sets import only
from pictures import SCRIPTS, pictures
from sousveil.page import axes, figures, letters, marks, palette, words
from sousveil.page.flows import Flow, laid

TIERS = ("trustworthy", "average", "untrustworthy")
HOSTILE = '</svg><script>alert(1)</script>&"\x00\x1b]8;;\ufffe\u202e'
SHRUNK = {"wide": 680 / 812, "narrow": 288 / 340}
"""How far a drawing is shrunk at most: on paper, and on a screen of 320 px."""


def areas(name: str = "Group A") -> figures.Drawing:
    falling = [0.5 - i / 400 for i in range(121)]
    return figures.areas({name: {"trustworthy": falling, "average": [0.5] * 121,
                                 "untrustworthy": [0.5 - x for x in falling]}},
                         palette.tiers(TIERS), range(121), year=12)


def survival(name: str = "A") -> figures.Drawing:
    y = [0.9 ** i for i in range(30)]
    low, high = [0.9 * v for v in y], [min(1.0, 1.1 * v) for v in y]
    return figures.survival([figures.Curve(name, range(30), y, low, high)], "months", name)


def lines(name: str = "A") -> figures.Drawing:
    return figures.lines([figures.Curve(name, [1, 10, 100], [1, 2, 3])], name, "stops", logarithmic=True)


def bars(name: str = "A") -> figures.Drawing:
    return figures.bars([figures.Bar(name, 0.3, 0.2, 0.4), figures.Bar("b", -0.1)], "share", words.percent)


def dots(name: str = "A") -> figures.Drawing:
    groups = ((f"Group {name}", 0.1, palette.INK), ("B", 0.2, palette.ACCENT))
    items = [figures.Interval(g, x, x - 0.01, x + 0.02, colour, row) for row in (name, "r") for g, x, colour in groups]
    return figures.dots(items, "share", words.percent, reference=0.1)


def heat(name: str = "A") -> figures.Drawing:
    return figures.heat(["1", "2"], [name, "b"], [[1, 2], [None, 4]], name, "decay")


def transitions(name: str = "A") -> figures.Drawing:
    moves = [Flow("average", "trustworthy", 0.1), Flow("average", "average", 0.8), Flow("untrustworthy", name, 0.1)]
    return figures.transitions({name: moves}, palette.tiers(TIERS) | {name: palette.ACCENT},
                               (TIERS, (*TIERS, name)), ("as it is", f"with {name}"))


KINDS = (areas, survival, lines, bars, dots, heat, transitions)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> Callable[..., figures.Drawing]:
    made: Callable[..., figures.Drawing] = request.param
    return made


def svgs(drawing: str) -> list[ET.Element]:
    return list(ET.fromstring(f"<all>{drawing}</all>"))


def test_it_is_sound_and_the_same_every_time(kind: Callable[..., figures.Drawing]) -> None:
    first = kind()
    assert first == kind()
    for drawing in first:
        assert svgs(drawing)
        assert "NaN" not in drawing
        assert "undefined" not in drawing


def test_it_is_no_wider_than_its_place(kind: Callable[..., figures.Drawing]) -> None:
    for drawing, most in zip(kind(), (812, 340), strict=True):
        assert {float(svg.get("width")) for svg in svgs(drawing)} == {most}  # type: ignore[arg-type]


def test_letters_are_at_least_11_px_as_displayed(kind: Callable[..., figures.Drawing]) -> None:
    wide, narrow = kind()
    for drawing, shrunk in ((wide, SHRUNK["wide"]), (narrow, SHRUNK["narrow"])):
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', drawing)]
        assert sizes
        assert min(sizes) * shrunk >= 11


def test_every_colour_is_a_variable_of_the_page(kind: Callable[..., figures.Drawing]) -> None:
    for drawing in kind():
        used = set(re.findall(r'\s(?:fill|stroke)="([^"]+)"', drawing)) - {"none"}
        variables = {f"var(--{name})" for name in palette.LIGHT}
        fixed = {colour for colour in used if re.fullmatch("#[0-9a-f]{6}", colour)}
        assert used - fixed <= variables
        assert kind is heat or not fixed  # the cells of a heat map keep their shades and their letters in the dark


def test_names_from_outside_stay_text(kind: Callable[..., figures.Drawing]) -> None:
    for drawing in kind(HOSTILE):
        for svg in svgs(drawing):
            assert not [e for e in svg.iter() if e.tag.endswith(("script", "a", "image", "foreignObject"))]
        assert not re.search(r"<[^<>]*\s(on\w+|href|style|id)=", drawing)
        assert not re.search("[\x00-\x08\x1b\u202e\ufffe]", drawing)


Box = tuple[float, float, float, float]


def boxes(element: ET.Element, x: float = 0.0, y: float = 0.0, size: float = 0.0, anchor: str = ""
          ) -> Iterator[tuple[str, Box]]:
    """Every text of an SVG with the rectangle that it takes: left, top, right, bottom."""
    moved = re.fullmatch(r"translate\(([-\d.]+),([-\d.]+)\)", element.get("transform", ""))
    x, y = (x + float(moved[1]), y + float(moved[2])) if moved else (x, y)
    size = float(element.get("font-size", f"{size}px").removesuffix("px"))
    anchor = element.get("text-anchor", anchor)
    if element.tag.endswith("}text"):
        text = element.text or ""
        wide = float(element.get("textLength", 0))
        before = {"middle": 0.5, "end": 1.0}.get(anchor, 0) * wide
        left, base = x + float(element.get("x", 0)) - before, y + float(element.get("y", 0))
        yield text, (left, base - 0.75 * size, left + wide, base + 0.2 * size)
    for child in element:
        yield from boxes(child, x, y, size, anchor)


def wrong(drawing: str) -> list[tuple[str, str]]:
    """Texts that do not lie within their picture, and pairs that lie on each other."""
    found = []
    for svg in svgs(drawing):
        wide, high = float(svg.get("width", 0)), float(svg.get("height", 0))
        texts = list(boxes(svg))
        found += [(text, "outside") for text, (left, top, right, bottom) in texts
                  if left < -0.5 or right > wide + 0.5 or top < -0.5 or bottom > high + 0.5]
        found += [(a, b) for (a, one), (b, other) in itertools.combinations(texts, 2)
                  if min(one[2], other[2]) - max(one[0], other[0]) > 1
                  and min(one[3], other[3]) - max(one[1], other[1]) > 1]
    return found


EXTREMES = {
    "one group": (["A"], TIERS, 60), "two groups": (["A", "B"], TIERS, 1), "six groups": (list("ABCDEF"), TIERS, 60),
    "twelve groups": ([f"Group {c}" for c in "ABCDEFGHIJKL"], [f"tier number {i}" for i in range(8)], 60),
    "two tiers": (["A", "B"], ("in", "out"), 1_200), "names": (list(SCRIPTS.values()), list(SCRIPTS.values()), 24),
}


@pytest.mark.parametrize("case", EXTREMES)
def test_labels_stay_within_their_picture_and_apart(case: str) -> None:
    for name, drawing in pictures(*EXTREMES[case]):
        assert wrong(drawing.wide) == [], name
        assert wrong(drawing.narrow) == [], name


names = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80).map(str.strip).filter(bool),
                 min_size=2, max_size=7, unique=True)


@settings(max_examples=25, deadline=None)
@given(names, names)
def test_labels_of_any_names_stay_within_their_picture_and_apart(groups: list[str], tiers: list[str]) -> None:
    for name, drawing in pictures(groups, tiers, 3):
        assert wrong(drawing.wide) == [], name
        assert wrong(drawing.narrow) == [], name


def test_the_number_of_a_negative_value_stands_beside_its_dot() -> None:
    """Left of its interval, where no other mark stands; a positive one right of it."""
    items = [figures.Interval("Group A", -3.0, -3.5, -2.5), figures.Interval("Group B", 4.0, 3.0, 5.0)]
    for drawing in figures.dots(items, "points", words.short, reference=0.0):
        found = [(text, box) for svg in svgs(drawing) for text, box in boxes(svg)]
        ticks = {text: (box[0] + box[2]) / 2 for text, box in found if text in ("0", "2", "5", "−2")}
        scale = (ticks.get("2", ticks.get("5", 0)) - ticks["0"]) / (2 if "2" in ticks else 5)
        negative, positive = (next(box for text, box in found if text == wanted) for wanted in ("−3", "4"))
        assert 0 < ticks["0"] - 3.5 * scale - negative[2] < 12
        assert 0 < positive[0] - ticks["0"] - 5.0 * scale < 12


LONG = ("Coverage: how closely people are watched, and from where", "Kin: paying for relatives of any degree")


@pytest.mark.parametrize("drawn", [figures.bars, figures.dots])
def test_no_line_passes_through_a_name_above_its_row(drawn: Callable[..., figures.Drawing]) -> None:
    """On a telephone the line at zero stood between the words of every name."""
    items = [figures.Interval(LONG[0], 3.0, 2.0, 4.0), figures.Interval(LONG[1], -1.0, -1.5, 0.5)]
    for svg in svgs(drawn(items, "points").narrow):
        named = [box for text, box in boxes(svg) if len(text) > 12]
        assert len(named) >= 2
        (group,) = [e for e in svg if e.get("transform")]
        dx, dy = map(float, re.findall(r"[-\d.]+", group.get("transform", "")))
        upright = [(float(x) + dx, float(y) + dy, float(y) + dy + float(long)) for path in group
                   for x, y, long in re.findall(r"M([-\d.]+) ([-\d.]+)v([\d.]+)(?!h)", path.get("d", ""))]
        assert upright
        assert not [(x, box) for x, top, end in upright for box in named
                    if box[0] < x < box[2] and min(end, box[3]) > max(top, box[1])]


def test_a_dot_at_the_edge_is_whole() -> None:
    """Where names stand above, half of a dot at zero lay outside the picture."""
    items = [figures.Interval(LONG[0], 0.0), figures.Interval(LONG[1], 3.0, 2.0, 4.0)]
    for svg in svgs(figures.dots(items, "points").narrow):
        (group,) = [e for e in svg if e.get("transform")]
        left = float(re.findall(r"[-\d.]+", group.get("transform", ""))[0])
        circles = [e for e in svg.iter() if e.tag.endswith("circle")]
        assert circles
        assert min(left + float(e.get("cx", 0)) - float(e.get("r", 0)) for e in circles) >= 0


@given(st.text(max_size=60), st.floats(4, 40), st.booleans())
def test_lines_hold_every_letter_and_fit(text: str, room: float, bold: bool) -> None:
    lines = letters.lines(text, room, 1_000, bold)
    assert all(letters.width(line, bold) <= room or len(letters.clusters(line)) == 1 for line in lines)
    assert re.sub(r"[\s-]", "", "".join(lines)) == re.sub(r"[\s-]", "", text)


def test_a_break_cuts_no_letter_from_its_marks() -> None:
    for text in (SCRIPTS["emoji"], "e\u0301" * 30, "🇨🇳" * 20, "👍🏽" * 20, "नमस्ते" * 9):
        whole = letters.clusters(text)
        assert [c for line in letters.lines(text, 5, 1_000) for c in letters.clusters(line) if c != " "] == [
            c for c in whole if c != " "]


def test_a_long_compound_breaks_with_a_hyphen_into_like_parts() -> None:
    lines = letters.lines("Arbeitsunfähigkeitsbescheinigungsempfängerinnen", 14, 9)
    assert all(line.endswith("-") for line in lines[:-1])
    assert max(map(len, lines)) - min(map(len, lines)) <= 3


def test_names_from_right_to_left_are_set_apart_from_numbers() -> None:
    """In `35%, 20%` beside two such names each number would otherwise be shown beside the other's name."""
    assert letters.isolated("ئۇيغۇر 35%, خەنزۇ 20%") == "\u2068ئۇيغۇر\u2069 35%, \u2068خەنزۇ\u2069 20%"
    assert letters.isolated("مجموعة العمال 35 of 100") == "\u2068مجموعة العمال\u2069 35 of 100"
    assert letters.isolated("group A 35 of 100") == "group A 35 of 100"
    for drawing in figures.bars([figures.Bar(SCRIPTS["Uyghur"], 0.3)], "share"):
        assert drawing.count("\u2068") == drawing.count("\u2069") > 0


places = st.lists(st.tuples(st.floats(-900, 900), st.floats(-900, 900)), min_size=2, max_size=40)


@given(places)
def test_an_outline_leads_through_its_places_and_is_short(through: list[tuple[float, float]]) -> None:
    """Read back by a reader of path data that shares nothing with the writer."""
    x = y = 0.0
    walked = []
    written = marks.outline(through)
    for command, numbers in re.findall(r"([Mlhv])([^Mlhvz]*)", written):
        found = [float(n) for n in re.findall(r"-?(?:\d+\.\d|\d+|\.\d)", numbers)]
        while found:
            if command in "Ml":
                dx, dy = found.pop(0), found.pop(0)
                x, y = (dx, dy) if command == "M" else (x + dx, y + dy)
            else:
                x, y = (x + found.pop(0), y) if command == "h" else (x, y + found.pop(0))
            walked.append((x, y))
    wanted = [(round(10 * a) / 10, round(10 * b) / 10) for a, b in through]
    assert [w for w, _ in itertools.groupby(wanted)] == [
        (pytest.approx(a, abs=1e-6), pytest.approx(b, abs=1e-6)) for a, b in walked]
    assert len(written) <= 14 * len(through)


@given(st.lists(st.floats(-200, 200), min_size=2, max_size=60))
def test_places_that_are_left_out_would_not_be_seen(heights: list[float]) -> None:
    every = list(enumerate(heights))
    kept = marks.seen(every)
    assert (kept[0], kept[-1]) == (every[0], every[-1])
    for (x, y), (x2, y2) in itertools.pairwise(kept):
        for i in range(int(x), int(x2) + 1):
            assert abs(heights[i] - y - (y2 - y) * (i - x) / (x2 - x)) <= marks.SEEN + 1e-9


def test_bars_begin_at_zero() -> None:
    svg = bars().wide
    assert re.search(r">0%<", svg)


def test_a_long_series_keeps_its_first_and_last_place() -> None:
    for many in (1, 6, 200):
        kept = axes.thinned(range(1000), many, 60)
        assert len(kept) <= 62
        assert (kept[0], kept[-1]) == (0, 999)


def test_a_page_of_twelve_groups_and_eight_tiers_stays_small() -> None:
    made = dict(pictures(*EXTREMES["twelve groups"][:2], 120))
    assert sum(len(d) for name in ("areas", "survival", "dots", "transitions") for d in made[name]) < 340_000


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


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.12)), min_size=1, max_size=6))
def test_labels_are_moved_apart_in_order(labels: list[tuple[float, float]]) -> None:
    places, sizes = zip(*labels, strict=True)
    at = axes.spread(places, sizes, 0.0, 1.0)
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    for a, b in itertools.pairwise(order):
        assert at[b] - at[a] >= (sizes[a] + sizes[b]) / 2 - 1e-6
    assert at[order[0]] >= sizes[order[0]] / 2 - 1e-6
    assert at[order[-1]] <= 1 - sizes[order[-1]] / 2 + 1e-6


@given(st.floats(1e-6, 1e9), st.integers(2, 8))
def test_ticks_are_few_and_within(length: float, most: int) -> None:
    places = axes.ticks(0, length, most)
    assert 1 <= len(places) <= most + 1
    assert all(0 <= place <= length * (1 + 1e-9) for place in places)
    assert len(set(map(words.number, places))) == len(places)


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e5), st.integers(2, 8))
def test_ticks_are_two_or_more_where_the_axis_begins_anywhere(first: float, length: float, most: int) -> None:
    places = axes.ticks(first, first + length, most)
    assert 2 <= len(places) <= 2 * most + 2
    assert all(first - 1e-6 * length <= place <= first + (1 + 1e-6) * length for place in places)


def test_ticks_count_whole_years() -> None:
    assert axes.ticks(0, 120, 3, 12) == [0, 60, 120]
    assert all(place % 12 == 0 for place in axes.ticks(0, 111, 6, 12))


@given(st.floats(1e-3, 1e3), st.floats(1.5, 1e6), st.integers(2, 6))
def test_ticks_of_a_logarithm_are_few_and_within(first: float, ratio: float, most: int) -> None:
    places = axes.logarithmic_ticks(first, first * ratio, most)
    assert 2 <= len(places) <= max(most, 3)
    assert all(first <= place <= first * ratio for place in places)


@pytest.mark.parametrize("family", ["", "Noto Sans"])
def test_the_bytes_are_the_same_whatever_fonts_this_machine_has(family: str, tmp_path: Path) -> None:
    """As drawn by another process that finds the fonts of one family, or none at all."""
    world = only(family, tmp_path)
    code = "import pictures; print(repr(list(pictures.pictures(list(pictures.SCRIPTS.values()), 'abcdefgh', 9))))"
    there = subprocess.run([sys.executable, "-c", code], env={**world, "PYTHONPATH": os.pathsep.join(sys.path)},
                           capture_output=True, text=True, encoding="utf-8", check=True).stdout
    assert there.strip() == repr(list(pictures(list(SCRIPTS.values()), "abcdefgh", 9)))
