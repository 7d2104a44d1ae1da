"""The gap of a cell: bands of demand, deliverable supply and their difference, read off an edition."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Annotated

from pydantic import Field

from data.base.layers import LAYERS, DemandConcept, Layer
from data.base.layers import Status as CellStatus
from data.base.regions import REGIONS
from data.periods.period import Frequency, Period
from data.store.ledger import Promotion
from projection.cells.cells import COUNTRIES, GRIDS, REGIONS_ANSWERED, STATES
from projection.edition.edition import BASE, Cell, Edition
from projection.edition.limits import POWER_LAYERS, limits
from projection.edition.limits import Limit as RegionLimit
from projection.edition.points import Point
from service.api.gaps.against_base import against_base
from service.api.gaps.gap_answer import GapAnswer, GapPoint
from service.api.models.gate_checks import failure_note
from service.base.query import (
    DEFAULT,
    NUMBERS_SCHEMA,
    THRESHOLDS_MAXIMUM,
    EditionQuery,
    From,
    Levels,
    Scenario,
    Text,
    To,
    joined,
    levels,
    one_of,
    thresholds,
)
from service.base.response import Cite
from service.base.window import Window
from service.wording import region_name

OWNER = "The edition"
KNOWN = (*REGIONS_ANSWERED, *(code for code in REGIONS if code not in REGIONS_ANSWERED))
"""Codes of regions, those that cells are computed for first."""
THRESHOLDS_EXAMPLE = "0,10"
FORMER_DEMAND = {
    "equipment": (DemandConcept.WANTED, DemandConcept.BOUGHT),
    "unconstrained": (DemandConcept.WANTED,),
    "committed": (DemandConcept.CONTRACTED,),
}
"""Readings of demand that were asked for by another name before, with what stands for them now."""

Region = Annotated[
    str,
    one_of("region", KNOWN, hint=REGIONS_ANSWERED),
    Field(
        description=f"Region code, in any case. Cells are computed for {', '.join(COUNTRIES)}, the grids "
        f"{', '.join(GRIDS[:-1])} and {GRIDS[-1]} (energy, of some power and firm), and {' and '.join(STATES)} "
        "(contracted and requested power); any other region of /v1/regions is known but answers unavailable.",
        examples=["US"],
    ),
]
LayerName = Annotated[
    Layer, one_of("layer", list(Layer)), Field(description="What can run short.", examples=[Layer.POWER])
]
Demand = Annotated[
    DemandConcept,
    one_of("demand", list(DemandConcept), former=FORMER_DEMAND),
    Field(
        description="Which reading of demand: wanted (what buyers would put into use if halls, power and chips were no "
        "limit), bought (what of it they take, with the chips there are and purchases beyond what halls house "
        "delayed), contracted (what stands and what of orders and signed contracts is delivered, to their last due "
        "date) or requested (every request counted as if it were connected). In every draw wanted is at least bought.",
        examples=[DemandConcept.WANTED],
    ),
]
YearOrQuarter = Annotated[
    Frequency,
    one_of("freq", (Frequency.YEAR, Frequency.QUARTER)),
    Field(description="A for years, Q for quarters.", examples=[Frequency.YEAR]),
]
Above = Annotated[
    str | None,
    Text(lambda text: joined(thresholds(text, example=THRESHOLDS_EXAMPLE)), NUMBERS_SCHEMA),
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


class CellQuery(EditionQuery):
    """A question about one cell."""

    region: Region
    layer: LayerName
    scenario: Scenario = "base"
    demand: Demand = DemandConcept.WANTED
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


@dataclass(frozen=True)
class GapReading:
    """A cell with its points, as an edition holds it.

    Attributes:
        query: what was asked for.
        points: none of a cell that the scenario does not affect.
        base: the same periods of base, beside another scenario.
        growth_since: the day whose end need and supply count growth from; None where they are levels.
        note: that the periods asked for reach beyond the edition's, in words.
    """

    edition: Edition
    query: GapQuery
    cell: Cell
    points: tuple[Point, ...]
    base: tuple[Point, ...] = ()
    first_likely_short: date | None = None
    limits: tuple[RegionLimit, ...] = ()
    growth_since: date | None = None
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
    if edition.unaffected(cell):
        return GapReading(edition, query, cell, ())
    points_of = partial(
        edition.answer,
        freq=query.freq,
        first=query.first,
        last=query.last,
        levels=levels(query.quantiles),
        above=thresholds(query.above, example=THRESHOLDS_EXAMPLE) if query.above else (),
    )
    return GapReading(
        edition,
        query,
        cell,
        tuple(points_of(cell)),
        tuple(points_of(replace(cell, scenario=BASE))) if cell.scenario != BASE else (),
        first_likely_short=edition.first_likely_short(cell, query.freq),
        limits=power,
        growth_since=growth_since(edition, cell),
        note=query.window.note(periods, owner=OWNER),
    )


def growth_since(edition: Edition, cell: Cell) -> date | None:
    """The day whose end firm power counts growth from: it is answered from the next quarter on."""
    if cell.layer is not Layer.FIRM:
        return None
    return edition.periods(cell, Frequency.QUARTER)[0].shift(-1).end


def unavailable(cell: Cell, reason: str) -> Cell:
    """The cell where it says nothing of what was asked for."""
    return replace(cell, status=CellStatus.UNAVAILABLE, confidence=None, reason=reason)


def _limits(edition: Edition, query: GapQuery) -> tuple[RegionLimit, ...]:
    """What limits the region in the periods asked for, beside what of a layer of power is wanted or bought."""
    beside_power = query.layer in POWER_LAYERS and query.demand in {DemandConcept.WANTED, DemandConcept.BOUGHT}
    if not beside_power or query.region not in REGIONS_ANSWERED:
        return ()
    all_limits = limits(edition, query.region, scenario=query.scenario, freq=query.freq)
    return tuple(limit for limit in all_limits if query.window.holds(Period(limit.period, query.freq)))


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


def answer(reading: GapReading, promotions: Sequence[Promotion] = (), *, cite: Cite) -> GapAnswer:
    """The answer, with what stands beside its points and how it is cited.

    ``promotions`` say which checks its model version failed.
    """
    edition, cell = reading.edition, reading.cell
    failure = failure_note(promotions, version=edition.model_version) if reading.points else None
    return GapAnswer.about(
        edition,
        cell,
        freq=reading.query.freq,
        first_likely_short=reading.first_likely_short,
        growth_since=reading.growth_since,
        points=_points(reading),
        limits=reading.limits,
        supply_pace=edition.pace(cell),
        tightness=edition.tightness(cell),
        figures=edition.figures(cell),
        drivers=edition.drivers_of(cell),
        cite=cite,
        notes=[*cell.notes, *(note for note in (failure, reading.note) if note)],
    )


def _points(reading: GapReading) -> list[GapPoint]:
    """The points, beside another scenario's with what it changes."""
    if not reading.base:
        return [GapPoint.of(point, against_base=None) for point in reading.points]
    # An edition may hold fewer periods of a scenario than of base.
    base = {point.period: point for point in reading.base}
    return [GapPoint.of(point, against_base=against_base(point, base[point.period])) for point in reading.points]
