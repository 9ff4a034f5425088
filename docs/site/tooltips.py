"""The first time that a page uses a word of the glossary, the word shows what it means, and leads there."""

import re
from functools import cache
from pathlib import Path

from docutils import nodes

NEVER = (nodes.title, nodes.literal, nodes.literal_block, nodes.reference, nodes.raw, nodes.math, nodes.caption)
"""Where words are left alone."""


@cache
def meanings(source):
    """Word -> what it means, from the table of the glossary; words of two meanings are left out."""
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", (Path(source) / "glossary.md").read_text(encoding="utf-8"),
                      re.MULTILINE)
    return {word.casefold(): meaning for word, meaning in rows if word not in ("word", "---") and "(" not in word}


@cache
def pattern(source):
    """Any of the words, also as a plural, the longest first."""
    words = sorted(meanings(source), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, words))})(?:s|es)?\b", re.IGNORECASE)


def link_terms(app, doctree, docname):
    """Put links with a tooltip into the text of a page; a finger, which sees no tooltip, is led to the word itself."""
    if docname == "glossary":
        for row in doctree.findall(nodes.row):
            row["ids"].append(place(row[0].astext()))
    if docname == "glossary" or app.builder.format != "html":
        return
    source = str(app.srcdir)
    known = meanings(source)
    target = app.builder.get_relative_uri(docname, "glossary")
    seen = set()
    for text in list(doctree.findall(nodes.Text)):
        if _within(text, NEVER):
            continue
        parts, at = [], 0
        for found in pattern(source).finditer(text):
            word = found[1].casefold()
            if word in seen or word not in known:
                continue
            seen.add(word)
            parts += [nodes.Text(text[at:found.start()]),
                      nodes.reference("", found[0], refuri=f"{target}#{place(word)}", reftitle=known[word],
                                      internal=True, classes=["term"])]
            at = found.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[at:])])


def place(word):
    """The name of the row of a word in the glossary."""
    return nodes.make_id(f"word {word.casefold()}")


def _within(node, kinds):
    while node is not None:
        if isinstance(node, kinds):
            return True
        node = node.parent
    return False
