"""Demand from order books, signed power and queues: what is installed, and what of the promises comes on top.

Feeds the demand concepts ``contracted`` and ``requested``; the engine gives the installed stock. Per draw and item:

    added(t) = quantity x factor x realised x share due between the last observed quarter and t

or, where what runs of it is known, max(quantity x factor x realised - running, 0) times the share due of the rest.
``factor`` turns the item's kind of gigawatt into facility peak, ``realised`` is the share ever delivered at its
stage, and the share due runs evenly over its years, later by a delay that all items of a draw share. An order book has
no downside of its own: the realised share is it. Beyond its last due quarter a book says nothing: its path ends there.

Each stage has one draw for all its items: with independent shares the bands of sums would be absurdly narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.errors import NotFound, UnitMismatch
from data.base.layers import DemandConcept, Layer
from data.periods.period import Period
from features.commitments import Book, Combine, Item, Place, Sold, Stage
from features.gigawatts import Average, Gigawatts, Money, Nameplate, Peak, Requested
from projection.base.blocks import blank, running, spread
from projection.inputs.assumption_values import Values, value_of
from projection.model.fill import AI, Fill

FloatArray = NDArray[np.floating[Any]]
QUARTERS_PER_YEAR = 4

REALISED: dict[Stage, str] = {
    Stage.UNDER_CONSTRUCTION: "book_under_construction",
    Stage.APPROVED: "book_firm",
    Stage.FIRM: "book_firm",
    Stage.SIGNED: "book_signed",
    Stage.COMMITTED: "book_committed",
    Stage.LETTER: "book_letter",
    Stage.FRAMEWORK: "book_framework",
    Stage.ORDERED: "book_ordered",
    Stage.SUBMITTED: "submitted_growth_realised",
    Stage.QUEUED: "queue_connected",
}
"""The assumption that is a stage's share ever delivered."""

COUNTED = (Stage.UNDER_CONSTRUCTION, Stage.COMMITTED)
"""Stages a third party counts, whose counts differ by publisher; a utility or grid knows what it signed itself."""
BY_A_YEAR = (Stage.ORDERED, Stage.COMMITTED, Stage.SUBMITTED)
"""Stages whose realised share is what is delivered by the years it was due in: delays are in it."""


@dataclass(frozen=True, slots=True)
class Concept:
    """Demand by one concept.

    Attributes:
        demand: shape (draw, quarter), GW of facility peak for power, H100e (dense 8-bit) for compute.
        added: what the book brings on top of the installed stock, likewise; never negative.
        last: the last quarter of the book's largest item.
        notes: sentences that belong beside every answer.
        sources: ids of the sources of the items used.
    """

    demand: FloatArray
    added: FloatArray
    last: Period
    notes: tuple[str, ...]
    sources: tuple[str, ...]


def facility_peak(quantity: Gigawatts, values: Values) -> FloatArray:
    """Facility peak, GW, shape (draw,), of a quantity of any kind once it is ramped up.

    Average over load factor on own peak; nameplate times peak over nameplate, both of halls for accelerators, which is
    what is ordered; requested times the draw over what was approved (0.43 to 0.60, ERCOT's metered and assumed shares).
    Raises :class:`UnitMismatch` for a kind without a rule.
    """
    match quantity:
        case Peak():
            return np.full_like(values["draw_over_contract"], quantity.value)
        case Average():
            return np.asarray(quantity.value / Fill.of(values, AI).load_factor)
        case Nameplate():
            return np.asarray(quantity.value * Fill.of(values, AI).peak_over_nameplate)
        case Requested():
            return np.asarray(quantity.value * values["draw_over_contract"])
        case _:
            raise UnitMismatch(type(quantity).__name__, "facility peak")


def realised(item: Item, values: Values) -> FloatArray:
    """Share of an item that is ever delivered, shape (draw,).

    A queue is divided by requests per real project first; a third party's count carries its own error; of counts of all
    large loads, the data centers' share.
    """
    share = value_of(values, REALISED[item.stage])
    if item.stage in COUNTED:
        share = share * values["book_count_factor"]
    if item.stage is Stage.QUEUED:
        share = share / values["queue_duplicates"]
    return np.asarray(share * _counted(item, values))


def _counted(item: Item, values: Values) -> FloatArray:
    # Data centers' share of what is counted, (draw,).
    share = values["large_load_datacenter_share"]
    return share if item.large_load else np.ones_like(share)


