"""``/v1/scoreboard/summary``: the scoreboard by publisher, lead and region, with revisions and dispersion."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from projection.scoreboard.board import Board
from projection.scoreboard.summary import dispersion, group_scores, revisions
from service.api.scores.scoreboard import AsOf, BoardQuery, chosen
from service.base.response import Chance, Number, ResponseModel
from service.base.routes import Respond, api_router, documented

router = api_router("figures")

LeadName = Annotated[
    Literal["under_1", "1_to_2", "2_to_5", "over_5"],
    Field(description="Years from publication to the end of the period.", examples=["1_to_2"]),
]


class GroupScore(ResponseModel):
    """How far off a publisher was for a region at a lead."""

    by: str = Field(examples=["ERCOT"])
    lead: LeadName
    region: str = Field(examples=["US-ERCOT"])
    n: int = Field(description="Scored projections.", examples=[9])
    n_ranges: int = Field(description="Those with a range, of ours the 80 % band.", examples=[0])
    bias: Number = Field(description="Mean log error: positive is too high.", examples=[-0.02])
    error: Number = Field(description="Median absolute log error.", examples=[0.03])
    crps_log: Number | None = Field(description="Mean CRPS of the logarithm.", examples=[0.04])
    coverage: Chance | None = Field(description="Share of the ranges that held what came; null without a range.")


class Revision(ResponseModel):
    """Which way a publisher revised its projections of a region, from one publication to the next."""

    by: str = Field(examples=["ERCOT"])
    region: str = Field(examples=["US-ERCOT"])
    n: int = Field(description="Pairs of successive projections of one quantity, period and scenario.", examples=[40])
    up: int = Field(examples=[25])
    down: int = Field(examples=[14])
    unchanged: int = Field(description="Within 0.1 %.", examples=[1])
    mean: Number = Field(description="Mean log of the later projection over the earlier.", examples=[0.012])
    closer: Chance | None = Field(
        description="Share of the revisions of scored projections that came nearer to what came.", examples=[0.6]
    )


class Slice(ResponseModel):
    """How far the newest projections of several publishers lie apart, for one quantity and period."""

    quantity: str = Field(examples=["us.datacenter.electricity"])
    region: str = Field(examples=["US"])
    freq: str = Field(examples=["A"])
    period: date = Field(examples=["2028-01-01"])
    unit: str = Field(examples=["TWh"])
    publishers: list[str] = Field(description="Ascending by what they say.", examples=[["LBNL", "Headroom"]])
    low: Number = Field(examples=[325.0])
    high: Number = Field(examples=[410.0])
    log_sd: Number = Field(description="Standard deviation of the logarithms.", examples=[0.16])


class ScoreSummary(ResponseModel):
    """The scoreboard as a whole."""

    as_of: AsOf
    groups: list[GroupScore]
    revisions: list[Revision]
    dispersion: list[Slice]


def summary(board: Board | None, query: BoardQuery) -> ScoreSummary:
    """The outcomes that fit the filters as a whole; raises :class:`InvalidParameter`."""
    outcomes = chosen(board, query)
    return ScoreSummary(
        as_of=board.as_of if board else None,
        groups=[GroupScore.of(group, crps_log=group.crps) for group in group_scores(outcomes)],
        revisions=[Revision.of(item) for item in revisions(outcomes)],
        dispersion=[Slice.of(item, publishers=list(item.publishers)) for item in dispersion(outcomes)],
    )


@router.get(
    "/v1/scoreboard/summary",
    response_model=ScoreSummary,
    operation_id="getScoreSummary",
    summary="Projections and what became of them, by publisher, lead and region",
    responses=documented(),
)
def get_summary(query: Annotated[BoardQuery, Query()], respond: Respond) -> Response:
    """Errors and coverage by publisher, lead and region, directions of revisions, and spread of like projections."""
    board = respond.snapshot.data.board
    return respond.answer(query, lambda: summary(board, query))
