"""EIA-860M, the monthly inventory of generators of 1 MW and more: operating, planned and retiring capacity.

The page of the inventory links one workbook a month; links to future months are commented out. A workbook has the
sheets Operating, Planned, Retired and Canceled or Postponed (and those of Puerto Rico, which are left out), each with a
title ("... as of September 2026"), a header that starts with ``Entity ID``, one generator a row, and notes at its end.
A cell of one space is a blank. All sums here are of net summer capacity in the fifty states and the District of
Columbia.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urljoin

import polars as pl

from data.base.errors import SourceChanged
from data.connectors.contract import OBSERVATIONS, ROW_SCHEMA, Access, Parsed, observations
from data.connectors.eia.inventory import Inventory, read_inventory
from data.connectors.payload import Form, Payload, Request
from data.periods.period import MONTHS_PER_YEAR, month_index, month_start

PAGE: Final = "https://www.eia.gov/electricity/data/eia860m/"
MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(
    r"""href=["'](?P<path>(?:[^"']*/)?(?P<month>[a-z]+)_generator(?P<year>\d{4})\.xlsx)["']""", re.IGNORECASE
)

GAS: Final = (
    "Natural Gas Fired Combined Cycle",
    "Natural Gas Fired Combustion Turbine",
    "Natural Gas Internal Combustion Engine",
    "Natural Gas Steam Turbine",
    "Natural Gas with Compressed Air Storage",
    "Other Natural Gas",
)
COAL: Final = ("Conventional Steam Coal", "Coal Integrated Gasification Combined Cycle")
PV: Final = ("Solar Photovoltaic",)
SOLAR: Final = (*PV, "Solar Thermal with Energy Storage", "Solar Thermal without Energy Storage")
ONSHORE: Final = ("Onshore Wind Turbine",)
OFFSHORE: Final = ("Offshore Wind Turbine",)
EVERY: Final[tuple[str, ...]] = ()
"""Stands for all technologies."""

Groups = Mapping[str, tuple[str, ...]]
STOCKS: Final[Groups] = MappingProxyType(
    {
        "battery": ("Batteries",),
        "coal": COAL,
        "hydro": ("Conventional Hydroelectric",),
        "natural_gas": GAS,
        "nuclear": ("Nuclear",),
        "solar_pv": PV,
        "wind": (*ONSHORE, *OFFSHORE),
        "wind_offshore": OFFSHORE,
        "wind_onshore": ONSHORE,
    }
)
"""Technologies of the operating capacity series."""
ADDED: Final[Groups] = MappingProxyType(
    {"battery": ("Batteries",), "solar_utility": SOLAR, "total": EVERY, "wind": (*ONSHORE, *OFFSHORE)}
)
"""Technologies of the series of capacity added in a year."""
PLANNED: Final[Groups] = MappingProxyType({**ADDED, "natural_gas": GAS})
RETIRING: Final[Groups] = MappingProxyType({"coal": COAL, "natural_gas": GAS, "total": EVERY})


@dataclass(frozen=True, slots=True)
class Eia860m:
    """The newest monthly inventory. Older ones differ in their sheets and are not asked for."""

    name: str = "eia_860m"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the newest workbook is the only one asked for
        """The page that links the workbooks."""
        return [Request(PAGE, Form.HTML, part="list of months")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - the workbooks need no key
        """The newest workbook, after the page; raises :class:`SourceChanged` when the page links none."""
        if payload.request.form is not Form.HTML:
            return None
        address, month = _newest(payload)
        return Request(address, Form.XLSX, part=f"inventory of {month:%B %Y}")

    def parse(self, payload: Payload) -> Parsed:
        """Sums of one workbook; of the page itself nothing.

        Published on the day the workbook was put on the server, where that is stated and possible, else on the day of
        retrieval. Raises :class:`SourceChanged` when a sheet, a title or a column is not there.
        """
        if payload.request.form is Form.HTML:
            _newest(payload)
            return Parsed({OBSERVATIONS: pl.DataFrame(schema=ROW_SCHEMA)})
        inventory = read_inventory(payload)
        sums = [*_stocks(inventory), *_added(inventory), *_planned(inventory), *_retiring(inventory)]
        frame = pl.DataFrame(
            sums,
            schema={
                "series_id": pl.String,
                "metric": pl.String,
                "freq": pl.String,
                "period": pl.Date,
                "kind": pl.String,
                "value": pl.Float64,
                "note": pl.String,
            },
            orient="row",
        ).with_columns(pl.lit("US").alias("region"), pl.lit("GW").alias("unit"))
        table = observations(frame, source_id=self.name, published=_published(payload, inventory.month), table="energy")
        return Parsed({OBSERVATIONS: table}, inventory.rejected, rows_read=inventory.rows_read, marked=inventory.marked)


Sum = tuple[str, str, str, date, str, float, str]


def _newest(payload: Payload) -> tuple[str, date]:
    """Address and month of the newest workbook that can exist on the day the page was read."""
    text = _COMMENT.sub("", payload.text())
    addresses: dict[date, str] = {}
    for link in _LINK.finditer(text):
        word = link["month"].lower()
        if word in MONTHS:
            month = date(int(link["year"]), MONTHS.index(word) + 1, 1)
            address = urljoin(PAGE, link["path"])
            # A month can stand twice while it moves into the archive; its own place is the newer one.
            if month not in addresses or "/archive/" in addresses[month]:
                addresses[month] = address
    past = [month for month in addresses if month < payload.day.replace(day=1)]
    if not past:
        raise SourceChanged(payload.request.key, "links no workbook of a month that is over")
    return addresses[max(past)], max(past)


def _published(payload: Payload, month: date) -> date:
    over = month_start(month_index(month) + 1)
    try:
        put = parsedate_to_datetime(payload.last_modified or "").date()
    except ValueError:
        return payload.day
    return put if over <= put <= payload.day else payload.day


def _gigawatts(frame: pl.DataFrame, technologies: Sequence[str]) -> float:
    chosen = frame if not technologies else frame.filter(pl.col("technology").is_in(list(technologies)))
    return round(float(chosen["mw"].sum()) / 1000, 6)


def _stocks(inventory: Inventory) -> list[Sum]:
    note = "operating, standby and out of service, stock at month end"
    return [
        (
            f"us.{name}.capacity.eia",
            f"{name}_capacity_net_summer",
            "M",
            inventory.month,
            "actual",
            _gigawatts(inventory.operating, group),
            note,
        )
        for name, group in STOCKS.items()
    ]


def _added(inventory: Inventory) -> list[Sum]:
    """Capacity that began in the last whole year, those that have retired since included."""
    year = _plan_year(inventory) - 1
    began = _begun(inventory, year)
    note = f"units whose first year is {year}, as of {inventory.month:%Y-%m}"
    return [
        (
            f"us.{name}.capacity_additions.eia",
            f"{name}_capacity_additions",
            "A",
            date(year, 1, 1),
            "actual",
            value,
            note,
        )
        for name, group in ADDED.items()
        for value in [_gigawatts(began, group)]
    ]


def _begun(inventory: Inventory, year: int) -> pl.DataFrame:
    columns = ["technology", "mw", "operating_year"]
    ever = pl.concat([inventory.operating.select(columns), inventory.retired.select(columns)])
    return ever.filter(pl.col("operating_year") == year)


def _planned(inventory: Inventory) -> list[Sum]:
    """Capacity planned to begin in each year from the plan year on.

    Within a year the plan for it is what has begun plus what is still planned, as in EIA's mid-year notes; in December
    nothing of the year is a plan any more.
    """
    first = _plan_year(inventory)
    begun = _begun(inventory, first)
    return _by_year(
        inventory.planned,
        begun,
        first,
        PLANNED,
        stem="capacity_additions_planned",
        note=f"planned as of {inventory.month:%Y-%m}; units that began in {first} counted in it",
    )


def _retiring(inventory: Inventory) -> list[Sum]:
    first = _plan_year(inventory)
    gone = inventory.retired.filter(pl.col("retirement_year") == first).with_columns(
        pl.col("retirement_year").alias("year")
    )
    retiring = inventory.operating.with_columns(pl.col("planned_retirement_year").alias("year"))
    return _by_year(
        retiring,
        gone,
        first,
        RETIRING,
        stem="capacity_retirements_planned",
        note=f"planned as of {inventory.month:%Y-%m}; units that retired in {first} counted in it",
    )


def _by_year(
    plans: pl.DataFrame, operating: pl.DataFrame, first: int, groups: Groups, *, stem: str, note: str
) -> list[Sum]:
    coming = plans.filter(pl.col("year") >= first)
    years = sorted({first, *coming["year"].to_list()})
    sums: list[Sum] = []
    for name, group in groups.items():
        for year in years:
            value = _gigawatts(coming.filter(pl.col("year") == year), group)
            value += _gigawatts(operating, group) if year == first else 0.0
            if value or name == "total":
                row = (
                    f"us.{name}.{stem}.eia860m",
                    f"{name}_{stem}",
                    "A",
                    date(year, 1, 1),
                    "plan",
                    round(value, 6),
                    note,
                )
                sums.append(row)
    return sums


def _plan_year(inventory: Inventory) -> int:
    """The first year for which the inventory still holds plans: its own, or in December the next."""
    return inventory.month.year + (inventory.month.month == MONTHS_PER_YEAR)


CONNECTOR = Eia860m()
