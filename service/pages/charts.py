"""``/v1/charts/gap``: a gap as a Vega-Lite specification, two bands above and their difference below."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from data.periods.period import Period
from projection.edition.differences import NOT_AFFECTED
from projection.edition.points import Point
from service.api.gaps.gaps import CellQuery, GapQuery, GapReading, read_gap
from service.base.query import From, Theme, To
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.pages.vega import KINDS, SCHEMA, THEMES, TIMING, WIDTH, Colours, VegaLite, about, config, message
from service.wording import Scale, probability, region_name

LEVELS = ("0.05", "0.1", "0.5", "0.9", "0.95")
HEIGHT = {"bands": 250, "growth": 170, "gap": 170, "short": 90}
DEMAND, SUPPLY, EXPECTED, GAP = "Demand", "Deliverable supply", "Expected of it", "Gap"
GENERATION, DATA_CENTERS = "All generation", "Data centers"


router = api_router("gaps")


class GapChartQuery(CellQuery):
    """A question about one cell, and the colours of its picture."""

    first: From = None
    last: To = None
    theme: Theme = "light"

    @property
    def cell(self) -> GapQuery:
        """The cell and the periods asked for."""
        return GapQuery.model_validate(self.model_dump(by_alias=True, exclude={"theme"}))


@router.get(
    "/v1/charts/gap",
    response_model=VegaLite,
    operation_id="getGapChart",
    summary="The gap as a Vega-Lite chart",
    responses=documented(*EDITION_PROBLEMS),
)
def chart(query: Annotated[GapChartQuery, Query()], respond: Respond) -> Response:
    """A self-contained Vega-Lite specification: bands of demand and supply, the gap, and P(short)."""
    edition, query = respond.read(query)
    return respond.answer(query, lambda: gap_chart(read_gap(edition, query.cell), theme=query.theme))


def gap_chart(reading: GapReading, *, theme: str = "light") -> dict[str, Any]:
    """A self-contained Vega-Lite specification of the answer; its ``usermeta`` says what it shows.

    Panels are stacked in ``vconcat`` (their ``width`` may be set by the page): demand and supply, for energy the growth
    of generation beside that of data centers, the gap around zero, and P(short); a partial answer shows what it
    carries, an unavailable one its reason.
    """
    colours = THEMES[theme]
    cell = reading.cell
    panels: list[dict[str, Any]] = []
    data: dict[str, list[dict[str, Any]]] = {}
    if reading.points:
        scale = Scale.of((value for point in reading.points for value in point.demand.values()), cell.unit)
        data = {name: _rows(reading, bands, scale) for name, bands in _datasets(reading).items()}
        panels += _panels(reading, data, scale, colours)
    else:
        panels.append(_nothing(reading, colours))
    return {
        "$schema": SCHEMA,
        "description": f"Gap of {cell.layer.value} in {region_name(cell.region)}, edition {reading.edition.id}",
        "usermeta": about(reading.edition, cell),
        "datasets": {name: rows for name, rows in data.items() if rows},
        "vconcat": panels,
        "spacing": 18,
        "resolve": {"scale": {"color": "independent"}},
        "config": config(colours),
    }


def _nothing(reading: GapReading, colours: Colours) -> dict[str, Any]:
    """Why there is nothing to draw."""
    if reading.edition.unaffected(reading.cell):
        sentence = f"{reading.cell.scenario} {NOT_AFFECTED}: every number is that of base."
        return message(sentence, colours, title="Not affected")
    return message(reading.cell.reason or "", colours)


def _datasets(reading: GapReading) -> dict[str, dict[str, list[Mapping[str, float] | None]]]:
    """Bands by name, a point each, by the panel they stand in."""
    points = reading.points
    growth = [point.growth or {} for point in points]
    return {
        "bands": {
            _demand(reading): [point.demand for point in points],
            SUPPLY: [point.supply for point in points],
            EXPECTED: [point.expected for point in points],
        },
        "growth": {
            GENERATION: [by_name.get("generation") for by_name in growth],
            DATA_CENTERS: [by_name.get("data_centers") for by_name in growth],
        },
        "gap": {GAP: [point.gap for point in points]},
    }


def _demand(reading: GapReading) -> str:
    """The name of the band of demand: which reading it is."""
    return f"{DEMAND}: {reading.cell.demand_concept}"


def _panels(
    reading: GapReading, data: Mapping[str, Sequence[Mapping[str, Any]]], scale: Scale, colours: Colours
) -> Iterator[dict[str, Any]]:
    """The panels that have rows, from above."""
    cell = reading.cell
    paints = {
        _demand(reading): colours.demand,
        SUPPLY: colours.supply,
        EXPECTED: colours.gap,
        GENERATION: colours.supply,
        DATA_CENTERS: colours.demand,
    }
    stated = f"{scale.unit}, {KINDS[cell.unit_kind]}, {TIMING[cell.timing]}"
    if reading.growth_since is not None:
        stated = f"{stated}, growth since {reading.growth_since}"
    title = "Demand and deliverable supply" if data["gap"] else DEMAND
    yield _bands("bands", (title, stated), data["bands"], paints)
    if data["growth"]:
        since = f"{scale.unit} a year, since {reading.edition.base_year}"
        yield _bands("growth", ("Growth of electricity", since), data["growth"], paints)
    if data["gap"]:
        yield _gap((f"{GAP}: demand minus supply", f"{scale.unit}; above zero is short"), colours)
        yield _short(colours, labelled=reading.query.freq.per_year == 1)


def _rows(
    reading: GapReading, bands: Mapping[str, Sequence[Mapping[str, float] | None]], scale: Scale
) -> list[dict[str, Any]]:
    """Rows of bands by name, a point each, in the scale's unit; none where a point has no such band.

    Keys are q05 ... q95 because Vega-Lite reads a dot as nesting.
    """
    return [
        _row(reading, point, name, band, scale)
        for name, by_point in bands.items()
        for point, band in zip(reading.points, by_point, strict=True)
        if band is not None
    ]


def _row(reading: GapReading, point: Point, name: str, band: Mapping[str, float], scale: Scale) -> dict[str, Any]:
    low, middle, high = (scale.number(band[level]) for level in ("0.1", "0.5", "0.9"))
    row: dict[str, Any] = {
        "period": point.period.isoformat(),
        "label": Period(point.period, reading.query.freq).label,
        "band": name,
        "Median": f"{middle} {scale.unit}",
        "80 % band": f"{low} to {high}",
        "90 % band": f"{scale.number(band['0.05'])} to {scale.number(band['0.95'])}",
    }
    row |= {f"q{level[2:].ljust(2, '0')}": band[level] / scale.divisor for level in LEVELS}
    if name == GAP and point.p_short is not None:
        row |= {"p_short": point.p_short, "P(short)": probability(point.p_short), "p_label": f"{point.p_short:.2f}"}
    return row


def _x(*, axis: bool = True) -> dict[str, Any]:
    axis_format = {"format": "%Y", "tickCount": {"interval": "year", "step": 1}, "title": None, "labelOverlap": True}
    return {
        "field": "period",
        "type": "temporal",
        "scale": {"type": "utc", "padding": 24},
        "axis": axis_format if axis else None,
    }


def _y(field: str, **axis: object) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": None, "axis": {"tickCount": 5, **axis}}


def _tooltip(*names: str) -> list[dict[str, str]]:
    return [{"field": "label", "title": "Period"}] + [{"field": name, "type": "nominal"} for name in names]


def _panel(title: tuple[str, str], height: int, layers: list[dict[str, Any]], **rest: object) -> dict[str, Any]:
    return {
        "title": {"text": title[0], "subtitle": title[1]},
        "width": WIDTH,
        "height": height,
        "layer": layers,
        **rest,
    }


def _fan(colour: dict[str, Any], *, points: list[dict[str, str]]) -> list[dict[str, Any]]:
    """90 % band, 80 % band, median line and the marks that carry the tooltip."""
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "area", "opacity": opacity},
            "encoding": {"x": _x(), "y": _y(low), "y2": {"field": high}, "color": colour},
        }
        for low, high, opacity in (("q05", "q95", 0.14), ("q10", "q90", 0.24))
    ]
    line = {"x": _x(), "y": _y("q50"), "color": colour}
    layers.append({"mark": {"type": "line", "strokeWidth": 2.2}, "encoding": line})
    layers.append(
        {"mark": {"type": "point", "filled": True, "size": 46, "opacity": 1}, "encoding": line | {"tooltip": points}}
    )
    return layers


def _bands(
    dataset: str, title: tuple[str, str], rows: Sequence[Mapping[str, Any]], paints: Mapping[str, str]
) -> dict[str, Any]:
    """Bands side by side, each in its colour."""
    names = list(dict.fromkeys(row["band"] for row in rows))
    colour = {
        "field": "band",
        "type": "nominal",
        "scale": {"domain": names, "range": [paints[name] for name in names]},
        "legend": {
            "orient": "top",
            "title": None,
            "symbolType": "stroke",
            "symbolOpacity": 1,
            "symbolStrokeWidth": 3,
            "columnPadding": 6,
            "labelLimit": 0,
        },
    }
    tooltip = [{"field": "band", "title": "Band"}, *_tooltip("Median", "80 % band", "90 % band")]
    return _panel(title, HEIGHT[dataset], _fan(colour, points=tooltip), data={"name": dataset})


def _gap(title: tuple[str, str], colours: Colours) -> dict[str, Any]:
    zero = {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "color": colours.text, "strokeWidth": 1.2},
        "encoding": {"y": {"field": "zero", "type": "quantitative"}},
    }
    fan = _fan({"value": colours.gap}, points=_tooltip("Median", "80 % band", "90 % band", "P(short)"))
    return _panel(title, HEIGHT["gap"], [*fan, zero], data={"name": "gap"})


def _short(colours: Colours, *, labelled: bool) -> dict[str, Any]:
    y = {
        "field": "p_short",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 1]},
        "axis": {"values": [0, 0.5, 1]},
    }
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "rule", "strokeWidth": 3, "color": colours.gap, "opacity": 0.5},
            "encoding": {"x": _x(), "y": y, "y2": {"datum": 0}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "color": colours.gap, "opacity": 1},
            "encoding": {"x": _x(), "y": y, "tooltip": _tooltip("P(short)")},
        },
    ]
    if labelled:
        layers.append(
            {
                "mark": {"type": "text", "dy": -11, "color": colours.text, "fontSize": 11},
                "encoding": {"x": _x(), "y": y, "text": {"field": "p_label", "type": "nominal"}},
            }
        )
    return _panel(("Probability of being short", "P(gap > 0)"), HEIGHT["short"], layers, data={"name": "gap"})
