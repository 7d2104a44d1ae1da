"""The engine: one pass from shared random numbers to demand and deliverable supply of every cell.

Regions are built bottom up (US, CN, EU, rest of the world), so that WORLD is their sum in every draw. The gap is never
stored: it is demand minus supply of the same draw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from features.grids.definitions import PARTS
from projection.base.blocks import total, within
from projection.base.timeline import HOURS_PER_YEAR
from projection.cells.paths import WORLD, Binding, Key, Paths
from projection.electricity import energy, grids, us_firm, us_generation, us_sales
from projection.inputs.assumption_values import Values
from projection.inputs.dated import arrived, end_dates
from projection.inputs.running_year import china_twh
from projection.inputs.starting_values import DOMESTIC, GENERATION, GROSS
from projection.model import chips, routes, storage, trade
from projection.model.chips import REGIONS
from projection.model.model_error import ModelError
from projection.model.passes import Inputs, PassDetail, PassResult, RegionPaths
from projection.model.region import region
from projection.model.stages import Stages

FloatArray = NDArray[np.floating[Any]]
SUMMED = (Layer.COMPUTE, Layer.POWER, Layer.ENERGY)
"""Layers whose world is the sum of its regions."""
DISKS = "disks"
"""What the model error of storage is named."""
SERVED_ABROAD = ("EU", "REST")
"""Regions whose demand China may serve."""


def run(inputs: Inputs, *, detail: PassDetail = PassDetail.ROUTES, stages: Stages | None = None) -> PassResult:
    """Demand and supply of every cell that can be computed.

    Args:
        inputs: what the engine draws from.
        detail: whether routes are kept beside cells: a block in work is most of the memory a process needs.
        stages: of the pass; None for those of the values alone.
    """
    return Engine(inputs, stages or Stages(inputs.values)).all_cells(detail)


class Engine:
    """One pass, of which every part is computed when it is asked for."""

    def __init__(self, inputs: Inputs, stages: Stages) -> None:
        self._inputs = replace(inputs, values=stages.values)
        self._stages = stages
        self._timeline = inputs.anchors.timeline

    def on(self, stages: Stages) -> "Engine":
        """A pass on the same random numbers, by other stages."""
        return Engine(self._inputs, stages)

    def all_cells(self, detail: PassDetail) -> PassResult:
        """Every cell."""
        regions = {name: self.region(name) for name in REGIONS}
        cells = {key: self._stages.of(f"cell {'|'.join(key)}", partial(self._cell, *key)) for key in self._keys()}
        cells |= {
            (name, Layer.POWER): replace(cells[name, Layer.POWER], binding=self.binding(name)) for name in REGIONS
        }
        parts = self._parts()
        by_route: dict[Key, dict[str, FloatArray]] = {}
        disks = self._disks()
        if detail is not PassDetail.CELLS:
            for name, paths in regions.items():
                by_route[name, Layer.POWER] = {route: within(path) for route, path in paths.routes.items()}
            if disks is not None:
                by_route[WORLD, Layer.STORAGE] = disks.routes
            by_route |= parts.routes
        return PassResult(cells | parts.cells, by_route, regions, None if disks is None else disks.installed)

    def cell(self, key: Key) -> Paths | None:
        """One cell, without what binds in it; None where the day's figures do not carry it."""
        if key in self._keys():
            return self._stages.of(f"cell {'|'.join(key)}", partial(self._cell, *key))
        return self._parts().cells.get(key)

    def read_by(self, key: Key) -> str:
        """The name of the stage a cell is taken from."""
        return f"cell {'|'.join(key)}" if key in self._keys() else "grids"

    def binding(self, name: str) -> FloatArray:
        """What keeps what a region wants from being served, as numbers of :class:`Binding`, (draw, quarter).

        It stands apart from the cell, because it takes the balance of firm power, which moves no demand and no supply.
        """
        return self._stages.of(
            f"binding {name}",
            lambda: _binding(self.region(name), self._firm() if name == "US" else None, self._inputs.values),
        )

    def region(self, name: str) -> RegionPaths:
        """What lies between the equipment of a region and its cells."""
        return self._stages.of(f"region {name}", partial(self._region, name))

    def _keys(self) -> list[Key]:
        """Cells of regions and of the world, without grids."""
        keys = [(name, layer) for name in REGIONS for layer in SUMMED]
        keys += [(WORLD, Layer.STORAGE)] if self._storage else []
        keys += [(WORLD, layer) for layer in SUMMED]
        return keys + ([("US", Layer.FIRM)] if us_firm.answered(self._inputs.anchors) else [])

    @property
    def _storage(self) -> bool:
        return self._inputs.anchored and storage.SHIPPED in self._inputs.drivers.values

    def _cell(self, name: str, layer: Layer) -> Paths:
        values, anchors = self._inputs.values, self._inputs.anchors
        if layer is Layer.STORAGE:
            disks = self._disks()
            assert disks is not None  # noqa: S101 - the cell is listed where there are disks
            return storage.cell(disks, self._model_error(DISKS), values)
        if layer is Layer.FIRM:
            firm = self._firm()
            assert firm is not None  # noqa: S101 - the cell is listed where there is a balance
            return firm
        parts = [self.region(part).cells[layer] for part in (REGIONS if name == WORLD else (name,))]
        cell = _sum(parts) if name == WORLD else parts[0]
        if layer is Layer.COMPUTE and name == chips.CHINA:
            return self._with_makers(cell)
        if layer is Layer.ENERGY:
            cell = self._with_generation(name, cell)
            if name == "US" and self._inputs.anchored and anchors.us_generation.covers(self._timeline.base_year + 1):
                other = us_sales.other_use_growth(self._inputs.drivers, anchors.us_sales, values, self._timeline)
                available = energy.us_available(anchors.us_generation, self._twh()["US"], other, values, self._timeline)
                cell = replace(cell, supply=available)
        return cell

    def _twh(self) -> dict[str, FloatArray]:
        """Electricity of the base year by region, TWh, (draw,)."""
        inputs = self._inputs
        return self._stages.of(
            "base year",
            lambda: {
                name: base * inputs.model_error.level_factor(name, inputs.shocks)
                for name, base in energy_base(inputs.values).items()
            },
        )

    def _flows(self) -> dict[str, FloatArray]:
        inputs = self._inputs
        return self._stages.of(
            "shipments", lambda: chips.shipments(inputs.anchors, inputs.drivers, inputs.values, inputs.errors)
        )

    def _stocks(self) -> chips.Stocks:
        return self._stages.of("stocks", lambda: chips.stocks(self._flows(), self._inputs.anchors, self._inputs.values))

    def _stock(self, name: str) -> chips.ChipStock:
        return self._stages.of(f"stock {name}", lambda: self._stocks().of(name))

    def _diverted(self) -> trade.Diverted:
        return self._stages.of(
            "diverted", lambda: trade.diverted(self._stocks(), self._flows(), self._inputs.values, self._timeline)
        )

    def _disks(self) -> storage.Disks | None:
        inputs = self._inputs
        if not self._storage:
            return None
        return self._stages.of(
            "disks", lambda: storage.disks(inputs.anchors, inputs.drivers, inputs.disk_observed, inputs.values)
        )

    def _draw(self, name: str) -> routes.Draw:
        """Average draw of a region by the routes."""
        inputs, values, anchors = self._inputs, self._inputs.values, self._inputs.anchors
        twh, disks = self._twh(), self._disks()
        by_capex = None
        if name != chips.CHINA:
            by_capex = self._stages.of("capex", lambda: _by_capex(self._flows(), inputs))
            by_capex = by_capex * chips.split_abroad(values)[name][:, None]
        running = None
        if anchors.cn_internet is not None and name == chips.CHINA:
            running = china_twh(anchors.cn_internet, values, twh[name])
        return routes.average_draw(
            self._stock(name),
            self._stages.of("draw per TDP", lambda: routes.draw_per_tdp(values, self._timeline)),
            by_capex,
            routes.disk_draw(
                None if disks is None else disks.installed,
                values["hdd_installed_base"],
                twh[name] / total(list(twh.values())),
                values,
            ),
            values,
            self._timeline,
            region=name,
            base_twh=twh[name],
            running_twh=running,
        )

    def _region(self, name: str) -> RegionPaths:
        inputs, values = self._inputs, self._inputs.values
        abroad = arrived("cn_served_abroad", values, end_dates(self._timeline))
        return region(
            name,
            self._stock(name),
            self._stages.of(f"routes {name}", partial(self._draw, name)),
            self._demand_error(name),
            self._diverted().of(name, chips.split_abroad(values)),
            inputs,
            self._stages,
            staying=None if abroad is None or name not in SERVED_ABROAD else 1 - abroad,
            for_others=None if abroad is None or name != chips.CHINA else self._served_in_china(abroad),
        )

    def _served_in_china(self, abroad: FloatArray) -> FloatArray:
        """H100e of other regions that stand in China, (draw, 1 + quarter)."""
        others = [self.region(name) for name in SERVED_ABROAD]
        return total([paths.owned * paths.error * paths.unmet for paths in others]) * (abroad / (1 - abroad))

    def _demand_error(self, name: str) -> FloatArray | None:
        """The model error of accelerators with what a scenario moves their demand by, (draw, 1 + quarter)."""
        error = self._model_error(name)
        shift = arrived("demand_shift", self._inputs.values, end_dates(self._timeline))
        if shift is None:
            return error
        return np.exp(shift) if error is None else error * np.exp(shift)

    def _model_error(self, name: str) -> FloatArray | None:
        inputs = self._inputs
        return inputs.model_error.factor(name, inputs.shocks, inputs.values["model_error_correlation"])

    def _with_makers(self, cell: Paths) -> Paths:
        """China's compute with the parts of its accelerators that Huawei and all Chinese designers made."""
        stocks, further, offset = self._stocks(), self._diverted(), self._timeline.offset
        owned = np.maximum(stocks.china.owned[:, offset:] + further.china[:, 1:], 1e-9)
        huawei, domestic = (
            None if part is None else (part[:, offset:] + further.huawei[:, 1:]) / owned
            for part in (stocks.huawei, stocks.domestic)
        )
        return replace(cell, huawei=huawei, domestic=domestic)

    def _peaks(self, name: str) -> us_firm.Peaks:
        paths = self.region(name)
        by_concept = {concept: path[:, 1:] for concept, path in paths.peak.items()}
        return us_firm.Peaks(by_concept, paths.peak_unlimited[:, 1:])

    def _firm(self) -> Paths | None:
        return self._stages.of(
            "firm", lambda: us_firm.firm(self._peaks("US"), self._inputs.anchors, self._inputs.values)
        )

    def _parts(self) -> grids.Parts:
        """Grids of the regions that have any."""
        inputs = self._inputs
        return self._stages.of(
            "grids",
            lambda: grids.parts(
                {name: self._whole(name) for name in PARTS}, inputs.anchors, inputs.drivers, inputs.values
            ),
        )

    def _whole(self, name: str) -> grids.Whole:
        paths = self.region(name)
        energy_cell, power = self.cell((name, Layer.ENERGY)), self.cell((name, Layer.POWER))
        assert energy_cell is not None  # noqa: S101 - every region has both
        assert power is not None  # noqa: S101
        return grids.Whole(
            energy_cell,
            power,
            within(paths.routed),
            self._peaks(name),
            paths.shell,
            paths.planned,
            self._twh()[name],
            paths.routed[:, 0] / paths.nameplate[:, 0],
        )

    def _with_generation(self, name: str, cell: Paths) -> Paths:
        """Energy with the growth of generation beside it, where that is known; China's also bounds its supply."""
        inputs, timeline, twh = self._inputs, self._timeline, self._twh()
        base_twh = total(list(twh.values())) if name == WORLD else twh[name]
        if name == "US":
            us = us_generation.years(inputs.drivers, inputs.anchors.us_months, timeline)
            if us is None:
                return cell
            growth = energy.gross_growth(us.later - us.base[:, None], 0.0, timeline)
            return replace(cell, growth=growth, pace=energy.pace(growth), base=base_twh)
        series = GENERATION.get(name)
        if series is None or name not in inputs.anchors.generation or series not in inputs.drivers.values:
            return cell
        generation, base = inputs.drivers.values[series], inputs.anchors.generation[name]
        if name == chips.CHINA and inputs.anchors.cn_running_growth is not None:
            generation = energy.known_first_year(generation, base * np.exp(inputs.values["cn_running_growth"]))
        growth = energy.gross_growth(generation, base, timeline)
        if name in GROSS:
            growth = growth * (1 - inputs.values["plants_own_use"])[:, None]
        cell = replace(cell, growth=growth, pace=energy.pace(growth), base=base_twh)
        if name == chips.CHINA:
            # Draws whose generation falls by more than data centers use leave them none, and not less.
            left = np.maximum(base_twh[:, None] + growth, 0.0)
            cell = replace(cell, supply=left * (timeline.hours / HOURS_PER_YEAR))
        return cell


