"""The grids that are answered, and where their figures stand: ``grids.toml``, checked against regions and catalogue.

A grid is projected as a part of the region that is its parent (:mod:`projection.electricity.grids`). Ireland stands
among them: a country whose use is metered, as a part of the EU.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from importlib import resources
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.base.errors import TableCorrupt, UnitMismatch
from data.base.regions import REGIONS
from data.base.toml_tables import Entry, read_toml
from data.base.units import convert
from data.catalogue.definitions import definitions
from features.sites.places import place_facts

FILE = "grids.toml"
WITH_BALANCE = "US"
"""The one country with a firm balance and on-site supply, which its grids' balances rest on."""


class Counts(StrEnum):
    """What an edition counts of requests for large loads."""

    ORGANIC = "organic"
    SUBMITTED = "submitted"
    ADJUSTED = "adjusted"


class Edition(Entry):
    """One edition of an operator's load forecast: how its series ends, the day it appeared, what it counts."""

    name: str
    issued: date
    counts: Counts


class LargeLoads(Entry):
    """A series of what large loads add beyond what is metered when an edition appears: GW of peak, or TWh a year."""

    series: str
    unit: Literal["GW", "TWh"]


class VettedForecast(Entry):
    """A forecast that requests enter once the operator vetted them.

    Attributes:
        peaks: series of its editions' summer peaks, which a balance needs.
        large_loads: what they add; an edition is what appeared in one year.
        part_of_growth: series of what of the peak's growth to a year they make, where large loads are counted in TWh.
    """

    requests: Literal["vetted"]
    peaks: tuple[str, ...] = ()
    large_loads: LargeLoads
    part_of_growth: str | None = None


class SubmittedForecast(Entry):
    """A forecast of the summer peak with every request as utilities handed it in.

    Attributes:
        peaks: series of its editions' peaks.
        without_requests: series of its newest edition without large loads; before it, the editions below give it.
        actual: series of the peaks that came.
        errors: how the series of past editions' errors begin, percent of the actual.
        editions: past editions, by day.
    """

    requests: Literal["submitted"]
    peaks: tuple[str, ...] = Field(min_length=1)
    without_requests: str
    actual: str
    errors: str
    editions: tuple[Edition, ...]


class Published(Entry):
    """A series somebody projects of a grid's data centers: GW of nameplate, or TWh a year."""

    series: str
    unit: Literal["GW", "TWh"]


class AuctionBalance(Entry):
    """Need and supply, counted since the quarter a capacity auction that cleared short was held for.

    Attributes:
        shortfall: series of what the auction lacked.
        cleared: series of what it cleared; accredited_since: the first delivery year whose plants were accredited as
            they are now.
        summers_ahead: from the auction to the summer it is held for.
        reserve_margin: the assumption that is the margin on added peak.
    """

    base: Literal["auction"]
    shortfall: str
    cleared: str
    accredited_since: date
    summers_ahead: int
    reserve_margin: str


class ReportBalance(Entry):
    """Need and supply, counted since the last summer's peak, by a report of the capacity in a later summer's peak hour.

    Attributes:
        capacity: series of all capacity the report counts, at what it gives in that hour.
        planned: series of the part of it that is not built yet, by technology.
        reserve_margin: the assumption that is the margin on the peak.
    """

    base: Literal["report"]
    capacity: str
    planned: Mapping[Literal["solar", "battery", "wind", "gas"], str]
    reserve_margin: str


class CountryBalance(Entry):
    """Need alone, counted since the base of the country's balance."""

    base: Literal["country"]
    reserve_margin: str


