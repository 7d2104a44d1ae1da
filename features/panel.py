"""The panel: the driver series a projection needs, as of a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from data.store import Rule, Store
from features.forecastable import forecastable, observed
from features.recipes import RECIPES, View
from features.series import ModelSeries

__all__ = ["DRIVERS", "Panel", "forecastable", "panel"]

SHIPPED_DRIVERS = ("cn.electricity.generation.total.owid", "world.electricity.generation.total.owid")
DRIVERS = tuple(sorted((*(recipe.series_id for recipe in RECIPES), *SHIPPED_DRIVERS)))
"""Series whose joint forecast training publishes for projection."""

ANCHORS = (
    "cn.datacenter.electricity.iea2025",
    "us.datacenter.electricity.iea2025",
    "us.datacenter.electricity.lbnl2024",
    "world.datacenter.electricity.iea2025",
)
"""Data-center electricity by publisher: too short to forecast, read as they are, never joined."""


@dataclass(frozen=True)
class Panel:
    """Driver and anchor series visible on a day, by id."""

    as_of: date
    rule: Rule
    series: Mapping[str, ModelSeries]

    @property
    def drivers(self) -> dict[str, ModelSeries]:
        """The drivers among them."""
        return {name: self.series[name] for name in DRIVERS if name in self.series}


def panel(
    store: Store,
    *,
    as_of: date,
    rule: Rule = Rule.STRICT,
    regions: tuple[str, ...] = ("US", "CN", "WORLD"),
) -> Panel:
    """Drivers and anchors of the given regions as of a day; a series with nothing visible is absent."""
    view = View(rows=observed(store, as_of=as_of, rule=rule), as_of=as_of, rule=rule)
    found = [recipe.make(recipe, view) for recipe in RECIPES]
    found += [view.read(name) for name in (*SHIPPED_DRIVERS, *ANCHORS)]
    series = {item.series_id: item for item in found if item is not None and item.region in {*regions, "TW"}}
    return Panel(as_of=as_of, rule=rule, series=series)
