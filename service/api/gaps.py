"""``/v1/gaps``: bands of demand, deliverable supply and their difference, read off an edition."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal, Self

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from data.base.layers import LAYERS, DemandConcept, Layer
from data.base.layers import Status as CellStatus
from data.base.regions import REGIONS
from data.periods.period import Frequency, Period
from projection.cells.cells import COUNTRIES, GRIDS, REGIONS_ANSWERED, STATES
from projection.edition.edition import Cell, Edition
from projection.edition.limits import POWER_LAYERS, limits
from projection.edition.limits import Limit as RegionLimit
from projection.edition.points import Point
from service.base.query import (
    DEFAULT,
    THRESHOLDS_MAXIMUM,
    From,
    Levels,
    QueryModel,
    Scenario,
    Text,
    To,
    joined,
    levels,
    one_of,
    thresholds,
)
from service.base.response import Band, Chance, Number, ResponseModel, Stamp, Status, Withholding
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.base.window import Window
from service.wording import region_name

OWNER = "The edition"
KNOWN = (*REGIONS_ANSWERED, *(code for code in REGIONS if code not in REGIONS_ANSWERED))
"""Codes of regions, those that cells are computed for first."""
THRESHOLDS_EXAMPLE = "0,10"

router = api_router("gaps")

Region = Annotated[
    str,
    one_of("region", KNOWN, hint=REGIONS_ANSWERED),
    Field(
        description=f"Region code, in any case. Cells are computed for {', '.join(COUNTRIES)}, the grids "
        f"{', '.join(GRIDS[:-1])} and {GRIDS[-1]} (energy and firm), and {' and '.join(STATES)} "
        "(committed and requested power); any other region of /v1/regions is known but answers unavailable.",
        examples=["US"],
    ),
]
LayerName = Annotated[
    Layer, one_of("layer", list(Layer)), Field(description="What can run short.", examples=[Layer.POWER])
]
Demand = Annotated[
    DemandConcept,
    one_of("demand", list(DemandConcept)),
    Field(description="Which demand is meant.", examples=[DemandConcept.EQUIPMENT]),
]
YearOrQuarter = Annotated[
    Frequency,
    one_of("freq", (Frequency.YEAR, Frequency.QUARTER)),
    Field(description="A for years, Q for quarters.", examples=[Frequency.YEAR]),
]
Above = Annotated[
    str | None,
    Text(lambda text: joined(thresholds(text, example=THRESHOLDS_EXAMPLE))),
    Field(
        description="Thresholds x, in the unit of the layer, of P(gap > x): numbers separated by commas, each once, at "
        f"most {THRESHOLDS_MAXIMUM}.",
        examples=[THRESHOLDS_EXAMPLE],
    ),
]
Basis = Annotated[
    str,
    one_of("basis", ("8bit", "16bit")),
    Field(description="Precision H100 equivalents are counted at (compute only).", examples=["8bit"]),
]


class CellQuery(QueryModel):
    """A question about one cell."""

    region: Region
    layer: LayerName
    scenario: Scenario = "base"
    demand: Demand = DemandConcept.EQUIPMENT
    freq: YearOrQuarter = Frequency.YEAR


class GapQuery(CellQuery):
    """A question about the gap of one cell."""

    first: From = None
    last: To = None
    quantiles: Levels = DEFAULT
    above: Above = None
    basis: Basis = "8bit"

    @property
    def window(self) -> Window:
        """The days asked for."""
        return Window(self.first, self.last)


class CellHead(ResponseModel):
    """Which edition and cell an answer is about, and how far it can be trusted."""

    edition: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    issued: Stamp = Field(examples=["2026-11-23T12:00:00Z"])
    data_as_of: date = Field(examples=["2026-11-22"])
    withheld: Withholding
    region: str = Field(examples=["US"])
    layer: str = Field(examples=["power"])
    unit: str = Field(examples=["GW"])
    unit_kind: str = Field(examples=["facility_peak"])
    timing: Literal["end", "average", "total"] = Field(examples=["end"])
    scenario: str = Field(examples=["base"])
    demand_concept: Literal["equipment", "committed", "requested"] = Field(examples=["equipment"])
    freq: Literal["A", "Q"] = Field(examples=["A"])
    status: Status = Field(examples=["available"])
    confidence: Literal["supported", "weak"] | None = Field(examples=["weak"])
    reason: str | None = Field(description="Why the answer is partial or unavailable; null otherwise.")

    @classmethod
    def about(cls, edition: Edition, cell: Cell, **own: Any) -> Self:  # noqa: ANN401 - any field
        """The answer about a cell of an edition."""
        return cls.of(cell, edition, edition=edition.id, **own)


class Floor(ResponseModel):
    """The least width of demand paths, and whether it decides this period's band."""

    name: str = Field(examples=["expert_hindcast_2026"])
    binds: bool = Field(examples=[False])


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
    expected_shortfall: Annotated[Number, Field(ge=0)] | None = Field(
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
    binding: Band | None = Field(
        description="Chance that power, or chips, is what limits deliverable compute (compute)."
    )
    unconstrained: Band | None = Field(
        description="Demand if halls were never full and nothing went unmet; the tightness behind it has a prior "
        "(compute and power).",
        examples=[{"0.1": 62.0, "0.5": 77.1, "0.9": 96.0}],
    )
    floor: Floor | None = Field(examples=[{"name": "expert_hindcast_2026", "binds": False}])
    width_split: dict[str, Band] | None = Field(
        description="Share of the width of demand, supply and gap that each group of inputs causes.",
        examples=[
            {
                "demand": {"nowcast": 0.2, "growth": 0.6, "conversion": 0.2},
                "supply": {"nowcast": 0.5, "growth": 0.4, "conversion": 0.1},
                "gap": {"nowcast": 0.3, "growth": 0.5, "conversion": 0.2},
            }
        ],
    )
    share_of_growth: Band | None = Field(
        description="Share of generation growth since the base year that data centers take (energy only)."
    )
    share_of_year_growth: Band | None = Field(
        description="Share of the growth of generation over the year before that data centers take (energy, years)."
    )
    routes: Routes | None = Field(
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
        description="EB shipped to data centers and retired in the period, by the shipments route, and used at its end "
        "(storage only)."
    )


class Limit(ResponseModel):
    """Whether power is what limits the region in a period, read off the joint draws of its cells."""

    period: date = Field(examples=["2028-01-01"])
    p_power_not_limit: Chance = Field(
        description="Chance that facility power, electricity and firm power all suffice, as far as supply is carried.",
        examples=[0.41],
    )
    p_short: Band = Field(
        description="Chance of being short by layer of power that carries a supply.",
        examples=[{"power": 0.43, "energy": 0.31, "firm": 0.36}],
    )
    binding: Band = Field(
        description="Chance that power, or chips, is what limits deliverable compute of the region.",
        examples=[{"power": 0.44, "chips": 0.56}],
    )


class FromFile(ResponseModel):
    """What an edition keeps in a file: written with its keys in alphabetical order, as they stand there."""

    @model_serializer(mode="wrap")
    def _sorted(self, write: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a type would replace the schema
        return dict(sorted(write(self).items()))


class Figure(FromFile):
    """One figure as its source says it; figures of two definitions stand side by side and are never joined."""

    about: str = Field(
        description="What it tells of: shipments, proxies of demand, flash, installed, a group of gauges."
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
        description="1 tighter, 0 unchanged, -1 looser; null where it tells none."
    )
    against: Figure | None = Field(description="The figure before that it is compared with, whoever printed it.")
    counts: bool = Field(description="Whether it is recent enough, and tells a direction, to enter the index.")


class TightnessOfMarket(FromFile):
    """Whether lead times and prices tell of a market that tightens: a direction, no size, and no shortage."""

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
    Field(examples=[["Epoch AI, Frontier Data Centers, five vintages to 3 August 2026 (CC BY 4.0)"]]),
]


class GapAnswer(CellHead):
    """Answer of ``/v1/gaps``."""

    first_likely_short: date | None = Field(
        description="First day of the first period in which a shortage is more likely than not; null without one.",
        examples=["2031-01-01"],
    )
    points: list[GapPoint]
    limits: list[Limit] = Field(
        description="Beside power, energy and firm power, also where the cell is unavailable: whether power is the "
        "limit in the region, and what binds. Empty where its compute or facility power carries no supply."
    )
    supply_pace: list[SupplyPace] = Field(
        description="Parts of the supply or what stands beside it, by technology (energy of US, CN, WORLD; firm of "
        "US).",
        examples=[[]],
    )
    tightness: TightnessOfMarket | None = Field(description="Lead times and prices beside the answer (storage only).")
    figures: list[Figure] = Field(
        description="Figures beside the answer, known on its day (storage only).", examples=[[]]
    )
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


@dataclass(frozen=True)
class GapReading:
    """A cell with its points, as an edition holds it.

    Attributes:
        query: what was asked for.
        note: that the periods asked for reach beyond the edition's, in words.
    """

    edition: Edition
    query: GapQuery
    cell: Cell
    points: tuple[Point, ...]
    first_likely_short: date | None = None
    limits: tuple[RegionLimit, ...] = ()
    note: str | None = None


def read_gap(edition: Edition, query: GapQuery) -> GapReading:
    """The cell and its points; a known region without cells, and a window outside its periods, are unavailable.

    Raises:
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
    """
    cell = cell_of(edition, query)
    power = _limits(edition, query)
    if cell.status is CellStatus.UNAVAILABLE:
        return GapReading(edition, query, cell, (), limits=power)
    periods = edition.periods(cell, query.freq)
    reason = query.window.reason(periods, owner=OWNER)
    if reason is not None:
        return GapReading(edition, query, unavailable(cell, reason), ())
    points = edition.answer(
        cell,
        freq=query.freq,
        first=query.first,
        last=query.last,
        levels=levels(query.quantiles),
        above=thresholds(query.above, example=THRESHOLDS_EXAMPLE) if query.above else (),
    )
    likely = edition.first_likely_short(cell, query.freq)
    return GapReading(edition, query, cell, tuple(points), likely, power, query.window.note(periods, owner=OWNER))


def unavailable(cell: Cell, reason: str) -> Cell:
    """The cell where it says nothing of what was asked for."""
    return replace(cell, status=CellStatus.UNAVAILABLE, confidence=None, reason=reason)


def _limits(edition: Edition, query: GapQuery) -> tuple[RegionLimit, ...]:
    """What limits the region in the periods asked for, beside a layer of power under demand of equipment."""
    beside_power = query.layer in POWER_LAYERS and query.demand is DemandConcept.EQUIPMENT
    if not beside_power or query.region not in REGIONS_ANSWERED:
        return ()
    every = limits(edition, query.region, scenario=query.scenario, freq=query.freq)
    return tuple(limit for limit in every if query.window.holds(Period(limit.period, query.freq)))


def cell_of(edition: Edition, query: GapQuery) -> Cell:
    """What can be said of the cell asked for; of a known region without cells, that nothing can."""
    if query.region in REGIONS_ANSWERED:
        narrow = query.basis == "16bit"
        return edition.cell(query.region, query.layer, scenario=query.scenario, demand=query.demand, narrow=narrow)
    spec = LAYERS[query.layer]
    return Cell(
        region=query.region,
        layer=query.layer,
        scenario=query.scenario,
        demand_concept=query.demand,
        status=CellStatus.UNAVAILABLE,
        confidence=None,
        reason=f"No gap is computed for {region_name(query.region)}; its series are listed at /v1/series.",
        unit=spec.unit,
        unit_kind=spec.unit_kind,
        timing=spec.timing,
        sources=(),
        notes=(),
    )


def answer(reading: GapReading) -> GapAnswer:
    """The answer, with what stands beside its points."""
    edition, cell = reading.edition, reading.cell
    return GapAnswer.about(
        edition,
        cell,
        freq=reading.query.freq,
        first_likely_short=reading.first_likely_short,
        points=[GapPoint.of(point, binding=_binding(point, cell.layer)) for point in reading.points],
        limits=reading.limits,
        supply_pace=edition.pace(cell),
        tightness=edition.tightness(cell),
        figures=edition.figures(cell),
        notes=[*cell.notes, *([reading.note] if reading.note else [])],
    )


def _binding(point: Point, layer: Layer) -> Mapping[str, float] | None:
    """Chance by layer that it is the one that limits deliverable compute; None for other layers."""
    if layer is not Layer.COMPUTE or point.p_short is None:
        return None
    return {"power": point.p_short, "chips": 1.0 - point.p_short}


@router.get(
    "/v1/gaps",
    response_model=GapAnswer,
    operation_id="getGap",
    summary="The gap of one region and layer",
    responses=documented(*EDITION_PROBLEMS),
)
def gaps(query: Annotated[GapQuery, Query()], respond: Respond) -> Response:
    """Bands of demand, deliverable supply and their difference by period, with the probability of being short."""
    edition, query = respond.read(query)
    return respond.answer(query, lambda: answer(read_gap(edition, query)))
