"""Order books, signed power and queues as of a day: what is promised or asked for, when it is due, and counted once.

Feeds the demand concepts ``contracted`` and ``requested`` of the projection (:mod:`projection.model.commitments`),
beside the stock of equipment. What each figure means stands in ``features/commitments.toml``: its kind of gigawatt, the
years it is due over, and which figures count one thing (a buyer and its vendor, a deal and the halls it fills, a
tranche and the whole, two publishers of one queue). Values are read from a :class:`~features.view.View` and nowhere
else.

An order book has no downside of its own and ends at its last due date; the projection gives it a realised share and
says where it ends.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import polars as pl

from data.base.errors import NotFound, TableCorrupt
from data.base.layers import DemandConcept, Layer
from data.catalogue.observations import period_end
from data.periods.period import Frequency, Period
from features.chips.shipments import increments
from features.gigawatts import KINDS, Gigawatts, Money, Nameplate, Peak
from features.grids.figures import grid_figures
from features.view import View

TRAILING = 4
"""Quarters a price or a watt per H100e is taken over: quarterly shape is not information."""
_FILE = "commitments.toml"


class Stage(StrEnum):
    """How far a promise has come; each stage has its own realised share in the projection."""

    OPERATING = "operating"
    UNDER_CONSTRUCTION = "under_construction"
    APPROVED = "approved"
    FIRM = "firm"
    SIGNED = "signed"
    COMMITTED = "committed"
    LETTER = "letter"
    FRAMEWORK = "framework"
    ORDERED = "ordered"
    SUBMITTED = "submitted"
    """Handed in by utilities for the operator's forecast of peak, with the years it is asked for."""
    QUEUED = "queued"


class Relation(StrEnum):
    """Why two figures count one thing."""

    COVERS = "covers"
    TRANCHE = "tranche"
    HOUSES = "houses"


class Combine(StrEnum):
    """How a region's queue stands to its contracts: beside them, holding them, or with an unknown part in both."""

    SUM = "sum"
    LARGER = "larger"
    PARTLY = "partly"


class Place(StrEnum):
    """Which part of an item without a place belongs to a region's book."""

    WHOLE = "whole"
    ABROAD = "abroad"
    """The part outside the United States: inside, utilities' books already hold it."""
    HOME = "home"
    """The United States' part of chips sold outside China."""


@dataclass(frozen=True, slots=True)
class Item:
    """One promise or request.

    Attributes:
        name: of the item; one series may hold two.
        region: where it is due; WORLD when no place is stated.
        layers: whose book it may be in.
        concept: the demand it belongs to; None for what draws power already.
        quantity: of one of the four kinds of gigawatts, or money.
        running: what of it draws power already, of its own kind; None when unknown.
        organic: growth of the peak that comes without it, GW, which is taken off what comes of a forecast that holds
            both; None where the quantity is of requests alone.
        start: first quarter it is due in.
        end: last quarter it is due in: beyond it the item says nothing.
        large_load: it counts other large customers beside data centers.
        designer: whose chips it is of, None when that is not published.
        period: what the figure is about.
        published: the day it became known.
        why: of its kind and years.
    """

    name: str
    series_id: str
    region: str
    layers: tuple[Layer, ...]
    concept: DemandConcept | None
    stage: Stage
    counterparty: str
    quantity: Gigawatts | Money
    running: Gigawatts | None
    organic: Gigawatts | None
    start: Period
    end: Period
    large_load: bool
    designer: str | None
    period: Period
    source: str
    published: date
    why: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two items that count one thing; ``drop`` is left out where ``keep`` is known."""

    keep: str
    drop: str
    within: str | None
    relation: Relation
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A figure in no book, with its last value known on the day."""

    series_id: str
    value: float
    unit: str
    period: Period
    source: str
    published: date
    reason: str


