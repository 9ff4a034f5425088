"""The rules of a study in plain words, each with its source and how well that was checked.

    rules(study)      one Rule a row: section, rule, points, source, mark
    explain(study)    the same as text for a terminal
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sousveil.ground import called
from sousveil.ground.arguments import checked
from sousveil.studies.acts import goes_on, subject
from sousveil.studies.gates import Gate, handicaps_of, tiers_of
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.number import Number, shown
from sousveil.studies.periods import periods
from sousveil.studies.place_words import place_in_words
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import (
    HELD,
    MARKS,
    Channel,
    Characteristic,
    Consequence,
    Kin,
    Redress,
    Signal,
    StartTable,
    Tier,
    cited_in,
)
from sousveil.studies.shown import names_of
from sousveil.studies.study import Study, load
from sousveil.studies.term_words import record_in_words, release_in_words, steps

__all__ = ["Rule", "explain", "rules", "share_in_words", "standing"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in words.

    path    where it stands in the file, for example `signals.jaywalks`
    points  what it gives or takes, with its sign; '' where it is not about points
    source  the citation; '' when the file gives none
    mark    one of MARKS; '' without a source
    """

    section: str
    path: str
    rule: str
    points: str = ""
    source: str = ""
    mark: str = ""


def rules(study: Study) -> tuple[Rule, ...]:
    """Every rule of the study's scheme, then what was assumed about it, in the order of the files.

    A rule with several sources has the weakest of their marks.
    """
    scheme = study.scheme
    sources = {source.id: source for source in scheme.sources}
    rows = []
    with called.by(names_of(study)):
        said = (*_as_they_stand(study), *_dated(study))
    for section, path, text, points, cite in said:
        cited = [sources[name] for name in cited_in(cite or scheme.cites.get(path, "")) if name in sources]
        mark = min((source.mark for source in cited), key=MARKS.index, default="")
        rows.append(Rule(section, path, text, points, "; ".join(source.cite for source in cited), mark))
    with called.by(names_of(study)):
        return (*rows, *_assumed(study))


WIDTH = (20, 1_000)
"""The narrowest and the widest line that can be asked for."""


@checked
def explain(study: Study | str | os.PathLike[str], width: WholeNumber = 100) -> str:
    """The rules of a study as text: a heading a section, a paragraph a rule, its source under it.

    study   a study, a path to one, or its name in the atlas; width: of a line, in characters. Raises InputError.
    """
    width = whole("width", width, *WIDTH)
    if not isinstance(study, Study):
        study = load(study)
    status = {"documented": "documented by the sources named", "invented": "invented",
              "claimed": "claimed by the sources named; no published rulebook was found"}[study.scheme.status]
    under = f", under the reform {study.label}" if study.label else ""
    lines = [f"{study.name}{under}", *textwrap.wrap(study.scheme.about, width), f"Status: {status}.", ""]
    section = ""
    for rule in rules(study):
        if rule.section != section:
            section = rule.section
            lines += [section.upper(), ""]
        lines += textwrap.wrap(rule.rule, width, initial_indent="  ", subsequent_indent="  ")
        if rule.source:
            known = standing(rule.mark, study.scheme.status)
            lines += textwrap.wrap(f"[{known}] {rule.source}", width, initial_indent="      ",
                                   subsequent_indent="      ")
        lines.append("")
    return "\n".join(lines)


def standing(mark: str, status: str) -> str:
    """What a rule rests on, in one word. That a source was read says that a claim was made, or that a document says so:
    so a rule of a claimed scheme is `claimed`, never `verified`.
    """
    return status if mark == "verified" and status != "invented" else mark


Row = tuple[str, str, str, str, str]
"""section, path, rule, points, id of the source"""


def share_in_words(share: float) -> str:
    """A share as a natural frequency: 0.6 is `60 of 100`, 0.002 is `2 of 1,000`."""
    if share in (0.0, 1.0):
        return "none" if share == 0.0 else "all"
    base = 100
    while base < 1_000_000 and share * base < 10 and abs(share * base - (round(share * base) or 1)) > 1e-6:
        base *= 10
    return f"{shown(round(share * base, 2))} of {base:,}"


def _words(written: Number, filled: Number, say: Callable[[float], str]) -> str:
    """A number for whom it holds, and whether it was assumed."""
    assumed = " (assumed)" if written.has_unknown else ""
    return _for_whom(filled, say) + assumed


def _or_more(number: Number) -> str:
    return f"{_counted(_for_whom(number, shown))} or more"


def _counted(said: str) -> str:
    return f"{said} point" if said == "1" else f"{said} points"


