"""Counts of one's own, typed as `faces=8600,alerts=8,confirmed=1,wrong=7`: what they show, and what they cannot.

    faces      faces that passed a camera, or `scans`: somebody who passes twice is two; needed
    alerts     confirmed + wrong + open; what is not typed follows from the others
    confirmed  alerts that were right; wrong  alerts that were not; open  alerts whose truth nobody established
    reviewed   alerts that somebody looked at before anybody was stopped, passed  those sent on, passed_wrong  the wrong
               ones among those sent on
    stopped    people stopped, stopped_wrong  of them, people who were not on the list; no more than alerts led there
    list, days, year   as published deployments have them; several years are one series
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sousveil.baserates.asked import pairs
from sousveil.baserates.claims import Check, of_count, proportion
from sousveil.baserates.published import Deployment, faces
from sousveil.baserates.rate import whole
from sousveil.errors import InputError, did_you_mean
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

__all__ = ["Own", "is_own", "measures", "parse"]

PASSED = Name("review", "alerts that review sends on")
PASSED_WRONG = Name("review", "wrong alerts that review sends on")
SENT_WRONG = Name("review", "wrong among the alerts that review sends on")
STOPPED_WRONG = Name("stops", "people not on the list among those stopped")

_KEYS = ("faces", "scans", "alerts", "confirmed", "wrong", "open", "list", "days", "year", "reviewed", "passed",
         "passed_wrong", "stopped", "stopped_wrong")


@dataclass(frozen=True, slots=True)
class Own:
    """Counts of one's own: as a deployment, and what published ones do not have. None where it was not typed."""

    row: Deployment
    reviewed: int | None
    passed: int | None
    passed_wrong: int | None


def is_own(text: str) -> bool:
    """Whether a text is counts, not the id of a published deployment."""
    return "=" in text


def parse(text: str, option: str = "--check") -> Own:
    """Counts as they are typed. Raises InputError for what is no count or does not add up."""
    typed = pairs([text], option)
    for key in typed:
        if key not in _KEYS:
            raise InputError(f'{option}: "{key[:40]}" is no count that is read{did_you_mean(key, _KEYS)}')
    if "faces" in typed and "scans" in typed:
        raise InputError(f"{option}: faces and scans are two words for one count: give one of them")
    year = typed.pop("year", "")
    found = {key: whole(value, f"{option} {key}", 1 if key in ("faces", "scans", "list", "days") else 0)
             for key, value in typed.items()}
    faces = found.get("faces", found.get("scans"))
    if faces is None:
        raise InputError(f"{option}: how many faces (or scans) passed is needed, such as faces=8600")
    alerts = _alerts(found, faces, option)
    _check_parts(found, alerts, option)
    stopped, wrong = found.get("stopped"), found.get("stopped_wrong")
    right = stopped - wrong if stopped is not None and wrong is not None else None
    name = f"own counts {year}".strip()
    row = Deployment(name, "", "your counts", "as typed", year or "one period", faces, "seen", None, found.get("list"),
                     alerts["alerts"], alerts["confirmed"], alerts["wrong"], alerts["open"], "", found.get("days"),
                     None, None, True, (), right, wrong, "typed by you", "", "given", "")
    return Own(row, found.get("reviewed"), found.get("passed"), found.get("passed_wrong"))


