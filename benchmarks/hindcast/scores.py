"""Scores of the domain hindcast: classes of forecasts with their intervals, duels counted, growth of error.

An interval is a 95 % bootstrap interval over series: series are drawn with replacement and each brings all its
forecasts, because a series' misses come together. Under :data:`LEAST_SERIES` series none is given. Relative CRPS is the
geometric mean over series of mean CRPS over Naive2's on the same figures.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from projection.inputs.expert_errors import ExpertErrors
from training.hindcast import ROWS

Floats = NDArray[np.float64]
DRAWS, SEED = 1000, 20261124
LEAST_SERIES = 5
ELECTRICITY = ("us.datacenter.electricity", "world.datacenter.electricity")
ERCOT = "us-ercot.load.summer_peak_actual"
EVIDENCE_YEARS = 5.1
IN_USE = ExpertErrors.shipped()
"""Spread of experts' errors that the model error is made of."""


@dataclass(frozen=True)
class Figure:
    """A score with its interval; the ends are NaN where there are too few series for one."""

    value: float
    low: float
    high: float

    def text(self, digits: int) -> str:
        """``0.85 [0.80, 0.91]``; a dash where nothing could be scored."""
        if math.isnan(self.value):
            return "-"
        ends = "" if math.isnan(self.low) else f" [{self.low:.{digits}f}, {self.high:.{digits}f}]"
        return f"{self.value:.{digits}f}{ends}"


@dataclass(frozen=True)
class Cell:
    """Scores of one class of forecasts; errors are medians of absolute log errors, shares are in percent."""

    rows: int
    series: int
    error: Figure
    naive: float
    crps: Figure
    inside80: Figure
    inside95: Figure


def figure(groups: Sequence[Floats], statistic: Callable[[Floats], float]) -> Figure:
    """A statistic of all rows, with its bootstrap interval over the groups."""
    full = [group for group in groups if group.size]
    if not full:
        return Figure(math.nan, math.nan, math.nan)
    value = statistic(np.concatenate(full))
    if len(full) < LEAST_SERIES:
        return Figure(value, math.nan, math.nan)
    rng = np.random.default_rng(SEED)
    places = rng.integers(0, len(full), (DRAWS, len(full)))
    resampled = [statistic(np.concatenate([full[place] for place in row])) for row in places]
    low, high = np.quantile(resampled, (0.025, 0.975))
    return Figure(value, float(low), float(high))


def cell(rows: pl.DataFrame) -> Cell:
    """The scores of some forecasts."""
    parts = rows.partition_by("series_id", maintain_order=True)

    def columns(name: str, *, size: bool = False) -> list[Floats]:
        figures = [part[name].drop_nulls().cast(pl.Float64).to_numpy() for part in parts]
        return [np.abs(values) for values in figures] if size else figures

    naive = np.concatenate(columns("naive_log_error", size=True) or [np.zeros(0)])
    return Cell(
        rows=rows.height,
        series=len(parts),
        error=figure(columns("log_error", size=True), _median),
        naive=_median(naive) if naive.size else math.nan,
        crps=figure([_relative(part) for part in parts], lambda logs: math.exp(float(logs.mean()))),
        inside80=figure(columns("covered80"), percent),
        inside95=figure(columns("covered95"), percent),
    )


def _median(values: Floats) -> float:
    return float(np.median(values))


def percent(values: Floats) -> float:
    """A mean of shares, in percent."""
    return 100.0 * float(values.mean())


def _relative(part: pl.DataFrame) -> Floats:
    """Log of a series' mean CRPS over Naive2's, one number; none where either is missing or zero."""
    both = part.drop_nulls(["crps_scaled", "naive_crps_scaled"])
    ours, theirs = (float(both[name].to_numpy().sum()) for name in ("crps_scaled", "naive_crps_scaled"))
    return np.array([math.log(ours / theirs)]) if ours > 0 and theirs > 0 else np.zeros(0)