@dataclass(frozen=True, slots=True)
class Sold:
    """What a unit of compute cost and drew in the last four quarters sold.

    Attributes:
        usd_per_h100e: NVIDIA's chips, US dollars per H100e (dense 8-bit).
        watts_per_h100e: chip TDP per H100e by designer.
        last: the last quarter it is known for.
    """

    usd_per_h100e: float
    watts_per_h100e: Mapping[str, float]
    last: Period


@dataclass(frozen=True, slots=True)
class Book:
    """What is promised and asked for in one region and layer.

    Attributes:
        observed: last quarter the installed stock is observed for; what was due by then is in that stock.
        installed: what draws power today, only for states without a modelled stock.
        contracted: items and which part of each belongs here.
        requested: likewise; they stand to the contracted ones as ``combine`` says.
        sold: for turning gigawatts and money into H100e; None where no chip figures are known.
        dropped: items left out of this book, with the overlap that says why.
    """

    region: str
    layer: Layer
    observed: Period
    installed: tuple[Item, ...]
    contracted: tuple[tuple[Item, Place], ...]
    requested: tuple[tuple[Item, Place], ...]
    combine: Combine
    combine_reason: str
    sold: Sold | None
    dropped: tuple[tuple[Item, Overlap], ...]


@dataclass(frozen=True, slots=True)
class Commitments:
    """Every item known on a day, kept or not."""

    as_of: date
    observed: Period
    items: Mapping[str, Item]
    overlaps: tuple[Overlap, ...]
    left_out: tuple[LeftOut, ...]
    sold: Sold | None

    def book(self, region: str, layer: Layer) -> Book:
        """The book of a region and layer; raises :class:`NotFound` where there is none."""
        places = _places(region, layer)
        here = [item for item in self.items.values() if item.region in places and layer in item.layers]
        drops = {item.name: self._dropping(item.name, region, layer) for item in here}
        located = [(item, places[item.region]) for item in here if drops[item.name] is None]
        rule, reason = combination(region)
        return Book(
            region=region,
            layer=layer,
            observed=self.observed,
            installed=tuple(item for item in here if item.concept is None) if region in states() else (),
            contracted=tuple(pair for pair in located if pair[0].concept is DemandConcept.CONTRACTED),
            requested=tuple(pair for pair in located if pair[0].concept is DemandConcept.REQUESTED),
            combine=rule,
            combine_reason=reason,
            sold=self.sold,
            dropped=tuple((item, drop) for item in here if (drop := drops[item.name]) is not None),
        )

    def _dropping(self, name: str, region: str, layer: Layer) -> Overlap | None:
        # The world's book holds that of the United States, so what is covered there is covered here.
        scopes = {None, region} | ({"US"} if region == "WORLD" else set())
        here = (one for one in self.overlaps if one.drop == name and one.within in scopes and one.keep in self.items)
        return next((one for one in here if layer in self.items[one.keep].layers), None)


def _places(region: str, layer: Layer) -> dict[str, Place]:
    whole = Place.WHOLE
    if layer is Layer.COMPUTE:
        books = {"WORLD": {"WORLD": whole}, "US": {"WORLD": Place.HOME}}
    elif layer is Layer.POWER:
        inside = dict.fromkeys(("US", *states()), whole)
        books = {"US": inside, "WORLD": inside | {"WORLD": Place.ABROAD}} | {
            state: {state: whole} for state in states()
        }
    else:
        books = {}
    try:
        return books[region]
    except KeyError:
        raise NotFound("book", f"{region} {layer}", allowed=tuple(books), hint="" if books else _NO_BOOK) from None


_NO_BOOK = "orders and contracts are in chips or in power; no layer beside compute and power has a book"


def commitments(view: View, *, observed: Period) -> Commitments:
    """Everything promised or asked for that is known on the view's day.

    Args:
        view: the store as of a day.
        observed: last quarter the installed stock is observed for.
    """
    sold = _sold(view)
    items: dict[str, Item] = {}
    for entry in _tables()["item"]:
        item = _item(view, entry, observed, sold, items)
        if item is not None:
            items[item.name] = item
    return Commitments(
        as_of=view.as_of,
        observed=observed,
        items=MappingProxyType(items),
        overlaps=overlaps(),
        left_out=tuple(filter(None, (_left_out(view, entry) for entry in _tables()["left_out"]))),
        sold=sold,
    )


