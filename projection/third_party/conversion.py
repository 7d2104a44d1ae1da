"""What one kind of gigawatt or terawatt-hour is worth in another: a model with a band, on the edition's own draws.

A published figure is turned into the currency of a layer with the draws of the constants that made the layer, kept in
the edition under the draws' own ids. Average draw and nameplate meet as they do in the engine: what is in use at the
end of the base year, and growth since at the draw over nameplate of additions. An energy is an average over a year and
a capacity a level at its end; between them lies half a year of growth, taken at the edition's own rate in each draw.
A peak that utilities or EPRI print is metered and close to its average (load factor 0.88 to 0.97); the facility peak of
the power layer is what halls in use may draw, so the one leads to the other through the average and never directly.

A growth of data centers' peak is added to the level of the year it counts from. Growth of all loads becomes firm need
with the reserve, less the part that falls before the balance begins, which is that of our own growth, draw by draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.layers import Layer
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.inputs.assumption_values import value_of
from projection.third_party.projections import Kind, Line

if TYPE_CHECKING:
    from projection.inputs.assumptions import Assumptions

FloatArray = NDArray[np.float64]
CONSTANTS = (
    "fleet_capacity_factor",
    "capacity_factor_of_additions",
    "peak_over_nameplate",
    "load_factor_own_peak",
    "other_peak_growth",
    "reserve_margin",
)
PARTS = {"US": "us", "CN": "cn", "EU": "eu", "REST": "rest"}
WORLD = "WORLD"
NONE_KEPT = "The edition keeps no draws of the conversion constants; project again to have them."
NO_START = "Its growth counts from a year whose level is neither drawn nor named."
NO_BASE = "No base year of data centers is drawn for this region, so capacity and energy cannot be turned into another."


def base_average(region: str) -> str:
    """Column of the average draw of a region's data centers in the base year, GW."""
    return f"base_average|{region}"


def base_used(region: str) -> str:
    """Column of the nameplate in use in a region at the end of the base year, GW."""
    return f"base_used|{region}"


def draw(assumptions: "Assumptions", *, seed: int, draws: int, scenario: str = "base") -> pl.DataFrame:
    """The constants and the base year by region, one row a draw: the same numbers the engine was given.

    Args:
        assumptions: with figures and fitted terms in their places.
        seed: of the edition.
        draws: how many it has.
        scenario: whose values are taken; no shipped scenario overrides any of them.
    """
    from projection.model.engine import energy_base

    values = assumptions.values(assumptions.latent(seed=seed, draws=draws), scenario=scenario)
    columns = {name: value_of(values, name) for name in CONSTANTS}
    average = {region: twh / TWH_PER_AVERAGE_GW for region, twh in energy_base(values).items()}
    used = {
        region: average[region] / values["fleet_capacity_factor"] * (1 - value_of(values, key, "vacancy"))
        for region, key in PARTS.items()
    }
    for column, parts in ((base_average, average), (base_used, used)):
        columns |= {column(region): power for region, power in parts.items()}
        columns[column(WORLD)] = np.sum(list(parts.values()), axis=0)
    return pl.DataFrame(columns)