def error_sizes(model_pass: PassResult, inputs: Inputs) -> ModelError:
    """Sizes of the model error that a pass without any leaves to be asked for."""
    timeline, observed = inputs.anchors.timeline, inputs.anchors.observed
    growth = {name: paths.routed / paths.routed[:, :1] for name, paths in model_pass.regions.items()}
    days = {name: observed[name] for name in growth}
    if model_pass.disks is not None:
        base = inputs.values["hdd_installed_base"][:, None]
        growth[DISKS] = np.concatenate([np.ones_like(base), model_pass.disks / base], axis=1)
        days[DISKS] = timeline.quarters[max(inputs.disk_observed, default=-1)].end
    return ModelError.beyond(growth, energy_base(inputs.values), days, timeline)


def _by_capex(flows: Mapping[str, FloatArray], inputs: Inputs) -> FloatArray:
    """Average draw of what western capex buys outside China, GW, (draw, quarter of the history)."""
    western = total([flow for name, flow in flows.items() if name not in DOMESTIC])
    bought = routes.nameplate_bought(inputs.anchors, inputs.drivers, inputs.values)
    bought *= 1 - chips.china_share(inputs.anchors, western, inputs.values)
    return routes.capex_draw(bought, inputs.values)


def energy_base(values: Values) -> dict[str, FloatArray]:
    """Electricity of the base year by region, TWh, each (draw,)."""
    world = values["world_energy_base"]
    return {
        "US": values["us_energy_base"],
        "CN": values["cn_share_of_world"] * world,
        "EU": values["eu_share_of_world"] * world,
        "REST": values["rest_share_of_world"] * world,
    }


