"""Random small studies for the proofs: a scheme, a population and assumptions, drawn by Hypothesis as plain data.

A `Case` holds what three files would hold, so a failing example prints as YAML that can be saved and run. Every choice
has its simplest form first, so that a failing example shrinks to one group, one tier rule and one signal.
"""

from __future__ import annotations

import io
import itertools
import json
import math
import zlib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from ruamel.yaml import YAML

from sousveil.engine.plan import Plan, compile_plan
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme

__all__ = ["Case", "cases", "drawn", "hold", "negated", "some", "with_plain_changes", "without_leaving",
           "without_listings", "without_registers"]

STATES = 60  # scores are 0 .. 60 units above the floor


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """One study as plain data. The values are made from it on demand."""

    plain: dict[str, Any]

    @cached_property
    def scheme(self) -> Scheme:
        return Scheme.model_validate(self.plain["scheme"])

    @cached_property
    def population(self) -> Population:
        return Population.model_validate(self.plain["population"])

    @cached_property
    def assumptions(self) -> Assumptions:
        return Assumptions.model_validate(self.plain["assumptions"])

    @property
    def steps(self) -> int:
        return int(self.plain["steps"])

    @cached_property
    def number(self) -> int:
        """A number of this study's own, for seeds."""
        return zlib.crc32(json.dumps(self.plain).encode())

    def plan(self) -> Plan:
        return compile_plan(self.scheme, self.population, self.assumptions)

    def __repr__(self) -> str:
        text = io.StringIO()
        YAML().dump(self.plain, text)
        return "\n" + text.getvalue()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A whole study of 1 to 3 groups and districts, up to 5 signals and 6 steps, and 30 to 120 people."""
    labels = _labels(draw)
    tiers = ["low", "middle", "high", "top"][:draw(st.integers(2, 4))]
    channels = ["camera", "clerk"][:draw(st.integers(1, 2))]
    kinds = [f"kind-{k}" for k in range(1, draw(st.integers(1, 5)) + 1)]
    marks = ["mark-1", "mark-2"][:draw(st.integers(0, 2))]
    unit = draw(st.sampled_from([1.0, 0.5, 5.0]))
    floor = draw(st.sampled_from([0, -20])) * unit
    signals = {kind: _signal(draw, channels, unit) for kind in kinds}
    scheme = {
        "scheme": "random", "status": "invented",
        "marks": {name: {"points": draw(_points) * unit} for name in marks},
        "channels": {name: _channel(draw, labels, [kind for kind in kinds if signals[kind]["channel"] == name])
                     for name in channels},
        "signals": signals,
        "score": _score(draw, labels, floor, unit),
        **_tiers(draw, labels, tiers, floor, unit),
        "handicaps": {g: draw(st.integers(-2, 1)) * unit for g in labels["group"] if draw(st.integers(0, 3)) == 3},
        "ceilings": {g: draw(st.sampled_from(tiers[:0:-1])) for g in labels["group"] if draw(st.integers(0, 3)) == 3},
        "consequences": {t: [_consequence(draw, labels, kinds) for _ in range(draw(st.integers(0, 2)))] for t in tiers},
        "kin": [_kin(draw, tiers, unit) for _ in range(draw(st.integers(0, 2)))],
        "redress": _redress(draw, labels),
    }
    population = _population(draw, labels, kinds, marks)
    more = {"assumptions": _assumptions(draw, labels, kinds, channels), "steps": draw(st.integers(2, 6))}
    if draw(st.integers(0, 3)) == 3:
        scheme = negated(scheme)
    if draw(st.integers(0, 2)) == 2:
        _characteristics(draw, labels, unit, scheme, population)
    if draw(st.integers(0, 2)) == 2:
        _by_label(draw, labels, unit, scheme, population, more["assumptions"])
    _terms(draw, labels, tiers, unit, scheme, population)
    if draw(st.integers(0, 2)) == 2:
        _places(draw, labels, tiers, scheme)
    if draw(st.integers(0, 3)) == 3:
        _changes(draw, labels, tiers, unit, scheme, more["steps"])
    _appeals(draw, scheme)
    return Case({"scheme": scheme, "population": population, **more})


def hold(claim: Callable[[Case], None], studies: int) -> None:
    """A claim holds for so many random studies; one that breaks it is shrunk and shown."""
    for case in some(studies):
        try:
            claim(case)
        except Exception:
            for number in range(studies):
                _search(claim, number)  # breaks again, and shrinks
            raise


def some(studies: int) -> list[Case]:
    """So many random studies, the simplest one first; each time as new, for whoever changes them."""
    found = {case.number: case for number in range(studies) for case in drawn(number)}
    return [Case(deepcopy(case.plain)) for case in found.values()]


@cache
def drawn(number: int) -> list[Case]:
    """What the search of this number looks at: the simplest study, and its own.

    Drawn once for all tests: to draw takes longer than most claims about it.
    """
    found: list[Case] = []
    _search(found.append, number)
    return found


def _search(claim: Callable[[Case], None], number: int) -> None:
    """A claim about two studies.

    Hypothesis spends most of a search on variations of what it has drawn. To get studies that have nothing to do with
    each other, each is the second example of a search of its own (the first is always the simplest study).
    """
    @seed(number)
    @settings(max_examples=2, deadline=None, database=None, suppress_health_check=list(HealthCheck), backend="unread")
    @given(cases())
    def search(case: Case) -> None:
        try:
            claim(case)
        except Exception:
            note(f"{case!r}")  # as files that can be saved and run
            raise

    search()


class _Unread(HypothesisProvider):
    """Draws as Hypothesis does, but for the numbers that it reads out of the modules of a project. Which of these are
    loaded hangs on what else is tested, and the same number would not always be the same study.
    """

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None


AVAILABLE_PROVIDERS["unread"] = _Unread


def without_registers(plain: dict[str, Any]) -> None:
    """Take out of a study as plain data what keeps records one by one."""
    for rules in (plain["scheme"], plain["population"]):
        rules.pop("releases", None)
    for signal in plain["scheme"]["signals"].values():
        for key in ("lasts", "restarts", "renews", "fades"):
            signal.pop(key, None)


def without_leaving(plain: dict[str, Any]) -> None:
    """Make the places of a study such as the exact engine carries: nobody leaves, and what they bring lasts a step."""
    scheme = plain["scheme"]
    for name, place in scheme.get("places", {}).items():
        place["leaves"] = False
        scheme["consequences"][name] = [{key: value for key, value in rule.items() if key != "lasts"} | {"once": True}
                                        for rule in scheme["consequences"][name][:1]]


def without_listings(plain: dict[str, Any]) -> None:
    """Let nobody appeal against listings, which the exact engine does not carry."""
    redress = plain["scheme"]["redress"]
    if "against" in redress:
        redress["against"] = [ground for ground in redress["against"] if ground != "listings"] or ["mistakes"]


def with_plain_changes(plain: dict[str, Any], *out: str) -> None:
    """Leave those of the changes of a study that the exact engine carries: no kin rules, records that end, or amnesty
    where people start at different scores; nor what is named to be left out.
    """
    scheme = plain["scheme"]
    several = bool(scheme["marks"] or scheme.get("characteristics") or "distribution" in str(scheme["score"]["start"]))
    kept = []
    for change in scheme.pop("changes", []):
        rules = {path: new for path, new in change["set"].items()
                 if path.split(".")[-1] not in ("kin", "lasts", "renews", "restarts", *out)}
        ends = {"ends": "all"} if change.get("ends") == "all" and not several else {}
        kept += [{"at": change["at"], "set": rules, **ends}] if rules or ends else []
    scheme |= {"changes": kept} if kept else {}


Labels = dict[str, list[str]]

_points = st.sampled_from([-3, -1, -8, 2, 5])
_share = st.sampled_from([0.0, 0.5, 0.2, 0.8, 1.0])


def _labels(draw: st.DrawFn) -> Labels:
    labels = {"group": ["A", "B", "C"][:draw(st.integers(1, 3))],
              "district": ["north", "south", "west"][:draw(st.integers(1, 3))]}
    if draw(st.booleans()):
        labels["class"] = ["poor", "rich"]
    return labels


def _number(draw: st.DrawFn, labels: Labels, leaf: st.SearchStrategy[float], factors: tuple[float, ...] = (0.5,),
            most: float = math.inf) -> Any:
    """A number in one of the forms that a file may give it, which no factor takes past `most`."""
    form = draw(st.sampled_from(["plain", "plain", "by label", "with factors"]))
    if form == "plain":
        return draw(leaf)
    label = draw(st.sampled_from(list(labels)))
    if form == "by label":
        return {label: {name: draw(leaf) for name in labels[label]}}
    name = draw(st.sampled_from(labels[label]))
    value, factor = draw(leaf), draw(st.sampled_from(factors))
    return {"value": value if value * factor <= most else 0.5, "times": {label: {name: factor}}}


def _shares(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    weights = [draw(st.integers(1, 4)) for _ in names]
    return {name: "rest" if name == names[-1] else weight / sum(weights)
            for name, weight in zip(names, weights, strict=True)}


def _channel(draw: st.DrawFn, labels: Labels, kinds: list[str]) -> dict[str, Any]:
    channel = {"coverage": _number(draw, labels, st.sampled_from([1.0, 0.6, 0.3]), (0.5, 1.5), 1.0),
               "miss": _number(draw, labels, st.sampled_from([0.0, 0.1, 0.3])),
               "mistaken": _number(draw, labels, st.sampled_from([0.0, 0.1, 0.3]), (0.5,)),
               "spurious": _number(draw, labels, st.sampled_from([0.0, 0.05, 0.3]), (0.5, 2.0))}
    if len(kinds) > 1 and draw(st.booleans()):
        channel["mix"] = {kinds[0]: 0.75, kinds[-1]: 0.25}
    return channel


def _signal(draw: st.DrawFn, channels: list[str], unit: float) -> dict[str, Any]:
    signal = {"channel": draw(st.sampled_from(channels)), "points": draw(_points) * unit, "lawful": draw(st.booleans()),
              "expressive": draw(st.booleans()), "necessity": draw(st.booleans())}
    at_most = draw(st.sampled_from([None, 1, 2]))
    return signal if at_most is None else signal | {"at-most": at_most}


def _score(draw: st.DrawFn, labels: Labels, floor: float, unit: float) -> dict[str, Any]:
    some = st.integers(0, STATES // 5).map(lambda n: floor + 5 * n * unit)
    start: Any = _number(draw, {"group": labels["group"]}, some, (1.0,))
    if draw(st.integers(0, 3)) == 3:
        scores = draw(st.lists(some, min_size=2, max_size=4, unique=True))
        start = {"distribution": {score: 1.0 / len(scores) for score in scores}}
    return {"start": start, "floor": floor, "ceiling": floor + STATES * unit, "baseline": draw(some),
            "decay": draw(st.sampled_from([0.0, 0.1, 0.5])), "resolution": unit}


def _tiers(draw: st.DrawFn, labels: Labels, names: list[str], floor: float, unit: float) -> dict[str, Any]:
    """Tiers from the top, three units apart at least, so that a margin of up to three never reaches past a tier."""
    def ladder() -> list[float]:
        steps = draw(st.lists(st.integers(1, STATES // 3 - 1), min_size=len(names) - 1, max_size=len(names) - 1,
                              unique=True))
        return [floor, *(floor + 3 * n * unit for n in sorted(steps))]

    by_group = {group: ladder() for group in labels["group"]} if draw(st.booleans()) else None
    one = ladder() if by_group is None else []
    tiers = {}
    for t in reversed(range(len(names))):
        threshold: Any = one[t] if by_group is None else {"group": {g: by_group[g][t] for g in labels["group"]}}
        tiers[names[t]] = {"from": threshold, "margin": draw(st.integers(0, 3)) * unit if t else 0.0}
    return {"tiers": tiers}


def _consequence(draw: st.DrawFn, labels: Labels, kinds: list[str]) -> dict[str, Any]:
    bearer = draw(st.sampled_from(["self", "children", "household"]))
    income = {} if bearer == "children" else {"income": _number(draw, labels, st.sampled_from([1.0, 0.7, 1.2]))}
    return {"right": draw(st.sampled_from(["travel", "school"])),
            "effect": draw(st.sampled_from(["denied", "granted"])), "bearer": bearer, **income,
            "conduct": {draw(st.sampled_from(kinds)): _number(draw, labels, st.sampled_from([0.5, 2.0]))},
            "scrutiny": _number(draw, labels, st.sampled_from([1.0, 0.5, 2.0]), (0.5, 3.0))}


def _terms(draw: st.DrawFn, labels: Labels, tiers: list[str], unit: float, scheme: dict[str, Any],
           population: dict[str, Any]) -> None:
    """Terms, added to a scheme: of tiers, of consequences, of records; and releases."""
    if draw(st.integers(0, 2)) == 2:
        scheme["tiers"] = {name: tier | {"for": draw(st.integers(0, 3))} for name, tier in scheme["tiers"].items()}
    if draw(st.integers(0, 2)) == 2:
        tier = draw(st.sampled_from(tiers))
        scheme["consequences"][tier] = [*scheme["consequences"][tier], {
            "right": "work", "effect": "denied", "loss": 5.0, **draw(st.sampled_from([{"once": True}, {"lasts": 2}]))}]
    ending = draw(st.integers(0, 2)) == 2
    if ending:
        for signal in scheme["signals"].values():
            signal |= draw(st.sampled_from([
                {"lasts": 1}, {}, {"lasts": 2, "restarts": "all"}, {"lasts": 1, "restarts": "own", "renews": 0.7},
                {"lasts": 4, "fades": {1: 2 * unit, 3: -unit}}, {"fades": {2: 0.0}, "restarts": "own"}]))
    if draw(st.integers(0, 2)) == 2:
        ends = draw(st.sampled_from([["kind-1"], "all", []])) if ending else draw(st.sampled_from(["all", []]))
        release = {"ends": ends, "points": 0.0 if ends and draw(st.booleans()) else 4 * unit,
                   "while": draw(st.sampled_from([[], tiers[:1], tiers[1:]]))}
        release |= {"every": 2} if draw(st.booleans()) else {}
        release |= {"lasts": 2} if ending and release["points"] and draw(st.booleans()) else {}
        scheme["releases"] = {"course": release}
        population["releases"] = {"course": _number(draw, labels, st.sampled_from([0.2, 0.5]))}
    ending = ending and any("lasts" in rule or "fades" in rule or rule.get("ends") == ["kind-1"] for rule in (
        *scheme["signals"].values(), *scheme.get("releases", {}).values()))
    if ending:
        scheme["handicaps"] = {}
        scheme["score"] = scheme["score"] | {"decay": 0.0}


def _places(draw: st.DrawFn, labels: Labels, tiers: list[str], scheme: dict[str, Any]) -> None:
    """Limited places, added to a scheme: some beside a tier, some for which people leave it."""
    scheme["places"] = {}
    for name in ["visits", "granted"][:draw(st.integers(1, 2))]:
        place: dict[str, Any] = {"who": draw(st.sampled_from(["all", tiers[:2], tiers[1:]])),
                                 "every": draw(st.integers(1, 3)), "leaves": draw(st.booleans())}
        place |= draw(st.sampled_from([{}, {"first": 0}, {"first": 2}]))
        per = draw(st.sampled_from(["", *labels]))
        place |= {"per": per} if per else {}
        by_name = bool(per) and draw(st.booleans())
        place |= draw(st.sampled_from([
            {"number": {per: dict.fromkeys(labels[per], 2.5)} if by_name else 7},
            {"share": {per: dict.fromkeys(labels[per], 0.1)} if by_name else 0.06}]))
        place |= ({"weight": _number(draw, labels, st.sampled_from([1.0, 3.0, 0.0]), (0.5, 2.0))} if draw(st.booleans())
                  else {"order": draw(st.sampled_from(["best-first", "worst-first"]))})
        scheme["places"][name] = place
        more = {} if place["leaves"] else draw(st.sampled_from([{"once": True}, {"lasts": 2}]))
        scheme["consequences"][name] = [{"right": name, "effect": draw(st.sampled_from(["denied", "granted"])),
                                         "loss": 3.0, **more}]
        if place["leaves"] and draw(st.booleans()):
            scheme["consequences"][name] += [{"right": "school", "effect": "granted", "bearer": "children"}]


def _changes(draw: st.DrawFn, labels: Labels, tiers: list[str], unit: float, scheme: dict[str, Any],
             steps: int) -> None:
    """Rules that read otherwise from a step on, and amnesties."""
    signals, ending = scheme["signals"], _is_summed(scheme)
    turned = -1 if scheme["score"].get("direction") == "high-is-bad" else 1
    may: dict[str, Any] = {f"channels.{name}.{key}": value for name in scheme["channels"]
                           for key, value in (("coverage", 0.9), ("mistaken", 0.05), ("spurious", 0.2), ("miss", 0.2))}
    may |= {f"signals.{name}.points": turned * draw(_points) * unit for name in signals}
    may |= {f"signals.{name}.lasts": 5 for name, signal in signals.items() if "lasts" in signal}
    may |= {f"signals.{name}.renews": 0.4 for name, signal in signals.items() if "lasts" in signal}
    may |= {f"signals.{name}.restarts": "own" for name, signal in signals.items() if "lasts" in signal}
    may |= {f"signals.{next(iter(signals))}.at-most": 1, f"tiers.{tiers[0]}.for": 2, f"tiers.{tiers[-1]}.margin": 0.0}
    may |= {"ceilings": {labels["group"][0]: tiers[1]}, "floors": {}, "kin": [],
            f"consequences.{tiers[0]}": [{"right": "music", "effect": "denied", "bearer": "children"},
                                         {"right": "rest", "effect": "denied", "loss": 2.0, "lasts": 2}]}
    may |= {} if ending else {"score.decay": 0.3, "handicaps": {labels["group"][-1]: -1 * unit}}
    may |= {"redress.upheld": 0.9} if scheme["redress"]["notice"] else {}
    for name, place in scheme.get("places", {}).items():
        may |= {f"places.{name}.{key}": value for key, value in (("number", 3), ("share", 0.1)) if key in place}
        may |= {f"places.{name}.who": tiers[:1]}
    when = draw(st.sampled_from([[2], [1], [2, 3], [steps]]))
    scheme["changes"] = [{"at": at, "set": {path: may[path] for path in draw(
        st.lists(st.sampled_from(list(may)), min_size=1, max_size=4, unique=True))}} for at in when]
    if draw(st.booleans()):
        names = ["all", list(signals)[:1], list(signals)] if ending else ["all"]
        scheme["changes"][draw(st.integers(0, len(when) - 1))]["ends"] = draw(st.sampled_from(names))


def _is_summed(scheme: dict[str, Any]) -> bool:
    releases = scheme.get("releases", {}).values()
    return any("lasts" in signal or "fades" in signal for signal in scheme["signals"].values()) or any(
        "lasts" in release or release["ends"] not in ("all", []) for release in releases)


LEVELS = {"age": ["young", "middle", "old"], "home": ["near", "far"]}


def _characteristics(draw: st.DrawFn, labels: Labels, unit: float, scheme: dict[str, Any],
                     population: dict[str, Any]) -> None:
    """What people are in levels, added to a scheme and a population: points by level or by table, factors, a trait."""
    names = list(LEVELS)[:draw(st.integers(1, 2))]
    points = _points.map(lambda value: value * unit)
    known = {"group": labels["group"]}
    population["characteristics"] = {}
    for name in names:
        shares: dict[str, Any] = _shares(draw, LEVELS[name])
        if draw(st.booleans()):
            label = draw(st.sampled_from(list(known)))
            by_name = {inner: _shares(draw, LEVELS[name]) for inner in known[label]}
            shares = {level: "rest" if level == LEVELS[name][-1]
                      else {label: {inner: by_name[inner][level] for inner in by_name}} for level in LEVELS[name]}
        population["characteristics"][name] = shares
        known[name] = LEVELS[name]
    for mark in population["marks"]:
        if draw(st.booleans()):
            population["marks"][mark] = {names[0]: {level: draw(_share) for level in LEVELS[names[0]]}}
    scheme["characteristics"] = {name: {"levels": {level: _number(draw, {"group": labels["group"]}, points, (1.0,))
                                                   for level in LEVELS[name]}} for name in names}
    if draw(st.booleans()):
        over = [names[-1], draw(st.sampled_from([name for name in known if name != names[-1]]))]
        scheme["characteristics"]["both"] = {"over": over, "table": {
            level: draw(points) if draw(st.integers(0, 2)) == 2 else {inner: draw(points) for inner in known[over[1]]}
            for level in LEVELS[names[-1]]}}
    if draw(st.booleans()):
        by = draw(st.sampled_from(list(known)))
        scheme["score"] = scheme["score"] | {"times": {by: {known[by][0]: draw(st.sampled_from([0.5, 1.2]))}}}
    if draw(st.booleans()):
        of = draw(st.sampled_from(["all", [*names, *population["marks"]]]))
        population["together"] = {"need": {"of": of, "strength": draw(st.sampled_from([1.0, 3.0, 0.0]))}}


def _by_label(draw: st.DrawFn, labels: Labels, unit: float, scheme: dict[str, Any], population: dict[str, Any],
              assumptions: dict[str, Any]) -> None:
    """Rules that differ by any label: ceilings, floors, handicaps, thresholds, starts; look-alikes of one stratum."""
    tiers = list(scheme["tiers"])
    known = labels | {name: LEVELS[name] for name in population.get("characteristics", {})} | {
        name: ["held", "not held"] for name in population["marks"]}
    for key in ("ceilings", "floors"):
        for _ in range(draw(st.integers(0, 2))):
            label = draw(st.sampled_from(list(known)))
            tier: Any = draw(st.sampled_from(tiers))
            if draw(st.booleans()):
                also = draw(st.sampled_from(list(known)))
                tier = {also: {draw(st.sampled_from(known[also])): tier}}
            scheme[key] = scheme.get(key, {}) | {label: {draw(st.sampled_from(known[label])): tier}}
    label = draw(st.sampled_from(list(labels)))
    more = {name: draw(st.integers(0, 2)) * unit for name in labels[label]}
    most = scheme["score"]["ceiling"]
    what = draw(st.lists(st.sampled_from(["handicaps", "tiers", "start"]), max_size=3, unique=True))
    if "handicaps" in what:
        scheme["handicaps"] = scheme["handicaps"] | {label: {name: -points for name, points in more.items()}}
    if "tiers" in what:
        ends = 0 if scheme["score"].get("direction") == "high-is-bad" else len(tiers) - 1
        scheme["tiers"] = {name: tier if at == ends else tier | {"from": {
                             label: {group: _raised(tier["from"], points, most) for group, points in more.items()}}}
                           for at, (name, tier) in enumerate(scheme["tiers"].items())}
    start = scheme["score"]["start"]
    if "start" in what and isinstance(start, dict) and "distribution" in start:
        shares = {score: {label: dict.fromkeys(labels[label], 0.0)} for score in start["distribution"]}
        for name in labels[label]:  # each starts at one of two scores
            for score in draw(st.lists(st.sampled_from(list(shares)), min_size=2, max_size=2, unique=True)):
                shares[score][label][name] = 0.5
        scheme["score"] = scheme["score"] | {"start": {"distribution": shares}}
    elif "start" in what:
        scheme["score"] = scheme["score"] | {
            "start": {label: {name: _raised(start, points, most) for name, points in more.items()}}}
    if "class" in labels:
        assumptions["look-alikes"] = draw(st.sampled_from([["class"], ["district", "class"], ["group", "class"]]))


def _raised(number: Any, points: float, most: float) -> Any:
    """A number that is higher by so many points, and no higher than this."""
    if not isinstance(number, dict):
        return min(number + points, most)
    if "value" in number:
        return number | {"value": min(number["value"] + points, most)}
    return {label: {name: _raised(value, points, most) for name, value in names.items()}
            for label, names in number.items()}


def negated(scheme: dict[str, Any]) -> dict[str, Any]:
    """The same scheme with every score and every point turned round, where high is bad.

    Of two tiers, who is in the worse one was below the better one's `from`; now they reach its negation, a unit more.
    """
    score, tiers = scheme["score"], list(scheme["tiers"].items())
    start = score["start"]
    start = ({"distribution": {-at: share for at, share in start["distribution"].items()}}
             if isinstance(start, dict) and "distribution" in start else _turned(start))
    worse = [(name, {**tier, "from": _turned(better["from"], score["resolution"]), "margin": better["margin"]})
             for (_, better), (name, tier) in itertools.pairwise(tiers)]
    best = {**tiers[0][1], "from": -score["ceiling"], "margin": 0.0}
    return scheme | {
        "score": score | {"direction": "high-is-bad", "start": start, "floor": -score["ceiling"],
                          "ceiling": -score["floor"], "baseline": -score["baseline"]},
        "tiers": {tiers[0][0]: best, **dict(worse)},
        "marks": {name: mark | {"points": -mark["points"]} for name, mark in scheme["marks"].items()},
        "signals": {name: signal | {"points": -signal["points"]} | (
            {"fades": {step: -left for step, left in signal["fades"].items()}} if "fades" in signal else {})
            for name, signal in scheme["signals"].items()},
        **({"releases": {name: rule | {"points": -rule["points"]} for name, rule in scheme["releases"].items()}}
           if "releases" in scheme else {}),
        **({"characteristics": {name: {key: {level: _turned_over(points) for level, points in inner.items()}
                                       if key in ("levels", "table") else inner for key, inner in rule.items()}
                                for name, rule in scheme["characteristics"].items()}}
           if "characteristics" in scheme else {}),
        "handicaps": {group: _turned_over(points) for group, points in scheme["handicaps"].items()},
        "kin": [rule | {"points": -rule["points"]} for rule in scheme["kin"]],
        **({"changes": [change | {"set": dict(_changed(path, new, [*scheme["tiers"]])
                                              for path, new in change["set"].items())} for change in scheme["changes"]]}
           if "changes" in scheme else {})}


def _changed(path: str, new: Any, tiers: list[str]) -> tuple[str, Any]:
    """What a change sets, turned round: the margin of a tier is that of the next worse one."""
    if path.endswith(".points"):
        return path, _turned(new)
    if path == "handicaps":
        return path, {group: _turned_over(points) for group, points in new.items()}
    if path.endswith(".margin"):
        return f"tiers.{tiers[min(tiers.index(path.split('.')[1]) + 1, len(tiers) - 1)]}.margin", new
    return path, new


def _turned_over(points: Any) -> Any:
    """Points of a level, or a part of a table of them, turned round."""
    if isinstance(points, dict) and "value" not in points and not any(isinstance(p, dict) for p in points.values()):
        return {level: -inner for level, inner in points.items()}
    return _turned(points)


def _turned(number: Any, more: float = 0.0) -> Any:
    if not isinstance(number, dict):
        return more - number
    if "value" in number:
        return number | {"value": more - number["value"]}
    return {label: {name: _turned(value, more) for name, value in names.items()} for label, names in number.items()}


def _kin(draw: st.DrawFn, tiers: list[str], unit: float) -> dict[str, Any]:
    rule = {"when": draw(st.sampled_from(tiers)), "points": draw(st.sampled_from([-2, 1, 0])) * unit}
    cap = draw(st.sampled_from([None, *tiers]))
    return rule if cap is None and rule["points"] else rule | {"cap": cap or tiers[0]}


def _redress(draw: st.DrawFn, labels: Labels) -> dict[str, Any]:
    if draw(st.integers(0, 2)) == 0:
        return {"notice": False}
    often = st.sampled_from([1.0, 0.5, 0.8])
    return {"notice": True, "appeal": _number(draw, labels, often), "upheld": _number(draw, labels, often),
            "delay": draw(st.integers(0, 3))}


def _appeals(draw: st.DrawFn, scheme: dict[str, Any]) -> None:
    """Irrelevant acts, added to a scheme, and appeals against more than mistakes."""
    for signal in scheme["signals"].values():
        signal |= draw(st.sampled_from([{}, {"relevant": False}]))
    if scheme["redress"]["notice"] and draw(st.integers(0, 2)) == 2:
        scheme["redress"]["against"] = draw(st.sampled_from([["listings"], ["mistakes", "listings"]]))
    elif scheme["redress"]["notice"] and any("relevant" in signal for signal in scheme["signals"].values()):
        scheme["redress"] |= draw(st.sampled_from([
            {}, {"against": ["mistakes", "irrelevant"]}, {"against": ["irrelevant"]},
            {"against": ["irrelevant", "listings"]}]))


def _population(draw: st.DrawFn, labels: Labels, kinds: list[str], marks: list[str]) -> dict[str, Any]:
    districts: Any = _shares(draw, labels["district"])
    if draw(st.booleans()):
        by_group = {g: _shares(draw, labels["district"]) for g in labels["group"]}
        districts = {d: "rest" if d == labels["district"][-1] else {"group": {g: by_group[g][d] for g in by_group}}
                     for d in labels["district"]}
    population = {
        "population": "random", "people": draw(st.integers(30, 120)),
        "groups": _shares(draw, labels["group"]), "districts": districts,
        "strata": {"class": _shares(draw, labels["class"])} if "class" in labels else {},
        "households": draw(st.sampled_from([
            {"adults": {1: 1.0}, "children": {0: 1.0}},
            {"adults": {1: 0.3, 2: 0.7}, "children": {0: 0.5, 2: 0.5}},
            {"adults": {1: 0.2, 3: 0.5, 4: 0.3}, "children": {0: 1.0}}])),
        "income": _number(draw, labels, st.sampled_from([0.0, 1000.0])),
        "marks": {name: _number(draw, labels, _share) for name in marks},
        "conduct": {kind: _conduct(draw, labels) for kind in kinds}}
    if draw(st.integers(0, 2)) == 2:
        population["frailty"] = {"shape": draw(st.sampled_from([2.0, 0.5])), "classes": draw(st.integers(1, 3)),
                                 "signals": draw(st.sampled_from([None, kinds[:1]]))}
    return population


def _conduct(draw: st.DrawFn, labels: Labels) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"chance": _number(draw, labels, st.sampled_from([0.2, 0.5, 0.0]), (0.5, 2.0))}
    return {"rate": _number(draw, labels, st.sampled_from([0.5, 1.5, 0.0]), (0.5, 2.0))}


def _assumptions(draw: st.DrawFn, labels: Labels, kinds: list[str], channels: list[str]) -> dict[str, Any]:
    eta = st.sampled_from([0.5, 2.0])
    named = draw(st.lists(st.sampled_from(["all", "expressive", "necessity", kinds[0]]), max_size=2, unique=True))
    return {"assumptions": "random",
            "chilling": {name: {"value": _number(draw, labels, eta)} for name in named},
            "perceived": {c: _number(draw, labels, _share) for c in channels if draw(st.integers(0, 3)) == 3},
            "look-alikes": draw(st.sampled_from([["district", "group"], ["group"], ["district"], []]))}
