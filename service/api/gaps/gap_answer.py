"""The shapes of answers about one cell: which edition and cell it is, its points, and what stands beside them."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, SerializerFunctionWrapHandler, model_serializer

from projection.edition.differences import NOT_AFFECTED
from projection.edition.edition import Cell, Edition
from service.api.gaps.against_base import AgainstBase
from service.base.response import (
    Band,
    Chance,
    Cite,
    EditionHead,
    Number,
    ResponseModel,
    Status,
    rounded,
)

DEPRECATED: dict[str, JsonValue] = {"deprecated": True}
"""Marks what has a resource of its own and leaves this answer with the next version of the API."""


class CellHead(EditionHead):
    """Which edition and cell an answer is about, and how far it can be trusted."""

    region: str = Field(examples=["US"])
    layer: str = Field(examples=["power"])
    unit: str = Field(examples=["GW"])
    unit_kind: str = Field(examples=["facility_peak"])
    timing: Literal["end", "average", "total"] = Field(examples=["end"])
    scenario: str = Field(examples=["base"])
    demand_concept: Literal["wanted", "bought", "contracted", "requested"] = Field(examples=["wanted"])
    freq: Literal["A", "Q"] = Field(examples=["A"])
    status: Status = Field(examples=["available"])
    confidence: Literal["supported", "weak"] | None = Field(examples=["weak"])
    reason: str | None = Field(description="Why the answer is partial or unavailable; null otherwise.")
    effect: str | None = Field(
        description="Said where the scenario leaves every draw of the cell as it is in base; null otherwise, and in "
        "editions made before it was told.",
        examples=[None],
    )

    @classmethod
    def about(cls, edition: Edition, cell: Cell, **values: Any) -> Self:  # noqa: ANN401 - any field
        """The answer about a cell of an edition."""
        effect = NOT_AFFECTED if edition.unaffected(cell) else None
        return cls.of(cell, edition, edition=edition.id, effect=effect, **values)


class Growth(ResponseModel):
    """Growth of electricity, TWh a year: of all generation, of what data centers use, and their part of it."""

    generation: Band = Field(examples=[{"0.1": 120.0, "0.5": 240.0, "0.9": 360.0}])
    data_centers: Band = Field(examples=[{"0.1": 80.0, "0.5": 120.0, "0.9": 170.0}])
    share: Band | None = Field(
        description="Growth of data centers over that of generation; null where generation does not grow in some "
        "draws, for then the ratio has no size.",
        examples=[{"0.1": 0.3, "0.5": 0.5, "0.9": 0.9}],
    )


class Routes(ResponseModel):
    """Demand by each route alone: power's average draw, GW, storage's disk installed, EB, a grid's electricity, TWh.

    Beside power ``sites`` is what the built capacity would draw if it were filled.
    """

    unit_kind: Literal["facility_average", "installed", "facility_total"]
    bands: dict[str, Band]
    disagreement: Number = Field(
        description="Standard deviation of the logarithms of the medians of the demand routes."
    )


class GapPoint(ResponseModel):
    """Bands of one period; keys are quantile levels as shortest decimals. Null where figures cannot carry it."""

    period: date = Field(description="First day of the period.", examples=["2028-01-01"])
    demand: Band = Field(examples=[{"0.1": 60.5, "0.5": 74.0, "0.9": 91.2}])
    supply: Band | None = Field(examples=[{"0.1": 61.9, "0.5": 72.6, "0.9": 84.3}])
    gap: Band | None = Field(
        description="Demand minus deliverable supply, draw by draw; positive is short.",
        examples=[{"0.1": -8.1, "0.5": 1.2, "0.9": 12.3}],
    )
    p_short: Chance | None = Field(description="P(gap > 0).", examples=[0.43])
    expected_shortfall: Annotated[float, Field(ge=0), AfterValidator(rounded)] | None = Field(
        description="E[max(gap, 0)], in the unit.", examples=[2.9]
    )
    p_above: Band | None = Field(
        description="P(gap > x) by x, in the unit, for the thresholds asked for with above; null without any.",
        examples=[{"0": 0.43, "10": 0.12}],
    )
    p_short_by: Chance | None = Field(
        description="P(short in any period of this frequency from the first to this one).", examples=[0.47]
    )
    plan_late: Band | None = Field(
        description="Share of the planned additions that could be late before it is short: 0 where it is short as "
        "planned, 1 where not even all of them would be missed (power).",
        examples=[{"0.1": 0.0, "0.5": 0.08, "0.9": 0.31}],
    )
    stranded: Band | None = Field(description="H100e bought that no hall houses (compute).")
    vacant: Band | None = Field(description="H100e that halls house and nobody has bought (compute).")
    shortages: Band | None = Field(
        description="Sum over regions of what each is short of what it wants; a surplus elsewhere does not count as it "
        "does in gap (power and compute of the world, H100e at 8 bit)."
    )
    binding: Band | None = Field(
        description="Share of draws in which nothing, chips, halls, connections to the grid or firm power keeps what "
        "is wanted from being served; they sum to 1 (power).",
        examples=[{"nothing": 0.14, "chips": 0.21, "halls": 0.35, "grid": 0.29, "firm": 0.01}],
    )
    expected: Band | None = Field(
        description="What stands with what of the requests is expected to be connected (requested demand)."
    )
    width_split: dict[str, Band] | None = Field(
        description="Share of the width of demand, supply and gap that each group of inputs causes.",
        examples=[
            {
                "demand": {"nowcast": 0.2, "growth": 0.3, "conversion": 0.1, "model_error": 0.4},
                "supply": {"nowcast": 0.5, "growth": 0.3, "conversion": 0.1, "model_error": 0.1},
                "gap": {"nowcast": 0.3, "growth": 0.2, "conversion": 0.1, "model_error": 0.4},
            }
        ],
    )
    model_error_share: Chance | None = Field(
        description="Share of the variance of the gap, or of demand where there is no supply, that is the model error: "
        "what experts' past projections missed beyond the spread of the draws' own causes.",
        examples=[0.4],
    )
    growth: Growth | None = Field(description="Growth of generation and of data centers since the base year (energy).")
    year_growth: Growth | None = Field(description="The same over the year before (energy, years).")
    routes: Routes | None = Field(
        json_schema_extra=DEPRECATED,
        description="The routes to the demand, and how far they lie apart (power, storage, energy of grids).",
        examples=[
            {
                "unit_kind": "facility_average",
                "bands": {
                    "chips": {"0.1": 41.0, "0.5": 53.2, "0.9": 68.9},
                    "capex": {"0.1": 39.8, "0.5": 50.1, "0.9": 64.0},
                    "published": {"0.1": 38.2, "0.5": 48.0, "0.9": 60.4},
                    "sites": {"0.1": 40.3, "0.5": 50.9, "0.9": 61.1},
                },
                "disagreement": 0.05,
            }
        ],
    )
    stock: dict[str, Band] | None = Field(
        json_schema_extra=DEPRECATED,
        description="EB shipped to data centers and retired in the period, by the shipments route, and used at its end "
        "(storage only).",
    )
    against_base: AgainstBase | None = Field(
        description="The same numbers in base, with the difference and the probability of its sign; null in base, and "
        "of editions made before they were told."
    )


class Limit(ResponseModel):
    """Whether power is what limits the region in a period, read off the joint draws of its cells."""

    period: date = Field(examples=["2028-01-01"])
    p_power_not_limit: Chance = Field(
        description="Chance that facility power, electricity and firm power all suffice for what is bought, as far as "
        "supply is carried.",
        examples=[0.41],
    )
    p_short: Band = Field(
        description="Chance of being short of what is bought by layer of power that carries a supply.",
        examples=[{"power": 0.43, "energy": 0.31, "firm": 0.36}],
    )
    binding: Band = Field(
        description="Chance that nothing, chips, halls, connections to the grid or firm power keeps what is wanted "
        "from being served.",
        examples=[{"nothing": 0.14, "chips": 0.21, "halls": 0.35, "grid": 0.29, "firm": 0.01}],
    )


class FromFile(ResponseModel):
    """What an edition keeps in a file: written with its keys in alphabetical order, as they stand there."""

    @model_serializer(mode="wrap")
    def _sorted(self, write: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a type would replace the schema
        return dict(sorted(write(self).items()))


class Figure(FromFile):
    """One figure as its source says it; figures of two definitions stand side by side and are never joined."""

    about: str = Field(
        description="What it is about: shipments, proxies of demand, flash, installed, a group of gauges."
    )
    series_id: str = Field(examples=["seagate.hdd.nearline_exabytes"])
    period: date
    freq: str
    value: float
    low: float | None
    high: float | None
    unit: str
    kind: str
    source_id: str
    published: date | None


class TightnessReading(Figure):
    """The last figure of a gauge."""

    direction: Literal[-1, 0, 1] | None = Field(
        description="1 tighter, 0 unchanged, -1 looser; null where it shows none."
    )
    against: Figure | None = Field(description="The figure before that it is compared with, whoever printed it.")
    counts: bool = Field(description="Whether it is recent enough, and shows a direction, to enter the index.")


class DriverAge(FromFile):
    """The newest period a driver knows and how old it is."""

    series_id: str = Field(examples=["us.electricity.netgen.total.eia"])
    freq: str = Field(examples=["M"])
    period: str = Field(description="The newest that is known, by its name.", examples=["2025-09"])
    published: date = Field(description="When the last of its figures became known.", examples=["2026-11-23"])
    age_days: int = Field(
        description="To data_as_of, from the end of the period or, where it lies ahead, from its publication.",
        examples=[419],
    )
    official: bool = Field(description="Counted, metered or reported, not estimated.")
    stale: bool = Field(description="Official and older than 120 days (monthly) or 200 days (quarterly).")


class TightnessOfMarket(FromFile):
    """Whether lead times and prices show a market that tightens: a direction, no size, and no shortage."""

    index: float | None = Field(description="Mean over groups, -1 looser to 1 tighter; null where no gauge counts.")
    groups: dict[str, float]
    readings: list[TightnessReading]


class SupplyPace(FromFile):
    """How fast supply grows by technology, in bands by year read off draws."""

    name: str = Field(examples=["solar_additions"])
    title: str
    unit: str
    basis: Literal["alternating_current", "accredited"] = Field(
        description="What a gigawatt is: alternating current at the grid, or what counts toward peak."
    )
    timing: Literal["total", "end"] = Field(description="Of the year, or at its end.")
    bands: dict[str, Band] = Field(description="By first day of the year.")


Sources = Annotated[
    list[str],
    Field(examples=[["Epoch AI, Frontier Data Centers, six vintages to 1 October 2026 (CC BY 4.0)"]]),
]


class GapAnswer(CellHead):
    """Answer of ``/v1/gaps``."""

    first_likely_short: date | None = Field(
        description="First day of the first period in which a shortage is more likely than not; null without one.",
        examples=["2028-01-01"],
    )
    growth_since: date | None = Field(
        description="Need and supply are growth since the end of this day (firm); null where they are levels.",
    )
    points: list[GapPoint]
    limits: list[Limit] = Field(
        json_schema_extra=DEPRECATED,
        description="Beside power, energy and firm power, also where the cell is unavailable: whether power is the "
        "limit in the region, and what binds. Empty where its compute or facility power carries no supply.",
    )
    supply_pace: list[SupplyPace] = Field(
        json_schema_extra=DEPRECATED,
        description="Parts of the supply or what stands beside it, by technology (energy of US, CN, WORLD; firm of "
        "US).",
        examples=[[]],
    )
    tightness: TightnessOfMarket | None = Field(
        json_schema_extra=DEPRECATED, description="Lead times and prices beside the answer (storage only)."
    )
    figures: list[Figure] = Field(
        json_schema_extra=DEPRECATED,
        description="Figures beside the answer, known on its day (storage only).",
        examples=[[]],
    )
    drivers: list[DriverAge] = Field(
        description="The observed series the answer rests on, each with the newest period it knows and its age.",
        examples=[[]],
    )
    cite: Cite
    sources: Sources
    notes: list[str] = Field(
        examples=[
            [
                (
                    "Three routes (chips, capex, publishers) are weighted in every draw; their disagreement is part of "
                    "the width."
                )
            ]
        ]
    )
