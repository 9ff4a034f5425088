"""The report of a search: how many alerts are right, who is stopped, who bears it, and how it grows.

The strongest finding is how many of the alerts point at somebody who is not on the list. It is claimed only where the
interval of the precision carries it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sousveil.baserates import outcome
from sousveil.baserates.claims import conventions
from sousveil.baserates.outcome import FIRST, described
from sousveil.baserates.published import deployments
from sousveil.baserates.scaling import Along, Point
from sousveil.baserates.search import Search
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name
from sousveil.page import figures, palette, words
from sousveil.page.page import Block, Cell, Chart, Code, KeyFigure, Mark, Page, Prose, Section, Table, Term
from sousveil.page.report import Report
from sousveil.page.tables import full

__all__ = ["report"]

TERMS = (
    Term("alert", "The system says: this face may be on the list."),
    Term("false alert", "An alert for somebody who is not on the list."),
    Term("false alerts per face", "Of the faces not on the list, how many raise an alert: the rate a laboratory quotes "
         "(false positive identification rate)."),
    Term("precision per alert", "Of all alerts, how many are right. It depends on how rare listed people are."),
    Term("precision per stop", "Of all people stopped, how many are on the list."),
    Term("list", "The people a search looks for (watchlist)."),
)

LIMITS = (
    "Nobody publishes how many listed people pass. The precision depends on it; the break-even says how much.",
    "The rates are averages. In use, errors cluster: the same face is seen again, and one bad image on the list "
    "raises alerts again and again. So fewer people are affected, and those more often.",
    "The false positive rate holds for one threshold, one product and one list. Another threshold is another system.",
    "A right alert is not a rightful stop: a list may hold people whom nobody should stop.",
)

_GUESS = "a guess"
"""What stands beside a number of stops at a load that nobody counted."""


def report(search: Search, rows: Measures, points: Sequence[Point], command: str) -> Report:
    """The page of a search. `rows` and `points` are its results and its growth, `command` what was typed."""
    told = _Told(search, rows, tuple(points))
    sections = (_alerts(told), _stops(told), *_bearers(told), _person(told), _growth(told), _break_even(told),
                _published(), _limits(), Section("How to run this again", "One command", (Code(command),), id="again"))
    return Report(Page("Base rates of a search", _headline(told), _lead(told), _key_figures(told), sections,
                       (f"list of {words.number(search.watchlist)}", described(search)), TERMS))


@dataclass(frozen=True)
class _Told:
    """A search with its results and how they grow."""

    search: Search
    rows: Measures
    points: tuple[Point, ...]

    @property
    def period(self) -> str:
        days = self.search.days
        return "a day" if days == 1 else f"{words.number(days)} days"


def rate(m: Measure, value: float | None) -> str:
    """A share for reading: `21%`; rare things as `1 in 6,000`; counts with three figures."""
    if value is None:
        return "–"
    if m.unit == "years":
        return _time(value)
    if m.unit != "share":
        return words.number(value if value < 100 else round(value))
    if max(m.value or 0.0, m.high or 0.0) >= 0.005:
        return words.percent(value)
    return "0" if value == 0 else (f"1 in {words.number(round(1 / value))}" if value > 1e-9 else "under 1 in a billion")


def between(m: Measure) -> str:
    """The interval with what it is over, or why there is none."""
    if m.low is None or m.high is None:
        return "follows from the rates as stated" if m.over == "exact" else m.note
    over = {"sampling": "in 95 of 100 periods like this", "parameters": "by what is not known about the rates",
            "parameters and sampling": "by chance and by what is not known about the rates"}[m.over]
    return f"{rate(m, m.low)} to {rate(m, m.high)} {over}"


def _headline(told: _Told) -> str:
    precision = told.rows.one(outcome.PRECISION_PER_ALERT)
    if precision.value is None or precision.high is None or precision.low is None:
        return "At these rates no alert can happen"
    if precision.value == 0:
        return "Every alert points at somebody who is not on the list"
    if precision.high < 0.5:
        return f"{words.sentence(words.fraction(1 - precision.value))} alerts " \
               "point at somebody who is not on the list".replace("half alerts", "half of the alerts")
    if precision.low > 0.5:
        wrong = told.rows.one(outcome.FALSE_ALERTS)
        return (f"Most alerts are right, and about {_rounded(wrong)} in {told.period} "
                f"{'is' if _rounded(wrong) == '1' else 'are'} not")
    return "Whether most alerts are right or wrong cannot be told"


def _rounded(m: Measure) -> str:
    return words.number(words.rounded(m.value or 0.0))


def _about(m: Measure, one: str, many: str) -> str:
    """`about 10 false alerts`, `about 1 false alert`."""
    return f"about {_rounded(m)} {one if _rounded(m) == '1' else many}"


def _lead(told: _Told) -> str:
    search, false, true = told.search, told.rows.one(outcome.FALSE_ALERTS), told.rows.one(outcome.TRUE_ALERTS)
    where = "one camera" if search.cameras == 1 else f"each of {words.number(search.cameras)} cameras"
    return (f"{words.number(search.faces)} faces a day pass {where} for {told.period}; {words.number(search.present)} "
            f"of them belong to people on a list of {words.number(search.watchlist)}. Expect "
            f"{_about(false, 'false alert', 'false alerts')} beside {_about(true, 'right one', 'right ones')}. The "
            f"false alerts per face behind it: {described(search)}."
            + (f"\n\n{warning}" if (warning := outcome.warning(told.rows)) else ""))


def _key_figures(told: _Told) -> tuple[KeyFigure, ...]:
    false, stops, precision = map(told.rows.one, (outcome.FALSE_ALERTS, outcome.STOPS, outcome.PRECISION_PER_ALERT))
    alerts = "false alert" if rate(false, false.value) == "1" else "false alerts"
    stopped = "stop of an innocent person" if rate(stops, stops.value) == "1" else "stops of innocent people"
    return (KeyFigure(rate(false, false.value), "", f"{alerts} in {told.period}", between(false)),
            KeyFigure(rate(stops, stops.value), "", f"{stopped} in {told.period}"
                      + (f", {_GUESS}" if _guessed(stops) else ""), between(stops)),
            *([] if precision.value is None else [
                KeyFigure(rate(precision, precision.value), "", "of the alerts are right", between(precision))]))


def _table(measures: Sequence[Measure], whose: bool = False) -> Table:
    rows = []
    for m in measures:
        name = m.measure + (f", against {m.reference}" if m.reference else "")
        group = (words.of_group(m.group),) if whose else ()
        rows.append((words.sentence(name), *group, Cell(rate(m, m.value), m.value), between(m)))
    return Table(("what", *(("whose",) if whose else ()), "value", "interval"), tuple(rows))


def _alerts(told: _Told) -> Section:
    names = (outcome.PER_FACE, outcome.FALSE_ALERTS_A_DAY, outcome.PRECISION_PER_ALERT, outcome.PRECISION_PER_STOP)
    false, true = told.rows.one(outcome.FALSE_ALERTS), told.rows.one(outcome.TRUE_ALERTS)
    items = [figures.Bar("false alerts", false.value or 0.0, false.low, false.high, palette.ACCENT),
             figures.Bar("right alerts", true.value or 0.0, true.low, true.high, palette.groups(["A"])["A"])]
    title = f"Alerts in {told.period}"
    alt = (f"False alerts: {rate(false, false.value)} ({between(false)}) beside {rate(true, true.value)} right "
           f"({between(true)}).")
    chart = Chart(*figures.bars(items, "alerts", sort=False), title, alt, _table([false, true]), "alerts.csv",
                  full([false, true]))
    text = ("The same search can be quoted in four ways. A maker quotes the first; a person who is stopped would ask "
            "for the last. They are given together, always.")
    heading = f"{_about(false, 'false alert', 'false alerts')} beside {_about(true, 'right one', 'right ones')}"
    return Section("How many alerts are right", words.sentence(heading),
                   (chart, Prose(text), _table([told.rows.one(name) for name in names])))


def _stops(told: _Told) -> Section:
    stops, share = told.rows.one(outcome.STOPS), told.rows.one(outcome.STOP_SHARE)
    text = ("An alert is not yet a stop. " + (
        "Nobody gave the share of alerts that end in one, so it is read off five published counts: officers act on "
        "most alerts while they are few, and on almost none when they flood." if told.search.stop is None else
        f"Of the false alerts, {rate(share, share.value)} end in one, as given."))
    first = told.rows.of(outcome.FIRST_STOPS)
    people = _about(stops, "innocent person is", "innocent people are")
    heading = f"{words.sentence(people)} stopped in {told.period}"
    last = first[-1].value
    if warning := outcome.warning(told.rows):
        heading = f"How many innocent people are stopped in {told.period} is {outcome.BEYOND}"
        text += f" {warning}"
    elif last is not None:
        text += f" Used every day, the search stops {words.number(FIRST[-1])} innocent people in {_time(last)}."
    return Section("Who is stopped", heading, (Prose(text), _table([stops, share, *first])))


def _time(years: float) -> str:
    if years >= 2:
        return words.plural(words.rounded(years), "year")
    return words.plural(words.rounded(365 * years), "day")


def _bearers(told: _Told) -> tuple[Section, ...]:
    groups = told.search.groups
    if not groups or not told.rows.one(outcome.PER_FACE).value:
        return ()
    shares = [told.rows.one(outcome.BORNE_SHARE, g.name) for g in groups]
    most = max(zip(groups, shares, strict=True), key=lambda pair: (pair[1].value or 0) / max(pair[0].share, 1e-12))
    group, worst = most
    clear = worst.over == "exact" or (worst.low or 0.0) > group.share
    heading = (f"Group {group.name} is {words.percent(group.share)} of the faces and bears "
               f"{words.percent(worst.value or 0.0)} of the false alerts"
               if clear and (worst.value or 0.0) > 1.001 * group.share
               else f"{words.sentence(words.NO_DIFFERENCE)} between groups in who bears the false alerts")
    colours = palette.groups([g.name for g in groups])
    bars = [figures.Bar(g.name, m.value or 0.0, m.low, m.high, colours[g.name])
            for g, m in zip(groups, shares, strict=True)]
    counted = (outcome.BORNE_ALERTS, outcome.BORNE_STOPS, outcome.BORNE_PER_FACE)
    chart = Chart(*figures.bars(bars, "share of the false alerts", words.percent, sort=False),
                  "Who bears the false alerts", heading + ".", _table(shares, True), "bearers.csv",
                  full(told.rows.of(*counted, outcome.BORNE_SHARE)))
    return (Section("Who bears them", heading, (chart, _table(told.rows.of(*counted), True))),)


def _person(told: _Told) -> Section:
    alert = told.rows.one(outcome.YEAR_ALERT)
    year = told.rows.of(outcome.YEAR_ALERT, outcome.YEAR_STOP)
    heading = (f"Somebody who passes {words.number(told.search.passes)} times a year is falsely matched with a chance "
               f"of {rate(alert, alert.value)}")
    return Section("One person's year", heading, (Prose(words.sentence(alert.note) + "."),
                                                  _table(year, bool(told.search.groups))))


def _growth(told: _Told) -> Section:
    by_list = _along(told, "watchlist", outcome.FALSE_ALERTS)
    right = [p for p in _along(told, "watchlist", outcome.PRECISION_PER_ALERT) if p.measure.value is not None]
    bars = [figures.Bar(f"list of {words.number(p.at)}", p.measure.value or 0.0, p.measure.low, p.measure.high)
            for p in by_list]
    least, most = by_list[0], by_list[-1]
    blocks: list[Block] = [Chart(
        *figures.bars(bars, "false alerts", sort=False), f"False alerts in {told.period}, by the length of the list",
        f"From {rate(least.measure, least.measure.value)} with a list of {words.number(least.at)} to "
        f"{rate(most.measure, most.measure.value)} with a list of {words.number(most.at)}.",
        _points(told, "watchlist", "length of the list"), "list.csv")]
    if len(right) > 1 and told.search.present:
        least, most = right[0], right[-1]
        curve = figures.Curve("right", [p.at for p in right], [p.measure.value or 0.0 for p in right],
                              [p.measure.low or 0.0 for p in right], [p.measure.high or 0.0 for p in right])
        blocks.append(Chart(
            *figures.lines([curve], "length of the list", "of the alerts", share=True, logarithmic=True),
            "Share of alerts that are right, by the length of the list",
            f"{rate(least.measure, least.measure.value)} with a list of {words.number(least.at)}, "
            f"{rate(most.measure, most.measure.value)} with a list of {words.number(most.at)}.",
            _points(told, "watchlist", "length of the list"), "precision.csv"))
    blocks += [_points(told, "faces", "faces a day"), _points(told, "cameras", "cameras")]
    return Section("How it grows", _grown(told, by_list), tuple(blocks))


def _grown(told: _Told, by_list: Sequence[Point]) -> str:
    """What ten times the list does, from the points."""
    values = {p.at: p.measure.value or 0.0 for p in by_list}
    now, ten = values[told.search.watchlist], values.get(10 * told.search.watchlist)
    if not now or ten is None:
        return "False alerts grow with the list, the crowd and the cameras"
    return f"Ten times the list gives {words.often(ten / now, 'as many')} false alerts"


def _along(told: _Told, along: str, name: Name) -> list[Point]:
    return [p for p in told.points if p.along == along and p.measure.name == name]


def _points(told: _Told, along: Along, what: str) -> Table:
    names = (outcome.FALSE_ALERTS, outcome.STOPS, outcome.PRECISION_PER_ALERT)
    rows = [(Cell(words.number(at), at), *(_cell(p.measure) for p in told.points if (p.along, p.at) == (along, at)
                                          and p.measure.name in names))
            for at in sorted({p.at for p in told.points if p.along == along})]
    guess = f"; {_GUESS}: more false alerts a day at one camera than anybody counted" if any(
        _guessed(p.measure) for p in told.points if p.along == along) else ""
    return Table((what, *(name.label for name in names)), tuple(rows),
                 f"in brackets: 95 of 100, by chance and by what is not known about the rates{guess}")


def _cell(m: Measure) -> Cell:
    interval = "" if m.low is None or m.high is None else f" ({rate(m, m.low)} to {rate(m, m.high)})"
    return Cell(rate(m, m.value) + interval + (f", {_GUESS}" if _guessed(m) else ""), m.value)


def _guessed(m: Measure) -> bool:
    """Whether it is a number of stops beyond what anybody counted."""
    return outcome.BEYOND in m.note


def _break_even(told: _Told) -> Section:
    now, even = told.rows.one(outcome.LISTED), told.rows.one(outcome.BREAK_EVEN)
    if even.value is None:
        return Section("When half the alerts would be right", "No alert can happen", (_table([now, even]),))
    rare = even.value < 0.005
    share = f"{rate(even, even.value)} faces is" if rare else f"{words.percent(even.value)} of the faces are"
    heading = f"Half the alerts are right when {share} of people on the list"
    return Section("When half the alerts would be right", heading, (_table([now, even]),))


def _published() -> Section:
    rows = []
    for row in deployments():
        for m in conventions(row)[:1] if row.faces_are in ("seen", "at-least") else ():
            if m.value is not None:
                rows.append((f"{row.operator}, {row.place}, {row.period}", Cell(rate(m, m.value), m.value),
                             f"{rate(m, m.low)} to {rate(m, m.high)}", Mark(row.mark), row.source))
    text = ("Where both the faces seen and the false alerts were published, the rate can be worked out. These differ "
            "by more than chance explains: one rate does not hold for another place, threshold or list.")
    return Section("What has been counted elsewhere", "Published rates differ by more than chance explains",
                   (Prose(text), Table(("where", "false alerts per face", "interval (Clopper-Pearson)", "known how",
                                        "source"), tuple(rows))))


def _limits() -> Section:
    return Section(words.LABELS["limits"], "What the numbers leave out", (Prose("\n\n".join(LIMITS)),), id="limits")
