"""``/v1/charts/comparison``: our band beside what others published, a panel a year and a row a published figure."""

import re
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from data.base.layers import Status
from projection.edition.points import Band
from projection.third_party.comparisons import Beside, Year
from projection.third_party.projections import Family, Figure
from service.api.gaps.comparisons import Comparison, ComparisonQuery, comparison
from service.base.query import Theme
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.pages.vega import KINDS, SCHEMA, THEMES, TIMING, WIDTH, Colours, VegaLite, about, config, message
from service.wording import Scale, region_name

STEP = 30
"""Height of a row: its name stands above its mark, so that any width serves."""
FAMILIES = {Family.EQUIPMENT: "Models of equipment", Family.ANNOUNCED: "Counters of announced projects"}
APART = "Another scope or age: in no pool"


router = api_router("gaps")


class ComparisonChartQuery(ComparisonQuery):
    """A question about one cell and who else published figures of it, and the colours of its picture."""

    theme: Theme = "light"


@router.get(
    "/v1/charts/comparison",
    response_model=VegaLite,
    operation_id="getComparisonChart",
    summary="Our demand beside what others published, as a Vega-Lite chart",
    responses=documented(*EDITION_PROBLEMS),
)
def chart(query: Annotated[ComparisonChartQuery, Query()], respond: Respond) -> Response:
    """A self-contained Vega-Lite specification: our band, and published figures with the band of conversion."""
    edition, query = respond.read(query)
    view = respond.snapshot.as_of(edition.data_as_of)
    return respond.answer(query, lambda: comparison_chart(comparison(edition, view, query), theme=query.theme))


def comparison_chart(compared: Comparison, *, theme: str = "light") -> dict[str, Any]:
    """A self-contained Vega-Lite specification; its ``usermeta`` says what it shows.

    Years without a converted figure have no panel. The horizontal scale is logarithmic and shared by the panels; their
    ``width`` may be set by the page.
    """
    colours = THEMES[theme]
    cell = compared.cell
    data: dict[str, list[dict[str, Any]]] = {}
    panels: list[dict[str, Any]] = []
    for year in compared.years:
        rows = [item for item in year.published if _in_chart(item)]
        if rows:
            name = str(year.period.year)
            ours = [value for band in year.ours.values() for value in band.values()]
            scale = Scale.of([*ours, *(item.converted["0.5"] for item in rows if item.converted)], cell.unit)
            data[name] = _rows(rows, scale)
            data |= {f"{reading} {name}": [_ours(band, scale)] for reading, band in year.ours.items()}
            panels.append(_panel(name, len(rows), year, colours, scale))
    if not panels:
        # A partial cell has a reason too, but it is about supply.
        none = "Nothing published can be put in the currency of this layer."
        panels.append(message(cell.reason or none if cell.status is Status.UNAVAILABLE else none, colours))
    stated = f"{KINDS[cell.unit_kind]}, {TIMING[cell.timing]}"
    return {
        "$schema": SCHEMA,
        "description": f"Published {cell.layer.value} of {region_name(cell.region)} beside edition "
        f"{compared.edition.id}: {stated}",
        "usermeta": about(compared.edition, cell),
        "datasets": data,
        "vconcat": panels,
        "spacing": 18,
        "resolve": {"scale": {"x": "shared", "color": "shared"}},
        "config": config(colours),
    }


def _in_chart(item: Beside) -> bool:
    """Converted, and not a second figure of an edition that is shown already."""
    return item.converted is not None and (item.pooled or bool(item.line.figure.scope) or not item.newest or item.old)


def _rows(items: list[Beside], scale: Scale) -> list[dict[str, Any]]:
    rows = []
    for item in items:
        band = item.converted or {}
        figure = item.line.figure
        printed = item.line.value if item.line.value is not None else f"{item.line.low} to {item.line.high}"
        rows.append(
            {
                "row": _name(figure),
                "q10": band["0.1"] / scale.divisor,
                "q50": band["0.5"] / scale.divisor,
                "q90": band["0.9"] / scale.divisor,
                "who": FAMILIES[figure.family] if item.pooled else APART,
                "Converted": f"{scale.number(band['0.5'])} {scale.unit}",
                "80 % band": f"{scale.number(band['0.1'])} to {scale.number(band['0.9'])}",
                "As printed": f"{printed} {item.line.unit} ({figure.kind.value})",
                "Published": item.line.published.isoformat(),
                "Over our median": f"{item.ratio:.2f} ({item.reading})" if item.ratio is not None else "",
                "Note": item.why or "",
            }
        )
    return sorted(rows, key=lambda row: -float(row["q50"]))


