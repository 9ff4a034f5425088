"""Harms: named measures, each a function of a trace (MODEL.md section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sousveil.harms.catalogue import measure_all
    from sousveil.harms.replicates import measure_replicates

__all__ = ["measure_all", "measure_replicates"]


def __getattr__(name: str) -> Any:
    # The audit and the base rates share the shape of a result; they must not load the simulator with it.
    if name == "measure_all":
        from sousveil.harms.catalogue import measure_all

        return measure_all
    if name == "measure_replicates":
        from sousveil.harms.replicates import measure_replicates

        return measure_replicates
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
