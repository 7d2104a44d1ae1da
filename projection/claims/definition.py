"""What a claim is: a sentence, what is read to judge it, the rule of each reading, and how not to misread it.

A rule turns one number, a probability or a measured value, into a verdict; what lies between its bounds is undecided.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.base.layers import DemandConcept, Layer
from data.base.toml_tables import Entry
from projection.leads.yardsticks import YardstickName


class Verdict(StrEnum):
    """What figures say of a sentence."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNDECIDED = "undecided"


class Combination(StrEnum):
    """How the verdicts of readings become that of the claim."""

    ALL = "all"
    """The sentence says all of them: it holds where all hold, and does not where one does not."""
    AGREE = "agree"
    """They measure one thing in different ways: where they disagree, the claim is undecided."""


class Rule(Entry):
    """Bounds of a number, each included: it holds inside its bounds, does not inside the others, else is undecided.

    One that satisfies both holds: ``holds_from = fails_to = 1`` leaves nothing undecided.
    """

    holds_from: float | None = None
    holds_to: float | None = None
    fails_from: float | None = None
    fails_to: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.holds_from is None and self.holds_to is None:
            raise ValueError("a rule says from or to which value a reading holds")
        return self

    def verdict(self, value: float) -> Verdict:
        """The verdict on a number.

        >>> Rule(holds_from=0.8, fails_to=0.2).verdict(0.5).value
        'undecided'
        """
        if (self.holds_from is None or value >= self.holds_from) and (self.holds_to is None or value <= self.holds_to):
            return Verdict.HOLDS
        below = self.fails_to is not None and value <= self.fails_to
        above = self.fails_from is not None and value >= self.fails_from
        return Verdict.FAILS if below or above else Verdict.UNDECIDED


class Level(Entry):
    """The chance that a yardstick is above or below a value at a period."""

    kind: Literal["level"]
    yardstick: YardstickName
    region: str
    period: str
    side: Literal["above", "below"]
    value: float


class Change(Entry):
    """The chance that a yardstick rises or falls between two periods."""

    kind: Literal["change"]
    yardstick: YardstickName
    region: str
    since: str
    period: str
    direction: Literal["rises", "falls"]


class Ahead(Entry):
    """The chance that a region has more of a yardstick than another."""

    kind: Literal["ahead"]
    yardstick: YardstickName
    region: str
    against: str
    period: str


Event = Annotated[Level | Change | Ahead, Field(discriminator="kind")]


class Part(Entry):
    """One event of several, in words."""

    title: str
    event: Event


class Together(Entry):
    """The chance that several events come in the same draw, in base or under another scenario."""

    kind: Literal["together"]
    part: tuple[Part, ...]
    scenario: str = "base"


class Term(Entry):
    """A figure: the latest observed one of a series, or that of a period, from one source where one is named."""

    series: str
    period: str | None = None
    source: str | None = None


class Figures(Entry):
    """Published figures added up, and over others where a ratio is asked for.

    Attributes:
        less: figures that are taken from the sum.
        over: figures whose sum divides it.
        awaited: why a series nobody publishes yet is named: it would decide the claim.
    """

    kind: Literal["figures"]
    plus: tuple[Term, ...]
    less: tuple[Term, ...] = ()
    over: tuple[Term, ...] = ()
    awaited: str | None = None


class Chips(Entry):
    """What a designer of accelerators shipped over its last counted year, over what another did."""

    kind: Literal["chips"]
    measure: Literal["h100e_per_unit", "units", "h100e"]
    designer: str
    over: str


class InScenario(Entry):
    """The chance of being short under a scenario, of not being, or how much less it is than in base."""

    kind: Literal["scenario"]
    scenario: str
    region: str
    layer: Layer
    period: str
    demand: DemandConcept = DemandConcept.WANTED
    reads: Literal["p_short", "p_not_short", "less_short_than_base"]


class MedianInScenario(Entry):
    """The median of what is demanded under a scenario over that in base."""

    kind: Literal["scenario_median"]
    scenario: str
    region: str
    layer: Layer
    period: str
    demand: DemandConcept


class ShareInScenario(Entry):
    """How much less likely than in base models of a country have more than a share of open-model use."""

    kind: Literal["scenario_share"]
    scenario: str
    region: str
    period: str
    above: float


ScenarioQuery = InScenario | MedianInScenario | ShareInScenario
Query = Annotated[
    Level | Change | Ahead | Together | Figures | Chips | InScenario | MedianInScenario | ShareInScenario,
    Field(discriminator="kind"),
]


class Reading(Entry):
    """One number that speaks to a claim.

    Attributes:
        counts: whether it enters the verdict; one that does not is shown beside it.
        at_most: whether its number is an upper bound of the chance, so that it can refute the claim and not prove it.
    """

    title: str
    query: Query
    rule: Rule
    counts: bool = True
    at_most: bool = False


class Claim(Entry):
    """A sentence about the world.

    Attributes:
        order: place in lists.
        topic: what it is about.
        decided_by: the figure that would decide it, where figures leave it open.
    """

    order: int
    topic: Literal["US supply", "China's buildout", "models and chips", "levers", "worst case"]
    sentence: str
    combine: Combination
    reading: tuple[Reading, ...]
    do_not_misread: str
    decided_by: str

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if not any(reading.counts for reading in self.reading):
            raise ValueError("a claim has a reading that counts")
        return self


def combined(combination: Combination, verdicts: list[Verdict]) -> Verdict:
    """The verdict of a claim from those of its readings that count.

    >>> combined(Combination.ALL, [Verdict.HOLDS, Verdict.FAILS]).value
    'does not hold'
    >>> combined(Combination.AGREE, [Verdict.HOLDS, Verdict.FAILS]).value
    'undecided'
    """
    if len(set(verdicts)) == 1:
        return verdicts[0]
    if combination is Combination.ALL and Verdict.FAILS in verdicts:
        return Verdict.FAILS
    return Verdict.UNDECIDED
