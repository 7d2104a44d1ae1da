"""Which codes of the US Energy Information Administration are which of our series.

A code is listed only where its definition is that of the series: net generation at utility-scale plants of all sectors
(sector 99), sales to ultimate customers, and average revenue per kilowatt-hour sold.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

NATION: Final = "US"
STATES: Final[tuple[str, ...]] = (
    *("AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS"),
    *("KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV"),
    *("NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY"),
)
"""Postal codes of the fifty states and the District of Columbia, as EIA writes them."""

FUELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ALL": "total",
        "BIO": "biomass",
        "COW": "coal",
        "DPV": "solar_small_scale",
        "GEO": "geothermal",
        "HYC": "hydro_conventional",
        "NG": "natural_gas",
        "NUC": "nuclear",
        "SUN": "solar_utility",
        "WND": "wind",
    }
)
"""Fuel codes by what our ids call them; ``ALL`` is utility-scale only, so small-scale solar comes on top of it."""

STATE_FUELS: Final = ("ALL", "NG", "NUC", "SUN", "WND")
FULL_STATES: Final = ("TX", "VA")
"""States whose fuels are followed one by one; of the others only the total is."""

ANNUAL_FUELS: Final[Mapping[str, str]] = MappingProxyType(
    {"COW": "coal", "NG": "natural_gas", "NUC": "nuclear", "TSN": "solar_all", "WND": "wind"}
)
"""Fuel codes of the yearly national series; ``TSN`` is utility-scale and small-scale solar together."""

SECTORS: Final[Mapping[str, str]] = MappingProxyType(
    {"ALL": "total", "COM": "commercial", "IND": "industrial", "RES": "residential"}
)
PRICED: Final = ("COM", "IND")

Codes = Mapping[tuple[str, str], str]
"""Series ids by (area, fuel or sector)."""


def region(area: str) -> str:
    """Our region code of an EIA area.

    >>> region("TX"), region("US")
    ('US-TX', 'US')
    """
    return NATION if area == NATION else f"{NATION}-{area}"


def _id(area: str, rest: str) -> str:
    return f"{region(area).lower()}.electricity.{rest}.eia"


NETGEN: Final[Codes] = MappingProxyType(
    {
        **{(NATION, code): _id(NATION, f"netgen.{fuel}") for code, fuel in FUELS.items()},
        **{(area, code): _id(area, f"netgen.{FUELS[code]}") for area in FULL_STATES for code in STATE_FUELS},
        **{(area, "ALL"): _id(area, "netgen.total") for area in STATES},
    }
)
"""Monthly net generation, GWh."""

NETGEN_ANNUAL: Final[Codes] = MappingProxyType(
    {(NATION, code): _id(NATION, f"netgen_annual.{fuel}") for code, fuel in ANNUAL_FUELS.items()}
)
"""Yearly net generation, GWh."""

SALES: Final[Codes] = MappingProxyType(
    {
        **{(NATION, code): _id(NATION, f"sales.{sector}") for code, sector in SECTORS.items()},
        **{(area, "COM"): _id(area, "sales.commercial") for area in STATES},
    }
)
"""Monthly sales to ultimate customers, GWh."""

PRICES: Final[Codes] = MappingProxyType(
    {
        **{(NATION, code): _id(NATION, f"price.{SECTORS[code]}") for code in PRICED},
        **{(area, "COM"): _id(area, "price.commercial") for area in FULL_STATES},
    }
)
"""Monthly average retail price, US cents per kWh."""


def codes_frame(codes: Codes) -> pl.DataFrame:
    """A table of codes to join on: area, code, series_id, region."""
    return pl.DataFrame(
        [(area, code, series_id, region(area)) for (area, code), series_id in codes.items()],
        schema={"area": pl.String, "code": pl.String, "series_id": pl.String, "region": pl.String},
        orient="row",
    )
