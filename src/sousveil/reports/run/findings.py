"""The findings of a run, strongest first: the headline, the three figures under it, and what the terminal says.

The order (docs/reports.md tells it to readers, and a test holds both to it):

    1. what a rule does to people for what they are: a tier that it shuts a group out of, then points for belonging
    2. all others by the share of people, or of their time, that they touch, the largest first
    3. where that is equal, in the order of KINDS

A finding that its interval does not carry (`sousveil.reports.claims`) is not among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sousveil.harms import disparity
from sousveil.harms.chilling import LAWFUL_FORGONE
from sousveil.harms.income import SHARE_OF_INCOME_LOST
from sousveil.harms.rights import BORNE_BY_KIN, KIN_MONTHS, MONTHS_LIMITED
from sousveil.harms.tiers import TIER_SHARE
from sousveil.harms.trap import MEDIAN_STAY, NEVER_LEAVING
from sousveil.harms.wrongful import EVER_WRONGED
from sousveil.measures.measure import ALL, Measure
from sousveil.page import words
from sousveil.page.page import KeyFigure
from sousveil.page.words import of_group
from sousveil.reports import claims
from sousveil.reports.claims import Contrast
from sousveil.reports.run import inputs, limits, sentences
from sousveil.reports.run.context import Context
from sousveil.reports.run.sections import gap, trapped
from sousveil.reports.run.sentences import quoted
from sousveil.studies.gates import of_groups, tiers_of

__all__ = ["KINDS", "Finding", "found", "headline", "key_figures", "shut_out"]

KINDS = ("shut out", "being", "tier", "wrongful", "trap", "rights", "kin", "income", "chilling")
"""Kinds of findings: those that a rule states outright, then those that are counted, the gravest first. The order
decides between findings that touch equally many."""

RULES = ("shut out", "being")
"""Kinds that the rules state outright. They come first: they hold whatever was assumed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence without its full stop.

    kind      one of KINDS
    touched   the share of people, or of their time, that it is about
    mark      how well the rule is known that it states, where it states one: one of `words.MARKS`, or ''
    measure   the number that it states; None where it states a rule
    """

    sentence: str
    kind: str
    touched: float
    mark: str = ""
    measure: Measure | None = None

    @property
    def rank(self) -> tuple[int, float, int]:
        """Where it stands among others: the smaller, the earlier."""
        kind = KINDS.index(self.kind)
        return (kind, 0.0, kind) if self.kind in RULES else (len(RULES), -self.touched, kind)


def found(context: Context) -> list[Finding]:
    """Every finding that the numbers carry, in their order."""
    each = (*_shut_out(context), *_being(context), *_tiers(context), *_wrongful(context), *_trap(context),
            *_rights(context), *_kin(context), *_income(context), *_chilling(context))
    return sorted((f for f in each if f.sentence), key=lambda f: f.rank)


def headline(context: Context, strongest: Finding) -> str:
    """The strongest finding with what it rests on: a claim, or a rule that another source contradicts."""
    text = strongest.sentence
    if context.run.study.scheme.status == "claimed" and not text.startswith("If "):
        text = f"If the claims are right, {text[:1].lower() + text[1:] if text[:2] != 'A ' else text}"
    return text + (" (another source contradicts this rule)" if strongest.mark == "contradicted" else "")


def shut_out(context: Context) -> list[tuple[str, str]]:
    """Groups and the lowest tier that a ceiling shuts them out of, where nobody of them was and somebody else is."""
    pairs = []
    for group, gate in of_groups(tiers_of(context.run.study.scheme.ceilings)).items():
        ceiling = gate.rule
        if group not in context.groups or ceiling == context.tiers[0]:
            continue
        tier = context.tiers[context.tiers.index(ceiling) - 1]
        others = [g for g in context.groups if g != group]
        setting = context.setting  # whose ceilings are the highest that a group ever has
        if setting.ceilings[setting.groups.index(group)] >= setting.tiers.index(tier):
            continue
        if not any(context.persons(group, tier)) and any(any(context.persons(g, tier)) for g in others):
            pairs.append((group, tier))
    return pairs


def _shut_out(context: Context) -> Iterator[Finding]:
    study = context.run.study
    whole = of_groups(tiers_of(study.scheme.ceilings))
    for group, tier in shut_out(context):
        yield Finding(sentences.never(group, tier, study.scheme.status == "claimed"), "shut out", 1.0,
                      inputs.standing_of(study, ".".join(map(str, ("ceilings", *whole[group].path)))))


def _being(context: Context) -> Iterator[Finding]:
    study = context.run.study
    for path, sentence in inputs.of_belonging(study):
        yield Finding(sentence, "being", 1.0, inputs.standing_of(study, path))


def _tiers(context: Context) -> Iterator[Finding]:
    """Who ends in the lowest tier that people end in, and in each that denies a right."""
    denied = inputs.denied(context.run.study)
    for tier in context.told_tiers:
        name, where = TIER_SHARE(tier=tier), _denying(denied.get(tier, []))
        contrast = gap(context, tier)
        everybody = context.everybody(name)
        if contrast is not None and contrast.named:
            touched = abs((contrast.more.value or 0.0) - (contrast.less.value or 0.0))
            yield Finding(sentences.gap(contrast, tier, where), "tier", touched, measure=contrast.more)
        elif everybody is not None and claims.sure(everybody) and tier in denied:
            yield Finding(sentences.end(everybody, tier, where), "tier", everybody.value or 0.0,
                          measure=everybody)


def _denying(rights: list[str]) -> str:
    """`, which limits travel and work`: what a tier denies, in words that fit after its name."""
    named = rights if len(rights) <= 3 else [*rights[:2], f"{words.counted(len(rights) - 2)} other rights"]
    return f", which limits {words.listing(named)}" if rights else ""


def _wrongful(context: Context) -> Iterator[Finding]:
    everybody, contrast = context.everybody(EVER_WRONGED), context.contrast(EVER_WRONGED, disparity.EVER_WRONGED)
    yield from _told(everybody, contrast, "wrongful", sentences.wrongful(everybody, contrast, ""))


def _told(everybody: Measure | None, contrast: Contrast | None, kind: str, sentence: str,
          scale: float = 1.0) -> Iterator[Finding]:
    """A finding about the group that is named, or about everybody; none where neither is carried."""
    if contrast is not None and contrast.named:
        yield Finding(sentence, kind, (contrast.more.value or 0.0) * scale, measure=contrast.more)
    elif everybody is not None and claims.sure(everybody):
        yield Finding(sentence, kind, (everybody.value or 0.0) * scale, measure=everybody)


def _trap(context: Context) -> Iterator[Finding]:
    if not context.moved:
        return
    sentence = trapped(context)
    bottom = context.everybody(TIER_SHARE(tier=context.bottom))
    yield Finding(sentence, "trap", (bottom.value or 0.0) if bottom is not None else 0.0)


def _kin(context: Context) -> Iterator[Finding]:
    borne = sum(m.value or 0.0 for name in KIN_MONTHS.values() if (m := context.everybody(name)) is not None)
    months = context.people() * max(context.look.months, 1e-12)
    yield Finding(sentences.kin(context.everybody(BORNE_BY_KIN)), "kin", min(1.0, borne / months),
                  measure=context.everybody(BORNE_BY_KIN))


def _rights(context: Context) -> Iterator[Finding]:
    everybody, contrast = context.everybody(MONTHS_LIMITED), context.contrast(MONTHS_LIMITED, disparity.MONTHS_LIMITED)
    if everybody is not None and (everybody.value or 0.0) >= sentences.HARDLY:
        yield from _told(everybody, contrast, "rights", sentences.rights(everybody, contrast),
                         1 / max(context.look.months, 1e-12))


def _income(context: Context) -> Iterator[Finding]:
    everybody, contrast = context.everybody(SHARE_OF_INCOME_LOST), context.contrast(SHARE_OF_INCOME_LOST)
    yield from _told(everybody, contrast, "income", sentences.income(everybody, contrast))


def _chilling(context: Context) -> Iterator[Finding]:
    everybody, contrast = context.everybody(LAWFUL_FORGONE), context.contrast(LAWFUL_FORGONE)
    if not inputs.forgone_by_assumption(context.run.study):
        yield from _told(everybody, contrast, "chilling", sentences.chilling(everybody, contrast, zero=False), 0.0)


# --- key figures ------------------------------------------------------------------------------------------------------


def key_figures(context: Context) -> tuple[KeyFigure, ...]:
    """Up to three numbers for the top: the gap, the wrongful debits, the trap; what is nought makes room for others."""
    made = (figure(context) for figure in (_gap_figure, _wrongful_figure, _trap_figure, _rights_figure, _top_figure))
    return tuple(f for f in made if f is not None)[:3]


def _gap_figure(context: Context) -> KeyFigure | None:
    found = gap(context, context.low)
    if found is None or not found.named:
        return _share_figure(context, context.everybody(TIER_SHARE(tier=context.low)), f"end {quoted(context.low)}")
    if found.difference is None or found.difference.value is None:
        return _share_figure(context, found.more, f"end {quoted(context.low)}", found)
    more = found.difference if found.difference.value > 0 else _turned(found.difference)
    value = words.written(more)
    return KeyFigure(value, words.agreeing(value, "percentage points"),
                     f"more of {of_group(found.more.group)} than of {of_group(found.less.group)} end "
                     f"{quoted(context.low)}",
                     words.interval(more) + sentences.behind(found.more) + (
                         f" and {words.number(round(found.less.n))} of {of_group(found.less.group)}"
                         if found.less.n is not None and found.more.over != "exact" else ""),
                     more, limits.hangs_on(more, context.run.study.scheme))


def _turned(m: Measure) -> Measure:
    low, high = (None if m.high is None else -m.high), (None if m.low is None else -m.low)
    return replace(m, value=-(m.value or 0.0), low=low, high=high, width=m.width and m.width.turned())


def _share_figure(context: Context, m: Measure | None, what: str, found: Contrast | None = None, among: str = ""
                  ) -> KeyFigure | None:
    """A share of everybody, or of a group whose difference from another is clear."""
    if m is None or m.value is None or not claims.enough(m) or not claims.narrow(m):
        return None
    against = f"; {of_group(found.less.group)} {words.written(found.less)}" if found is not None and found.named else ""
    whose = "of people" if m.group == ALL else f"of {of_group(m.group)}"
    return KeyFigure(words.written(m), "", f"{whose} {what}", sentences.evidence(m, among) + against, m,
                     limits.hangs_on(m, context.run.study.scheme))


def _wrongful_figure(context: Context) -> KeyFigure | None:
    found = context.contrast(EVER_WRONGED, disparity.EVER_WRONGED)
    m = found.more if found is not None and found.named else context.everybody(EVER_WRONGED)
    return _share_figure(context, m, sentences.wronged(), found) if m is not None and m.value else None


def _trap_figure(context: Context) -> KeyFigure | None:
    if not context.moved:
        return None
    median, among = context.everybody(MEDIAN_STAY), "stays that began"
    if median is None or median.value is None or not claims.enough(median):
        return _share_figure(context, context.everybody(NEVER_LEAVING), f"who become {quoted(context.bottom)} do not "
                             f"leave within {context.followed()}", None, among)
    value = words.written(median)
    return KeyFigure(value, words.agreeing(value, median.unit),
                     f"until half of those who become {quoted(context.bottom)} are out again",
                     sentences.evidence(median, among), median, limits.hangs_on(median, context.run.study.scheme))


def _rights_figure(context: Context) -> KeyFigure | None:
    m = context.everybody(MONTHS_LIMITED)
    if m is None or m.value is None or m.value < sentences.HARDLY:
        return None
    value = words.written(m)
    return KeyFigure(value, words.agreeing(value, "months"),
                     "a person spends with a right denied or limited, on average", sentences.evidence(m), m,
                     limits.hangs_on(m, context.run.study.scheme))


def _top_figure(context: Context) -> KeyFigure | None:
    tier = context.tiers[0]
    found = gap(context, tier)
    if found is not None and found.named:
        return _share_figure(context, found.more, f"end {quoted(tier)}", found)
    return _share_figure(context, context.everybody(TIER_SHARE(tier=tier)), f"end {quoted(tier)}")
