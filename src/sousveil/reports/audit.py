"""The report of an audit: findings, then the six contents that Article 27(1) of the EU AI Act asks of an assessment.

An audit of a table answers parts of (c) and (d) alone. For every other content the page says that it was not assessed,
and what would be needed. Article 27(1)(a)-(f), Regulation (EU) 2024/1689: https://eur-lex.europa.eu/eli/reg/2024/1689.
"""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.audits import control
from sousveil.audits.checks import FOUR_FIFTHS, SWEDISH_STEP_1, SWEDISH_STEP_2
from sousveil.audits.counts import label
from sousveil.audits.examine import Audit
from sousveil.audits.filing import FORMS
from sousveil.audits.metrics import AREA, AT_SCORE, Compared, visible
from sousveil.audits.shares import LEAVES, WITHHELD
from sousveil.measures.measure import ALL, Measure
from sousveil.page import figures, palette, words
from sousveil.page.page import Cell, Chart, Code, KeyFigure, Page, Prose, Section, Table
from sousveil.page.report import Report
from sousveil.page.tables import full
from sousveil.reports import audit_words, claims
from sousveil.reports.audit_told import Told, left

__all__ = ["findings", "report"]


def findings(table: str, found: Audit) -> list[str]:
    """What a table of decisions shows, as sentences: the headline, then who is selected, and who wrongly."""
    told = Told(table, found)
    rates = [_heading(told, rate) for rates, _ in audit_words.RATES for rate in rates if told.clear_gaps(rate)]
    return [words.joined([text]) for text in (_headline(told), *rates)]


def report(table: str, found: Audit, command: str) -> Report:
    """The page of an audit. `table` is the name of the file, `command` what was typed."""
    told = Told(table, found)
    headline = _headline(told)
    sections = (*_findings(told), *_article(told), _limits(told), _again(told, command))
    return Report(Page("Audit of a table of decisions", headline, _lead(told), _key_figures(told), sections,
                       (table, f"floor {found.question.floor}", "counts only"), audit_words.TERMS))


def _headline(told: Told) -> str:
    """The clearest gap between two groups, the gravest kind first; else that none is clear, or none can be told."""
    rates = [(rate, did) for rates, did in audit_words.DEEDS for rate in rates]
    for look in (told.clear_gaps, told.clear_crossings):
        for rate, did in rates:
            if gaps := look(rate):
                worst = max(gaps, key=lambda m: abs(m.value or 0.0))
                return words.sentence(_gap(told, rate, did, worst) + told.within(rate, worst))
    if not told.found.question.groups:
        return "A table of decisions without groups shows no gap, and hides none"
    if told.alone:
        return "There is nothing to compare: one group alone is counted"
    if not told.measures.of(*(rate.difference for rate, _ in rates)):
        return f"The groups cannot be compared: {told.withheld} of one or more are withheld"
    if any(told.apart(rate) for rate, _ in rates):
        return f"Whether the groups differ cannot be told: {told.withheld} of one or more are withheld"
    return f"{words.sentence(words.NO_DIFFERENCE)} between {told.those}{told.hidden}"


def _gap(told: Told, rate: Compared, did: str, worst: Measure) -> str:
    """How often one group against another, where the ratio is known closely; else both shares."""
    mine, other = (told.measures.find(rate.name, group) for group in (worst.group, worst.reference))
    ratio = told.measures.find(rate.ratio, worst.group, worst.reference) if rate.ratio else None
    whom, reference = audit_words.plain(worst.group), audit_words.plain(worst.reference)
    if ratio is not None and ratio.value and claims.narrow(ratio) and claims.clear(ratio, told.compared):
        if ratio.value < 1:  # told from the side of those to whom it happens more often
            return f"{did.format(reference)} {words.often(1 / ratio.value)} as {whom}"
        return f"{did.format(whom)} {words.often(ratio.value)} as {reference}"
    both = words.sides(mine, other) if mine is not None and other is not None else None
    if both is None:
        return f"{did.format(whom)} {'more' if (worst.value or 0.0) > 0 else 'less'} often than {reference}"
    return f"{did.format(f'{both[0]} of {whom}')}, against {both[1]} of {reference}"