def _binding(paths: RegionPaths, firm: Paths | None, values: Values) -> FloatArray:
    """What keeps what is wanted from being served, as numbers of :class:`Binding`, (draw, quarter).

    Every limit is the share of the accelerators' demand that it would let be used. Firm power lets be used what is
    wanted less the shortfall of its balance, without the reserve on it, over the peak of the accelerators.
    """
    limits = {limit: share[:, 1:] for limit, share in paths.limits.items()}
    unmet = paths.unmet[:, 1:]
    if firm is not None and firm.supply is not None:
        short = (firm.wanted - firm.supply) / (1 + values["reserve_margin"][:, None]) / paths.peak_ai[:, 1:]
        limits[Binding.FIRM] = np.where(np.isnan(short), np.float32(np.inf), unmet - short)
    least, binding = unmet, np.full_like(unmet, Binding.NOTHING)
    for limit, share in limits.items():
        binding[share < least] = limit
        least = np.minimum(least, share)
    return binding


def _sum(parts: Sequence[Paths]) -> Paths:
    wanted = total([part.wanted for part in parts])
    # H100e at 16 bit add as those at 8 bit do; their ratio is that of the sums.
    narrow = [part.wanted * part.narrow for part in parts if part.narrow is not None]
    sums = {
        name: _all([getattr(part, name) for part in parts])
        for name in ("bought", "supply", "housed", "additions", "base")
    }
    short = [None if part.supply is None else np.maximum(part.wanted - part.supply, 0) for part in parts]
    return Paths(wanted=wanted, shortages=_all(short), narrow=total(narrow) / wanted if narrow else None, **sums)


def _all(arrays: Sequence[FloatArray | None]) -> FloatArray | None:
    present = [array for array in arrays if array is not None]
    return total(present) if len(present) == len(arrays) else None
