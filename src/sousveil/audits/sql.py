"""The questions put to DuckDB, as text. Every name and value from outside goes through `quoted` or `text_literal`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sousveil.audits.column_names import common_names
from sousveil.audits.question import Question
from sousveil.audits.release import MISSING, OTHER, UNKNOWN, Coding

if TYPE_CHECKING:
    from sousveil.audits.bands import Steps

__all__ = ["Part", "arms", "carried", "cells", "coded", "combinations", "facts", "inner", "kept", "pooled", "quoted",
           "table_of_counts", "text", "text_literal", "traits", "wholes"]

_BLANK = ("", "na", "n/a", "nan", "null")
_YES = ("1", "1.0", "true", "t", "yes", "y", "ja", "j", "wahr", "waar", "oui", "vrai", "sí", "si", "sì", "sim", "tak",
        "是")
_NO = ("0", "0.0", "false", "f", "no", "n", "nein", "falsch", "nee", "onwaar", "non", "faux", "não", "nao", "nie",
       "nej", "否")


def _among(value: str, values: Sequence[str]) -> str:
    """Whether text is one of these. Not IN: DuckDB makes a join of it, for all rows, also those a CASE is done with."""
    return f"({' OR '.join(f'{value} = {text_literal(one)}' for one in values)})"


def quoted(name: str) -> str:
    """A name of a column."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(value: str) -> str:
    """A piece of text."""
    return "'" + value.replace("'", "''") + "'"


def text(name: str) -> str:
    """The values of a column as text."""
    return f"CAST({quoted(name)} AS VARCHAR)"


def _present(expression: str) -> str:
    """Text without the blanks around it; NULL for what means missing."""
    return f"(CASE WHEN {_among(f'lower(trim({expression}))', _BLANK)} THEN NULL ELSE trim({expression}) END)"


def number(name: str) -> str:
    """The values of a column as finite numbers; NULL for what is missing or no number."""
    cast = f"TRY_CAST({text(name)} AS DOUBLE)"
    return f"(CASE WHEN isfinite({cast}) THEN {cast} END)"


def not_number(name: str) -> str:
    """Whether a value is there and is no number."""
    return f"(CASE WHEN {number(name)} IS NULL THEN {_present(text(name))} IS NOT NULL ELSE false END)"


def whole(name: str) -> str:
    """The values of a column as counts; NULL for what is no whole number from 0 to 10^15."""
    cast = f"TRY_CAST({text(name)} AS DOUBLE)"
    return f"(CASE WHEN {cast} >= 0 AND {cast} < 1e15 AND {cast} = floor({cast}) THEN {cast}::BIGINT END)"


def _as_binary(expression: str, values: Sequence[str] = ()) -> str:
    """1 for yes, 0 for no, NULL for missing, -1 for anything else. With `values`, these mean yes and all others no."""
    low = f"lower(trim({expression}))"
    if values:
        meant = ", ".join(map(text_literal, values))
        return (f"(CASE WHEN {_present(expression)} IS NULL THEN NULL WHEN trim({expression}) IN ({meant}) THEN 1 "
                "ELSE 0 END)")
    return (f"(CASE WHEN {expression} = '1' THEN 1 WHEN {expression} = '0' THEN 0 "
            f"WHEN {expression} IS NULL OR {_among(low, _BLANK)} THEN NULL WHEN {_among(low, _YES)} THEN 1 "
            f"WHEN {_among(low, _NO)} THEN 0 ELSE -1 END)")


def facts(question: Question) -> list[str]:
    """Aggregates over the file: decisions, bad counts or weights; bad scores, scores with a fraction, their ends."""
    counts, weight, score = question.counts, question.weight, question.score
    people = [f"coalesce(sum({whole(counts)}), 0)::DOUBLE", f"count(*) FILTER ({whole(counts)} IS NULL)"]
    if weight:
        people = [f"coalesce(sum({number(weight)}), 0)::DOUBLE",
                  f"count(*) FILTER ({number(weight)} IS NULL OR {number(weight)} NOT BETWEEN 0 AND 1e15)"]
    if not (counts or weight):
        people = ["0", "0"]
    if not score:
        return [*people, "0", "0", "0", "0"]
    value = number(score)
    return [*people, f"count(*) FILTER ({not_number(score)})", f"count(*) FILTER ({value} <> floor({value}))",
            f"min({value})", f"max({value})"]


def inner(table: str, question: Question) -> str:
    """The range of the score that all but fewer than the floor of people at either end have, and how many values."""
    people = whole(question.counts) if question.counts else "1"
    floor = question.floor

    def end(order: str) -> str:  # as many values as the floor are enough: each has one person or more
        return (f"(SELECT s, sum(n) OVER (ORDER BY s {order}) AS upto FROM "
                f"(SELECT * FROM each WHERE n > 0 ORDER BY s {order} LIMIT {floor}))")

    return (f"WITH few AS (SELECT {number(question.score)} AS s, {people} AS w FROM {table}), "
            "each AS MATERIALIZED (SELECT s, sum(w) AS n FROM few WHERE s IS NOT NULL GROUP BY s) "
            f"SELECT (SELECT min(s) FROM {end('ASC')} WHERE upto >= {floor}), "
            f"(SELECT max(s) FROM {end('DESC')} WHERE upto >= {floor}), (SELECT count(*) FROM each)")


