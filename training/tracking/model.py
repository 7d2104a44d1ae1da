"""The registered model, as code: MLflow runs this file and hands it the published directory. Nothing is pickled.

Input: a long frame ``series_id, period, value``, the last figures of each series wanted; a period in any form of
:mod:`data.periods.text`, or a pandas time stamp or Period. Output: ``series_id, period, quantile, value``, the
published, calibrated bands from the period after the last one given. A series whose rows are not the figures the
version was trained on is not answered, and neither is one it did not forecast (:mod:`training.tracking.model_input`).
By default the others are, and a ``UserWarning`` names each that is not, with the reason; ``params={"on_error":
"raise"}`` refuses the whole call instead. Where nothing can be answered, an error says why.
"""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow.models
import mlflow.pyfunc
import numpy as np
import pandas as pd

from data.base.errors import HeadroomError, InvalidParameter
from training.artifact.published import Published, SeriesForecast
from training.tracking.model_input import FIELD, matching_forecast

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

INPUT = ("series_id", "period", "value")
OUTPUT = ("series_id", "period", "quantile", "value")
ON_ERROR = ("warn", "raise")
EXAMPLE_ROWS = 3


def example(published: Published) -> pd.DataFrame:
    """A long frame the version answers: the last figures of the first series it published."""
    row = published.meta.filter(published.meta["status"] == "available").row(0, named=True)
    forecast = published.forecast(row["series_id"])
    figures = sorted(published.history(forecast.series_id, forecast.freq).items())[-EXAMPLE_ROWS:]
    rows = [(forecast.series_id, period.start.isoformat(), value) for period, value in figures]
    return pd.DataFrame(rows, columns=list(INPUT))


class Ensemble(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow ships no types
    """Answers with the published bands of a version."""

    def load_context(self, context: mlflow.pyfunc.PythonModelContext) -> None:
        """Open the published directory; raises :class:`data.base.errors.ArtifactCorrupt` when a hash differs."""
        self.published = Published.load(Path(context.artifacts["published"]))

    def predict(
        self,
        context: mlflow.pyfunc.PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, object] | None = None,
    ) -> pd.DataFrame:
        """Bands of the series whose figures are repeated.

        Raises :class:`InvalidParameter` for a frame that is none, and where no series can be answered; with
        ``on_error`` ``raise`` the error of the first series that cannot be.
        """
        del context
        on_error = str((params or {}).get("on_error", ON_ERROR[0]))
        if on_error not in ON_ERROR:
            raise InvalidParameter("on_error", f"{on_error!r} is not known", allowed=ON_ERROR)
        _check(model_input)
        parts, faults = [], []
        for series_id, rows in model_input.groupby("series_id", sort=True, dropna=False, observed=True):
            try:
                if pd.isna(series_id):
                    raise InvalidParameter(FIELD, f"{len(rows)} rows name no series")
                pairs = list(zip(rows["period"], rows["value"], strict=True))
                parts.append(_bands(matching_forecast(self.published, str(series_id), pairs)))
            except HeadroomError as error:
                if on_error == "raise":
                    raise
                faults.append(str(error))
        if not parts:
            raise InvalidParameter(FIELD, f"no series can be answered: {'; '.join(faults)}")
        for fault in faults:
            warnings.warn(f"not answered: {fault}", UserWarning, stacklevel=2)
        return pd.concat(parts, ignore_index=True)


def _check(frame: object) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise InvalidParameter(FIELD, f"a pandas frame is read, not {type(frame).__name__}")
    missing = [name for name in INPUT if list(frame.columns).count(name) != 1]
    if missing:
        raise InvalidParameter(FIELD, f"{', '.join(missing)} must be a column once", allowed=INPUT)
    if frame.empty:
        raise InvalidParameter(FIELD, "the frame has no row")


def _bands(forecast: SeriesForecast) -> pd.DataFrame:
    """Published bands, long."""
    values = np.asarray(forecast.values)
    return pd.DataFrame(
        {
            "series_id": forecast.series_id,
            "period": np.repeat([period.start.isoformat() for period in forecast.periods], values.shape[1]),
            "quantile": np.tile([float(level) for level in forecast.levels], len(values)),
            "value": values.reshape(-1),
        },
        columns=list(OUTPUT),
    )


def signature() -> "ModelSignature":
    """Columns in and out; those that pandas reads as one of several types are of any, and judged here."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import AnyType

    text, number = DataType.string, DataType.double
    types = dict(zip(OUTPUT, (text, text, number, number), strict=True))
    return ModelSignature(
        inputs=Schema([ColSpec(AnyType(), name) for name in INPUT]),
        outputs=Schema([ColSpec(kind, name) for name, kind in types.items()]),
        params=ParamSchema([ParamSpec("on_error", DataType.string, ON_ERROR[0])]),
    )


mlflow.models.set_model(Ensemble())
