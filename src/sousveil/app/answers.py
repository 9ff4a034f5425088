"""One question carried out, as plain data. Only workers call this; it stands on the public names alone.

    carried("change", {"origin": ..., "question": ..., "stage": "preview"})

Every number here is one that the same command prints: nothing is computed that a public name does not give.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sousveil
from sousveil.app import card as cards
from sousveil.app import instruments, pieces, readiness, studies, tables, unpublished
from sousveil.app.question import AS, HAPPENINGS, PREVIEW, STORY_PEOPLE, Question
from sousveil.app.said import compared, ends_where, groups, hundreds, of_chance, rows, sure, told_of, two_sides, wide
from sousveil.ground import called

if TYPE_CHECKING:
    from sousveil.runs.run import Run
    from sousveil.studies.study import Study

__all__ = ["carried", "ready", "rehearsed"]

Order = Mapping[str, Any]
Answer = dict[str, Any]


def carried(kind: str, order: Order) -> Answer:
    """The answer to an order of this kind. Raises InputError."""
    with called.by(_names(order)):
        return _KINDS[kind](order)


def _names(order: Order) -> called.Names:
    """What readers call the groups and tiers of the study; what is read off stays by the names of the files."""
    from sousveil.studies.shown import names_of

    return names_of(_study(order["origin"])) if "origin" in order else called.Names()


def ready() -> None:
    """Load all that answers are made with."""
    from sousveil.reports import compare, why
    from sousveil.reports.run import report

    assert all((pieces, compare, why, report))


def rehearsed(name: str) -> None:
    """Answer a question on an entry, as short as one can be: what is only loaded when it is needed is there then."""
    origin = studies.of_atlas(name)
    reform = next(iter(_study(origin.plain()).reforms))
    asked = Question(name, reforms=(reform,), steps=2).sized("change")
    carried("change", {"origin": origin.plain(), "question": asked.plain(), "stage": "preview"})


# --- which study, and which worlds ------------------------------------------------------------------------------------


def _card(order: Order) -> Answer:
    return cards.card(_study(order["origin"]))


def _check(order: Order) -> Answer:
    return {"problems": [asdict(p) for p in studies.problems(order["files"])]}


def _study(origin: Mapping[str, Any]) -> Study:
    return _read(origin["kind"], origin["name"], origin["place"], tuple(sorted(origin["files"].items())))


@lru_cache(maxsize=4)
def _read(kind: str, name: str, place: str, files: tuple[tuple[str, str], ...]) -> Study:
    return studies.read({"kind": kind, "name": name, "place": place, "files": dict(files)})


def _question(order: Order) -> Question:
    asked = dict(order["question"])
    for name in ("reforms", "sets", "assumes"):
        asked[name] = tuple(tuple(x) if isinstance(x, list | tuple) else x for x in asked[name])
    return Question(**asked)


def worlds(asked: Question, origin: Mapping[str, Any]) -> tuple[Study, Study]:
    """The study with the guesses moved, and the same with the rules changed."""
    from sousveil.studies.guesses import assumed

    base = _study(origin)
    if asked.assumes:
        base = assumed(base, sousveil.reform(*(f"{path}={value}" for path, value in asked.assumes)).set)
    world = base
    for name in asked.reforms:
        world = world.reform(name)
    if asked.sets:
        world = world.reform(sousveil.reform(*(f"{path}={value}" for path, value in asked.sets)))
    return base, world


# --- what it does -----------------------------------------------------------------------------------------------------


def _does(order: Order) -> Answer:
    asked, preview = _question(order), order["stage"] == "preview"
    base, _ = worlds(asked, order["origin"])
    run = sousveil.run(base, people=PREVIEW[0] * PREVIEW[1] if preview else asked.people, steps=asked.steps,
                       seed=asked.seed)
    if order["stage"] == "wide":
        run = sousveil.widen(run)
    found = run.measures()
    answer: Answer = {
        "stage": order["stage"], "engine": run.engine, "reason": run.reason, "people": run.study.people,
        "steps": run.study.steps, "seed": str(run.study.seed), "seeds": 1,
        "headline": ends_where(found, run.study), "findings": [], "sections": [], "charts": {},
        "hundreds": hundreds([("", found)], run.study, preview=preview), "rows": rows(found), "measures": found.plain(),
        "sure": sure(found, run.study),
        "wide": wide(found, run.study, [*run.study.scheme.tiers][-1], moved=False) if order["stage"] == "wide" else ""}
    if preview:
        return answer
    from sousveil.reports.run.report import findings

    answer["findings"] = findings(run)
    page = sousveil.report(run).page
    answer["sections"], charts = pieces.sections(page, leave=pieces.LEFT | {"scheme", "unknown"})
    answer["charts"] = charts | ({"hundred": answer["hundreds"]["chart"]} if answer["hundreds"] else {})
    return answer


# --- change it --------------------------------------------------------------------------------------------------------


def _change(order: Order) -> Answer:
    asked, preview = _question(order), order["stage"] == "preview"
    base, world = worlds(asked, order["origin"])
    people, seeds = PREVIEW if preview else (asked.people, asked.seeds)
    found = sousveil.compare(base, [world], people=people, steps=asked.steps, seed=asked.seed, seeds=seeds)
    if order["stage"] == "wide":
        found = sousveil.widen(found)
    reformed = found.reforms[0]
    before, after = found.levels(found.baseline), found.levels(reformed)
    study = found.baseline.study
    differences = found.differences(reformed)
    tier = told_of(before, after, study)
    answer: Answer = {
        "stage": order["stage"], "engine": found.engine, "reason": found.reason, "people": study.people,
        "steps": study.steps, "seed": str(study.seed), "seeds": len(found.seeds), "world": reformed.name,
        "headline": two_sides(before, after, study, tier, _changed(asked)), "sections": [], "charts": {},
        "hundreds": hundreds([(AS[study.scheme.status], before), ("with your changes", after)], study,
                             preview=preview),
        "rows": compared(before, after, differences, preview), "measures": differences.plain(),
        "before": before.plain(), "after": after.plain(), "moved": [asdict(row) for row in found.moved()],
        "changes": [{**asdict(c), "before": _said(c.before), "after": _said(c.after)}
                    for c in study.changes_in_words(reformed.study)],
        "sure": of_chance(differences, study, tier),
        "wide": wide(differences, study, tier, moved=True) if order["stage"] == "wide" else ""}
    if preview:
        return answer
    page = sousveil.report(found).page
    answer["sections"], charts = pieces.sections(page, leave=pieces.LEFT)
    answer["charts"] = charts | ({"hundred": answer["hundreds"]["chart"]} if answer["hundreds"] else {})
    return answer


def _changed(asked: Question) -> str:
    """The reforms by their names, and how many rules beside them."""
    from sousveil.page import words

    many = len(asked.sets)
    beside = [] if not many else [f"{words.plural(many, 'other rule')} changed" if asked.reforms
                                  else f"{words.plural(many, 'rule')} changed"]
    return words.listing([*(f"“{name}”" for name in asked.reforms), *beside])


def _said(value: object) -> str:
    return "not there" if value is None else str(value)[:400]


# --- the offline report, and pictures ---------------------------------------------------------------------------------


def _report(order: Order) -> Answer:
    asked = _question(order)
    base, world = worlds(asked, order["origin"])
    people, steps, seed = asked.people, asked.steps, asked.seed
    if order["view"] == "why":
        why = sousveil.why(world, asked.harm, _between(asked, base), seeds=asked.seeds, people=people, steps=steps,
                           seed=seed)
        return {"html": pieces.repeated(sousveil.report(why), order["command"])}
    if order["view"] == "story":
        return {"html": pieces.repeated(sousveil.report(_life_run(world, asked)), order["command"])}
    if not asked.changed or order["view"] == "does":
        run = sousveil.run(base, people=people, steps=steps, seed=seed)
        return {"html": pieces.repeated(sousveil.report(run), order["command"])}
    found = sousveil.compare(base, [world], seeds=asked.seeds, people=people, steps=steps, seed=seed)
    return {"html": pieces.repeated(sousveil.report(found), order["command"])}


def _form(order: Order) -> Answer:
    """A form of an authority, filled from what this state does, with both widths."""
    asked = _question(order)
    base, world = worlds(asked, order["origin"])
    people, steps, seed = asked.people, asked.steps, asked.seed
    if asked.changed:
        found = sousveil.compare(base, [world], seeds=asked.seeds, people=people, steps=steps, seed=seed)
        filing = sousveil.assess(sousveil.widen(found), form=order["form"])
    else:
        run = sousveil.run(base, people=people, steps=steps, seed=seed)
        filing = sousveil.assess(sousveil.widen(run), form=order["form"])
    filing = replace(filing, filled=replace(filing.filled, result=replace(filing.filled.result,
                                                                          command=order["command"])))
    if order["ending"] == "docx":
        return {"body": base64.b64encode(filing.docx).decode()}
    return {"html": filing.html} if order["ending"] == "html" else {"data": filing.data}


# --- why, one number varied, what hangs on what -----------------------------------------------------------------------


def _between(asked: Question, study: Study) -> tuple[str, str] | None:
    if asked.group and asked.group != study.reference and asked.group in study.population.groups:
        return study.reference, asked.group
    return None


def _why(order: Order) -> Answer:
    from sousveil.reports.why import quotable

    asked = _question(order)
    base, world = worlds(asked, order["origin"])
    found = sousveil.why(world, asked.harm, _between(asked, base), seeds=asked.seeds, people=asked.people,
                         steps=asked.steps, seed=asked.seed)
    page = sousveil.report(found).page
    sections, charts = pieces.sections(page, leave=pieces.LEFT)
    return {"stage": "whole", "headline": quotable(found), "engine": found.engine, "people": found.study.people,
            "steps": found.study.steps, "seed": str(found.study.seed), "seeds": len(found.gap), "sections": sections,
            "charts": charts, "measures": found.measures().plain()}


def _weigh(order: Order) -> Answer:
    """How far each guess moves the share at the bottom over its range, the others held: which guesses to look at."""
    from sousveil.harms.tiers import TIER_SHARE
    from sousveil.progress import progress
    from sousveil.studies.guesses import assumed, guesses

    asked = _question(order)
    base, _ = worlds(asked, order["origin"])
    bottom = TIER_SHARE(tier=[*base.scheme.tiers][-1])
    them_all = groups(base)
    found: dict[str, float] = {}
    them = [g for g in guesses(base) if g.range is not None]
    with progress("Guesses", total=2 * len(them)) as done:
        for guess in them:
            ends = []
            for value in guess.range or ():
                try:
                    run = sousveil.run(assumed(base, {guess.path: value}), people=WEIGH_PEOPLE, steps=asked.steps,
                                       seed=asked.seed)
                except sousveil.InputError:  # at that end it does not go together with the rest
                    continue
                finally:
                    done(1)
                ends.append([m.value or 0.0 for g in them_all if (m := run.measures().find(bottom, g)) is not None])
            if len(ends) == 2:
                found[guess.path] = max((abs(a - b) for a, b in zip(*ends, strict=True)), default=0.0)
    return {"moves": found}


WEIGH_PEOPLE = 5_000


def _sweep(order: Order) -> Answer:
    """What becomes of a harm while one number goes through its range, everything else and all chance the same."""
    from sousveil.comparisons.objective import objective
    from sousveil.comparisons.sweep import axis, sweep
    from sousveil.reports.sweep import swept

    asked = _question(order)
    _, world = worlds(asked, order["origin"])
    read, looked_at = objective(world, asked.harm, asked.group or None)
    found = sweep(read, [axis(order["axis"])], people=asked.people, steps=asked.steps, seed=asked.seed)
    made = swept(found, looked_at, order["command"])
    page = made.page
    sections, charts = pieces.sections(page, leave=pieces.LEFT)
    points = [{**dict(point), **m} for point, rows in zip(found.points, found.rows, strict=True)
              for m in (rows.plain() if rows else [])]
    return {"stage": "whole", "headline": page.title, "engine": found.engine, "people": found.study.people,
            "steps": found.study.steps, "seed": str(found.study.seed), "seeds": found.seeds, "sections": sections,
            "charts": charts, "measures": points, "html": pieces.repeated(made, order["command"])}


def _ends(order: Order) -> Answer:
    asked = _question(order)
    return unpublished.both_ends(worlds(asked, order["origin"])[1], asked, order["command"])


def _infer(order: Order) -> Answer:
    asked = _question(order)
    own = order["origin"]["files"].get("figures.yaml", "")
    return unpublished.told(worlds(asked, order["origin"])[1], asked, own, order["command"])


def _ask(order: Order) -> Answer:
    asked = _question(order)
    return unpublished.asked_for(worlds(asked, order["origin"])[1], asked, order["command"])


# --- one person's story -----------------------------------------------------------------------------------------------


SEARCHED = 200
"""So many people, picked by chance, are looked at in turn."""


def _story(order: Order) -> Answer:
    from sousveil.app.lives import told

    asked = _question(order)
    _, world = worlds(asked, order["origin"])
    run = _life_run(world, asked)
    return told(run, asked, HAPPENINGS, SEARCHED, order.get("number"))


def _life_run(world: Study, asked: Question) -> Run:
    return sousveil.run(world, people=STORY_PEOPLE, steps=asked.steps, seed=asked.seed, engine="agents")


_KINDS: dict[str, Callable[[Order], Answer]] = {
    "card": _card, "check": _check, "does": _does, "change": _change, "report": _report, "form": _form, "why": _why,
    "weigh": _weigh, "sweep": _sweep, "story": _story, "baserate": instruments.searched, "audit": tables.audited,
    "extremes": _ends, "infer": _infer, "ask": _ask, "warm": readiness.made_ready}
