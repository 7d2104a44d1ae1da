"""``/v1/charts/what-if``: the fan of the gap under a setting, with that of base as a shadow behind it."""

from collections.abc import Iterator
from datetime import date
from textwrap import wrap
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from projection.edition.edition import BASE, Edition
from projection.scenarios import library
from projection.scenarios.levers import levers
from service.api.scenarios.evaluation import EvaluatedPoint
from service.api.scenarios.setting import settings_of
from service.api.scenarios.what_if import SettingQuery
from service.base.query import Size, Text, Theme, one_of, span
from service.base.routes import Respond, api_router, documented
from service.cache import JSON, dump
from service.pages.charts.annotations import marker
from service.pages.charts.images import Charts, get_chart
from service.pages.charts.marks import Spec, band_layers, hover, line, panel, time_axis, y_axis
from service.pages.charts.picture import LEVELS, Picture, Row, band_text
from service.pages.charts.style import THEMES, Colours, about, burnt_in, document, message, size
from service.pages.headline import pick
from service.pages.outcome import Outcome, outcome_of
from service.pages.words import dots, possessive
from service.wording import signed

HEIGHT = 300
ROOM = 1.12
"""The scale reaches beyond what it has to hold by this factor."""
APART = 0.09
"""Least distance of the names of two lines, as a share of the scale."""
PATIENCE = 20.0
"""Seconds a picture waits for its numbers: a page has room for it until then."""
router = api_router("gaps")


class WhatIfChartQuery(SettingQuery):
    """One cell, a setting, and how the picture is to look."""

    theme: Theme = "light"
    period: Annotated[
        date | None,
        Text(lambda text: span("period", text)[1]),
        Field(description="The year that is marked; none by default.", examples=["2028"]),
    ] = None
    size: Size = "wide"
    draws: Annotated[
        str,
        one_of("draws", ("full", "preview")),
        Field(description="preview draws the first futures as soon as there are any.", examples=["full"]),
    ] = "full"


@get_chart(
    router,
    "/v1/charts/what-if",
    operation_id="getWhatIfChart",
    summary="The gap under a setting beside base, as a Vega-Lite chart",
    responses=documented("edition_missing", "evaluation_unavailable"),
)
async def chart(
    request: Request, query: Annotated[WhatIfChartQuery, Query()], respond: Respond, charts: Charts
) -> Response:
    """A self-contained Vega-Lite specification: the fan of the gap under the setting, and that of base behind it."""
    edition = respond.snapshot.required_edition()
    outcome = await outcome_of(request, edition, query, preview=query.draws == "preview", patience=PATIENCE)
    if outcome.state == "done":
        return await run_in_threadpool(charts.answer, respond, query, lambda: spec_of(edition, outcome, query))
    if not outcome.points or charts.form is not None:
        raise query.question(edition.id).unavailable("it is not settled yet")
    return Response(dump(spec_of(edition, outcome, query)), media_type=JSON, headers={"Cache-Control": "no-store"})


