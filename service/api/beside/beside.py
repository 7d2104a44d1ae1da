"""What stands beside a gap, a resource each: limits of a region, pace of supply, figures, routes and stock."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

import polars as pl
from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import DemandConcept, Layer
from data.base.quantiles import Quantile
from data.periods.period import Frequency, Period
from projection.cells.cells import REGIONS_ANSWERED
from projection.cells.paths import Binding
from projection.edition.edition import Cell, Edition
from projection.edition.limits import POWER_LAYERS, limits
from service.api.gaps.gap_answer import CellHead, Figure, Limit, Sources, TightnessOfMarket
from service.api.gaps.gaps import CellQuery, GapQuery, YearOrQuarter, cell_of, read_gap
from service.base.query import DEFAULT, EditionQuery, From, Levels, Scenario, To, levels, one_of
from service.base.response import Band, EditionHead, Number, ResponseModel
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented, get_table
from service.base.tables import TableQuery, attributed, attributed_by, beside, table
from service.base.window import Window

LIMIT_KEYS = {
    "p_short": [layer.value for layer in POWER_LAYERS],
    "binding": [one.name.lower() for one in Binding],
}

router = api_router("gaps")


class LimitsQuery(EditionQuery, TableQuery):
    """A question about what limits a region."""

    region: Annotated[
        str, one_of("region", REGIONS_ANSWERED), Field(description="Region code, in any case.", examples=["US"])
    ]
    scenario: Scenario = "base"
    freq: YearOrQuarter = Frequency.YEAR
    first: From = None
    last: To = None


class BesideQuery(CellQuery, TableQuery):
    """A question about what stands beside a cell."""


class RoutesQuery(BesideQuery):
    """A question about the routes to a demand."""

    first: From = None
    last: To = None

    @property
    def gap(self) -> GapQuery:
        """The gap it stands beside."""
        return GapQuery.model_validate(self.model_dump(include=set(GapQuery.model_fields), by_alias=True))


class StockQuery(RoutesQuery):
    """A question about what a stock is made of."""

    quantiles: Levels = DEFAULT


class Limits(EditionHead):
    """Answer of ``/v1/limits``."""

    region: str = Field(examples=["US"])
    scenario: str = Field(examples=["base"])
    freq: Literal["A", "Q"] = Field(examples=["A"])
    items: list[Limit] = Field(description="Empty where its compute or facility power carries no supply.")
    sources: Sources


class PaceItem(ResponseModel):
    """How fast one technology grows in a year, read off draws."""

    period: date = Field(examples=["2026-01-01"])
    name: str = Field(examples=["solar_additions"])
    title: str = Field(examples=["Added in the year, solar"])
    unit: str = Field(examples=["GW"])
    basis: Literal["alternating_current", "accredited"] = Field(examples=["alternating_current"])
    timing: Literal["total", "end"] = Field(examples=["total"])
    pace: Band = Field(examples=[{"0.1": 113.6, "0.5": 219.6, "0.9": 418.6}])


class Pace(CellHead):
    """Answer of ``/v1/pace``."""

    items: list[PaceItem]
    sources: Sources


class FiguresBeside(CellHead):
    """Answer of ``/v1/figures``."""

    tightness: TightnessOfMarket | None = Field(description="Lead times and prices beside the answer (storage only).")
    items: list[Figure] = Field(description="Known on the edition's day (storage only).", examples=[[]])
    sources: Sources


class RouteItem(ResponseModel):
    """Demand by one route alone in a period."""

    period: date = Field(examples=["2028-01-01"])
    route: str = Field(examples=["chips"])
    unit_kind: Literal["facility_average", "installed", "facility_total"] = Field(examples=["facility_average"])
    demand: Band = Field(examples=[{"0.1": 41.0, "0.5": 53.2, "0.9": 68.9}])
    disagreement: Number = Field(
        description="Standard deviation of the logarithms of the medians of the period's routes.", examples=[0.05]
    )


class RoutesBeside(CellHead):
    """Answer of ``/v1/routes``: power, storage and the energy of grids have routes."""

    items: list[RouteItem]
    sources: Sources


class StockItem(ResponseModel):
    """EB shipped to data centers and retired in a period, by the shipments route, and used at its end."""

    period: date = Field(examples=["2028-01-01"])
    shipped: Band | None = Field(examples=[{"0.1": 900.0, "0.5": 1100.0, "0.9": 1400.0}])
    retired: Band | None = Field(examples=[{"0.1": 200.0, "0.5": 260.0, "0.9": 330.0}])
    used: Band | None = Field(examples=[{"0.1": 2900.0, "0.5": 3300.0, "0.9": 3900.0}])


class Stock(CellHead):
    """Answer of ``/v1/stock``: storage has a stock."""

    items: list[StockItem]
    sources: Sources


def region_limits(edition: Edition, query: LimitsQuery) -> Limits:
    """Whether power is what limits a region, and what binds; raises :class:`ArtifactCorrupt`."""
    window = Window(query.first, query.last)
    all_limits = limits(edition, query.region, scenario=query.scenario, freq=query.freq)
    layers = (*POWER_LAYERS, Layer.COMPUTE)
    bought = [edition.cell(query.region, layer, demand=DemandConcept.BOUGHT) for layer in layers]
    return Limits.of(
        edition,
        query,
        edition=edition.id,
        items=[Limit.of(one) for one in all_limits if window.holds(Period(one.period, query.freq))],
        sources=list(dict.fromkeys(source for cell in bought for source in cell.sources)),
    )


def pace(edition: Edition, query: BesideQuery) -> Pace:
    """The pace of supply beside a cell, by year."""
    cell = _cell(edition, query)
    items = [
        PaceItem.of(one, period=date.fromisoformat(day), pace=band)
        for one in edition.pace(cell)
        for day, band in one["bands"].items()
    ]
    return Pace.about(edition, cell, freq=Frequency.YEAR, items=items)


def figures(edition: Edition, query: BesideQuery) -> FiguresBeside:
    """Figures and gauges beside a cell."""
    cell = _cell(edition, query)
    about = {"tightness": edition.tightness(cell), "items": edition.figures(cell)}
    return FiguresBeside.about(edition, cell, freq=query.freq, **about)


def routes(edition: Edition, query: RoutesQuery) -> RoutesBeside:
    """Demand by each route alone."""
    reading = read_gap(edition, query.gap)
    items = [
        RouteItem.of(point.routes, period=point.period, route=name, demand=band)
        for point in reading.points
        if point.routes is not None
        for name, band in point.routes["bands"].items()
    ]
    return RoutesBeside.about(edition, reading.cell, freq=query.freq, items=items)


def stock(edition: Edition, query: StockQuery) -> Stock:
    """What a stock is made of."""
    reading = read_gap(edition, query.gap)
    nothing = dict.fromkeys(("shipped", "retired", "used"))
    items = [
        StockItem.of(nothing | point.stock, period=point.period) for point in reading.points if point.stock is not None
    ]
    return Stock.about(edition, reading.cell, freq=query.freq, items=items)


def _cell(edition: Edition, query: CellQuery) -> Cell:
    return cell_of(edition, GapQuery.model_validate(query.model_dump(include=set(CellQuery.model_fields))))


def _rows(answer: CellHead | Limits, frame: pl.DataFrame, sources: Sequence[str]) -> pl.DataFrame:
    names = ("region", "layer", "scenario", "edition")
    head = {name: getattr(answer, name) for name in names if hasattr(answer, name)}
    return attributed(beside(frame, **head).select(*head, pl.exclude(*head)), sources)


def _band_rows(answer: Pace | RoutesBeside, model: type[ResponseModel], band: str) -> pl.DataFrame:
    """The rows of an answer whose items have one band, at the levels that the edition keeps."""
    edition_levels = sorted({Quantile.parse(key) for item in answer.items for key in getattr(item, band)})
    return _rows(answer, table(answer.items, model, bands=(band,), levels=edition_levels), answer.sources)


@get_table(
    router,
    "/v1/limits",
    response_model=Limits,
    operation_id="listLimits",
    summary="What limits a region",
    responses=documented(*EDITION_PROBLEMS, tables=True),
)
def list_limits(query: Annotated[LimitsQuery, Query()], respond: Respond) -> Response:
    """Whether power is what limits a region in a period, and what binds, read off the joint draws of its cells."""
    edition, query = respond.read(query)
    return respond.table(
        query,
        lambda question: region_limits(edition, question),
        lambda answer: _rows(answer, table(answer.items, Limit, keyed=LIMIT_KEYS), answer.sources),
    )


@get_table(
    router,
    "/v1/pace",
    response_model=Pace,
    operation_id="listPace",
    summary="The pace of supply by technology",
    responses=documented(*EDITION_PROBLEMS, tables=True),
)
def list_pace(query: Annotated[BesideQuery, Query()], respond: Respond) -> Response:
    """Parts of a supply, or what stands beside it, by year (energy of US, CN and WORLD, firm of US)."""
    edition, query = respond.read(query)
    return respond.table(
        query, lambda question: pace(edition, question), lambda answer: _band_rows(answer, PaceItem, "pace")
    )


@get_table(
    router,
    "/v1/figures",
    response_model=FiguresBeside,
    operation_id="listFigures",
    summary="Figures beside a cell",
    responses=documented(*EDITION_PROBLEMS, tables=True),
)
def list_figures(query: Annotated[BesideQuery, Query()], respond: Respond) -> Response:
    """Figures as their sources say them, and lead times and prices, on the edition's day (storage)."""
    edition, query = respond.read(query)
    return respond.table(
        query,
        lambda question: figures(edition, question),
        lambda answer: attributed_by(_rows(answer, table(answer.items, Figure), ()), "source_id"),
    )


@get_table(
    router,
    "/v1/routes",
    response_model=RoutesBeside,
    operation_id="listRoutes",
    summary="The routes to a demand",
    responses=documented(*EDITION_PROBLEMS, tables=True),
)
def list_routes(query: Annotated[RoutesQuery, Query()], respond: Respond) -> Response:
    """Demand by each route alone, and how far the routes lie apart (power, storage, energy of grids)."""
    edition, query = respond.read(query)
    return respond.table(
        query, lambda question: routes(edition, question), lambda answer: _band_rows(answer, RouteItem, "demand")
    )


@get_table(
    router,
    "/v1/stock",
    response_model=Stock,
    operation_id="listStock",
    summary="What a stock is made of",
    responses=documented(*EDITION_PROBLEMS, tables=True),
)
def list_stock(query: Annotated[StockQuery, Query()], respond: Respond) -> Response:
    """Storage shipped to data centers and retired in a period, and used at its end."""
    edition, query = respond.read(query)
    bands, chosen = ("shipped", "retired", "used"), levels(query.quantiles)
    return respond.table(
        query,
        lambda question: stock(edition, question),
        lambda answer: _rows(answer, table(answer.items, StockItem, bands=bands, levels=chosen), answer.sources),
    )