def _for_whom(number: Number, say: Callable[[float], str]) -> str:
    if number.base is not None:
        factors = [f"{shown(factor)} times that {_who(label, name)}" for label, names in number.times
                   for name, factor in names]
        return _for_whom(number.base, say) + (", and " + ", ".join(factors) if factors else "")
    if number.label:
        return ", ".join(f"{_for_whom(inner, say)} {_who(number.label, name)}" for name, inner in number.by)
    return say(number.value if number.value is not None else 0.0) if number.value is not None else "an unknown number"


def _who(label: str, name: str) -> str:
    name = called.name(label, name)
    return {"group": f"for {name}", "district": f"in {name}"}.get(label, f"where {label} is {name}")


def _points(number: Number) -> str:
    return _for_whom(number, lambda value: f"{value:+.10g}".replace("-", "−"))


def _gets(number: Number, written: Number, person: bool = True) -> str:
    """`loses 15 points`, `gains 2 points`, of an act `costs` and `gives`; and whether that was assumed."""
    gains, loses = ("gains", "loses") if person else ("gives", "costs")

    def one(value: float) -> str:
        return f"{gains if value > 0 else loses} {_counted(shown(abs(value)))}"
    return _words(written, number, one)


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _with(about: str) -> str:
    return f" {_sentence(about)}" if about else ""


# --- what is watched ------------------------------------------------------------------------------------------------


def _watching(study: Study) -> Iterator[Row]:
    written = study.written.scheme.channels
    for name, channel in study.scheme.channels.items():
        text = _channel(name, written[name], channel, study.scheme.step)
        yield "What is watched", f"channels.{name}", text, "", channel.cite


def _channel(name: str, written: Channel, channel: Channel, step: str) -> str:
    parts = [f"{name}: records {_words(written.coverage, channel.coverage, _acts)}."]
    if channel.miss != Number(0.0):
        parts.append(f"Then {_words(written.miss, channel.miss, _records)} are lost.")
    if channel.mistaken != Number(0.0):
        mistaken = _words(written.mistaken, channel.mistaken, _records)
        parts.append(f"It puts {mistaken} down to the wrong person.")
    if channel.spurious != Number(0.0):
        spurious = _words(written.spurious, channel.spurious, lambda value: shown(round(value * 1000, 6)))
        parts.append(f"Records with no act behind them, for every 1,000 people in a {step}: {spurious}.")
    return " ".join(parts) + _with(channel.about)


def _acts(share: float) -> str:
    return {0.0: "no act", 1.0: "every act"}.get(share, f"{share_in_words(share)} acts")


def _records(share: float) -> str:
    return {0.0: "no records", 1.0: "all records"}.get(share, f"{share_in_words(share)} records")


# --- what counts ----------------------------------------------------------------------------------------------------


def _counting(study: Study) -> Iterator[Row]:
    scheme = study.scheme
    written = study.written.scheme
    for name, mark in scheme.marks.items():
        who, person = subject(mark.about, f"has the mark {name}")
        text = f"{who} {_gets(mark.points, written.marks[name].points, person)}, once, at the start."
        yield "What people are", f"marks.{name}", text, _points(mark.points), mark.cite
    for name, characteristic in scheme.characteristics.items():
        text = _characteristic(name, written.characteristics[name], characteristic)
        yield "What people are", f"characteristics.{name}", text, "", characteristic.cite
    for name, signal in scheme.signals.items():
        text = _signal(name, written.signals[name], signal, scheme.step)
        yield "What counts", f"signals.{name}", text, _points(signal.points), signal.cite
    for gate, told in zip(handicaps_of(scheme.handicaps), handicaps_of(written.handicaps), strict=True):
        gets = _gets(gate.rule, told.rule)
        (label, name), = gate.when
        member = called.name(label, name)
        text = (f"Every member of {member} {gets} each {scheme.step}, for being a member of {member}."
                if label == "group" else f"Everybody {_who(label, name)} {gets} each {scheme.step}, for that alone.")
        yield "What counts", ".".join(map(str, ("handicaps", *gate.path))), text, _points(gate.rule), ""


def _characteristic(name: str, written: Characteristic, characteristic: Characteristic) -> str:
    """Points by level, or how many a table has and the least and the most of them."""
    what = characteristic.about or name
    if characteristic.levels is not None:
        levels = [f'"{level}" {_gets(points, (written.levels or {})[level])}'
                  for level, points in characteristic.levels.items() if points != Number(0.0)]
        return f"By {what}, once, at the start: {'; '.join(levels) or 'no points'}."
    leaves = list(_leaves(characteristic.table))
    by = " and ".join(characteristic.over)
    return (f"By {by}, once, at the start: {what}, a table of {len(leaves)} numbers from {shown(min(leaves))} to "
            f"{shown(max(leaves))} points.")


