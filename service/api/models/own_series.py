"""``POST /v1/forecasts``: forecasts of a client's own series, as ``headroom forecast`` makes them."""

import csv
import io
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

import polars as pl
from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException

from data.base.errors import InvalidParameter, NotFound
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency
from data.periods.text import excerpt
from data.user_files import DecimalMark
from features.user_series.aggregation import Aggregate
from features.user_series.jumps import OnJump
from service import problems
from service.base import body
from service.base.body import BodyModel
from service.base.query import Levels, Text, at_most, joined, one_of, whole_number
from service.base.response import NAME, ResponseModel
from service.base.routes import BODY_PROBLEMS, api_router, documented, form_of, get_table
from service.base.tables import FormQuery, write
from service.base.waiting import worked_out
from service.cache import JSON
from service.evaluations.own_series import OwnSeriesQuestion
from service.evaluations.pool import Evaluation, EvaluationPool
from service.negotiation import MEDIA_TYPES, Form

BODY_BYTES = 512 * 2**10
SERIES, POINTS, HORIZON, MEMBERS_LENGTH = 100, 10_000, 600, 200
"""Series and points of one body, periods ahead, and characters of names of members, at most."""
PLACE = "/v1/forecasts/own/"
CSV = MEDIA_TYPES[Form.CSV][0]
COLUMNS = ("series_id", "period", "value")

router = api_router("forecasts")


class OwnSeriesQuery(FormQuery):
    """How series are read and forecast; the options of ``headroom forecast``."""

    horizon: Annotated[
        int,
        whole_number("horizon", 1, HORIZON),
        Field(description="Periods ahead.", examples=[8]),
    ]
    quantiles: Levels = joined(FORECAST_LEVELS)
    members: Annotated[
        str | None,
        Text(lambda text: at_most("members", text, MEMBERS_LENGTH), {"type": "string", "maxLength": MEMBERS_LENGTH}),
        Field(description="Members to pool, separated by commas; by default those for the frequency."),
    ] = None
    freq: Annotated[
        str | None,
        one_of("freq", list(Frequency)),
        Field(description="The frequency, where dates alone do not show it."),
    ] = None
    decimal: Annotated[
        str | None,
        one_of("decimal", list(DecimalMark)),
        Field(description="The decimal mark of a file, where its numbers alone do not show it."),
    ] = None
    aggregate: Annotated[
        str | None,
        one_of("aggregate", list(Aggregate)),
        Field(description="What months are made of where steps are finer; by default such series are refused."),
    ] = None
    on_jump: Annotated[
        str,
        one_of("on_jump", list(OnJump)),
        Field(description="Where a value looks mistaken: set it aside and say so, refuse its series, or accept it."),
    ] = OnJump.WARN.value


class OwnPoint(BodyModel):
    """One figure of a series."""

    model_config = ConfigDict(strict=True)

    period: str = Field(description="As 2024, 2024Q3, 2024-07 or 2024-07-01.", examples=["2024-07"])
    value: float | None = Field(examples=[12.5])


