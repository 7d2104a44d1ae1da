"""Which identities there are: every number of a pass that can be computed in two ways, or that another bounds.

They are checked on every draw of every scenario, on what is published and on what lies between; nothing is done to the
draws afterwards.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import LAYERS, DemandConcept, Layer, Timing
from features.grids.definitions import PARTS
from projection.base.blocks import running, within
from projection.base.timeline import QUARTERS_PER_YEAR
from projection.cells.draw_table import FLOWS, DrawTable
from projection.cells.paths import EXPECTED, WORLD
from projection.draws.identities import Identity, IdentityError, Tie, hold
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.model.chips import REGIONS, tdp_per_h100e
from projection.model.engine import SUMMED, energy_base
from projection.model.passes import RegionPaths
from projection.model.routes import LEAST_OTHER_SHARE, MOST_OTHER_SHARE, draw_per_tdp
from projection.simulate.model_inputs import Pass

FloatArray = NDArray[np.floating[Any]]
LEAST_HELD = 0.999 * MOST_OTHER_SHARE
"""Other draw over all that the routes give, from which it may have been held: just under the bound, for rounding."""
CONCEPTS = (DemandConcept.WANTED, DemandConcept.BOUGHT)

REGIONS_SUM = Identity(
    "regions_sum",
    "US + CN + EU + rest = WORLD for demand wanted and bought, supply, halls and additions of compute, power, energy.",
    8,
)
CONCEPTS_ORDERED = Identity(
    "concepts_ordered",
    "Demand wanted is at least demand bought; demand requested is at least demand contracted, and at least what is "
    "expected of the requests.",
    64,
)
ONE_DEMAND = Identity(
    "one_demand",
    "Compute and energy tell one story: average GW wanted = all other draw + accelerators' draw of the routes x H100e "
    "wanted over those owned.",
    16,
)
AVERAGE_WITHIN_PEAK = Identity(
    "average_within_peak",
    "The average draw of a quarter is at most the higher facility peak of its two ends.",
    8,
)
PEAK_WITHIN_NAMEPLATE = Identity(
    "peak_within_nameplate",
    "What halls can deliver at their peak is at most their nameplate.",
    8,
)
ENERGY_OF_POWER = Identity(
    "energy_is_power_times_hours",
    "TWh of a quarter = average GW x its hours / 1,000.",
    8,
)
SHORTAGES_ADD = Identity(
    "shortages_add",
    "What regions are short of, added without surpluses elsewhere, is at least what the world is short of.",
    64,
)
HALLS_STAND = Identity("halls_stand", "Halls once built stand: nameplate never falls.", 4)
STOCK_SURVIVES = Identity(
    "stock_survives",
    "Accelerators in use are at least the least utilisation times those of the quarter before that survive.",
    64,
)
GRIDS_WITHIN = Identity(
    "grids_are_within_their_country",
    "Energy, facility power and halls of the grids answered as parts of a region are together at most the region's.",
    8,
)
ROUTES_MEET = Identity(
    "routes_meet",
    "Average GW before the model error is the weighted mean of the routes on the log scale, with the draw's weights.",
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
    "The chips route = powered H100e x watts per H100e x server overhead x average over rated x PUE x fit to the base "
    "year, and all other draw.",
    # Stocks of about sixty vintages are summed, divided by their watts and fitted to a mean of four quarters.
    128,
)
DISK_BALANCE = Identity(
    "disks_are_shipped_less_retired",
    "Disk installed by the shipments route = the base year's + all shipped since - all retired since.",
    # Up to forty quarters are added and taken off.
    128,
)
YEAR_OF_QUARTERS = Identity(
    "year_is_its_quarters",
    "A year of energy, and of disks shipped and retired, is the sum of its published quarters.",
    8,
)
USED_OF_INSTALLED = Identity(
    "used_is_not_more_than_installed",
    "Storage that holds data is at most what is installed.",
    8,
)
IN_RANGE = Identity(
    "in_range",
    "Published quantities are finite and not negative (growth and firm power may be); H100e at 16 bit over those at 8 "
    "are at most that of the newest chips or 1.",
    8,
)


def _below(place: str, less: FloatArray, more: FloatArray) -> Tie:
    """That one path is at most another, where both are told."""
    valid = ~np.isnan(more[0]) & ~np.isnan(less[0])
    less, more = less[:, valid], more[:, valid]
    return place, less, np.minimum(less, more)


def _regions(model_pass: Pass) -> Iterator[tuple[str, RegionPaths]]:
    yield from model_pass.outcome.regions.items()


def _sums(model_pass: Pass) -> Iterator[Tie]:
    for layer in SUMMED:
        for quantity in ("wanted", "bought", "supply", "housed", "additions"):
            parts = [getattr(model_pass.cells[region, layer], quantity) for region in REGIONS]
            world = getattr(model_pass.cells[WORLD, layer], quantity)
            # A region with a supply of energy has it from figures; the others, and so the world, have none.
            if world is not None and all(part is not None for part in parts):
                yield f"{WORLD}|{layer}|{quantity}", world, np.add.reduce(parts)


def _shortages(model_pass: Pass) -> Iterator[Tie]:
    for layer in SUMMED:
        world = model_pass.cells[WORLD, layer]
        if world.shortages is not None and world.supply is not None:
            # Both beside the demand they are differences of: a small one would be all rounding.
            yield _below(f"{WORLD}|{layer}", world.wanted, world.supply + world.shortages)


def _ordered(model_pass: Pass) -> Iterator[Tie]:
    for (region, layer), cell in model_pass.cells.items():
        if cell.bought is not None:
            yield _below(f"{region}|{layer}", cell.bought, cell.wanted)


def _one_demand(model_pass: Pass) -> Iterator[Tie]:
    for region, paths in _regions(model_pass):
        wanted = model_pass.cells[region, Layer.COMPUTE].wanted / paths.owned[:, 1:]
        average = paths.other_wanted[:, 1:] + (paths.routed - paths.other)[:, 1:] * wanted
        yield region, paths.average[DemandConcept.WANTED][:, 1:], average


def _average(model_pass: Pass) -> Iterator[Tie]:
    for region, paths in _regions(model_pass):
        for concept in CONCEPTS:
            peak = paths.peak[concept]
            yield _below(f"{region}|{concept}", within(paths.average[concept]), np.maximum(peak[:, 1:], peak[:, :-1]))


def _nameplate(model_pass: Pass) -> Iterator[Tie]:
    for region, paths in _regions(model_pass):
        supply = model_pass.cells[region, Layer.POWER].supply
        assert supply is not None  # noqa: S101 - halls are built everywhere
        yield _below(region, supply, paths.nameplate[:, 1:])


def _energy(model_pass: Pass) -> Iterator[Tie]:
    hours = model_pass.inputs.anchors.timeline.hours
    for region, paths in _regions(model_pass):
        for concept in CONCEPTS:
            twh = getattr(model_pass.cells[region, Layer.ENERGY], concept.value)
            yield f"{region}|{concept}", twh * 1000 / hours, within(paths.average[concept])


def _standing(model_pass: Pass) -> Iterator[Tie]:
    for region, paths in _regions(model_pass):
        yield _below(region, paths.nameplate[:, :-1], paths.nameplate[:, 1:])


def _surviving(model_pass: Pass) -> Iterator[Tie]:
    utilisation = model_pass.inputs.values["least_utilisation"][:, None]
    offset = model_pass.inputs.anchors.timeline.offset
    for region, paths in _regions(model_pass):
        in_use = paths.owned * paths.error
        left = (paths.owned[:, 1:] - paths.stock.received[:, offset:]) / paths.owned[:, :-1]
        yield _below(region, utilisation * left * in_use[:, :-1], in_use[:, 1:])


def _grids(model_pass: Pass) -> Iterator[Tie]:
    for parent, grids in PARTS.items():
        for layer in (Layer.ENERGY, Layer.POWER):
            parts = [cell for grid in grids if (cell := model_pass.cells.get((grid, layer))) is not None]
            for quantity in ("wanted", "bought", "supply") if parts else ():
                part = [path for one in parts if (path := getattr(one, quantity)) is not None]
                whole = getattr(model_pass.cells[parent, layer], quantity)
                if part and whole is not None:
                    yield _below(f"{parent}|{layer}|{quantity}", np.add.reduce(part), whole)


def _weighted(model_pass: Pass) -> Iterator[Tie]:
    values = model_pass.inputs.values
    equipment, share = values["route_weight"][:, None], values["capex_route_weight"][:, None]
    for region, paths in _regions(model_pass):
        chips = np.log(paths.routes["chips"])
        log_ratio = (1 - share) * chips + share * np.log(paths.routes["capex"]) if "capex" in paths.routes else chips
        published = np.log(paths.routes["published"])
        yield region, paths.routed, np.exp(equipment * log_ratio + (1 - equipment) * published)


def _watts(model_pass: Pass) -> Iterator[Tie]:
    anchors = model_pass.inputs.anchors
    by_designer = list(tdp_per_h100e(anchors, model_pass.inputs.values).values())
    least = np.min([watt.min(axis=1) for watt in by_designer], axis=0)[:, None]
    most = np.max([watt.max(axis=1) for watt in by_designer], axis=0)[:, None]
    for region, paths in _regions(model_pass):
        offset = anchors.timeline.offset
        watt = paths.stock.tdp[:, offset:] * np.float32(1e9) / paths.stock.powered[:, offset:]
        yield region, watt, np.clip(watt, least, most)


def _chips_route(model_pass: Pass) -> Iterator[Tie]:
    anchors, values = model_pass.inputs.anchors, model_pass.inputs.values
    per_tdp, offset = draw_per_tdp(values, anchors.timeline), anchors.timeline.offset
    bases = energy_base(values)
    for region, paths in _regions(model_pass):
        powered = paths.stock.powered
        watt_per_h100e = paths.stock.tdp / np.maximum(powered, 1e-9)
        accelerators = powered * watt_per_h100e * per_tdp
        base_year = accelerators[:, offset - QUARTERS_PER_YEAR : offset].mean(axis=1)
        level = model_pass.inputs.model_error.level_factor(region, model_pass.inputs.shocks)
        most = (1 - LEAST_OTHER_SHARE) * bases[region] * level / TWH_PER_AVERAGE_GW
        fit = (np.minimum(base_year, most) / np.maximum(base_year, 1e-9))[:, None]
        # Where other draw is held under the weighted total, the route has more of it than is kept: not compared there.
        small = paths.other < np.float32(LEAST_HELD) * paths.routed
        by_chips = accelerators[:, offset - 1 :] * fit + paths.other
        yield region, paths.routes["chips"][small], by_chips[small]


def _disks(model_pass: Pass) -> Iterator[Tie]:
    cell = model_pass.cells.get((WORLD, Layer.STORAGE))
    if cell is None or cell.shipped is None or cell.retired is None:
        return
    base = model_pass.inputs.values["hdd_installed_base"][:, None]
    installed = base + running(cell.shipped) - running(cell.retired)
    if (WORLD, Layer.STORAGE) in model_pass.routes:
        yield f"{WORLD}|{Layer.STORAGE}", model_pass.routes[WORLD, Layer.STORAGE]["shipments"], installed


def _used(model_pass: Pass) -> Iterator[Tie]:
    for (region, layer), cell in model_pass.cells.items():
        if cell.used is not None:
            yield _below(f"{region}|{layer}", cell.used, cell.wanted)


BETWEEN: Mapping[Identity, Callable[[Pass], Iterator[Tie]]] = {
    REGIONS_SUM: _sums,
    SHORTAGES_ADD: _shortages,
    CONCEPTS_ORDERED: _ordered,
    ONE_DEMAND: _one_demand,
    AVERAGE_WITHIN_PEAK: _average,
    PEAK_WITHIN_NAMEPLATE: _nameplate,
    ENERGY_OF_POWER: _energy,
    HALLS_STAND: _standing,
    STOCK_SURVIVES: _surviving,
    GRIDS_WITHIN: _grids,
    ROUTES_MEET: _weighted,
    H100E_TO_WATT: _watts,
    H100E_TO_GIGAWATT: _chips_route,
    DISK_BALANCE: _disks,
    USED_OF_INSTALLED: _used,
}
"""What gives the two ways of each identity of a pass."""


def of_pass(model_pass: Pass, table: DrawTable) -> list[IdentityError]:
    """Every identity of one pass and of the rows of the table it was written to.

    Raises:
        ProjectionError: one does not hold.
    """
    most_at_16_bit = max(1.0, *model_pass.inputs.anchors.newest_16bit.values())
    return [
        *(hold(identity, ties(model_pass)) for identity, ties in BETWEEN.items()),
        hold(CONCEPTS_ORDERED, _booked(table)),
        hold(YEAR_OF_QUARTERS, _years(table)),
        hold(IN_RANGE, _ranges(table, most_at_16_bit)),
    ]


def _booked(table: DrawTable) -> Iterator[Tie]:
    for region, layer, quantity in table.starts:
        requested = table.rows(region, layer, DemandConcept.REQUESTED)
        if quantity in {DemandConcept.CONTRACTED, EXPECTED} and requested is not None:
            less = table.rows(region, layer, quantity)
            assert less is not None  # noqa: S101 - it is one of the places
            yield _below(f"{region}|{layer}|{quantity}", less.T, requested.T)


def _years(table: DrawTable) -> Iterator[Tie]:
    amounts = {"supply", *DemandConcept}
    whole = table.timeline.published_quarters // QUARTERS_PER_YEAR
    for region, layer, quantity in table.starts:
        amount = LAYERS[layer].timing is Timing.TOTAL and quantity in amounts
        if not amount and quantity not in FLOWS:
            continue
        rows = table.rows(region, layer, quantity)
        assert rows is not None  # noqa: S101 - it is one of the places
        quarters = rows[: whole * QUARTERS_PER_YEAR].reshape(whole, QUARTERS_PER_YEAR, -1)
        first = len(table.points(layer, quantity).quarters)
        yield f"{region}|{layer}|{quantity}", rows[first : first + whole], quarters.sum(axis=1)


def _ranges(table: DrawTable, most_at_16_bit: float) -> Iterator[Tie]:
    greatest = float(np.finfo(np.float32).max)
    for region, layer, quantity in table.starts:
        rows = table.rows(region, layer, quantity)
        assert rows is not None  # noqa: S101 - it is one of the places
        # A balance counted from a later day has no points before it, contracts have none after their last.
        valid = rows[~np.isnan(rows[:, 0])]
        signed = layer is Layer.FIRM or quantity in {"growth", "pace"}
        least, most = -greatest if signed else 0.0, most_at_16_bit if quantity == "narrow" else greatest
        ends = np.stack([valid.min(axis=1), valid.max(axis=1)], axis=1)
        yield f"{region}|{layer}|{quantity}", ends, np.clip(ends, least, most)