def due(item: Item, observed: Period, quarters: Sequence[Period], values: Values) -> FloatArray:
    """Share of an item that falls due between the observed quarter and each quarter's end, shape (draw, quarter).

    Evenly over its years, later by the delay of the draw; what was due by the observed quarter is in the stock already.
    Where what runs of the item is known, that is taken off instead, and the share is one of the rest. Stages whose
    realised share is one by a stated year are not delayed once more.
    """
    first = _years(item.start) - 1 / QUARTERS_PER_YEAR
    span = _years(item.end) - first
    # Times are counted from the item's first day: calendar years have no room for a fraction in single precision.
    late = values["book_delay_years"] * np.float32(item.stage not in BY_A_YEAR) / np.float32(span)
    times = np.array([(_years(quarter) - first) / span for quarter in quarters], dtype=np.float32)
    before = np.clip((_years(observed) - first) / span - late, 0.0, 1.0)
    since = np.subtract(times, late[:, None], order="F")
    np.clip(since, 0.0, 1.0, out=since)
    since -= before[:, None]
    np.maximum(since, 0.0, out=since)
    if item.running is not None:
        left = 1 - before
        rest = np.where(left > 0, 1 / np.where(left > 0, left, np.ones_like(left)), np.zeros_like(left))
        since *= rest[:, None]
    return np.asarray(since)


def contracted(book: Book, *, installed: FloatArray, quarters: Sequence[Period], values: Values) -> Concept:
    """Installed plus what of orders and signed contracts is delivered; NaN after the last due quarter of the book.

    Args:
        book: of the region and layer.
        installed: stock at the book's last observed quarter as it stands later (retired, never added to), shape
            (draw, quarter), GW of facility peak or H100e.
        quarters: of the paths.
        values: assumption draws.

    Raises:
        NotFound: a compute book without chip figures.
    """
    added, _ = _added(book, book.contracted, quarters, values, shape=installed.shape)
    last = max((item.end for item, _ in book.contracted), default=book.observed)
    demand = installed + added
    demand[:, [quarter > last for quarter in quarters]] = np.nan
    return _concept(book, book.contracted, demand, added, last, DemandConcept.CONTRACTED)


def requested(book: Book, *, installed: FloatArray, quarters: Sequence[Period], values: Values, whole: bool) -> Concept:
    """Installed, contracts and the queue; for contrast, never below the contracted path.

    Where the queue holds the contracts, the larger of the two is taken in every draw; where an unknown part of it is in
    them, a drawn share of what is expected of it is left out.

    Args:
        book: of the region and layer.
        installed: as for :func:`contracted`.
        quarters: of the paths.
        values: assumption draws.
        whole: every request as if it were a project of its own and connected; else what is expected of them.

    Raises:
        NotFound: the region has no queue in the figures.
    """
    if not book.requested:
        raise NotFound("queue", f"{book.region} {book.layer}", hint="no queue of that region is known on that day")
    contracts, _ = _added(book, book.contracted, quarters, values, shape=installed.shape)
    queue, last = _added(book, book.requested, quarters, values, shape=installed.shape, whole=whole)
    if book.combine is Combine.LARGER:
        added = np.maximum(contracts, queue)
    elif book.combine is Combine.PARTLY and not whole:
        added = contracts + queue * (1 - values["queue_in_contracts"][:, None])
    else:
        added = contracts + queue
    items = (*book.contracted, *book.requested)
    return _concept(book, items, installed + added, added, last, DemandConcept.REQUESTED)


def installed_today(book: Book, *, quarters: Sequence[Period], values: Values) -> FloatArray:
    """Facility peak of what draws power already in a state without a modelled stock, GW, flat, (draw, quarter).

    Raises :class:`NotFound` where no such figure is known.
    """
    if not book.installed:
        raise NotFound("installed load", book.region, hint="its stock comes from the engine")
    level = np.zeros_like(values["draw_over_contract"])
    for item in book.installed:
        share = values["large_load_datacenter_share"] if item.large_load else 1.0
        level = level + facility_peak(_gigawatts(item), values) * share
    return spread(level, np.ones(len(quarters)))


def _years(quarter: Period) -> float:
    # The end of the quarter, in years.
    return quarter.start.year + (quarter.start.month + 2) / 12


def _gigawatts(item: Item) -> Gigawatts:
    if isinstance(item.quantity, Gigawatts):
        return item.quantity
    raise UnitMismatch("USD_billion", "GW")


