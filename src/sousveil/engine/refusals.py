"""What of a plan the exact engine cannot carry (MODEL.md section 4): ties within a household that change what happens
to its members, records of each person, points that are given back later.

Which engine carries a study is asked before anything is carried, and often where nothing is: so no loop is loaded here.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.engine.plan import Plan

__all__ = ["refusals", "wrongful_debits"]


def refusals(plan: Plan) -> list[tuple[str, tuple[str | int, ...]]]:
    """What of a plan the exact engine cannot carry: (what, path in the scheme) for each; empty when it carries all."""
    top = len(plan.tiers) - 1
    found: list[tuple[str, tuple[str | int, ...]]] = []
    if any(size > 1 and share > 0 for size, share in plan.adults.items()):
        for begins, each in zip([0, *(later.at for later in plan.later)], plan.plans, strict=True):
            found += [("kin rules between people who share a household", ("changes",) if begins else ("kin", r))
                      for r in range(len(each.kin_tiers)) if each.kin_points[r] or each.kin_cap[r] < top]
    if plan.register is not None:
        found += [("records that end, or that are taken off", ("signals", plan.kinds[k])) for k in plan.register.kinds]
        found += _released(plan)
    found += [("places for which people leave", ("places", place.name, "leaves")) for place in plan.places
              if place.goes >= 0]
    found += [("what a place brings for more than one step", ("consequences", plan.places[place].name))
              for place, steps in plan.borne if steps > 1]
    if any("listings" in each.grounds and each.listing.any() for each in plan.plans):
        found.append(("appeals against listings", ("redress", "against")))
    if any(each.delay > 0 and _given_back(each) for each in plan.plans):
        found.append(("redress after a delay", ("redress", "delay")))
    return list(dict.fromkeys(found))


def _given_back(plan: Plan) -> bool:
    """Whether points of any record come back after an appeal."""
    wrongful = wrongful_debits(plan) and (plan.appeal * plan.upheld > 0).any()
    lawful = (plan.contest * plan.upheld > 0)[:, None] & plan.own[:, :, plan.contested].any(axis=2)
    return bool(wrongful or lawful.any())


def _released(plan: Plan) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """What of releases cannot be carried: all but an amnesty after which everybody is where they began, as long as
    whoever is alike began at one score. Where they began at several, it would have to be remembered beside the score.
    """
    for each in plan.plans:
        register = each.register
        if register is None or not len(register.points) or (plan.later and not register.chance.any()):
            continue
        if not plan.later or not _amnesty(each):
            yield "releases", ("releases",)
        elif not register.sums and any(len(scores) > 1 for scores, _ in plan.start):
            yield "an amnesty where people start at different scores", ("changes",)


def _amnesty(plan: Plan) -> bool:
    """Whether the releases that are done in a period are those of an amnesty: everybody's, whatever the tier."""
    register, tiers = plan.register, len(plan.tiers) - plan.left
    assert register is not None
    done = register.chance.any(axis=0)
    plain = (register.tiers == (1 << tiers) - 1) & (register.points == 0) & ~register.leaves
    return bool((register.chance[:, done] == 1.0).all() and plain[done].all())


def wrongful_debits(plan: Plan) -> bool:
    debits = plan.weight < 0
    return bool(plan.mistaken[:, :, debits].any() or plan.spurious[:, debits].any())
