"""Inputs of the engine without a trained model: the shipped figures, and drivers that grow on from their last figure.

Driver marginals are lognormal around a steady growth. They are made up, and serve only to compare two engines that read
the same numbers and to time them; nothing published rests on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from scipy.special import ndtri

from data.base.errors import NotFound
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.electricity import MONTHLY, SALES
from features.grids.definitions import METERED
from features.panel import Panel, panel
from features.series import ModelSeries
from features.view import View
from projection.simulate.model_inputs import DRIVERS, ModelInputs
from training.artifact.published import Correlation, Realisation, SeriesForecast
from training.plans.generation_fit import with_generation
from training.plans.realisation_fit import fit

AS_OF = date(2026, 11, 23)
COUNTS = {Frequency.YEAR: (1, 10), Frequency.QUARTER: (4, 20), Frequency.MONTH: (12, 36)}
"""Steps a year and in all, by frequency."""
GROWTH, SD = 0.15, 0.15
"""Log growth a year, and log sd after one year."""
RHO, PERSISTENCE = 0.3, 0.8


@dataclass(frozen=True)
class Made:
    """Stands where a published model version does."""

    panel: Panel
    series: Mapping[str, ModelSeries]
    terms: Realisation
    manifest: Mapping[str, Any] = field(default_factory=dict)
    version: str = "made"

    def realisation(self) -> Realisation:
        """Terms fitted on the shipped editions of the tracker."""
        return self.terms

    def forecast(self, name: str) -> SeriesForecast:
        """A lognormal forecast from the last figure on; raises :class:`NotFound` where there is none."""
        series = self.series.get(name) or self.panel.series.get(name)
        if series is None:
            raise NotFound("forecast", name)
        last = series.periods[-1]
        a_year, count = COUNTS[last.freq]
        years = (np.arange(count) + 1) / a_year
        levels = np.array([float(level) for level in FORECAST_LEVELS])
        spread = SD * np.sqrt(years)[:, None] * ndtri(levels)[None, :]
        return SeriesForecast(
            series_id=name,
            freq=last.freq,
            unit="",
            region="",
            periods=tuple(Period.shift(last, step + 1) for step in range(count)),
            levels=FORECAST_LEVELS,
            values=float(series.values[-1]) * np.exp(GROWTH * years[:, None] + spread),
            method="made",
            n_scores=0,
            last_observed=last,
            pseudo_vintage=False,
            sources=(),
            reduced=None,
        )

    def correlation(self) -> Correlation:
        """The same between any two."""
        size = len(DRIVERS)
        matrix = np.full((size, size), RHO) + (1 - RHO) * np.eye(size)
        return Correlation(DRIVERS, matrix, dict.fromkeys(DRIVERS, PERSISTENCE), shrinkage=0.5, n=0)


@cache
def shipped_terms() -> Realisation:
    """Terms of the day the shipped figures end; made once a process."""
    view = View.of(Store.shipped(), as_of=AS_OF)
    return with_generation(fit(view), view)


@cache
def made_model_inputs() -> ModelInputs:
    """The ground of the day the shipped figures end; made once a process."""
    view = View.of(Store.shipped(), as_of=AS_OF)
    model_series = {name: view.read(name) for name in (MONTHLY, *METERED, *SALES)}
    trained = Made(panel(view), model_series, shipped_terms())
    return ModelInputs.of(view, trained)  # type: ignore[arg-type]  # it answers what is asked
