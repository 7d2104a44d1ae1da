"""Where sites stand: state and county by the name a tracker gives them, and the share of each that lies in a grid.

Where a site stands is geography, no figure: it is the same on every day. A crosswalk, matched by hand, joins our names
and those of the second tracker, whose rows have counties; grids are laid over states and counties by ``places.toml``.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache

import polars as pl
from pydantic import Field, model_validator

from data.base.toml_tables import Entry, read_shipped
from data.catalogue.stages import crosswalk, stages

FILE = "places.toml"
Place = tuple[str, str]
"""State and county; the county is empty where none is known."""


class Counties(Entry):
    """Counties of a state that a grid shares with others: in it, not in it, and the share of those that lie between."""

    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    shared: Mapping[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _coherent(self) -> "Counties":
        names = [*self.inside, *self.outside, *self.shared]
        if len(set(names)) < len(names) or not all(0 < share < 1 for share in self.shared.values()):
            raise ValueError("a county stands once, with a share above none and below all where it is shared")
        return self


class GridArea(Entry):
    """States whole in a grid, the counties of those it shares, and who says so."""

    source: str
    whole: tuple[str, ...] = ()
    counties: Mapping[str, Counties] = Field(default_factory=dict)

    def share(self, place: Place) -> float | None:
        """Share of a place's sites that count to the grid; None where a shared state's county is not listed.

        >>> texas = Counties(inside=("Bell",), shared={"Armstrong": 0.5})
        >>> area = GridArea(source="", whole=("OH",), counties={"TX": texas})
        >>> [area.share(("TX", county)) for county in ("Bell", "Armstrong", "Loving")]
        [1.0, 0.5, None]
        >>> area.share(("OH", "")), area.share(("IA", "Linn"))
        (1.0, 0.0)
        """
        state, county = place
        if state in self.whole:
            return 1.0
        if state not in self.counties:
            return 0.0
        counties = self.counties[state]
        if county in counties.inside:
            return 1.0
        return 0.0 if county in counties.outside else counties.shared.get(county)


class PlaceFacts(Entry):
    """What is known of places beside the trackers' tables; see the file."""

    matches: Mapping[str, tuple[str, ...]]
    place_of: Mapping[str, Place]
    grids: Mapping[str, GridArea]


@cache
def place_facts() -> PlaceFacts:
    """The shipped facts; raises :class:`data.base.errors.TableCorrupt` for a slip in them."""
    return read_shipped(PlaceFacts, "features.sites", FILE)


@cache
def links() -> tuple[tuple[str, str, str, str], ...]:
    """Every match: our name, the second tracker's id, confidence, relation."""
    rows = crosswalk().filter(pl.col("site_id").is_not_null())
    by_hand = rows.select("our_site", "site_id", "confidence", "relation").rows()
    matched = [(name, site, "low", "same") for name, ids in place_facts().matches.items() for site in ids]
    return (*by_hand, *matched)


@cache
def places() -> Mapping[str, Place]:
    """State and county by the second tracker's id, or by our name."""
    rows = stages(date.max, facility=None).select("site_id", "state", "county").iter_rows()
    by_id = {site: (state, county or "") for site, state, county in rows if state is not None}
    linked = {name: by_id[site] for name, site, _, _ in links() if site in by_id}
    return by_id | linked | dict(place_facts().place_of)


def grid_share(grid: str, site: str) -> float | None:
    """Share of a site that counts to a grid whose area is listed; None where the site is not placed.

    A site that no row places at all is not placed in any grid.
    """
    place = places().get(site)
    return None if place is None else place_facts().grids[grid].share(place)
