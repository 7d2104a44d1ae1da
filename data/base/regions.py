"""Regions and their level. A state is not a grid, Europe is not the EU, North America is not the United States."""

import csv
from dataclasses import dataclass
from enum import StrEnum

from data.base.errors import NotFound
from data.base.shipped_tables import TABLES


class Level(StrEnum):
    """What kind of area a region is; figures of two levels are never the same area by name alone."""

    WORLD = "world"
    BLOC = "bloc"
    COUNTRY = "country"
    STATE = "state"
    GRID = "grid"
    PUBLISHER_AREA = "publisher_area"


@dataclass(frozen=True, slots=True)
class Region:
    """An area figures are given for.

    Attributes:
        parent: the area that contains it, None for the world. A grid's parent is the country it mostly lies in.
        note: what it must not be taken for.
    """

    code: str
    name: str
    level: Level
    parent: str | None
    note: str


def _read() -> dict[str, Region]:
    with (TABLES / "regions.csv").open(newline="", encoding="utf-8") as handle:
        return {
            row["code"]: Region(row["code"], row["name"], Level(row["level"]), row["parent"] or None, row["note"])
            for row in csv.DictReader(handle)
        }


REGIONS: dict[str, Region] = _read()
"""Every region of the tables, by code."""


def region(code: str) -> Region:
    """The region with that code; raises :class:`NotFound`.

    >>> region("EUROPE").level, region("EU").level
    (<Level.PUBLISHER_AREA: 'publisher_area'>, <Level.BLOC: 'bloc'>)
    """
    try:
        return REGIONS[code]
    except KeyError:
        raise NotFound("region", code, allowed=tuple(REGIONS)) from None
