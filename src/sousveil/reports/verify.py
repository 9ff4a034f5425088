"""Whether a result is what comes of its study, report and all."""

from __future__ import annotations

import os

from sousveil.runs import verification
from sousveil.runs.settings import directory_of, settings
from sousveil.studies.limits import WholeNumber

__all__ = ["verify"]


def verify(directory: str | os.PathLike[str], threads: WholeNumber | None = None) -> list[str]:
    """Run again what is in a folder, and compare every byte of every file; the names of the files that differ.

    Raises InputError when the folder does not hold a run.
    """
    directory, cores = directory_of(directory), settings(threads=threads).threads
    from sousveil.reports.run.report import report
    from sousveil.unknowns.widths import widen_run

    return verification.verify(directory, lambda run: {"report.html": report(run).html},
                               lambda run, points: widen_run(run, points, threads=cores), cores)
