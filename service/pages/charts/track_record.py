"""``/v1/charts/track-record``: past projections over what came, by publisher, and past bands by kind and horizon."""

import math
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.errors import NoChampion, NotFound
from data.periods.period import Frequency, Period
from service.api.scores.calibration import SeriesCalibration, calibration_of
from service.api.scores.scoreboard import BoardQuery, chosen
from service.base.query import Size, Theme, one_of
from service.base.routes import Respond, api_router, documented
from service.pages.charts.images import Charts, get_chart
from service.pages.charts.marks import Spec, fields, panel, row_names
from service.pages.charts.picture import Row
from service.pages.charts.style import HEADING, THEMES, WIDTH, Colours, document, message, size
from service.pages.words import day_text, region_title
from service.state import Snapshot
from service.wording import Scale

STRICT, REVISED = "strict", "pseudo_vintage"
PANELS = {"publishers": "", "series": STRICT, "revised": REVISED}
"""Panels by name, with the rule of the past forecasts that each counts."""
GROWTH = {"fast": "Series that grow fast", "slow": "Series that grow slowly", "raw": "Series that may be zero or below"}
STEP = {"first": "next period", "year": "up to a year ahead", "beyond": "beyond a year"}
BANDS = (0.5, 0.8, 0.95)
ROW = 38
"""Height of a row: its name stands above its marks."""
ROOM = 1.12
CHARACTERS, LINE = 52, 15
"""Of a line of the heading on a telephone, and its height; HEADING has room for two."""
router = api_router("figures")


class TrackChartQuery(BoardQuery):
    """Which projections are drawn over what came, and how the picture is to look."""

    panel: Annotated[
        str,
        one_of("panel", list(PANELS)),
        Field(
            description="publishers: projections over what came; series: what bands of single series held, forecast on "
            "figures known by then; revised: the same on the past as it is known today.",
            examples=["publishers"],
        ),
    ] = "publishers"
    theme: Theme = "light"
    size: Size = "wide"


@get_chart(
    router,
    "/v1/charts/track-record",
    operation_id="getTrackRecordChart",
    summary="Past projections and bands over what came as a Vega-Lite chart",
    responses=documented(),
)
def chart(query: Annotated[TrackChartQuery, Query()], respond: Respond, charts: Charts) -> Response:
    """A self-contained Vega-Lite specification: a row a publisher, or a row a kind of series and horizon."""
    snapshot = respond.snapshot
    return charts.answer(respond, query, lambda: spec_of(snapshot, query))


def spec_of(snapshot: Snapshot, query: TrackChartQuery) -> dict[str, Any]:
    """The specification a query asks for."""
    colours, width = THEMES[query.theme], size(query.size)
    rows, burnt_in, reason = rows_of(snapshot, query)
    if not rows:
        shown = message(reason, colours, width=width)
    elif query.panel == "publishers":
        shown = _publishers(rows, colours)
    else:
        shown = _bands(rows, colours)
    heading = shown["title"]
    room = CHARACTERS if query.size == "narrow" else WIDTH
    lines = [line for text in (heading["subtitle"], burnt_in) for line in wrap(text, room)]
    shown["title"] = {**heading, "subtitle": lines}
    return document(
        [shown],
        width=width,
        colours=colours,
        exact=True,
        heading=HEADING + LINE * max(0, len(lines) - 2),
        description=f"{heading['text']}: {burnt_in}",
        usermeta={"panel": query.panel, "region": query.region, "layer": query.layer, "by": query.by},
    )


def rows_of(snapshot: Snapshot, query: TrackChartQuery) -> tuple[list[Row], str, str]:
    """What a panel is drawn of, where that comes from, and why there is nothing to draw."""
    board = snapshot.data.board
    if query.panel == "publishers":
        rows = _projections(snapshot, query)
        scored = f"Headroom, scored with figures known on {day_text(board.as_of)}" if board else ""
        return rows, scored, "No projection of these has been decided by a later figure yet."
    try:
        calibration = calibration_of(snapshot, (PANELS[query.panel],))
    except (NoChampion, NotFound) as error:
        return [], "", str(error)
    tried = f"Headroom, model {calibration.model_version}, figures known on {day_text(calibration.data_as_of)}"
    return _kinds(calibration.forecasts), tried, "The model kept no past forecasts of these."


def _height(rows: Sequence[Row]) -> int:
    """Pixels of a panel without its heading: a row for each name."""
    return ROW * len({row["row"] for row in rows}) + ROW // 2


def _projections(snapshot: Snapshot, query: TrackChartQuery) -> list[Row]:
    """A row a scored projection: what was said over what came, with the range that was printed."""
    rows: list[Row] = []
    for outcome in chosen(snapshot.data.board, query):
        entry, later = outcome.entry, outcome.later
        if outcome.log_error is None or later is None:
            continue
        scale = Scale.of([later.middle], entry.unit.replace("_", " "))
        ranged = entry.low is not None and entry.high is not None and entry.low > 0
        text = scale.text(entry.point) if entry.point is not None else ""
        if ranged and entry.low is not None and entry.high is not None:
            text = f"{text} ({scale.number(entry.low)} to {scale.text(entry.high)})".strip()
        rows.append(
            {
                "row": ", ".join(dict.fromkeys((entry.by, region_title(entry.region)))),
                "off": math.exp(outcome.log_error),
                "low": entry.low / later.middle if ranged and entry.low else None,
                "high": entry.high / later.middle if ranged and entry.high else None,
                "Who": entry.by,
                "Said": f"{text} for {Period(entry.period.start, Frequency(entry.period.freq)).label}",
                "Came": scale.text(later.middle),
                "Published": day_text(entry.published),
            }
        )
    return sorted(rows, key=lambda row: str(row["row"]).lower())