def _leaves(table: Any) -> Iterator[float]:
    if isinstance(table, Mapping):
        for inner in table.values():
            yield from _leaves(inner)
    else:
        yield float(table)


def _signal(name: str, written: Signal, signal: Signal, step: str) -> str:
    times = "once" if signal.at_most == 1 else f"{signal.at_most} times"
    most = f", at most {times} a {step}" if signal.at_most is not None else ""
    kind = "lawful" if signal.lawful else "unlawful"
    more = [word for word, holds in (("a form of expression", signal.expressive),
                                     ("something one cannot do without", signal.necessity),
                                     ("marked as not relevant to what the scheme is about", not signal.relevant))
            if holds]
    act = ", and ".join([f"The act is {kind}", *more])
    who, person = subject(signal.about, f"does {name}")
    gets = _gets(signal.points, written.points, person)
    return (f"{who} {gets} each time{most} (recorded by {signal.channel}). {act}."
            + record_in_words(written, signal, step))


# --- the score and its classes --------------------------------------------------------------------------------------


def _standing(study: Study) -> Iterator[Row]:
    scheme, score = study.scheme, study.scheme.score
    if isinstance(score.start, StartTable):
        label = {label for share in score.start.distribution.values() for _, label, _ in share.mentions()}
        start = (f"People start at one of {len(score.start.distribution)} scores, with published shares"
                 + (f" by {' and '.join(sorted(label))}" if label else ""))
    else:
        start = f"Everybody starts at {_counted(_for_whom(score.start, shown))}"
    text = f"{start}. The score runs from {shown(score.floor)} to {shown(score.ceiling)}."
    if score.decay != Number(0.0):
        back = f" to {shown(score.baseline)}" if score.baseline is not None else ""
        percent = _words(study.written.scheme.score.decay, score.decay, lambda v: f"{shown(round(v * 100, 6))} percent")
        text += f" Each {scheme.step} it goes {percent} of the way back{back}." + _stays(scheme)
    text += " A higher score is worse." if score.high_is_bad else ""
    for name, by in score.times.items():
        factors = ", ".join(f"{shown(factor)} {_who(name, level)}" for level, factor in by.items())
        text += f" What somebody starts with is multiplied by {factors}."
    if score.link != "identity":
        text += f" It is printed as its {'logistic function, a chance' if score.link == 'logistic' else 'exponential'}."
    yield "The score", "score", text, "", score.cite
    yield from _classes(scheme)


def _stays(scheme: Scheme) -> str:
    """Near its goal a score does not decay: what would be lost is rounded away."""
    score = scheme.score
    if not score.decay.is_plain:
        return ""
    share, most = score.decay.at({}), round((score.ceiling - score.floor) / score.resolution)
    near = next((d for d in range(most) if round((1.0 - share) * (d + 1)) < d + 1), most)
    if not near:
        return ""
    return f" Scores are rounded, so a score within {shown(near * score.resolution)} points of that stays where it is."


def _classes(scheme: Scheme) -> Iterator[Row]:
    tiers = [(called.tier(name), tier) for name, tier in scheme.tiers.items()]
    named = _rising(tiers) if scheme.score.high_is_bad else _falling(tiers)
    for (name, tier), text in zip(tiers, named, strict=True):
        stay = f" Whoever enters it stays for at least {steps(tier.for_, scheme.step)}." if tier.for_ > 1 else ""
        yield "The classes", f"tiers.{name}", text + "." + stay + _with(tier.about), "", tier.cite
    for key, given, held in (("ceilings", scheme.ceilings, "can be {} at best, whatever their score."),
                             ("floors", scheme.floors, "are {} or better, whatever their score.")):
        for gate in tiers_of(given):
            text = _whom(gate, scheme) + " " + held.format(f'"{called.tier(gate.rule)}"')
            yield "The classes", ".".join(map(str, (key, *gate.path))), text, "", ""


def _whom(gate: Gate[str], scheme: Scheme) -> str:
    """Whom a ceiling or a floor is for: `Members of B in north`, `People whose age is old`."""
    named = {label: name if label in scheme.marks else called.name(label, name) for label, name in gate.when}
    said = f"Members of {named.pop('group')}" if "group" in named else "People"
    said += f" in {named.pop('district')}" if "district" in named else ""
    more = []
    for label, name in named.items():
        mark = scheme.marks.get(label)
        if mark is None:
            more.append(f"whose {label} is {name}")
        else:
            more.append(_holding(label, mark.about, name == HELD))
    return " ".join([said, " and ".join(more)]).strip()


