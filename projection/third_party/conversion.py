"""What one kind of gigawatt or terawatt-hour is worth in another: a model with a band, on the edition's own draws.

A published figure is turned into the currency of a layer with what the edition itself says of the region
(:mod:`projection.third_party.own_levels`) and with the draws of the constants that made it, kept under the same draw
ids. Nameplate and average draw meet as they do in the engine: what is in use at the end of the base year, and growth
since at the average over nameplate of halls for accelerators. Average draw and peak meet by the load factor of our own
equipment of that draw and year, and a growth of peak by that of accelerators. An energy is an average over a year and a
capacity a level at its end; between them lies half a year of growth, taken at the edition's own rate in each draw. A
peak that utilities or EPRI print is of the year, and the facility peak of the power layer stands at its end.

A growth of data centers' peak is added to the level of the year it counts from. Growth of all loads becomes firm need
with the reserve, less the part that falls before the balance begins, which is that of our own growth, draw by draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.layers import Layer
from data.periods.period import Frequency, Period
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.model.fill import AI, Fill
from projection.third_party.own_levels import OwnLevels
from projection.third_party.projections import Kind, Line

if TYPE_CHECKING:
    from projection.inputs.assumption_values import Values
    from projection.inputs.assumptions import Assumptions

FloatArray = NDArray[np.float64]
AVERAGE_OVER_NAMEPLATE, LOAD_FACTOR = "average_over_nameplate", "load_factor"
"""Of halls for accelerators, and of accelerators."""
OTHER_GROWTH, RESERVE = "other_peak_growth", "reserve_margin"
CONSTANTS = (AVERAGE_OVER_NAMEPLATE, LOAD_FACTOR, OTHER_GROWTH, RESERVE)
NONE_KEPT = "The edition keeps no draws of the conversion constants; project again to have them."
NO_START = "Its growth counts from a year whose level is neither drawn nor named."
NO_BASE = "The edition does not carry this region's energy, peak and nameplate, so one cannot be turned into another."


def draw(assumptions: "Assumptions", *, seed: int, draws: int) -> pl.DataFrame:
    """The constants of the base, one row a draw: the same numbers the engine was given.

    Args:
        assumptions: with figures and fitted terms in their places.
        seed: of the edition.
        draws: how many it has.
    """
    return constants_of(assumptions.values(assumptions.latent(seed=seed, draws=draws)))


def constants_of(values: "Values") -> pl.DataFrame:
    """The constants of some values of assumptions, one row a draw."""
    fill = Fill.of(values, AI)
    return pl.DataFrame(
        {
            AVERAGE_OVER_NAMEPLATE: fill.average_over_nameplate,
            LOAD_FACTOR: fill.load_factor,
            OTHER_GROWTH: values["other_peak_growth"],
            RESERVE: values["reserve_margin"],
        }
    )


@dataclass(frozen=True)
class Exchange:
    """Conversions of one region and year.

    Attributes:
        year: of the figures.
        base_year: of the edition.
        constants: draws by name of :data:`CONSTANTS`, (draw,); empty where the edition keeps none, or those of another
            engine.
        levels: what the edition says of the region; None where it has no energy of it.
    """

    year: Period
    base_year: int
    constants: Mapping[str, FloatArray]
    levels: OwnLevels | None

    @classmethod
    def of(
        cls, constants: pl.DataFrame | None, levels: OwnLevels | None, *, year: Period, base_year: int
    ) -> "Exchange":
        """The exchange of a region and year on what an edition keeps."""
        complete = constants is not None and set(CONSTANTS) <= set(constants.columns)
        draws_by_name = (
            {name: constants[name].to_numpy().astype(np.float64) for name in CONSTANTS}
            if constants is not None and complete
            else {}
        )
        return cls(year, base_year, draws_by_name, levels if levels is not None and year in levels.years else None)

    def missing(self, line: Line, layer: Layer) -> str | None:
        """Why a figure cannot be turned into a layer's currency here; None where it can."""
        kind = line.figure.kind
        if kind is Kind.COMPUTE or (layer is Layer.ENERGY and kind in {Kind.ENERGY, Kind.AVERAGE}):
            return None
        if kind in {Kind.NAMEPLATE, Kind.GROWTH, Kind.LOAD} and not self.constants:
            return NONE_KEPT
        if self.levels is None or self.levels.peak is None:
            return NO_BASE
        if kind is Kind.NAMEPLATE and (self.levels.base_average is None or self.levels.base_nameplate is None):
            return NO_BASE
        if kind is Kind.LOAD:
            return None if line.figure.since == self.base_year and self.levels.base_average is not None else NO_START
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
            return np.asarray(value * (1 + self.constants[RESERVE]) * self._counted(own_draws))
        over_year = self._average(value, line)
        if layer is Layer.ENERGY:
            return np.asarray(over_year * TWH_PER_AVERAGE_GW)
        return np.asarray(over_year * self._levels.step(self.year) / self._load_factor)

    def nameplate(self, average: FloatArray) -> FloatArray:
        """Nameplate in use that draws an average at the year's end, GW, (draw,): what :meth:`convert` undoes."""
        base, used = self._base
        more = used + (average - base) / self.constants[AVERAGE_OVER_NAMEPLATE]
        return np.asarray(np.where(average > base, more, average * used / base))

    def _average(self, value: float, line: Line) -> FloatArray:
        """Average draw over the year, GW."""
        match line.figure.kind:
            case Kind.ENERGY:
                return np.array([value / TWH_PER_AVERAGE_GW])
            case Kind.PEAK:
                return value * self._load_factor
            case Kind.GROWTH:
                start = self._start(line)
                assert start is not None  # noqa: S101 - asked for after missing()
                return np.asarray(start + value * self.constants[LOAD_FACTOR])
            case Kind.NAMEPLATE:
                base, used = self._base
                more = base + (value - used) * self.constants[AVERAGE_OVER_NAMEPLATE]
                at_end = np.where(value > used, more, value * base / used)
                return np.asarray(at_end / self._levels.step(self.year))
            case _:
                return np.array([value])

    def _start(self, line: Line) -> FloatArray | None:
        """Average draw of the year a growth counts from, GW: named by the table, or drawn where it is the base year."""
        if line.base is not None:
            return np.array([line.base / TWH_PER_AVERAGE_GW])
        return self._levels.base_average if line.figure.since == self.base_year else None

    def _counted(self, own_draws: FloatArray) -> FloatArray:
        """Share of our own growth of peak since the base year that falls into the balance, (draw,)."""
        base, first = self._levels.base_average, Period(date(self.base_year + 1, 1, 1), Frequency.YEAR)
        assert base is not None  # noqa: S101 - asked for after missing()
        before = (self._levels.at_end_of(first) - base) / self.constants[LOAD_FACTOR] + self.constants[OTHER_GROWTH]
        earlier = np.maximum(before, 0.0) * (1 + self.constants[RESERVE])
        # A need that shrinks has no share of a growth; it is kept at none of it.
        return np.asarray(np.maximum(own_draws, 0.0) / np.maximum(np.maximum(own_draws, 0.0) + earlier, 1e-9))

    @property
    def _levels(self) -> OwnLevels:
        assert self.levels is not None  # noqa: S101 - asked for after missing()
        return self.levels

    @property
    def _base(self) -> tuple[FloatArray, FloatArray]:
        """Average draw and nameplate in use at the base year's end, GW, (draw,) each."""
        base, used = self._levels.base_end, self._levels.base_nameplate
        assert base is not None and used is not None  # noqa: S101, PT018 - asked for after missing()
        return base, used

    @property
    def _load_factor(self) -> FloatArray:
        load_factor = self._levels.load_factor(self.year)
        assert load_factor is not None  # noqa: S101 - asked for after missing()
        return load_factor