def _kinds(forecasts: Sequence[SeriesCalibration]) -> list[Row]:
    """A row a kind of series, horizon and band: the share that the band held, over all frequencies."""
    rows: list[Row] = []
    for growth, kind in GROWTH.items():
        for step, ahead in STEP.items():
            of_kind = [one for one in forecasts if (one.growth, one.step_class) == (growth, step)]
            number = sum(one.n for one in of_kind)
            for band in BANDS if number else ():
                share = sum(one.n * one.coverage[str(band)] for one in of_kind) / number
                rows.append(
                    {
                        "row": f"{kind}, {ahead}",
                        "band": f"{band:.0%} range".replace("%", " %"),
                        "share": share,
                        "meant": band,
                        "Range": f"meant for {100 * band:.0f} %",
                        "Held": f"{100 * share:.0f} %",
                        "Forecasts": f"{number:,}",
                    }
                )
    return rows


def _publishers(rows: Sequence[Row], colours: Colours) -> Spec:
    edges = [abs(math.log(row[name])) for row in rows for name in ("off", "low", "high") if row[name]]
    reach = math.exp(max(*edges, math.log(1.1)) * ROOM)
    x: Spec = {
        "type": "quantitative",
        "scale": {"type": "log", "domain": [1 / reach, reach], "nice": False},
        "axis": {"title": None, "labelExpr": "datum.value == 1 ? 'what came' : format(datum.value - 1, '+.0%')",
                 "values": _ticks(reach), "labelOverlap": True},
    }  # fmt: skip
    y = {"field": "row", "type": "nominal", "sort": None, "axis": None}
    zero = {
        "data": {"values": [{"off": 1}]},
        "mark": {"type": "rule", "color": colours.text, "strokeWidth": 1.2},
        "encoding": {"x": {"field": "off", **x}},
    }
    ranged = [row for row in rows if row["low"] is not None]
    ranges = {
        "data": {"values": ranged},
        "mark": {"type": "rule", "strokeWidth": 7, "opacity": 0.3, "color": colours.gap},
        "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}, "y": y},
    }
    points = {
        "mark": {"type": "point", "filled": True, "size": 52, "opacity": 0.65, "color": colours.gap},
        "encoding": {"x": {"field": "off", **x}, "y": y, "tooltip": fields("Who", "Said", "Came", "Published")},
    }
    bias = {
        "transform": [{"aggregate": [{"op": "mean", "field": "log", "as": "mean"}], "groupby": ["row"]},
                      {"calculate": "exp(datum.mean)", "as": "bias"}],
        "mark": {"type": "tick", "thickness": 2.5, "size": 18, "color": colours.demand},
        "encoding": {"x": {"field": "bias", **x}, "y": y},
    }  # fmt: skip
    values = [{**row, "log": math.log(row["off"])} for row in rows]
    words = "a point a projection, below or above what came; bar: its printed range; stroke: the average"
    return panel(
        "What was said over what came",
        words,
        _height(rows),
        [zero, *_names(y, colours), *([ranges] if ranged else []), bias, points],
        values,
    )


def _names(y: Spec, colours: Colours) -> list[Spec]:
    """The name of every row, once however many marks it has."""
    once = [{"aggregate": [{"op": "count", "as": "marks"}], "groupby": ["row"]}]
    return [{"transform": once, **layer} for layer in row_names(y, colours)]


def _ticks(reach: float) -> list[float]:
    """Where the scale is labelled."""
    steps = (1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0)
    shown = [step for step in steps if step <= reach][-2:]
    return [*(1 / step for step in reversed(shown)), 1.0, *shown]


def _bands(rows: Sequence[Row], colours: Colours) -> Spec:
    x: Spec = {
        "type": "quantitative",
        "scale": {"domain": [0, 1], "nice": False},
        "axis": {"title": None, "format": ".0%", "values": [0.0, *BANDS], "grid": True},
    }
    y = {"field": "row", "type": "nominal", "sort": None, "axis": None}
    colour: Mapping[str, Any] = {
        "field": "band",
        "type": "nominal",
        "scale": {"domain": list(dict.fromkeys(row["band"] for row in rows)),
                  "range": [colours.supply, colours.demand, colours.gap]},
        "legend": None,
    }  # fmt: skip
    apart = {
        "mark": {"type": "rule", "strokeWidth": 2.5},
        "encoding": {"x": {"field": "meant", **x}, "x2": {"field": "share"}, "y": y, "color": colour},
    }
    meant = {
        "mark": {"type": "tick", "thickness": 2, "size": 13},
        "encoding": {"x": {"field": "meant", **x}, "y": y, "color": colour},
    }
    point = {
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
        "encoding": {
            "x": {"field": "share", **x},
            "y": y,
            "color": colour,
            "tooltip": fields("Range", "Held", "Forecasts"),
        },
    }
    words = "point: share of past figures inside the range; stroke: what it is meant to hold (50, 80, 95 %)"
    return panel("What past ranges held", words, _height(rows), [*_names(y, colours), apart, meant, point], rows)
