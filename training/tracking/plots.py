"""Figures an analyst looks at: a fan chart of each driver, calibration, CRPS by horizon, both versions, coverage."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.series import ModelSeries
from training.artifact.published import Published
from training.backtest.summary import summary
from training.champion.comparison import by_series, pairs
from training.members.registry import BASELINES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

SHOWN_POINTS = 40
MARGINS = {"left": 0.11, "right": 0.98, "bottom": 0.14, "top": 0.92}


def draw(
    published: Published, series: Mapping[str, ModelSeries], folder: Path, *, champion: Published | None = None
) -> Path:
    """Write PNG files into ``folder`` and return it. Figures are objects: no global plotting state is touched.

    The figure of both versions is drawn where ``champion`` has a table of trials and shares steps with this one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in published.drivers:
        if name in series and published.series_meta(name).status == "available":
            _save(folder / f"fan_{name}.png", partial(_fan, published=published, series=series[name]))
    _save(folder / "coverage.png", partial(_coverage, published=published))
    _save(folder / "pit.png", partial(_pit, published=published))
    for rule in sorted(published.trials["rule"].unique()):
        _save(folder / f"crps_by_horizon_{rule}.png", partial(_crps, published=published, rule=rule))
    if champion is not None and "trials.parquet" in champion.manifest["files"]:
        shared = pairs(published.trials, champion.trials)
        if not shared.is_empty():
            names = (champion.version, published.version)
            _save(folder / "champion_against_challenger.png", partial(_against, shared=shared, names=names))
    return folder


def _save(path: Path, paint: Callable[["Axes"], None]) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Margins and titles by hand: a layout engine draws every figure twice, which is most of what logging would cost.
    figure = Figure(figsize=(7, 4), dpi=90)
    FigureCanvasAgg(figure)
    paint(figure.subplots(gridspec_kw=MARGINS))
    figure.savefig(path, pil_kwargs={"compress_level": 1})


def _log(scale: Callable[[str], None], axis: "Axis") -> None:
    """A logarithmic axis with plain numbers: powers set in mathematics take a fifth of a figure's time."""
    from matplotlib.ticker import FormatStrFormatter, NullFormatter

    scale("log")
    axis.set_major_formatter(FormatStrFormatter("%g"))
    axis.set_minor_formatter(NullFormatter())


def _fan(axes: "Axes", published: Published, series: ModelSeries) -> None:
    forecast = published.forecast(series.series_id)
    days = np.array([period.start for period in forecast.periods], dtype="datetime64[D]")
    past = np.array([period.start for period in series.periods], dtype="datetime64[D]")
    values, levels = forecast.values, [float(level) for level in forecast.levels]
    for low, high, shade in ((0.05, 0.95, 0.2), (0.1, 0.9, 0.3), (0.25, 0.75, 0.4)):
        axes.fill_between(days, values[:, levels.index(low)], values[:, levels.index(high)], color="C0", alpha=shade)
    axes.plot(days, values[:, levels.index(0.5)], color="C0", label="median, 50/80/90 % bands")
    points = slice(-SHOWN_POINTS, None)
    axes.plot(past[points], series.values[points], color="black", marker=".", label="observed")
    if bool((values > 0).all()) and bool((series.values > 0).all()):
        _log(axes.set_yscale, axes.yaxis)
    axes.set_title(f"{series.series_id} ({series.unit})", fontsize=9, y=1.0)
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
    axes.set_xticks(place, [name.replace("pseudo_vintage", "pseudo").replace(",", "\n") for name in names], fontsize=6)
    axes.set_ylabel("% covered in the backtest")
    axes.legend(fontsize=7)


def _crps(axes: "Axes", published: Published, rule: str) -> None:
    columns = ("crps", *BASELINES)
    table = (
        published.trials.filter(
            pl.col("rule") == rule, pl.col("scale") > 0, *(pl.col(name).is_finite() for name in BASELINES)
        )
        .group_by("freq", "step")
        .agg((pl.col(name) / pl.col("scale")).mean() for name in columns)
        .sort("step")
    )
    for place, ((freq,), part) in enumerate(sorted(table.partition_by("freq", as_dict=True).items())):
        for name, style in zip(columns, ("-", ":", "--"), strict=True):
            label = f"{freq} {'ensemble' if name == 'crps' else name}"
            axes.plot(part["step"], part[name], style, color=f"C{place}", marker=".", label=label)
    _log(axes.set_yscale, axes.yaxis)
    axes.set_title(rule, fontsize=9, y=1.0)
    axes.set_xlabel("steps ahead")
    axes.set_ylabel("CRPS over the seasonal difference")
    axes.legend(fontsize=6, ncols=2)


def _against(axes: "Axes", shared: pl.DataFrame, names: tuple[str, str]) -> None:
    for (rule,), part in sorted(shared.partition_by("rule", as_dict=True).items()):
        axes.plot(by_series(part, "champion_crps"), by_series(part, "crps"), ".", label=str(rule), alpha=0.7)
    low, high = axes.get_xlim()
    axes.plot([max(low, 1e-3), high], [max(low, 1e-3), high], color="gray", linewidth=0.8)
    _log(axes.set_xscale, axes.xaxis)
    _log(axes.set_yscale, axes.yaxis)
    axes.set_xlabel(f"{names[0]} (champion): CRPS over the seasonal difference, one dot a series")
    axes.set_ylabel(f"{names[1]} (challenger)")
    axes.set_title("below the line the challenger is better", fontsize=9, y=1.0)
    axes.legend(fontsize=7)


def _pit(axes: "Axes", published: Published) -> None:
    rules = published.residuals.partition_by("rule", as_dict=True)
    for (rule,), part in sorted(rules.items()):
        axes.hist(
            part["pit"].to_numpy(), bins=10, range=(0, 1), density=True, alpha=0.5, label=f"{rule}, n={part.height}"
        )
    if rules:
        axes.legend(fontsize=7)
    axes.axhline(1.0, color="gray", linewidth=0.8)
    axes.set_xlabel("probability integral transform")
    axes.set_ylabel("density (1 is calibrated)")
