"""``/v1/charts/comparison``: our band beside what others published, a panel a year and a row a published figure."""

import re
from textwrap import wrap
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import DemandConcept, Status
from features.view import View
from projection.edition.edition import Edition
from projection.edition.points import Band
from projection.third_party.comparisons import Beside, Year
from projection.third_party.projections import Family, Figure
from service.api.gaps.comparisons import ComparedCell, Comparison, comparison
from service.base.query import Size, Theme, one_of
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.pages.charts.images import Charts, get_chart
from service.pages.charts.marks import row_names
from service.pages.charts.style import (
    KINDS,
    THEMES,
    TIMING,
    Colours,
    about,
    burnt_in,
    document,
    message,
    size,
)
from service.pages.words import NEED
from service.wording import Scale, region_name

NARROW_LINES = 2
CHARACTERS = 52
"""Of a name in one line of a narrow picture."""
STEP = 30
"""Height of a row: its name stands above its mark, so that any width serves."""
AROUND, LINE = 70, 17
"""Height of a panel's title and axis, and of a line of its subtitle or legend."""
FAMILIES = {Family.EQUIPMENT: "Models of equipment", Family.ANNOUNCED: "Counters of announced projects"}
APART = "Another scope or age: in no pool"


router = api_router("gaps")


class ComparisonChartQuery(ComparedCell):
    """A question about one cell and who else published figures of it, and the colours of its picture."""

    theme: Theme = "light"
    demand: Annotated[
        DemandConcept | None,
        one_of("demand", (DemandConcept.WANTED, DemandConcept.BOUGHT)),
        Field(description="Whose band is drawn, where the cell has it; the last of those it has by default."),
    ] = None
    size: Size = "wide"


@get_chart(
    router,
    "/v1/charts/comparison",
    operation_id="getComparisonChart",
    summary="Our demand beside what others published, as a Vega-Lite chart",
    responses=documented(*EDITION_PROBLEMS),
)
def chart(query: Annotated[ComparisonChartQuery, Query()], respond: Respond, charts: Charts) -> Response:
    """A self-contained Vega-Lite specification: our band, and published figures with the band of conversion."""
    edition, query = respond.read(query)
    view = respond.snapshot.as_of(edition.data_as_of)
    return charts.answer(respond, query, lambda: _spec(edition, view, query))


def _spec(edition: Edition, view: View, query: ComparisonChartQuery) -> dict[str, Any]:
    compared = comparison(edition, view, query)
    return comparison_chart(compared, theme=query.theme, demand=query.demand, narrow=query.size == "narrow")


def comparison_chart(
    compared: Comparison, *, theme: str = "light", demand: DemandConcept | None = None, narrow: bool = False
) -> dict[str, Any]:
    """A self-contained Vega-Lite specification; its ``usermeta`` says what it shows.

    Years without a converted figure have no panel. The horizontal scale is logarithmic and shared by the panels. A
    single year is drawn to an exact size.

    Args:
        compared: our band beside what others published.
        theme: colours of the page it stands on.
        demand: the reading whose band is drawn, where the cell has it; the others are drawn as a dashed median.
        narrow: whether it is drawn for a telephone.
    """
    colours = THEMES[theme]
    width = size("narrow" if narrow else "wide")
    cell = compared.cell
    data: dict[str, list[dict[str, Any]]] = {}
    panels: list[dict[str, Any]] = []
    for year in compared.years:
        rows = [item for item in year.published if in_chart(item)]
        if rows:
            name = str(year.period.year)
            ours = [value for band in year.ours.values() for value in band.values()]
            scale = Scale.of([*ours, *(item.converted["0.5"] for item in rows if item.converted)], cell.unit)
            data[name] = _rows(rows, scale)
            data |= {f"{reading} {name}": [_ours(band, scale)] for reading, band in year.ours.items()}
            shown = demand if demand is not None and demand in year.ours else [*year.ours][-1]
            panels.append(_panel((name, shown), data[name], year, colours, scale, narrow=narrow))
    exact = len(panels) == 1
    if not panels:
        # A partial cell has a reason too, but it is about supply.
        none = "Nothing that was published can be turned into the unit of this layer."
        words = cell.reason or none if cell.status is Status.UNAVAILABLE else none
        panels.append(message(words, colours, width=width))
    stated = f"{KINDS[cell.unit_kind]}, {TIMING[cell.timing]}"
    heading = panels[0]["title"]
    lines = heading["subtitle"] if isinstance(heading["subtitle"], list) else [heading["subtitle"]]
    panels[0]["title"] = {**heading, "subtitle": [*filter(None, lines), *burnt_in(compared.edition, width=width)]}
    whole = document(
        panels,
        width=width,
        colours=colours,
        exact=exact,
        heading=AROUND + LINE * (len(panels[0]["title"]["subtitle"]) + len(FAMILIES) + 1),
        description=f"Published {cell.layer.value} of {region_name(cell.region)} beside edition "
        f"{compared.edition.id}: {stated}",
        usermeta=about(compared.edition, region=cell.region, layer=cell.layer.value),
        datasets=data,
    )
    return whole if exact else whole | {"resolve": {"scale": {"x": "shared", "color": "shared"}}}


def in_chart(item: Beside) -> bool:
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
                "lines": wrap(_name(figure), CHARACTERS)[:NARROW_LINES],
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


def _subtitle(year: Year, scale: Scale, demand: DemandConcept) -> list[str]:
    lines = []
    for reading, band in year.ours.items():
        low, middle, high = (band[level] for level in ("0.1", "0.5", "0.9"))
        mark = "shaded" if reading is demand else "dashed line"
        lines.append(
            f"Ours, {NEED[reading]} ({mark}): {scale.text(middle)} ({scale.number(low)} to {scale.number(high)})"
        )
    return lines + [
        f"{FAMILIES[pool.family]} ({len(pool.publishers)}): {scale.number(pool.median)}, beside {NEED[pool.reading]}"
        for pool in year.pools
    ]


def _panel(
    of: tuple[str, DemandConcept],
    rows: list[dict[str, Any]],
    year: Year,
    colours: Colours,
    scale: Scale,
    *,
    narrow: bool,
) -> dict[str, Any]:
    name, demand = of
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
    # One band alone: two would hide each other. The heading says whose it is.
    bands = [
        {
            "data": {"name": f"{demand} {name}"},
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
                "strokeDash": [1, 0] if reading == demand else [5, 4],
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
    lines = NARROW_LINES if narrow else 1
    names = row_names(y, colours, field="lines" if narrow else "row")
    return {
        "title": {"text": name, "subtitle": _subtitle(year, scale, demand)},
        "height": (STEP + STEP // 2 * (lines - 1)) * len(rows) + STEP // 2,
        "data": {"name": name},
        "layer": [*bands, *medians, *names, rule, point],
    }
