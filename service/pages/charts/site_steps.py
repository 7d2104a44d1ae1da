"""``/v1/charts/site``: the power of one site as each edition of its tracker has it, and as it is likely to run."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.errors import InvalidParameter, NotFound
from data.periods.text import excerpt
from features.sites.pipeline import Plan
from features.view import View
from projection.edition.edition import Edition
from service.api.sites.register import Site, register
from service.base.query import EditionQuery, Size, Theme
from service.base.routes import EDITION_PROBLEMS, Respond, State, api_router, documented
from service.evaluations.site_dates import SiteDates, read
from service.pages.charts.images import Charts, get_chart
from service.pages.charts.marks import Spec
from service.pages.charts.style import THEMES, Colours, about, burnt_in, document, message, size
from service.pages.charts.vintages import HEIGHT, Band, Vintage, vintage_layers
from service.pages.words import day_text

YEARS_AFTER = 3
"""Years of likely power beyond the last planned step."""
NO_STEPS = "Its tracker publishes a stage and a size, and no steps of power with their days."
router = api_router("sites")


class SiteChartQuery(EditionQuery):
    """The site that is drawn, and how."""

    site: Annotated[str, Field(description="Id of /v1/sites.", examples=["amazon-ridgeland"])]
    theme: Theme = "light"
    size: Size = "wide"


@get_chart(
    router,
    "/v1/charts/site",
    operation_id="getSiteChart",
    summary="One site by edition of its tracker as a Vega-Lite chart",
    responses=documented(*EDITION_PROBLEMS),
)
def chart(query: Annotated[SiteChartQuery, Query()], respond: Respond, state: State, charts: Charts) -> Response:
    """A self-contained Vega-Lite specification: steps of power by edition, and the band of what runs."""
    edition = respond.edition(query)
    view = respond.snapshot.as_of(edition.data_as_of)
    return charts.answer(respond, query, lambda: spec_of(edition, view, state.inputs.assets, query))


def spec_of(edition: Edition, view: View, assets: Path, query: SiteChartQuery) -> dict[str, Any]:
    """The specification a query asks for; raises :class:`InvalidParameter`.

    Args:
        edition: whose draws are read.
        view: the figures known on its day.
        assets: folder in which draws of sites are kept.
        query: what is shown, and how.
    """
    try:
        site = register(view).find(query.site)
    except NotFound as error:
        raise InvalidParameter("site", f"there is none named {excerpt(query.site)}", allowed=error.allowed) from None
    colours, width = THEMES[query.theme], size(query.size)
    dates = read(assets, edition).get(site.name) if site.plans else None
    shown = _panel(edition, site, dates, colours) if site.plans else message(NO_STEPS, colours, width=width)
    heading = shown["title"]
    lines = heading["subtitle"] if isinstance(heading["subtitle"], list) else [heading["subtitle"]]
    shown["title"] = {**heading, "subtitle": [line for line in (*lines, *burnt_in(edition, width=width)) if line]}
    return document(
        [shown],
        width=width,
        colours=colours,
        exact=True,
        description=f"Power of {site.name} by edition of its tracker, edition {edition.id}",
        usermeta=about(edition, site=site.id),
    )


def _panel(edition: Edition, site: Site, dates: SiteDates | None, colours: Colours) -> Spec:
    newest = max(site.plans)
    levels = {day: _levels(plan) for day, plan in site.plans.items()}
    days = [day for of_plan in levels.values() for day, _ in of_plan]
    last = max([*days, edition.data_as_of]) + timedelta(days=180)
    band = None
    if dates is not None:
        until = date(last.year + YEARS_AFTER, 12, 31)
        values = [
            (date(year.year, 12, 31), year.mw["0.1"], year.mw["0.5"], year.mw["0.9"])
            for year in dates.years
            if date(year.year, 12, 31) <= until
        ]
        band, last = Band(values, "Likely"), max(last, values[-1][0])
    vintages = [
        Vintage(day_text(day), [*of_plan, (last, of_plan[-1][1])], newest=day == newest)
        for day, of_plan in levels.items()
        if of_plan
    ]
    first = min([*days, edition.data_as_of]) - timedelta(days=60)
    layers = vintage_layers(vintages, colours, unit="MW", stepped=True, band=band, span=(first, last))
    layers.append(
        {
            "data": {"values": [{"day": edition.data_as_of.isoformat()}]},
            "mark": {"type": "rule", "strokeDash": [2, 3], "color": colours.text},
            "encoding": {"x": layers[0]["encoding"]["x"]},
        }
    )
    words = [f"MW; bold: edition of {day_text(newest)}; thin: earlier ones"]
    words += ["band: 8 of 10 futures at the ends of years"] if band else []
    heading = {"text": site.name, "subtitle": words, "frame": "bounds"}
    return {"title": heading, "height": HEIGHT, "layer": layers}


def _levels(plan: Plan) -> list[tuple[date, float]]:
    """Days of a plan with the MW that stand from each on."""
    level, levels = 0.0, []
    for on, mw in sorted([*plan.verified_steps, *((step.day, step.mw) for step in plan.pending)]):
        level += mw
        levels.append((on, level))
    return levels
