"""Labels that say that a group is not known: `Unknown`, `not stated`, `Decline to state`, `keine Angabe`, `?`.

People with such a label are no group that could be compared with. The words, in nine languages, stand in
`data/unknown_labels.txt`, and are read as names of columns are (see `column_names`).
"""

from __future__ import annotations

import re
from functools import cache

from sousveil.audits.column_names import parts, plain_name

__all__ = ["is_unknown"]


def is_unknown(label: str) -> bool:
    """Whether a label says that the group is not known."""
    signs, pattern, chinese = _rules()
    bare = re.sub(r"\s", "", label)
    if bare and set(bare) <= signs:
        return True
    return bool(pattern.fullmatch(plain_name(label)) or chinese.fullmatch(re.sub(r"\W", "", label)))


@cache
def _rules() -> tuple[frozenset[str], re.Pattern[str], re.Pattern[str]]:
    found = parts("unknown_labels.txt")
    signs, what, chinese = (found.pop(title) for title in ("signs", "what", "chinese"))
    words = "|".join(found.values())
    pattern = rf"(?:(?:{what})_)?(?:{words})(?:_(?:or|and)?_?(?:{words}))*(?:_(?:{what}))?"
    return frozenset(signs), re.compile(pattern), re.compile(chinese)
