"""Pictures, each drawn twice, for a wide and for a narrow screen.

Few kinds, used well: a hundred people a group, areas of shares in small multiples, survival steps and lines with
bands, bars and dots with their intervals, heat maps, bands between tiers. Everything is labelled directly; bars begin
at zero. Text is at least 11 px as displayed, and no font makes it wider than its room. The same input gives the same
bytes on every machine. Titles, units in words, alt text and the table belong to the page (`page.Chart`).
"""

from sousveil.page.curves import Curve, lines, survival
from sousveil.page.draw import Drawing
from sousveil.page.heat import heat
from sousveil.page.hundred import hundred
from sousveil.page.rows import Bar, Interval, bars, dots
from sousveil.page.stacks import areas
from sousveil.page.transitions import transitions

__all__ = ["Bar", "Curve", "Drawing", "Interval", "areas", "bars", "dots", "heat", "hundred", "lines", "survival",
           "transitions"]
