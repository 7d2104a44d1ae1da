"""Members fitted by statsforecast: ETS and Theta, in the space the class names."""

from abc import abstractmethod
from typing import Any

import numpy as np

from data.base.errors import FitFailed
from training.core.calendar import Calendar
from training.members.member import Floats, Member, Parameter, PathDistribution, Pool, Space
from training.members.naive import future_phase, seasonal_indices

BAND = 80
WARM_UP = 3  # first residuals, which show the starting value
TO_SIGMA = 2 * 1.2815515655446004  # width of the central 80 % interval in standard deviations


class _Statsforecast(Member):
    """Common adapter. The library gives no convergence flag; the contract refuses non-finite and runaway paths."""

    @abstractmethod
    def _model(self, season: int) -> Any:  # noqa: ANN401 - an untyped library object
        """The library's model for that season length."""

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        # Two full seasons and a little are the least that separates a seasonal state from noise; the library refuses a
        # damped seasonal fit to fewer points than its parameters and four more.
        enough = values.size >= max(2 * calendar.season + 3, calendar.season + 10)
        season = calendar.season if enough else 1
        # A season that is plain in fewer points is taken out before and put back after: as a factor where values are
        # positive quantities, as a difference on logarithms.
        factors = self.space is Space.RAW and bool(np.all(values > 0))
        indices = (
            np.zeros(calendar.season) if enough else seasonal_indices(np.log(values) if factors else values, calendar)
        )
        phase = calendar.grid % calendar.season
        model = self._model(season)
        model.fit(y=np.array(values * np.exp(-indices[phase]) if factors else values - indices[phase]))
        if not getattr(model, "model_", None):
            raise FitFailed(self.name, "the library found no model")

        def path(steps: int) -> tuple[Floats, Floats]:
            prediction = model.predict(h=steps, level=[BAND])
            location, sigma = np.asarray(prediction["mean"], dtype=np.float64), self._sigma(model, prediction, season)
            if not np.any(indices):
                return location, sigma
            index = indices[future_phase(calendar, steps)]
            return (location * np.exp(index), sigma * np.exp(index)) if factors else (location + index, sigma)

        parameters: dict[str, Parameter] = {"season": season} | self._fitted_form(model)
        return PathDistribution(path, parameters | {"few_seasons": indices.tolist()} if np.any(indices) else parameters)

    @staticmethod
    def _sigma(model: Any, prediction: Any, season: int) -> Floats:  # noqa: ANN401 - untyped library objects
        """Standard deviation per step, read off the library's own interval."""
        del model, season
        width = np.asarray(prediction[f"hi-{BAND}"], dtype=np.float64) - np.asarray(
            prediction[f"lo-{BAND}"], dtype=np.float64
        )
        return np.asarray(np.maximum(width, 0.0) / TO_SIGMA)

    @staticmethod
    def _fitted_form(model: Any) -> dict[str, Parameter]:  # noqa: ANN401 - an untyped library object
        """The chosen form and its smoothing parameters, where the library keeps them."""
        state = getattr(model, "model_", None) or {}
        parameters: dict[str, Parameter] = {}
        form = state.get("components") if "components" in state else state.get("modeltype")
        if form is not None:
            parameters["form"] = str(form)
        values = state.get("par")
        if isinstance(values, dict):  # Theta names its parameters, ETS lists them
            for key, value in values.items():
                if np.ndim(value) == 0 and np.isfinite(value):
                    parameters[str(key)] = round(float(value), 8)
        elif values is not None:
            flat = np.asarray(values, dtype=np.float64).reshape(-1)
            parameters["par"] = [round(float(value), 8) for value in flat if np.isfinite(value)]
        return parameters


class EtsRaw(_Statsforecast):
    """Exponential smoothing chosen by information criterion, on the values."""

    name = "ets_raw"
    family = "ets"
    pool = Pool.EVERY
    space = Space.RAW
    minimum = 7

    def _model(self, season: int) -> Any:  # noqa: ANN401
        from statsforecast.models import AutoETS

        return AutoETS(season_length=season)


class DotRaw(_Statsforecast):
    """Dynamic optimised Theta on the values (Fiorucci et al. 2016)."""

    name = "dot_raw"
    family = "dot"
    pool = Pool.EVERY
    space = Space.RAW
    minimum = 6

    def _model(self, season: int) -> Any:  # noqa: ANN401
        from statsforecast.models import DynamicOptimizedTheta

        return DynamicOptimizedTheta(season_length=season)


