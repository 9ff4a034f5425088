"""Chromium for tests, and what is asked of a page in it. Importing this skips a test module where there is no Chromium,
but not in continuous integration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
             "--disable-features=AutofillServerCommunication"]  # it asks its maker about every form that it sees
WIDTHS = (320, 390, 768, 860, 1280)

if not CHROMIUM.exists() and os.environ.get("CI") != "true":
    pytest.skip("there is no Chromium here", allow_module_level=True)

CONTRAST = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const lum = ([r, g, b]) => { const f = [r, g, b].map(v => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); });
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const page = parse(getComputedStyle(document.body).backgroundColor);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c; } return page; };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !e.getClientRects().length) continue;
    const style = getComputedStyle(e), inside = e.closest('svg') !== null;
    const a = lum(parse(inside ? style.fill : style.color)), b = lum(behind(inside ? e.closest('div') : e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([walk.currentNode.textContent.trim().slice(0, 40), ratio.toFixed(2)]);
  }
  return poor; }"""
SMALL_LETTERS = """() => [...document.querySelectorAll('svg text')].filter(t => t.getClientRects().length).map(t => {
  const scale = t.getScreenCTM().a; return [t.textContent, parseFloat(getComputedStyle(t).fontSize) * scale]; })
  .filter(([, size]) => size < 10.95)"""
OVERLAPS = """() => { const bad = [];
  for (const svg of document.querySelectorAll('svg')) {
    const texts = [...svg.querySelectorAll('text')].filter(t => t.getClientRects().length && t.textContent.trim());
    const boxes = texts.map(t => t.getBoundingClientRect());
    for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
      const w = Math.min(boxes[i].right, boxes[j].right) - Math.max(boxes[i].left, boxes[j].left);
      const h = Math.min(boxes[i].bottom, boxes[j].bottom) - Math.max(boxes[i].top, boxes[j].top);
      if (w > 2 && h > 4) bad.push([texts[i].textContent, texts[j].textContent]); }
    const edge = svg.getBoundingClientRect();
    boxes.forEach((b, i) => { if (b.right > edge.right + 3 || b.left < edge.left - 3)
      bad.push([texts[i].textContent, 'outside']); }); }
  return bad; }"""


LOOPBACK = ("127.0.0.1", "127.0.0.2", "::1", "localhost")
ITS_OWN = (".google.com", ".googleapis.com", ".gvt1.com")
"""Where Chromium looks of its own accord, whatever page it shows: for updates, accounts, models."""


def chromium(player: Any, world: dict[str, str] | None = None, log: Path | None = None) -> Any:
    """A browser, in an environment of its own where one is given (`font_sets.only`).

    log   where it notes all that it does with the network
    """
    noting = [] if log is None else [f"--log-net-log={log}"]
    return player.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS, *noting], env=world)


def beyond(noted: dict[str, Any]) -> list[str]:
    """What a browser's log of the network says that pages asked for, or names that were looked up, beyond this machine.

    What Chromium does of its own accord is left out, unless a page was the reason.
    """
    kinds = {number: kind for kind, number in noted["constants"]["logEventTypes"].items()}
    found, asked = [], 0
    for event in noted["events"]:
        given = event.get("params") or {}
        kind = kinds[event["type"]]
        place = str(given.get("url" if kind == "URL_REQUEST_START_JOB" else "host", ""))
        if kind not in ("URL_REQUEST_START_JOB", "HOST_RESOLVER_MANAGER_REQUEST") or not place or place.startswith(
                ("file:", "data:", "blob:")):
            continue
        asked += 1
        name = urlsplit(place if "//" in place else f"//{place}").hostname or place
        of_page = str(given.get("initiator", "")) not in ("", "not an origin")
        found += [place] if name not in LOOPBACK and (of_page or not name.endswith(ITS_OWN)) else []
    assert asked, "the browser noted nothing"
    return found