@dataclass(frozen=True)
class Exchange:
    """Conversions of one region and year.

    Attributes:
        base_year: of the edition.
        constants: draws by name of :data:`CONSTANTS`, (draw,); empty where the edition keeps none.
        average, used: average draw and nameplate in use of the base year, GW, (draw,); None where none is drawn.
        step: average draw at the year's end over that of the year, (draw,); None where the edition has no energy.
        first: average draw at the end of the year after the base year, GW, (draw,), where firm need begins to count.
    """

    base_year: int
    constants: Mapping[str, FloatArray]
    average: FloatArray | None
    used: FloatArray | None
    step: FloatArray | None
    first: FloatArray | None = None

    @classmethod
    def of(
        cls,
        constants: pl.DataFrame | None,
        region: str,
        step: FloatArray | None,
        *,
        base_year: int,
        first: FloatArray | None = None,
    ) -> "Exchange":
        """The exchange of a region on what an edition keeps."""
        if constants is None:
            return cls(base_year, {}, None, None, step, first)
        draws_by_name = {name: constants[name].to_numpy().astype(np.float64) for name in constants.columns}
        return cls(
            base_year,
            {name: draws_by_name[name] for name in CONSTANTS},
            draws_by_name.get(base_average(region)),
            draws_by_name.get(base_used(region)),
            step,
            first,
        )

    def missing(self, line: Line, layer: Layer) -> str | None:
        """Why a figure cannot be turned into a layer's currency here; None where it can."""
        kind = line.figure.kind
        if kind is Kind.COMPUTE or (layer is Layer.ENERGY and kind in {Kind.ENERGY, Kind.AVERAGE}):
            return None
        if not self.constants:
            return NONE_KEPT
        if (layer is Layer.ENERGY and kind is Kind.PEAK) or (layer is Layer.POWER and kind is Kind.NAMEPLATE):
            return None
        if self.average is None or self.step is None:
            return NO_BASE
        if kind is Kind.LOAD:
            return None if line.figure.since == self.base_year and self.first is not None else NO_START
        return NO_START if kind is Kind.GROWTH and self._start(line) is None else None

    def convert(self, value: float, line: Line, layer: Layer, own_draws: FloatArray) -> FloatArray:
        """A value of a line, in TWh, GW or H100e, as draws in the layer's unit.

        (draw,), or (1,) where nothing has to be converted. Only for what :meth:`missing` finds nothing against.

        Args:
            value: the middle, an end or another case of the line.
            line: what it is of.
            layer: whose unit is wanted.
            own_draws: our draws of that layer and year, (draw,).
        """
        kind = line.figure.kind
        if kind is Kind.COMPUTE:
            return np.array([value])
        if kind is Kind.LOAD:
            return np.asarray(value * (1 + self.constants["reserve_margin"]) * self._counted(own_draws))
        if layer is Layer.POWER and kind is Kind.NAMEPLATE:
            return value * self.constants["peak_over_nameplate"]
        over_year = self._average(value, line)
        if layer is Layer.ENERGY:
            return np.asarray(over_year * TWH_PER_AVERAGE_GW)
        return np.asarray(self._nameplate(over_year * self._step) * self.constants["peak_over_nameplate"])

    def _average(self, value: float, line: Line) -> FloatArray:
        """Average draw over the year, GW."""
        match line.figure.kind:
            case Kind.ENERGY:
                return np.array([value / TWH_PER_AVERAGE_GW])
            case Kind.PEAK:
                return value * self.constants["load_factor_own_peak"]
            case Kind.GROWTH:
                start = self._start(line)
                assert start is not None  # noqa: S101 - asked for after missing()
                return np.asarray(start + value * self.constants["load_factor_own_peak"])
            case Kind.NAMEPLATE:
                base, used = self._base
                more = base + (value - used) * self.constants["capacity_factor_of_additions"]
                return np.asarray(np.where(value > used, more, value * base / used) / self._step)
            case _:
                return np.array([value])

    def _start(self, line: Line) -> FloatArray | None:
        """Average draw of the year a growth counts from, GW: named by the table, or drawn where it is the base year."""
        if line.base is not None:
            return np.array([line.base / TWH_PER_AVERAGE_GW])
        return self.average if line.figure.since == self.base_year else None

    def _counted(self, own_draws: FloatArray) -> FloatArray:
        """Share of our own growth of peak since the base year that falls into the balance, (draw,)."""
        base, _ = self._base
        assert self.first is not None  # noqa: S101 - asked for after missing()
        before = (self.first - base) / self.constants["load_factor_own_peak"] + self.constants["other_peak_growth"]
        earlier = np.maximum(before, 0.0) * (1 + self.constants["reserve_margin"])
        # A need that shrinks has no share of a growth; it is kept at none of it.
        return np.asarray(np.maximum(own_draws, 0.0) / np.maximum(np.maximum(own_draws, 0.0) + earlier, 1e-9))

    def _nameplate(self, average: FloatArray) -> FloatArray:
        """Nameplate in use that draws an average, GW, after the engine: growth at the factor of additions."""
        base, used = self._base
        more = used + (average - base) / self.constants["capacity_factor_of_additions"]
        return np.asarray(np.where(average > base, more, average * used / base))

    @property
    def _base(self) -> tuple[FloatArray, FloatArray]:
        assert self.average is not None and self.used is not None  # noqa: S101, PT018 - asked for after missing()
        return self.average, self.used

    @property
    def _step(self) -> FloatArray:
        assert self.step is not None  # noqa: S101 - asked for after missing()
        return self.step
