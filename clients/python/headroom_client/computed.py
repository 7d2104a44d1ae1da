"""What a service works out when it is asked: scenarios, what a target takes, and where a difference comes from."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from headroom_client.asking import Asking, Several, named, read
from headroom_client.models import (
    AttributionAnswer,
    EvaluatedDemand,
    EvaluationAnswer,
    EvaluationDraws,
    Layer,
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
