"""How far experts' projections of data-center demand strayed, as the spread of demand's growth.

The error of a pair is the logarithm of the later estimate, the geometric middle of its bracket, over the forecast:
positive where more came than was forecast. Its spread at a horizon of h years is s(h)^2 = level^2 + (growth h)^2 about
zero, not about a mean: the sign of the error followed the last regime (too high after a boom, too low after a flat
decade), so that a mean would correct for a regime that may be over. The level is stated, for one year's estimates
disagree by as much; the growth is fitted by least squares on squared errors, each divided by its horizon, since squares
of wide errors scatter more: growth^2 = sum(e^2 - level^2) / sum(h^2).

Each fit is made on all pairs and on those whose forecast a public text holds, and the wider is taken. The pairs share
data and overlap: they are about four independent events, and nothing is scored beyond five years, after which the
spread grows with the square root of the horizon. ERCOT's editions of its peak (:mod:`features.grids.load_errors`)
share nothing with these pairs and show the same form: sign by regime, spread growing with the horizon. A whole grid's
peak strays by less than a tenth as much a year, and so is no measure of data centers alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from data.base.toml_tables import Entry, read_shipped

FILE = "expert_errors.toml"
EVIDENCE_YEARS = 5.0
"""Longest horizon the pairs speak of, years, rounded up."""


class Level(Entry):
    """Error of a level of one year: log standard deviation, and where it comes from."""

    sd: float = Field(gt=0)
    source: str


class Pair(Entry):
    """One projection and the later estimate of the same year.

    Attributes:
        who: institution and case.
        source: key in ``sources.csv``.
        years: from publication to the middle of the target, or to its end where a year-end was projected.
        low, high: bracket of later estimates, in ``unit``.
        traced: whether the forecast was found in a public text.
    """

    who: str
    source: str
    published: date
    region: str
    target: int
    unit: str
    years: float = Field(gt=0)
    forecast: float = Field(gt=0)
    low: float = Field(gt=0)
    high: float = Field(gt=0)
    traced: bool
    note: str = ""

    @property
    def log_error(self) -> float:
        """Logarithm of the later estimate over the forecast."""
        return math.log(math.sqrt(self.low * self.high) / self.forecast)


class _File(Entry):
    level: Level
    pair: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class ExpertErrors:
    """Spread of experts' errors.

    Attributes:
        level: log sd of the level of a year, shared by demand and supply.
        level_source: where it comes from.
        growth: log sd per year, of errors of both signs.
        growth_up: of errors where more came than was forecast.
        growth_down: of errors where less came.
    """

    level: float
    level_source: str
    growth: float
    growth_up: float
    growth_down: float

    @classmethod
    def shipped(cls) -> Self:
        """From ``expert_errors.toml``; raises :class:`data.base.errors.TableCorrupt` where it is malformed."""
        level, pairs = read()
        return cls.of(level, pairs)

    @classmethod
    def of(cls, level: Level, pairs: Sequence[Pair]) -> Self:
        """From pairs: the wider of the fits on all and on the traced ones."""
        up, down = (
            [pair for pair in pairs if pair.log_error > 0],
            [pair for pair in pairs if pair.log_error < 0],
        )
        return cls(level.sd, level.source, *(_wider(part, level.sd) for part in (pairs, up, down)))

    def sd(self, years: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Log sd below and above the middle of growth alone, without the level's; each of the shape of ``years``.

        Args:
            years: since the last observation; nothing has strayed at zero and before.
        """
        near = np.clip(years, 0.0, EVIDENCE_YEARS)
        reach = near * np.sqrt(np.maximum(years, EVIDENCE_YEARS) / EVIDENCE_YEARS)
        return self.growth_down * reach, self.growth_up * reach


def read() -> tuple[Level, tuple[Pair, ...]]:
    """The level's error and the pairs; raises :class:`data.base.errors.TableCorrupt` where the file is malformed."""
    table = read_shipped(_File, "projection.inputs", FILE)
    return table.level, table.pair


def growth(pairs: Sequence[Pair], level: float) -> float:
    """Log sd per year of some pairs, zero where their errors are no wider than the level's and where there are none."""
    if not pairs:
        return 0.0
    excess = sum(pair.log_error**2 - level**2 for pair in pairs)
    return math.sqrt(max(excess / sum(pair.years**2 for pair in pairs), 0.0))


def _wider(pairs: Sequence[Pair], level: float) -> float:
    return max(growth(pairs, level), growth([pair for pair in pairs if pair.traced], level))