def overlaps() -> tuple[Overlap, ...]:
    """Every pair of items that count one thing, as shipped."""
    return tuple(
        Overlap(one["keep"], one["drop"], one.get("within"), Relation(one["relation"]), one["reason"], one["source"])
        for one in _tables()["overlap"]
    )


def combination(region: str) -> tuple[Combine, str]:
    """How a region's queue and contracts are put together, and why; the sum where nothing is said."""
    for one in _tables()["combine"]:
        if one["region"] == region:
            return Combine(one["rule"]), str(one["reason"])
    return Combine.SUM, "No item of one is in the other."


@cache
def states() -> tuple[str, ...]:
    """Regions with books and without a modelled stock: what draws power there already is an item of the table."""
    return tuple(dict.fromkeys(str(one["region"]) for one in _tables()["item"] if one["concept"] == "installed"))


@cache
def _tables() -> Mapping[str, list[dict[str, Any]]]:
    tables = tomllib.loads((resources.files("features") / _FILE).read_text(encoding="utf-8"))
    names = [one["name"] for one in tables["item"]]
    if len(set(names)) < len(names):
        raise TableCorrupt(_FILE, "two items have one name")
    for one in tables["overlap"]:
        if not {one["keep"], one["drop"]} <= set(names):
            raise TableCorrupt(_FILE, f"{one['keep']} and {one['drop']} overlap, and one of them is no item")
    return MappingProxyType(tables)


def _last(view: View, *series_ids: str, source: str | None = None) -> dict[str, Any] | None:
    rows = view.rows_with_value(*series_ids)
    if source is not None:
        rows = rows.filter(pl.col("source_id") == source)
    if rows.is_empty():
        return None
    published = pl.col("published").fill_null(view.compiled)
    return rows.sort(period_end(), published, "source_id").row(-1, named=True)


def _period(row: Mapping[str, Any]) -> Period:
    return Period(row["period"], Frequency(row["freq"]))


def _item(
    view: View, entry: Mapping[str, Any], observed: Period, sold: Sold | None, items: Mapping[str, Item]
) -> Item | None:
    series = entry["series"]
    row = _last(view, *([series] if isinstance(series, str) else series), source=entry.get("source"))
    if row is None:
        return None
    end = row["period"].year if entry["end"] == "period" else int(entry["end"])
    start = Period(date(int(entry["start"]), 1, 1), Frequency.QUARTER)
    quantity: Gigawatts | Money
    organic: Gigawatts | None = None
    if entry["kind"] == "money":
        due = None if sold is None else _to_come(view, row, entry["sold"], since=start, last=sold.last)
        if due is None:
            return None
        quantity, start = due
    elif "growth" in entry:
        # An operator's forecast of peak: what it adds to the last peak that was known to it.
        grown = _growth(view, entry["growth"])
        if grown is None:
            return None
        quantity, organic, start = grown
    else:
        kind = KINDS[entry["kind"]]
        factor = _factor(view, entry)
        if factor is None:
            return None
        quantity = kind.of(row["value"] * factor, row["unit"])
        if "portion" in entry:
            portion = kind(float(entry["portion"]))
            quantity = quantity - portion if entry.get("rest", False) else portion
    concept = entry["concept"]
    return Item(
        name=entry["name"],
        series_id=row["series_id"],
        region=entry["region"],
        layers=tuple(Layer(name) for name in entry["layers"]),
        concept=None if concept == "installed" else DemandConcept(concept),
        stage=Stage(entry["stage"]),
        counterparty=entry["counterparty"],
        quantity=quantity,
        running=_running(view, entry, observed, items),
        organic=organic,
        start=start,
        end=Period(date(end, 10, 1), Frequency.QUARTER),
        large_load=bool(entry.get("large_load", False)),
        designer=entry.get("designer"),
        period=_period(row),
        source=row["source_id"],
        published=row["published"] or view.compiled,
        why=entry["why"],
    )


