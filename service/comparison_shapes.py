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
    kind: Literal["energy", "average", "peak", "nameplate", "requested", "compute", "other"]
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
