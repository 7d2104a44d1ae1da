"""Which sites a list is of, and in which order."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated

from pydantic import Field

from data.base.errors import InvalidParameter
from data.base.regions import REGIONS
from data.periods.text import excerpt
from service.api.sites.register import STAGES, TRACKERS, Site, grids, states
from service.base.paging import LIMIT_DEFAULT, Cursor, Limit
from service.base.query import EditionQuery, Text, at_most, one_of

MW_MAXIMUM = 100_000.0
"""MW beyond any site."""
SEARCH = 200
"""Characters of a search."""
OUTSIDE = tuple(code for code in ("WORLD", "US", "CN", "EU", "AE", "AU", "GB", "ID", "IS", "MY", "NO"))
"""Countries and blocs that tracked sites stand in."""
REGIONS_OF_SITES = (*OUTSIDE, *grids(), *states())
SORTS: Mapping[str, Callable[[Site], str]] = {
    "name": lambda site: site.name.casefold(),
    "planned_mw": lambda site: f"{site.planned_mw or 0.0:015.3f}",
    "running_mw": lambda site: f"{site.running_mw or 0.0:015.3f}",
    "stage": lambda site: f"{STAGES.index(site.stage)}",
    "planned_on": lambda site: (planned_on(site) or date.max).isoformat(),
}
"""What sites are ordered by, as a text that sorts like it; by id where it is alike."""


def planned_on(site: Site) -> date | None:
    """When the newest edition has a site reach its halfway level."""
    return list(site.halfway_on.values())[-1] if site.halfway_on else None


def _megawatts(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InvalidParameter("min_mw", f"{excerpt(text)} is not a number", allowed=["0", "100"]) from None
    if not 0 <= value <= MW_MAXIMUM:
        raise InvalidParameter("min_mw", f"{excerpt(text)} is not from 0 to {MW_MAXIMUM:g}", allowed=["0", "100"])
    return value


class SiteFilter(EditionQuery):
    """Which sites, in which order."""

    region: Annotated[
        str,
        one_of("region", REGIONS_OF_SITES),
        Field(description="Only sites in this country, bloc, state or grid, in any case.", examples=["US-VA"]),
    ] = "WORLD"
    stage: Annotated[
        str | None,
        one_of("stage", STAGES),
        Field(description="Only sites whose furthest part is at this stage.", examples=["under_construction"]),
    ] = None
    tracker: Annotated[
        str | None,
        one_of("tracker", TRACKERS),
        Field(description="Only sites that this tracker is read of; Epoch's have plans by edition."),
    ] = None
    operator: Annotated[
        str | None,
        Text(lambda text: at_most("operator", text, SEARCH), {"type": "string", "maxLength": SEARCH}),
        Field(description="Words that must all occur in the operator, in any case.", examples=["oracle"]),
    ] = None
    q: Annotated[
        str | None,
        Text(lambda text: at_most("q", text, SEARCH), {"type": "string", "maxLength": SEARCH}),
        Field(description="Words that must all occur in the name, operator, county, state or country."),
    ] = None
    min_mw: Annotated[
        float,
        Text(_megawatts, {"type": "number", "minimum": 0, "maximum": MW_MAXIMUM}),
        Field(description="Only sites of at least so many MW, planned and running together.", examples=[100]),
    ] = 0.0
    sort: Annotated[
        str,
        one_of("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")]),
        Field(description="Order of the list, by id where it is alike; a minus turns it round."),
    ] = "-planned_mw"
    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor = None


def chosen_sites(sites: Iterable[Site], query: SiteFilter) -> list[Site]:
    """Sites that pass every filter, in the order asked for."""
    words, of_operator = ((query.q or "").casefold().split(), (query.operator or "").casefold().split())
    chosen = [
        site
        for site in sites
        if site.within(query.region)
        and query.stage in {None, site.stage}
        and query.tracker in {None, site.tracker}
        and (site.planned_mw or 0.0) >= query.min_mw
        and all(word in _searched(site) for word in words)
        and all(word in (site.operator or "").casefold() for word in of_operator)
    ]
    return sorted(chosen, key=lambda site: order_key(site, query), reverse=query.sort.startswith("-"))


def _searched(site: Site) -> str:
    state = REGIONS[f"US-{site.state}"].name if site.state else None
    return " ".join(filter(None, (site.name, site.operator, site.county, state, site.country))).casefold()


def order_key(site: Site, query: SiteFilter) -> tuple[str, ...]:
    """What a list in the order asked for is sorted by; no two sites have the same."""
    return SORTS[query.sort.removeprefix("-")](site), site.id