def _holding(mark: str, about: str, held: bool) -> str:
    """Who holds a mark, or does not, in words that follow `people`."""
    if not about:
        return f"{'with' if held else 'without'} the mark {mark}"
    if goes_on(about):
        return f"for whom it is {'' if held else 'not '}so that somebody {about}"
    return f"of whom \u201c{about}\u201d {'holds' if held else 'does not hold'}"


def _rising(tiers: Sequence[tuple[str, Tier]]) -> Iterator[str]:
    """Whom each class holds, where high is bad."""
    for index, (name, tier) in enumerate(tiers):
        if index == 0:
            yield f'Everybody else is "{name}"' if len(tiers) > 1 else f'Everybody is "{name}"'
            continue
        text = f'People with {_or_more(tier.from_)} are "{name}"'
        if index < len(tiers) - 1:
            text += f', unless they have enough to be "{tiers[index + 1][0]}"'
        if tier.margin:
            text += f". From a better class, people enter it {_counted(shown(tier.margin))} later"
        yield text


def _falling(tiers: Sequence[tuple[str, Tier]]) -> Iterator[str]:
    """Whom each class holds, where high is good."""
    for index, (name, tier) in enumerate(tiers):
        text = f'People with {_or_more(tier.from_)} are "{name}"'
        if index and index < len(tiers) - 1:
            text += f', unless they have enough to be "{tiers[index - 1][0]}"'
        if index == len(tiers) - 1:
            text = f'Everybody below that is "{name}"' if index else f'Everybody is "{name}"'
        elif tier.margin:
            text += f". Once there, people stay until they are more than {_counted(shown(tier.margin))} below that"
        yield text


# --- what it means --------------------------------------------------------------------------------------------------


def _meaning(study: Study) -> Iterator[Row]:
    scheme, written = study.scheme, study.written.scheme
    for name, place in scheme.places.items():
        text = place_in_words(name, written.places[name], place, scheme) + _with(place.about)
        yield "Who is chosen", f"places.{name}", text, "", place.cite
    for tier, consequences in scheme.consequences.items():
        for index, consequence in enumerate(consequences):
            text = _consequence(tier, written.consequences[tier][index], consequence, scheme.step,
                                tier in scheme.places)
            yield "What it means for people", f"consequences.{tier}.{index}", text, "", consequence.cite
    for index, rule in enumerate(scheme.kin):
        points = _points(rule.points) if rule.points != Number(0.0) else ""
        text = _kin(written.kin[index], rule, scheme.step) + _with(rule.about)
        yield "What relatives bear", f"kin.{index}", text, points, rule.cite
    yield "Redress", "redress", _redress(written.redress, scheme.redress, scheme.step), "", scheme.redress.cite
    for name, release in scheme.releases.items():
        points = _points(release.points) if release.points != Number(0.0) else ""
        text = release_in_words(name, release, scheme.step) + _with(release.about)
        yield "How people get out", f"releases.{name}", text, points, release.cite


def _consequence(tier: str, written: Consequence, consequence: Consequence, step: str, chosen: bool) -> str:
    whom = {"self": "", "children": " for their children",
            "household": " for their whole household"}[consequence.bearer]
    term = "" if consequence.term is None else (", once, when they come into it" if consequence.term == 1 else
                                                f", in the first {steps(consequence.term, step)} of it")
    term = f", for {steps(consequence.term, step)} after that" if chosen and consequence.term else term
    who = f'who are chosen for "{tier}"' if chosen else f'who are "{called.tier(tier)}"'
    parts = [f'For people {who}, {consequence.right} is {consequence.effect}{whom}{term}.']
    if consequence.income != Number(1.0):
        parts.append(f"They keep {_words(written.income, consequence.income, _income)}.")
    for key, word in (("gain", "gain"), ("loss", "lose")):
        if getattr(consequence, key) != Number(0.0):
            amount = _words(getattr(written, key), getattr(consequence, key), shown)
            often = "" if consequence.term == 1 else f" a {step}"
            parts.append(f'They {word} {amount}{often} in {called.money("money")}.')
    for kind, factor in consequence.conduct.items():
        parts.append(f"They do {kind} {_words(written.conduct[kind], factor, shown)} times as often.")
    if consequence.scrutiny != Number(1.0):
        parts.append(f"They are watched {_words(written.scrutiny, consequence.scrutiny, shown)} times as closely.")
    return " ".join(parts) + _with(consequence.about)


