"""``/v1/forecasts/{series_id}``: what training published for one series."""

from collections.abc import Sequence
from datetime import date
from math import isfinite
from typing import Annotated, Any, Literal

import polars as pl
from fastapi import Depends, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator, Field

from data.base.errors import NotFound
from data.base.layers import Confidence
from data.base.quantiles import FORECAST_LEVELS, Quantile
from data.catalogue.catalogue import SeriesInfo
from data.catalogue.definitions import family_of
from projection.edition.edition import Edition
from service.api.figures.series import AnyFrequency, find_series
from service.api.models.gate_checks import GateCheck, checks
from service.base.query import DEFAULT, LEVELS_SCHEMA, EditionQuery, From, LevelsField, Text, To, joined, levels
from service.base.response import Band, Number, Recalled, Recalling, ResponseModel, Stamp, Status
from service.base.routes import Respond, api_router, documented, get_table
from service.base.tables import TableQuery, attributed, beside, blank, table
from service.base.window import Window
from service.named_models import NamedModels
from service.state import ServedData
from training.artifact.past_scores import class_scores, series_scores
from training.artifact.published import Published, SeriesForecast, SeriesMeta

MINIMUM = 8
"""Actual or estimate points at one frequency that a forecast needs."""
OWNER = "The forecast"

router = api_router("forecasts")


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


Score = Annotated[Number | None, BeforeValidator(_finite)]
"""A score; null where there is none."""


PUBLISHED_SCHEMA = LEVELS_SCHEMA | {"items": {"type": "string", "enum": list(map(str, FORECAST_LEVELS))}}


class ForecastQuery(EditionQuery, TableQuery):
    """A question about the forecast of one series; nothing is interpolated between the levels published."""

    freq: AnyFrequency = None
    first: From = None
    last: To = None
    quantiles: Annotated[
        str, Text(lambda text: joined(levels(text, published=FORECAST_LEVELS)), PUBLISHED_SCHEMA), LevelsField
    ] = DEFAULT


class ForecastPoint(ResponseModel):
    """Quantiles of one period."""

    period: date = Field(examples=["2026-04-01"])
    quantiles: Band = Field(examples=[{"0.1": 38.1, "0.5": 43.9, "0.9": 50.2}])


Ahead = Annotated[
    Literal["first", "year", "beyond"],
    Field(description="First step, up to a year ahead, or beyond.", examples=["year"]),
]
CoverageField = Annotated[
    dict[str, Number],
    Field(
        description="Share of steps inside the central 50, 80 and 95 % band.",
        examples=[{"50": 0.54, "80": 0.83, "95": 0.96}],
    ),
]
BiasField = Annotated[
    Number | None,
    Field(
        description="Mean logarithm of what came over the median; above zero, forecasts were too low. Null for a "
        "series that is not always positive.",
        examples=[0.08],
    ),
]


class ForecastScores(ResponseModel):
    """How past forecasts of the series did, at one distance and under one rule."""

    ahead: Ahead
    rule: Literal["strict", "pseudo_vintage"] = Field(examples=["pseudo_vintage"])
    n: int = Field(description="Scored steps.", examples=[24])
    crps_scaled: Score = Field(description="CRPS over the mean absolute change over a season.", examples=[0.61])
    mase: Score = Field(examples=[0.83])
    smape: Score = Field(examples=[9.4])
    coverage: CoverageField
    bias: BiasField


class ClassScores(ResponseModel):
    """How past forecasts of all series of the same frequency and growth class did, at one distance under one rule."""

    growth: Literal["fast", "slow", "raw"] = Field(
        description="More than 10 % a year, less, or not always positive.", examples=["fast"]
    )
    ahead: Ahead
    rule: Literal["strict", "pseudo_vintage"] = Field(examples=["strict"])
    n: int = Field(description="Scored steps.", examples=[310])
    n_series: int = Field(description="Distinct series.", examples=[14])
    coverage: CoverageField
    bias: BiasField


class LastFigure(ResponseModel):
    """The newest figure the forecast starts from."""

    period: date = Field(examples=["2026-07-01"])
    period_end: date = Field(examples=["2026-09-30"])
    age_days: int = Field(description="From the period's end to the day the figures are as of.", examples=[53])


