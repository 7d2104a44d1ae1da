"""Prophet as a member: its points only. Its native bands covered 33-61 % where 80-95 % were claimed."""

import logging
from typing import Any

import numpy as np

from data.base.errors import FitFailed
from training.core.calendar import Calendar
from training.members.member import NO_COVARIATES, Covariates, Floats, Member, PathDistribution, Pool, Space
from training.members.naive import seasonal_indices, walk_sigma

SEED = 1


def _prophet() -> Any:  # noqa: ANN401 - an untyped library class
    """The library's class, imported silently.

    On import cmdstanpy gives its logger a handler of its own on stderr unless it finds one there; a NullHandler put
    first is what works (setting the level does not). Prophet logs at import that plotly, unused here, is absent.
    """
    logger = logging.getLogger("cmdstanpy")
    if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        logger.addHandler(logging.NullHandler())
    logger.propagate = False
    logging.getLogger("prophet.plot").setLevel(logging.CRITICAL)
    logging.getLogger("prophet").setLevel(logging.ERROR)
    from prophet import Prophet

    return Prophet


class ProphetMember(Member):
    """Piecewise-linear trend with changepoints up to the end of the sample, and a yearly season where there is one.

    The width is a random walk's from the history's own changes, calibrated later like everybody's. The trend is flat
    where the history's drift is smaller than its standard error, linear otherwise, and logistic where a saturation is
    stated.
    """

    name = "prophet"
    family = "prophet"
    pool = Pool.DRIVERS
    space = Space.AUTO
    minimum = 8
    gaps = True
    undamped = True
    takes = frozenset({"cap"})

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        return self._distribution_with(values, calendar, NO_COVARIATES)

    def _distribution_with(self, values: Floats, calendar: Calendar, covariates: Covariates) -> PathDistribution:
        import pandas as pd

        prophet = _prophet()
        season = calendar.season
        seasonal = bool(season > 1 and calendar.span >= 3 * season)
        level = values - seasonal_indices(values, calendar)[calendar.grid % season]
        sigma = walk_sigma(level, calendar)
        drift = float(level[-1] - level[0]) / calendar.positions[-1]
        growth = "linear" if abs(drift) * np.sqrt(calendar.positions[-1]) > sigma else "flat"
        bounds: dict[str, float] = {}
        if covariates.cap is not None:
            if covariates.cap <= float(np.max(values)):
                raise FitFailed(self.name, "the history passes the stated saturation")
            growth, bounds = "logistic", {"cap": covariates.cap, "floor": float(np.min(values)) - 1.0}
        model = prophet(
            growth=growth,
            # The default leaves the last fifth without changepoints, and our series turn at the end.
            changepoint_range=0.95,
            n_changepoints=min(15, values.size // 3),
            yearly_seasonality=min(10, season // 2) if seasonal else False,
            weekly_seasonality=False,
            daily_seasonality=False,
            uncertainty_samples=0,
        )
        days = [pd.Timestamp(calendar.first.shift(position).start) for position in calendar.positions]
        model.fit(pd.DataFrame({"ds": days, "y": np.array(values)}).assign(**bounds), seed=SEED)
        if not np.all(np.isfinite(np.asarray(model.params["k"]))):
            raise FitFailed(self.name, "the optimiser returned no finite growth")

        def path(steps: int) -> tuple[Floats, Floats]:
            future = [pd.Timestamp(calendar.last.shift(step).start) for step in range(1, steps + 1)]
            location = model.predict(pd.DataFrame({"ds": future}).assign(**bounds))["yhat"]
            ahead = np.arange(1.0, steps + 1)
            return np.asarray(location, dtype=np.float64), sigma * np.sqrt(ahead * (1 + ahead / calendar.span))

        return PathDistribution(path, {"growth": growth, "seasonal": seasonal, "sigma": sigma})
