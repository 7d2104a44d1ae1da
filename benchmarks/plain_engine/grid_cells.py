"""Cells of single grids and of Ireland: a part of their country in every draw, by two routes."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain_engine.us_firm import behind_the_meter
from data.layers import Layer
from features.grid_figures import IRELAND
from projection.anchors import Anchors
from projection.drivers import DriverDraws
from projection.firm import TWH_PER_AVERAGE_GW, firm_balance
from projection.grid import QUARTERS_PER_YEAR
from projection.grid_cells import (
    BY_METER,
    BY_OPERATOR,
    BY_PUBLISHER,
    BY_SHARE,
    ERCOT,
    IE,
    KEY,
    LEAST_DIRECT,
    MOST_SHARE,
    PARTS,
    PJM,
    firm_start,
)
from projection.paths import Key, Paths
from projection.us_firm import firm_base

FloatArray = NDArray[np.float64]
Values = Mapping[str, FloatArray]
Routes = dict[Key, dict[str, FloatArray]]


def parts(
    cells: Mapping[Key, Paths], bases: Mapping[str, FloatArray], anchors: Anchors, drivers: DriverDraws, values: Values
) -> tuple[dict[Key, Paths], Routes]:
    """Electricity of every grid whose level the day knows, and by each route alone, TWh a quarter, (draw, quarter)."""
    found: dict[Key, Paths] = {}
    routes: Routes = {}
    years, hours = anchors.grid.mid_years[None, :], anchors.grid.hours
    for parent, grids in PARTS.items():
        whole = cells[parent, Layer.ENERGY].demand * 1000 / hours
        shares = {}
        for grid in grids:
            if grid == IE:
                metered = anchors.grids.ireland_year(anchors.grid.base_year)
                if metered is not None:
                    shares[grid] = np.minimum(metered / bases[parent], MOST_SHARE)
            else:
                shares[grid] = values[f"{KEY[grid]}_share_of_us"]
        rest = 1 - sum(shares.values())
        drifted = {
            grid: (share / rest)[:, None] * np.exp(values[f"{KEY[grid]}_share_drift"][:, None] * years)
            for grid, share in shares.items()
        }
        outside = whole / (1 + sum(drifted.values()))
        pooled = {}
        for grid, odds in drifted.items():
            base_twh = shares[grid] * bases[parent]
            own = {
                BY_OPERATOR: _direct(grid, base_twh, anchors, values),
                BY_METER: _metered(odds * outside, anchors, drivers) if grid == IE else None,
                BY_PUBLISHER: _published(grid, base_twh, odds * outside, anchors, values),
            }
            direct = {name: path for name, path in own.items() if path is not None}
            pooled[grid] = odds
            if direct:
                weight = values["grid_route_weight"][:, None]
                pooled[grid] = odds**weight * (_joint(direct, values) / outside) ** (1 - weight)
                apart = {BY_SHARE: odds * outside, **direct}
                routes[grid, Layer.ENERGY] = {name: path * hours / 1000 for name, path in apart.items()}
        total = 1 + sum(pooled.values())
        for grid, odds in pooled.items():
            found[grid, Layer.ENERGY] = Paths(demand=whole * odds / total * hours / 1000)
    return found, routes


def _joint(direct: Mapping[str, FloatArray], values: Values) -> FloatArray:
    published = values["grid_published_weight"][:, None] if len(direct) > 1 else 1.0
    joint = np.ones_like(next(iter(direct.values())))
    for name, path in direct.items():
        weight = published if name == BY_PUBLISHER or len(direct) == 1 else 1 - published
        joint = joint * np.maximum(path, LEAST_DIRECT) ** weight
    return joint


def _direct(grid: str, base_twh: FloatArray, anchors: Anchors, values: Values) -> FloatArray | None:
    figures, years = anchors.grids, anchors.grid.mid_years[None, :]
    if grid == IE:
        return None
    if grid == PJM:
        if figures.pjm is None:
            return None
        growth = figures.pjm.growth * values["pjm_growth_datacenter_share"] * values["vetted_growth_realised"]
    else:
        if figures.ercot_submitted is None or figures.ercot_organic is None:
            return None
        came = figures.ercot_submitted.growth * values["submitted_growth_realised"] - figures.ercot_organic
        growth = np.maximum(came, 0.0) * values["large_load_datacenter_share"]
    average = growth * values["load_factor_own_peak"]
    return np.asarray(base_twh[:, None] / TWH_PER_AVERAGE_GW + average[:, None] * years)


def _published(
    grid: str, base_twh: FloatArray, by_share: FloatArray, anchors: Anchors, values: Values
) -> FloatArray | None:
    calendar = anchors.grid
    projected = {PJM: anchors.grids.pjm_capacity, IE: anchors.grids.ireland_projected}.get(grid)
    if projected is None or not calendar.base_year < projected.year <= calendar.years[-1].start.year:
        return None
    level = projected.value / TWH_PER_AVERAGE_GW if grid == IE else projected.value * values["fleet_capacity_factor"]
    average, years = base_twh / TWH_PER_AVERAGE_GW, projected.year - calendar.base_year
    part = np.minimum(calendar.mid_years / years, 1.0)[None, :]
    path = average[:, None] * ((level / average)[:, None]) ** part
    after = calendar.mid_years >= years
    path[:, after] *= by_share[:, after] / by_share[:, after][:, :1]
    return np.asarray(path)


def _metered(by_share: FloatArray, anchors: Anchors, drivers: DriverDraws) -> FloatArray | None:
    calendar = anchors.grid
    if IRELAND not in drivers.values:
        return None
    steps = {period: step for step, period in enumerate(drivers.periods[IRELAND])}
    known = []
    for quarter, hours in zip(calendar.quarters, calendar.hours, strict=True):
        if quarter in anchors.grids.ireland:
            known.append(np.full(by_share.shape[0], anchors.grids.ireland[quarter] * 1000 / hours))
        elif quarter in steps:
            known.append(drivers.values[IRELAND][:, steps[quarter]] / hours)
        else:
            break
    if len(known) < QUARTERS_PER_YEAR:
        return None
    path, count = np.stack(known, axis=1), len(known)
    last = slice(count - QUARTERS_PER_YEAR, count)
    ratio = path[:, last].mean(axis=1) / by_share[:, last].mean(axis=1)
    return np.concatenate([path, by_share[:, count:] * ratio[:, None]], axis=1)


def within_parents(cells: Mapping[Key, Paths]) -> dict[Key, Paths]:
    """Widened grids, kept within most of their parent by one factor a year."""
    out = {}
    for parent, grids in PARTS.items():
        here = {grid: cells[grid, Layer.ENERGY] for grid in grids if (grid, Layer.ENERGY) in cells}
        if not here:
            continue
        whole, asked = (
            _yearly(cells[parent, Layer.ENERGY].demand),
            sum(_yearly(paths.demand) for paths in here.values()),
        )
        fits = np.repeat(np.minimum(MOST_SHARE * whole / asked, 1.0), QUARTERS_PER_YEAR, axis=1)
        for grid, paths in here.items():
            out[grid, Layer.ENERGY] = Paths(demand=paths.demand * fits, binds=paths.binds)
    return out


def _yearly(path: FloatArray) -> FloatArray:
    return np.asarray(path.reshape(len(path), -1, QUARTERS_PER_YEAR).sum(axis=2))


def add_grid_firm(cells: dict[Key, Paths], anchors: Anchors, values: Values) -> dict[Key, Paths]:
    """Firm cells of PJM and ERCOT, beside the other cells; NaN up to the base of the balance."""
    made = {}
    for grid in (PJM, ERCOT):
        start = firm_start(grid, anchors)
        if start is not None and (grid, Layer.ENERGY) in cells:
            made[grid, Layer.FIRM] = _firm(grid, start, cells[grid, Layer.ENERGY], anchors, values)
    return cells | made


def _firm(grid: str, start: int, energy: Paths, anchors: Anchors, values: Values) -> Paths:
    figures, calendar = anchors.grids, anchors.grid
    average = energy.demand * 1000 / calendar.hours
    after = np.arange(start + 1, len(calendar.quarters))
    years = (after - start) / QUARTERS_PER_YEAR
    pad = np.full((len(average), start + 1), np.nan)
    supply: dict[str, FloatArray | float] = dict.fromkeys(
        ("elcc_additions", "behind_the_meter", "starting_headroom"), 0.0
    )
    if grid == PJM:
        assert figures.pjm is not None and figures.pjm_auction is not None  # noqa: S101, PT018 - it has a start
        other = (
            figures.pjm.growth * (1 - values["pjm_growth_datacenter_share"])
            + values["pjm_peak_drift"] * figures.pjm.peak
        )
        since_us = np.maximum(np.append(start, after) - calendar.index_of(firm_base(calendar)), 0) / QUARTERS_PER_YEAR
        on_site = behind_the_meter(values, since_us)
        supply = {
            "elcc_additions": values["pjm_accredited_growth"][:, None] * years,
            "behind_the_meter": (on_site[:, 1:] - on_site[:, :1]) * values["pjm_on_site_share"][:, None],
            "starting_headroom": (values["pjm_peak_error"] * figures.pjm.peak - figures.pjm_auction.shortfall)[:, None],
        }
    else:
        assert figures.ercot_peak is not None and figures.ercot_organic is not None  # noqa: S101, PT018 - likewise
        other = figures.ercot_organic + values["ercot_peak_drift"] * figures.ercot_peak
    balance = firm_balance(
        average_growth=average[:, start + 1 :] - average[:, start : start + 1],
        load_factor=values["load_factor_own_peak"][:, None],
        other_peak_growth=other[:, None] * years,
        reserve_margin=values["reserve_margin"][:, None],
        **supply,
    )
    need, given = (np.concatenate([pad, path], axis=1) for path in (balance.need, balance.supply))
    return Paths(demand=need, supply=given if grid == PJM else None, binds=energy.binds)
