"""Plots an analyst looks at: a fan chart of each driver, coverage by class, errors by step."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.series import ModelSeries
from training.published import Published
from training.summary import summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN_POINTS = 40


def draw(published: Published, series: Mapping[str, ModelSeries], folder: Path) -> Path:
    """Write PNG files into ``folder`` and return it. Figures are objects: no global plotting state is touched."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in published.drivers:
        _save(folder / f"fan_{name}.png", partial(_fan, published=published, series=series[name]))
    _save(folder / "coverage.png", partial(_coverage, published=published))
    _save(folder / "error_by_step.png", partial(_error, published=published))
    _save(folder / "pit.png", partial(_pit, published=published))
    return folder


def _save(path: Path, paint: Callable[["Axes"], None]) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), dpi=90, layout="constrained")
    FigureCanvasAgg(figure)
    paint(figure.subplots())
    figure.savefig(path)


def _fan(axes: "Axes", published: Published, series: ModelSeries) -> None:
    forecast = published.forecast(series.series_id)
    days = np.array([period.start for period in forecast.periods], dtype="datetime64[D]")
    past = np.array([period.start for period in series.periods], dtype="datetime64[D]")
    values, levels = forecast.values, [float(level) for level in forecast.levels]
    for low, high, shade in ((0.05, 0.95, 0.2), (0.1, 0.9, 0.3), (0.25, 0.75, 0.4)):
        axes.fill_between(days, values[:, levels.index(low)], values[:, levels.index(high)], color="C0", alpha=shade)
    axes.plot(days, values[:, levels.index(0.5)], color="C0", label="median, 50/80/90 % bands")
    shown = slice(-SHOWN_POINTS, None)
    axes.plot(past[shown], series.values[shown], color="black", marker=".", label="observed")
    if bool((values > 0).all()) and bool((series.values > 0).all()):
        axes.set_yscale("log")
    axes.set_title(f"{series.series_id} ({series.unit})", fontsize=9)
    axes.set_xlabel(forecast.method, fontsize=6)
    axes.legend(fontsize=7)


def _coverage(axes: "Axes", published: Published) -> None:
    table = summary(published.scores)
    names = list(table)
    place = np.arange(len(names))
    for offset, share in ((-0.25, 50), (0.0, 80), (0.25, 95)):
        heights = [100 * table[name][f"coverage_{share}"] for name in names]
        axes.bar(place + offset, heights, width=0.25, label=f"{share} % band")
        axes.axhline(share, linewidth=0.5, color="gray")
    axes.set_xticks(place, names, rotation=40, fontsize=6, ha="right")
    axes.set_ylabel("% covered in the backtest")
    axes.legend(fontsize=7)


def _error(axes: "Axes", published: Published) -> None:
    table = (
        published.residuals.filter(pl.col("log_error").is_not_null())
        .group_by("freq", "growth", "step")
        .agg(pl.col("log_error").abs().mean())
        .sort("step")
    )
    for (freq, growth), part in sorted(table.partition_by("freq", "growth", as_dict=True).items()):
        axes.plot(part["step"], part["log_error"], marker=".", label=f"{freq} {growth}")
    axes.set_xlabel("steps ahead")
    axes.set_ylabel("mean absolute log error of the median")
    axes.legend(fontsize=7)


def _pit(axes: "Axes", published: Published) -> None:
    axes.hist(published.residuals["pit"].to_numpy(), bins=10, range=(0, 1), density=True)
    axes.axhline(1.0, color="gray", linewidth=0.8)
    axes.set_xlabel("probability integral transform")
    axes.set_ylabel("density (1 is calibrated)")
