"""The panel of drivers as of a day, and all series that are long enough to forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.base.errors import NotFound
from data.catalogue.definitions import Role, by_role, definitions
from data.store.store import Rule
from features.recipes import DRIVERS
from features.series import ModelSeries
from features.splices import MINIMUM
from features.view import View

REGIONS_READ: tuple[str, ...] = ("US", "CN", "EU", "WORLD")


@dataclass(frozen=True)
class Panel:
    """The drivers known on a day.

    Attributes:
        series: drivers by id; derived ids start with ``derived.``.
        anchors: data-center electricity by publisher, as published; too short to forecast and never merged.
        missing: drivers that cannot be made on that day, with the reason.
    """

    as_of: date
    rule: Rule
    series: dict[str, ModelSeries]
    anchors: dict[str, ModelSeries]
    missing: dict[str, str]


def panel(view: View, *, regions: Sequence[str] = REGIONS_READ) -> Panel:
    """Every driver of the given regions as known on a day; one that cannot be made is named in ``missing``."""
    series: dict[str, ModelSeries] = {}
    missing: dict[str, str] = {}
    for recipe in DRIVERS:
        if recipe.region in regions:
            try:
                series[recipe.series_id] = recipe.read(view)
            except NotFound as error:
                missing[recipe.series_id] = f"{error.detail}: {error.remedy}"
    for series_id in by_role(Role.DRIVER):
        if definitions()[series_id].region in regions:
            try:
                series[series_id] = view.read(series_id)
            except NotFound as error:
                missing[series_id] = f"{error.detail}: {error.remedy}"
    levels = by_role(Role.LEVEL)
    anchors = {name: view.read(name) for name in view.ids() if name in levels}
    anchors = {name: anchor for name, anchor in anchors.items() if anchor.region in regions}
    return Panel(view.as_of, view.rule, series, anchors, missing)


def forecastable(view: View) -> dict[str, ModelSeries]:
    """Every series with at least 8 observed periods at one frequency, by id, at the finest such frequency.

    Periods are counted over all sources and scenarios of the id; :mod:`features.splices` says which of them are read.
    Projections and plans never count and never enter.
    """
    by_id: dict[str, ModelSeries] = {}
    for series_id in view.ids():
        freq = view.frequency(series_id, at_least=MINIMUM)
        if freq is not None:
            series = view.read(series_id, freq=freq)
            if len(series) >= MINIMUM:
                by_id[series_id] = series
    return by_id