def spread(table: str, question: Question) -> str:
    """The least and the largest weight of a table, their mean, the mean of their squares, and of how many people."""
    weight = number(question.weight)
    return f"SELECT min({weight}), max({weight}), avg({weight}), avg({weight} * {weight}), count({weight}) FROM {table}"


def arms(table: str, column: str) -> str:
    """How many values a column has."""
    return f"SELECT count(DISTINCT {_present(text(column))}) FROM {table}"


def table_of_counts(table: str, columns: Sequence[str], counted: Sequence[str], beside: Sequence[str]) -> str:
    """Of a table of counts: rows, different rows without the counts, combinations of what is counted, and possible;
    combinations of the columns `beside` these, and the most values of any column.
    """
    every = ", ".join(text(name) for name in columns) or "1"
    used = ", ".join(text(name) for name in counted) or "1"
    possible = " * ".join(f"count(DISTINCT coalesce({text(name)}, ''))::DOUBLE" for name in counted) or "1"
    others = ", ".join(text(name) for name in beside) or "1"
    most = ", ".join(f"count(DISTINCT {text(name)})" for name in columns) or "0"
    return (f"SELECT count(*), count(DISTINCT row({every})), count(DISTINCT row({used})), {possible}, "
            f"count(DISTINCT row({others})), greatest(0, {most}) FROM {table}")


def combinations(table: str, columns: Sequence[str], some: Sequence[str]) -> str:
    """How many combinations of columns there are, and of some of them; the most values of any column, and how many
    combinations of all there could be.
    """
    every = ", ".join(map(text, columns)) or "1"
    part = ", ".join(map(text, some)) or "1"
    possible = " * ".join(f"count(DISTINCT coalesce({text(name)}, ''))::DOUBLE" for name in columns) or "1"
    most = ", ".join(f"count(DISTINCT {text(name)})" for name in columns) or "0"
    return (f"SELECT count(DISTINCT row({every})), count(DISTINCT row({part})), greatest(0, {most}), {possible} "
            f"FROM {table}")


def traits(column: str, patterns: Sequence[str]) -> list[str]:
    """Aggregates over a text column of the sample, in the order of `guard.Traits` from `numbers` on."""
    value = f"trim({column})"
    total = f"greatest(count(nullif({value}, '')), 1)"

    def share(test: str) -> str:
        return f"count(*) FILTER ({test})::DOUBLE / {total}"

    def matches(pattern: str) -> str:
        return share(f"regexp_full_match({value}, {text_literal(pattern)}, 'i')")

    date = r"'^\d{4}-\d{2}-\d{2}([ T].*)?$|^\d{1,2}[./]\d{1,2}[./]\d{4}$'"
    year = (f"TRY_CAST(regexp_extract(CASE WHEN regexp_matches({value}, {date}) THEN {value} END, "
            r"'(19|20)\d{2}') AS INTEGER)")
    fraction = r"[-+]?\d*[.,]\d+(e[-+]?\d+)?"
    return [matches(fraction), *map(matches, patterns),
            f"approx_count_distinct(nullif({value}, ''))::DOUBLE / {total}",
            share(f"regexp_matches({value}, {date})"),
            f"coalesce(quantile_cont({year}, 0.95) - quantile_cont({year}, 0.05), 0)",
            share(f"regexp_full_match({value}, '-?\\d{{1,3}}[.]\\d{{4,}}') AND "
                  f"abs(TRY_CAST({value} AS DOUBLE)) BETWEEN 1 AND 180"),
            share(_named(value))]


def _named(value: str) -> str:
    """Whether up to four words, nothing but letters, hold a name that many people have."""
    names, chinese = common_names()
    listed = text_literal(f"(?:^| )(?:{'|'.join(map(re.escape, sorted(names)))})(?: |$)")
    plain = f"regexp_replace(replace(lower(strip_accents({value})), 'ł', 'l'), '[,.]', '', 'g')"
    return (f"(regexp_full_match({plain}, '[a-z''’-]+( [a-z''’-]+){{0,3}}') AND "
            f"regexp_matches({plain}, {listed})) "
            f"OR regexp_full_match({value}, '[{chinese}][一-鿿]{{1,3}}')")


@dataclass(frozen=True, slots=True)
class Part:
    """A column of cells: how it is called, its value of a row, and what is made of that value once rows are summed."""

    name: str
    raw: str
    shaped: str
    label: bool = False