def _lead(told: Told) -> str:
    question, people = told.found.question, told.people
    many = "A number of decisions that is withheld" if people is None else f"{people:,} decisions"
    parts = [f"{many} in {told.table}" + (f", by {words.listing(question.groups)}" if question.groups else "") + "."]
    if told.control:
        parts.append("An algorithm selected some of these people, and chance selected the others, so more can be told.")
    elif not question.outcome:
        parts.append("The table has no outcomes: whom the decisions wronged cannot be known from it.")
    parts.append("Numbers are about groups; counts too small to tell of are withheld.")
    return " ".join(parts)


def _key_figures(told: Told) -> tuple[KeyFigure, ...]:
    found: list[KeyFigure] = []
    for rate, what in ((rate, what) for rates, what in audit_words.KEYS for rate in rates):
        m = told.measures.find(rate.name)
        if m is not None and m.value is not None and len(found) < 3:
            shown = f"95% interval {words.ends(m)}" if m.low is not None else "no interval"
            how = "from {} people of both arms" if control.of_two_arms(m.name) else "among {}"
            if m.over == "exact":
                shown = m.note
            elif m.n is not None:
                shown += f"; {how.format(words.number(round(m.n)))}"
            found.append(KeyFigure(words.written(m), "", what, shown))
    return tuple(found)


def _findings(told: Told) -> tuple[Section, ...]:
    sections = [_rate(told, rate, question) for rates, question in audit_words.RATES for rate in rates]
    sections += [_filing(told), *(_besides(told, *one) for one in audit_words.BESIDES)]
    sections += [_calibration(told), _checks(told)]
    return tuple(section for section in sections if section is not None)


def _rate(told: Told, rate: Compared, question: str) -> Section | None:
    rows, hidden = told.by_group(rate.name), told.withheld_rows(rate)
    if not rows and not hidden:
        return None
    heading = _heading(told, rate)
    compared = told.measures.of(rate.difference, *([rate.ratio] if rate.ratio else []))
    each = [audit_words.plain(m.group) + (f" ({left(m)})" if left(m) else "") for m in hidden]
    return Section(question, heading, (*([_dots(rows, hidden, rate.name.label, heading)] if rows else ()),
                                       *([_compared(compared, rate)] if compared else ()),
                                       *([Prose(f"Cannot be told: {'; '.join(each)}.")] if each else ())))


def _heading(told: Told, rate: Compared) -> str:
    """What a rate shows: a clear gap, that there is none, or that none could be told."""
    rows, name = told.by_group(rate.name), words.sentence(rate.name.label)
    gaps = told.clear_gaps(rate) or told.clear_crossings(rate)
    if gaps:
        return _sides(told, rate, max(gaps, key=lambda m: abs(m.value or 0.0)), name)
    if len(rows) == 1 or told.alone:
        return f"{name}: {words.written(rows[0]) if rows else WITHHELD}"
    if not told.measures.of(rate.difference):
        return f"{name}: the groups cannot be compared"
    if told.apart(rate):
        what = told.withheld.removeprefix("the ")
        return f"{name}: whether all groups are alike cannot be told, because some {what} are withheld"
    return f"{name}: {words.NO_DIFFERENCE}" + ("" if told.those == "the groups" else f" between {told.those}")


def _sides(told: Told, rate: Compared, gap: Measure, name: str) -> str:
    mine, other = (told.measures.find(rate.name, group) for group in (gap.group, gap.reference))
    both = words.sides(mine, other) if mine is not None and other is not None else None
    whom, reference = audit_words.plain(gap.group), audit_words.plain(gap.reference)
    if both is None:
        return f"{name}: {whom} and {reference} differ"
    if rate.whole:
        return f"Of {rate.whole}, {both[0]} are {whom} and {both[1]} {reference}"
    return f"{name}: {both[0]} of {whom}, {both[1]} of {reference}"


