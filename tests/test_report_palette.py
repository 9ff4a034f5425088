"""Colours: tiers and groups stay apart in the light, in the dark, in grey and for three kinds of colour blindness.

Colour blindness is simulated with the matrices of Machado, Oliveira and Fernandes, "A physiologically-based model for
simulation of color vision deficiency", IEEE TVCG 15 (2009), table 1, severity 1.0, on linear RGB. Contrast is that of
WCAG 2.2.
"""

from __future__ import annotations

import itertools

import pytest

from sousveil.page import heat, palette

Colour = tuple[float, float, float]

SIGHT = {
    "full": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
MODES = {"light": palette.LIGHT, "dark": palette.DARK}
TIERS = "abcdefgh"


def luminance(colour: str, sight: str = "full") -> float:
    """Relative luminance of a colour (`#rrggbb`) as somebody with this sight sees it; what grey print keeps of it."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    seen = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in SIGHT[sight]]
    red, green, blue = (min(1.0, max(0.0, v)) for v in seen)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, sight: str = "full") -> float:
    light, dark = sorted((luminance(one, sight), luminance(other, sight)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def shade(variable: str, mode: str) -> str:
    return MODES[mode][variable.removeprefix("var(--").removesuffix(")")]


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SIGHT)
def sight(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("n", range(2, 9))
def test_neighbouring_tiers_stay_apart(n: int, mode: str, sight: str) -> None:
    """From six tiers on by the line between them too, which `test_every_area_has_a_line_about_it` looks at."""
    colours = [shade(colour, mode) for colour in palette.tiers(TIERS[:n]).values()]
    for one, other in itertools.pairwise(colours):
        assert contrast(one, other, sight) >= (1.5 if n <= 5 else 1.15)


@pytest.mark.parametrize("n", range(2, 10))
def test_tiers_run_from_light_to_dark_and_in_the_dark_the_other_way(n: int, mode: str, sight: str) -> None:
    found = [luminance(shade(colour, mode), sight) for colour in palette.tiers("abcdefghi"[:n]).values()]
    assert found == sorted(found, reverse=mode == "light")
    assert len(set(found)) == n


def test_every_area_has_a_line_about_it() -> None:
    from pictures import pictures

    drawn = dict(pictures(["A", "B"], TIERS))["areas"]
    for svg in drawn:
        areas = [tag for tag in svg.split("<path")[1:] if 'fill="var(--tier-' in tag.split(">")[0]]
        assert len(areas) == 16
        assert all(f'stroke="{palette.PAPER}"' in tag for tag in areas)


def test_no_two_of_twelve_groups_look_alike(mode: str, sight: str) -> None:
    """Those with the same dash (and the same shape of dots) differ in lightness, whatever the sight."""
    colours = list(palette.groups("ABCDEFGHIJKL").values())
    assert len(set(colours)) == 12
    for one, other in itertools.combinations(colours, 2):
        assert (palette.dash(one) == palette.dash(other)) == (palette.shape(one) == palette.shape(other))
        if palette.dash(one) == palette.dash(other):
            assert contrast(shade(one, mode), shade(other, mode), sight) >= 1.5


def test_no_colour_and_dash_stand_twice() -> None:
    drawn = {(palette.LIGHT[f"group-{i}"], tuple(palette.dash(f"var(--group-{i})"))) for i in range(12)}
    assert len(drawn) == 12


def test_lines_and_dots_stand_out_from_the_page(mode: str) -> None:
    for colour in (*palette.groups("ABCDEFGHIJKL").values(), palette.ACCENT, palette.INK, palette.FAINT):
        assert contrast(shade(colour, mode), shade(palette.PAPER, mode)) >= 3


def test_letters_stand_out_from_the_page(mode: str) -> None:
    for colour in (*palette.tiers("abcdefghi").values(), *palette.groups("ABCDEFGHIJKL").values(), palette.INK,
                   palette.FAINT, palette.ACCENT):
        letters = palette.text(colour)
        assert contrast(shade(letters, mode), shade(palette.PAPER, mode)) >= 4.5, letters


def test_numbers_stand_out_from_their_cell() -> None:
    for part in range(101):
        assert contrast(heat._letters(part / 100), heat._shade(part / 100)) >= 4.5, part


def test_the_light_and_the_dark_have_the_same_names() -> None:
    assert palette.LIGHT.keys() == palette.DARK.keys()
