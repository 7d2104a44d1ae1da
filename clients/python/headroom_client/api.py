"""What can be asked, each a method: parameters are named as in docs/api.md of the service, but for ``from_``.

Lists are returned whole. ``edition`` (an id) and ``issued_before`` (a day or a moment) ask for the answer as an earlier
edition gave it. Every method raises :class:`headroom_client.errors.HeadroomError`; see there for its kinds.
"""

import io
import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any, TypeVar

import httpx2
import polars as pl
from pydantic import BaseModel, ValidationError

from headroom_client.connection import Connection, Value
from headroom_client.errors import StillComputing, UnexpectedAnswer
from headroom_client.events import Event
from headroom_client.models import (
    AttributionAnswer,
    ClaimAnswer,
    ClaimItem,
    ClaimList,
    ComputeBasis,
    DemandConcept,
    EditionItem,
    EditionList,
    EvaluatedDemand,
    EvaluationAnswer,
    EvaluationDraws,
    FigureKind,
    Frequency,
    GapAnswer,
    Layer,
    PeriodLength,
    Quantity,
    ScenarioAnswer,
    ScenarioItem,
    ScenarioList,
    ScoreState,
    Shape,
    SolveAnswer,
    Status,
    VintageRule,
    YearOrQuarter,
)

ARROW = "application/vnd.apache.arrow.file"
PARQUET = "application/vnd.apache.parquet"
PATIENCE = 120.0
"""Seconds that an evaluation is waited for unless one says otherwise."""
BEGIN = "events.begin"
"""Type of the message that says after which event a stream begins: the connection goes on from it."""
LOOK_SECONDS = 0.5
"""Seconds between two looks at an evaluation."""

Answer = TypeVar("Answer", bound=BaseModel)
Several = str | Sequence[str]


