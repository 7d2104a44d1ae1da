"""Demand concepts beside ``equipment``, on the same numbers: what stands already, and what books and queues add."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain_engine.chips import REGIONS, installed, observed, shares, survival
from benchmarks.plain_engine.commitments import committed, installed_today, requested
from data.errors import NotFound
from data.layers import DemandConcept, Layer, Status
from projection.anchors import DOMESTIC, Anchors
from projection.commitments import CARRIED
from projection.concepts import STATES, Books
from projection.engine import energy_base
from projection.firm import TWH_PER_AVERAGE_GW
from projection.paths import WORLD, Key, Paths

FloatArray = NDArray[np.float64]
ConceptKey = tuple[str, Layer, DemandConcept]


def draw(
    books: Books,
    anchors: Anchors,
    values: Mapping[str, FloatArray],
    errors: Mapping[str, FloatArray],
    cells: Mapping[Key, Paths],
) -> dict[ConceptKey, Paths]:
    """Demand by concept for every cell whose figures carry one; supply is that of ``equipment`` where there is one.

    Args:
        books: known on the day.
        anchors: figures the stock is counted from.
        values: assumption draws, each (draw,).
        errors: measurement error of each designer, standard normal, (draw,).
        cells: what was drawn under ``equipment``.
    """
    grid = anchors.grid
    standing = {**power_standing(values, quarters=len(grid.quarters)), **compute_standing(anchors, values, errors)}
    found: dict[ConceptKey, Paths] = {}
    for (region, layer, concept), verdict in CARRIED.items():
        book = None if verdict.status is Status.UNAVAILABLE else books.book(region, layer)
        if book is None:
            continue
        make = committed if concept is DemandConcept.COMMITTED else requested
        try:
            if region in STATES:
                stock = installed_today(book, quarters=grid.quarters, values=values)
            else:
                stock = standing[region, layer]
            path = make(book, installed=stock, quarters=grid.quarters, values=values)
        except NotFound:
            # Nothing of it is known on that day; the edition's cell says so.
            continue
        supply = cells[region, layer].supply if verdict.status is Status.AVAILABLE else None
        found[region, layer, concept] = Paths(demand=path.demand, supply=supply)
    return found


def power_standing(values: Mapping[str, FloatArray], *, quarters: int) -> dict[Key, FloatArray]:
    """Facility peak of what draws at the end of the base year, GW, flat, (draw, quarter): halls outlive their chips."""
    vacancy = {region: values[f"{region.lower()}_vacancy"] for region in REGIONS}
    level = {
        region: twh / TWH_PER_AVERAGE_GW / values["fleet_capacity_factor"] * (1 - vacancy[region])
        for region, twh in energy_base(values).items()
    }
    level[WORLD] = np.sum([level[region] for region in REGIONS], axis=0)
    return {
        (region, Layer.POWER): np.repeat((peak * values["peak_over_nameplate"])[:, None], quarters, axis=1)
        for region, peak in level.items()
    }


def compute_standing(
    anchors: Anchors, values: Mapping[str, FloatArray], errors: Mapping[str, FloatArray]
) -> dict[Key, FloatArray]:
    """H100e counted so far that are still in service, (draw, quarter), by region and for the world; none is added."""
    flows = observed(anchors, values, errors)
    zero = np.zeros_like(next(iter(flows.values())))
    western = sum((flow for name, flow in flows.items() if name not in DOMESTIC), zero)
    domestic = sum((flow for name, flow in flows.items() if name in DOMESTIC), zero)
    alive = survival(values, western.shape[1])
    share = shares(anchors, western, values)
    offset = anchors.grid.offset
    stock = {(region, Layer.COMPUTE): installed(western * share[region], alive)[:, offset:] for region in ("US",)}
    stock[WORLD, Layer.COMPUTE] = installed(western + domestic, alive)[:, offset:]
    return stock
