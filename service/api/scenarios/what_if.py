"""``/v1/what-if``: one cell under a scenario with levers on top, by its address: to be linked, and as a table."""

from collections.abc import Iterator, Mapping
from typing import Annotated

import polars as pl
from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field

from data.base.errors import InvalidParameter
from data.base.layers import Layer, Status
from data.base.quantiles import DEFAULT_LEVELS
from data.periods.period import Frequency, Period
from projection.cells.cells import REGIONS_ANSWERED, VERDICTS
from projection.inputs.overrides import BASE
from service.api.scenarios.evaluation import EvaluatedPoint, EvaluationAnswer, EvaluationRequest, answer_of
from service.api.scenarios.setting import Levers, Name, settings_of
from service.base.query import QueryModel, one_of
from service.base.routes import Respond, api_router, documented, get_table
from service.base.tables import TableQuery, level_column
from service.base.waiting import as_it_stands, evaluated
from service.evaluations.question import EvaluationQuestion

router = api_router("names")
TEXT, NUMBER, DAY = pl.String(), pl.Float64(), pl.Date()
BANDS = ("demand", "supply", "gap")
MEANS = ("p_short", "expected_shortfall")
SIDES = ("value", "base", "difference")


class CellQuery(QueryModel):
    """One cell."""

    region: Annotated[str, one_of("region", REGIONS_ANSWERED), Field(description="In any case.", examples=["US"])]
    layer: Annotated[
        Layer, one_of("layer", list(Layer)), Field(description="What can run short.", examples=[Layer.POWER])
    ]


class SettingQuery(CellQuery):
    """One cell, and the setting it is under."""

    scenario: Name = BASE.name
    levers: Levers = None

    def question(self, edition: str) -> EvaluationQuestion:
        """The question that ``POST /v1/scenarios:evaluate`` puts for the same; raises :class:`InvalidParameter`."""
        check_answered(self.region, self.layer)
        body = {
            "scenario": self.scenario,
            "levers": settings_of(self.levers),
            "region": self.region,
            "layers": [self.layer.value],
        }
        return EvaluationRequest.read(body).question(edition)


class WhatIfQuery(SettingQuery, TableQuery):
    """The same, and the form of the answer."""


def check_answered(region: str, layer: Layer) -> None:
    """Raise :class:`InvalidParameter` for a cell that no edition answers, with its reason."""
    status = VERDICTS.get((region, layer))
    if status is None or status.status is Status.UNAVAILABLE:
        reason = "" if status is None else f": {status.reason}"
        raise InvalidParameter("layer", f"{layer} of {region} is not answered{reason}")


def rows(answer: EvaluationAnswer, query: SettingQuery) -> pl.DataFrame:
    """A row a period: every number under the setting, in base, and the difference in the same draws.

    Of a cell that the setting does not affect there is one row, which says so.
    """
    head = {"region": TEXT, "layer": TEXT, "scenario": TEXT, "levers": TEXT, "unit": TEXT}
    sides = [f"{name}_{side}" for name in BANDS for side in SIDES]
    numbers = [level_column(side, level) for side in sides for level in DEFAULT_LEVELS]
    numbers += [f"{name}_{side}" for name in MEANS for side in SIDES]
    numbers += [f"{name}_p_sign" for name in (*BANDS, *MEANS)]
    schema = head | {"period": DAY, "period_end": DAY} | dict.fromkeys(numbers, NUMBER) | {"effect": TEXT}
    lines: list[dict[str, object]] = []
    for cell in answer.cells or ():
        same: dict[str, object] = {"region": cell.region, "layer": cell.layer, "unit": cell.unit, "effect": cell.effect}
        same |= {"scenario": query.scenario, "levers": query.levers, "edition": answer.against}
        lines += [same | dict(_numbers(point)) for point in cell.points] or [same]
    return pl.DataFrame(lines, schema=schema | {"edition": TEXT})


def _numbers(point: EvaluatedPoint) -> Iterator[tuple[str, object]]:
    yield from (("period", point.period), ("period_end", Period(point.period, Frequency.YEAR).end))
    for name in (*BANDS, *MEANS):
        compared = getattr(point, name)
        if compared is None:
            continue
        yield f"{name}_p_sign", compared.p_sign
        for side in SIDES:
            number = getattr(compared, side)
            if isinstance(number, Mapping):
                yield from ((level_column(f"{name}_{side}", level), number[str(level)]) for level in DEFAULT_LEVELS)
            else:
                yield f"{name}_{side}", number


@get_table(
    router,
    "/v1/what-if",
    response_model=EvaluationAnswer,
    operation_id="getWhatIf",
    summary="One cell under a setting, by its address",
    responses=documented("edition_missing", "evaluation_unavailable", tables=True)
    | {202: {"model": EvaluationAnswer, "description": "Under way; the same address answers when it is done."}},
)
async def what_if(request: Request, query: Annotated[WhatIfQuery, Query()], respond: Respond) -> Response:
    """The same numbers as `POST /v1/scenarios:evaluate` has, for every year of one cell, to be linked to."""
    edition = respond.snapshot.required_edition()
    evaluation = await evaluated(request, query.question(edition.id))
    answer = answer_of(evaluation)
    if evaluation.answer is None:
        return as_it_stands(answer, f"what-if?{request.url.query}", done=False)
    return respond.table(query, lambda _: answer, lambda whole: rows(whole, query))