def spec_of(edition: Edition, outcome: Outcome, query: WhatIfChartQuery) -> dict[str, Any]:
    """The specification of an outcome; one without points says why there are none."""
    colours, width = THEMES[query.theme], size(query.size)
    cell = outcome.base.cell
    if outcome.points:
        shown = _panel(outcome, query, colours)
    else:
        shown = message(cell.reason or "This setting is not evaluated yet.", colours, width=width)
    heading = shown["title"]
    name = possessive(cell.region, cell.layer)
    lines = [heading["subtitle"], *wrap(setting_text(query), width // 7), *burnt_in(edition, width=width)]
    shown["title"] = {"text": heading["text"], "subtitle": [text for text in lines if text]}
    shown["height"] = HEIGHT
    return document(
        [shown],
        width=width,
        colours=colours,
        exact=True,
        description=f"{name}: {heading['text']}; {setting_text(query) or 'as forecast'}; edition {edition.id}",
        usermeta=about(edition, region=cell.region, layer=cell.layer.value),
    )


def setting_text(query: SettingQuery) -> str:
    """A setting as a picture names it; blank in base."""
    parts = [] if query.scenario == BASE else [library.document(query.scenario).title]
    parts += [f"{levers()[name].title} {value:g}" for name, value in settings_of(query.levers).items()]
    return "; ".join(parts)


def _panel(outcome: Outcome, query: WhatIfChartQuery, colours: Colours) -> Spec:
    marked = pick(outcome.base, day=query.period) if query.period is not None else None
    picture = Picture(outcome.base, marked=marked, narrow=query.size == "narrow")
    gap = outcome.points[0].gap is not None
    rows = [_row(picture, outcome, point, gap=gap) for point in outcome.points]
    domain = _domain(rows, picture)
    horizontal = time_axis(picture)
    shadow = {"type": "area", "opacity": 0.16, "color": colours.muted, "clip": True}
    zero = {
        "data": {"values": [{"value": 0}]},
        "mark": {"type": "rule", "color": colours.text, "strokeWidth": 1.2},
        "encoding": {"y": y_axis("value", domain)},
    }
    layers: list[Spec] = [
        {
            "mark": shadow,
            "encoding": {"x": horizontal, "y": y_axis("base_q10", domain), "y2": {"field": "base_q90"}},
        },
        *(line(f"base_{level}", horizontal, domain, colours.muted, width=1) for level in ("q10", "q90")),
        line("base_q50", horizontal, domain, colours.muted, width=2.2, dash=[6, 4]),
    ]
    if outcome.affected:
        layers += [
            *band_layers("value", horizontal, domain, colours.gap),
            line("value_q50", horizontal, domain, colours.gap),
        ]
    layers += [
        *([zero] if gap else []),
        *marker(picture, horizontal, colours),
        *_names(rows, outcome, domain, horizontal, colours, narrow=picture.narrow),
        hover(rows[0], horizontal),
    ]
    name = possessive(outcome.base.cell.region, outcome.base.cell.layer)
    text = f"The gap: {picture.need} less {picture.met}" if gap else "What is needed"
    words = "above zero is short; grey: as forecast" if gap else "grey: as forecast"
    bands = "" if picture.narrow else "; light: 8 of 10 futures, dark: half of them"
    unit = f"{picture.scale.unit}; {words}{bands}"
    return panel(text if picture.narrow else f"{name}. {text}", unit, HEIGHT, layers, rows)


def _row(picture: Picture, outcome: Outcome, point: EvaluatedPoint, *, gap: bool) -> Row:
    scale = picture.scale
    band = point.gap if gap and point.gap is not None else point.demand
    row: Row = {"day": picture.day(point.period).isoformat(), "Period": str(point.period.year)}
    for side in ("value", "base"):
        row |= {f"{side}_{key}": getattr(band, side)[level] / scale.divisor for key, level in LEVELS.items()}
    name = "Short by" if gap else "Needed"
    if outcome.affected:
        row[name] = band_text(band.value, scale)
        row["Difference"] = signed(band.difference["0.5"], scale)
    row[f"{name}, as forecast"] = band_text(band.base, scale)
    if point.p_short is not None:
        here, before = dots(point.p_short.value), dots(point.p_short.base)
        row["Falls short"] = f"in {here} of 100 futures, as forecast in {before}"
    return row


def _domain(rows: list[Row], picture: Picture) -> tuple[float, float]:
    """From the bands of both up to the marked year, and the middle of every year."""
    last = picture.day(picture.near).isoformat()
    near = [row for row in rows if row["day"] <= last] or rows[:1]
    edges = [row[f"{side}_{level}"] for row in near for side in ("value", "base") for level in ("q10", "q90")]
    edges += [row[f"{side}_q50"] for row in rows for side in ("value", "base")]
    return min(0.0, *edges) * ROOM, max(0.0, *edges) * ROOM


def _names(
    rows: list[Row], outcome: Outcome, domain: tuple[float, float], horizontal: Spec, colours: Colours, *, narrow: bool
) -> Iterator[Spec]:
    """The lines' names beside their ends, apart from each other."""
    last = rows[-1]
    forecast, setting = ("forecast", "setting") if narrow else ("as forecast", "this setting")
    shown = [(last["base_q50"], forecast, colours.muted)]
    if outcome.affected:
        shown.append((last["value_q50"], setting, colours.gap))
    least, below = APART * (domain[1] - domain[0]), None
    for value, name, colour in sorted(shown):
        height = value if below is None else max(value, below + least)
        below = height
        yield {
            "data": {"values": [{"day": last["day"], "value": min(height, domain[1]), "name": name}]},
            "mark": {"type": "text", "align": "left", "dx": 7, "fontSize": 13, "fontWeight": 600, "color": colour},
            "encoding": {"x": horizontal, "y": y_axis("value", domain), "text": {"field": "name"}},
        }
