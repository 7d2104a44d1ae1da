"""Shapes of what is said of others' projections."""

from typing import Literal

from pydantic import Field

from service.shape import Band, Head, Shape


class Printed(Shape):
    """A published figure as it was printed."""

    unit: str
    value: float | None = Field(
        description="The publisher's own middle; null where only a range or two ends are printed."
    )
    low: float | None
    high: float | None
    cases: dict[str, float] = Field(description="What other cases of the edition print, by name.")


class PublishedFigure(Shape):
    """One published figure beside our band."""

    publisher: str
    edition: str
    published: str = Field(description="Day of publication.")
    series_id: str
    source_id: str
    family: Literal["equipment", "announced"]
    kind: Literal["energy", "average", "peak", "nameplate", "requested", "compute", "growth", "load", "other"]
    what: str | None = Field(description="Which quantity, where the kind does not say it.")
    basis: str | None = Field(description="What makes a gigawatt of the kind it is said to be.")
    printed: Printed
    converted: Band | None = Field(
        description="The middle of what is printed in the layer's currency, on the edition's draws of the constants; "
        "null where it is not converted."
    )
    converted_ends: list[float] | None = Field(description="Medians of the ends of a printed range, converted.")
    converted_cases: dict[str, float] = Field(description="Medians of the other cases, converted.")
    ratio: float | None = Field(description="Median of the conversion over our median.")
    position: float | None = Field(description="Share of our draws that are not above it, draw by draw.", ge=0, le=1)
    pooled: bool = Field(description="Whether it speaks in its family's pool.")
    newest: bool = Field(description="False where a later edition of the publisher prints the same quantity.")
    why: str | None = Field(description="Why it speaks in no pool, or why it is not converted.")


class FamilyPool(Shape):
    """A family of publishers for one period: a median on logs with its range, and no interval."""

    family: Literal["equipment", "announced"]
    publishers: list[str]
    median: float
    low: float
    high: float
    ratio: float = Field(description="Our median over the pool's.")
    side: Literal["above", "below"] | None = Field(
        description="Where ours stands when the ratio is 1.25 or more, or 0.8 or less."
    )
    reason: str | None = Field(description="Why ours lies apart, in words.")


class ComparisonPoint(Shape):
    """One period: our demand, every published figure, a pool by family, and facts read off the edition."""

    period: str
    ours: Band
    published: list[PublishedFigure]
    pools: list[FamilyPool]
    facts: list[str]


class ComparisonAnswer(Head):
    """Answer of ``/v1/comparisons``."""

    pool_months: int = Field(description="How old an edition may be to speak in a pool, in months.")
    points: list[ComparisonPoint]
    sources: list[str]
    notes: list[str]


class LaterFigure(Shape):
    """What was published afterwards, in the unit of the projection: a bracket where publishers disagree."""

    series_id: str
    low: float
    middle: float = Field(description="Geometric middle of the bracket.")
    high: float
    sources: list[str]
    last_published: str


class ScoreItem(Shape):
    """A projection and what became of it."""

    by: str = Field(description="Who forecast; Headroom for an edition of ours.")
    source_id: str = Field(description="Where the figure stands; of ours, the edition.")
    series_id: str
    region: str
    layer: Literal["compute", "power", "energy", "firm", "storage"] | None
    unit: str
    freq: str
    period: str
    scenario: str
    published: str
    horizon_years: float = Field(description="From publication to the end of the period.")
    point: float | None = Field(description="Null where only a range was printed.")
    low: float | None = Field(description="Of the printed range; of ours, of the 80 % band.")
    high: float | None
    kind: Literal["projection", "plan"]
    derived: str | None = Field(description="How the figure was computed, where it was not printed.")
    state: Literal["scored", "pending", "unmatched"]
    basis: str | None = Field(description="Why the later figure is the same quantity.")
    later: LaterFigure | None
    log_error: float | None = Field(description="Log of the projection over the later middle; positive is too high.")
    inside: bool | None = Field(description="Whether the range, or our 80 % band, held the later middle.")
    crps_log: float | None = Field(
        description="CRPS of the logarithm, from the quantiles of ours; of a point it is the absolute log error."
    )


class ScoreList(Shape):
    """A page of ``/v1/scoreboard``."""

    as_of: str
    counts: dict[str, int] = Field(description="Of everything that fits the filters, by state.")
    items: list[ScoreItem]
    next: str | None
    skipped: list[str] = Field(description="Editions of ours that could not be read, with the reason.")
