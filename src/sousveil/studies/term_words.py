"""Terms and releases in plain words: how long records count, and how people get out."""

from __future__ import annotations

from sousveil.ground import called
from sousveil.studies.number import Number, shown
from sousveil.studies.scheme_fields import Release, Signal

__all__ = ["record_in_words", "release_in_words", "steps"]


def steps(number: int, step: str) -> str:
    """So many steps, as in `3 months`."""
    return f"{number:,} {step}{'' if number == 1 else 's'}"


def record_in_words(written: Signal, signal: Signal, step: str) -> str:
    """How long a record of a signal counts, and for how much; '' where it counts for good."""
    parts = [f" A record counts for {steps(signal.lasts, step)}."] if signal.lasts else []
    parts += [f" From {steps(age, step)} on it counts {points:+.10g}.".replace("-", "\u2212")
              for age, points in signal.fades.items()]
    if signal.restarts:
        whose = "all records" if signal.restarts == "all" else "all records of its kind"
        parts.append(f" A new record starts the terms of {whose} anew.")
    if signal.renews != Number(0.0):
        share = shown(round(signal.renews.at({}) * 100, 6)) if signal.renews.is_plain else "some"
        assumed = " (assumed)" if written.renews.has_unknown else ""
        parts.append(f" Of records that are over, {share} percent are entered again{assumed}.".replace(
            "some percent", "some"))
    return "".join(parts)


def release_in_words(name: str, release: Release, step: str) -> str:
    """What a release does, for whom, and how often it can be done."""
    parts = []
    if release.ends == "all":
        parts.append("is again where it was at the start")
    elif release.ends:
        parts.append(f"has no records of {', '.join(release.ends)} any more")
    if release.points != Number(0.0):
        points = release.points.at({}) if release.points.is_plain else 0.0
        term = f" for {steps(release.lasts, step)}" if release.lasts else ""
        parts.append(f"{'gains' if points > 0 else 'loses'} {shown(abs(points))} points{term}")
    who = f' while "{called.tier(release.while_[0])}"' if len(release.while_) == 1 else (
        " while in one of " + ", ".join(f'"{called.tier(tier)}"' for tier in release.while_) if release.while_ else "")
    often = f" It can be done once in {steps(release.every, step)}." if release.every else ""
    return f"Whoever does {name}{who} {' and '.join(parts)}.{often}"
