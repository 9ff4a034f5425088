"""The app as people meet it: in Chromium, by keyboard alone, with and without script, large, dark and narrow."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import random
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app_server import Server
from app_study import NAME
from sousveil.cli import app as commands
from sousveil.cli.output import dispatch
from tiers import few_and_many, in_turn

pytest.importorskip("playwright.sync_api")

SMALL = "people=300&steps=3&seeds=2"
CHANGED = f"reform=no-ceiling&assume.channels.camera.spurious=0.02&{SMALL}"
TOWN = f"/{NAME}"
SEEN = {
    "home": "/", "words": "/words", "base rates": "/baserate", "audit": "/audit", "nothing here": "/nothing/here",
    "claimed": f"{TOWN}/claimed?{SMALL}", "does": f"{TOWN}/does?{SMALL}", "change": f"{TOWN}/change?{CHANGED}",
    "why": f"{TOWN}/why?{SMALL}", "story": f"{TOWN}/story?group=B&happened=wrong", "check": f"{TOWN}/check?{CHANGED}",
    "sweep": f"{TOWN}/sweep?{SMALL}", "extremes": f"{TOWN}/extremes?{SMALL}", "infer": f"{TOWN}/infer?{SMALL}",
    "ask": f"{TOWN}/ask?{SMALL}", "mistaken": f"{TOWN}/change?people=1", "no answer": f"{TOWN}/sweep?vary=no.such"}
"""Every kind of page."""

SLOW = ("extremes", "infer", "ask")
"""Pages whose answers take some ten seconds: the short tier looks at them while they are at work."""

CONDITIONS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"}, "dark": {"color_scheme": "dark"}, "forced colours": {"forced_colors": "active"},
    "200 %": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},  # 1280 px, twice as large
    "320 px": {"viewport": {"width": 320, "height": 600}}, "390 px": {"viewport": {"width": 390, "height": 800}},
    "1280 px": {"viewport": {"width": 1280, "height": 900}}}
AXE = os.environ.get("SOUSVEIL_AXE", "")
PATIENCE = 600_000
"""Milliseconds after which something is taken never to come: on a machine that is busy, a second can last a minute."""


@pytest.fixture
def look(app: Server, browser: Any) -> Iterator[Callable[..., Any]]:
    """A page of a browser of its own; at the end, that nothing asked for anything beyond this server or failed."""
    opened = []

    def opening(path: str, *, until_done: bool = True, **how: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | how)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
        opened.append((context, asked, wrong))
        if not until_done:  # nobody tells it that its answer is there, so that it stays as it is
            page.route("**/events/*", lambda route: route.abort())
        page.goto(app.address + path)
        if until_done:
            settled(page)
        return page

    yield opening
    for context, asked, wrong in opened:
        context.close()
        assert [url for url in asked if not url.startswith((app.address + "/", "data:"))] == []
        assert wrong == []


def settled(page: Any) -> None:
    """Wait until no preview, no progress and nothing stale is left."""
    page.wait_for_selector(".preview, .working, .stale", state="detached", timeout=PATIENCE)
    page.wait_for_load_state()


def reach(page: Any, selector: str, most: int = 200) -> None:
    """Press Tab until the focus is on it, as somebody would who has no mouse."""
    wanted = page.locator(selector)
    wanted.first.wait_for(state="attached")
    for _ in range(most):
        if wanted.evaluate_all("them => them.includes(document.activeElement)"):
            assert page.evaluate("document.activeElement.getClientRects().length") > 0
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")


def press(page: Any, selector: str, key: str = "Enter") -> None:
    reach(page, selector)
    page.keyboard.press(key)


# --- three persons ----------------------------------------------------------------------------------------------------


def test_a_journalist_gets_to_a_sentence_ticks_a_rule_and_leaves_with_a_file(look: Callable[..., Any]) -> None:
    page = look("/")
    press(page, f"a[href='{TOWN}/does']")
    page.wait_for_url(f"**{TOWN}/does")
    settled(page)
    assert len(page.inner_text("h1").split()) > 5
    assert "chance" in page.inner_text(".sure") or "95 of 100" in page.inner_text(".sure")
    press(page, "a[data-view='change']")
    page.wait_for_url("**/change")
    settled(page)
    press(page, "input[value='no-ceiling']", "Space")
    page.wait_for_url("**reform=no-ceiling**")
    page.wait_for_selector("h1:has-text('With')")
    settled(page)
    assert page.evaluate("document.activeElement.value") == "no-ceiling"  # the focus stays where it was
    assert page.locator(".people .drawn").first.get_attribute("aria-label").count("of 100 people") == 6
    assert page.locator(".people .unit a[download$='.csv'], .people .unit a[download$='.svg'], "
                        ".people .unit button[data-png], .people .unit a[href='#share']").count() == 4
    reach(page, ".people .unit button[data-png]")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.path().read_bytes().startswith(b"\x89PNG")
    reach(page, "a[href*='files/change.html']")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert re.fullmatch(r"folder-town-change-[0-9a-f]{10}\.html", waiting.value.suggested_filename)
    assert "<script" not in waiting.value.path().read_text(encoding="utf-8")


def test_a_case_worker_finds_the_sources_the_harms_and_the_command(look: Callable[..., Any]) -> None:
    page = look("/")
    press(page, f"a[href='{TOWN}/does']")
    page.wait_for_url(f"**{TOWN}/does")
    press(page, "a[data-view='claimed']")
    page.wait_for_url("**/claimed")
    assert page.locator(".rules-said li").count() > 10
    assert "A newspaper, 1 May 2020" in page.inner_text(".rules-said")
    assert page.locator(".rules-said .pill").count() > 2
    press(page, "a[data-view='change']")
    page.wait_for_url("**/change**")
    settled(page)
    press(page, "#controls summary:has-text('Redress')")
    reach(page, "[name='set.redress.appeal']")
    page.keyboard.press("Control+a")
    page.keyboard.type("0.5")
    page.wait_for_url("**set.redress.appeal=0.5**")
    reach(page, "[name='set.redress.upheld']")
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    page.wait_for_url("**set.redress.upheld=1**")
    settled(page)
    assert page.locator("table.harms tbody tr").count() > 20
    verdicts = {*page.locator("td[data-l='clear?']").all_inner_texts()}
    assert {"clear of chance", "no clear difference"} & verdicts
    assert page.locator("table.harms td[data-l=difference] small").first.inner_text() != ""
    press(page, "a[data-view='check']")
    page.wait_for_url("**/check**")
    command = page.inner_text("[aria-label=command]")
    assert command.startswith("sousveil compare")
    assert "--set redress.appeal=0.5 --set redress.upheld=1" in command
    assert "sousveil verify" in page.inner_text("main")
    reach(page, "a[href*='files/differences.csv']")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.path().read_text(encoding="utf-8").startswith("harm,measure,")


def test_a_student_reads_a_life_and_moves_one_slider(look: Callable[..., Any]) -> None:
    page = look(f"{TOWN}/claimed?{SMALL}")
    press(page, "a[data-view='story']")
    page.wait_for_url("**/story**")
    settled(page)
    reach(page, "#group")
    page.keyboard.type("group B")
    reach(page, "#happened")
    page.keyboard.type("was debited")
    press(page, "form.asks button")
    page.wait_for_url("**happened=wrong**")
    settled(page)
    assert "group B" in page.inner_text("h1")
    assert "somebody else did it" in page.inner_text(".ledger") or "nobody did it" in page.inner_text(".ledger")
    press(page, "a[data-view='change']")
    page.wait_for_url("**/change**")
    settled(page)
    typed = page.locator("#controls > fieldset.unk input[type=number]").first
    before = typed.input_value()
    typed.fill("1e9")
    page.wait_for_selector("#status:has-text('1e9 is not taken; it may be from 0')")
    assert not page.inner_text("#status").startswith("assume.")
    assert typed.get_attribute("aria-invalid") == "true"
    assert "assume." not in page.url
    typed.fill(before)
    reach(page, "#controls > fieldset.unk input[type=range]")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**assume.**")
    assert typed.get_attribute("aria-invalid") is None
    settled(page)
    assert "in both worlds" in page.inner_text(".both")
    moved = page.url
    assert all(said in moved for said in SMALL.split("&"))
    page.evaluate("history.back()")
    page.wait_for_selector(".both li", state="detached")
    settled(page)
    assert "assume." not in page.url
    page.evaluate("history.forward()")
    page.wait_for_selector(".both li")
    settled(page)
    assert page.url == moved
    assert "in both worlds" in page.inner_text(".both")
    press(page, "a[data-view='why']")
    page.wait_for_url("**/why**")
    settled(page)
    assert any(said in page.inner_text("h1") for said in ("due to", "no clear difference", "carries"))


def test_a_table_is_chosen_and_counted_in_the_page(look: Callable[..., Any], tmp_path: Path) -> None:
    from sousveil.audits.invented import tables

    path = tmp_path / "decisions.csv"
    path.write_text(tables()["decisions.csv"], encoding="utf-8")
    page = look("/audit")
    page.set_input_files("#table", str(path))
    page.wait_for_selector("#columns option", state="attached")
    for place, column in (("#decision", "flagged"), ("#outcome", "fraud"), ("#group-1", "sex"), ("#group-2", "origin")):
        reach(page, place)
        page.keyboard.type(column)
        page.keyboard.press("Escape")
    press(page, "form[data-audit] button")
    page.wait_for_selector("[data-counted] h1")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert "sousveil audit decisions.csv --decision flagged" in page.inner_text("[aria-label=command]")
    reach(page, "[data-keep=report]")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert re.fullmatch(r"audit-[0-9a-f]{10}\.html", waiting.value.suggested_filename)
    assert page.inner_text("[data-counted] h1") in waiting.value.path().read_text(encoding="utf-8")


# --- the address is the state -----------------------------------------------------------------------------------------


def test_a_link_within_the_page_leaves_the_page_as_it_is(look: Callable[..., Any]) -> None:
    page = look(f"{TOWN}/change?{SMALL}")
    page.evaluate("window.here = true")
    press(page, "a.skip[href='#controls']")
    page.wait_for_url("**#controls")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "reform"
    page.keyboard.press("Space")
    settled(page)
    assert "reform=" in page.url
    press(page, "#controls button[type=submit]")  # the same state once more is no step that "back" returns to
    settled(page)
    assert page.evaluate("window.here")
    page.go_back()
    page.wait_for_function("!window.here")  # another state is another page
    settled(page)
    assert "reform=" not in page.url


WITHOUT_SCRIPT = """() => { const main = document.querySelector('main').cloneNode(true);
  main.querySelectorAll('.needs-script, button, noscript, #status').forEach(e => e.remove());
  return main.textContent.replace(/\\s+/g, ' '); }"""


@pytest.mark.parametrize("view", ["change", *(pytest.param(name, marks=pytest.mark.long) for name in (
    "does", "why", "story", "sweep", "extremes", "infer", "ask", "base rates", "claimed", "check"))])
def test_a_view_opens_in_a_fresh_browser_and_without_script_with_the_same_numbers(
        look: Callable[..., Any], view: str) -> None:
    found = [look(SEEN[view], **how).evaluate(WITHOUT_SCRIPT) for how in ({}, {}, {"java_script_enabled": False})]
    assert len(re.findall(r"\d", found[0])) > 50
    assert found[0] == found[1] == found[2]


def test_the_offline_report_says_the_command_of_its_state(app: Server) -> None:
    query = f"reform=no-ceiling&reform=half-cameras&assume.channels.camera.spurious=0.02&{SMALL}"
    page = app.get(f"{TOWN}/check?{query}").text
    command = re.search(r'aria-label="command">([^<]*)<', page)[1]  # type: ignore[index]
    assert "--together" in command
    assert "--assume channels.camera.spurious=0.02" in command
    for view in ("check", "change"):
        assert command in app.get(f"{TOWN}/files/{view}.html?{query}").text


def test_without_script_a_form_leads_to_the_short_address_of_its_state(look: Callable[..., Any]) -> None:
    page = look(f"{TOWN}/change?{SMALL}", java_script_enabled=False)
    page.check("input[value='half-cameras']")
    for summary in page.locator("#controls summary").all():
        summary.click()
    page.fill("[name='assume.channels.camera.spurious']", "0.02")
    page.click("form#controls button[type=submit]")
    page.wait_for_selector(".preview", state="detached")
    assert page.url.split("?")[1] == ("reform=half-cameras&assume.channels.camera.spurious=0.02&people=300&steps=3"
                                      "&seeds=2")
    assert "With" in page.inner_text("h1")


@pytest.mark.long
def test_a_slider_that_is_dragged_asks_for_one_thing_at_a_time(app: Server, look: Callable[..., Any]) -> None:
    page = look("/seed-article/change?people=2000&steps=24&seeds=3")
    under_way: list[int] = []
    most = 0

    def began(request: Any) -> None:
        nonlocal most
        if "stage=preview" in request.url:
            under_way.append(1)
            most = max(most, len(under_way))

    def ended(request: Any) -> None:
        if "stage=preview" in request.url:
            under_way.pop()

    page.on("request", began)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    slider = page.locator("fieldset[data-path='channels.camera.coverage.value.district.north'] input[type=range]")
    for n in range(40):
        slider.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }", 0.02 * n)
    settled(page)
    page.wait_for_selector(".both:has-text('0.78')")
    settled(page)
    assert most == 1


# --- the command gives the same numbers -------------------------------------------------------------------------------


@few_and_many("state", 1, 30)
def test_the_numbers_of_a_page_are_those_of_the_command_that_it_prints(
        app: Server, state: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    dice = random.Random(17)
    for _ in range(state):
        path = _drawn(app, dice)
        found = app.get(path + "&stage=whole")
        assert found.status == 200, found.text
        command = html.unescape(re.search(r'aria-label="command">([^<]*)<', found.text)[1])  # type: ignore[index]
        said = shlex.split(command)
        capsys.readouterr()
        alone = ["--points", "0"] if said[1] == "compare" else []  # what is not published moves none of these numbers
        assert dispatch(commands, [*said[1:said.index("-o")], *alone, "--json"]) == 0, command
        told = json.loads(capsys.readouterr().out)
        rows = told["worlds"][0]["differences"] if said[1] == "compare" else told["harms"]
        file = "differences" if said[1] == "compare" else "harms"
        name, _, query = path.partition("/change?")
        table = app.get(f"{name}/files/{file}.csv?{query}").text
        kept = [*csv.DictReader(io.StringIO(table))]
        assert len(kept) == len(rows) > 20
        for here, there in zip(kept, rows, strict=True):
            assert here["measure"].lstrip("'") == there["measure"]
            for column in ("value", "low", "high"):
                assert (float(here[column]) if here[column] else None) == there[column], (command, here, there)
        _shown_as_they_are(found.text, rows, said[1] == "compare")


def _drawn(app: Server, dice: random.Random) -> str:
    """A random state of a random entry."""
    name = dice.choice(["seed-article", "rongcheng", "urumqi-form-2017"])
    page = app.get(f"/{name}/change?people=300&steps=2&seeds=2").text
    reforms = re.findall(r'name="reform" value="([^"]+)"', page)
    sliders = re.findall(r'type="number" id="[^"]*" name="(assume\.[^"]+)"[^>]*min="([^"]+)" max="([^"]+)"', page)
    points = re.findall(r'name="(set\.signals\.[^"]+\.points)" value="([^"]+)"', page)
    said = [("reform", dice.choice(reforms))] if reforms and dice.random() < 0.7 else []
    for field, low, high in dice.sample(sliders, min(len(sliders), dice.randint(0, 2))):
        said.append((field, f"{dice.uniform(float(low), float(high)):.4g}"))
    if points and dice.random() < 0.5:
        field, value = dice.choice(points)
        said.append((field, f"{float(value) - 1:g}"))
    from urllib.parse import urlencode

    size = {"people": dice.choice([500, 1500]), "steps": dice.choice([2, 6]), "seeds": dice.choice([2, 4]),
            "seed": dice.randint(0, 10**6)}
    if name == "urumqi-form-2017":
        size.pop("steps")
    return f"/{name}/change?{urlencode([*said, *size.items()])}"


def _shown_as_they_are(page: str, rows: list[dict[str, Any]], two: bool) -> None:
    """Every number in the table of the page is one of the command's, as it is or rounded."""
    shown = re.findall(r'<td role="cell" class="n" data-l="(?:difference|value)"><b>([^<]*)</b>', page)
    assert len(shown) > 20
    known = [100 * r["value"] if r["unit"] == "share" else r["value"] for r in rows if r["value"] is not None]
    for text in shown:
        plain = html.unescape(text).replace("\\u2212", "-").replace("−", "-").replace(",", "").strip("+%")
        if not re.fullmatch(r"-?[\d.]+", plain):
            continue
        decimals = len(plain.partition(".")[2])
        assert any(abs(float(plain) - value) <= 0.51 * 10.0**-decimals or (abs(value) >= 100 and abs(
            float(plain) / value - 1) < 0.006) for value in known), (text, two)


