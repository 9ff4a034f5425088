"""`audit`: what a table of decisions shows, in aggregates only."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

import sousveil
from sousveil.audits.counts import label
from sousveil.audits.examine import Audit
from sousveil.audits.filing import FORMS
from sousveil.audits.metrics import AT_REFERENCE, SELECTION, listed
from sousveil.audits.question import FLOOR
from sousveil.audits.shares import LEAVES
from sousveil.cli.options import Out, Real, Whole
from sousveil.cli.output import Answer, aligned, plural, told, width, wrapped
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.measures import Measures
from sousveil.page import words

__all__ = ["audit"]

Flag = Annotated[bool, Parameter(negative=())]
Texts = Annotated[tuple[str, ...], Parameter(negative=())]


def audit(table: Path, /, *, decision: str = "", score: str = "", cut: Real | None = None, outcome: str = "",
          groups: Texts = (), reference: Texts = (), counts: str = "", weight: str = "", selection: str = "",
          control: str = "", population: Whole | None = None, where: Texts = (), sheet: str = "",
          decimal: str = "", rounded: Whole = 0, form: str = "", given: str = "", logistic: Flag = False,
          clusters: str = "", power: Real | None = None, drop: Texts = (), keep: Texts = (),
          because: str = "", other_people: str = "", floor: Whole = FLOOR, out: Out | None = None) -> Answer:
    """What a table of decisions shows about groups: rates, errors and checks, with intervals.

    The table (CSV, TSV, Parquet or Arrow) has a row a decision, or counts. It is reduced to counts at once: no row is
    kept, shown or written. Tables with names, numbers, addresses or other direct identifiers are refused. What was
    told of the same file before is remembered (docs/audit.md), and nothing is told that would undo what it withheld.

    Parameters
    ----------
    table
        The file; - is standard input.
    decision
        The column of the decision: 0/1, true/false or yes/no; or with the values that mean selected, as
        "level=High,Medium".
    score
        In place of --decision: a column of scores; at --cut or above a person is selected.
    cut
        The score from which on a person is selected.
    outcome
        The column of what turned out to be so, coded like the decision; empty where that is not known.
    groups
        Columns of groups, as sex,origin: each, and their intersections. At most three.
    reference
        Whom the others are compared with, as men or sex=men; each column's largest group, unless given.
    counts
        The column that says how many decisions a row stands for; then the table is one of counts.
    weight
        The column of weights of a survey: shares are weighted, and a row is still one person.
    selection
        In place of --decision: the column that says whether the algorithm or chance selected a person.
    control
        The value of --selection that means chance.
    population
        With --control: how many people both were selected from.
    where
        Count only people with a value, as region=north, or with one of several, as region=north,south.
    sheet
        Of a workbook: the sheet.
    decimal
        point or comma: what marks decimals, where the numbers do not say so themselves.
    rounded
        With --counts: the counts are rounded to multiples of this; intervals are wider for it.
    form
        ll144 or eeoc: the lines of a filing too, from --groups sex,race. With ll144 a --score needs no --cut.
    given
        Compare people within the values of this column: Mantel-Haenszel, and standardised rates.
    logistic
        A logistic regression on all columns of groups too, with robust errors.
    clusters
        With --logistic: the column by which errors are clustered, such as office.
    power
        A gap, such as 0.05: what gap could have been seen, and how many decisions show this one.
    drop
        Columns that are never read, as if they were not in the file.
    keep
        Columns that look like identifiers and are none; --because says why.
    because
        A sentence: why an exception is right (--keep, or a --floor under 5). It is printed in the report.
    other_people
        A sentence: whom the table is about, where another came to nearly the same totals. It is printed in the report.
    floor
        Counts below it are withheld, and others that would give them away.
    """
    from sousveil.reports.saved import write
    from sousveil.runs import provenance
    from sousveil.runs.folder import claim

    since = provenance.clock()
    held = None if out is None else claim(out)
    found = sousveil.audit(
        table, decision=decision, score=score, cut=cut, outcome=outcome, groups=groups, reference=reference,
        counts=counts, weight=weight, selection=selection, control=control, population=population, where=where,
        sheet=sheet, decimal=decimal, rounded=rounded, form=form, given=given,
        logistic=logistic, clusters=clusters, power=power, drop=drop, keep=keep, because=because,
        other_people=other_people, floor=floor)
    text = _told(found.table, found)
    if held is not None and out is not None:
        write(found, held, since)
        text += f"\n\nWritten to {provenance.as_named(out)}"
    return Answer(text, _plain(found.table, found))


def _plain(name: str, found: Audit) -> dict[str, Any]:
    return {"table": name, "question": asdict(found.question), "groups": list(found.groups),
            "withheld counts": found.withheld, "left out": list(found.left_out), "earlier": list(found.earlier),
            "asked before": found.again,
            "exceptions": list(found.exceptions), "counts": _counts(found),
            "filing": [line.plain() for line in found.filing],
            "results": found.measures.plain()}


def _told(name: str, found: Audit) -> str:
    question = found.question
    people = found.printed[(), "n"]
    from sousveil.reports.audit import findings

    head = [f"{name}: {'a withheld number of' if people is None else f'{people:,}'} decisions"
            + (f", by {', '.join(question.groups)}" if question.groups else "") + "."]
    if found.withheld:
        head.append(f"{plural(found.withheld, 'count')} under {question.floor}, or that would give one away, "
                    f"{'is' if found.withheld == 1 else 'are'} withheld.")
    head += [f"{text}." for text in (*found.left_out, *(f"An exception: {text}" for text in found.exceptions))]
    if found.before:
        head.append(found.before)
    if not question.outcome:
        head.append("The table has no outcomes: it cannot show whom the decisions wronged, or how often.")
    return "\n\n".join([told(findings(name, found)), wrapped("\n".join(head)), _counted(found),
                        *([_filed(found)] if found.filing else []), _blocks(found.measures)])


_COUNTS = {"n": "decisions", "d1": "selected", "d0": "not selected", "y1": "with outcome", "y0": "without it",
           "yx": "outcome unknown"}
_ARMS = {"d1": "selected", "d1y1": "with outcome", "d0": "at random", "d0y1": "with outcome "}
_MOST_COUNTED = 40


def _counts(found: Audit) -> list[dict[str, Any]]:
    """Every group with its printed counts; None where one is withheld."""
    shown, kinds = found.printed, dict.fromkeys(kind for _, kind in found.printed.values)
    return [{"group": label(shown.layout.columns, group), **{kind: shown[group, kind] for kind in kinds
                                                            if (group, kind) in shown.values}}
            for group in listed(shown)]


def _counted(found: Audit) -> str:
    """The counts as a table: everybody and each label, and intersections where there are few."""
    names = _ARMS if found.question.population is not None else _COUNTS
    rows = _counts(found)
    kinds = [kind for kind in names if any(row.get(kind) is not None for row in rows)]
    rows = [row for row in rows if len(rows) <= _MOST_COUNTED or "," not in row["group"]]
    table = [("", *(names[kind].strip() for kind in kinds)),
             *((row["group"], *("withheld" if row.get(kind) is None else f"{row[kind]:,}" for kind in kinds))
               for row in rows[:_MOST_COUNTED])]
    left = len(rows) - _MOST_COUNTED
    more = [f"  and {left:,} more groups: --json has them all"] if left > 0 else []
    return "\n".join(["COUNTS", *("  " + line for line in aligned(table).splitlines()), *more])


def _filed(found: Audit) -> str:
    """The form, a table for each kind of category."""
    eeoc = found.question.form == "eeoc"
    parts = [FORMS[found.question.form].upper()]
    if found.printed.worth:
        from sousveil.reports.audit_words import WEIGHTED

        parts.append(textwrap.fill(WEIGHTED[found.question.form], width(), initial_indent="  ", subsequent_indent="  "))
    for kind in dict.fromkeys(line.kind for line in found.filing):
        rows = [("category", "assessed", "selected", "rate", "impact ratio", "95 % interval",
                 *(("deviations", "Fisher's p") if eeoc else ()), "")]
        for line in found.filing:
            if line.kind == kind:
                interval = "" if line.low is None or line.high is None else f"{line.low:.2f} to {line.high:.2f}"
                test = ("" if line.deviations is None else f"{line.deviations:+.2f}",
                        line.p) if eeoc else ()
                rows.append((line.category, *("withheld" if n is None else f"{n:,}" for n in (line.n, line.selected)),
                             "" if line.rate is None else f"{line.rate:.3f}",
                             "" if line.ratio is None else f"{line.ratio:.2f}", interval, *test, line.note))
        parts.append("  " + kind + "\n" + "\n".join("    " + line for line in aligned(rows).splitlines()))
    return "\n".join(parts)


def _blocks(measures: Measures) -> str:
    """A block a family, a row a number; rows that would only say once more that nothing can be told are left out, but
    for those of who is selected, and of an analysis that was asked for: it says why it has no answer.
    """
    from sousveil.reports.audit_words import BESIDES

    asked, parts = {family for family, *_ in BESIDES}, []
    for family in dict.fromkeys(m.harm for m in measures):
        rows = [(m.measure, m.group, f"against {m.reference}" if m.reference else "", _value(m), _interval(m))
                for m in measures if m.harm == family and (
                    m.value is not None or m.group == ALL or m.name == SELECTION.name or LEAVES in m.note
                    or family in asked)]
        if rows:
            parts.append(family.upper() + "\n" + _fitting(rows))
    return "\n\n".join(parts)


def _fitting(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns where they fit the terminal; else what is measured of whom on a line, and the number under it."""
    lines = ["  " + line for line in aligned(rows).splitlines()]
    if max(map(len, lines)) <= width():
        return "\n".join(lines)
    lines = []
    for what, group, against, value, interval in rows:
        lines += textwrap.wrap(", ".join(filter(None, (what, group, against))), width(), initial_indent="  ",
                               subsequent_indent="    ")
        lines += textwrap.wrap(f"{value}  {interval}".strip(), width(), initial_indent="      ",
                               subsequent_indent="        ")
    return "\n".join(lines)


def _interval(m: Measure) -> str:
    """The interval with its method, or why there is none."""
    if m.low is None or m.high is None:
        return m.note
    return f"{words.ends(m, _points(m))}  {m.note}"


def _value(m: Measure) -> str:
    """Shares in percent, differences of shares in percentage points, ratios as they are."""
    if m.name == AT_REFERENCE and m.value is not None:
        return words.percent(m.value)
    value = words.written(m, _points(m))
    return f"{value} {words.agreeing(value, 'percentage points')}" if _points(m) and m.value is not None else value


def _points(m: Measure) -> bool:
    return m.unit == "share" and bool(m.reference) and m.name != AT_REFERENCE