class ForecastAnswer(ResponseModel):
    """Answer of ``/v1/forecasts/{series_id}``; keys that have no meaning for a plain series are null."""

    series_id: str = Field(examples=["alphabet.capex_cash"])
    edition: str | None = Field(
        description="The edition named, whose model this is the forecast of; else the one served, which may rest on "
        "an earlier model.",
        examples=["e-20261122-0a1b2c3d4e"],
    )
    recalled: Recalling = None
    model_version: str = Field(examples=["m-20261122-5f6a7b8c9d"])
    issued: Stamp = Field(examples=["2026-11-23T11:40:00Z"])
    data_as_of: date = Field(examples=["2026-11-22"])
    region: str = Field(examples=["WORLD"])
    layer: str | None = Field(default=None, description="Null: a plain series has none.")
    unit: str = Field(examples=["USD_billion"])
    unit_kind: str | None = Field(default=None, description="Null, likewise.")
    timing: Literal["end", "average", "total"] | None = Field(default=None, description="Null, likewise.")
    scenario: str | None = Field(default=None, description="Null, likewise.")
    demand_concept: str | None = Field(default=None, description="Null, likewise.")
    freq: Literal["A", "H", "Q", "M"] | None = Field(examples=["Q"])
    status: Status = Field(examples=["available"])
    confidence: Literal["supported", "weak"] | None = Field(
        default=None,
        description="weak when members were dropped, when no score calibrates the band, or scores are pseudo-vintage.",
        examples=["supported"],
    )
    reason: str | None = None
    method: str | None = Field(default=None, examples=["ensemble"])
    n_scores: int | None = Field(default=None, description="Backtest scores that calibrate the band.", examples=[24])
    scores: list[ForecastScores] = Field(description="Backtest of the ensemble on this series.")
    class_scores: list[ClassScores] = Field(
        default=[], description="Backtest on all series of its frequency and growth class; empty without scores."
    )
    last_figure: LastFigure | None = Field(default=None, description="Null without a forecast.")
    gate: list[GateCheck] = Field(
        default=[],
        description="Checks of the gate on the version, passed or not; empty where the ledger holds none.",
    )
    points: list[ForecastPoint]
    sources: list[str] = Field(examples=[["sec_capex_sanylee"]])
    notes: list[str] = Field(examples=[[]])


def answer(
    series_id: str, query: ForecastQuery, *, data: ServedData, published: Published, edition: Edition | None
) -> ForecastAnswer:
    """The forecast of a series, or ``unavailable`` with the reason for a known one without.

    Raises:
        NotFound: neither the store nor the champion knows the series; ``allowed`` holds close matches.
    """
    head: dict[str, Any] = {
        "series_id": series_id,
        "edition": edition.id if edition else None,
        "recalled": edition.recalled and Recalled.of(edition.recalled) if edition else None,
        "model_version": published.version,
        "issued": published.manifest["created"],
        "data_as_of": published.data_as_of,
    }
    try:
        forecast = published.forecast(series_id, query.freq)
    except NotFound:
        return ForecastAnswer(**head, freq=query.freq, **_without(series_id, query, data=data, published=published))
    window = Window(query.first, query.last)
    reason = window.reason(forecast.periods, owner=OWNER)
    notes = [note for note in (forecast.derivation, forecast.reduced) if note is not None]
    if forecast.pseudo_vintage:
        notes.append("Scores rest on today's revisions of past figures (pseudo-vintage).")
    if note := window.note(forecast.periods, owner=OWNER):
        notes.append(note)
    return ForecastAnswer(
        **head,
        region=forecast.region,
        unit=forecast.unit,
        freq=forecast.freq,
        status="available" if reason is None else "unavailable",
        reason=reason,
        confidence=_confidence(forecast) if reason is None else None,
        method=forecast.method,
        n_scores=forecast.n_scores,
        scores=[
            ForecastScores.of(scores, ahead=scores.step_class)
            for scores in series_scores(published, series_id, forecast.freq)
        ],
        class_scores=[
            ClassScores.of(scores, ahead=scores.step_class)
            for scores in class_scores(published, series_id, forecast.freq)
        ],
        last_figure=LastFigure(
            period=forecast.last_observed.start,
            period_end=forecast.last_observed.end,
            age_days=(published.data_as_of - forecast.last_observed.end).days,
        ),
        gate=checks(data.promotions, version=published.version),
        points=_points(forecast, query, window),
        sources=list(forecast.sources),
        notes=notes,
    )