def _income(share: float) -> str:
    return f"{shown(round(100 * share, 6))} percent of their income"


def _kin(written: Kin, rule: Kin, step: str) -> str:
    parts = [f"{_gets(rule.points, written.points)} each {step}"] if rule.points != Number(0.0) else []
    parts += [f'can be "{called.tier(rule.cap)}" at best'] if rule.cap is not None else []
    when, does = called.tier(rule.when), " and ".join(parts)
    return (f'While one member of a household is "{when}", everybody else in it {does}. '
            "They need not have done anything.")


def _redress(written: Redress, redress: Redress, step: str) -> str:
    if not redress.notice:
        return "Nobody is told of a debit, so nobody can appeal." + _with(redress.about)
    appeal = _words(written.appeal, redress.appeal, share_in_words)
    upheld = _words(written.upheld, redress.upheld, share_in_words)
    after = "at once" if redress.delay == 0 else f"after {redress.delay} {step}{'s' if redress.delay > 1 else ''}"
    what = {"mistakes": "debits for what they did not do", "irrelevant": "debits for acts that should not count",
            "listings": "listings on which something is wrong"}
    *others, last = (what[ground] for ground in redress.against)
    ones = ("wrongful ones" if redress.against == ("mistakes",) else
            " and ".join([*([", ".join(others)] if others else []), last]))
    told = ("debit and listing" if others else "listing") if "listings" in redress.against else "debit"
    lifted = ("A listing is to come into a tier that takes a right away; what is given back is all that stands "
              "wrongly, and who is there for other reasons too stays." if "listings" in redress.against else "")
    return " ".join(filter(None, [
        f"People are told of every {told}. They appeal against {appeal} {ones}. Of these appeals {upheld} succeed; the "
        f"points come back {after}.", lifted])) + _with(redress.about)


# --- what changes on a date -------------------------------------------------------------------------------------------


def _dated(study: Study) -> Iterator[Row]:
    scheme = study.scheme
    course = periods(scheme, study.population, study.assumptions)
    for index, change in enumerate(scheme.changes):
        number = next(n for n, period in enumerate(course) if period.at == change.at)
        before, after = ({path: text for _, path, text, _, _ in _as_they_stand(replace(
            study, scheme=period.scheme, filled=()))} for period in course[number - 1:number + 1])
        parts = [text for path, text in after.items() if before.get(path) != text]
        parts += [f"It no longer holds that: {text}" for path, text in before.items() if path not in after]
        if parts:
            parts.insert(0, f"From {scheme.step} {change.at:,} on:")
        if any(path.removeprefix("scheme.").startswith("signals.") for path in change.set):
            parts.append("Records from before keep their points and terms.")
        if change.ends == "all":
            parts.append(f"An amnesty in {scheme.step} {change.at:,}: everybody's score is again where it was at the "
                         "start.")
        elif change.ends:
            parts.append(f"An amnesty in {scheme.step} {change.at:,}: no record of {', '.join(change.ends)} from "
                         "before it counts any more.")
        nothing = [] if parts else [f"From {scheme.step} {change.at:,} on: what stands already."]
        yield "What changes on a date", f"changes.{index}", " ".join(parts or nothing) + _with(change.about), "", (
            change.cite)


def _as_they_stand(study: Study) -> Iterator[Row]:
    yield from _watching(study)
    yield from _counting(study)
    yield from _standing(study)
    yield from _meaning(study)


# --- what is not published --------------------------------------------------------------------------------------------


def _assumed(study: Study) -> Iterator[Rule]:
    section = "What is not published, and what was assumed"
    for entry in study.filled:
        text = f"{entry.path} is taken to be {_for_whom(entry.value, shown)}{_range(entry.range)}."
        yield Rule(section, f"assumptions.fill.{entry.path}", text, "", entry.source, entry.mark)
    for name, assumption in study.assumptions.chilling.items():
        text = (f"How strongly people give up acts for fear of points ({name}): {_for_whom(assumption.value, shown)}"
                f"{_range(assumption.range)}.")
        yield Rule(section, f"assumptions.chilling.{name}", text, "", assumption.source, assumption.mark)
    for name, number in study.assumptions.perceived.items():
        text = f"People believe that {name} records {_for_whom(number, _acts)}."
        yield Rule(section, f"assumptions.perceived.{name}", text, "", "", "assumed")


def _range(given: tuple[float, float] | None) -> str:
    return f"; it may lie between {shown(given[0])} and {shown(given[1])}" if given else ""
