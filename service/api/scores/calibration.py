"""``/v1/calibration``: whether bands hold what they say, of single series and of editions."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from projection.scoreboard.board import Board
from projection.scoreboard.own_calibration import own_calibration
from service.api.scores.summary import LeadName
from service.base.query import QueryModel, one_of
from service.base.response import Chance, Number, ResponseModel
from service.base.routes import Respond, api_router, documented
from service.state import Snapshot
from training.artifact.past_calibration import RULES, calibrations
from training.artifact.published import Published

router = api_router("figures")


class CalibrationQuery(QueryModel):
    """Filters of the calibration."""

    rule: Annotated[
        str | None,
        one_of("rule", list(RULES)),
        Field(
            description="Only forecasts made on figures known by their day of publication (strict), or on the latest "
            "figures of periods that were over (pseudo_vintage)."
        ),
    ] = None


Coverage = Annotated[
    dict[str, Chance],
    Field(description="Share inside the central band, by its share.", examples=[{"0.5": 0.48, "0.8": 0.79}]),
]
Histogram = Annotated[
    list[int],
    Field(
        description="Number by tenth of the probability integral transform, ascending: flat where bands are right, "
        "high at both ends where they are too narrow.",
        examples=[[9, 11, 10, 10, 12, 8, 9, 11, 10, 10]],
    ),
]


class SeriesCalibration(ResponseModel):
    """The backtest of the current model on the series of a class."""

    growth: Literal["fast", "slow", "raw"] = Field(
        description="Class of the series at the origin; raw is not forecast in logarithms.", examples=["fast"]
    )
    freq: str = Field(examples=["Q"])
    step_class: Literal["first", "year", "beyond"] = Field(
        description="The next period; up to a year ahead; beyond.", examples=["year"]
    )
    rule: Literal["strict", "pseudo_vintage"] = Field(examples=["strict"])
    n: int = Field(description="Scored steps.", examples=[100])
    n_series: int = Field(description="Series among them.", examples=[12])
    coverage: Coverage
    pit: Histogram
    crps_scaled: Number | None = Field(
        description="Mean CRPS in units of each series' mean absolute seasonal change.", examples=[0.9]
    )
    crps_relative: Number | None = Field(
        description="That over the same of the seasonal naive forecast; below one is better.", examples=[0.6]
    )
    bias: Number | None = Field(
        description="Mean log of what came over the median: above zero, forecasts were too low.", examples=[0.02]
    )


class EditionCalibration(ResponseModel):
    """What our editions said of a layer at a lead, where a later figure has decided."""

    layer: Literal["compute", "power", "energy", "firm", "storage"] = Field(examples=["energy"])
    lead: LeadName
    n: int = Field(description="Decided years of cells, each edition for itself.", examples=[14])
    n_editions: int = Field(examples=[7])
    n_recalled: int = Field(
        description="Of them, how many were recalled since. They count: what was said was said.", examples=[0]
    )
    coverage: Coverage
    pit: Histogram
    crps_log: Number = Field(description="Mean CRPS of the logarithm.", examples=[0.08])
    bias: Number = Field(description="Mean log of the median over what came: positive is too high.", examples=[0.01])


class Calibration(ResponseModel):
    """Whether bands hold what they say; what was known strictly and what was not are never counted together."""

    model_version: str = Field(examples=["m-20261122-5f6a7b8c9d"])
    data_as_of: date = Field(description="Day whose figures the model was tried on.", examples=["2026-11-22"])
    scored_as_of: date | None = Field(
        description="Day whose figures editions were scored with; null before the first scoring.",
        examples=["2026-11-24"],
    )
    forecasts: list[SeriesCalibration]
    editions: list[EditionCalibration] = Field(
        description="Empty as long as no figure has decided about an edition of this home."
    )


def answer(
    published: Published, board: Board | None, rules: Sequence[str], *, recalled: Collection[str] = ()
) -> Calibration:
    """The calibration under some rules; raises :class:`NotFound` for a model published before its trials were kept.

    ``recalled`` are editions that were recalled.
    """
    return Calibration(
        model_version=published.version,
        data_as_of=published.data_as_of,
        scored_as_of=board.as_of if board else None,
        forecasts=[
            SeriesCalibration.of(item, coverage=dict(item.coverage), pit=list(item.pit))
            for item in calibrations(published)
            if item.rule in rules
        ],
        editions=[
            EditionCalibration.of(
                item,
                coverage=dict(item.coverage),
                pit=list(item.pit),
                crps_log=item.crps,
                n_editions=len(item.editions),
                n_recalled=len(item.editions.intersection(recalled)),
            )
            for item in own_calibration(board.outcomes if board else ())
        ],
    )


def calibration_of(snapshot: Snapshot, rules: Sequence[str] = RULES) -> Calibration:
    """The calibration of what is served; raises :class:`NoChampion`, and :class:`NotFound` as :func:`answer` does."""
    data = snapshot.data
    recalled = [record.id for record in snapshot.recorded if record.recalled is not None]
    return answer(data.champion(), data.board, rules, recalled=recalled)


@router.get(
    "/v1/calibration",
    response_model=Calibration,
    operation_id="getCalibration",
    summary="Coverage, PIT and CRPS of past forecasts",
    responses=documented("no_champion", "not_found"),
)
def get_calibration(query: Annotated[CalibrationQuery, Query()], respond: Respond) -> Response:
    """How often bands held what came: of single series in the model's backtest, and of editions as they were issued."""
    snapshot, rules = respond.snapshot, RULES if query.rule is None else (query.rule,)
    return respond.answer(query, lambda: calibration_of(snapshot, rules))