def _dots(rows: Sequence[Measure], hidden: Sequence[Measure], rate: str, alt: str) -> Chart:
    colours = palette.groups([m.group for m in rows if m.group != ALL]) | {ALL: palette.ACCENT}
    items = [figures.Interval(audit_words.of_group(m.group), m.value or 0.0, m.low, m.high, colours[m.group])
             for m in rows]
    drawing = figures.dots(items, rate, words.percent)
    many = "people of both arms" if any(control.of_two_arms(m.name) for m in rows) else "of how many"
    table = Table(("group", "value", "95% interval", many), tuple(
        (audit_words.of_group(m.group), Cell(words.written(m), m.value), words.ends(m) if m.low is not None
         else m.note, m.n) for m in rows) + tuple(
        (audit_words.of_group(m.group), Cell("withheld", None), left(m) or "none", None) for m in hidden))
    return Chart(*drawing, title=f"{words.sentence(rate)}, with its 95% interval", alt=alt, table=table,
                 csv=f"{rate.replace(' ', '-')}.csv", data=full(rows))


def _compared(rows: Sequence[Measure], rate: Compared) -> Table:
    def value(m: Measure) -> Cell:
        return Cell(words.written(m) + (" points" if m.unit == "share" else ""), m.value)

    lines = tuple((audit_words.of_group(m.group), audit_words.of_group(m.reference),
                   "ratio" if m.name == rate.ratio else "difference", value(m),
                   words.ends(m) if m.low is not None else "none", m.note)
                  for m in rows)
    return Table(("group", "against", "what", "value", "95% interval", "method"), lines,
                 f"{words.sentence(rate.name.label)}, compared")


def _calibration(told: Told) -> Section | None:
    rows = [m for m in told.measures.of(AT_SCORE) if "," not in m.group]
    if not rows:
        return None
    bands = list(dict.fromkeys(m.name["band"] for m in rows))
    groups = list(dict.fromkeys(m.group for m in rows))

    def cell(group: str, band: str) -> Cell:
        m = told.measures.find(AT_SCORE(band=band), group)
        if m is None or m.value is None:
            return Cell("withheld", None)
        share = words.written(m)
        return Cell(f"{share} ({words.ends(m)})" if m.low is not None else share, m.value)

    table = Table(("score", *map(audit_words.of_group, groups)), tuple(
        (band, *(cell(group, band) for group in groups)) for band in bands),
        "Share with the outcome at each score, with its 95% interval (Wilson)")
    area = [f"{audit_words.of_group(m.group)} {m.value:.3f}" for m in told.measures.of(AREA)]
    text = "A score means the same for two groups where the same share of each has the outcome at it."
    if area:
        text += f" Area under the curve (one half is chance): {', '.join(area)}."
    return Section("Does a score mean the same for all", "The outcome at each score, by group", (Prose(text), table))


def _filing(told: Told) -> Section | None:
    """The lines of the form that was asked for, a table for each kind of category."""
    found = told.found
    if not found.filing:
        return None
    eeoc = found.question.form == "eeoc"
    said = [audit_words.FILING, *([audit_words.WEIGHTED[found.question.form]] if found.printed.worth else [])]
    head = ("category", "assessed", "selected", "rate", "impact ratio", "95% interval",
            *(("standard deviations", "Fisher's p") if eeoc else ()), "note")
    tables = []
    for kind in dict.fromkeys(line.kind for line in found.filing):
        rows: list[tuple[str | Cell, ...]] = []
        for line in (line for line in found.filing if line.kind == kind):
            interval = "none" if line.low is None or line.high is None else f"{line.low:.2f} to {line.high:.2f}"
            numbers = [Cell("withheld" if n is None else words.number(n), n) for n in (line.n, line.selected)]
            tests = [Cell("" if line.deviations is None else f"{line.deviations:.1f}", line.deviations),
                     Cell(line.p, line.chance)] if eeoc else []
            rows.append((audit_words.of_group(line.category), *numbers,
                         *(Cell("" if n is None else f"{n:.3f}", n) for n in (line.rate, line.ratio)), interval,
                         *tests, line.note))
        tables.append(Table(head, tuple(rows), words.sentence(kind)))
    return Section("As it is filed", FORMS[found.question.form], (Prose(words.joined(said)), *tables))


