"""The rules of a study in plain words, each with its source and how well that was checked.

    rules(study)      one Rule a row: section, rule, points, source, mark
    explain(study)    the same as text for a terminal
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sousveil.ground import called
from sousveil.ground.arguments import checked
from sousveil.studies.acts import subject
from sousveil.studies.citations import MARKS, cited_in
from sousveil.studies.consequence_words import consequence_in_words, kin_in_words, redress_in_words
from sousveil.studies.gates import handicaps_of, tiers_of
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.number import Number, shown
from sousveil.studies.number_words import acts, among, for_whom, gets, in_points, in_words, percent, records, signed
from sousveil.studies.periods import periods
from sousveil.studies.place_words import place_in_words
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import Channel, Characteristic, Signal, StartTable
from sousveil.studies.shown import names_of
from sousveil.studies.study import Study, load
from sousveil.studies.term_words import record_in_words, release_in_words, steps
from sousveil.studies.tier_words import members, tiers_in_words

__all__ = ["Rule", "explain", "rules", "standing"]


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
    parts = [f"{name}: records {in_words(written.coverage, channel.coverage, acts)}."]
    if channel.miss != Number(0.0):
        parts.append(f"Then {in_words(written.miss, channel.miss, records)} are lost.")
    if channel.mistaken != Number(0.0):
        mistaken = in_words(written.mistaken, channel.mistaken, records)
        parts.append(f"It puts {mistaken} down to the wrong person.")
    if channel.spurious != Number(0.0):
        spurious = in_words(written.spurious, channel.spurious, lambda value: shown(round(value * 1000, 6)))
        parts.append(f"Records with no act behind them, for every 1,000 people in a {step}: {spurious}.")
    return " ".join(parts) + _with(channel.about)


# --- what counts ----------------------------------------------------------------------------------------------------


def _counting(study: Study) -> Iterator[Row]:
    scheme = study.scheme
    written = study.written.scheme
    for name, mark in scheme.marks.items():
        who, person = subject(mark.about, f"has the mark {name}")
        text = f"{who} {gets(mark.points, written.marks[name].points, person)}, once, at the start."
        yield "What people are", f"marks.{name}", text, signed(mark.points), mark.cite
    for name, characteristic in scheme.characteristics.items():
        text = _characteristic(name, written.characteristics[name], characteristic)
        yield "What people are", f"characteristics.{name}", text, "", characteristic.cite
    for name, signal in scheme.signals.items():
        text = _signal(name, written.signals[name], signal, scheme.step)
        yield "What counts", f"signals.{name}", text, signed(signal.points), signal.cite
    for gate, told in zip(handicaps_of(scheme.handicaps), handicaps_of(written.handicaps), strict=True):
        does = gets(gate.rule, told.rule)
        (label, name), = gate.when
        member = called.name(label, name)
        text = (f"Every member of {member} {does} each {scheme.step}, for being a member of {member}."
                if label == "group" else f"Everybody {among(label, name)} {does} each {scheme.step}, for that alone.")
        yield "What counts", ".".join(map(str, ("handicaps", *gate.path))), text, signed(gate.rule), ""


def _characteristic(name: str, written: Characteristic, characteristic: Characteristic) -> str:
    """Points by level, or how many a table has and the least and the most of them."""
    what = characteristic.about or name
    if characteristic.levels is not None:
        levels = [f'"{level}" {gets(points, (written.levels or {})[level])}'
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
    does = gets(signal.points, written.points, person)
    return (f"{who} {does} each time{most} (recorded by {signal.channel}). {act}."
            + record_in_words(written, signal, step))


# --- the score and its classes --------------------------------------------------------------------------------------


def _standing(study: Study) -> Iterator[Row]:
    scheme, score = study.scheme, study.scheme.score
    if isinstance(score.start, StartTable):
        label = {label for share in score.start.distribution.values() for _, label, _ in share.mentions()}
        start = (f"People start at one of {len(score.start.distribution)} scores, with published shares"
                 + (f" by {' and '.join(sorted(label))}" if label else ""))
    else:
        start = f"Everybody starts at {in_points(for_whom(score.start, shown))}"
    text = f"{start}. The score runs from {shown(score.floor)} to {shown(score.ceiling)}."
    if score.decay != Number(0.0):
        back = f" to {shown(score.baseline)}" if score.baseline is not None else ""
        part = in_words(study.written.scheme.score.decay, score.decay, percent)
        text += f" Each {scheme.step} it goes {part} of the way back{back}." + _stays(scheme)
    text += " A higher score is worse." if score.high_is_bad else ""
    for name, by in score.times.items():
        factors = ", ".join(f"{shown(factor)} {among(name, level)}" for level, factor in by.items())
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
    for (name, tier), text in zip(scheme.tiers.items(), tiers_in_words(scheme), strict=True):
        stay = f" Whoever enters it stays for at least {steps(tier.for_, scheme.step)}." if tier.for_ > 1 else ""
        yield "The classes", f"tiers.{name}", text + "." + stay + _with(tier.about), "", tier.cite
    for key, given, held in (("ceilings", scheme.ceilings, "can be {} at best, whatever their score."),
                             ("floors", scheme.floors, "are {} or better, whatever their score.")):
        for gate in tiers_of(given):
            text = members(gate, scheme) + " " + held.format(f'"{called.tier(gate.rule)}"')
            yield "The classes", ".".join(map(str, (key, *gate.path))), text, "", ""


# --- what it means --------------------------------------------------------------------------------------------------


def _meaning(study: Study) -> Iterator[Row]:
    scheme, written = study.scheme, study.written.scheme
    for name, place in scheme.places.items():
        text = place_in_words(name, written.places[name], place, scheme) + _with(place.about)
        yield "Who is chosen", f"places.{name}", text, "", place.cite
    for tier, consequences in scheme.consequences.items():
        for index, consequence in enumerate(consequences):
            text = consequence_in_words(tier, written.consequences[tier][index], consequence, scheme.step,
                                        tier in scheme.places) + _with(consequence.about)
            yield "What it means for people", f"consequences.{tier}.{index}", text, "", consequence.cite
    for index, rule in enumerate(scheme.kin):
        points = signed(rule.points) if rule.points != Number(0.0) else ""
        text = kin_in_words(written.kin[index], rule, scheme.step) + _with(rule.about)
        yield "What relatives bear", f"kin.{index}", text, points, rule.cite
    text = redress_in_words(written.redress, scheme.redress, scheme.step) + _with(scheme.redress.about)
    yield "Redress", "redress", text, "", scheme.redress.cite
    for name, release in scheme.releases.items():
        points = signed(release.points) if release.points != Number(0.0) else ""
        text = release_in_words(name, release, scheme.step) + _with(release.about)
        yield "How people get out", f"releases.{name}", text, points, release.cite


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
        text = f"{entry.path} is taken to be {for_whom(entry.value, shown)}{_range(entry.range)}."
        yield Rule(section, f"assumptions.fill.{entry.path}", text, "", entry.source, entry.mark)
    for name, assumption in study.assumptions.chilling.items():
        text = (f"How strongly people give up acts for fear of points ({name}): {for_whom(assumption.value, shown)}"
                f"{_range(assumption.range)}.")
        yield Rule(section, f"assumptions.chilling.{name}", text, "", assumption.source, assumption.mark)
    for name, number in study.assumptions.perceived.items():
        text = f"People believe that {name} records {for_whom(number, acts)}."
        yield Rule(section, f"assumptions.perceived.{name}", text, "", "", "assumed")


def _range(given: tuple[float, float] | None) -> str:
    return f"; it may lie between {shown(given[0])} and {shown(given[1])}" if given else ""