class PowerGrid(Entry):
    """One grid; what each field means stands at the head of ``grids.toml``."""

    region: str
    key: str = Field(pattern=r"^[a-z]+$")
    metered: str | None = None
    halls: bool = False
    forecast: Annotated[VettedForecast | SubmittedForecast, Field(discriminator="requests")] | None = None
    published: Published | None = None
    balance: Annotated[AuctionBalance | ReportBalance | CountryBalance, Field(discriminator="base")] | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.region not in REGIONS or REGIONS[self.region].parent is None:
            raise ValueError(f"{self.region} is no region with a parent (data/tables/regions.csv)")
        if self.halls and self.region not in place_facts().grids:
            raise ValueError(f"{self.region}: its halls need an area (features/sites/places.toml)")
        if self.metered is not None and self.forecast is not None:
            raise ValueError(f"{self.region} is metered: its own series is forecast, not its operator's peak")
        if self.balance is not None and (
            self.forecast is None or not self.forecast.peaks or self.parent != WITH_BALANCE
        ):
            raise ValueError(f"{self.region}: a balance needs a forecast of the peak, and that of {WITH_BALANCE}")
        return self

    @property
    def name(self) -> str:
        """As in the table of regions."""
        return REGIONS[self.region].name

    @property
    def parent(self) -> str:
        """Code of the region it is a part of."""
        return REGIONS[self.region].parent or ""

    def assumption(self, subject: str) -> str:
        """Name of the grid's assumption of a subject: ``share_drift`` of PJM is ``pjm_share_drift``."""
        return f"{self.key}_{subject}"

    @property
    def share(self) -> str:
        """The assumption that is its share of the parent in the base year, where its use is not metered."""
        return self.assumption(f"share_of_{self.parent.lower()}")

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Every assumption that is read of this grid."""
        subjects = ["share_drift"]
        if self.balance is not None:
            subjects.append("peak_drift")
        if isinstance(self.balance, AuctionBalance | ReportBalance):
            subjects += ["peak_error", "on_site_share"]
        match self.balance:
            case AuctionBalance():
                subjects.append("accredited_growth")
            case ReportBalance():
                subjects.append("capacity_at_peak")
        level = () if self.metered is not None else (self.share,)
        margin = () if self.balance is None else (self.balance.reserve_margin,)
        return (*level, *map(self.assumption, subjects), *margin)

    def series(self) -> Iterator[tuple[str, str]]:
        """Every series it names, each with a unit the figures of it must convert to."""
        if self.metered is not None:
            yield self.metered, "TWh"
        match self.forecast:
            case VettedForecast() as forecast:
                at_peak = () if forecast.part_of_growth is None else (forecast.part_of_growth,)
                yield from ((name, "GW") for name in (*forecast.peaks, *at_peak))
                yield forecast.large_loads.series, forecast.large_loads.unit
            case SubmittedForecast() as forecast:
                yield from ((name, "GW") for name in (*forecast.peaks, forecast.without_requests, forecast.actual))
                yield from ((forecast.errors + edition.name, "percent") for edition in forecast.editions)
        if self.published is not None:
            yield self.published.series, self.published.unit
        match self.balance:
            case AuctionBalance():
                yield self.balance.shortfall, "GW"
                yield self.balance.cleared, "GW"
            case ReportBalance():
                yield from ((name, "GW") for name in (self.balance.capacity, *self.balance.planned.values()))


class _File(Entry):
    grid: tuple[PowerGrid, ...]


def parse(text: str) -> tuple[PowerGrid, ...]:
    """Read the table; raises :class:`TableCorrupt` for an unknown field, region, series or unit, and a grid twice."""
    grids = read_toml(_File, text, file=FILE).grid
    counts = Counter(name for grid in grids for name in (grid.region, grid.key))
    if twice := [name for name, count in counts.items() if count > 1]:
        raise TableCorrupt(FILE, f"stated twice: {', '.join(twice)}")
    catalogue = definitions()
    for grid in grids:
        for series_id, unit in grid.series():
            if series_id not in catalogue:
                raise TableCorrupt(FILE, f"{grid.region}: no series {series_id} in the catalogue")
            try:
                for printed in catalogue[series_id].units.values():
                    convert(1.0, printed, unit)
            except UnitMismatch as error:
                raise TableCorrupt(FILE, f"{grid.region}: {series_id}: {error}") from None
    return grids


GRIDS = parse((resources.files("features.grids") / FILE).read_text(encoding="utf-8"))
"""Every grid, in the order of the table."""
PARTS: Mapping[str, tuple[str, ...]] = {
    parent: tuple(grid.region for grid in GRIDS if grid.parent == parent)
    for parent in dict.fromkeys(grid.parent for grid in GRIDS)
}
"""Codes of grids by that of the region they are a part of."""
LOCATED = tuple(grid.region for grid in GRIDS if grid.halls)
"""Grids whose halls are told from those of their parent by where tracked sites stand."""
METERED = tuple(grid.metered for grid in GRIDS if grid.metered is not None)
"""Series of metered use, which training forecasts."""