def _alerts(found: Mapping[str, int], faces: int, option: str) -> dict[str, int]:
    """All four counts of alerts: open ones are none unless typed, and one of the others follows from the rest."""
    known = {key: found[key] for key in ("alerts", "confirmed", "wrong") if key in found}
    open_ = found.get("open", 0)
    if len(known) < 2:
        raise InputError(f"{option}: two of alerts, confirmed and wrong are needed; what nobody resolved is open")
    known.setdefault("alerts", known.get("confirmed", 0) + known.get("wrong", 0) + open_)
    known.setdefault("wrong", known["alerts"] - open_ - known.get("confirmed", 0))
    known.setdefault("confirmed", known["alerts"] - open_ - known["wrong"])
    lacking = known["alerts"] - known["confirmed"] - known["wrong"] - open_
    if min(known.values()) < 0 or lacking < 0:
        raise InputError(f"{option}: confirmed + wrong + open are more than the {known['alerts']:,} alerts")
    if lacking:
        raise InputError(f"{option}: confirmed + wrong + open are not the {known['alerts']:,} alerts; what nobody "
                         f"resolved is open={open_ + lacking}")
    if known["alerts"] > faces:
        raise InputError(f"{option}: more alerts ({known['alerts']:,}) than faces ({faces:,})")
    return {**known, "open": open_}


def _check_parts(found: Mapping[str, int], alerts: Mapping[str, int], option: str) -> None:
    """Raises InputError for a part that is more than its whole, or that lacks it."""
    for part, of in (("passed", "reviewed"), ("passed_wrong", "passed"), ("stopped_wrong", "stopped")):
        if part in found and of not in found:
            raise InputError(f"{option}: {part} needs {of}: of how many they are")
    for part, some, of, all_ in _stages({**found, **alerts}):
        if some > all_:
            raise InputError(f"{option}: {part} ({some:,}) cannot be more than {of} ({all_:,})")


def _stages(counts: Mapping[str, int]) -> Iterator[tuple[str, int, str, int]]:
    """(part, how many, whole, how many) from stage to stage. An alert that nobody reviewed may lead to a stop."""
    if "reviewed" in counts:
        yield "reviewed", counts["reviewed"], "alerts", counts["alerts"]
    if "passed" in counts:
        yield "passed", counts["passed"], "reviewed", counts["reviewed"]
        yield from _kinds("passed", counts)
    if "stopped" not in counts:
        return
    if "passed" not in counts:
        yield "stopped", counts["stopped"], "alerts", counts["alerts"]
        yield from _kinds("stopped", counts)
        return
    past = counts["alerts"] - counts["reviewed"]
    or_past = " + alerts that nobody reviewed" if past else ""
    yield "stopped", counts["stopped"], f"passed{or_past}", counts["passed"] + past
    yield from _kinds("stopped", counts)
    if "stopped_wrong" in counts and "passed_wrong" in counts:
        wrong, sent = counts["stopped_wrong"], counts["passed_wrong"]
        yield "stopped_wrong", wrong, f"passed_wrong{or_past}", sent + past
        yield ("stopped - stopped_wrong", counts["stopped"] - wrong, f"passed - passed_wrong{or_past}",
               counts["passed"] - sent + past)


def _kinds(stage: str, counts: Mapping[str, int]) -> Iterator[tuple[str, int, str, int]]:
    """The wrong and the right ones of a stage are among those of all alerts; open ones may be of either kind."""
    wrong = counts.get(f"{stage}_wrong")
    if wrong is not None:
        or_open = " + open" if counts["open"] else ""
        yield f"{stage}_wrong", wrong, stage, counts[stage]
        yield f"{stage}_wrong", wrong, f"wrong{or_open}", counts["wrong"] + counts["open"]
        yield (f"{stage} - {stage}_wrong", counts[stage] - wrong, f"confirmed{or_open}",
               counts["confirmed"] + counts["open"])


def measures(own: Own, check: Check | None) -> list[Measure]:
    """What these counts show besides the four conventions: Jeffreys' interval, open alerts, the review, the claim."""
    row = own.row
    found = of_count(faces(row), row.unconfirmed or 0, check)
    stages = ((PASSED, own.passed, own.reviewed), (PASSED_WRONG, own.passed_wrong, row.false),
              (SENT_WRONG, own.passed_wrong, own.passed),
              (STOPPED_WRONG, row.stops_wrong, (row.stops_right or 0) + (row.stops_wrong or 0)))
    found += [proportion(name, some, of, "") for name, some, of in stages
              if some is not None and of is not None and of > 0 and some <= of]
    return found
