"""What a scheme says about itself: every name it uses is defined, and its numbers go together.

Each check yields (path, message). Numbers still unknown are left out; they are checked again when they are filled.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sousveil.errors import did_you_mean
from sousveil.studies.gates import handicaps_of, tiers_of
from sousveil.studies.link import linear, linked
from sousveil.studies.model import KEY, Finding, Model, Steps, fields_by_key
from sousveil.studies.number import MOST, Number, shown
from sousveil.studies.number_checks import cases, misfits
from sousveil.studies.place_checks import places
from sousveil.studies.scheme_fields import SchemeFields, Tier
from sousveil.studies.term_checks import points_later, terms

__all__ = ["MAX_KIN_RULES", "MAX_SHARED_RIGHTS", "MAX_STATES", "MAX_TIERS", "inconsistencies"]

MAX_STATES = 30_000
"""Scores between floor and ceiling: laws are tables over them."""

MAX_TIERS = 32

MAX_KIN_RULES, MAX_SHARED_RIGHTS = 8, 48
"""What a tier does to others of the household is kept as bits of one number."""


def inconsistencies(scheme: SchemeFields) -> Iterator[Finding]:
    """Everything in a scheme that does not go together."""
    yield from _names(scheme)
    yield from _sources(scheme)
    yield from _channels(scheme)
    if scheme.score.floor >= scheme.score.ceiling:
        above = f"the ceiling {shown(scheme.score.ceiling)} is not above the floor {shown(scheme.score.floor)}"
        yield ("score", "ceiling"), above
    else:
        yield from _score(scheme)
        yield from _tiers(scheme)
    yield from _labels(scheme)
    yield from _characteristics(scheme)
    yield from _resolution(scheme)
    yield from _money(scheme)
    yield from _products(scheme)
    yield from terms(scheme)
    yield from places(scheme)
    if len(scheme.kin) > MAX_KIN_RULES:
        yield ("kin", MAX_KIN_RULES), f"a scheme has at most {MAX_KIN_RULES} kin rules, not {len(scheme.kin)}"
    shared = [(tier, i, (c.right, c.effect, c.bearer)) for tier, given in scheme.consequences.items()
              for i, c in enumerate(given) if c.bearer in ("children", "household")]
    different = list(dict.fromkeys(what for _, _, what in shared))
    if len(different) > MAX_SHARED_RIGHTS:
        tier, index = next((tier, i) for tier, i, what in shared if what == different[MAX_SHARED_RIGHTS])
        yield ("consequences", tier, index), (f"at most {MAX_SHARED_RIGHTS} different rights can be borne by children "
                                              f"or the household, not {len(different)}")
    for index, rule in enumerate(scheme.kin):
        if rule.cap is None and rule.points == Number(0.0):
            yield ("kin", index), "this kin rule has neither points nor a cap, so it does nothing"
    yield from _against(scheme)
    if not scheme.redress.notice and any(value > 0 for _, (value,) in cases(scheme.redress.appeal)):
        yield ("redress", "appeal"), "nobody can appeal what they are not told of; with appeals, notice is true"


def _against(scheme: SchemeFields) -> Iterator[Finding]:
    """What can be appealed: each ground once, and only where there is something to appeal."""
    against = scheme.redress.against
    if not against:
        yield ("redress", "against"), "this says what can be appealed; where nothing can, notice is false"
    for i, ground in enumerate(against):
        if ground in against[:i]:
            yield ("redress", "against", i), f'"{ground}" stands here twice'
        elif ground == "irrelevant" and all(signal.relevant for signal in scheme.signals.values()):
            yield ("redress", "against", i), ("no signal is marked `relevant: false`, so there is no such record to "
                                              "appeal")


_MEANT = ("all", "expressive", "necessity")
"""What stands for several signals where one could be named: under `chilling` and `ends`."""


def _names(scheme: SchemeFields) -> Iterator[Finding]:
    def undefined(name: str, kind: str, path: Steps) -> Iterator[Finding]:
        defined: Any = {"tier": scheme.tiers, "signal": scheme.signals, "channel": scheme.channels}[kind]
        if name not in defined and (defined or kind != "tier"):  # that there is no tier at all is said elsewhere
            yield path, f'{kind} "{name}" is not defined' + did_you_mean(name, list(defined))

    for name, signal in scheme.signals.items():
        if name in _MEANT:
            yield ("signals", name, KEY), f'"{name}" cannot be the name of a signal; it means several of them'
        yield from undefined(signal.channel, "channel", ("signals", name, "channel"))
    for key, given in (("ceilings", scheme.ceilings), ("floors", scheme.floors)):
        for gate in tiers_of(given):
            yield from undefined(gate.rule, "tier", (key, *gate.path))
    for tier, consequences in scheme.consequences.items():
        if tier not in scheme.places:
            nearest = did_you_mean(tier, [*scheme.tiers, *scheme.places])
            what = "tier or place" if scheme.places else "tier"
            yield from ((path, f'{what} "{tier}" is not defined{nearest}') for path, _ in undefined(
                tier, "tier", ("consequences", tier, KEY)))
        for index, consequence in enumerate(consequences):
            for signal_name in consequence.conduct:
                path = ("consequences", tier, index, "conduct", signal_name, KEY)
                yield from undefined(signal_name, "signal", path)
    for index, rule in enumerate(scheme.kin):
        yield from undefined(rule.when, "tier", ("kin", index, "when"))
        if rule.cap is not None:
            yield from undefined(rule.cap, "tier", ("kin", index, "cap"))


def _sources(scheme: SchemeFields) -> Iterator[Finding]:
    ids = [source.id for source in scheme.sources]
    for index, name in enumerate(ids):
        if name in ids[:index]:
            yield ("sources", index, "id"), f'there are two sources "{name}"'
    for path in scheme.cites:
        # Whether the group has one is not asked: a reform takes away a ceiling and leaves its citation.
        if path.partition(".")[0] not in ("ceilings", "floors", "handicaps"):
            yield ("cites", path, KEY), f'"{path}" is no ceiling, floor or handicap, which alone are cited here'
    for steps, cite in _cites(scheme, ()):
        for name in filter(None, map(str.strip, cite.split(","))):
            if name not in ids:
                yield steps, f'there is no source "{name}"' + did_you_mean(name, ids)


def _cites(value: Any, path: Steps) -> Iterator[tuple[Steps, str]]:
    """Every citation of a rule, with its path; what a source is cited as is not among them."""
    if isinstance(value, Model):
        for key, name in fields_by_key(type(value)).items():
            inner = value.__dict__[name]
            if key == "cite" and inner:
                yield (*path, key), inner
            elif key != "sources" and inner and isinstance(inner, Model | dict | tuple):
                yield from _cites(inner, (*path, key))
    elif path == ("cites",):
        yield from (((*path, key), cite) for key, cite in value.items())
    else:
        entries: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in entries:
            if isinstance(inner, Model | tuple):
                yield from _cites(inner, (*path, step))


def _money(scheme: SchemeFields) -> Iterator[Finding]:
    for tier, consequences in scheme.consequences.items():
        for index, consequence in enumerate(consequences):
            given = {"income": consequence.income != Number(1.0), "gain": consequence.gain != Number(0.0),
                     "loss": consequence.loss != Number(0.0)}
            for key in (key for key, some in given.items() if some and consequence.bearer == "children"):
                yield ("consequences", tier, index, key), (f"children have no income here, so they cannot bear {key}; "
                                                           "write it under a consequence that self or household bears")


def _products(scheme: SchemeFields) -> Iterator[Finding]:
    """The consequences of a tier multiply one another's factors."""
    for tier, consequences in scheme.consequences.items():
        most: dict[tuple[str, ...], float] = {}
        for index, consequence in enumerate(consequences):
            factors: dict[tuple[str, ...], Number] = {("income",): consequence.income,
                                                      ("scrutiny",): consequence.scrutiny}
            factors |= {("conduct", kind): factor for kind, factor in consequence.conduct.items()}
            for key, factor in factors.items():
                before = most.get(key, 1.0)
                most[key] = before * max(0.0, factor.ends()[1])
                if most[key] > MOST >= before:
                    yield (("consequences", tier, index, *key),
                           f'with those of the consequences before it, the factors of "{tier}" come to '
                           f"{shown(most[key])}, which is more than {shown(MOST)}")


