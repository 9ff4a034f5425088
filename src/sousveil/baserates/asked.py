"""From what people type to a search: rates as text, groups as `name=value`.

A false positive rate may be given several times, as counts or as the id of a published deployment; then the spread
between them is measured and carried along (`sousveil.baserates.rate`). A mistake is an InputError that names the
option.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sousveil.baserates import listsize
from sousveil.baserates.published import deployment, deployments, faces, independent
from sousveil.baserates.rate import Count, Rate, counted, number, parse, share
from sousveil.baserates.search import Group, Search
from sousveil.errors import InputError, did_you_mean

__all__ = ["Asked", "pairs", "rate_of", "search_of"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as typed. Lists hold one text for each time an option was given.

    fpir, fmr, fnir, stop, stop_right   rates, see `sousveil.baserates.rate`; fpir also ids of deployments
    group, multiplier, group_fpir, group_fnir   `name=value`
    pooled   leave the spread between several counts out
    """

    faces: int
    watchlist: int
    present: float
    fpir: Sequence[str] = ()
    fpir_list: int | None = None
    fmr: Sequence[str] = ()
    fnir: Sequence[str] = ()
    rule: listsize.Rule = "exact"
    group: Sequence[str] = ()
    multiplier: Sequence[str] = ()
    group_fpir: Sequence[str] = ()
    group_fnir: Sequence[str] = ()
    stop: Sequence[str] = ()
    stop_right: Sequence[str] = ()
    days: int = 1
    cameras: int = 1
    passes: int = 365
    pooled: bool = False


def search_of(asked: Asked) -> Search:
    """The search that was asked for. Raises InputError."""
    if asked.fpir and asked.fmr:
        raise InputError("--fpir and --fmr are two ways to say one rate: give one of them")
    if not (asked.fpir or asked.fmr or asked.group_fpir):
        raise InputError('a false positive rate is needed: --fpir 1/6000, --fpir "7 in 8600", or --fmr with the rate '
                         "per comparison")

    def rate(texts: Sequence[str], option: str) -> Rate | None:
        return rate_of(texts, option, not asked.pooled) if texts else None

    return Search(asked.faces, asked.watchlist, asked.present,
                  rate(asked.fpir, "--fpir") or rate(asked.fmr, "--fmr"), bool(asked.fmr),
                  _list_of(asked.fpir) if asked.fpir_list is None else asked.fpir_list, asked.rule,
                  rate(asked.fnir, "--fnir"), _groups(asked), rate(asked.stop, "--stop"),
                  rate(asked.stop_right, "--stop-right"), asked.days, asked.cameras, asked.passes)


def rate_of(texts: Sequence[str], option: str, spread_between: bool = True) -> Rate:
    """One rate from one text, or from several counts. Raises InputError.

    A text may be the id of a published deployment: then it is the false alerts among its faces seen. Deployments that
    count the same alerts are refused together.
    """
    ids = [text.strip() for text in texts if _is_id(text)]
    rows = dict(zip(ids, independent(ids), strict=True))
    if len(texts) == 1 and not ids:
        return parse(texts[0], option)
    counts: list[Count] = []
    for text in texts:
        if text.strip() in rows:
            counts.append(faces(rows[text.strip()]))
            continue
        read = parse(text, option)
        if not read.counts:
            raise InputError(f'{option} "{text}": of several rates each must be a count, such as "7 in 8600", or the '
                             "id of a deployment: bare rates have no spread")
        counts += read.counts
    return counted(counts, spread_between)


def _list_of(texts: Sequence[str]) -> int | None:
    """The list size behind the deployments named, where it was published and is the same for all."""
    sizes = {deployment(text.strip()).watchlist if _is_id(text) else None for text in texts}
    return sizes.pop() if len(sizes) == 1 else None


def _is_id(text: str) -> bool:
    plain = text.strip()
    return bool(re.fullmatch(r"[a-z]+\w*_\w+", plain)) or any(row.id == plain for row in deployments())


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """`name=value`, one or several in a text with commas between them. Raises InputError."""
    found: dict[str, str] = {}
    for text in texts:
        for part in re.split(r",(?=[^,=]+=)", text):
            name, equals, value = part.partition("=")
            if not equals or not name.strip() or not value.strip():
                raise InputError(f'{option} "{part[:40]}": expected name=value, such as A=0.8')
            if name.strip() in found:
                raise InputError(f'{option}: group "{name.strip()}" is given twice')
            found[name.strip()] = value.strip()
    return found


def _groups(asked: Asked) -> tuple[Group, ...]:
    shares = pairs(asked.group, "--group")
    given: dict[str, Mapping[str, str]] = {
        option: pairs(texts, option) for option, texts in (("--multiplier", asked.multiplier),
                                                           ("--group-fpir", asked.group_fpir),
                                                           ("--group-fnir", asked.group_fnir))}
    for option, values in given.items():
        for name in values:
            if name not in shares:
                near = did_you_mean(name, list(shares)) if shares else ": give the groups' shares with --group"
                raise InputError(f'{option}: there is no group "{name[:40]}"{near}')
    groups = []
    for name, part in shares.items():
        factor, between = _factor(given["--multiplier"].get(name, "1"))
        own = {option: given[option].get(name) for option in ("--group-fpir", "--group-fnir")}
        fpir, fnir = (None if text is None else parse(text, option) for option, text in own.items())
        groups.append(Group(name, share(part, "--group"), factor, between, fpir, fnir))
    return tuple(groups)


def _factor(text: str) -> tuple[float, tuple[float, float] | None]:
    """`3`, or `1..100` for a range that holds it with 95 %."""
    low, dots, high = text.partition("..")
    if not dots:
        return number(text, "--multiplier"), None
    return 1.0, (number(low, "--multiplier"), number(high, "--multiplier"))
