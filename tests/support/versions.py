"""Small published versions with a table of trials, by training's own writer."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from data.user_files.substitutions import Substitutions
from training.artifact import publish
from training.artifact.published import DOCUMENTS, OPEN_MODELS, Published
from training.artifact.trials import TRIALS
from training.core import scores

LEVELS = np.asarray(FORECAST_LEVELS, dtype=np.float64)
NORMAL = np.array([-1.95996, -1.64485, -1.28155, -0.67449, 0.0, 0.67449, 1.28155, 1.64485, 1.95996])


def trials(
    *, series=30, origins=12, steps=4, bias=0.0, width=1.0, seed=7, rule="pseudo_vintage", revised=0.0, noise=0.0,
    baseline=1.5,
) -> pl.DataFrame:  # fmt: skip
    """Quarterly forecasts of noise: bands are those of a normal of that width around that bias.

    The actuals hang on ``seed`` alone, so two tables of one seed are about the same world.
    """
    world, series_rng = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    actual = world.normal(size=(series, origins, steps)) + revised
    centre = bias + noise * series_rng.normal(size=(series, origins, steps))
    bands = centre[..., None] + width * NORMAL
    crps = scores.crps(bands, observed=actual, levels=FORECAST_LEVELS)
    plain = scores.crps(baseline * NORMAL + 0 * bands, observed=actual, levels=FORECAST_LEVELS)
    first = Period(date(2020, 1, 1), Frequency.QUARTER)
    rows = [
        {
            "series_id": f"s{place:02d}",
            "freq": "Q",
            "growth": "raw",
            "rule": rule,
            "origin": first.shift(origin).start,
            "step": step + 1,
            "actual": actual[place, origin, step],
            "scale": 1.0,
            "quantiles": bands[place, origin, step].tolist(),
            "crps": crps[place, origin, step],
            "naive2": plain[place, origin, step],
            "drift": plain[place, origin, step],
        }
        for place in range(series)
        for origin in range(origins)
        for step in range(steps)
    ]
    return pl.DataFrame(rows, schema=TRIALS)


def version(
    models: Path,
    name: str,
    table: pl.DataFrame | None,
    *,
    data_as_of: str = "2026-11-23",
    names: tuple[str, ...] = ("s00",),
    unit: str = "MW",
    freq: str = "Q",
    drivers: tuple[str, ...] = (),
    forecasts: list[dict[str, object]] | None = None,
    shares: dict[str, object] | None = None,
    own_drivers: dict[str, str] | None = None,
) -> Published:
    """A version on disk that forecasts ``names``.

    Without a table it is one from before tables of trials, without ``shares`` from before the model layer.
    """
    head = {"freq": freq, "unit": unit, "region": "US", "last_observed": date(2026, 7, 1), "sources": ["x"]}
    meta = [
        head | {"series_id": one, "method": "m", "n_scores": 5, "reduced": None, "pseudo_vintage": True,
                "status": "available", "reason": None}
        for one in names
    ]  # fmt: skip
    rows = forecasts or [
        {"series_id": one, "freq": "Q", "period": date(2026, 10, 1), "level": float(level), "value": 10 + float(level)}
        for one in names
        for level in FORECAST_LEVELS
    ]
    history = [(one, freq, date(2026, 7, 1), 10.0) for one in names]
    frames = {
        "history": pl.DataFrame(history, schema=publish.HISTORY, orient="row"),
        "forecasts": pl.DataFrame(rows, schema=publish.FORECASTS),
        "forecast_meta": pl.DataFrame(meta),
        "residuals": pl.DataFrame(schema=publish.RESIDUALS),
        "scores": pl.DataFrame(schema=publish.SCORES),
        "drops": pl.DataFrame(schema=publish.DROPS),
    } | ({} if table is None else {"trials": table})
    manifest = {
        "data_as_of": data_as_of,
        "data_sha256": "d" * 64,
        "scope": "public",
        "code": {"version": "0.1.0", "sha256": "c" * 64},
        "libraries": {"numpy": "2"},
        "members": ["naive2", "drift"],
        "seed": 1,
        "origins": 12,
        "drivers": list(drivers),
        "created": f"{data_as_of}T00:00:00+00:00",
        **Substitutions(own_drivers or {}).facts(),
    }
    documents: dict[str, dict[str, object]] = {document: {} for document in DOCUMENTS}
    if shares is not None:
        documents[OPEN_MODELS] = shares
    place = publish.write(models, version=name, manifest=manifest, frames=frames, documents=documents)
    return Published.load(place)