def _name(figure: Figure) -> str:
    """Publisher and quantity: one name for each row of a panel.

    A scope is named by its first words; the note of the point has all of it.
    """
    scope = re.split("[,.;:]", figure.scope)[0]
    return f"{figure.publisher}, {figure.edition}: {figure.kind.value}{f' ({scope})' if scope else ''}"


def _ours(band: Band, scale: Scale) -> dict[str, Any]:
    return {
        f"q{level[2:].ljust(2, '0')}": band[level] / scale.divisor for level in ("0.1", "0.25", "0.5", "0.75", "0.9")
    }


def _subtitle(year: Year, scale: Scale) -> list[str]:
    lines = []
    for reading, band in year.ours.items():
        low, middle, high = (band[level] for level in ("0.1", "0.5", "0.9"))
        lines.append(f"Ours {reading} {scale.text(middle)} ({scale.number(low)} to {scale.number(high)})")
    return lines + [
        f"{FAMILIES[pool.family]} {scale.number(pool.median)} ({len(pool.publishers)}), beside {pool.reading}"
        for pool in year.pools
    ]


def _panel(name: str, rows: int, year: Year, colours: Colours, scale: Scale) -> dict[str, Any]:
    x = {
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "padding": 12},
        "axis": {"title": scale.unit, "tickCount": 5, "labelOverlap": True},
    }
    y = {"field": "row", "type": "nominal", "sort": None, "axis": None}
    colour = {
        "field": "who",
        "type": "nominal",
        "scale": {
            "domain": [*FAMILIES.values(), APART],
            "range": [colours.demand, colours.gap, colours.muted],
        },
        "legend": {"orient": "top", "title": None, "columns": 1, "labelLimit": 0},
    }
    tooltip = [
        {"field": field, "type": "nominal"}
        for field in ("row", "As printed", "Converted", "80 % band", "Over our median", "Published", "Note")
    ]
    tooltip[0]["title"] = "Who"
    # The band is of the last reading, bought where there are two: both bands would hide each other.
    *_, last = year.ours
    bands = [
        {
            "data": {"name": f"{last} {name}"},
            "mark": {"type": "rect", "color": colours.supply, "opacity": opacity},
            "encoding": {"x": {"field": low, **x}, "x2": {"field": high}},
        }
        for low, high, opacity in (("q10", "q90", 0.14), ("q25", "q75", 0.16))
    ]
    medians = [
        {
            "data": {"name": f"{reading} {name}"},
            "mark": {
                "type": "rule",
                "color": colours.supply,
                "strokeWidth": 2.2,
                "strokeDash": [1, 0] if reading == last else [5, 4],
            },
            "encoding": {"x": {"field": "q50", **x}},
        }
        for reading in year.ours
    ]
    rule = {
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {"x": {"field": "q10", **x}, "x2": {"field": "q90"}, "y": y, "color": colour},
    }
    point = {
        "mark": {"type": "point", "filled": True, "size": 64, "opacity": 1},
        "encoding": {"x": {"field": "q50", **x}, "y": y, "color": colour, "tooltip": tooltip},
    }
    text = {
        "mark": {"type": "text", "align": "left", "dy": -11, "color": colours.text, "fontSize": 11},
        "encoding": {"x": {"value": 4}, "y": y, "text": {"field": "row", "type": "nominal"}},
    }
    return {
        "title": {"text": name, "subtitle": _subtitle(year, scale)},
        "width": WIDTH,
        "height": STEP * rows + STEP // 2,
        "data": {"name": name},
        "layer": [*bands, *medians, rule, point, text],
    }