def _factor(view: View, entry: Mapping[str, Any]) -> float | None:
    # Shares and the ratio that an entry multiplies its figure by; None when one is not known on the day.
    shares = [_last(view, series_id) for series_id in entry.get("times", ())]
    ratio = [_last(view, series_id) for series_id in entry.get("ratio", ())]
    factor = 1.0
    for share in shares:
        if share is None:
            return None
        factor *= share["value"] / 100
    if ratio:
        part, whole = ratio
        if part is None or whole is None:
            return None
        factor *= part["value"] / whole["value"]
    return factor


def _growth(view: View, grid: str) -> tuple[Peak, Peak, Period] | None:
    # Growth of the peak, what of it would come without requests, and the first quarter after the peak it starts from.
    figures = grid_figures(view)[grid]
    path = figures.forecast
    if path is None or figures.organic is None:
        return None
    years = path.last_year - path.first_year
    start = Period(date(path.first_year + 1, 1, 1), Frequency.QUARTER)
    return Peak(path.growth * years), Peak(figures.organic * years), start


def _to_come(
    view: View, row: Mapping[str, Any], revenue: str, *, since: Period, last: Period
) -> tuple[Money, Period] | None:
    # A cumulative count of orders less what was sold; the chips of later sales are not in the installed stock yet.
    try:
        sales = view.read(revenue, freq=Frequency.QUARTER).by_period()
    except NotFound:
        return None
    until = min(last, max(sales))
    quarters = [since.shift(step) for step in range(since.steps_to(until) + 1)]
    if not quarters or any(quarter not in sales for quarter in quarters):
        return None
    return Money(max(row["value"] - sum(sales[quarter] for quarter in quarters), 0.0)), until.shift(1)


def _running(view: View, entry: Mapping[str, Any], observed: Period, items: Mapping[str, Item]) -> Gigawatts | None:
    other = items.get(entry.get("running", ""))
    if other is not None:
        return other.quantity if isinstance(other.quantity, Gigawatts) else None
    if "sites" not in entry or view.site_vintages.is_empty():
        return None
    vintages = view.site_vintages
    steps = vintages.filter(
        (pl.col("vintage") == pl.col("vintage").max())
        & pl.col("site").is_in(entry["sites"])
        & (pl.col("date") <= min(observed.end, max(vintages["vintage"].to_list())))
        & pl.col("facility_mw").is_not_null()
    )
    levels = steps.sort("site", "date").group_by("site").agg(pl.col("facility_mw").last())
    return None if levels.is_empty() else Nameplate.of(float(levels["facility_mw"].sum()), "MW")


def _sold(view: View) -> Sold | None:
    watts = {}
    try:
        for designer in ("nvidia", "google_tpu", "amazon_trainium", "amd"):
            compute, power = increments(view, designer, "compute"), increments(view, designer, "power")
            window = sorted(set(compute) & set(power))[-TRAILING:]
            if not window:
                return None
            watts[designer] = 1e6 * sum(power[q] for q in window) / sum(compute[q] for q in window)
        compute, cost = increments(view, "nvidia", "compute"), increments(view, "nvidia", "cost")
    except NotFound:
        return None
    window = sorted(set(compute) & set(cost))[-TRAILING:]
    if not window:
        return None
    price = 1e9 * sum(cost[q] for q in window) / sum(compute[q] for q in window)
    return Sold(price, MappingProxyType(watts), window[-1])


def _left_out(view: View, entry: Mapping[str, Any]) -> LeftOut | None:
    row = _last(view, entry["series"])
    if row is None:
        return None
    return LeftOut(
        series_id=entry["series"],
        value=row["value"],
        unit=row["unit"],
        period=_period(row),
        source=row["source_id"],
        published=row["published"] or view.compiled,
        reason=entry["reason"],
    )
