"""The questions put to DuckDB, as text. Every name and value from outside goes through `quoted` or `text_literal`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sousveil.audits.question import Question

if TYPE_CHECKING:
    from sousveil.audits.bands import Fine

__all__ = ["MISSING", "OTHER", "RANKS", "cells", "facts", "labels", "quoted", "ranking", "text",
           "text_literal", "traits"]

MISSING = "(missing)"
OTHER = "(other)"
RANKS = 65_536
"""A score with more values than this is ranked by as many equal steps; ties inside a step count half."""

_BLANK = "('', 'na', 'n/a', 'nan', 'null')"
_YES = "('1', '1.0', 'true', 't', 'yes', 'y')"
_NO = "('0', '0.0', 'false', 'f', 'no', 'n')"


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
    return f"(CASE WHEN lower(trim({expression})) IN {_BLANK} THEN NULL ELSE trim({expression}) END)"


def number(name: str) -> str:
    """The values of a column as finite numbers; NULL for what is missing or no number."""
    cast = f"TRY_CAST({text(name)} AS DOUBLE)"
    return f"(CASE WHEN isfinite({cast}) THEN {cast} END)"


def not_number(name: str) -> str:
    """Whether a value is there and is no number."""
    return f"{number(name)} IS NULL AND {_present(text(name))} IS NOT NULL"


def whole(name: str) -> str:
    """The values of a column as counts; NULL for what is no whole number from 0 to 10^15."""
    cast = f"TRY_CAST({text(name)} AS DOUBLE)"
    return f"(CASE WHEN {cast} >= 0 AND {cast} < 1e15 AND {cast} = floor({cast}) THEN {cast}::BIGINT END)"


def _as_binary(expression: str) -> str:
    """1 for yes, 0 for no, NULL for missing, -1 for anything else."""
    low = f"lower(trim({expression}))"
    return (f"(CASE WHEN {expression} = '1' THEN 1 WHEN {expression} = '0' THEN 0 "
            f"WHEN {expression} IS NULL OR {low} IN {_BLANK} THEN NULL WHEN {low} IN {_YES} THEN 1 "
            f"WHEN {low} IN {_NO} THEN 0 ELSE -1 END)")


def facts(question: Question) -> list[str]:
    """Aggregates over the file: persons, bad weights; least and most score, bad scores, scores with a fraction."""
    weight, score = question.weight, question.score
    counted = [f"coalesce(sum({whole(weight)}), 0)::DOUBLE", f"count(*) FILTER ({whole(weight)} IS NULL)"]
    if not score:
        return [*(counted if weight else ["0", "0"]), "0", "0", "0", "0"]
    value = number(score)
    return [*(counted if weight else ["0", "0"]), f"min({value})", f"max({value})",
            f"count(*) FILTER ({not_number(score)})", f"count(*) FILTER ({value} <> floor({value}))"]


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
                  f"abs(TRY_CAST({value} AS DOUBLE)) BETWEEN 1 AND 180")]


def cells(table: str, question: Question, fine: Fine | None) -> str:
    """The finest cells: columns g0.. (labels), b (fine bin), d, y (2 when unknown), n. Rare labels are pooled."""
    places = range(len(question.groups))
    weight = whole(question.weight) if question.weight else "1"
    raw = [f"{text(name)} AS r{i}" for i, name in enumerate(question.groups)]
    raw.append(f"{_decision(question)} AS d")
    raw.append(f"{fine.sql(number(question.score)) if fine else '0'} AS b")
    raw.append(f"{text(question.outcome) if question.outcome else 'NULL'} AS o")
    keys = ", ".join([*(f"r{i}" for i in places), "d", "b", "o"])
    shaped = "".join(f"coalesce({_present(f'r{i}')}, {text_literal(MISSING)}) AS l{i}, " for i in places)
    # `over` is how many decided rows share a label; those of a label too rare are pooled before anything leaves.
    over = "".join(f", sum(CASE WHEN d IS NULL THEN 0 ELSE n END) OVER (PARTITION BY l{i}) AS t{i}" for i in places)
    pooled = "".join(f"CASE WHEN t{i} < {question.floor} THEN {text_literal(OTHER)} ELSE l{i} END AS g{i}, "
                     for i in places)
    decision = {"": "d"}.get(question.decision, _as_binary("d"))
    return (f"WITH few AS (SELECT {', '.join(raw)}, {weight} AS w FROM {table}), "
            f"summed AS (SELECT {keys}, sum(w) AS n FROM few GROUP BY {keys}), "
            f"shaped AS (SELECT {shaped}{decision} AS d, b, coalesce({_as_binary('o')}, 2) AS y, n FROM summed), "
            f"counted AS (SELECT *{over} FROM shaped) "
            f"SELECT {pooled}b, d, y, sum(n) AS n FROM counted GROUP BY ALL")


def _decision(question: Question) -> str:
    """The decision as it can be grouped by cheaply: raw text, or 1, 0, NULL."""
    if question.decision:
        return text(question.decision)
    if question.score:
        score = number(question.score)
        return f"CASE WHEN {score} >= {question.cut!r} THEN 1 WHEN {score} IS NOT NULL THEN 0 END"
    arm = _present(text(question.selection))
    return f"CASE WHEN {arm} = {text_literal(question.control)} THEN 0 WHEN {arm} IS NOT NULL THEN 1 END"


def labels(question: Question) -> str:
    """`g0, g1, ` for the columns of groups."""
    return "".join(f"g{i}, " for i in range(len(question.groups)))


def ranking(table: str, question: Question, least: float, most: float, binned: bool) -> str:
    """Area under the curve and DeLong's variance for everybody (-1, '') and each label of each column (place, label).

    Only for labels that enough people share.
    """
    places = range(len(question.groups))
    score = number(question.score)
    step = f"floor(({score} - {least!r}) / {(most - least) or 1.0!r} * {RANKS})" if binned else score
    weight = whole(question.weight) if question.weight else "1"
    raw = "".join(f"{text(name)} AS r{i}, " for i, name in enumerate(question.groups))
    sets = ", ".join(["(s)", *(f"(s, r{i})" for i in places)])
    which = "CASE " + " ".join(f"WHEN grouping(r{i}) = 0 THEN {i}" for i in places) + " ELSE -1 END" if places else "-1"
    who = f"coalesce({', '.join(f'r{i}' for i in places)})" if places else "''"
    shaped = f"CASE WHEN p < 0 THEN '' ELSE coalesce({_present('r')}, {text_literal(MISSING)}) END"
    outcome = _as_binary(text(question.outcome))
    ahead = "OVER (PARTITION BY p, l ORDER BY s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    total = "OVER (PARTITION BY p, l)"
    return (
        f"WITH few AS (SELECT {raw}{step} AS s, {outcome} AS y, {weight} AS w FROM {table}), "
        f"seen AS (SELECT {which} AS p, {who} AS r, s, sum(w * y)::DOUBLE AS one, sum(w * (1 - y))::DOUBLE AS zero "
        f"FROM few WHERE s IS NOT NULL AND y IS NOT NULL GROUP BY GROUPING SETS ({sets})), "
        f"steps AS (SELECT p, {shaped} AS l, s, sum(one) AS one, sum(zero) AS zero FROM seen GROUP BY ALL), "
        f"placed AS (SELECT *, sum(zero) {ahead} - zero / 2 AS below, "
        f"sum(one) {total} - sum(one) {ahead} + one / 2 AS above, "
        f"sum(one) {total} AS ones, sum(zero) {total} AS zeros FROM steps), "
        "summed AS (SELECT p, l, any_value(ones) AS n1, any_value(zeros) AS n0, sum(one * below) AS u, "
        "sum(one * below * below) AS v1, sum(zero * above * above) AS v0 FROM placed GROUP BY p, l) "
        "SELECT p, l, u / (n1 * n0), "
        "(v1 / (n0 * n0) - n1 * (u / (n1 * n0)) ** 2) / (n1 - 1) / n1 "
        "+ (v0 / (n1 * n1) - n0 * (u / (n1 * n0)) ** 2) / (n0 - 1) / n0, n1::BIGINT, n0::BIGINT "
        f"FROM summed WHERE n1 >= {max(question.floor, 2)} AND n0 >= {max(question.floor, 2)}")
