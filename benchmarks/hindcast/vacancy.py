"""The vacant share on past days, before and after draws are weighed, beside the vacancy that was measured later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.periods.period import Frequency, Period
from features.view import View
from projection.edition.edition import Edition
from projection.edition.outcomes import LEVELS
from projection.inputs.observables import Observable
from projection.model.passes import PassDetail
from projection.simulate.conditioning import QUANTITIES, condition
from projection.simulate.model_inputs import ModelInputs, Positions, RandomInputs
from training.core.scores import crps

FloatArray = NDArray[np.floating[Any]]
VACANCY = "us_vacant_share"
"""The observable whose later figures are an outcome: no other was measured over these years."""
HEAD = (
    "Share of US halls that nothing fills, %, beside what CBRE measured later in primary markets, which is of leases."
)
TABLE = (
    "| known on | measured on | before, median (80 % band) | after | measured | score before | after |",
    "|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Vacancy:
    """The vacant share by a later figure of it, and its bands on a past day.

    Attributes:
        known_on: the day; measured_on: the day the figure holds on.
    """

    known_on: date
    measured_on: date
    measured: float
    before: FloatArray
    after: FloatArray

    def score(self, points: FloatArray) -> float:
        """CRPS, as a share."""
        return float(crps(points.astype(np.float64), observed=np.array(self.measured), levels=LEVELS))


def vacancies(figures: View, model_inputs: ModelInputs, edition: Edition) -> list[Vacancy]:
    """The vacant share at the ends of half-years that were measured after the day."""
    (observable,) = (one for one in model_inputs.observables if one.declared.name == VACANCY)
    timeline, declared = model_inputs.anchors.timeline, observable.declared
    rows = figures.rows_with_value(declared.series).filter(pl.col("period") > observable.day).sort("period")
    later = []
    for start, value in rows.select("period", "value").iter_rows():
        end = Period(start, Frequency.HALF).end
        quarter = timeline.index_of(Period.containing(end, Frequency.QUARTER))
        later.append(Observable(declared, value * declared.scale, None, quarter, end))
    seed, draws = edition.manifest["seed"], edition.manifest["draws"]
    positions = condition(model_inputs, seed=seed, draws=draws).positions
    before, after = (_shares(model_inputs, later, seed, draws, of) for of in (None, positions))
    return [
        Vacancy(edition.data_as_of, one.day, one.value, *bands)
        for one, *bands in zip(later, before, after, strict=True)
    ]


def _shares(
    model_inputs: ModelInputs, later: Sequence[Observable], seed: int, draws: int, positions: Positions | None
) -> list[FloatArray]:
    """Quantiles of the vacant share, at :data:`LEVELS`, by later figure."""
    parts: list[list[FloatArray]] = [[] for _ in later]
    for block in RandomInputs.blocks(model_inputs, seed=seed, draws=draws, positions=positions):
        model_pass = model_inputs.pass_of(block, model_inputs.model_error(seed), detail=PassDetail.CELLS)
        for one, of_one in zip(later, parts, strict=True):
            quantity = QUANTITIES[one.declared.quantity](model_pass, one)
            assert quantity is not None  # noqa: S101 - every day has it
            of_one.append(quantity)
    return [np.quantile(np.concatenate(of_one), LEVELS) for of_one in parts]


def row(one: Vacancy) -> str:
    """One line of the table of vacancies."""

    def text(points: FloatArray) -> str:
        low, middle, high = (100 * points[LEVELS.index(level)] for level in (0.1, 0.5, 0.9))
        return f"{middle:.1f} ({low:.1f} to {high:.1f})"

    return (
        f"| {one.known_on} | {one.measured_on} | {text(one.before)} | {text(one.after)} | {100 * one.measured:.1f} "
        f"| {100 * one.score(one.before):.2f} | {100 * one.score(one.after):.2f} |"
    )