def _channels(scheme: SchemeFields) -> Iterator[Finding]:
    for name, channel in scheme.channels.items():
        if any(miss + mistaken > 1 + 1e-9 for _, (miss, mistaken) in cases(channel.miss, channel.mistaken)):
            yield ("channels", name), f'miss and mistaken of channel "{name}" add up to more than 1'
        if channel.mix is None:
            continue
        own = [kind for kind, signal in scheme.signals.items() if signal.channel == name]
        for kind in channel.mix:
            if kind not in own:
                message = f'signal "{kind}" does not come by channel "{name}"' + did_you_mean(kind, own)
                yield ("channels", name, "mix", kind, KEY), message
        total = sum(channel.mix.values())
        if abs(total - 1.0) > 1e-6:
            yield ("channels", name, "mix"), f"the shares of the mix add up to {shown(total)}, not 1"


def _score(scheme: SchemeFields) -> Iterator[Finding]:
    score = scheme.score
    if (score.ceiling - score.floor) / score.resolution > MAX_STATES:
        yield ("score", "ceiling"), (f"from {shown(score.floor)} to {shown(score.ceiling)} there are more than "
                                     f"{MAX_STATES:,} scores; a coarser resolution would do")
    within = f"between the floor {shown(score.floor)} and the ceiling {shown(score.ceiling)}"
    if score.baseline is not None and not score.floor <= score.baseline <= score.ceiling:
        yield ("score", "baseline"), f"the baseline {shown(score.baseline)} is not {within}"
    alike = isinstance(score.start, Number) and score.start.is_plain
    if score.decay != Number(0.0) and score.baseline is None and not alike:
        yield ("score", "decay"), "people start at different scores, so `baseline` has to say what scores decay toward"
    if isinstance(score.start, Number):
        starts = [value for _, (value,) in cases(score.start)]
    else:
        starts = list(score.start.distribution)
        if any(share.has_unknown for share in score.start.distribution.values()):
            yield ("score", "start", "distribution"), "a distribution is what was published; no share in it is unknown"
        for labels, shares in cases(*score.start.distribution.values()):
            if abs(sum(shares) - 1.0) > 1e-6:
                where = "".join(f", for {label} {name}" for label, name in labels.items())
                yield ("score", "start", "distribution"), (f"the shares of the start scores add up to "
                                                           f"{shown(sum(shares))}, not 1{where}")
                break
    for start in starts:
        if not score.floor <= start <= score.ceiling:
            yield ("score", "start"), f"the start {shown(start)} is not {within}"
            break


