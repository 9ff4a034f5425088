"""`baserate`: how many innocent people a search of faces or lists stops, and whether a claim fits what was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sousveil.baserates import asked, claims, own, published, series
from sousveil.baserates.asked import Asked
from sousveil.baserates.base_rate import worked_out
from sousveil.baserates.listsize import Rule
from sousveil.baserates.outcome import (
    FALSE_ALERTS,
    PRECISION_PER_ALERT,
    STOPS,
    TRUE_ALERTS,
    described,
    warning,
)
from sousveil.baserates.rate import share
from sousveil.baserates.search import Search
from sousveil.cli.options import Out, Real, Whole
from sousveil.cli.output import Answer, aligned, plural
from sousveil.errors import InputError
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.measures import Measures
from sousveil.page.words import listing

__all__ = ["baserate"]

Texts = Annotated[tuple[str, ...], Parameter(negative=())]
Flag = Annotated[bool, Parameter(negative=())]


def baserate(*, faces: Whole | None = None, watchlist: Whole | None = None, present: Real | None = None,
             fpir: Texts = (), fpir_list: Whole | None = None, fmr: Texts = (), fnir: Texts = (), rule: Rule = "exact",
             group: Texts = (), multiplier: Texts = (), group_fpir: Texts = (), group_fnir: Texts = (),
             stop: Texts = (), stop_right: Texts = (), days: Whole | None = None, cameras: Whole | None = None,
             passes: Whole | None = None,
             pooled: Flag = False, check: Texts = (), deployments: Flag = False,
             out: Out | None = None) -> Answer:
    """How many innocent people a search of faces, or any search of a list, stops.

    A rate is stated (0.001, 0.1%, 1/6000: taken as exact) or counted ("7 in 8600": with its uncertainty).

    Parameters
    ----------
    faces
        Faces (or scans) that one camera sees on one day.
    watchlist
        Entries of the list.
    present
        How many of the faces belong to people on the list; 0.2 where one of them passes on one day in five.
    fpir
        False positive identification rate: the chance that a face not on the list raises an alert. Counts and the
        ids of published deployments may be given several times; then the spread between them is carried along.
    fpir_list
        The list size that the rate was measured with; this list, unless given.
    fmr
        In place of --fpir: the false match rate of one comparison.
    fnir
        The chance that a listed face raises no alert; 0, the best case for the system, unless given.
    rule
        How a rate grows with the list: exact is 1-(1-p)^N, linear N x p.
    group
        A group's share of the faces, as A=0.8; once for each group.
    multiplier
        How many times more often a group is falsely matched, as B=3, or B=1..100 for a range.
    group_fpir
        A group's own rate, as B=1/1000; then for every group.
    group_fnir
        A group's own rate of misses.
    stop
        The share of false alerts that end in a stop; read off published counts, unless given.
    stop_right
        The share of true alerts that do; the same as for false ones, unless given.
    days
        How many days it runs; 1, unless given.
    cameras
        How many cameras see that many faces; 1, unless given.
    passes
        How often a year the person passes whose chance is asked for; 365, unless given.
    pooled
        Leave the spread between several counts out.
    check
        Test --fpir (claimed for a list of --fpir-list) on this published deployment, or on counts of your own, as
        faces=8600,alerts=8,confirmed=1,wrong=7 (docs/baserate.md lists them); may be given several times. Goes with
        --fpir, --fpir-list, --rule, --pooled and --group.
    deployments
        List what has been published, with sources and marks.
    """
    of_search = {"--faces": faces, "--watchlist": watchlist, "--present": present, "--fmr": fmr, "--fnir": fnir,
                 "--multiplier": multiplier, "--group-fpir": group_fpir, "--group-fnir": group_fnir, "--stop": stop,
                 "--stop-right": stop_right, "--days": days, "--cameras": cameras, "--passes": passes, "-o": out}
    of_claim = {"--fpir-list": fpir_list, "--rule": "" if rule == "exact" else rule, "--pooled": pooled}
    if deployments:
        _refuse("--deployments goes with nothing else", of_search, of_claim, {"--check": check, "--fpir": fpir,
                                                                             "--group": group})
        return _published()
    if check:
        _refuse("--check goes with --fpir, --fpir-list, --rule, --pooled and --group, and its answer with --json",
                of_search)
        if not fpir:
            _refuse("--check tests the rate that is claimed with --fpir", of_claim)
        elif fpir_list is None:
            _refuse("--fpir-list says from which list a claim is brought to that of --check", {
                "--rule": of_claim["--rule"]})
        return _checked(check, fpir, fpir_list, rule, group, not pooled)
    missing = [name for name, value in (("--faces", faces), ("--watchlist", watchlist), ("--present", present))
               if value is None]
    if faces is None or watchlist is None or present is None:
        raise InputError(f"{' and '.join(missing)} missing; for example: sousveil baserate --faces 60000 "
                         "--watchlist 1000 --present 3 --fpir 1/6000 --fnir 0.11")
    listed = int(present) if present == int(present) else present
    return _answered(Asked(faces, watchlist, listed, fpir, fpir_list, fmr, fnir, rule, group, multiplier, group_fpir,
                           group_fnir, stop, stop_right, 1 if days is None else days, 1 if cameras is None else cameras,
                           365 if passes is None else passes, pooled), out)


def _refuse(why: str, *given: Mapping[str, object]) -> None:
    """Raises InputError for options that would be dropped."""
    dropped = [name for options in given for name, value in options.items()
               if not (value is None or value is False or value in ((), ""))]
    if dropped:
        raise InputError(f"{listing(dropped)} would be ignored here: {why}")


def _answered(typed: Asked, out: Path | None) -> Answer:
    from sousveil.reports.saved import write
    from sousveil.runs import provenance
    from sousveil.runs.folder import claim

    since = provenance.clock()
    held = None if out is None else claim(out)
    found = worked_out(typed)
    text = _told(found.search, found.rows)
    if held is not None and out is not None:
        write(found, held, since)
        text += f"\n\nWritten to {provenance.as_named(out)}"
    return Answer(text, lambda: {"search": found.plain(), "results": found.rows.plain(),
                                 "growth": [point.plain() for point in found.points]})


def _told(search: Search, rows: Measures) -> str:
    cameras = "one camera" if search.cameras == 1 else f"each of {search.cameras:,} cameras"
    false, true, stops, right = map(rows.one, (FALSE_ALERTS, TRUE_ALERTS, STOPS, PRECISION_PER_ALERT))
    head = [f"{plural(search.faces, 'face')} a day at {cameras}, {search.present:,} of them on a list of "
            f"{search.watchlist:,}, for {plural(search.days, 'day')}.",
            f"False positive rate: {described(search)}.", "",
            f"Expect {_with(false)} false {_agreeing(false, 'alert', 'alerts')} beside {_with(true)} true "
            f"{_agreeing(true, 'one', 'ones')}: {_with(right)} of alerts are right.",
            f"Expect {_with(stops)} {_agreeing(stops, 'stop of an innocent person', 'stops of innocent people')}.", ""]
    if told := warning(rows):
        head.insert(-1, told)
    notes = list(dict.fromkeys(m.note for m in rows if m.note))
    table = aligned([("", "", "value", "95 % interval", "over", ""),
                     *((*_line(m), f"[{notes.index(m.note) + 1}]" if m.note else "") for m in rows)])
    return "\n".join([*head, table, "", *(f"[{i}] {note}" for i, note in enumerate(notes, 1))])


def _line(m: Measure) -> tuple[str, ...]:
    whose = f"{m.group} / {m.reference}" if m.reference else ("" if m.group == ALL else m.group)
    return m.measure, whose, _value(m, m.value), _interval(m), m.over


def _with(m: Measure) -> str:
    interval = _interval(m)
    return f"{_value(m, m.value)} ({interval})" if interval else _value(m, m.value)


def _agreeing(m: Measure, one: str, many: str) -> str:
    """The noun after a number, and after its interval where it has one."""
    return one if _value(m, m.value) == "1" and _interval(m) in ("", "1 to 1") else many


def _interval(m: Measure) -> str:
    return "" if m.low is None or m.high is None else f"{_value(m, m.low)} to {_value(m, m.high)}"


def _value(m: Measure, value: float | None) -> str:
    if value is None:
        return "not estimable"
    if m.unit == "share":
        # One form for the value and both ends of its interval: rare things as one in so many.
        if max(m.value or 0.0, m.high or 0.0) >= 0.005:
            return f"{100 * value:.3g} %" if value == 0 or value >= 1e-5 else "under 0.001 %"
        return "0" if value == 0 else (f"1 in {1 / value:,.0f}" if value >= 1e-9 else "under 1 in a billion")
    if m.unit == "years":
        return f"{value:,.2g} years" if value < 99.5 else f"{value:,.0f} years"
    return f"{value:,.0f}" if value >= 99.5 or value == int(value) else f"{value:.2g}"


def _checked(ids: Sequence[str], fpir: Sequence[str], fpir_list: int | None, rule: Rule, group: Sequence[str],
             spread_between: bool) -> Answer:
    owns = [own.parse(text) for text in ids if own.is_own(text)]
    rows = (*published.independent([id for text in ids if not own.is_own(text) for id in text.split(",")]),
            *(one.row for one in owns))
    added = {id(one.row): one for one in owns}
    mix = {name: share(text, "--group") for name, text in asked.pairs(group, "--group").items()} or None
    claim = asked.rate_of(fpir, "--fpir", spread_between) if fpir else None
    checks = [claims.check(row, claim, fpir_list, rule) for row in rows] if claim else []
    parts, data = [], []
    for i, row in enumerate(rows):
        found = checks[i] if checks else None
        more = own.measures(added[id(row)], found) if id(row) in added else ()
        measures = Measures((*claims.conventions(row), *claims.bearers(row, mix), *more))
        told = [f"{row.id}  {row.operator}, {row.place}, {row.period}\n    Source ({row.mark}): {row.source}"]
        if found is not None:
            told += [_verdict(found), *([claims.beaten(found)] if id(row) in added else [])]
        table = aligned([("", "", "value", "95 % interval", "note"), *((*_line(m)[:4], m.note) for m in measures)])
        parts.append("\n".join([*told, table]))
        data.append({"deployment": asdict(row), "check": None if found is None else asdict(found),
                     "results": [*measures.plain(), *([] if found is None else [found.measure().plain()])]})
    if len(rows) > 1:
        both = series.together(rows, claim, fpir_list, rule)
        parts.append(_together(both, len(rows), "period" if len(owns) == len(rows) else "deployment"))
        data.append({"together": asdict(both) | {"pooled": both.pooled.plain(),
                                                 "results": both.measures().plain()}})
    return Answer("\n\n".join(parts), {"checked": data})


def _together(both: series.Together, many: int, what: str) -> str:
    head = f"Together, {plural(many, what)}: {plural(both.count.events, 'false alert')} in {both.count.trials:,} faces"
    if both.verdict == "differ":
        far = both.pooled.note.rpartition("; ")[2]
        return (f"{head}, {_value(both.pooled, both.pooled.value)} per face. They are not one population: they differ "
                f"by more than luck gives ({far}). So there is no interval and no verdict over all of them: it would "
                "hold for none. Each stands above.")
    told = [] if both.check is None else [_verdict(both.check), claims.beaten(both.check)]
    table = aligned([("", "", "value", "95 % interval", "note"), *((*_line(m)[:4], m.note) for m in both.measures())])
    return "\n".join([f"{head}; they do not differ by more than luck gives", *told, table])


def _verdict(found: claims.Check) -> str:
    expected = f"{found.expected:,.0f}" if found.expected >= 100 else f"{found.expected:.3g}"
    counted = f"{found.observed:,} {'was' if found.observed == 1 else 'were'} counted"
    verdict, said = found.verdict.upper(), [(f"{end.side} so many", end.chance) for end in found.ends]
    if found.if_wrong is not None:
        counted += f", and {found.if_wrong.observed:,} if all open alerts were wrong"
        said = [(f"{end.side} {end.observed:,}", end.chance) for end in found.ends]
    if found.verdict == "cannot tell":
        verdict += f", while {plural(found.open, 'alert')} {'is' if found.open == 1 else 'are'} open"
        said = [(what, f"{chance}: {end.verdict}") for (what, chance), end in zip(said, found.ends, strict=True)]
    chances = "; ".join(f"{what} has probability {chance}" for what, chance in said)
    text = (f"{verdict}: the claim ({found.claim}) predicts {expected} false alert{'' if expected == '1' else 's'} "
            f"({found.low:,.0f} to {found.high:,.0f}) in {found.faces:,} faces; {counted}. "
            f"{chances[0].upper()}{chances[1:]}.")
    return text + (f" But {found.note}." if found.note else "")


def _published() -> Answer:
    rows = published.deployments()
    head = ("id", "when", "faces", "list", "alerts", "true", "false", "open", "mark", "source")
    lines = [(row.id, row.period, _faces(row), *(("" if n is None else f"{n:,}") for n in (
        row.watchlist, row.alerts, row.true, row.false, row.unconfirmed)), row.mark, row.source) for row in rows]
    stops = [(row.id, row.deployment, f"{row.count.events:,} of {row.count.trials:,}", row.mark, row.source)
             for row in published.interventions()]
    rates = [(row.id, row.group, row.metric, f"{row.value:g}", row.list_size, row.mark, row.source)
             for row in published.published_rates()]
    text = "\n\n".join([
        "Deployments (what is empty was not published)\n" + aligned([head, *lines]),
        "Stops after false alerts\n" + aligned([("id", "deployment", "stopped", "mark", "source"), *stops]),
        "Published rates\n" + aligned([("id", "group", "rate", "value", "list", "mark", "source"), *rates]),
        "Next: sousveil baserate --check ID --fpir 1/1000"])
    data = {"deployments": [asdict(row) for row in rows],
            "interventions": [asdict(row) for row in published.interventions()],
            "rates": [asdict(row) for row in published.published_rates()]}
    return Answer(text, data)


def _faces(row: published.Deployment) -> str:
    if row.faces is None:
        return ""
    return {"crowd": f"(crowd {row.faces:,})", "at-least": f"over {row.faces:,}",
            "round": f"about {row.faces:,}"}.get(row.faces_are, f"{row.faces:,}")
