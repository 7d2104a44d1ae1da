"""The newest period each driver of the projection knows on a day, how old it is, and whether it is stale.

``driver_ages.toml`` lists the drivers with the cells they feed, and the ages from which an official series is stale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Self

import polars as pl

from data.base.errors import NotFound
from data.base.layers import Layer
from data.base.toml_tables import Entry, read_shipped
from data.catalogue.observations import OBSERVED
from data.periods.period import Frequency, Period
from features.series import ModelSeries
from features.view import View

FILE = "driver_ages.toml"
OFFICIAL = ["actual"]
"""Kinds of the newest figures of an official series: counted, metered or reported, and not estimated."""


class _Driver(Entry):
    series: tuple[str, ...]
    regions: tuple[str, ...]
    layers: tuple[Layer, ...]


class _File(Entry):
    stale_days: Mapping[Frequency, int]
    driver: tuple[_Driver, ...]


@dataclass(frozen=True, slots=True)
class DriverAge:
    """A driver and how old its newest period is.

    Attributes:
        period: the newest that is known; published: the day the last of its figures became known.
        age_days: to the day of the figures, from the end of that period or, where it lies ahead, from its publication.
        official: its newest figures are counted, metered or reported, and not estimated.
        stale: it is official and older than its frequency allows.
    """

    series_id: str
    period: Period
    published: date
    age_days: int
    official: bool
    stale: bool

    def document(self) -> dict[str, Any]:
        """As an edition keeps it and answers show it."""
        return {
            "series_id": self.series_id,
            "freq": self.period.freq.value,
            "period": self.period.label,
            "published": self.published.isoformat(),
            "age_days": self.age_days,
            "official": self.official,
            "stale": self.stale,
        }

    @classmethod
    def of(cls, view: View, series: ModelSeries) -> Self:
        """The age of a series as the view has it."""
        period = series.periods[-1]
        since = series.last_published if period.end > view.as_of else period.end
        age = (view.as_of - since).days
        official = _official(view, series)
        limit = _file().stale_days.get(period.freq)
        stale = official and limit is not None and age > limit
        return cls(series.series_id, period, series.last_published, age, official, stale)


def driver_ages(view: View) -> tuple[DriverAge, ...]:
    """Every driver known on the day, by id; one that is not known then is left out, as the edition's notes say."""
    from features.recipes import RECIPES

    derived = {recipe.series_id: recipe for recipe in RECIPES}
    ages = []
    for series_id in sorted({name for driver in _file().driver for name in driver.series}):
        try:
            series = derived[series_id].read(view) if series_id in derived else view.read(series_id)
        except NotFound:
            continue
        ages.append(DriverAge.of(view, series))
    return tuple(ages)


def drivers_of(region: str, layer: Layer) -> frozenset[str]:
    """Ids of the drivers a cell rests on."""
    return frozenset(
        name
        for driver in _file().driver
        if region in driver.regions and layer in driver.layers
        for name in driver.series
    )


def stale_words(ages: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for each stale driver among those an edition keeps.

    >>> stale_words([{"series_id": "us.x.y", "period": "2025-05", "age_days": 541, "stale": True}])
    ['us.x.y ends with 2025-05, 541 days before the day of the figures.']
    """
    return [
        f"{age['series_id']} ends with {age['period']}, {age['age_days']} days before the day of the figures."
        for age in ages
        if age["stale"]
    ]


def _official(view: View, series: ModelSeries) -> bool:
    from features.recipes import RECIPES

    # Of a derived series, the inputs decide: each by its newest figures.
    recipe = next((recipe for recipe in RECIPES if recipe.series_id == series.series_id), None)
    names = recipe.inputs if recipe else (series.series_id,)
    rows = view.rows.filter(
        pl.col("series_id").is_in(names) & pl.col("kind").is_in(OBSERVED) & pl.col("value").is_not_null()
    )
    newest = rows.sort("period").unique("series_id", keep="last", maintain_order=True)
    return newest["kind"].unique().to_list() == OFFICIAL


@cache
def _file() -> _File:
    return read_shipped(_File, "features", FILE)
