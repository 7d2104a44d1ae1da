"""Members with drivers, fitted by statsmodels: what moves with a series is given beside it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.errors import FitFailed
from training.core.calendar import Calendar
from training.members.member import NO_COVARIATES, Covariates, Floats, Member, Parameter, PathDistribution, Pool, Space

MAXITER = 200


class DrivenArima(Member):
    """SARIMA (0,1,1)(0,1,1) on logarithms, with the logarithms of drivers as regressors where they are given.

    Drivers must be known over the horizon (orders and spending lead shipments), or the fit is refused. Without drivers
    it is the airline model (Box and Jenkins 1976).
    """

    name = "driven_arima_log"
    family = "driven_arima"
    pool = Pool.DRIVERS
    space = Space.LOG
    minimum = 20  # on a dozen points its differences of differences ran away on our quarterly series
    undamped = True
    takes = frozenset({"drivers"})

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        return self._distribution_with(values, calendar, NO_COVARIATES)

    def _distribution_with(self, values: Floats, calendar: Calendar, covariates: Covariates) -> PathDistribution:
        from statsmodels.tsa.statespace.sarimax import SARIMAX

        season = calendar.season
        seasonal = season > 1 and values.size >= 3 * season
        past, ahead = split(covariates.drivers, values.size)
        model = SARIMAX(
            np.array(values),
            exog=past,
            order=(0, 1, 1),
            seasonal_order=(0, 1, 1, season) if seasonal else (0, 0, 0, 0),
            trend=None if seasonal else "c",
        )
        return _belief(self.name, model, ahead, seasonal=seasonal)


class DrivenTrend(Member):
    """Local linear trend with smooth slope on logarithms (unobserved components), with drivers as regressors."""

    name = "driven_trend_log"
    family = "local_trend"
    space = Space.LOG
    minimum = 10
    undamped = True
    takes = frozenset({"drivers"})

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        return self._distribution_with(values, calendar, NO_COVARIATES)

    def _distribution_with(self, values: Floats, calendar: Calendar, covariates: Covariates) -> PathDistribution:
        from statsmodels.tsa.statespace.structural import UnobservedComponents

        season = calendar.season if calendar.season > 1 and values.size >= 3 * calendar.season else None
        past, ahead = split(covariates.drivers, values.size)
        model = UnobservedComponents(np.array(values), "lltrend", seasonal=season, exog=past)
        return _belief(self.name, model, ahead, seasonal=season is not None)


def split(drivers: Floats | None, points: int) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Drivers over the history and over the horizon, each ``(steps, drivers)``; None where none are given."""
    if drivers is None:
        return None, None
    return drivers[:points], drivers[points:]


def _belief(name: str, model: Any, ahead: Floats | None, *, seasonal: bool) -> PathDistribution:  # noqa: ANN401 - an untyped library object
    fit = model.fit(disp=False, maxiter=MAXITER)
    if not fit.mle_retvals.get("converged", False):
        fit = model.fit(disp=False, method="nm", maxiter=10 * MAXITER)
        if not fit.mle_retvals.get("converged", False):
            raise FitFailed(name, "the likelihood did not converge with two optimisers")

    def path(steps: int) -> tuple[Floats, Floats]:
        if ahead is not None and len(ahead) < steps:
            raise FitFailed(name, f"drivers are known {len(ahead)} steps ahead, {steps} are asked for")
        prediction = fit.get_forecast(steps, exog=None if ahead is None else ahead[:steps])
        return np.asarray(prediction.predicted_mean, dtype=np.float64), np.asarray(prediction.se_mean, dtype=np.float64)

    parameters: dict[str, Parameter] = {
        str(key): float(value) for key, value in zip(model.param_names, fit.params, strict=True)
    }
    return PathDistribution(
        path, parameters | {"seasonal": seasonal, "drivers": 0 if ahead is None else ahead.shape[1]}
    )