def _besides(told: Told, family: str, question: str, heading: str, text: str) -> Section | None:
    """What was asked for besides the rates: a table of one family of measures."""
    rows = [m for m in told.found.measures if m.harm == family]
    if not rows:
        return None
    table = Table(("what", "group", "against", "value", "95% interval", "note"), tuple(
        (words.sentence(m.measure), audit_words.of_group(m.group),
         audit_words.of_group(m.reference) if m.reference else "",
         Cell("–" if m.value is None else words.written(m), m.value), words.ends(m) if m.low is not None else "none",
         m.note) for m in rows))
    return Section(question, heading, (Prose(text), table))


def _checks(told: Told) -> Section | None:
    rows = [m for m in told.found.measures.of(FOUR_FIFTHS, SWEDISH_STEP_1, SWEDISH_STEP_2)
            if m.value is not None or LEAVES in m.note]
    if not rows:
        return None
    failed, open_ = (sum(m.note.startswith(word) for m in rows) for word in ("fails", "cannot be told"))
    heading = f"{words.counted(failed).capitalize()} of {words.counted(len(rows))} checks by name fail"
    heading += f", and {words.counted(open_)} cannot be told" if open_ else ""
    table = Table(("check", "group", "against", "value", "came to"), tuple(
        (m.measure, audit_words.of_group(m.group), audit_words.of_group(m.reference) if m.reference else "",
         Cell("–" if m.value is None else words.number(round(m.value, 3)), m.value), m.note) for m in rows))
    return Section("The tests that agencies use", heading, (Prose(audit_words.CHECKS), table))


def _article(told: Told) -> tuple[Section, ...]:
    """One section a content, in the order and by the letters of the law."""
    found = told.found
    names = [label(found.printed.layout.columns, group) for group in visible(found.printed) if group]
    groups = "Groups told of: " + "; ".join(names) + "." if names else "No groups were named."
    groups += "".join(f" {text}." for text in found.left_out)
    told_here = {"c": groups, "d": audit_words.RISKS if found.question.outcome else audit_words.RISKS_WITHOUT_OUTCOMES}
    sections = []
    for letter, title, missing in audit_words.ARTICLE:
        blocks = [Prose(told_here[letter])] if letter in told_here else []
        blocks.append(Prose(f"Not assessed: {missing}"))
        answer = "assessed in part" if letter in told_here else "not assessed"
        sections.append(Section(f"AI Act, Article 27(1)({letter})", f"{title}: {answer}", tuple(blocks),
                                id=f"article-27-1-{letter}", named=True))
    return tuple(sections)


def _limits(told: Told) -> Section:
    withheld = told.found.withheld
    text = [f"{words.plural(withheld, 'count')} {'is' if withheld == 1 else 'are'} withheld: under "
            f"{told.found.question.floor}, or such that a count under it could be worked out by subtraction. Every "
            "rate that rests on one is withheld too." if withheld else
            "No count had to be withheld."]
    if told.found.exceptions:
        text.append("Exceptions that were made: " + "; ".join(text.rstrip(".") for text in told.found.exceptions) + ".")
    if told.found.before:
        text.append(told.found.before)
    return Section(words.LABELS["limits"], "It shows what the table holds, and no more",
                   (Prose("\n\n".join((*text, *audit_words.LIMITS))),), id="limits")


def _again(told: Told, command: str) -> Section:
    text = ("The same table gives the same numbers. The table itself is not in this file, nor is its hash: who knows "
            "all counts but one could find that one by trying hashes.")
    return Section(words.LABELS["again"], "The command that made this", (Prose(text), Code(command)), id="again")
