"""Forecast answers: what training published for one series, in the envelope of the design."""

from math import isfinite
from typing import Any

from data.base.errors import NotFound
from data.base.layers import Confidence, Status
from data.catalogue.catalogue import SeriesInfo
from data.periods.period import Frequency
from data.periods.timestamps import with_rfc3339
from projection.edition.edition import Edition
from service.answers import rounded
from service.known import KnownSeries
from service.queries import ForecastQuery
from service.spans import Window
from training.artifact.published import Published, SeriesForecast, SeriesScores

MINIMUM = 8
"""Actual or estimate points at one frequency that a forecast needs."""


def document(
    series_id: str, query: ForecastQuery, *, known: KnownSeries, published: Published, edition: Edition | None
) -> dict[str, Any]:
    """The forecast of a series as JSON, or ``unavailable`` with the reason for a known one without.

    Raises:
        NotFound: neither the store nor the champion knows the series; ``allowed`` holds close matches.
    """
    head = {
        "series_id": series_id,
        "edition": edition.id if edition else None,
        "model_version": published.version,
        "issued": with_rfc3339(published.manifest["created"]),
        "data_as_of": published.data_as_of.isoformat(),
    }
    try:
        found = published.forecast(series_id, query.freq)
    except NotFound:
        return head | _unavailable(series_id, query, known=known, published=published)
    window = Window(query.first, query.last)
    reason = window.reason(found.periods, owner="The forecast")
    chosen = [index for index, level in enumerate(found.levels) if level in query.levels]
    points = [
        {
            "period": period.start.isoformat(),
            "quantiles": {str(found.levels[index]): rounded(float(row[index])) for index in chosen},
        }
        for period, row in zip(found.periods, found.values, strict=True)
        if window.holds(period)
    ]
    notes = [] if found.reduced is None else [found.reduced]
    if found.pseudo_vintage:
        notes.append("Scores rest on today's revisions of past figures (pseudo-vintage).")
    if note := window.note(found.periods, owner="The forecast"):
        notes.append(note)
    return head | _envelope(
        region=found.region,
        unit=found.unit,
        freq=found.freq,
        status=Status.AVAILABLE if reason is None else Status.UNAVAILABLE,
        reason=reason,
        confidence=_confidence(found) if reason is None else None,
        method=found.method,
        n_scores=found.n_scores,
        points=points,
        sources=list(found.sources),
        notes=notes,
        scores=[_scored(scores) for scores in published.scores_of(series_id, found.freq)],
    )


def _scored(scores: SeriesScores) -> dict[str, Any]:
    return {
        "ahead": scores.step_class,
        "rule": scores.rule,
        "n": scores.n,
        "crps_scaled": _known(scores.crps_scaled),
        "mase": _known(scores.mase),
        "smape": _known(scores.smape),
        "coverage": {share: rounded(value) for share, value in scores.coverage.items()},
    }


def _known(value: float | None) -> float | None:
    return rounded(value) if value is not None and isfinite(value) else None


def _confidence(found: SeriesForecast) -> Confidence:
    weak = found.reduced is not None or found.n_scores == 0 or found.pseudo_vintage
    return Confidence.WEAK if weak else Confidence.SUPPORTED


def _unavailable(series_id: str, query: ForecastQuery, *, known: KnownSeries, published: Published) -> dict[str, Any]:
    region, unit, sources = "", "", []
    reason = ""
    try:
        meta = published.series_meta(series_id, query.freq)
    except NotFound:
        try:
            other = published.series_meta(series_id)
        except NotFound:
            info = known.get(series_id, others=published.meta["series_id"].to_list())
            region, unit, sources = info.region, info.unit, list(info.sources)
            reason = _too_few(info)
        else:
            region, unit = other.region, other.unit
            reason = f"It is forecast at frequency {other.freq}, not at {query.freq}."
    else:
        region, unit = meta.region, meta.unit
        reason = meta.reason or "The champion gives no reason."
    return _envelope(
        region=region,
        unit=unit,
        freq=query.freq,
        status=Status.UNAVAILABLE,
        reason=reason,
        confidence=None,
        method=None,
        n_scores=None,
        points=[],
        sources=sources,
        notes=[],
        scores=[],
    )


def _too_few(info: SeriesInfo) -> str:
    most = max(info.observed.values(), default=0)
    return (
        f"It has {most} actual or estimate points at its fullest frequency; a forecast needs {MINIMUM} from one source "
        "that were known when the champion was trained."
    )


def _envelope(
    *,
    region: str,
    unit: str,
    freq: Frequency | None,
    status: Status,
    reason: str | None,
    confidence: Confidence | None,
    method: str | None,
    n_scores: int | None,
    points: list[dict[str, Any]],
    sources: list[str],
    notes: list[str],
    scores: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "region": region,
        "layer": None,
        "unit": unit,
        "unit_kind": None,
        "timing": None,
        "scenario": None,
        "demand_concept": None,
        "freq": None if freq is None else freq.value,
        "status": status.value,
        "confidence": None if confidence is None else confidence.value,
        "reason": reason,
        "method": method,
        "n_scores": n_scores,
        "band_floor": None,
        "scores": scores,
        "points": points,
        "sources": sources,
        "notes": notes,
    }
