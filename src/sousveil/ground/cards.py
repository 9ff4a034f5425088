"""What a notebook shows of a value: a small card of HTML, in the letters and colours of the notebook.

Whatever stands in it comes from files that somebody else may have written: all of it is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from sousveil.ground import numerals

__all__ = ["card", "framed", "number", "table"]

_CARD = ("border:1px solid #8886;border-radius:6px;padding:.6em .9em;max-width:60em;font:13px/1.5 system-ui,sans-serif;"
         "overflow-x:auto")
_CELL = ("text-align:{};padding:.1em 1em .1em 0;vertical-align:top;font-weight:{};background:none;border:0;"
         "font-size:13px;white-space:{}")


def card(title: str, facts: Iterable[str] = (), *inside: str) -> str:
    """A card: a title, facts in a line each, and parts that are HTML already."""
    lines = "".join(f'<div style="opacity:.8">{html.escape(fact)}</div>' for fact in facts if fact)
    return f'<div style="{_CARD}"><div style="font-weight:600">{html.escape(title)}</div>{lines}{"".join(inside)}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], more: str = "") -> str:
    """A table of texts, numbers to the right; `more` stands under it."""
    found = [tuple(row) for row in rows]
    right = [bool(found) and all(_looks_like_a_number(row[i]) for row in found) for i in range(len(head))]
    top = "".join(_cell("th", text, right[i], 600, ' scope="col"') for i, text in enumerate(head))
    body = "".join("<tr>" + "".join(_cell("td", text, right[i], 400) for i, text in enumerate(row)) + "</tr>"
                   for row in found)
    tail = f'<div style="opacity:.8">{html.escape(more)}</div>' if more else ""
    return (f'<div style="overflow-x:auto"><table style="border-collapse:collapse;margin:.4em 0;display:table">'
            f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{tail}</div>")


def framed(page: str, title: str) -> str:
    """A whole page in a frame of its own, which nothing of it leaves."""
    return (f'<iframe title="{html.escape(title)}" sandbox="allow-downloads allow-popups" loading="lazy" '
            f'style="width:100%;height:640px;border:1px solid #8886;border-radius:6px" '
            f'srcdoc="{html.escape(page)}"></iframe>')


def number(value: float | None, unit: str = "") -> str:
    """A number to four digits, a share in percent; `not estimable` where there is none."""
    if value is None:
        return "not estimable"
    return f"{numerals.number(100 * value)} %" if unit == "share" else numerals.number(value, figures=4)


def _cell(tag: str, text: str, right: bool, weight: int, more: str = "") -> str:
    style = _CELL.format("right" if right else "left", weight, "nowrap" if right or len(text) < 32 else "normal")
    return f'<{tag}{more} style="{style}">{html.escape(text)}</{tag}>'


def _looks_like_a_number(text: str) -> bool:
    return not text or text[0].isdigit() or (text[0] in "-+−." and text[1:2].isdigit())