class ThetaLog(_Statsforecast):
    """Standard Theta on logarithms: half the slope is a damping of its own.

    With an additive season the library leaves the season in the residuals its interval rests on (80 % bands covered
    98 % of our monthly series), so the width is made here: simple exponential smoothing with drift, whose error over h
    steps has variance ``s^2 (1 + (h - 1) alpha^2)`` (Hyndman and Billah 2003).
    """

    name = "theta_log"
    family = "theta"
    pool = Pool.EVERY
    space = Space.LOG
    minimum = 6
    undamped = True

    def _model(self, season: int) -> Any:  # noqa: ANN401
        from statsforecast.models import Theta

        return Theta(season_length=season, decomposition_type="additive")

    @staticmethod
    def _sigma(model: Any, prediction: Any, season: int) -> Floats:  # noqa: ANN401 - untyped library objects
        """From the one-step residuals without their mean by season."""
        state = model.model_
        residuals = np.asarray(state["residuals"], dtype=np.float64).reshape(-1)
        lost = 0
        if state.get("decompose", False):
            lost = season
            phase = np.arange(residuals.size) % season
            residuals = residuals - np.array([residuals[phase == place].mean() for place in range(season)])[phase]
        used = residuals[min(WARM_UP, residuals.size - lost - 1) :]
        sigma = float(np.sqrt(np.sum(used**2) / max(used.size - lost, 1)))
        ahead = np.arange(np.asarray(prediction["mean"]).size)
        return np.asarray(sigma * np.sqrt(1 + ahead * float(state["par"]["alpha"]) ** 2))


class EtsDampedLog(_Statsforecast):
    """Additive damped-trend exponential smoothing on logarithms."""

    name = "ets_damped_log"
    family = "ets_damped"
    pool = Pool.EVERY
    space = Space.LOG
    minimum = 10

    def _model(self, season: int) -> Any:  # noqa: ANN401
        from statsforecast.models import AutoETS

        return AutoETS(season_length=season, model="AAN" if season == 1 else "AAA", damped=True)


class EtsLog(_Statsforecast):
    """Additive exponential smoothing on logarithms, trend undamped: the fast growers' member."""

    name = "ets_log"
    family = "ets_log"
    pool = Pool.EVERY
    space = Space.LOG
    minimum = 7
    undamped = True

    def _model(self, season: int) -> Any:  # noqa: ANN401
        from statsforecast.models import AutoETS

        return AutoETS(season_length=season, model="AZN" if season == 1 else "AZA", damped=False)


class ThetaRaw(_Statsforecast):
    """Standard Theta on the values (Assimakopoulos and Nikolopoulos 2000), season multiplicative."""

    name = "theta_raw"
    family = "theta_raw"
    space = Space.RAW
    minimum = 6

    def _model(self, season: int) -> Any:  # noqa: ANN401
        from statsforecast.models import Theta

        return Theta(season_length=season)


class AutoThetaRaw(_Statsforecast):
    """The Theta variant of least in-sample error on the values."""

    name = "autotheta_raw"
    family = "dot"
    space = Space.RAW
    minimum = 6

    def _model(self, season: int) -> Any:  # noqa: ANN401
        from statsforecast.models import AutoTheta

        return AutoTheta(season_length=season)


class CesRaw(_Statsforecast):
    """Complex exponential smoothing on the values (Svetunkov et al. 2022); rarely, a fit takes seconds."""

    name = "ces_raw"
    family = "ces"
    space = Space.RAW
    minimum = 7

    def _model(self, season: int) -> Any:  # noqa: ANN401
        from statsforecast.models import AutoCES

        return AutoCES(season_length=season)


class ArimaRaw(_Statsforecast):
    """Seasonal ARIMA chosen by information criterion on the values: small gain, hundreds of milliseconds a fit."""

    name = "arima_raw"
    family = "arima"
    space = Space.RAW
    minimum = 10

    def _model(self, season: int) -> Any:  # noqa: ANN401
        from statsforecast.models import AutoARIMA

        return AutoARIMA(season_length=season, approximation=True)
