"""The pictures of a page as files of their own: SVG as the page offers them, and PNG drawn from that.

A page may come from somebody else. So only what our own pictures are made of is drawn: shapes and text, with no
address in it. An SVG could otherwise name any file of this machine, and the PNG would show it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from sousveil.errors import InputError
from sousveil.page.reread import reread

__all__ = ["MOST_LETTERS", "drawings", "is_ours", "png", "svg_of"]

MOST_LETTERS = 2_000_000
"""Letters of a picture that is drawn, at most; ours have a few thousand."""

MOST_PX = 10_000.0
"""Px of a picture that is drawn, at most, each way."""

ZOOM = 2.0
"""Dots of a PNG to a px of its SVG, so that it is sharp in print."""

NO_FONTS = ("this machine has no fonts, so a PNG would show no letters; install one, such as the package "
            "fonts-liberation or fonts-dejavu, or take the pictures of report.html, which need none")

_TAG = re.compile(r"<(/?)([^\s/>]*)([^<>]*)>")
_KNOWN = {"svg", "g", "path", "rect", "circle", "text", "tspan"}
_ATTRIBUTE = re.compile(r"""\s*([\w:-]+)\s*=\s*("[^"]*"|'[^']*')""")
_KNOWN_ATTRIBUTES = {
    "xmlns", "width", "height", "viewBox", "font-size", "font-family", "font-weight", "fill", "fill-opacity", "stroke",
    "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "paint-order", "opacity",
    "text-anchor", "textLength", "lengthAdjust", "transform", "x", "y", "rx", "ry", "cx", "cy", "r", "d", "class",
    "aria-hidden", "fill-rule", "shape-rendering", "dx", "dy"}
_SIZE = re.compile(r"""<svg [^<>]*?width=["']([\d.]+)["'] height=["']([\d.]+)["']""")


def drawings(page: str) -> dict[str, str]:
    """The pictures that a page offers, by the names of their files: `tiers.svg` and its text.

    Raises InputError for one that is not of our kind.
    """
    found: dict[str, str] = {}
    for name, text in _Offered(page).found():
        stem = re.sub(r"[^\w-]+", "-", name.removesuffix(".svg")).strip("-") or "picture"
        number, free = 1, stem
        while f"{free}.svg" in found:
            number += 1
            free = f"{stem}-{number}"
        found[f"{free}.svg"] = text
    return found


def svg_of(address: str) -> str:
    """The picture in the address of a link. Raises InputError where it is not of our kind."""
    text = unquote(address.partition(",")[2])
    if not is_ours(text):
        raise InputError("the page holds a picture that sousveil did not draw, and it is left alone; make the page "
                         "again: sousveil report")
    return text


def is_ours(svg: str) -> bool:
    """Whether a picture is made of shapes and text alone, and of a size that can be drawn."""
    size = _SIZE.match(svg)
    if len(svg) > MOST_LETTERS or size is None or max(map(float, size.groups())) > MOST_PX:
        return False
    rest = _TAG.sub("", svg)
    if "<" in rest or ">" in rest or any(not _is_plain(entity) for entity in re.findall(r"&[^;\s]*;?", rest)):
        return False
    return all(name in _KNOWN and (closing or _are_known(attributes)) for closing, name, attributes in
               _TAG.findall(svg))


def _is_plain(entity: str) -> bool:
    return html.unescape(entity) != entity


def _are_known(attributes: str) -> bool:
    rest = _ATTRIBUTE.sub("", attributes).strip()
    named = _ATTRIBUTE.findall(attributes)
    return rest in ("", "/") and all(name in _KNOWN_ATTRIBUTES and "url" not in value.lower() for name, value in named)


def png(svg: str, zoom: float = ZOOM) -> bytes:
    """A picture as PNG. Raises InputError where it cannot be drawn, or this machine has no fonts for its letters."""
    if not is_ours(svg):
        raise InputError("this picture is not one that sousveil drew, and is left alone")
    if "<text" in svg and not _letters_show():
        raise InputError(NO_FONTS)
    return _drawn(svg, zoom)


_DRAWING: dict[str, Any] = {"sans_serif_family": "Liberation Sans", "background": "#ffffff"}


def _drawn(svg: str, zoom: float) -> bytes:
    import resvg_py

    try:
        return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, **_DRAWING))
    except ValueError as error:
        raise InputError("a picture of this page cannot be drawn; make the page again: sousveil report") from error


@cache
def _letters_show() -> bool:
    """Whether a letter leaves a mark: without a font it does not, and nothing says so."""
    blank = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">{}</svg>'
    letter = '<text x="2" y="16" font-size="16px" font-family="sans-serif">A</text>'
    return _drawn(blank.format(letter), 1.0) != _drawn(blank.format(""), 1.0)


class _Offered(HTMLParser):
    """The links of a page behind which a picture lies."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._links: list[tuple[str, str]] = []
        reread(page, self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, address = given.get("download") or "", given.get("href") or ""
        if tag == "a" and name.endswith(".svg") and address.startswith("data:image/svg+xml"):
            self._links.append((name, address))

    def found(self) -> Iterator[tuple[str, str]]:
        for name, address in self._links:
            yield name, svg_of(address)
