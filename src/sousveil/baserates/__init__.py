"""How many innocent people a search of faces or lists stops (MODEL.md section 8).

    search = Search(faces=60_000, watchlist=1_000, present=3, false_positive=parse("1/6000"),
                    false_negative=parse("0.11"))
    results(search)              false alerts, stops, precision, who bears them, one person's year; all as `Measure`
    growth(search, "watchlist")  the same for longer and shorter lists, more faces, more cameras
    check(deployment("met_2020_oxford_circus"), parse("1/6000"), measured_with=10_000)    consistent or conflict
    deployments()                what has been published, with sources
"""

from sousveil.baserates.claims import bearers, check, conventions
from sousveil.baserates.outcome import results
from sousveil.baserates.published import deployment, deployments, independent
from sousveil.baserates.rate import Rate, parse
from sousveil.baserates.scaling import growth
from sousveil.baserates.search import Group, Search
from sousveil.baserates.series import together

__all__ = ["Group", "Rate", "Search", "bearers", "check", "conventions", "deployment", "deployments", "growth",
           "independent", "parse", "results", "together"]
