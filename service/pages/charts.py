"""``/v1/charts/gap``: a gap as a Vega-Lite specification, two bands above and their difference below."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from data.base.layers import Timing, UnitKind
from data.periods.period import Period
from projection.edition.points import Point
from service.api.gaps import CellQuery, GapQuery, GapReading, read_gap
from service.base.query import From, Theme, To
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.wording import Scale, probability, region_name

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
LEVELS = ("0.05", "0.1", "0.5", "0.9", "0.95")
WIDTH = 760
AXIS = 44
"""Room left of every panel, so that their periods stand below each other."""
HEIGHT = {"bands": 250, "gap": 170, "short": 90}
TIMING = {Timing.END: "at period end", Timing.AVERAGE: "average", Timing.TOTAL: "over the period"}
KINDS = {
    UnitKind.BIT8: "8-bit dense",
    UnitKind.BIT16: "16-bit dense",
    UnitKind.FACILITY_AVERAGE: "facility average",
    UnitKind.FACILITY_PEAK: "facility peak",
    UnitKind.FACILITY_TOTAL: "facility total",
    UnitKind.ACCREDITED: "accredited",
    UnitKind.INSTALLED: "installed",
}
DEMAND, SUPPLY, GAP, SHARE = "Demand", "Deliverable supply", "Gap", "Share of growth"


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours that keep 3:1 contrast for marks and 4.5:1 for text on their page (WCAG 2.2)."""

    page: str
    demand: str
    supply: str
    gap: str
    text: str
    muted: str
    grid: str


THEMES = {
    "light": Colours("#ffffff", "#c2410c", "#0b6bb8", "#6d3fb0", "#1b1f24", "#57606a", "#d8dee4"),
    "dark": Colours("#0d1117", "#ff9d5c", "#62b4ff", "#c3a3f7", "#e6edf3", "#9aa5b1", "#30363d"),
}


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


class VegaLite(BaseModel):
    """A Vega-Lite 6 specification with its data."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    schema_url: str = Field(alias="$schema", examples=[SCHEMA])
    vconcat: list[dict[str, Any]] = Field(examples=[[{"mark": "line", "data": {"name": "bands"}}]])


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

    Panels are stacked in ``vconcat`` (their ``width`` may be set by the page): demand and supply, the gap around zero,
    and P(short); a partial answer shows what it carries, an unavailable one its reason.
    """
    colours = THEMES[theme]
    cell = reading.cell
    panels: list[dict[str, Any]] = []
    data: dict[str, list[dict[str, Any]]] = {}
    if reading.points:
        scale = Scale.of((value for point in reading.points for value in point.demand.values()), cell.unit)
        stated = f"{scale.unit}, {KINDS[cell.unit_kind]}, {TIMING[cell.timing]}"
        data["bands"] = _rows(reading, DEMAND, scale) + _rows(reading, SUPPLY, scale)
        panels.append(_bands(stated, colours, both=reading.points[0].supply is not None))
        shares = [value for point in reading.points for value in (point.share_of_growth or {}).values()]
        data["share"] = _rows(reading, SHARE, Scale.of(shares, "%"))
        if data["share"]:
            panels.append(
                _single(
                    "share",
                    ("Share of growth taken", f"% of generation growth since {reading.edition.base_year}"),
                    colours,
                )
            )
        data["gap"] = _rows(reading, GAP, scale)
        if data["gap"]:
            panels.append(_single("gap", ("Gap: demand minus supply", f"{scale.unit}; above zero is short"), colours))
            panels.append(_short(colours, labelled=reading.query.freq.per_year == 1))
    else:
        panels.append(message(cell.reason or "", colours))
    return {
        "$schema": SCHEMA,
        "description": f"Gap of {cell.layer.value} in {region_name(cell.region)}, edition {reading.edition.id}",
        "usermeta": {"edition": reading.edition.id, "region": cell.region, "layer": cell.layer.value},
        "datasets": {name: rows for name, rows in data.items() if rows},
        "vconcat": panels,
        "spacing": 18,
        "resolve": {"scale": {"color": "independent"}},
        "config": config(colours),
    }


def _rows(reading: GapReading, name: str, scale: Scale) -> list[dict[str, Any]]:
    """Rows of one band, in the scale's unit; keys q05 ... q95 because Vega-Lite reads a dot as nesting."""
    rows = []
    for point in reading.points:
        band = _band(point, name)
        if band is None:
            continue
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
        rows.append(row)
    return rows


def _band(point: Point, name: str) -> Mapping[str, float] | None:
    return {DEMAND: point.demand, SUPPLY: point.supply, GAP: point.gap, SHARE: point.share_of_growth}[name]


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


def _bands(stated: str, colours: Colours, *, both: bool) -> dict[str, Any]:
    names, paints = ([DEMAND, SUPPLY], [colours.demand, colours.supply]) if both else ([DEMAND], [colours.demand])
    colour = {
        "field": "band",
        "type": "nominal",
        "scale": {"domain": names, "range": paints},
        "legend": {
            "orient": "top",
            "title": None,
            "symbolType": "stroke",
            "symbolOpacity": 1,
            "symbolStrokeWidth": 3,
        },
    }
    tooltip = [{"field": "band", "title": "Band"}, *_tooltip("Median", "80 % band", "90 % band")]
    title = ("Demand and deliverable supply" if both else "Demand", stated)
    return _panel(title, HEIGHT["bands"], _fan(colour, points=tooltip), data={"name": "bands"})


def _single(name: str, title: tuple[str, str], colours: Colours) -> dict[str, Any]:
    zero = {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "color": colours.text, "strokeWidth": 1.2},
        "encoding": {"y": {"field": "zero", "type": "quantitative"}},
    }
    more = ("P(short)",) if name == "gap" else ()
    fan = _fan({"value": colours.gap}, points=_tooltip("Median", "80 % band", "90 % band", *more))
    return _panel(title, HEIGHT["gap"], [*fan, zero], data={"name": name})


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


def message(sentence: str, colours: Colours) -> dict[str, Any]:
    """A panel that says why there is nothing to draw."""
    words = sentence.split()
    lines: list[str] = [""]
    for word in words:
        if len(lines[-1]) + len(word) > 80:  # noqa: PLR2004 - characters that fit the panel
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    mark = {"type": "text", "fontSize": 13, "color": colours.muted, "text": lines, "align": "center"}
    return {"width": WIDTH, "height": 90, "data": {"values": [{}]}, "mark": mark, "title": "Unavailable"}


def config(colours: Colours) -> dict[str, Any]:
    """Fonts, axes and colours of every chart."""
    font = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
    text = {"labelColor": colours.muted, "titleColor": colours.text, "labelFontSize": 12}
    return {
        "background": None,
        "font": font,
        "view": {"stroke": None},
        "axis": {**text, "gridColor": colours.grid, "domainColor": colours.muted, "tickColor": colours.muted},
        "axisX": {"grid": False},
        "axisY": {"minExtent": AXIS, "maxExtent": AXIS},
        "legend": {"labelColor": colours.text, "labelFontSize": 13},
        "title": {
            "anchor": "start",
            "frame": "group",
            "color": colours.text,
            "fontSize": 13,
            "fontWeight": 600,
            "subtitleColor": colours.muted,
            "subtitleFontSize": 12,
            "offset": 8,
        },
        "area": {"interpolate": "linear"},
    }
