"""The registered model, as code: MLflow runs this file and hands it the published directory. Nothing is pickled.

Input: a long frame ``series_id, period, value``. Output: ``series_id, period, quantile, value`` from the first
unobserved period of each series on. A series the version published is answered with its published, calibrated bands;
rows of the input say which series are wanted and, by their last period, from when.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import mlflow.models
import mlflow.pyfunc
import numpy as np
import pandas as pd

from data.quantiles import Quantile
from training.published import Published

if TYPE_CHECKING:
    from mlflow.models import ModelSignature


def example(published: Published) -> pd.DataFrame:
    """A long frame the version can answer: the first series it published, at its last observed period."""
    row = published.meta.filter(published.meta["status"] == "available").row(0, named=True)
    forecast = published.forecast(row["series_id"])
    median = float(np.asarray(forecast.values)[0, forecast.levels.index(MEDIAN)])
    period = forecast.last_observed.start.isoformat()
    return pd.DataFrame({"series_id": [row["series_id"]], "period": [period], "value": [median]})


MEDIAN = Quantile(0.5)


class Ensemble(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow ships no types
    """Answers with the published bands of a version."""

    def load_context(self, context: mlflow.pyfunc.PythonModelContext) -> None:
        """Open the published directory; raises :class:`data.errors.ArtifactCorrupt` when a hash differs."""
        self.published = Published.load(Path(context.artifacts["published"]))

    def predict(
        self,
        context: mlflow.pyfunc.PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, object] | None = None,
    ) -> pd.DataFrame:
        """Bands of the wanted series after their last given period; raises NotFound for a series not published."""
        del context, params
        rows: list[dict[str, object]] = []
        for series_id, given in model_input.groupby("series_id", sort=True):
            forecast = self.published.forecast(str(series_id))
            after = str(max(given["period"]))[:10]
            bands = np.asarray(forecast.values)
            for index, period in enumerate(forecast.periods):
                if period.start.isoformat() > after:
                    rows += [
                        {
                            "series_id": series_id,
                            "period": period.start.isoformat(),
                            "quantile": float(level),
                            "value": float(bands[index, place]),
                        }
                        for place, level in enumerate(forecast.levels)
                    ]
        return pd.DataFrame(rows, columns=["series_id", "period", "quantile", "value"])


def signature() -> "ModelSignature":
    """Columns in and out."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    text, number = DataType.string, DataType.double
    return ModelSignature(
        inputs=Schema([ColSpec(text, "series_id"), ColSpec(text, "period"), ColSpec(number, "value")]),
        outputs=Schema(
            [
                ColSpec(text, "series_id"),
                ColSpec(text, "period"),
                ColSpec(number, "quantile"),
                ColSpec(number, "value"),
            ]
        ),
    )


mlflow.models.set_model(Ensemble())
