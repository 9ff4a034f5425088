"""Chromium for tests, and what is asked of a page in it. Importing this skips a test module where there is no Chromium,
but not in continuous integration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
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


def chromium(player: Any, world: dict[str, str] | None = None) -> Any:
    """A browser, in an environment of its own where one is given (`font_sets.only`)."""
    return player.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, env=world)
