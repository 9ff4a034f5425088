"""Studies with one oddity each, which their names say: one clear message, or a right result from both engines."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

import sousveil
from house import SOURCE
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.measures.measures import Measures
from sousveil.runs.run import Run

ODD = Path(__file__).parent / "odd_studies"

REFUSED = {
    "n01_appeal_times": r"scheme\.yaml:8:29  with its factors this comes to 1\.5, which is more than 1$",
    "n02_upheld_times": r"1e\+300 is not between 0 and 1000000$",
    "n03_income_inf": r"1e\+308 is not between 0 and 1000000$",
    "n05_rate_times": r"1e\+308 is not between 0 and 1000000$",
    "n07_chill_neg": r"assumptions\.yaml:2:31  -5 is not between 0 and 1000000$",
    "n08_chill_neg_big": r"-1e\+308 is not between 0 and 1000000$",
    "n10_overflow_points": r"scheme\.yaml:4:49  a step could move a score by [\d,]+ units of the resolution; at most",
    "n11_overflow_points2": r"scheme\.yaml:5:71  1e-12 is not at least 1e-06$",
    "n12_overflow_points3": r"scheme\.yaml:5:71  1e-14 is not at least 1e-06$",
    "n13_strata70": r"population\.yaml:6:1  a population has at most 32 strata, not 70$",
    "n15_strata_product40": r"2,199,023,255,552 kinds of people; at most 65,536 can be told apart",
    "n16_res_tiny": r"scheme\.yaml:5:67  9\.99989e-321 is nearer to 0 than 1e-30; write 0$",
    "n17_frailty_tiny": r"1e-09 is not between 1e-06 and 1000000$",
    "n18_frailty_tiny2": r"population\.yaml:6:22  1e-300 is nearer to 0 than 1e-30; write 0$",
    "n30_rate_tiny": r"population\.yaml:5:29  4\.94066e-324 is nearer to 0 than 1e-30; write 0$",
    "n31_spurious_tiny": r"scheme\.yaml:3:68  9\.99989e-321 is nearer to 0 than 1e-30; write 0$",
    "n32_gain_inf": r"1e\+308 is not between 0 and 1000000$",
    "n35_income_factor_inf": r"1e\+308 is not between 0 and 1000000$",
    "n43_rtl_names": r"population\.yaml:3:12  U\+202E in a name; only printable text on one line is read$",
    "n45_long_name": r"population\.yaml:3:\d+  this is not YAML: ",
    "n46_empty_name": r"population\.yaml:3:12  a name without a letter; write one between the quotes$",
    "n47_nl_name": r"population\.yaml:3:12  a line break in a name; only printable text on one line is read$",
    "n51_escapes": r"scheme\.yaml:2:8  U\+001B, which is not printable; only printable text is read$",
    "width": r"scheme\.yaml:6:\d+  a step could move a score by [\d,]+ units of the resolution; at most",
    "z1_appeal": r"with its factors this comes to 1\.5, which is more than 1$",
    "z2_chillneg": r"-5 is not between 0 and 1000000$",
}
TAKEN = sorted({path.name for path in ODD.iterdir()} - set(REFUSED))
DRAWN = ["n20_one_person", "n22_zero_share_group", "n25_no_channels", "n26_one_tier", "n48_quote_name"]
"""Those whose report could be odd too."""


def sane(found: Measures) -> None:
    """No value and no end that is no number, no share outside 0 to 1."""
    for m in found:
        for value in (m.value, m.low, m.high):
            assert value is None or math.isfinite(value), m
            if m.unit == "share" and value is not None and not m.reference:
                assert 0.0 <= value <= 1.0, m


def carried(name: str, engine: str) -> Run:
    made = sousveil.run(ODD / name, engine=engine, threads=1)
    sane(made.measures())
    return made


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_it_is_refused_with_one_clear_message(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["check", str(ODD / name)], ["run", str(ODD / name)]):
        assert dispatch(app, command) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert any(re.search(REFUSED[name], line) for line in err.splitlines()), err
        assert "\x1b" not in err
        assert str(SOURCE) not in err


@pytest.mark.parametrize("engine", ["exact", "agents"])
@pytest.mark.parametrize("name", TAKEN)
def test_it_has_a_right_result(name: str, engine: str) -> None:
    if name == "n38_delay120" and engine == "exact":
        with pytest.raises(sousveil.InputError, match="the exact engine cannot carry redress after a delay"):
            carried(name, engine)
        return
    made = carried(name, engine)
    people = made.trace.steps.to_pydict()
    at_the_end = [n for n, step in zip(people["persons"], people["step"], strict=True) if step == made.study.steps]
    assert sum(at_the_end) == pytest.approx(made.study.people)


@pytest.mark.parametrize("name", DRAWN)
def test_its_report_can_be_made(name: str) -> None:
    html = sousveil.report(carried(name, "agents")).html
    assert "nan" not in re.sub(r"<[^>]*>|data:[^\"]*", "", html).lower().split()


@pytest.mark.parametrize("engine", ["exact", "agents"])
def test_nobody_is_ever_in_a_group_of_nobody(engine: str) -> None:
    of_b = [m for m in carried("n22_zero_share_group", engine).measures() if m.group == "B"]
    assert all(m.value in (None, 0.0) for m in of_b)


def test_points_of_minus_zero_are_no_points() -> None:
    made = carried("n50_minus_zero", "exact")
    assert set(made.trace.moves.to_pydict()["persons"]) <= {0.0}