# --- for everybody ----------------------------------------------------------------------------------------------------


NARROW = """[...document.querySelectorAll('caption:not(.away)')].filter(c => c.getClientRects().length
  && 2 * c.getBoundingClientRect().width < c.closest('table').getBoundingClientRect().width).map(c => c.textContent)"""
"""Captions that are squeezed beside their table."""


@in_turn(("view", "condition"), [*SEEN], [*CONDITIONS])
@pytest.mark.skipif(not AXE, reason="SOUSVEIL_AXE does not name axe.min.js")
def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(
        request: pytest.FixtureRequest, look: Callable[..., Any], view: str, condition: str) -> None:
    short = "not long" in request.config.option.markexpr
    page = look(SEEN[view], until_done=not (short and view in SLOW), bypass_csp=True, **CONDITIONS[condition])
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(NARROW) == []
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map("
                          "v => [v.id, v.nodes.map(n => n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? ''))])")
    assert found == []
    if page.locator("[data-cancel]").count():
        page.click("[data-cancel]")


@pytest.mark.long
def test_files_are_edited_with_the_messages_of_check_at_their_lines(look: Callable[..., Any]) -> None:
    page = look("/")
    page.select_option("#from", "seed-article")
    page.click("[data-new]")
    page.wait_for_url("**/edit/*")
    page.wait_for_selector("[data-problems]:has-text('No mistake found')")
    text = page.input_value("textarea[data-file='scheme.yaml']")
    page.fill("textarea[data-file='scheme.yaml']", text.replace("channel: camera", "channel: camrea", 1))
    page.wait_for_selector("[data-problems]:has-text('1 mistake')")
    line = 1 + text.split("channel: camera")[0].count("\n")
    assert f"scheme.yaml:{line}:" in page.inner_text("[data-problems]")
    assert 'did you mean "camera"?' in page.inner_text("[data-problems]")
    page.fill("textarea[data-file='scheme.yaml']", text.replace("points: -", "points: -1", 1))
    page.wait_for_selector("[data-problems]:has-text('No mistake found')")
    page.click("[data-use]")
    page.wait_for_url("**/does*")
    settled(page)
    assert "mine-" in page.url


