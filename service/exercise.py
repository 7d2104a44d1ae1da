"""Whether an edition still gives answers: one real answer read off its draws, past every cache."""

from dataclasses import replace

import polars as pl

from data.errors import HeadroomError
from data.layers import Status
from data.periods import Frequency
from data.quantiles import Quantile
from projection.cells import VERDICTS
from projection.editions import Edition

MEDIAN = (Quantile(0.5),)


def unreadable(edition: Edition) -> str | None:
    """Why the edition gives no answers any more, or None.

    The first cell that carries a gap is answered for its first year under ``base``; of every other scenario the draws
    of that year's demand are read. It takes some ten milliseconds.
    """
    try:
        cells = (edition.cell(region, layer) for region, layer in VERDICTS)
        cell = next((cell for cell in cells if cell.status is Status.AVAILABLE), None)
        if cell is None:
            return None
        years = edition.periods(cell, Frequency.YEAR)[:1]
        edition.answer(cell, first=years[0].start, last=years[0].start, levels=MEDIAN)
        for scenario in edition.scenarios[1:]:
            edition.draws(replace(cell, scenario=scenario), "demand", years)
    except (OSError, pl.exceptions.PolarsError) as error:
        return f"{edition.id} cannot be read any more ({type(error).__name__})"
    except HeadroomError as error:
        return error.detail
    return None
