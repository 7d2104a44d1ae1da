"""Demand by order books and queues, on the same numbers: what stands already, and what books and queues add."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.base.layers import DemandConcept, Layer, Status
from features.commitments import Book, Commitments, commitments, states
from features.view import View
from projection.base.blocks import spread, total
from projection.cells.cells import ORDER_BOOK_VERDICTS
from projection.cells.paths import WORLD, ConceptKey, Key
from projection.inputs.assumption_values import Values
from projection.inputs.starting_values import DOMESTIC, Anchors
from projection.model.chips import installed, observed, shares, survival
from projection.model.commitments import contracted, installed_today, requested

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class OrderBooks:
    """Order books, contracts and queues known on the day.

    Attributes:
        power: dated against the stock at the end of the base year; compute: against the last counted shipments.
    """

    power: Commitments
    compute: Commitments | None

    @classmethod
    def of(cls, view: View, anchors: Anchors) -> Self:
        """The books of a day; chips have none where their figures are not known yet."""
        last = max(anchor.last for anchor in anchors.designers.values())
        try:
            compute = commitments(view, observed=last)
        except NotFound:
            compute = None
        return cls(power=commitments(view, observed=anchors.timeline.first.shift(-1)), compute=compute)

    def book(self, region: str, layer: Layer) -> Book | None:
        """The book of a cell; None where there is none."""
        books = self.power if layer is Layer.POWER else self.compute
        return None if books is None else books.book(region, layer)


@dataclass(frozen=True)
class BookedDemand:
    """Demand of one cell by order books or queues, (draw, quarter).

    Attributes:
        demand: what stands and is promised, or with every request; NaN where nothing is promised any more.
        expected: of requests, what is expected to be connected; None for contracts.
    """

    demand: FloatArray
    expected: FloatArray | None = None


def draw(
    books: OrderBooks,
    anchors: Anchors,
    values: Values,
    errors: Mapping[str, FloatArray],
    standing_peak: Mapping[str, FloatArray],
) -> dict[ConceptKey, BookedDemand]:
    """Demand by concept for every cell whose figures carry one.

    Args:
        books: known on the day.
        anchors: figures the stock is counted from.
        values: assumption draws, each (draw,).
        errors: measurement error of each designer, standard normal, (draw,).
        standing_peak: facility peak at the end of the base year by region, GW, (draw,).
    """
    timeline = anchors.timeline
    quarters = np.ones(len(timeline.quarters))
    standing = {(region, Layer.POWER): spread(peak, quarters) for region, peak in standing_peak.items()}
    standing[WORLD, Layer.POWER] = spread(total(list(standing_peak.values())), quarters)
    standing |= compute_standing(anchors, values, errors)
    by_concept: dict[ConceptKey, BookedDemand] = {}
    for (region, layer, concept), verdict in ORDER_BOOK_VERDICTS.items():
        book = None if verdict.status is Status.UNAVAILABLE else books.book(region, layer)
        if book is None:
            continue
        try:
            if region in states():
                stock = installed_today(book, quarters=timeline.quarters, values=values)
            else:
                stock = standing[region, layer]
            if concept is DemandConcept.CONTRACTED:
                path = contracted(book, installed=stock, quarters=timeline.quarters, values=values)
                by_concept[region, layer, concept] = BookedDemand(path.demand)
            else:
                whole_queue, expected = (
                    requested(book, installed=stock, quarters=timeline.quarters, values=values, whole=whole)
                    for whole in (True, False)
                )
                by_concept[region, layer, concept] = BookedDemand(whole_queue.demand, expected.demand)
        except NotFound:
            # Nothing of it is known on that day; the edition's cell says so.
            continue
    return by_concept


def compute_standing(anchors: Anchors, values: Values, errors: Mapping[str, FloatArray]) -> dict[Key, FloatArray]:
    """H100e counted so far that are still in service, (draw, quarter), by region and for the world; none is added."""
    flows = observed(anchors, values, errors)
    western = total([flow for name, flow in flows.items() if name not in DOMESTIC])
    survival_by_age = survival(values, western.shape[1])
    offset = anchors.timeline.offset
    us = western * shares(anchors, western, values)["US"]
    return {
        ("US", Layer.COMPUTE): installed(us, survival_by_age)[:, offset:],
        (WORLD, Layer.COMPUTE): installed(total(list(flows.values())), survival_by_age)[:, offset:],
    }