def coded(coding: Coding, name: str, steps: Steps | None = None) -> Part:
    """A column as a release reads it. Of a score `steps` says the place; -1 is missing."""
    raw = f"r_{name}"
    if coding.role == "label":
        return Part(name, text(coding.column), f"coalesce({_present(raw)}, {text_literal(MISSING)})", True)
    if coding.role == "yes":
        values = json.loads(coding.value) if coding.value else ()
        return Part(name, text(coding.column), f"coalesce({_as_binary(raw, values)}, {UNKNOWN})")
    if coding.role == "arm":
        arm = _present(text(coding.column))
        return Part(name, f"CASE WHEN {arm} = {text_literal(coding.value)} THEN 0 WHEN {arm} IS NOT NULL THEN 1 "
                          f"ELSE {UNKNOWN} END", raw)
    if steps is None:
        raise ValueError("a score needs steps")
    score = number(coding.column)
    return Part(name, f"CASE WHEN {score} IS NULL THEN -1 ELSE {steps.sql(score)} END", raw)


def cut(score: str, at: float) -> Part:
    """The decision that a cut of a score makes."""
    value = number(score)
    return Part("d", f"CASE WHEN {value} >= {at!r} THEN 1 WHEN {value} IS NOT NULL THEN 0 ELSE {UNKNOWN} END", "r_d")


def cells(table: str, parts: Sequence[Part], question: Question) -> str:
    """The finest cells: a column for each part, n people, the sum of their weights (s).

    Labels that fewer people than the floor share are pooled. A label's people are those of the whole file, so that a
    label is pooled in every release or in none.
    """
    people = whole(question.counts) if question.counts else "1"
    weight = f", {number(question.weight)} AS w" if question.weight else ""
    sums = ", sum(w)::DOUBLE AS s" if weight else ""
    more = ", sum(s) AS s" if weight else ""
    if question.rounded:
        sums, more = ", count(*)::BIGINT AS r", ", sum(r)::BIGINT AS r"
    passed = ", s" if weight else ", r" if question.rounded else ""
    some = "" if question.rounded else " HAVING sum(n) > 0"
    raw = ", ".join(f"{part.raw} AS r_{part.name}" for part in parts)
    keys = ", ".join(f"r_{part.name}" for part in parts)
    shaped = ", ".join(f"{part.shaped} AS {part.name}" for part in parts)
    over = "".join(f", sum(n) OVER (PARTITION BY {part.name}) AS t_{part.name}" for part in parts if part.label)
    pooled = ", ".join(f"CASE WHEN t_{part.name} < {question.floor} THEN {text_literal(OTHER)} ELSE {part.name} END "
                       f"AS {part.name}" if part.label else part.name for part in parts)
    return (f"WITH few AS (SELECT {raw}, {people} AS p{weight} FROM {table}), "
            f"summed AS (SELECT {keys}, sum(p)::BIGINT AS n{sums} FROM few GROUP BY {keys}), "
            f"shaped AS (SELECT {shaped}, n{passed} FROM summed), "
            f"counted AS (SELECT *{over} FROM shaped) "
            f"SELECT {pooled}, sum(n)::BIGINT AS n{more} FROM counted GROUP BY ALL{some} ORDER BY ALL")


def pooled(table: str, codings: Sequence[Coding], question: Question) -> str:
    """How many labels of a column few people have, where it is read as labels; else how many are no yes of any of its
    codings, where few have each of them.
    """
    people = whole(question.counts) if question.counts else "1"
    label = f"coalesce({_present(text(codings[0].column))}, {text_literal(MISSING)})"
    asked = [value for coding in codings for value in json.loads(coding.value or "[]")]
    rest = f"n > 0 AND NOT {_among('label', [MISSING, *asked])}"
    few = f"count(*) FILTER (n < {question.floor})"
    if any(coding.role == "label" for coding in codings):
        rest = "n > 0"
    else:
        few = f"CASE WHEN max(n) < {question.floor} THEN {few} ELSE 0 END"
    return f"SELECT {few} FROM (SELECT {label} AS label, sum({people}) AS n FROM {table} GROUP BY 1) WHERE {rest}"


def kept(cells: str, names: Sequence[str], sums: Sequence[str], where: int) -> str:
    """Cells of which every filter is a yes, under their other names; the others count nobody, so that labels stay."""
    def test(places: Sequence[int]) -> str:
        return " AND ".join(f"w{i} = 1" for i in places) or "true"

    every = range(where)
    here = test(every)
    added = ", ".join(f"sum(CASE WHEN {here} THEN {part} ELSE 0 END){'::BIGINT' if part == 'n' else ''} AS {part}"
                      for part in sums)
    for i, name in enumerate(wholes(where)):
        left = [place for place in every if place != i] if i < where else []
        added += f", sum(CASE WHEN {test(left)} THEN n ELSE 0 END)::BIGINT AS {name}"
    return f"SELECT {', '.join(names)}, {added} FROM ({cells}) GROUP BY ALL ORDER BY ALL"


def wholes(where: int) -> tuple[str, ...]:
    """Columns of `kept`: how many people are in a cell with one filter dropped, for each, and last without any."""
    return (*(f"a{i}" for i in range(where)), "a") if where else ()


def carried(table: str, coding: Coding, counts: str) -> str:
    """How many people have each of the values that mean yes, in their order."""
    people = whole(counts) if counts else "1"
    value = f"trim({text(coding.column)})"
    sums = [f"coalesce(sum({people}) FILTER ({value} = {text_literal(one)}), 0)" for one in json.loads(coding.value)]
    return f"SELECT {', '.join(sums)} FROM {table}"
