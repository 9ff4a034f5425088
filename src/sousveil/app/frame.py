"""How the pages look: templates, the style sheet, the script."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from sousveil.ground import called
from sousveil.page import letters, palette, words
from sousveil.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["asset", "assets", "render"]

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


def render(template: str, **values: Any) -> str:
    """A page, or a part of one."""
    return _environment().get_template(template).render(**values)


@cache
def assets() -> Mapping[str, str]:
    """What a page asks for -> its address, which bears the hash of what stands there."""
    return {kind: f"/static/app-{hashlib.sha256(_text(kind).encode()).hexdigest()[:12]}.{kind}" for kind in _KINDS}


def asset(address: str) -> tuple[str, str] | None:
    """The text and the kind of what stands at an address, or None."""
    kind = next((kind for kind, there in assets().items() if there == address), None)
    return None if kind is None else (_text(kind), _KINDS[kind])


@cache
def _text(kind: str) -> str:
    text = files("sousveil.app").joinpath(f"templates/app.{kind}").read_text(encoding="utf-8")
    if kind != "css":
        return text
    light, dark = ("".join(f"--{n}:{c};" for n, c in colours.items()) for colours in (palette.LIGHT, palette.DARK))
    return text.replace("/*light*/", light).replace("/*dark*/", dark)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    room = Environment(loader=PackageLoader("sousveil.app"), undefined=StrictUndefined, autoescape=True,
                       trim_blocks=True, lstrip_blocks=True, finalize=_set_apart)
    room.globals.update(assets=assets, marks=words.MARKS, number=words.number, number_of=words.number,
                        group_name=words.of_group, tier_name=called.tier, version=__version__, limits=words.LIMITS)
    room.filters.update(sentence=words.sentence, lasting=words.lasting)
    return room


def _set_apart(value: object) -> object:
    """Text, with names that are written from right to left set apart from what stands beside them."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return Markup(letters.isolated(str(escape(letters.printable(value))), "<bdi>{}</bdi>".format))