def _tiers(scheme: SchemeFields) -> Iterator[Finding]:
    tiers = list(scheme.tiers.items())
    if not 1 <= len(tiers) <= MAX_TIERS:
        yield ("tiers",), f"a scheme has 1 to {MAX_TIERS} tiers, not {len(tiers)}"
        return
    shown_as = [tier.shown or name for name, tier in tiers]
    for name, tier in tiers:
        if tier.shown and shown_as.count(tier.shown) > 1:
            yield ("tiers", name, "shown"), f'two tiers would be shown as "{tier.shown}"'
            break
    score = scheme.score
    for name, tier in tiers:
        if score.link != "identity" and tier.margin:  # what it would be in points is not said
            yield ("tiers", name, "margin"), f"where scores are printed by a link ({score.link}), tiers have no margin"
            return
    floor, ceiling = (linked(score.link, end) for end in (score.floor, score.ceiling))

    def units(printed: float) -> int:
        points = min(max(linear(score.link, printed), -MOST), MOST) if score.link != "identity" else printed
        return round(points / score.resolution)

    yield from (_rising if score.high_is_bad else _falling)(tiers, units, floor)
    for name, tier in tiers:
        if any(value > ceiling for _, (value,) in cases(tier.from_)):
            message = f'"{name}" begins above the ceiling {shown(ceiling)}: nobody can reach it'
            yield ("tiers", name, "from"), message


def _falling(tiers: list[tuple[str, Tier]], units: Callable[[float], int], floor: float) -> Iterator[Finding]:
    """High is good: tiers begin at lower and lower scores, the worst of them with the floor."""
    for (upper, above), (lower, below) in itertools.pairwise(tiers):
        for _, (high, low) in cases(above.from_, below.from_):
            if units(low) >= units(high):
                yield ("tiers", lower, "from"), (f'"{lower}" begins at {shown(low)}, which is not below "{upper}" '
                                                 f"({shown(high)}); write the tiers from the top")
                break
            # In whole units: a difference of two binary numbers may miss the decimal one by a hair.
            if units(above.margin) > units(high) - units(low):
                yield ("tiers", upper, "margin"), (f'the margin {shown(above.margin)} reaches past "{lower}", '
                                                   f"which begins {shown(high - low)} below")
                break
    bottom, lowest = tiers[-1]
    if any(value > floor for _, (value,) in cases(lowest.from_)):
        yield ("tiers", bottom, "from"), (f'"{bottom}" is the bottom tier, so it begins at the floor '
                                          f"{shown(floor)} or below")