def _added(
    book: Book,
    placed: Sequence[tuple[Item, Place]],
    quarters: Sequence[Period],
    values: Values,
    *,
    shape: tuple[int, ...],
    whole: bool = False,
) -> tuple[FloatArray, Period]:
    # What the items add, (draw, quarter), and the last due quarter of the one that adds most.
    total, most, last = blank(*shape), 0.0, book.observed
    shares: dict[tuple[Period, Period, bool, bool], FloatArray] = {}
    for item, place in placed:
        dated = (item.start, item.end, item.stage in BY_A_YEAR, item.running is None)
        if dated not in shares:
            shares[dated] = due(item, book.observed, quarters, values)
        share = shares[dated]
        if book.layer is Layer.POWER:
            path = (still_to_come(item, values, whole=whole) * _part(place, values))[:, None] * share
        else:
            path = _h100e(item, book, quarters, share, values) * _part(place, values)[:, None]
        total += path
        brought = float(path[:, -1].mean())
        if brought > most:
            most, last = brought, item.end
    return total, last


def _part(place: Place, values: Values) -> FloatArray:
    # The part of an item that belongs to the book's region, (draw,).
    match place:
        case Place.WHOLE:
            return np.ones_like(values["deals_us_share"])
        case Place.ABROAD:
            return 1 - values["deals_us_share"]
        case Place.HOME:
            return values["us_share_of_western_chips"]


def still_to_come(item: Item, values: Values, *, whole: bool) -> FloatArray:
    """Facility peak still to come of an item, GW, (draw,): its realised share, or the whole, less what runs."""
    share = _counted(item, values) if whole else realised(item, values)
    to_come = facility_peak(_gigawatts(item), values) * share
    if item.organic is not None:
        without = facility_peak(item.organic, values)
        if item.large_load:
            without = without * values["large_load_datacenter_share"]
        to_come = np.maximum(to_come - without, 0.0)
    if item.running is None:
        return to_come
    running = facility_peak(item.running, values)
    if item.large_load:
        running = running * values["large_load_datacenter_share"]
    return np.maximum(to_come - running, 0.0)


def _h100e(item: Item, book: Book, quarters: Sequence[Period], share: FloatArray, values: Values) -> FloatArray:
    # Each quarter's delivery at that quarter's price or watts, then summed: later money and power buy more compute.
    sold = book.sold
    if sold is None or item.designer is None:
        raise NotFound("chip figures", item.name, hint="no price and no power per H100e is known on that day")
    since = np.maximum(np.array([_years(quarter) for quarter in quarters]) - _years(sold.last), 0.0)
    if isinstance(item.quantity, Money):
        units = 1e9 * item.quantity.value / sold.usd_per_h100e
        whole: FloatArray = units * realised(item, values) * values["orders_chip_share"]
        path = np.exp(spread(values["price_performance_gain"], since))
    else:
        whole = _chips_of_power(item, item.designer, sold, values)
        path = np.exp(spread(values["watt_per_h100e_decline"], since))
    path *= whole[:, None]
    path[:, 0] *= share[:, 0]
    path[:, 1:] *= share[:, 1:] - share[:, :-1]
    return running(path)


def _chips_of_power(item: Item, designer: str, sold: Sold, values: Values) -> FloatArray:
    # H100e of a facility's nameplate at today's watts, (draw,): nameplate is rated IT power times PUE.
    nameplate = _nameplate(item.quantity) * realised(item, values)
    if item.running is not None:
        nameplate = np.maximum(nameplate - _nameplate(item.running), 0.0)
    rated = sold.watts_per_h100e[designer] * values["server_overhead"] * values["pue_ai"]
    return np.asarray(1e9 * nameplate / rated)


def _nameplate(quantity: Gigawatts | Money) -> float:
    if isinstance(quantity, Nameplate):
        return quantity.value
    raise UnitMismatch(type(quantity).__name__, "facility nameplate")


def _concept(
    book: Book,
    placed: Sequence[tuple[Item, Place]],
    demand: FloatArray,
    added: FloatArray,
    last: Period,
    concept: DemandConcept,
) -> Concept:
    notes = [
        f"The last item of the contracts is due by {last.label}: nothing is said after it."
        if concept is DemandConcept.CONTRACTED
        else f"The largest request is due by {last.label}: what stands after it is no forecast.",
        f"Items counted: {len(placed)}; left out because they count the same thing: {len(book.dropped)}.",
        "Realised shares, delays and requests per project are assumptions; no fit of them is possible yet.",
    ]
    if not placed:
        notes.insert(0, "No order or contract is known on that day: the path is what is installed.")
    if concept is DemandConcept.REQUESTED:
        notes.append(book.combine_reason)
    return Concept(
        demand=demand,
        added=added,
        last=last,
        notes=tuple(notes),
        sources=tuple(sorted({item.source for item, _ in placed})),
    )
