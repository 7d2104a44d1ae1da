"""What a service works out when it is asked: scenarios, targets, differences, and forecasts of series of your own."""

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import polars as pl

from headroom_client.asking import Asking, Several, named, read
from headroom_client.models import (
    AttributionAnswer,
    EvaluatedDemand,
    EvaluationAnswer,
    EvaluationDraws,
    Frequency,
    Layer,
    OwnForecastsAnswer,
    PeriodLength,
    Quantity,
    SolveAnswer,
)

PATIENCE = 120.0
"""Seconds that an answer is waited for unless one says otherwise."""


class Computed(Asking):
    """Questions whose answer is waited for."""

    async def evaluate(
        self,
        region: str,
        layers: Layer | Sequence[Layer],
        *,
        scenario: str | None = None,
        document: Mapping[str, Any] | None = None,
        levers: Mapping[str, float] | None = None,
        demand: EvaluatedDemand = "wanted",
        freq: PeriodLength = "year",
        from_: str | None = None,
        to: str | None = None,
        draws: EvaluationDraws = "full",
        patience: float = PATIENCE,
    ) -> EvaluationAnswer:
        """What a scenario does to a region, against base and draw by draw.

        Args:
            region: a code such as ``US``.
            layers: one or several.
            scenario: a name of :meth:`scenarios`; or instead of it
            document: a scenario of your own, and with either or alone
            levers: settings by name.
            demand: which reading of demand.
            freq: by year or by quarter.
            from_: the first period.
            to: the last.
            draws: ``preview`` is content with the first draws, which come at once.
            patience: seconds to wait; :class:`StillComputing` after them.
        """
        question = named(locals(), leave_out={"patience", "levers"})
        question |= {"layers": [layers] if isinstance(layers, str) else list(layers), "levers": dict(levers or {})}
        until = time.monotonic() + patience
        enough = {"done", "preview"} if draws == "preview" else {"done"}
        answer = read(EvaluationAnswer, await self.connection.post("/v1/scenarios:evaluate", question))
        while answer.state not in enough:
            await self.look_later(until, f"the evaluation {answer.evaluation}")
            place = f"/v1/scenarios/evaluations/{answer.evaluation}"
            answer = read(EvaluationAnswer, await self.connection.get(place))
        return answer

    async def solve(
        self,
        region: str,
        layer: Layer,
        period: str,
        lever: Several,
        *,
        p_short: float | None = None,
        gap: float | None = None,
        demand: EvaluatedDemand | None = None,
        scenario: str | None = None,
        patience: float = PATIENCE,
    ) -> SolveAnswer:
        """The least change of a lever after which the chance of a shortage, or the median gap, is at most that much.

        Args:
            region: a code such as ``US``.
            layer: one with a supply.
            period: a year or a quarter.
            lever: its name; with two, the second for settings of the first.
            p_short: the most that the chance of a shortage is to be; or instead of it
            gap: the most that the median gap is to be, in the unit of the layer.
            demand: which reading of demand.
            scenario: one that one starts from; base unless it is named.
            patience: seconds to wait; :class:`StillComputing` after them.
        """
        question = named(locals(), leave_out={"patience"})
        return read(SolveAnswer, await self.worked_out("/v1/solve", question, patience))

    async def attribution(
        self,
        region: str,
        layer: Layer,
        scenario: str,
        *,
        against: str | None = None,
        levers: Mapping[str, float] | None = None,
        period: str | None = None,
        demand: EvaluatedDemand | None = None,
        quantity: Quantity | None = None,
        assumptions: int | None = None,
        patience: float = PATIENCE,
    ) -> AttributionAnswer:
        """The difference between two scenarios, split by groups of drivers.

        Args:
            region: a code such as ``US``.
            layer: one with a supply.
            scenario: a name of :meth:`scenarios`.
            against: the one it is compared with; base unless it is named.
            levers: settings by name, on top of the scenario.
            period: a year or a quarter; every year unless it is named.
            demand: which reading of demand.
            quantity: what is split; every quantity unless it is named.
            assumptions: how many are moved one at a time, up to 20.
            patience: seconds to wait; :class:`StillComputing` after them.
        """
        question = named(locals(), leave_out={"patience", "levers"})
        question["levers"] = [f"{name}:{setting}" for name, setting in levers.items()] if levers else None
        return read(AttributionAnswer, await self.worked_out("/v1/attribution", question, patience))

    async def forecast_own(
        self,
        series: pl.DataFrame,
        horizon: int,
        *,
        quantiles: Sequence[float] | None = None,
        members: Several | None = None,
        freq: Frequency | None = None,
        aggregate: str | None = None,
        on_jump: str | None = None,
        patience: float = PATIENCE,
    ) -> OwnForecastsAnswer:
        """Forecasts of series of your own; those that cannot be forecast are listed with the reason.

        Args:
            series: columns ``series_id``, ``period`` (a day, or a text such as ``2024Q3``) and ``value``.
            horizon: periods ahead.
            quantiles: levels of the bands.
            members: models that are pooled.
            freq: where the days alone do not show it.
            aggregate: ``sum``, ``mean`` or ``last``, where months are to be made of hours, days or weeks.
            on_jump: ``warn``, ``refuse`` or ``accept``, where a value looks mistaken.
            patience: seconds to wait; :class:`StillComputing` after them.
        """
        parameters = named(locals(), leave_out={"series", "patience"})
        until = time.monotonic() + patience
        response = await self.connection.post("/v1/forecasts", {"series": _documents(series)}, parameters)
        while response.status_code == HTTPStatus.ACCEPTED:
            place = str(response.url.join(response.headers["Location"]))
            await self.look_later(until, place)
            response = await self.connection.get(place)
        return read(OwnForecastsAnswer, response)


def _documents(series: pl.DataFrame) -> list[dict[str, Any]]:
    """Each series with its periods and values, in the order of the frame."""
    texts = series.select("series_id", pl.col("period").cast(pl.String), pl.col("value").cast(pl.Float64))
    groups = texts.group_by("series_id", maintain_order=True).agg("period", "value")
    return groups.rename({"period": "periods", "value": "values"}).to_dicts()
