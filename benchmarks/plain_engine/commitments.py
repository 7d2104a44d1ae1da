"""Demand from order books, signed power and queues: what is installed, and what of the promises comes on top.

Feeds the demand concepts ``committed`` and ``requested`` beside ``equipment``; the engine gives the installed stock and
plugs the paths in. Per draw and item:

    added(t) = quantity x factor x realised x share due between the last observed quarter and t

or, where what runs of it is known, max(quantity x factor x realised - running, 0) times the share due of the rest.
``factor`` turns the item's kind of gigawatt into facility peak, ``realised`` is the share ever delivered at its
stage, and the share due runs evenly over its years, later by a delay that all items of a draw share. An order book has
no downside of its own: the realised share is it. Beyond the last due quarter a book says nothing and its path stays
flat, which is said and is no forecast.

Each stage has one draw for all its items, so that sums are honestly wide (methods: independent shares make bands
absurdly narrow).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from data.errors import NotFound, UnitMismatch
from data.layers import DemandConcept, Layer
from data.periods import Period
from features.commitments import Book, Combine, Item, Place, Sold
from features.gigawatts import Gigawatts, Money, Nameplate
from projection.commitments import BY_A_YEAR, Concept, Factor, facility_peak, realised

FloatArray = NDArray[np.float64]
Values = Mapping[str, FloatArray]
"""Assumption draws by name, each of shape (draw,)."""
QUARTERS_PER_YEAR = 4


def due(item: Item, observed: Period, quarters: Sequence[Period], values: Values) -> FloatArray:
    """Share of an item that falls due between the observed quarter and each quarter's end, shape (draw, quarter).

    Evenly over its years, later by the delay of the draw; what was due by the observed quarter is in the stock already.
    Where what runs of the item is known, that is taken off instead, and the share is one of the rest. Stages whose
    realised share is one by a stated year are not delayed once more.
    """
    first = _years(item.start) - 1 / QUARTERS_PER_YEAR
    span = _years(item.end) - first
    late = values["book_delay_years"] * (item.stage not in BY_A_YEAR)
    times = np.array([_years(quarter) for quarter in quarters])
    by = np.clip((times[None, :] - late[:, None] - first) / span, 0.0, 1.0)
    before = np.clip((_years(observed) - late - first) / span, 0.0, 1.0)[:, None]
    since = np.maximum(by - before, 0.0)
    if item.running is None:
        return since
    left = 1.0 - before
    return np.asarray(np.where(left > 0, since / np.where(left > 0, left, 1.0), 0.0))


def committed(book: Book, *, installed: FloatArray, quarters: Sequence[Period], values: Values) -> Concept:
    """Installed plus what of orders and signed contracts is delivered.

    Args:
        book: of the region and layer.
        installed: stock at the book's last observed quarter as it stands later (retired, never added to), shape
            (draw, quarter), GW of facility peak or H100e.
        quarters: of the paths.
        values: assumption draws.

    Raises:
        NotFound: a compute book without chip figures.
    """
    added, last = _added(book, book.committed, quarters, values, shape=installed.shape)
    return _concept(book, book.committed, installed + added, added, last, DemandConcept.COMMITTED)


def requested(book: Book, *, installed: FloatArray, quarters: Sequence[Period], values: Values) -> Concept:
    """Installed, contracts and what of the queue is connected; for contrast, never below the committed path.

    Where the queue holds the contracts, the larger of the two is taken in every draw; where an unknown part of it is in
    them, a drawn share of it is left out. Arguments as for :func:`committed`. Raises :class:`NotFound` where the region
    has no queue in the figures.
    """
    if not book.requested:
        raise NotFound("queue", f"{book.region} {book.layer}", hint="no queue of that region is known on that day")
    contracts, _ = _added(book, book.committed, quarters, values, shape=installed.shape)
    queue, last = _added(book, book.requested, quarters, values, shape=installed.shape)
    if book.combine is Combine.LARGER:
        added = np.maximum(contracts, queue)
    elif book.combine is Combine.PARTLY:
        added = contracts + queue * (1 - values["queue_in_contracts"][:, None])
    else:
        added = contracts + queue
    items = (*book.committed, *book.requested)
    return _concept(book, items, installed + added, added, last, DemandConcept.REQUESTED)


def installed_today(book: Book, *, quarters: Sequence[Period], values: Values) -> FloatArray:
    """Facility peak of what draws power already in a state without a modelled stock, GW, flat, (draw, quarter).

    Raises :class:`NotFound` where no such figure is known.
    """
    if not book.installed:
        raise NotFound("installed load", book.region, hint="its stock comes from the engine")
    level = np.zeros_like(values[Factor.NAMEPLATE])
    for item in book.installed:
        share = values["large_load_datacenter_share"] if item.large_load else 1.0
        level = level + facility_peak(_gigawatts(item), values) * share
    return np.repeat(level[:, None], len(quarters), axis=1)


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
) -> tuple[FloatArray, Period]:
    # What the items add, (draw, quarter), and the last due quarter of the one that adds most.
    total, most, last = np.zeros(shape), 0.0, book.observed
    for item, place in placed:
        share = due(item, book.observed, quarters, values)
        if book.layer is Layer.POWER:
            path = (_to_come(item, values) * _part(place, values))[:, None] * share
        else:
            path = _h100e(item, book, quarters, share, values) * _part(place, values)[:, None]
        total += path
        brought = float(np.median(path[:, -1]))
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


def _to_come(item: Item, values: Values) -> FloatArray:
    # Facility peak still to come of an item, (draw,): its realised share less what runs.
    whole = facility_peak(_gigawatts(item), values) * realised(item, values)
    if item.organic is not None:
        without = facility_peak(item.organic, values)
        if item.large_load:
            without = without * values["large_load_datacenter_share"]
        whole = np.maximum(whole - without, 0.0)
    if item.running is None:
        return whole
    running = facility_peak(item.running, values)
    if item.large_load:
        running = running * values["large_load_datacenter_share"]
    return np.maximum(whole - running, 0.0)


def _h100e(item: Item, book: Book, quarters: Sequence[Period], share: FloatArray, values: Values) -> FloatArray:
    # Each quarter's delivery at that quarter's price or watts, then summed: later money and power buy more compute.
    sold = book.sold
    if sold is None or item.designer is None:
        raise NotFound("chip figures", item.name, hint="no price and no power per H100e is known on that day")
    steps = np.diff(share, axis=1, prepend=0.0)
    since = np.maximum(np.array([_years(quarter) for quarter in quarters]) - _years(sold.last), 0.0)[None, :]
    if isinstance(item.quantity, Money):
        whole = 1e9 * item.quantity.value * realised(item, values) * values["orders_chip_share"] / sold.usd_per_h100e
        gain = np.exp(values["price_performance_gain"][:, None] * since)
    else:
        whole = _chips_of_power(item, item.designer, sold, values)
        gain = np.exp(values["watt_per_h100e_decline"][:, None] * since)
    return np.asarray(np.cumsum(whole[:, None] * steps * gain, axis=1))


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
        f"The largest item of the {concept} book ends with {last.label}: what stands after it is no forecast.",
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