class OwnSeries(BodyModel):
    """A series: periods beside values, or points."""

    model_config = ConfigDict(strict=True)

    series_id: str = Field(description="Its name in the answer.", examples=["racks"])
    periods: list[str] | None = Field(default=None, min_length=1, description="Periods, in the order of the values.")
    values: list[float | None] | None = Field(
        default=None, min_length=1, description="Values, in the order of the periods."
    )
    points: list[OwnPoint] | None = Field(default=None, min_length=1, description="Instead of both: points.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.points is None) is (self.periods is None or self.values is None):
            raise ValueError("give periods and values, or points")
        if self.points is None and len(self.periods or ()) != len(self.values or ()):
            raise ValueError("there are not as many values as periods")
        return self

    def rows(self) -> list[tuple[str, str, str]]:
        """Its rows as a file has them."""
        pairs = zip(self.periods or (), self.values or (), strict=True)
        points = pairs if self.points is None else ((point.period, point.value) for point in self.points)
        return [(self.series_id, period, "" if value is None else repr(value)) for period, value in points]


EXAMPLE = {
    "series_id": "racks",
    "periods": [str(year) for year in range(2015, 2026)],
    "values": [12.0, 14.0, 15.0, 19.0, 22.0, 24.0, 29.0, 33.0, 38.0, 46.0, 55.0],
}


class OwnSeriesRequest(BodyModel):
    """Series that are to be forecast."""

    series: list[OwnSeries] = Field(
        min_length=1, max_length=SERIES, description="Each under a name of its own.", examples=[[EXAMPLE]]
    )

    def content(self) -> bytes:
        """The file that says the same; raises :class:`InvalidParameter` for names that stand twice."""
        names = [one.series_id.strip() for one in self.series]
        faults = [
            InvalidParameter(f"series.{place}.series_id", f"{excerpt(name)} stands twice")
            for place, name in enumerate(names)
            if name in names[:place]
        ]
        if faults:
            raise InvalidParameter.of(faults)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([COLUMNS, *(row for one in self.series for row in one.rows())])
        return text.getvalue().encode()


class RefusedSeries(ResponseModel):
    """A series that is not forecast, and why."""

    series_id: str = Field(examples=["racks"])
    code: str = Field(description="Stable name of the reason.", examples=["not_a_number"])
    line: int | None = Field(
        description="Where it stands in the file; of JSON in the table that its points make, whose first line is 2.",
        examples=[23],
    )
    column: str | None = Field(description="The column at fault.", examples=["value"])
    message: str = Field(description="The same in words.", examples=["'x' is not a number"])


class SuspectValue(ResponseModel):
    """A value that looks mistaken."""

    period: str = Field(examples=["2024-07"])
    line: int = Field(description="Where it stands, as in refused.", examples=[8])
    value: float = Field(examples=[12500.0])
    factor: float = Field(
        description="How many times what its neighbours or its season suggest it is.", examples=[998.2]
    )


class OwnForecastPoint(ResponseModel):
    """Quantiles of one period."""

    period: str = Field(description="Written as the series writes its own.", examples=["2026-01"])
    quantiles: Annotated[dict[str, float], Field(json_schema_extra={NAME: "Band"})] = Field(
        examples=[{"0.1": 38.1, "0.5": 43.9, "0.9": 50.2}]
    )


class OwnForecast(ResponseModel):
    """The forecast of a series, and how it was made."""

    series_id: str = Field(examples=["racks"])
    freq: str = Field(description="A, H, Q or M.", examples=["M"])
    points: int = Field(description="Figures it rests on.", examples=[36])
    method: str = Field(examples=["weighted(ets_log,theta_log);prior(M,flat)"])
    weights: dict[str, float] = Field(description="Weights of the members pooled.", examples=[{"theta_log": 1.0}])
    dropped: dict[str, str] = Field(description="Members that were not pooled, with the reason.", examples=[{}])
    n_scores: int = Field(description="Past forecasts behind the widths.", examples=[1200])
    reduced: list[str] = Field(description="What this series had to do without, and why.", examples=[[]])
    notices: list[str] = Field(description="What was understood that its figures do not say.", examples=[[]])
    suspects: list[SuspectValue] = Field(description="Values that look mistaken.")
    forecast: list[OwnForecastPoint] = Field(description="From the first period after its figures.")


class OwnForecastsAnswer(ResponseModel):
    """Forecasts of a client's own series, or that they are under way."""

    name: str = Field(
        description="Of this answer: the same series and options have the same.",
        examples=["0a1b2c3d4e5f60718293a4b5c6d7e8f9"],
    )
    state: Literal["waiting", "done"] = Field(examples=["done"])
    series: list[OwnForecast] | None = Field(description="Those that are forecast; null while none is.")
    refused: list[RefusedSeries] = Field(description="Those that are not.")
    notices: list[str] = Field(description="What of the file was read over.", examples=[[]])
    seconds: float | None = Field(description="How long it took, once begun.", examples=[0.4])


def _pool(request: Request) -> EvaluationPool:
    """The processes that forecast; raises HTTPException 501 where the modelling libraries are not installed."""
    if request.app.state.serving.inputs.forecaster is None:
        detail = (
            "this service is installed without the modelling libraries (the extra train): install them where it runs, "
            "or run where they are installed: headroom forecast"
        )
        raise HTTPException(HTTPStatus.NOT_IMPLEMENTED, detail)
    pool: EvaluationPool = request.app.state.own_series
    return pool


def _answer(request: Request, evaluation: Evaluation, form: Form, query: FormQuery) -> Response:
    """The forecasts; 202 with the place where they will be while there are none."""
    if evaluation.error is not None:
        raise evaluation.error
    name = evaluation.question.name
    if evaluation.answer is None:
        form_query = f"?format={query.format}" if query.format else ""
        headers = {
            "Cache-Control": "no-store",
            "Location": f"{problems.prefix_of(request)}{PLACE}{name}{form_query}",
            "Retry-After": "1",
        }
        waiting = OwnForecastsAnswer(name=name, state="waiting", series=None, refused=[], notices=[], seconds=None)
        # A table without a row would be taken for one that nothing is to be added to.
        content = waiting.model_dump_json() if form is Form.JSON else b""
        return Response(content, HTTPStatus.ACCEPTED, headers, JSON if form is Form.JSON else None)
    (facts,) = evaluation.answer
    if not facts["series"]:
        raise InvalidParameter.of([_refusal(one) for one in facts["refused"]])
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    levels = [str(level) for level in facts["levels"]]
    if form is not Form.JSON:
        return Response(write(_rows(facts, levels), form), HTTPStatus.OK, headers, MEDIA_TYPES[form][0])
    series = [
        OwnForecast.of(one, forecast=_points(bands, levels), suspects=one["suspects"])
        for one, bands in zip(facts["series"], facts["bands"], strict=True)
    ]
    whole = OwnForecastsAnswer.of(facts, name=name, state="done", series=series)
    return Response(whole.model_dump_json(), HTTPStatus.OK, headers, JSON)


def _refusal(refused: Mapping[str, Any]) -> InvalidParameter:
    line = "" if refused["line"] is None else f", line {refused['line']}"
    series = f"{excerpt(refused['series_id'])}{line}: " if refused["series_id"] else ""
    return InvalidParameter(refused["column"] or "body", f"{series}{refused['message']} ({refused['code']})")


def _points(bands: Mapping[str, Any], levels: list[str]) -> list[OwnForecastPoint]:
    return [
        OwnForecastPoint(period=period, quantiles=dict(zip(levels, band, strict=True)))
        for period, band in zip(bands["periods"], bands["quantiles"].tolist(), strict=True)
    ]


def _rows(facts: Mapping[str, Any], levels: list[str]) -> pl.DataFrame:
    """A row a series, period and level, as the command writes them."""
    rows = [
        (one["series_id"], period, float(level), value)
        for one, bands in zip(facts["series"], facts["bands"], strict=True)
        for period, band in zip(bands["periods"], bands["quantiles"].tolist(), strict=True)
        for level, value in zip(levels, band, strict=True)
    ]
    kinds = {"series_id": pl.String, "period": pl.String, "quantile": pl.Float64, "value": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


@router.post(
    "/v1/forecasts",
    response_model=OwnForecastsAnswer,
    operation_id="forecastOwnSeries",
    summary="Forecasts of series of your own",
    responses=documented(*BODY_PROBLEMS, "evaluation_unavailable", "not_implemented", tables=True, cached=False)
    | {202: {"model": OwnForecastsAnswer, "description": "Under way; Location says where it will be."}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": OwnSeriesRequest.model_json_schema()},
                CSV: {
                    "schema": {
                        "type": "string",
                        "description": "A file with the columns series_id, period and value.",
                        "examples": [OwnSeriesRequest.model_validate({"series": [EXAMPLE]}).content().decode()],
                    }
                },
            },
        }
    },
)
async def forecast_own_series(request: Request, query: Annotated[OwnSeriesQuery, Query()]) -> Response:
    """Forecast series that are sent, with the members and widths that a public collection taught.

    Nothing of them is stored: the answer is kept in memory for fifteen minutes at most, under a name that only who has
    the series can tell. Series that cannot be forecast are refused one by one; where none can, the answer is 422.
    """
    form, pool = form_of(query, request.scope), _pool(request)
    content = await body.read_bytes(request, most=BODY_BYTES)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != CSV:
        try:
            document = body.decoded(content)
        except InvalidParameter as error:
            raise InvalidParameter("body", f"{error.message}; a file is sent with Content-Type: {CSV}") from None
        content = OwnSeriesRequest.read(document).content()
    question = OwnSeriesQuestion(content, **query.model_dump(exclude={"format"}))
    return _answer(request, await worked_out(request, pool, question), form, query)


@get_table(
    router,
    f"{PLACE}{{name}}",
    response_model=OwnForecastsAnswer,
    operation_id="getOwnForecasts",
    summary="Forecasts of own series that were asked for",
    responses=documented("not_found", "evaluation_unavailable", "not_implemented", tables=True, cached=False)
    | {202: {"model": OwnForecastsAnswer, "description": "Under way still."}},
)
async def own_forecasts(
    request: Request,
    name: Annotated[str, Path(description="The name the forecasts were answered with.")],
    query: Annotated[FormQuery, Query()],
) -> Response:
    """The forecasts as soon as there are any; they are kept for fifteen minutes at most."""
    evaluation = _pool(request).find(name)
    if evaluation is None:
        raise NotFound("forecast of own series", name, hint="ask again: only the last ones are kept, and not for long")
    return _answer(request, evaluation, form_of(query, request.scope), query)
