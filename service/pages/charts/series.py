"""``/v1/charts/series``: one series as known on a day, by source, and what was said before and replaced since."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.errors import InvalidParameter, NotFound
from data.catalogue.citations import citation
from data.catalogue.observations import OBSERVED
from data.periods.period import Frequency, Period
from data.periods.text import excerpt
from service.api.figures.observations import Observation, ObservationQuery, observations
from service.api.figures.series import AnyFrequency, SeriesItem, find_series
from service.base.query import QueryModel, Size, Text, Theme, exact_day
from service.base.routes import Respond, api_router, documented
from service.base.tables import ROWS_MAXIMUM
from service.pages.charts.images import Charts, get_chart
from service.pages.charts.marks import Spec, fields
from service.pages.charts.picture import MARGIN
from service.pages.charts.style import THEMES, Colours, document, message, size
from service.pages.words import day_text

HEIGHT = 300
NAMED = 5
"""Sources with a colour of their own, those with most figures; the rest share one."""
OTHERS = "other sources"
CROWDED = 200
"""Figures from which on marks are small."""
REPLACED = 12
"""Days of earlier vintages that are drawn, the last."""
NOTHING = "No figure with a value was known on that day."
router = api_router("figures")
AsOf = Annotated[
    date | None,
    Text(lambda text: exact_day("as_of", text), {"type": "string", "format": "date"}),
    Field(description="Only what was known on that day; today by default.", examples=["2026-11-23"]),
]


class SeriesChartQuery(QueryModel):
    """The series that is drawn, as known on which day."""

    series_id: Annotated[str, Field(description="Id of /v1/series.", examples=["alphabet.capex_cash"])]
    as_of: AsOf = None
    freq: AnyFrequency = None
    theme: Theme = "light"
    size: Size = "wide"


@get_chart(
    router,
    "/v1/charts/series",
    operation_id="getSeriesChart",
    summary="One series with its vintages as a Vega-Lite chart",
    responses=documented(),
)
def chart(query: Annotated[SeriesChartQuery, Query()], respond: Respond, charts: Charts) -> Response:
    """A self-contained Vega-Lite specification: figures by source as known on a day, and what they replaced."""
    snapshot = respond.snapshot

    def spec() -> dict[str, Any]:
        try:
            info = find_series(snapshot.data, query.series_id)
        except NotFound as error:
            message_of = f"there is none named {excerpt(query.series_id)}"
            raise InvalidParameter("series_id", message_of, allowed=error.allowed) from None
        every_vintage = ObservationQuery(as_of=query.as_of, freq=query.freq, include_history="true", limit=ROWS_MAXIMUM)
        rows = observations(snapshot, info, every_vintage).items
        return series_chart(SeriesItem.of(info), rows, query.as_of or snapshot.today, query)

    return charts.answer(respond, query, spec)


def finest(rows: Sequence[Observation]) -> str | None:
    """The frequency that is drawn where none is asked for: that of most figures."""
    counts = Counter(row.freq for row in rows if row.freq is not None and row.value is not None)
    return max(counts, key=lambda freq: counts[freq], default=None)


Key = tuple[object, ...]


def last_said(rows: Sequence[Observation], day: date) -> dict[Key, Observation]:
    """The last that each source said of each period by a day; figures without a day count as always said."""
    said_last: dict[Key, Observation] = {}
    for row in sorted(rows, key=lambda row: row.published or date.min):
        if row.published is None or row.published <= day:
            said_last[row.freq, row.period, row.source_id, row.scenario] = row
    return said_last


def series_chart(item: SeriesItem, rows: Sequence[Observation], day: date, query: SeriesChartQuery) -> dict[str, Any]:
    """The specification.

    Args:
        item: the series.
        rows: every vintage known on the day.
        day: what was known then is drawn in colour.
        query: how it is to look.
    """
    colours, width = THEMES[query.theme], size(query.size)
    freq = query.freq or finest(rows)
    drawable = [row for row in rows if row.freq == freq and row.value is not None]
    title = item.title if query.size == "wide" else item.series_id
    unit = item.unit.replace("_", " ")
    lines = [f"{unit}, each at the end of its period; thin grey: replaced since; dashed: projected or planned"]
    if query.size == "narrow":
        lines = [unit, "at the end of each period", "thin grey: replaced; dashed: projected"]
    lines.append(f"Headroom, figures known on {day_text(day)}")
    shown = (
        _panel(drawable, day, unit, colours, columns=1 if query.size == "narrow" else 2)
        if drawable
        else message(NOTHING, colours, width=width)
    )
    shown["title"] = {"text": title, "subtitle": lines, "frame": "bounds"}
    return document(
        [shown],
        width=width,
        colours=colours,
        exact=True,
        description=f"{item.title}, as known on {day.isoformat()}",
        usermeta={"series_id": item.series_id, "as_of": day.isoformat()},
    )


def _panel(rows: Sequence[Observation], day: date, unit: str, colours: Colours, *, columns: int) -> Spec:
    current = list(last_said(rows, day).values())
    names = _names(current)
    standing = {id(row) for row in current}
    replaced = [row for row in rows if id(row) not in standing]
    days = sorted({row.published for row in replaced if row.published is not None})[-REPLACED:]
    of_sources = {(row.source_id, row.published) for row in replaced}
    earlier = [
        _row(row, names, f"{row.source_id} {then}", unit)
        for then in days
        for row in last_said(rows, then).values()
        if (row.source_id, then) in of_sources
    ]
    values = [row.value for row in rows if row.value is not None]
    low, high = min(0.0, *values), max(*values, 1e-9)
    x: Spec = {"field": "day", "type": "temporal", "title": None, "scale": {"type": "utc"}, "axis": {"grid": False}}
    y: Spec = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [low * MARGIN, high * MARGIN], "nice": False, "zero": False},
        "axis": {"tickCount": 5},
    }
    detail = {"field": "line", "type": "nominal"}
    tooltip = fields("Period", "Value", "Source", "Said")
    of_source = list(dict.fromkeys(names.values()))
    palette = [colours.supply, colours.demand, colours.gap, colours.other, colours.text, colours.muted]
    legend = {"orient": "bottom", "title": None, "labelLimit": 300, "columns": columns, "symbolType": "circle"}
    colour: Spec = {
        "field": "Source",
        "type": "nominal",
        "scale": {"domain": of_source, "range": palette[: len(of_source)]},
        "legend": legend if len(of_source) > 1 else None,
    }
    layers: list[Spec] = []
    if earlier:
        layers.append(
            {
                "data": {"values": earlier},
                "mark": {"type": "line", "strokeWidth": 1.1, "color": colours.muted, "point": {"size": 14}},
                "encoding": {"x": x, "y": y, "detail": detail, "tooltip": tooltip},
            }
        )
    shown = [_row(row, names, f"{row.source_id} {row.scenario} {_ahead(row)}", unit) for row in current]
    for ahead in (False, True):
        of_kind = [row for row in shown if row["ahead"] is ahead]
        if of_kind:
            look: Spec = {"type": "line", "strokeWidth": 2.2, **({"strokeDash": [5, 4]} if ahead else {})}
            layers.append(
                {
                    "data": {"values": of_kind},
                    "mark": {**look, "point": {"size": 22 if len(of_kind) < CROWDED else 4}},
                    "encoding": {"x": x, "y": y, "detail": detail, "color": colour, "tooltip": tooltip},
                }
            )
    return {"height": HEIGHT, "layer": layers}


def _ahead(row: Observation) -> bool:
    return row.kind not in OBSERVED


def _names(rows: Sequence[Observation]) -> Mapping[str, str]:
    """What the chart calls each source: its publisher, or its title where two of a publisher are drawn."""
    counts = Counter(row.source_id for row in rows)
    most = sorted(counts, key=lambda name: (-counts[name], name))
    cited = {name: citation(name) for name in most[:NAMED]}
    publishers = Counter(cite.publisher for cite in cited.values() if cite is not None)
    names = dict.fromkeys(most, OTHERS)
    for name, cite in cited.items():
        names[name] = name if cite is None else cite.publisher if publishers[cite.publisher] == 1 else cite.title
    return names


def _row(row: Observation, names: Mapping[str, str], line: str, unit: str) -> dict[str, Any]:
    end = Period(row.period, Frequency(row.freq or Frequency.YEAR)).end
    return {
        "day": end.isoformat(),
        "value": row.value,
        "line": line,
        "ahead": _ahead(row),
        "Period": Period(row.period, Frequency(row.freq or Frequency.YEAR)).label,
        "Value": f"{row.value:,.6g} {unit}",
        "Source": names.get(row.source_id, OTHERS),
        "Said": "day not stated" if row.published is None else day_text(row.published),
    }
