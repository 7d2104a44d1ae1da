"""Demand concepts beside ``equipment``, on the same numbers: what stands already, and what books and queues add."""

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
from projection.cells.paths import WORLD, ConceptKey, Key, Paths
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.inputs.assumption_values import Values, value_of
from projection.inputs.starting_values import DOMESTIC, Anchors
from projection.model.chips import REGIONS, installed, observed, shares, survival
from projection.model.commitments import committed, installed_today, requested
from projection.model.engine import energy_base

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


def draw(
    books: OrderBooks,
    anchors: Anchors,
    values: Values,
    errors: Mapping[str, FloatArray],
    cells: Mapping[Key, Paths],
) -> dict[ConceptKey, Paths]:
    """Demand by concept for every cell whose figures carry one; supply is that of ``equipment`` if ``cells`` has it.

    Args:
        books: known on the day.
        anchors: figures the stock is counted from.
        values: assumption draws, each (draw,).
        errors: measurement error of each designer, standard normal, (draw,).
        cells: what was drawn under ``equipment``.
    """
    timeline = anchors.timeline
    standing = {**power_standing(values, quarters=len(timeline.quarters)), **compute_standing(anchors, values, errors)}
    by_concept: dict[ConceptKey, Paths] = {}
    for (region, layer, concept), verdict in ORDER_BOOK_VERDICTS.items():
        book = None if verdict.status is Status.UNAVAILABLE else books.book(region, layer)
        if book is None:
            continue
        make = committed if concept is DemandConcept.COMMITTED else requested
        try:
            if region in states():
                stock = installed_today(book, quarters=timeline.quarters, values=values)
            else:
                stock = standing[region, layer]
            path = make(book, installed=stock, quarters=timeline.quarters, values=values)
        except NotFound:
            # Nothing of it is known on that day; the edition's cell says so.
            continue
        beside = cells.get((region, layer)) if verdict.status is Status.AVAILABLE else None
        by_concept[region, layer, concept] = Paths(demand=path.demand, supply=None if beside is None else beside.supply)
    return by_concept


def power_standing(values: Values, *, quarters: int) -> dict[Key, FloatArray]:
    """Facility peak of what draws at the end of the base year, GW, flat, (draw, quarter): halls outlive their chips."""
    vacancy = {region: value_of(values, region.lower(), "vacancy") for region in REGIONS}
    level: dict[str, FloatArray] = {
        region: twh / TWH_PER_AVERAGE_GW / values["fleet_capacity_factor"] * (1 - vacancy[region])
        for region, twh in energy_base(values).items()
    }
    level[WORLD] = total([level[region] for region in REGIONS])
    return {
        (region, Layer.POWER): spread(peak * values["peak_over_nameplate"], np.ones(quarters))
        for region, peak in level.items()
    }


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
