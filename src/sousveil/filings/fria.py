"""An assessment under Article 27 of the AI Act, Regulation (EU) 2024/1689: its six headings, filled from a result.

There is no official template. The headings are those of Article 27(1); what each asks for stands beside it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sousveil.filings.form import SUPPORTS, Answer, Fact, Field, Filled, Open, about, facts, named
from sousveil.filings.result import Result
from sousveil.ground import called
from sousveil.harms.tiers import TIER_SHARE
from sousveil.measures.measure import ALL
from sousveil.page import words
from sousveil.reports.shared import horizon
from sousveil.studies import explain
from sousveil.studies.periods import consequences
from sousveil.studies.scheme_fields import BURDENS

__all__ = ["HARMS", "HEADINGS", "filled", "json_ld", "people_of", "redress_of", "reforms_of", "rules_of", "time_of"]

HEADINGS = {
    "a": "the process in which the system is used, and its purpose",
    "b": "for how long, and how often, the system is used",
    "c": "the people and groups likely to be affected",
    "d": "the risks of harm to these people and groups",
    "e": "how people oversee the system",
    "f": "what is done where a risk becomes real, who governs it, and how to complain"}
"""Article 27(1), by letter."""

HARMS = ("tier", "selection", "wrongful", "error", "rights", "right", "kin", "trap", "income", "chilling")
"""Kinds of numbers under (d), in their order."""


def filled(result: Result) -> Filled:
    """The assessment, as far as a result can fill it."""
    fields = (
        Field("a", HEADINGS["a"], rules_of(result), open=(
            Open("the deployer", "in which process the system is used, for which purpose and on which legal basis"),)),
        Field("b", HEADINGS["b"], time_of(result), open=(
            Open("the deployer", "from when until when it is used, and how often in practice"),)),
        Field("c", HEADINGS["c"], people_of(result), open=(
            Open("the deployer", "whom it affects beyond the groups named here"),)),
        Field("d", HEADINGS["d"], facts=facts(result, *HARMS), open=(
            Open("the deployer", "harms that no number here is about: trust, fear, dignity, what people give up of "
                 "themselves"),
            Open("the provider", "the information under Article 13 that the risks are held against"))),
        Field("e", HEADINGS["e"], redress_of(result), facts(result, "redress"), (
            Open("the deployer", "who oversees the system, with which training and time, and with what power to depart "
                 "from it"),)),
        Field("f", HEADINGS["f"], *reforms_of(result), (
            Open("the deployer", "who governs the system inside, and where and how people complain"),)))
    return Filled("fria", "Fundamental rights impact assessment, Article 27 of the AI Act", fields, result)


def rules_of(result: Result) -> tuple[Answer, ...]:
    """The rules in plain words, each with its source and how well that was checked."""
    if result.study is None:
        return ()
    return tuple(Answer(f"{rule.section}: {rule.rule}{f' ({rule.points} points)' if rule.points else ''}",
                        f"{rule.source} ({rule.mark})" if rule.source else "")
                 for rule in explain.rules(result.study) if not rule.path.startswith("assumptions"))


def time_of(result: Result) -> tuple[Answer, ...]:
    """Step and horizon of the study."""
    study = result.study
    if study is None:
        return ()
    return (Answer(f"The scheme counts by the {study.scheme.step}: scores and classes are worked out anew after each",
                   "the scheme file"),
            Answer(f"The numbers here are over {horizon(study)}, the horizon of the study", "the study file"))


def people_of(result: Result) -> tuple[Answer, ...]:
    """The groups with their sizes; kin and children, where rules reach them."""
    study = result.study
    if study is None:
        return tuple(Answer(f"Decisions about {named(group)}", "the audited table") for group in dict.fromkeys(
            m.group for m in result.measures if m.group != ALL))
    shares = {TIER_SHARE(tier=tier).words for tier in study.scheme.tiers}
    given = {m.group: m.n for m in result.measures if m.n is not None and m.name.words in shares}
    people = [Answer(f"{words.sentence(words.of_group(group))}: {words.synthetic(round(given[group]))}"
                     if group in given else words.sentence(words.of_group(group)), "the population file")
              for group in study.population.groups]
    bring = consequences(study.scheme, study.population, study.assumptions)
    bearers = {c.bearer for them in bring.values() for c in them if c.effect in BURDENS}
    if study.scheme.kin or "household" in bearers:
        people.append(Answer("Others of the household, who did nothing themselves: rules reach them through a relative",
                             "the scheme file"))
    if "children" in bearers:
        people.append(Answer("Children: they are not scored, and bear what a parent's class brings", "the scheme file"))
    return tuple(people)


def redress_of(result: Result) -> tuple[Answer, ...]:
    """The rules of appeal."""
    if result.study is None:
        return ()
    return tuple(Answer(f"Redress: {rule.rule}", f"{rule.source} ({rule.mark})" if rule.source else "")
                 for rule in explain.rules(result.study) if rule.path.startswith("redress"))


def reforms_of(result: Result) -> tuple[tuple[Answer, ...], tuple[Fact, ...]]:
    """What reforms change: measured in a comparison, else named, with the command that measures it."""
    if result.reforms:
        said, found = [], []
        for reform in result.reforms:
            some = facts(result, "tier", "wrongful", "rights", "kin", "trap", "income", measures=reform.differences,
                         between=False)
            everybody = [fact for fact in some if fact.measure.group == ALL]
            said.append(Answer(f"Under the reform \u201c{reform.name}\u201d, minus the baseline, in pairs with the "
                               "same draws", "the comparison"))
            found += [_under(fact, reform.name) for fact in everybody]
        return tuple(said), tuple(found)
    study = result.study
    if study is None or not study.reforms:
        return (), ()
    return tuple(Answer(f"The study names the reform \u201c{name}\u201d{f': {reform.about}' if reform.about else ''}. "
                        "What it changes was not computed here; this computes it, in the folder of the result: "
                        f"sousveil compare study.json --reform {name}", "the study file")
                 for name, reform in study.reforms.items()), ()


def _under(fact: Fact, reform: str) -> Fact:
    said = words.written(fact.measure, difference=True)
    unit = words.unit_of(fact.measure, between_worlds=True)
    return replace(fact, what=f"change under \u201c{reform}\u201d in {fact.what}",
                   value=f"{said} {words.agreeing(said, unit)}".rstrip(),
                   chance=f"chance in the simulation: {words.interval(fact.measure, difference=True)}")


def json_ld(form: Filled) -> dict[str, Any]:
    """The assessment as linked data: each harm with the impacts on rights of the Charter that it is about."""
    told = dict(about(form.result))
    return {"@context": {
                "dpv": "https://w3id.org/dpv#", "risk": "https://w3id.org/dpv/risk#",
                "eu-rights": "https://w3id.org/dpv/rights/eu#", "dct": "http://purl.org/dc/terms/",
                "schema": "https://schema.org/", "impact": {"@id": "dpv:hasImpact", "@type": "@id"},
                "source": "dct:source", "title": "dct:title", "description": "dct:description", "value": "schema:value",
                "low": "schema:minValue", "high": "schema:maxValue", "unit": "schema:unitText",
                "risks": {"@id": "dpv:hasRisk", "@container": "@set"}},
            "@type": "dpv:FRIA", "title": form.title, "description": SUPPORTS, "source": told["Source"],
            "dct:provenance": told["Command"], "dct:date": form.result.date,
            "risks": [_risk(fact) for field in form.fields if field.id == "d" for fact in field.facts]}


def _risk(fact: Fact) -> dict[str, Any]:
    return {"@type": "dpv:Risk", "title": fact.what, "value": fact.measure.value, "low": fact.measure.low,
            "high": fact.measure.high, "unit": fact.measure.unit,
            "description": f"{fact.chance}; {fact.unpublished}", "impact": list(fact.rights)}


def in_names_of(result: Result) -> called.Names:
    """What a study calls things before readers."""
    from sousveil.studies.shown import names_of

    return called.Names() if result.study is None else names_of(result.study)