def test_long_work_is_still_there_after_a_reload_and_can_be_cancelled(app: Server, look: Callable[..., Any]) -> None:
    page = look("/seed-article/why?people=300000&seeds=5", until_done=False)
    work = page.get_attribute(".working", "data-key")
    page.reload()
    assert page.get_attribute(".working", "data-key") == work
    reach(page, "[data-cancel]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".working:has-text('Cancelled')")
    assert app.ask("GET", f"/events/{work}").text.startswith("event: done")


@pytest.mark.long
def test_long_work_says_how_far_it_is_and_how_long_it_takes(look: Callable[..., Any]) -> None:
    page = look("/seed-article/why?people=30000&seeds=5&steps=24", until_done=False)
    page.wait_for_selector(".far:text-matches('^[A-Z][a-z ]+: [1-9][0-9]?%, about [0-9]+ s left')")
    before = page.eval_on_selector(".working progress", "e => e.value")
    page.reload()
    page.wait_for_selector(".far:text-matches(': [1-9][0-9]?%')")
    assert page.eval_on_selector(".working progress", "e => e.value") >= before
    settled(page)
    assert page.locator("figure").count() > 0


def test_what_was_asked_once_is_not_carried_out_again(app: Server) -> None:
    path = f"{TOWN}/change?reform=half-cameras&{SMALL}"
    first = app.get(path + "&stage=whole")
    again = app.ask("GET", path + "&stage=whole", {"If-None-Match": first.heads["etag"]})
    assert again.status == 304
    assert app.get(path + "&stage=whole").text == first.text
    page = app.get(path)
    assert app.ask("GET", path, {"If-None-Match": page.heads["etag"]}).status == 304
    assert app.get(path).text == page.text
