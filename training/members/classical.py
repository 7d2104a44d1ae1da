"""Members fitted by statsmodels: Theta and damped ETS on logarithms, and a local trend that lives with gaps."""

import numpy as np

from data.base.errors import FitFailed
from training.core.calendar import Calendar
from training.members.member import Floats, Member, Parameter, PathDistribution, Pool, Space
from training.members.naive import future_phase, seasonal_indices


class ThetaClassical(Member):
    """The Theta method's points; widths from its own one-step errors.

    The library's interval is useless on seasonal series, so it is never asked for: Theta with two lines is simple
    exponential smoothing with drift (Hyndman and Billah 2003), whose error over h steps has variance
    ``s^2 (1 + (h - 1) alpha^2)``.
    """

    name = "theta_classical_log"
    family = "theta"
    pool = Pool.DRIVERS
    space = Space.LOG
    minimum = 8
    undamped = True

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        from statsmodels.tsa.forecasting.theta import ThetaModel

        seasonal = seasonal_indices(values, calendar)
        level = values - seasonal[calendar.grid % calendar.season]
        fit = ThetaModel(level, period=max(calendar.season, 2), deseasonalize=False, use_test=False).fit()
        slope, alpha = float(fit.params.iloc[0]), float(fit.params.iloc[1])
        smooth, errors = float(level[0]), []
        for value in level[1:]:
            errors.append(float(value) - smooth - slope / 2)
            smooth = smooth + slope / 2 + alpha * errors[-1]
        sigma = float(np.sqrt(np.mean(np.square(errors))))

        def path(steps: int) -> tuple[Floats, Floats]:
            points = np.asarray(fit.forecast(steps), dtype=np.float64)
            ahead = np.arange(steps, dtype=np.float64)
            return points + seasonal[future_phase(calendar, steps)], sigma * np.sqrt(1 + ahead * alpha**2)

        return PathDistribution(
            path, {"slope": slope, "alpha": alpha, "sigma": sigma, "seasonal": bool(np.any(seasonal))}
        )


class EtsDampedClassical(Member):
    """Additive damped-trend exponential smoothing by maximum likelihood on logarithms."""

    name = "ets_damped_classical_log"
    family = "ets_damped"
    pool = Pool.DRIVERS
    space = Space.LOG
    minimum = 10

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        import pandas as pd
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        seasonal = calendar.season > 1 and values.size >= 3 * calendar.season
        # A bare array breaks get_prediction in this library: it wants an index of its own.
        series = pd.Series(np.array(values))
        model = ETSModel(
            series,
            error="add",
            trend="add",
            damped_trend=True,
            seasonal="add" if seasonal else None,
            seasonal_periods=calendar.season if seasonal else None,
            initialization_method="estimated",
        )
        fit = model.fit(disp=False)
        if not fit.mle_retvals.get("converged", False):
            fit = model.fit(disp=False, maxiter=10_000)
            if not fit.mle_retvals.get("converged", False):
                raise FitFailed(self.name, "the likelihood did not converge in ten thousand steps")

        def path(steps: int) -> tuple[Floats, Floats]:
            prediction = fit.get_prediction(start=values.size, end=values.size + steps - 1)
            return np.asarray(prediction.predicted_mean, dtype=np.float64), np.sqrt(
                np.asarray(prediction.forecast_variance, dtype=np.float64)
            )

        names = [str(name) for name in fit.param_names]
        parameters: dict[str, Parameter] = {
            name: round(float(value), 8) for name, value in zip(names, fit.params, strict=True)
        }
        return PathDistribution(path, parameters | {"seasonal": bool(seasonal)})


class LocalTrend(Member):
    """Local linear trend by Kalman filter: missing periods are missing, not filled."""

    name = "local_trend"
    family = "local_trend"
    pool = Pool.DRIVERS
    space = Space.AUTO
    minimum = 8
    gaps = True
    undamped = True

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        from statsmodels.tsa.statespace.structural import UnobservedComponents

        seasonal = calendar.season if calendar.season > 1 and values.size >= 3 * calendar.season else None
        model = UnobservedComponents(calendar.on_grid(values), "lltrend", seasonal=seasonal)
        fit = model.fit(disp=False, maxiter=200)
        if not fit.mle_retvals.get("converged", False):
            fit = model.fit(disp=False, method="nm", maxiter=2000)
            if not fit.mle_retvals.get("converged", False):
                raise FitFailed(self.name, "the likelihood did not converge with two optimisers")

        def path(steps: int) -> tuple[Floats, Floats]:
            prediction = fit.get_forecast(steps)
            return np.asarray(prediction.predicted_mean, dtype=np.float64), np.asarray(
                prediction.se_mean, dtype=np.float64
            )

        names = [str(name) for name in model.param_names]
        parameters: dict[str, Parameter] = {name: float(value) for name, value in zip(names, fit.params, strict=True)}
        return PathDistribution(path, parameters | {"seasonal": seasonal is not None})
