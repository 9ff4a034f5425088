"""The rules of a regime, as frozen values. What each rule does in a step: MODEL.md section 3.

Here is what a scheme is made of; `scheme_checks` says what must go together in it, and `scheme` is the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from sousveil.studies.citations import Source
from sousveil.studies.gate_fields import ByPoints, ByTier
from sousveil.studies.link import Link
from sousveil.studies.model import Finding, Model
from sousveil.studies.number import MOST, Bounds, Factor, Number, Points, Rate, Share

__all__ = ["BURDENS", "FINEST", "HELD", "NOT_HELD", "Bearer", "Channel", "Characteristic", "Consequence", "Dated",
           "Effect", "Kin", "Mark", "Places", "Redress", "Release", "SchemeFields", "Score", "Signal", "StartTable",
           "Tier"]

Effect = Literal["denied", "restricted", "slowed", "priced", "waived", "granted"]
BURDENS: tuple[Effect, ...] = ("denied", "restricted", "slowed", "priced")
"""The effects that take something away; the others give something."""

Bearer = Literal["self", "children", "household"]

InPoints = Annotated[float, Field(ge=-MOST, le=MOST)]
"""Points that are one number for everybody: a bound of the score, say."""

LONGEST = 60_000
"""The longest term, in steps: the agents hold the step of a record in sixteen bits."""

FINEST = 1e-6
"""The finest resolution: the most points, in its units, are then a whole number that every computer holds exactly."""

HELD, NOT_HELD = "held", "not held"
"""The levels of a mark, where a rule names them."""


class Mark(Model):
    """Points for what a person is, charged once, at the start."""

    points: Points
    about: str = ""
    domain: str = "status"
    cite: str = ""


class Characteristic(Model):
    """Points for what a person is, where exactly one of several levels holds. Counted once, at the start.

    levels  level -> points
    over    the characteristics and labels whose levels a `table` of points is over
    table   points by the names of `over`, one inside the other: {near: {young: 20, old: 10}, far: 0}
    order   levels from the fewest points to the most, where a table leaves that open and a trait has to know
    """

    levels: Mapping[str, Points] | None = None
    over: tuple[str, ...] = ()
    table: Mapping[str, Any] = {}
    order: tuple[str, ...] = ()
    about: str = ""
    domain: str = "status"
    cite: str = ""

    def inconsistencies(self) -> Iterator[Finding]:
        if (self.levels is None) == (not self.table):
            yield (), "a characteristic has either `levels` (points by level) or a `table` of points"
        elif self.table and not self.over:
            yield ("table",), "a table needs `over`: the characteristics or labels whose names it is by"
        elif self.levels is not None and self.over:
            yield ("over",), "`over` belongs to a `table`; points by level are for this characteristic alone"


class Channel(Model):
    """A way in which acts come to be recorded, and goes wrong.

    coverage  share of acts that are recorded
    miss      share of recorded acts that are lost
    mistaken  share of recorded acts that are pinned on somebody else; miss + mistaken <= 1
    spurious  records with no act behind them, per person and step
    mix       signal -> share of the channel's spurious records; default: as its true records
    """

    coverage: Share
    miss: Share = Number(0.0)
    mistaken: Share = Number(0.0)
    spurious: Rate = Number(0.0)
    mix: Mapping[str, Annotated[float, Field(ge=0, le=1)]] | None = None
    about: str = ""
    cite: str = ""


Term = Annotated[int, Field(ge=1, le=LONGEST)]
"""How many steps something lasts."""


class Signal(Model):
    """A kind of act that counts, and for how many points.

    domain    the sphere of life that the act belongs to: traffic, credit, speech ...
    relevant  false for an act that is lawful or meaningless for what the scheme says it is about: whoever is listed for
              it is listed wrongly, although the record is true
    gravity   how grave the act is, in any one unit that all signals with a gravity share
    lasts     so many steps a record counts, from the step in which it lands; default: for good
    restarts  whether a new record starts the terms of records that still count anew: of `all`, or of its `own` kind
    renews    share of the records whose term is over that are entered again at once
    fades     age in steps -> what the record is worth from then on, instead of `points`
    """

    channel: str
    points: Points
    at_most: Annotated[int, Field(ge=1, le=1000)] | None = None
    lasts: Term | None = None
    restarts: Literal["all", "own"] | None = None
    renews: Share = Number(0.0)
    fades: Annotated[Mapping[Term, InPoints],
                     Field(json_schema_extra={"propertyNames": {"pattern": "^[1-9][0-9]{0,4}$"}})] = {}
    lawful: bool
    expressive: bool = False
    necessity: bool = False
    domain: str = "other"
    relevant: bool = True
    gravity: Annotated[float, Field(ge=0, le=MOST)] | None = None
    about: str = ""
    cite: str = ""


class StartTable(Model):
    """A published distribution of start scores: score -> share, by label where groups start at different scores."""

    distribution: Annotated[Mapping[InPoints, Share],
                            Field(json_schema_extra={"propertyNames": {"pattern": r"^-?[0-9]+(\.[0-9]+)?$"}})]
    cite: str = ""


def _start_form(start: Any) -> str:
    table = isinstance(start, StartTable) or (isinstance(start, dict) and "distribution" in start)
    return "table" if table else "number"


class Score(Model):
    """The score: where it starts, its bounds, and its decay toward the baseline.

    direction   what a higher score means: `high-is-good` (a debit is below zero), or `high-is-bad` (it is above)
    start       a number (by label, if need be) or a published distribution
    times       label or characteristic -> name -> factor on all that people start with
    link        how scores and thresholds are printed: as they are, or as the `logistic` or `exp` function of them
    resolution  the smallest step of the score; points and thresholds are multiples of it
    baseline    what the score decays toward; default: the start, where everybody has the same
    decay       share of the distance to the baseline lost in a step
    """

    direction: Literal["high-is-good", "high-is-bad"] = "high-is-good"
    start: Annotated[Annotated[Points, Tag("number")] | Annotated[StartTable, Tag("table")], Discriminator(_start_form)]
    floor: InPoints
    ceiling: InPoints
    times: Mapping[str, Mapping[str, Annotated[float, Field(gt=0, le=1e6)]]] = {}
    link: Link = "identity"
    baseline: InPoints | None = None
    decay: Share = Number(0.0)
    resolution: Annotated[float, Field(ge=FINEST, le=MOST)] = 1.0
    cite: str = ""

    @property
    def high_is_bad(self) -> bool:
        return self.direction == "high-is-bad"


class Tier(Model):
    """A class of people by score. `margin` is the hysteresis: how far below `from` a member may fall and stay.

    Where high is bad, `from` is the score from which a person is in this tier or a worse one, and `margin` how far past
    it somebody may rise who is in a better one, and stay there.

    for_   who enters stays at least so many steps, whatever the score does; a worse tier takes over at once
    """

    from_: Points
    margin: Annotated[float, Field(ge=0, le=2 * MOST)] = 0.0
    for_: Annotated[int, Field(ge=0, le=LONGEST)] = 0
    shown: Annotated[str, Field(max_length=80)] = ""
    about: str = ""
    cite: str = ""


class Consequence(Model):
    """What being in a tier does to a right, to income, to conduct, and to being watched.

    bearer    who bears it: `self`, `children` of the household, or the whole `household`
    income    factor on the income of whoever is in the tier; gain and loss: their money per step
    conduct   signal -> factor on how often the act is done
    scrutiny  factor on coverage (for all channels), which never passes 1
    domain    the sphere of life that the right belongs to, to be set beside those of the acts
    lasts     it is borne in the first so many steps of a stay only; default: as long as somebody is in the tier
    once      the same as `lasts: 1`
    """

    right: str
    effect: Effect
    bearer: Bearer = "self"
    lasts: Term | None = None
    once: bool = False
    income: Factor = Number(1.0)
    gain: Rate = Number(0.0)
    loss: Rate = Number(0.0)
    conduct: Mapping[str, Factor] = {}
    scrutiny: Factor = Number(1.0)
    domain: str = ""
    about: str = ""
    cite: str = ""

    @property
    def term(self) -> int | None:
        """For how many steps of a stay it is borne; None: all of them."""
        return 1 if self.once else self.lasts

    def inconsistencies(self) -> Iterator[Finding]:
        if self.once and self.lasts is not None:
            yield ("once",), "a consequence has either `once` or `lasts`"
        key = "once" if self.once else "lasts"
        if self.term is None:
            return
        if self.bearer != "self":
            yield (key,), f"what {self.bearer} bears lasts as long as the tier; only `bearer: self` can have a term"
        if self.conduct or self.scrutiny != Number(1.0):
            yield (key,), "conduct and scrutiny hang on the tier alone; write them under a consequence without a term"


class Kin(Model):
    """What befalls people because somebody else of their household is in a tier."""

    when: str
    bearer: Literal["household"] = "household"
    points: Points = Number(0.0)
    cap: str | None = None
    about: str = ""
    cite: str = ""


Ground = Literal["mistakes", "irrelevant", "listings"]


class Redress(Model):
    """How what should not count is undone. Without notice nobody can appeal.

    against  what can be appealed. mistakes: debits for what one did not do; irrelevant: debits for what one did, where
             the signal says `relevant: false`; listings: coming into a tier that takes a right of one's own away while
             debits stand that can be called wrong
    appeal   share of these that are appealed; upheld: share of the appeals that succeed
    delay    steps until the points come back
    """

    notice: bool = False
    against: tuple[Ground, ...] = ("mistakes",)
    appeal: Share = Number(0.0)
    upheld: Share = Number(0.0)
    delay: Annotated[int, Field(ge=0, le=120)] = 0
    about: str = ""
    cite: str = ""


class Release(Model):
    """What somebody in a tier can do, or have done, to get out. The population gives the chance of it in a step.

    ends    the signals whose records it takes off, or `all`: everything since the start
    points  what it gives; lasts: for so many steps, default: for good
    while_  the tiers in which it can be done; default: all
    every   once done, not again before so many steps are over
    """

    ends: tuple[str, ...] | Literal["all"] = ()
    points: Points = Number(0.0)
    lasts: Term | None = None
    while_: tuple[str, ...] = ()
    every: Term | None = None
    about: str = ""
    cite: str = ""

    def inconsistencies(self) -> Iterator[Finding]:
        if not self.ends and self.points == Number(0.0):
            yield (), "this release neither ends records nor gives points, so it does nothing"
        if self.lasts is not None and self.points == Number(0.0):
            yield ("lasts",), "`lasts` is for the points that a release gives, and this one gives none"


class Places(Model):
    """A limited number of places, given to those who rank first. Who gets one bears the consequences of this name.

    who     the tiers in which people can be chosen; default: all
    order   who comes first: `best-first` or `worst-first` by score, ties by a draw
    weight  chances in proportion to it, instead of an order by score
    number  how many there are each time, for the population as its file gives it; by the names of `per`, if need be
    share   how many there are each time, as a share of the people of each pool
    per     the label whose names divide people into pools that are ranked by themselves; default: one pool
    every   they are given out at the end of every so many steps
    first   the step at whose end that happens first, 0 being the start; default: as `every` says
    leaves  whether who is chosen is no longer watched and scored
    """

    who: tuple[str, ...] | Literal["all"] = "all"
    order: Literal["best-first", "worst-first"] | None = None
    weight: Factor | None = None
    number: Annotated[Number, Bounds(0.0, 2e10)] | None = None
    share: Share | None = None
    per: str = ""
    every: Term = 1
    first: Annotated[int, Field(ge=0, le=LONGEST)] | None = None
    leaves: bool = False
    about: str = ""
    cite: str = ""

    @property
    def divided(self) -> bool:
        """Whether one number is divided over the pools; else each has its own."""
        return self.number is not None and not any(True for _ in self.number.mentions())

    @property
    def begins(self) -> int:
        """The step at whose end they are given out first."""
        return self.every if self.first is None else self.first

    def inconsistencies(self) -> Iterator[Finding]:
        if (self.number is None) == (self.share is None):
            yield (), "how many places there are is given by `number` or by `share`"
        if (self.order is None) == (self.weight is None):
            yield (), "who gets a place is given by an `order` of scores or by a `weight`"


class Dated(Model):
    """Rules that read otherwise from a step on, or an amnesty, or both.

    at    the first step under them
    set   path in the scheme -> what is there from then on, as a reform would set it
    ends  the signals whose records are taken off then, or `all`: everything since the start
    """

    at: Annotated[int, Field(ge=1, le=LONGEST)]
    set: Mapping[str, Any] = {}
    ends: tuple[str, ...] | Literal["all"] = ()
    about: str = ""
    cite: str = ""

    def inconsistencies(self) -> Iterator[Finding]:
        if not self.set and not self.ends:
            yield (), "this change neither sets a rule nor ends records, so it does nothing"


class SchemeFields(Model):
    """The keys of a scheme file. What each means: `scheme.Scheme`."""

    scheme: str
    about: str = ""
    status: Literal["documented", "claimed", "invented"]
    sources: tuple[Source, ...] = ()
    step: Literal["day", "week", "month", "quarter", "year"] = "month"
    currency: Annotated[str, Field(max_length=20)] = ""
    marks: Mapping[str, Mark] = {}
    characteristics: Mapping[str, Characteristic] = {}
    channels: Mapping[str, Channel] = {}
    signals: Mapping[str, Signal] = {}
    score: Score
    handicaps: Mapping[str, ByPoints] = {}
    tiers: Mapping[str, Tier]
    ceilings: Mapping[str, ByTier] = {}
    floors: Mapping[str, ByTier] = {}
    places: Mapping[str, Places] = {}
    consequences: Mapping[str, tuple[Consequence, ...]] = {}
    kin: tuple[Kin, ...] = ()
    redress: Redress = Redress()
    releases: Mapping[str, Release] = {}
    changes: tuple[Dated, ...] = ()
    cites: Mapping[str, str] = {}
