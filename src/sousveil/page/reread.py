"""A page read back from its HTML, as if a stranger had written it: what is not set as ours is set is not read.

Python's own parser takes a minute for 60 kB of marks that never end. Our pages have none, so such pages are refused
before it sees them, by a look that takes as long as the page is.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from sousveil.errors import InputError

__all__ = ["MOST_BYTES", "reread"]

MOST_BYTES = 8_000_000
"""Bytes of a page that is read back, at most; ours have some 400,000."""

LONGEST_TAG = 400_000
"""Letters of one tag: a link holds a whole picture, or a table."""

_HEAD = "<!DOCTYPE html>"
_OPEN = re.compile(r"<[^<>]*(?:<|\Z)")
"""A tag that does not end before the next begins."""

_STRANGE = re.compile(r"<[^a-zA-Z/]|</[^a-zA-Z]")
_TAG = re.compile(r"<([^<>]*)>")
_PLAIN = re.compile(r'/?[a-zA-Z][\w-]*(?: [\w:-]+(?:=(?:"[^"]*"|\'[^\']*\'))?)* ?/?')


def reread(page: str, parser: HTMLParser) -> None:
    """Let a parser read a page. Raises InputError for one that is not set as our pages are."""
    body = page.removeprefix("\n").removeprefix(_HEAD)
    if len(page) > MOST_BYTES or _OPEN.search(body) or _STRANGE.search(body) or any(
            len(tag) > LONGEST_TAG or not _PLAIN.fullmatch(tag) for tag in _TAG.findall(body)):
        raise InputError("this page was not set by sousveil, or was changed since, and is left alone; the command in "
                         "run.json makes it again")
    parser.feed(body)
    parser.close()
