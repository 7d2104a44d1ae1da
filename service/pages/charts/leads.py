"""``/v1/charts/leads``: two regions on one yardstick, by quarter or year, as a specification or a picture."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import Timing
from data.periods.period import Frequency, Period
from features.view import View
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Edition
from projection.leads.leads import Lead, LeadPoint, lead
from projection.leads.yardsticks import LEADS, YardstickName
from service.base.query import EditionQuery, From, Size, Theme, To, one_of
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.pages.charts.history import place
from service.pages.charts.images import Charts, get_chart
from service.pages.charts.marks import Spec, band_layers, fields, line, panel, y_axis
from service.pages.charts.picture import LEVELS, MARGIN, Row
from service.pages.charts.style import THEMES, Colours, about, burnt_in, document, message, size
from service.pages.words import region_title
from service.wording import Scale

HEIGHT = 300
SIDES = ("region", "against")
KINDS = tuple(name.value for name in LEADS)
router = api_router("claims")


class LeadChartQuery(EditionQuery):
    """Two regions, the yardstick they are laid on, and how the picture is to look."""

    region: Annotated[
        str,
        one_of("region", REGIONS_ANSWERED),
        Field(description="The region whose lead is drawn, in any case.", examples=["US"]),
    ] = "US"
    against: Annotated[
        str, one_of("against", REGIONS_ANSWERED), Field(description="The other region.", examples=["CN"])
    ] = "CN"
    kind: Annotated[
        str,
        one_of("kind", KINDS),
        Field(description="A yardstick of /v1/leads that is drawn, not counted.", examples=["installed_h100e"]),
    ] = YardstickName.INSTALLED.value
    first: From = None
    last: To = None
    theme: Theme = "light"
    size: Size = "wide"


@get_chart(
    router,
    "/v1/charts/leads",
    operation_id="getLeadChart",
    summary="Two regions on one yardstick as a Vega-Lite chart",
    responses=documented(*EDITION_PROBLEMS),
)
def chart(query: Annotated[LeadChartQuery, Query()], respond: Respond, charts: Charts) -> Response:
    """A self-contained Vega-Lite specification: the bands of both regions on one scale."""
    edition = respond.edition(query)
    view = respond.snapshot.as_of(edition.data_as_of)
    return charts.answer(respond, query, lambda: spec_of(edition, view, query))


def spec_of(edition: Edition, view: View, query: LeadChartQuery) -> dict[str, Any]:
    """The specification a query asks for.

    Args:
        edition: it is read off.
        view: the figures known on its day.
        query: what is shown, and how.
    """
    answer = lead(
        edition, view, query.kind, region=query.region, against=query.against, first=query.first, last=query.last
    )
    colours, width = THEMES[query.theme], size(query.size)
    if answer.points:
        shown = _panel(answer, query, colours)
    else:
        shown = message(answer.reason or "The edition has no such period.", colours, width=width)
    heading = shown["title"]
    lines = [heading["subtitle"], *burnt_in(edition, width=width)]
    shown["title"] = {**heading, "subtitle": [text for text in lines if text]}
    names = f"{region_title(query.region)} against {region_title(query.against)}"
    return document(
        [shown],
        width=width,
        colours=colours,
        exact=True,
        description=f"{answer.title}: {names}, edition {edition.id}",
        usermeta=about(edition, region=query.region, against=query.against, kind=query.kind),
    )


def _panel(answer: Lead, query: LeadChartQuery, colours: Colours) -> Spec:
    paint = {"region": colours.demand, "against": colours.supply}
    unit = "%" if answer.unit == "share" else "" if answer.unit == "1" else answer.unit
    scale = Scale.of((getattr(point, side)["0.5"] for point in answer.points for side in SIDES), unit)
    rows = [_row(point, answer, query, scale) for point in answer.points]
    edges = [row[f"{side}_{level}"] for row in rows for side in SIDES for level in ("q10", "q90")]
    domain = min(0.0, *edges) * MARGIN, max(*edges, 1e-9) * MARGIN
    horizontal = _time(rows, narrow=query.size == "narrow")
    layers: list[Spec] = []
    for side in SIDES:
        layers += band_layers(side, horizontal, domain, paint[side])
    layers += [line(f"{side}_q50", horizontal, domain, paint[side]) for side in SIDES]
    shown = [name for name in rows[0] if name[0].isupper()]
    layers.append(
        {
            "mark": {"type": "rule", "strokeWidth": 18, "opacity": 0.0},
            "encoding": {"x": horizontal, "tooltip": fields(*shown)},
        }
    )
    for side in SIDES:
        end = {"day": rows[-1]["day"], "value": rows[-1][f"{side}_q50"], "name": region_title(getattr(query, side))}
        layers.append(
            {
                "data": {"values": [end]},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 7,
                    "fontSize": 13,
                    "fontWeight": 600,
                    "color": paint[side],
                },
                "encoding": {"x": horizontal, "y": y_axis("value", domain), "text": {"field": "name"}},
            }
        )
    return panel(answer.title, scale.unit or "share of futures", HEIGHT, layers, rows)


def _row(point: LeadPoint, answer: Lead, query: LeadChartQuery, scale: Scale) -> Row:
    period = Period(point.period, answer.freq or Frequency.YEAR)
    row: Row = {"day": place(period, Timing.END).isoformat(), "Period": period.label}
    for side in SIDES:
        band = getattr(point, side)
        row |= {f"{side}_{key}": band[level] / scale.divisor for key, level in LEVELS.items()}
        low, high = scale.number(band["0.1"]), scale.number(band["0.9"])
        row[region_title(getattr(query, side))] = f"{scale.text(band['0.5'])} ({low} to {high})"
    row["Ahead"] = f"{region_title(query.region)} in {100 * point.p_ahead:.0f} of 100 futures"
    return row


def _time(rows: list[Row], *, narrow: bool) -> Spec:
    """A scale of time with room for the names at its end, and a tick at every year's end."""
    first, last = rows[0]["day"], rows[-1]["day"]
    ends = [row["day"] for row in rows if row["day"].endswith("12-31")]
    span = int(last[:4]) - int(first[:4]) + 1
    room = round(span * (0.34 if narrow else 0.19) * 12)
    year, month = int(last[:4]) + (11 + room) // 12, (11 + room) % 12 + 1
    return {
        "field": "day",
        "type": "temporal",
        "scale": {"type": "utc", "domain": [first, f"{year}-{month:02d}-28"], "nice": False},
        "axis": {"values": ends, "format": "%Y", "title": None, "labelOverlap": True, "grid": False},
    }