def cells(rows: pl.DataFrame, by: Sequence[str]) -> dict[tuple[Any, ...], Cell]:
    """Cells by the values of some columns, in their order."""
    parts = rows.sort(*by, "series_id", "day", "years").partition_by(*by, as_dict=True, maintain_order=True)
    return {key: cell(part) for key, part in parts.items()}


def closer(one: Mapping[str, Any]) -> str:
    """Who was closer by absolute log error: ``they``, ``we``, or a dash where we had nothing to say."""
    if one["ours"] is None:
        return "-"
    return "we" if abs(one["ours"]) < abs(one["theirs"]) else "they"


def tallies(duels: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Duels counted by forecaster and figure; only those in which we had a forecast."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in duels:
        if one["ours"] is not None:
            groups.setdefault((one["by"], one["series_id"]), []).append(one)
    return [
        {
            "by": by,
            "series_id": series_id,
            "n": len(group),
            "targets": len({one["target"] for one in group}),
            "ours_closer": sum(closer(one) == "we" for one in group),
            "theirs": float(np.median([abs(one["theirs"]) for one in group])),
            "ours": float(np.median([abs(one["ours"]) for one in group])),
            "inside": sum(bool(one["inside"]) for one in group),
        }
        for (by, series_id), group in sorted(groups.items())
    ]


def growth_of_error(pairs: Sequence[tuple[float, float]]) -> float:
    """s1 of s(h)^2 = level^2 + (s1 h)^2 by least squares on squared errors about zero; (horizon, log error) pairs.

    Zero where the errors are smaller than the level error alone explains.
    """
    horizons = np.array([pair[0] for pair in pairs])
    errors = np.array([pair[1] for pair in pairs])
    slope = float((horizons**2 @ (errors**2 - IN_USE.level**2)) / (horizons**4).sum())
    return math.sqrt(max(slope, 0.0))


def growths(board: Sequence[Mapping[str, Any]]) -> list[tuple[str, int, float, float, float]]:
    """Name, pairs, s1 and its range when one pair is left out, by family of verified pairs."""
    scored = [one for one in board if one["log_error"] is not None and 0 < one["horizon"] <= EVIDENCE_YEARS]
    families = {
        "data-center electricity": [one for one in scored if is_electricity(one["later_series"])],
        "everything but ERCOT's peak": [one for one in scored if one["later_series"] != ERCOT],
        "ERCOT's summer peak": [one for one in scored if one["later_series"] == ERCOT],
    }
    rows = []
    for name, family in families.items():
        pairs = [(one["horizon"], one["log_error"]) for one in family]
        if len(pairs) > 1:
            apart = [growth_of_error(pairs[:place] + pairs[place + 1 :]) for place in range(len(pairs))]
            rows.append((name, len(pairs), growth_of_error(pairs), min(apart), max(apart)))
    return rows


def is_electricity(series_id: str) -> bool:
    """Whether a series is data-center electricity of the US or the world, by any publisher."""
    return any(series_id == name or series_id.startswith(f"{name}.") for name in ELECTRICITY)


def by_region(duels: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Lines by region, each by day and years ahead."""
    regions = sorted({one["region"] for one in duels})
    order = {name: [one for one in duels if one["region"] == name] for name in regions}
    return {name: sorted(part, key=lambda one: (one["day"], one["years"])) for name, part in order.items()}


def size(duels: Sequence[Mapping[str, Any]], name: str) -> float:
    """The median of the absolute values of a column."""
    return float(np.median([abs(one[name]) for one in duels]))


def frame(results: Mapping[str, Any]) -> pl.DataFrame:
    """The scored rows of a file of results."""
    text = [name for name, kind in ROWS.items() if kind is pl.Date]
    schema = {name: pl.String if name in text else kind for name, kind in ROWS.items()}
    return pl.DataFrame(results["rows"], schema=schema, orient="row").with_columns(pl.col(text).str.to_date())
