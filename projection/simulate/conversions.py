"""The stated conversions between TWh, GW and H100e, taken the other way round on a block of draws.

Checked before the floor, on what the engine gave. Sums over regions hold for every quantity there; after the floor they
hold for demand (:func:`projection.draws.identities.of_sums`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from projection.base.blocks import running
from projection.base.timeline import QUARTERS_PER_YEAR
from projection.cells.paths import WORLD
from projection.draws.identities import Identity, IdentityError, Tie, hold
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.inputs.starting_values import Anchors
from projection.model.chips import REGIONS, tdp_per_h100e
from projection.model.engine import SUMMED, energy_base
from projection.model.routes import LEAST_OTHER_SHARE, MOST_OTHER_SHARE, draw_per_tdp
from projection.simulate.model_inputs import Pass

FloatArray = NDArray[np.floating[Any]]
LEAST_HELD = 0.999 * MOST_OTHER_SHARE
"""Other draw over all that is wanted, from which it may have been held: just under the bound, for rounding."""

REGIONS_SUM = Identity(
    "regions_sum",
    "US + CN + EU + rest = WORLD for demand, supply, unconstrained demand and additions of compute, power and energy.",
    8,
)
ENERGY_OF_POWER = Identity(
    "energy_is_power_times_hours",
    "TWh of a quarter = average GW x its hours / 1,000.",
    8,
)
PEAK_OF_NAMEPLATE = Identity(
    "peak_is_nameplate_times_ratio",
    "Peak GW = nameplate GW x peak over nameplate, the same draw for what is used and what is built.",
    8,
)
ONE_DELAY = Identity(
    "one_delay",
    "Compute and energy answer to the same delay: accelerators' average GW over what they want = H100e bought over "
    "H100e wanted.",
    # A difference of two sums is taken; it is compared beside the larger of them.
    32,
)
ROUTES_MEET = Identity(
    "routes_meet",
    "Average GW wanted is the weighted mean of the routes on the log scale, with the draw's own weights.",
    # Logarithms of up to about ten carry their absolute error into the exponential.
    128,
)
H100E_TO_WATT = Identity(
    "h100e_to_watt",
    "Watts of chip TDP per powered H100e lie between the least and the most of any designer's shipments.",
    # Stocks of about sixty vintages are summed.
    128,
)
H100E_TO_GIGAWATT = Identity(
    "h100e_to_gigawatt",
    "The chips route = powered H100e x watts per H100e x draw per TDP x fit to the base year, and all other draw.",
    # Stocks of about sixty vintages are summed, divided by their watts and fitted to a mean of four quarters.
    512,
)
DISK_BALANCE = Identity(
    "disks_are_shipped_less_retired",
    "Disk installed by the shipments route = the base year's + all shipped since - all retired since.",
    # Up to forty quarters are added and taken off.
    128,
)


def _sums(model_pass: Pass, _: Anchors) -> Iterator[Tie]:
    for layer in SUMMED:
        for quantity in ("demand", "supply", "unconstrained", "additions"):
            parts = [getattr(model_pass.cells[region, layer], quantity) for region in REGIONS]
            world = getattr(model_pass.cells[WORLD, layer], quantity)
            # A region with a supply of energy has it from figures; the others, and so the world, have none.
            if world is not None and all(part is not None for part in parts):
                yield f"{WORLD}|{layer}|{quantity}", world, np.add.reduce(parts)


def _energy(model_pass: Pass, anchors: Anchors) -> Iterator[Tie]:
    hours = anchors.timeline.hours
    for region, part in model_pass.outcome.between.items():
        yield f"{region}|{Layer.ENERGY}", model_pass.cells[region, Layer.ENERGY].demand * 1000 / hours, part.average


def _peak(model_pass: Pass, _: Anchors) -> Iterator[Tie]:
    peak = model_pass.values["peak_over_nameplate"][:, None]
    for region, part in model_pass.outcome.between.items():
        cell = model_pass.cells[region, Layer.POWER]
        assert cell.supply is not None  # noqa: S101 - halls are built everywhere
        yield f"{region}|{Layer.POWER}|demand", cell.demand / peak, part.used
        yield f"{region}|{Layer.POWER}|supply", cell.supply / peak, part.nameplate


def _delay(model_pass: Pass, _: Anchors) -> Iterator[Tie]:
    for region, part in model_pass.outcome.between.items():
        bought = model_pass.cells[region, Layer.COMPUTE].demand / part.owned
        yield region, part.average, part.other + (part.total - part.other) * bought


def _weighted(model_pass: Pass, _: Anchors) -> Iterator[Tie]:
    equipment = model_pass.values["route_weight"][:, None]
    share = model_pass.values["capex_route_weight"][:, None]
    for region, part in model_pass.outcome.between.items():
        routes = model_pass.routes[region, Layer.POWER]
        chips = np.log(routes["chips"])
        log_ratio = (1 - share) * chips + share * np.log(routes["capex"]) if "capex" in routes else chips
        yield region, part.total, np.exp(equipment * log_ratio + (1 - equipment) * np.log(routes["published"]))


def _watts(model_pass: Pass, anchors: Anchors) -> Iterator[Tie]:
    by_designer = list(tdp_per_h100e(anchors, model_pass.values).values())
    least = np.min([watt.min(axis=1) for watt in by_designer], axis=0)[:, None]
    most = np.max([watt.max(axis=1) for watt in by_designer], axis=0)[:, None]
    offset = anchors.timeline.offset
    for region, part in model_pass.outcome.between.items():
        watt = part.tdp[:, offset:] * np.float32(1e9) / part.powered[:, offset:]
        yield region, watt, np.clip(watt, least, most)


def _chips_route(model_pass: Pass, anchors: Anchors) -> Iterator[Tie]:
    per_tdp, offset = draw_per_tdp(model_pass.values, anchors.timeline), anchors.timeline.offset
    for region, part in model_pass.outcome.between.items():
        watt_per_h100e = part.tdp / np.maximum(part.powered, 1e-9)
        accelerators = part.powered * watt_per_h100e * per_tdp * _fit(model_pass, anchors, region, per_tdp)
        within = (accelerators[:, offset - 1 : -1] + accelerators[:, offset:]) / 2
        # Where other draw is held under the weighted total, the route has more of it than is kept: not compared there.
        small = part.other < np.float32(LEAST_HELD) * part.total
        yield region, model_pass.routes[region, Layer.POWER]["chips"][small], (part.other + within)[small]


def _fit(model_pass: Pass, anchors: Anchors, region: str, per_tdp: FloatArray) -> FloatArray:
    """What scales accelerators to the measured total where they alone exceed it, (draw, 1)."""
    offset = anchors.timeline.offset
    part = model_pass.outcome.between[region]
    average_power = part.tdp[:, :offset] * per_tdp[:, :offset]
    base_year = average_power[:, -QUARTERS_PER_YEAR:].mean(axis=1)
    most = (1 - LEAST_OTHER_SHARE) * energy_base(model_pass.values)[region] / TWH_PER_AVERAGE_GW
    return np.asarray(np.minimum(base_year, most) / np.maximum(base_year, 1e-9))[:, None]


def _disks(model_pass: Pass, _: Anchors) -> Iterator[Tie]:
    cell = model_pass.cells.get((WORLD, Layer.STORAGE))
    if cell is None or cell.shipped is None or cell.retired is None:
        return
    base = model_pass.values["hdd_installed_base"][:, None]
    installed = base + running(cell.shipped) - running(cell.retired)
    yield f"{WORLD}|{Layer.STORAGE}", model_pass.routes[WORLD, Layer.STORAGE]["shipments"], installed


CHECKS: Mapping[Identity, Callable[[Pass, Anchors], Iterator[Tie]]] = {
    REGIONS_SUM: _sums,
    ENERGY_OF_POWER: _energy,
    PEAK_OF_NAMEPLATE: _peak,
    ONE_DELAY: _delay,
    ROUTES_MEET: _weighted,
    H100E_TO_WATT: _watts,
    H100E_TO_GIGAWATT: _chips_route,
    DISK_BALANCE: _disks,
}
"""What gives the two ways of each identity."""


def of_pass(model_pass: Pass, anchors: Anchors) -> list[IdentityError]:
    """Every identity of one pass; raises :class:`data.base.errors.ProjectionError` where one does not hold."""
    return [hold(identity, ties(model_pass, anchors)) for identity, ties in CHECKS.items()]
