"""``/v1/charts/sites``: planned against likely days of the sites of a region, as a specification or a picture."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from features.view import View
from projection.edition.edition import Edition
from service.api.sites.filters import REGIONS_OF_SITES
from service.api.sites.register import Site, register
from service.api.sites.sites import SiteItem, item
from service.base.query import EditionQuery, Size, Theme, one_of
from service.base.routes import EDITION_PROBLEMS, Respond, State, api_router, documented
from service.evaluations.site_dates import LEVELS, SiteDates, read
from service.pages.charts.images import Charts, get_chart
from service.pages.charts.marks import Spec, fields, panel
from service.pages.charts.style import THEMES, Colours, about, burnt_in, document, message, size
from service.pages.words import region_title

MOST = 24
"""Sites on a chart, those with most power still to come."""
ROW = 21
"""Pixels a site is high."""
BEFORE, AFTER = timedelta(days=500), timedelta(days=1700)
"""Days around that of the figures which the scale shows."""
NAME_ROOM = {"wide": 210, "narrow": 150}
EMPTY = "No tracker publishes steps of power still to come of a site here."
router = api_router("sites")


class SitesChartQuery(EditionQuery):
    """The region whose sites are drawn, and how."""

    region: Annotated[
        str,
        one_of("region", REGIONS_OF_SITES),
        Field(description="Sites in this country, bloc, state or grid, in any case.", examples=["US"]),
    ] = "US"
    theme: Theme = "light"
    size: Size = "wide"


@get_chart(
    router,
    "/v1/charts/sites",
    operation_id="getSitesChart",
    summary="Planned against likely days of sites as a Vega-Lite chart",
    responses=documented(*EDITION_PROBLEMS),
)
def chart(query: Annotated[SitesChartQuery, Query()], respond: Respond, state: State, charts: Charts) -> Response:
    """A self-contained Vega-Lite specification: first plan, newest plan and likely days of each site."""
    edition = respond.edition(query)
    view = respond.snapshot.as_of(edition.data_as_of)
    return charts.answer(respond, query, lambda: spec_of(edition, view, state.inputs.assets, query))


def shown(sites: Mapping[str, Site], region: str) -> list[Site]:
    """Sites that a chart of a region shows, by the day their newest plan reaches the level."""
    planned = [site for site in sites.values() if site.halfway_mw is not None and site.within(region)]
    to_come = sorted(planned, key=lambda site: ((site.running_mw or 0) - (site.planned_mw or 0), site.id))[:MOST]
    return sorted(to_come, key=lambda site: (list(site.halfway_on.values())[-1] or date.max, site.id))


def height(count: int) -> int:
    """Pixels of a chart of so many sites."""
    return max(count * ROW, 3 * ROW)


def spec_of(edition: Edition, view: View, assets: Path, query: SitesChartQuery) -> dict[str, Any]:
    """The specification a query asks for.

    Args:
        edition: whose draws are read.
        view: the figures known on its day.
        assets: folder in which draws of sites are kept.
        query: what is shown, and how.
    """
    sites, dates = shown(register(view).sites, query.region), read(assets, edition)
    colours, width = THEMES[query.theme], size(query.size)
    panel_shown = _panel(edition, sites, dates, query, colours) if sites else message(EMPTY, colours, width=width)
    heading = panel_shown["title"]
    lines = [*heading["subtitle"], *burnt_in(edition, width=width)] if sites else burnt_in(edition, width=width)
    panel_shown["title"] = {**heading, "subtitle": lines}
    return document(
        [panel_shown],
        width=width,
        colours=colours,
        exact=True,
        description=f"Planned against likely days of sites: {region_title(query.region)}, edition {edition.id}",
        usermeta=about(edition, region=query.region),
    )


def _panel(
    edition: Edition, sites: Sequence[Site], dates: Mapping[str, SiteDates], query: SitesChartQuery, colours: Colours
) -> Spec:
    first, last = edition.data_as_of - BEFORE, edition.data_as_of + AFTER
    items = [item(site, dates) for site in sites]
    rows = [_row(one, last) for one in items]
    horizontal = {
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "domain": [first.isoformat(), last.isoformat()], "nice": False},
        "axis": {"format": "%Y", "tickCount": "year", "grid": True, "labelFlush": False},
    }
    vertical = {
        "field": "Site",
        "type": "nominal",
        "title": None,
        "sort": [one.name for one in items],
        "axis": {
            "minExtent": NAME_ROOM[query.size],
            "maxExtent": NAME_ROOM[query.size],
            "labelLimit": NAME_ROOM[query.size] - 8,
            "labelFontSize": 12 if query.size == "wide" else 10,
        },
    }
    tooltip = fields("Site", "Level", "First plan", "Newest plan", "Likely")

    def x(field: str) -> Spec:
        return {"field": field, **horizontal}

    def across(start: str, end: str) -> Spec:
        # Stated beside an end, the domain would be another one to Vega-Lite than that of the other marks.
        return {
            "x": {"field": start, "type": "temporal", "title": None, "scale": {"type": "utc"}},
            "x2": {"field": end},
        }

    def mark(kind: str, filter_by: str, place: Spec, **look: object) -> Spec:
        return {
            "transform": [{"filter": f"isValid(datum.{filter_by})"}],
            "mark": {"type": kind, "clip": True, **look},
            "encoding": {"y": vertical, **place, "tooltip": tooltip},
        }

    bars = [
        mark("bar", "low", across("low", "high"), height=5, color=colours.demand, opacity=0.3),
        mark("bar", "early", across("early", "late"), height=11, color=colours.demand, opacity=0.4),
        mark("tick", "middle", {"x": x("middle")}, thickness=3, size=13, color=colours.demand),
    ]
    layers = [
        # Marks without a row would be graphics without a name.
        *(bars if any(row["low"] for row in rows) else ()),
        mark("rule", "first", across("first", "newest"), strokeWidth=2, color=colours.supply),
        mark("point", "first", {"x": x("first")}, size=48, strokeWidth=1.8, color=colours.supply, fill=colours.page),
        mark("point", "newest", {"x": x("newest")}, size=52, filled=True, opacity=1, color=colours.supply),
        {
            "data": {"values": [{"day": edition.data_as_of.isoformat()}]},
            "mark": {"type": "rule", "strokeDash": [2, 3], "color": colours.text},
            "encoding": {"x": {"field": "day", **horizontal}},
        },
    ]
    where = region_title(query.region)
    words = ["hollow: first plan; filled: newest plan", "bars: half and 8 of 10 of futures; tick: the middle one"]
    title = "Half of what is planned runs" if query.size == "narrow" else f"{where}: when half of what is planned runs"
    subtitle = words if query.size == "narrow" else ["; ".join(words)]
    heading = {"text": title, "subtitle": subtitle, "frame": "bounds"}
    return panel("", "", height(len(sites)), layers, rows) | {"title": heading}


def _row(one: SiteItem, last: date) -> dict[str, object]:
    likely = one.likely or {}
    low, early, middle, late, high = (likely.get(str(level)) for level in LEVELS)
    return {
        "Site": one.name,
        "Level": f"{one.halfway_mw:,.0f} MW",
        "First plan": _text(one.first_planned_on),
        "Newest plan": _text(one.planned_on),
        "Likely": f"{_text(low)} to {_text(high)}, middle {_text(middle)}" if likely else "not drawn",
        "first": one.first_planned_on and one.first_planned_on.isoformat(),
        "newest": one.planned_on and one.planned_on.isoformat(),
        "low": low and low.isoformat(),
        "early": early and early.isoformat(),
        "middle": middle and middle.isoformat(),
        # A bar whose end is never reached runs to the end of the scale.
        "late": early and (late or last).isoformat(),
        "high": low and (high or last).isoformat(),
    }


def _text(day: date | None) -> str:
    return "never" if day is None else f"{day:%b %Y}"
