"""The panel of drivers as of a day, and all series that are long enough to forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.base.errors import NotFound
from data.catalogue.definitions import Role, by_role, definitions, family_of
from data.store.store import Rule
from features.flows import form_of, forms, total
from features.recipes import DRIVERS, flows
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
    """Every series that is forecast by itself, by id: at least 8 observed periods at one frequency, the finest such.

    Periods are counted over all sources and scenarios of the id; :mod:`features.splices` says which of them are read.
    Projections and plans never count and never enter. A flow stands for the running totals and the growth it is printed
    as; those are never forecast as they stand (:func:`totals`). Nor is a single product, whose sales end with it. A
    flow may lack the one period that the first of 8 totals does not give.
    """
    by_id: dict[str, ModelSeries] = {}
    for series_id in view.ids():
        freq = view.frequency(series_id, at_least=MINIMUM)
        by_itself = series_id not in flows() and form_of(series_id) is None and family_of(series_id) is None
        if freq is not None and by_itself:
            series = view.read(series_id, freq=freq)
            if len(series) >= MINIMUM:
                by_id[series_id] = series
    long = totals(view)
    for series_id, recipe in flows().items():
        series_of = [one.series_id for one in forms()[series_id].totals]
        try:
            series = recipe.read(view)
        except NotFound:
            continue
        if len(series) >= MINIMUM - any(name in long for name in series_of):
            by_id[series_id] = series
    return by_id


def totals(view: View) -> dict[str, ModelSeries]:
    """Every series with at least 8 observed periods that is forecast by adding up its flow, or is its flow again."""
    by_id: dict[str, ModelSeries] = {}
    for relatives in forms().values():
        for one in relatives.totals:
            if view.count(one.series_id, relatives.freq) >= MINIMUM:
                by_id[one.series_id] = total(view, one.series_id)
    return by_id


def with_forecasts(view: View) -> dict[str, ModelSeries]:
    """Every series that has a forecast: fitted, added up, and drivers."""
    return {**forecastable(view), **totals(view), **panel(view).series}
