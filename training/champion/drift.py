"""Drift and staleness: whether what was learned since the champion was trained advises to train again.

Four questions are asked of the figures there are now: do new actuals leave the champion's bands on one side, time after
time (a cumulative sum of normal scores of their PIT, Page 1954); do the bands hold fewer of them than they claim; were
figures it learned from revised by much; and how old is what it knows. Nothing is retrained here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Frequency
from features.panel import with_forecasts
from features.series import ModelSeries
from features.view import View
from training.artifact.published import Published, SeriesForecast
from training.core import scores
from training.ensemble.dependence import normal_score

Floats = NDArray[np.float64]
SHOWN = 5
"""Series named in a sentence; the figures hold all of them."""


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What is still taken for chance.

    Attributes:
        slack: of the cumulative sum, in standard deviations; half the shift that is to be found.
        threshold: of the cumulative sum. Scores are held inside 2.33, so that no two periods alone can pass it.
        series_share: of the series with new actuals that may pass the threshold; a driver never may.
        coverage_80: least share of new actuals inside the 80 % bands; least_series: series needed to say so.
        revision: of a known figure, in half-widths of the 80 % band one step ahead.
        stale_days: from the figures the champion knows to today.
        driver_share: of the drivers that may have new periods.
    """

    slack: float = 0.5
    threshold: float = 4.0
    series_share: float = 0.1
    coverage_80: float = 0.65
    least_series: int = 20
    revision: float = 1.0
    stale_days: int = 120
    driver_share: float = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question: whether it advises to train again, in words and figures."""

    name: str
    advises: bool
    detail: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drift:
    """What was found about a version on figures up to a day."""

    version: str
    data_as_of: date
    findings: tuple[Finding, ...]

    @property
    def advised(self) -> bool:
        """Whether retraining is advised."""
        return any(finding.advises for finding in self.findings)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why, one sentence a finding that advises it."""
        return tuple(finding.detail for finding in self.findings if finding.advises)

    def report(self) -> dict[str, Any]:
        """As JSON values."""
        return {"advised": self.advised, "reasons": list(self.reasons), "findings": [asdict(f) for f in self.findings]}


def check(view: View, published: Published, *, today: date, tolerances: Tolerances | None = None) -> Drift:
    """Compare the figures known on a day with what a version expected of them.

    Args:
        view: the figures as known on the day that is compared.
        published: the champion.
        today: the day staleness is counted to.
        tolerances: what is taken for chance.
    """
    limits = tolerances or Tolerances()
    now, then = with_forecasts(view), with_forecasts(view.at(min(published.data_as_of, view.as_of)))
    forecasts = _forecasts(published, now)
    arrived = {name: _arrived(forecast, now[name]) for name, forecast in forecasts.items()}
    pits = {name: values for name, values in arrived.items() if values.size}
    drivers = frozenset(published.drivers)
    findings = (
        _sums(pits, drivers, limits),
        _coverage(pits, limits),
        _revisions(forecasts, now, then, drivers, limits),
        _staleness(published, pits, today, limits),
    )
    return Drift(published.version, view.as_of, findings)


def cusum(values: Floats, *, slack: float) -> float:
    """Largest one-sided cumulative sum of scores in order of time: positive upwards, negative downwards (Page 1954).

    >>> cusum(np.array([2.0, 2.0, 2.0]), slack=0.5)
    4.5
    """
    up = down = most = 0.0
    for value in values:
        up, down = max(0.0, up + float(value) - slack), max(0.0, down - float(value) - slack)
        most = max((most, up, -down), key=abs)
    return most


def _forecasts(published: Published, now: Mapping[str, ModelSeries]) -> dict[str, SeriesForecast]:
    rows = published.meta.filter(published.meta["status"] == "available").select("series_id", "freq").rows()
    return {
        name: published.forecast(name, Frequency(freq))
        for name, freq in sorted(rows)
        if name in now and now[name].freq.value == freq and now[name].unit == _unit(published, name)
    }


def _unit(published: Published, name: str) -> str:
    return published.series_meta(name).unit


def _arrived(forecast: SeriesForecast, series: ModelSeries) -> Floats:
    """PIT of the actuals that came since, in order of their periods."""
    places = {period: place for place, period in enumerate(forecast.periods)}
    pairs = [(places[p], value) for p, value in zip(series.periods, series.values, strict=True) if p in places]
    if not pairs:
        return np.empty(0)
    rows, values = [place for place, _ in pairs], np.array([value for _, value in pairs])
    return scores.pit(forecast.values[rows], observed=values, levels=forecast.levels)


