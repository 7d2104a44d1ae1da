"""``/v1/charts/gap``: need against what gets built, and the gap between them, as a specification or a picture."""

from datetime import date
from textwrap import wrap
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import DemandConcept
from features.view import View
from projection.edition.differences import NOT_AFFECTED
from projection.edition.edition import BASE, Edition
from projection.third_party.comparisons import Contents, compare
from service.api.gaps.gaps import CellQuery, GapQuery, GapReading, read_gap
from service.base.query import From, Size, Text, Theme, To, one_of, span
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.pages.charts.gap_panels import panels
from service.pages.charts.history import history
from service.pages.charts.images import Charts, get_chart
from service.pages.charts.picture import Picture
from service.pages.charts.style import LETTER, THEMES, about, burnt_in, document, message, size
from service.pages.headline import pick
from service.pages.words import possessive

PANELS = ("all", "need", "growth", "gap", "chance")
router = api_router("gaps")


class GapChartQuery(CellQuery):
    """A question about one cell, and how its picture is to look."""

    first: From = None
    last: To = None
    theme: Theme = "light"
    period: Annotated[
        date | None,
        Text(lambda text: span("period", text)[1]),
        Field(description="The period that is marked; none by default.", examples=["2028"]),
    ] = None
    panel: Annotated[
        str,
        one_of("panel", PANELS),
        Field(description="One panel alone, by_name to an exact size, or all below each other.", examples=["all"]),
    ] = "all"
    scale: Annotated[
        str,
        one_of("scale", ("capped", "whole")),
        Field(description="capped cuts the upper tail of late years off, whole shows it.", examples=["capped"]),
    ] = "capped"
    size: Size = "wide"

    @property
    def cell(self) -> GapQuery:
        """The cell and the periods asked for."""
        looks = {"theme", "period", "panel", "scale", "size"}
        return GapQuery.model_validate(self.model_dump(by_alias=True, exclude=looks))


@get_chart(
    router,
    "/v1/charts/gap",
    operation_id="getGapChart",
    summary="The gap as a Vega-Lite chart",
    responses=documented(*EDITION_PROBLEMS),
)
def chart(query: Annotated[GapChartQuery, Query()], respond: Respond, charts: Charts) -> Response:
    """A self-contained Vega-Lite specification: need and what meets it, the gap, and the chance of a shortage."""
    edition, query = respond.read(query)
    view = respond.snapshot.as_of(edition.data_as_of)
    return charts.answer(respond, query, lambda: spec_of(edition, view, query))


def spec_of(edition: Edition, view: View, query: GapChartQuery) -> dict[str, Any]:
    """The specification a query asks for.

    Args:
        edition: it is read off.
        view: the figures known on its day.
        query: what is shown, and how.
    """
    reading = read_gap(edition, query.cell)
    return gap_chart(picture_of(reading, view, query), theme=query.theme, panel=query.panel)


def picture_of(reading: GapReading, view: View, query: GapChartQuery) -> Picture:
    """What there is to draw: the cell, others' figures where they speak of its demand, and the past."""
    cell, edition = reading.cell, reading.edition
    if not reading.points:
        return Picture(reading)
    compared = cell.demand_concept in {DemandConcept.WANTED, DemandConcept.BOUGHT} and query.freq.per_year == 1
    years = compare(edition, cell, view, Contents(query.first, query.last)) if compared else ()
    marked = pick(reading, day=query.period) if query.period is not None else None
    return Picture(
        reading,
        years,
        history(edition, view, cell),
        marked,
        whole=query.scale == "whole",
        narrow=query.size == "narrow",
    )


def gap_chart(picture: Picture, *, theme: str = "light", panel: str = "all") -> dict[str, Any]:
    """A self-contained Vega-Lite specification of the answer; its ``usermeta`` says what it shows.

    Args:
        picture: what is by_name.
        theme: colours of the page it stands on.
        panel: one alone, or all; one that the answer does not carry says so.
    """
    reading, colours = picture.reading, THEMES[theme]
    cell, edition = reading.cell, reading.edition
    width = size("narrow" if picture.narrow else "wide")
    by_name = panels(picture, colours) if reading.points else {}
    missing = "This answer has no such panel." if reading.points else cell.reason or ""
    if edition.unaffected(cell):
        missing = f"{cell.scenario} {NOT_AFFECTED}: every number is that of base."
    chosen = (
        list(by_name.values())
        if panel == "all" and by_name
        else [by_name.get(panel) or message(missing, colours, width=width)]
    )
    heading = chosen[0]["title"]
    lines = [*wrap(heading["subtitle"], width // LETTER), *burnt_in(edition, width=width)]
    chosen[0]["title"] = {
        "text": f"{possessive(cell.region, cell.layer)}. {heading['text']}" if not picture.narrow else heading["text"],
        "subtitle": lines,
    }
    scenario = "" if cell.scenario == BASE else f", scenario {cell.scenario}"
    return document(
        chosen,
        width=width,
        colours=colours,
        exact=panel != "all",
        description=f"{possessive(cell.region, cell.layer)}: {heading['text']}, edition {edition.id}{scenario}",
        usermeta=about(edition, region=cell.region, layer=cell.layer.value),
    )