def rows(answer: ForecastAnswer, chosen: Sequence[Quantile]) -> pl.DataFrame:
    """A row a period; without a forecast, one that says why."""
    about = ("series_id", "region", "unit", "freq", "status", "confidence", "reason", "edition", "model_version")
    head = {name: getattr(answer, name) for name in (*about, "issued", "data_as_of")}
    points = table(answer.points, ForecastPoint, bands=("quantiles",), levels=chosen)
    if not answer.points:
        points = blank(points.schema)
    frame = beside(points.select(pl.all().name.replace("^quantiles_", "")), **head)
    return attributed(frame.select("series_id", pl.exclude("series_id")), answer.sources)


def _points(forecast: SeriesForecast, query: ForecastQuery, window: Window) -> list[ForecastPoint]:
    places = [place for place, level in enumerate(forecast.levels) if level in levels(query.quantiles)]
    return [
        ForecastPoint(
            period=period.start, quantiles={str(forecast.levels[place]): float(row[place]) for place in places}
        )
        for period, row in zip(forecast.periods, forecast.values, strict=True)
        if window.holds(period)
    ]


def _confidence(forecast: SeriesForecast) -> Confidence:
    weak = forecast.reduced is not None or forecast.n_scores == 0 or forecast.pseudo_vintage
    return Confidence.WEAK if weak else Confidence.SUPPORTED


def _without(series_id: str, query: ForecastQuery, *, data: ServedData, published: Published) -> dict[str, Any]:
    """Fields of the answer where there is no forecast; raises :class:`NotFound` for an unknown series."""
    series: SeriesMeta | SeriesInfo
    sources: list[str] = []
    try:
        series = published.series_meta(series_id, query.freq)
        reason = series.reason or "The champion gives no reason."
    except NotFound:
        try:
            series = published.series_meta(series_id)
            reason = f"It is forecast at frequency {series.freq}, not at {query.freq}."
        except NotFound:
            series = find_series(data, series_id, others=published.meta["series_id"].to_list())
            sources = list(series.sources)
            reason = _product(series_id) or _too_few(series)
    return {
        "region": series.region,
        "unit": series.unit,
        "status": "unavailable",
        "reason": reason,
        "scores": [],
        "points": [],
        "sources": sources,
        "notes": [],
    }


def _product(series_id: str) -> str | None:
    family = family_of(series_id)
    return family and (
        f"It counts one product, whose sales begin and end with it, so its own past says nothing of what comes: "
        f"{family} is forecast for the family."
    )


def _too_few(info: SeriesInfo) -> str:
    most = max(info.observed.values(), default=0)
    return (
        f"It has {most} actual or estimate points at its fullest frequency; a forecast needs {MINIMUM} from one source "
        "that were known when the champion was trained."
    )


async def named_models(request: Request) -> NamedModels:
    """A dependency: model versions beside the champion."""
    models: NamedModels = request.app.state.models
    return models


Models = Annotated[NamedModels, Depends(named_models)]


def _of_edition(edition: Edition, data: ServedData, models: NamedModels) -> Published:
    """The model an edition rests on; raises :class:`NotFound` where it is not kept."""
    version = edition.manifest["model_version"]
    champion = data.published
    return champion if isinstance(champion, Published) and champion.version == version else models.model(version)


@get_table(
    router,
    "/v1/forecasts/{series_id}",
    response_model=ForecastAnswer,
    operation_id="getForecast",
    summary="The forecast of one series",
    responses=documented("not_found", "no_champion", "artifact_corrupt", tables=True),
)
def forecasts(series_id: str, query: Annotated[ForecastQuery, Query()], respond: Respond, models: Models) -> Response:
    """Calibrated quantiles from the first unobserved period, at the series' own frequency.

    They are the champion's or, where an edition is named, those of the model it rests on.
    """
    snapshot = respond.snapshot
    if query.edition is None and query.issued_before is None:
        published, edition = snapshot.data.champion(), snapshot.edition
    else:
        edition = respond.edition(query)
        published = _of_edition(edition, snapshot.data, models)
    return respond.table(
        query,
        lambda question: answer(series_id, question, data=snapshot.data, published=published, edition=edition),
        lambda document: rows(document, levels(query.quantiles)),
    )