class Api:
    """The questions, as coroutines.

    Args:
        connection: the service they are put to.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def gap(
        self,
        layer: Layer,
        region: str | None = None,
        *,
        sum: Several | None = None,  # noqa: A002 - as the API has it
        minus: Several | None = None,
        scenario: str | None = None,
        demand: DemandConcept | None = None,
        freq: YearOrQuarter | None = None,
        from_: str | None = None,
        to: str | None = None,
        quantiles: Sequence[float] | None = None,
        above: Sequence[float] | None = None,
        basis: ComputeBasis | None = None,
        unit: str | None = None,
        edition: str | None = None,
        issued_before: date | str | None = None,
    ) -> GapAnswer:
        """Demand, deliverable supply and the gap between them, for one cell.

        Args:
            layer: what can run short.
            region: a code such as ``US``; or instead of it
            sum: regions that are added draw by draw, and beside it
            minus: regions inside of the sum that are taken away.
            scenario: base unless it is named.
            demand: which reading of demand; wanted unless it is named.
            freq: A by year, which is the default, or Q by quarter.
            from_: the first period, such as ``2028`` or ``2028Q3``.
            to: the last.
            quantiles: levels of the bands, strictly between 0 and 1.
            above: thresholds x of P(gap > x), in the unit of the answer.
            basis: the precision H100 equivalents are counted at (compute only).
            unit: one that the layer's unit converts to.
            edition: see the module, as
            issued_before: too.

        Returns:
            One point a period; bands by level (``point.gap["0.5"]``), in ``unit``. A cell without an answer has none,
            and ``reason`` says why.
        """
        parameters = _named(locals())
        return _read(GapAnswer, await self._connection.get("/v1/gaps", parameters))

    async def gaps(
        self,
        layer: Layer | Sequence[Layer],
        region: Several | None = None,
        *,
        sum: Several | None = None,  # noqa: A002 - as the API has it
        minus: Several | None = None,
        scenario: Several | None = None,
        demand: DemandConcept | Sequence[DemandConcept] | None = None,
        freq: YearOrQuarter | None = None,
        from_: str | None = None,
        to: str | None = None,
        quantiles: Sequence[float] | None = None,
        above: Sequence[float] | None = None,
        basis: ComputeBasis | None = None,
        unit: str | None = None,
        shape: Shape | None = None,
        fields: Sequence[str] | None = None,
        edition: str | None = None,
        issued_before: date | str | None = None,
    ) -> pl.DataFrame:
        """The same for up to 50 cells, as a table: every combination of the regions, layers, scenarios and readings.

        Returns:
            A row a cell and period with a column a level, such as ``gap_p50``; with the shape ``long`` a row a number.
            A cell without an answer has one row with the ``reason``.
        """
        return await self._frame("/v1/gaps", _named(locals()))

    async def coverage(
        self,
        *,
        region: str | None = None,
        layer: Layer | None = None,
        demand: DemandConcept | None = None,
        status: Status | None = None,
        edition: str | None = None,
        issued_before: date | str | None = None,
    ) -> pl.DataFrame:
        """Which cells are answered: a row a cell with its status, its reason, and its first and last periods."""
        return await self._frame("/v1/coverage", _named(locals()))

    async def draws(
        self, region: str, layer: Layer, demand: DemandConcept = "wanted", *, edition: str | None = None
    ) -> pl.LazyFrame:
        """Every draw of a cell in base: a row a draw, a column a quantity and period, as ``supply_2028Q3``.

        The file is fetched whole, once for an edition; columns are read from it when they are used.
        """
        if edition is None:
            manifest = (await self._connection.get("/v1/editions/latest")).json()
            edition = manifest["id"]
        path = f"/v1/editions/{edition}/draws/{region}.{layer}.{demand}.parquet"
        response = await self._connection.get(path, accept=PARQUET)
        return pl.scan_parquet(io.BytesIO(response.content))

    async def series(
        self,
        *,
        region: str | None = None,
        metric: str | None = None,
        kind: FigureKind | None = None,
        q: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> pl.DataFrame:
        """The catalogue: a row a series; ``q`` are words that must all occur in its id, title, metric or unit."""
        return await self._frame("/v1/series", _named(locals()))

    async def observations(
        self,
        series: Several,
        *,
        as_of: date | str | None = None,
        rule: VintageRule | None = None,
        include_history: bool | None = None,
        freq: Frequency | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> pl.DataFrame:
        """Figures of up to 100 series as they were known on the day ``as_of``: a row a period, source and scenario.

        With ``include_history`` every vintage has a row.
        """
        return await self._frame("/v1/observations", _named(locals()))

    async def scoreboard(
        self,
        *,
        region: str | None = None,
        layer: Layer | None = None,
        by: str | None = None,
        edition: str | None = None,
        state: ScoreState | None = None,
    ) -> pl.DataFrame:
        """Projections of other people and of Headroom, with what came of them: a row a projection."""
        return await self._frame("/v1/scoreboard", _named(locals()))

    async def claims(self, *, edition: str | None = None, issued_before: date | str | None = None) -> list[ClaimItem]:
        """What is said about data centers, each sentence with its verdict and the numbers behind it."""
        pages = await self._pages(ClaimList, "/v1/claims", _named(locals()))
        return [claim for page in pages for claim in page.items]

    async def claim(
        self, claim: str, *, edition: str | None = None, issued_before: date | str | None = None
    ) -> ClaimAnswer:
        """One claim, with what every edition said of it."""
        parameters = {"edition": edition, "issued_before": issued_before}
        return _read(ClaimAnswer, await self._connection.get(f"/v1/claims/{claim}", parameters))

    async def scenarios(
        self, *, edition: str | None = None, issued_before: date | str | None = None
    ) -> list[ScenarioItem]:
        """What can happen instead of base."""
        pages = await self._pages(ScenarioList, "/v1/scenarios", _named(locals()))
        return [scenario for page in pages for scenario in page.items]

    async def scenario(self, name: str) -> ScenarioAnswer:
        """One scenario, with each number it replaces and why."""
        return _read(ScenarioAnswer, await self._connection.get(f"/v1/scenarios/{name}"))

    async def editions(self) -> list[EditionItem]:
        """Every edition, the last issued first."""
        pages = await self._pages(EditionList, "/v1/editions", {})
        return [edition for page in pages for edition in page.items]

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
        question = _named(locals(), leave_out={"patience", "levers"})
        question |= {"layers": [layers] if isinstance(layers, str) else list(layers), "levers": dict(levers or {})}
        until = time.monotonic() + patience
        enough = {"done", "preview"} if draws == "preview" else {"done"}
        answer = _read(EvaluationAnswer, await self._connection.post("/v1/scenarios:evaluate", question))
        while answer.state not in enough:
            await self._look_later(until, f"the evaluation {answer.evaluation}")
            place = f"/v1/scenarios/evaluations/{answer.evaluation}"
            answer = _read(EvaluationAnswer, await self._connection.get(place))
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
        question = _named(locals(), leave_out={"patience"})
        return _read(SolveAnswer, await self._worked_out("/v1/solve", question, patience))

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
        question = _named(locals(), leave_out={"patience", "levers"})
        question["levers"] = [f"{name}:{setting}" for name, setting in levers.items()] if levers else None
        return _read(AttributionAnswer, await self._worked_out("/v1/attribution", question, patience))

    async def watch(self, *, after: int | None = None) -> AsyncGenerator[Event]:
        """What happens, as it happens and without an end; a stream that breaks off is gone on with.

        Args:
            after: begin with the events after this id, 0 for all there are; None begins with new ones.
        """
        async for message in self._connection.events("/v1/events", after=after):
            if message.event != BEGIN:
                yield Event.read(message)

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.transport.close()

    async def _frame(self, path: str, parameters: Mapping[str, Value]) -> pl.DataFrame:
        frames = []
        response = await self._connection.get(path, parameters, ARROW)
        frames.append(_table(response))
        while "next" in response.links:
            following = response.url.join(response.links["next"]["url"])
            response = await self._connection.get(str(following), accept=ARROW)
            frames.append(_table(response))
        return pl.concat(frames)

    async def _pages(self, model: type[Answer], path: str, parameters: Mapping[str, Value]) -> list[Answer]:
        response = await self._connection.get(path, parameters)
        pages = [_read(model, response)]
        while "next" in response.links:
            response = await self._connection.get(str(response.url.join(response.links["next"]["url"])))
            pages.append(_read(model, response))
        return pages

    async def _worked_out(self, path: str, parameters: Mapping[str, Value], patience: float) -> httpx2.Response:
        """The answer of a path that is 202 until it has been worked out."""
        until = time.monotonic() + patience
        response = await self._connection.get(path, parameters)
        while response.status_code == HTTPStatus.ACCEPTED:
            await self._look_later(until, str(response.url))
            response = await self._connection.get(path, parameters)
        return response

    async def _look_later(self, until: float, subject: str) -> None:
        if time.monotonic() + LOOK_SECONDS > until:
            raise StillComputing(f"{subject} is not done yet; ask again later")
        await self._connection.transport.sleep(LOOK_SECONDS)


def _named(arguments: Mapping[str, Any], *, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """The arguments of a method, by the names of the API."""
    names = {"from_": "from"}
    return {
        names.get(name, name): value
        for name, value in arguments.items()
        if name != "self" and name not in leave_out and value is not None
    }


def _read(model: type[Answer], response: httpx2.Response) -> Answer:
    try:
        return model.model_validate_json(response.content)
    except ValidationError as fault:
        raise UnexpectedAnswer(f"{response.url} answered what is no {model.__name__}: {fault}") from fault


def _table(response: httpx2.Response) -> pl.DataFrame:
    try:
        return pl.read_ipc(response.content)
    except pl.exceptions.PolarsError as fault:
        raise UnexpectedAnswer(f"{response.url} answered what is no table: {fault}") from fault
