"""What every shape is made from: an object with its keys and no others, and the head of an answer about a cell."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Band = dict[str, float]
Status = Literal["available", "partial", "unavailable"]


class Shape(BaseModel):
    """A JSON object with these keys and no others."""

    model_config = ConfigDict(extra="forbid")


class Withheld(Shape):
    """An edition that is not served although it was issued later than the one that is, and why."""

    edition: str
    reason: str


class Head(Shape):
    """Which edition and cell an answer is about, and how far it can be trusted."""

    edition: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    issued: str = Field(examples=["2026-11-23T12:00:00Z"])
    data_as_of: str = Field(examples=["2026-11-22"])
    withheld: list[Withheld] = Field(description="Later editions that are not served because they are corrupt.")
    region: str = Field(examples=["US"])
    layer: str = Field(examples=["power"])
    unit: str = Field(examples=["GW"])
    unit_kind: str = Field(examples=["facility_peak"])
    timing: Literal["end", "average", "total"]
    scenario: str = Field(examples=["base"])
    demand_concept: Literal["equipment", "committed", "requested"]
    freq: Literal["A", "Q"]
    status: Status
    confidence: Literal["supported", "weak"] | None
    reason: str | None = Field(description="Why the answer is partial or unavailable; null otherwise.")
