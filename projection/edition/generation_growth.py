"""Growth of generation beside that of data centers' electricity, and the share they take where it has a size.

A ratio to what may vanish or shrink has no size worth printing: where generation does not grow in all but a few draws,
the two amounts are told and no share.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Frequency, Period
from projection.base.timeline import HOURS_PER_YEAR

FloatArray = NDArray[np.float64]
Read = Callable[[str, Sequence[Period]], FloatArray | None]
MOST_WITHOUT_GROWTH = 0.01
"""Share of draws without growth from which the share is not told: the outermost levels would be read among them."""


@dataclass(frozen=True)
class GenerationGrowth:
    """One period, draws of TWh a year, (draw,): growth of generation, of data centers, and the part they take."""

    generation: FloatArray
    data_centers: FloatArray

    @property
    def share(self) -> FloatArray | None:
        """Growth of data centers over that of generation; None where it has no size."""
        if (self.generation <= 0).mean() > MOST_WITHOUT_GROWTH:
            return None
        over = np.divide(
            self.data_centers, self.generation, out=np.full_like(self.generation, np.inf), where=self.generation > 0
        )
        return np.asarray(over)

    def bands(self, band: Callable[[FloatArray], Mapping[str, float]]) -> dict[str, Any]:
        """As an answer prints it, each quantity by ``band``; no share at levels that lie among draws without growth."""
        share = self.share
        with np.errstate(invalid="ignore"):  # Between two draws without growth there is no quantile.
            of_share = None if share is None else band(share)
        finite = of_share is not None and all(map(math.isfinite, of_share.values()))
        return {
            "generation": band(self.generation),
            "data_centers": band(self.data_centers),
            "share": of_share if finite else None,
        }


def since_base(draws_of: Read, periods: Sequence[Period], within: Sequence[Period]) -> list[GenerationGrowth] | None:
    """Growth since the base year, a period each; None where the cell has none.

    Args:
        draws_of: gives draws of a quantity over periods, (draw, period).
        periods: every period the cell carries at one frequency; the first follows the base year.
        within: those asked for.
    """
    generation, demand = draws_of("growth", within), draws_of("demand", within)
    base = draws_of("base", [_base_year(periods)])
    if generation is None or demand is None or base is None:
        return None
    hours = np.array([((period.end - period.start).days + 1) * 24.0 for period in within])
    yearly = demand * np.where([period.freq is Frequency.YEAR for period in within], 1.0, HOURS_PER_YEAR / hours)
    return [GenerationGrowth(growth, level - base[:, 0]) for growth, level in zip(generation.T, yearly.T, strict=True)]


def of_year(draws_of: Read, periods: Sequence[Period], within: Sequence[Period]) -> list[GenerationGrowth] | None:
    """Growth over the year before, for years alone: a quarter's is weather. Arguments as for :func:`since_base`."""
    if periods[0].freq is not Frequency.YEAR:
        return None
    pace, base = draws_of("pace", within), draws_of("base", [_base_year(periods)])
    earliest = within[0].shift(-1)
    demand = draws_of("demand", within if earliest < periods[0] else [earliest, *within])
    if pace is None or base is None or demand is None:
        return None
    before = np.concatenate([base, demand], axis=1) if earliest < periods[0] else demand
    return [
        GenerationGrowth(growth, after - earlier)
        for growth, earlier, after in zip(pace.T, before.T[:-1], before.T[1:], strict=True)
    ]


def _base_year(periods: Sequence[Period]) -> Period:
    return Period(date(periods[0].start.year - 1, 1, 1), Frequency.YEAR)
