"""Whether an edition still gives answers: one real answer read off its draws, past every cache."""

from dataclasses import replace

from data.base.layers import Status
from data.base.quantiles import Quantile
from data.periods.period import Frequency
from projection.cells.cells import VERDICTS
from projection.edition.edition import Edition

MEDIAN = (Quantile(0.5),)


def exercise(edition: Edition) -> None:
    """Answer the first cell that carries a gap for its first year, and read that year's demand of other scenarios.

    It takes some ten milliseconds. Raises :class:`data.base.errors.ArtifactCorrupt` when the edition does not answer.
    """
    cells = (edition.cell(region, layer) for region, layer in VERDICTS)
    cell = next((cell for cell in cells if cell.status is Status.AVAILABLE), None)
    if cell is None:
        return
    years = edition.periods(cell, Frequency.YEAR)[:1]
    edition.answer(cell, first=years[0].start, last=years[0].start, levels=MEDIAN)
    for scenario in edition.scenarios[1:]:
        edition.draws(replace(cell, scenario=scenario), "demand", years)