def _sums(pits: Mapping[str, Floats], drivers: frozenset[str], limits: Tolerances) -> Finding:
    sums = {
        name: cusum(np.array([normal_score(float(value)) for value in ranks]), slack=limits.slack)
        for name, ranks in pits.items()
    }
    alarms = {name: value for name, value in sums.items() if abs(value) > limits.threshold}
    figures = {"series": len(sums), "out": alarms, "threshold": limits.threshold}
    out_drivers = sorted(drivers & alarms.keys())
    detail = f"{len(alarms)} of {len(sums)} series with new actuals have left their bands on one side"
    if out_drivers:
        return Finding(
            "bands", advises=True, detail=f"{detail}, drivers among them: {_list_text(out_drivers)}", figures=figures
        )
    if len(alarms) > limits.series_share * max(len(sums), 1):
        return Finding("bands", advises=True, detail=f"{detail}: {_list_text(sorted(alarms))}", figures=figures)
    return Finding("bands", advises=False, detail=detail, figures=figures)


def _coverage(pits: Mapping[str, Floats], limits: Tolerances) -> Finding:
    """Every series counts once: its periods share one forecast and its error."""
    if len(pits) < limits.least_series:
        detail = f"{len(pits)} series have new actuals, too few to judge coverage by"
        return Finding("coverage", advises=False, detail=detail, figures={"series": len(pits)})
    share = float(np.mean([np.mean((values >= 0.1) & (values <= 0.9)) for values in pits.values()]))  # noqa: PLR2004 - 80 %
    detail = f"the 80 % bands hold {100 * share:.0f} % of the new actuals of {len(pits)} series"
    return Finding(
        "coverage",
        advises=share < limits.coverage_80,
        detail=detail,
        figures={"series": len(pits), "coverage_80": share},
    )


def _revisions(
    forecasts: Mapping[str, SeriesForecast],
    now: Mapping[str, ModelSeries],
    then: Mapping[str, ModelSeries],
    drivers: frozenset[str],
    limits: Tolerances,
) -> Finding:
    """Largest change of a figure of the last year the champion saw, in half-widths of its first 80 % band."""
    sizes: dict[str, float] = {}
    for name, forecast in forecasts.items():
        if name not in then or then[name].freq is not forecast.freq:
            continue
        low, high = (forecast.values[0, _level(forecast, level)] for level in (0.1, 0.9))
        half = float(high - low) / 2
        before = dict(zip(then[name].periods, then[name].values, strict=True))
        recent = then[name].periods[-forecast.freq.per_year :]
        after = dict(zip(now[name].periods, now[name].values, strict=True))
        changes = [abs(float(after[period] - before[period])) for period in recent if period in after]
        if changes and half > 0:
            sizes[name] = max(changes) / half
    alarms = {name: size for name, size in sizes.items() if size > limits.revision}
    revised = sum(size > 0 for size in sizes.values())
    figures = {"series": len(sizes), "revised": revised, "out": alarms}
    detail = (
        f"{revised} of {len(sizes)} series were revised, {len(alarms)} by more than {limits.revision:g} half-widths"
    )
    out_drivers = sorted(drivers & alarms.keys())
    if out_drivers:
        return Finding(
            "revisions",
            advises=True,
            detail=f"{detail}, drivers among them: {_list_text(out_drivers)}",
            figures=figures,
        )
    if len(alarms) > limits.series_share * max(len(sizes), 1):
        return Finding("revisions", advises=True, detail=f"{detail}: {_list_text(sorted(alarms))}", figures=figures)
    return Finding("revisions", advises=False, detail=detail, figures=figures)


def _level(forecast: SeriesForecast, level: float) -> int:
    return int(np.argmin(np.abs(np.asarray(forecast.levels, dtype=np.float64) - level)))


def _staleness(published: Published, pits: Mapping[str, Floats], today: date, limits: Tolerances) -> Finding:
    days = (today - published.data_as_of).days
    drivers = sorted(set(published.drivers) & pits.keys())
    figures = {"days": days, "series_with_new_periods": len(pits), "drivers_with_new_periods": drivers}
    detail = f"the champion knows figures to {published.data_as_of}, {days} days ago"
    if days > limits.stale_days:
        return Finding("age", advises=True, detail=f"{detail}; {limits.stale_days} are allowed", figures=figures)
    if len(drivers) > limits.driver_share * len(published.drivers):
        return Finding(
            "age",
            advises=True,
            detail=f"{len(drivers)} of {len(published.drivers)} drivers have new periods",
            figures=figures,
        )
    return Finding("age", advises=False, detail=detail, figures=figures)


def _list_text(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