def _rising(tiers: list[tuple[str, Tier]], units: Callable[[float], int], floor: float) -> Iterator[Finding]:
    """High is bad: tiers begin at higher and higher scores, the best of them with the floor."""
    for (upper, above), (lower, below) in itertools.pairwise(tiers):
        for _, (low, high) in cases(above.from_, below.from_):
            if units(high) <= units(low):
                yield ("tiers", lower, "from"), (f'"{lower}" begins at {shown(high)}, which is not above "{upper}" '
                                                 f"({shown(low)}); where high is bad, write tiers from the best one")
                break
            if units(above.margin) > units(high) - units(low):
                yield ("tiers", upper, "margin"), (f'the margin {shown(above.margin)} reaches past "{lower}", '
                                                   f"which begins {shown(high - low)} above")
                break
    best, first = tiers[0]
    if any(value > floor for _, (value,) in cases(first.from_)):
        yield ("tiers", best, "from"), (f'"{best}" is the best tier, so where high is bad it begins at the floor '
                                        f"{shown(floor)} or below")
    if first.margin:
        yield ("tiers", best, "margin"), (f'nobody enters "{best}" from a better tier, so where high is bad it has no '
                                          "margin; write it under the next one")


def _labels(scheme: SchemeFields) -> Iterator[Finding]:
    """Numbers that are one for everybody, because laws are made for them once."""
    plain: list[tuple[Steps, Number]] = [(("score", "decay"), scheme.score.decay)]
    plain += [(("signals", name, "points"), signal.points) for name, signal in scheme.signals.items()]
    plain += [(("kin", index, "points"), rule.points) for index, rule in enumerate(scheme.kin)]
    plain += [(("releases", name, "points"), release.points) for name, release in scheme.releases.items()]
    for path, number in plain:
        for inner, message in misfits(number, {}):
            yield (*path, *inner), message


def _characteristics(scheme: SchemeFields) -> Iterator[Finding]:
    for name, characteristic in scheme.characteristics.items():
        if name in scheme.marks:
            yield ("characteristics", name, KEY), f'"{name}" is a mark already'
        for at, _ in _leaves(characteristic.table, wrong=True):
            yield ("characteristics", name, "table", *at), "expected points, a number between -1000000 and 1000000"


def _leaves(table: Any, at: Steps = (), *, wrong: bool = False) -> Iterator[tuple[Steps, float]]:
    """The points of a table with their path, or what stands there and is none."""
    if isinstance(table, Mapping):
        for name, inner in table.items():
            yield from _leaves(inner, (*at, str(name)), wrong=wrong)
    else:
        right = isinstance(table, int | float) and not isinstance(table, bool) and abs(table) <= 1e6
        if right != wrong:
            yield at, table if wrong else float(table)


def _resolution(scheme: SchemeFields) -> Iterator[Finding]:
    score, whole = scheme.score, scheme.score.resolution
    given: list[tuple[Steps, Number]] = [(("score", "floor"), Number(score.floor)),
                                         (("score", "ceiling"), Number(score.ceiling))]
    given += [(("score", "baseline"), Number(score.baseline))] if score.baseline is not None else []
    if isinstance(score.start, Number):
        given += [(("score", "start"), score.start)]
    else:
        given += [(("score", "start", "distribution"), Number(start)) for start in score.start.distribution]
    given += [(("marks", name, "points"), mark.points) for name, mark in scheme.marks.items()]
    given += [(("characteristics", name, "levels", level), points) for name, characteristic
              in scheme.characteristics.items() for level, points in (characteristic.levels or {}).items()]
    given += [(("characteristics", name, "table", *at), Number(points)) for name, characteristic
              in scheme.characteristics.items() for at, points in _leaves(characteristic.table)]
    given += [(("signals", name, "points"), signal.points) for name, signal in scheme.signals.items()]
    given += [(("handicaps", *gate.path), gate.rule) for gate in handicaps_of(scheme.handicaps)]
    if score.link == "identity":
        given += [(("tiers", name, "from"), tier.from_) for name, tier in scheme.tiers.items()]
    given += [(("tiers", name, "margin"), Number(tier.margin)) for name, tier in scheme.tiers.items()]
    given += [(("kin", index, "points"), rule.points) for index, rule in enumerate(scheme.kin)]
    given += points_later(scheme)
    for path, number in given:
        for _, (value,) in cases(number):
            if abs(round(value / whole) * whole - value) > 1e-9 * max(1.0, abs(value)):
                yield path, f"{shown(value)} is not a multiple of the score's resolution, {shown(whole)}"
                break
