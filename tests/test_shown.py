"""What a notebook shows: cards that say what is there and run nothing, charts that hold what the run holds."""

from __future__ import annotations

import builtins
import sys
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

import sousveil as sv
from small_study import small
from sousveil import progress
from sousveil.errors import InputError
from sousveil.ground import cards
from sousveil.harms.tiers import TIER_SHARE

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
PEOPLE = {"people": 60, "groups": {"A": 0.5, HOSTILE[:40]: 0.5}, "conduct": {"act": {"chance": 0.4}}}


@pytest.fixture(scope="module")
def run() -> sv.Run:
    case = small({"about": HOSTILE, "signals": {"act": {"channel": "camera", "points": -10, "lawful": True}}}, PEOPLE)
    study = sv.study({"study": "small", **case.plain, "steps": 3, "seed": 1,
                      "reforms": {"none": {"set": {"signals.act.points": 0}}}})
    return sv.run(study, engine="agents")


def test_numbers_are_written_out() -> None:
    assert [cards.number(x) for x in (5_950_804.0, 0.0000219, -3.0)] == ["5,950,804", "0.0000219", "\u22123"]
    assert [cards.number(x, "share") for x in (0.25, 3.3e-7)] == ["25 %", "0.000033 %"]


@pytest.fixture(scope="module")
def results(run: sv.Run) -> list[Any]:
    return [run.study, run, run.measures(), sv.compare(run.study, "none", seeds=2, engine="agents"),
            sv.why(run.study, seeds=2, engine="agents"), sv.sweep(run.study, "signals.act.points=-10:0:2"),
            sv.report(run)]


def rows_of(chart: Any) -> list[dict[str, Any]]:
    """What is drawn, inside the chart itself."""
    drawn = chart.to_dict()
    data = drawn["data"]
    found: list[dict[str, Any]] = data["values"] if "values" in data else drawn["datasets"][data["name"]]
    return found


class Tags(HTMLParser):
    """The tags and the text of a card."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_card_shows_what_is_there_and_runs_nothing_of_it(results: list[Any]) -> None:
    for result in results:
        page = result._repr_html_()
        found = Tags(page)
        assert not {"script", "img", "link", "object"} & {*found.tags}, type(result)
        assert not [name for name in found.attributes if name.startswith("on") or name in ("src", "href")]
    assert HOSTILE in Tags(results[0]._repr_html_()).text


def test_a_report_is_in_a_frame_that_nothing_leaves(results: list[Any]) -> None:
    page = results[-1]._repr_html_()
    assert Tags(page).tags == ["iframe"]
    assert 'sandbox="allow-downloads allow-popups"' in page


def test_the_card_of_a_run_has_the_shares_that_the_run_has(run: sv.Run) -> None:
    text = Tags(run._repr_html_()).text
    for m in run.measures().of(TIER_SHARE):
        assert f"{100 * (m.value or 0.0):.3g} %" in text


def test_a_table_with_many_rows_says_how_many_more(run: sv.Run) -> None:
    measures = run.measures()
    assert f"and {len(measures) - 24:,} more rows" in measures._repr_html_()
    assert "more rows" not in measures[:3]._repr_html_()


def test_whatever_reads_arrow_reads_measures_and_traces(run: sv.Run) -> None:
    assert pa.table(run.measures()).equals(run.harms())
    assert pa.table(run.trace).equals(run.trace.steps)
    assert pa.RecordBatchReader.from_stream(run.measures()).read_all().num_rows == len(run.measures())
    assert list(run.harms().to_pandas().columns) == run.harms().column_names


@pytest.mark.parametrize("kind", ["tiers", "end", "scores"])
def test_a_chart_of_a_run_holds_its_numbers(run: sv.Run, kind: Any) -> None:
    rows = rows_of(run.chart(kind))
    if kind == "tiers":
        last = [row for row in rows if row["step"] == 3]
        for m in run.measures().of(TIER_SHARE):
            assert m.value == pytest.approx(next(row["share"] for row in last if (row["group"], row["tier"]) == (
                m.group, m.name["tier"])))
    elif kind == "end":
        assert sorted(row["value"] for row in rows) == sorted(m.value for m in run.measures().of(TIER_SHARE).known)
    else:
        assert sum(row["persons"] for row in rows if row["when"] == "end") == 60


def test_charts_of_other_results_hold_theirs(results: list[Any]) -> None:
    *_, compared, why, swept, _ = results
    assert len(rows_of(compared.chart())) == 9
    assert rows_of(why.chart())[0]["value"] == pytest.approx(100 * why.measures()[0].value)  # in percentage points
    rows = rows_of(swept.chart("wrongful-debit"))
    assert [row["x"] for row in rows] == [-10, 0]
    with pytest.raises(InputError, match="one number along it"):
        sv.sweep(swept.study, ["signals.act.points=-10:0:2", "score.start=50:60:2"]).chart()


def test_a_chart_becomes_a_picture_without_a_network(run: sv.Run) -> None:
    import vl_convert

    assert vl_convert.vegalite_to_svg(run.chart("end").to_dict()).startswith("<svg")


def test_what_is_no_chart_and_what_lacks_altair_is_told(run: sv.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match='did you mean "tiers"'):
        run.chart("tier")  # type: ignore[arg-type]
    real = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name == "altair":
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "altair", raising=False)
    with pytest.raises(InputError, match=r"pip install 'sousveil\[charts\]'"):
        run.chart("tiers")


def test_a_notebook_sees_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    handle = SimpleNamespace(update=lambda page: seen.append(page.data))
    html = lambda text: SimpleNamespace(data=text)  # noqa: E731

    def display(page: Any, display_id: bool) -> Any:
        seen.append(page.data)
        return handle

    shown = SimpleNamespace(display=display, HTML=html)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(
        get_ipython=lambda: SimpleNamespace(kernel=object()), display=shown))
    monkeypatch.setitem(sys.modules, "IPython.display", shown)
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    with progress.progress("<Running>", total=4) as advance:
        advance(1)
        advance(3)
    assert 'value="4"' in seen[-2]
    assert "&lt;Running&gt; 100%" in seen[-2]
    assert seen[-1] == ""
