"""``/v1/open-models``: the question, and the shapes of its answer."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from data.base.errors import InvalidParameter
from features.open_models import ProxyName
from projection.edition.points import shortest
from projection.open_models.answers import POOLED
from projection.open_models.points import COUNTRIES
from service.base.query import (
    DEFAULT,
    LEVELS_SCHEMA,
    THRESHOLDS_MAXIMUM,
    EditionQuery,
    From,
    Levels,
    Scenario,
    Text,
    To,
    joined,
    one_of,
    thresholds,
)
from service.base.response import (
    Band,
    Chance,
    EditionHead,
    Number,
    ResponseModel,
    Status,
)
from service.base.window import Window

HALF = 0.5


def shares_above(text: str) -> tuple[float, ...]:
    """Thresholds of a share, ascending; raises :class:`InvalidParameter` outside (0, 1).

    >>> shares_above("0.5,0.25")
    (0.25, 0.5)
    """
    shares = thresholds(text, example=shortest(HALF))
    for value in shares:
        if not 0 < value < 1:
            message = f"{shortest(value)} is not strictly between 0 and 1"
            raise InvalidParameter("above", message, allowed=[shortest(HALF)])
    return shares


SHARES_SCHEMA = LEVELS_SCHEMA | {"maxItems": THRESHOLDS_MAXIMUM}


class OpenModelsQuery(EditionQuery):
    """A question about use of models by country."""

    proxy: Annotated[
        str,
        one_of("proxy", (POOLED, *(name.value for name in ProxyName))),
        Field(
            description="What use is read from: one proxy, or those that count open models pooled.", examples=[POOLED]
        ),
    ] = POOLED
    region: Annotated[
        str | None,
        one_of("region", COUNTRIES),
        Field(description="Only models made in this country, in any case; all by default.", examples=["CN"]),
    ] = None
    scenario: Scenario = "base"
    first: From = None
    last: To = None
    quantiles: Levels = DEFAULT
    above: Annotated[
        str,
        Text(lambda text: joined(shares_above(text)), SHARES_SCHEMA),
        Field(
            description="Thresholds x of P(share > x): numbers strictly between 0 and 1 separated by commas, each "
            f"once, at most {THRESHOLDS_MAXIMUM}.",
            examples=[shortest(HALF)],
        ),
    ] = shortest(HALF)

    @property
    def window(self) -> Window:
        """The days asked for."""
        return Window(self.first, self.last)


class OpenModelDisagreement(ResponseModel):
    """How far the proxies of the pool lie apart."""

    medians_cn: dict[str, Number] = Field(description="Median of China's share by each proxy.")
    log_odds_sd: Number = Field(description="Standard deviation of the log odds of those medians.")


class HuaweiUse(ResponseModel):
    """Chinese models on Huawei chips, of the same draws; served and trained are assumptions with a band."""

    part: Band = Field(description="Huawei's part of China's accelerators in service (H100e).")
    served: Band = Field(description="Share of the serving of Chinese models that runs on Huawei chips.")
    trained: Band = Field(description="Share of their training that runs on Huawei chips.")
    of_all_use: Band = Field(description="Share of all use counted here that is of a Chinese model and runs on Huawei.")
    asked_over_held: Band = Field(description="Compute Chinese models ask of Huawei chips over those held in China.")
    rest_over_others: Band = Field(
        description="Compute they ask of other chips over the others held in China; above one it must be abroad."
    )
    h100e: Band = Field(description="H100e in service in China that are Huawei's.")
    p_asks_more_than_held: Chance
    p_rest_exceeds_others: Chance


class OpenModelPoint(ResponseModel):
    """Shares of one quarter by country of the lab; in every draw they sum to one over all countries listed."""

    period: date = Field(description="First day of the quarter.", examples=["2027-10-01"])
    shares: dict[str, Band] = Field(
        description="By country; what is unnamed is divided by assumptions with bands.",
        examples=[{"CN": {"0.1": 0.12, "0.5": 0.51, "0.9": 0.89}}],
    )
    p_above: dict[str, Band] = Field(description="P(share > x) by country and x.", examples=[{"CN": {"0.5": 0.51}}])
    named: dict[str, Band] | None = Field(
        description="Shares of labs the publisher names: what is certain of a country. Null where all are named, and "
        "for the pool."
    )
    p_above_named: dict[str, Band] | None = Field(description="The same chances of these.")
    unnamed: Band | None = Field(description="Share of labs the publisher does not name.")
    disagreement: OpenModelDisagreement | None = Field(
        description="Of the proxies pooled; null for one proxy.",
        examples=[{"medians_cn": {"router_open": 0.71, "derivatives": 0.39}, "log_odds_sd": 0.72}],
    )
    months_beyond_last: int = Field(description="Months from the last figure of any proxy behind it.", examples=[16])
    scored: bool = Field(
        description="Whether forecasts this far ahead could be scored for every proxy behind it.", examples=[False]
    )
    huawei: HuaweiUse | None = Field(
        description="Null for other countries, and where no Huawei chips were counted.",
        examples=[
            {
                "part": {"0.1": 0.26, "0.5": 0.49, "0.9": 0.71},
                "h100e": {"0.1": 1.4e6, "0.5": 2.6e6, "0.9": 5.1e6},
                "served": {"0.1": 0.08, "0.5": 0.24, "0.9": 0.55},
                "trained": {"0.1": 0.02, "0.5": 0.09, "0.9": 0.29},
                "of_all_use": {"0.1": 0.02, "0.5": 0.1, "0.9": 0.33},
                "asked_over_held": {"0.1": 0.08, "0.5": 0.24, "0.9": 0.64},
                "rest_over_others": {"0.1": 0.6, "0.5": 1.1, "0.9": 2.3},
                "p_asks_more_than_held": 0.02,
                "p_rest_exceeds_others": 0.57,
            }
        ],
    )


class OpenModelScore(ResponseModel):
    """Backtest of one method on one proxy; origins overlap, so n overstates the evidence."""

    method: Literal["state_space", "random_walk", "last_value"] = Field(examples=["state_space"])
    n: int = Field(examples=[10])
    origins: int = Field(examples=[4])
    furthest: int = Field(description="Months ahead of the furthest score.", examples=[4])
    energy: Number = Field(description="Mean energy score of all shares together.", examples=[0.079])
    crps_cn: Number = Field(description="Mean CRPS of China's share.", examples=[0.054])
    covered_80: Number | None = Field(
        description="Share of months inside the 80 % band of China's share.", examples=[1.0]
    )


class OpenModelEvidence(ResponseModel):
    """What is known of one proxy."""

    proxy: str = Field(examples=["router_open"])
    weight: Chance = Field(description="Part of the draws that follow it.", examples=[0.33])
    title: str = Field(examples=["Tokens of open labs on a router"])
    first: date = Field(examples=["2026-01-01"])
    last: date = Field(examples=["2026-07-01"])
    observed: int = Field(description="Months observed.", examples=[7])
    furthest_scored: int = Field(description="Months ahead that could be scored; 0 where none could.", examples=[4])
    pseudo_vintage: bool = Field(examples=[False])
    series: list[str] = Field(examples=[["cn.openrouter.token_share", "world.openrouter.closed_lab_share"]])
    scores: list[OpenModelScore]


class OpenModelsAnswer(EditionHead):
    """Answer of ``/v1/open-models``."""

    region: Literal["CN", "US", "EU", "OTHER"] | None = Field(
        description="The country asked for; null for all.", examples=["CN"]
    )
    layer: Literal["models"] = Field(examples=["models"])
    proxy: str = Field(examples=["pooled"])
    title: str = Field(examples=["Use of open models, proxies pooled"])
    definition: str = Field(
        examples=["Use of open models by country of the lab: every draw follows one of the proxies."]
    )
    unit: Literal["share"] = Field(examples=["share"])
    unit_kind: Literal["open_model_use", "all_model_use"] = Field(examples=["open_model_use"])
    timing: Literal["end", "average"] = Field(examples=["average"])
    scenario: str = Field(examples=["base"])
    freq: Literal["Q"] = Field(examples=["Q"])
    status: Status = Field(examples=["available"])
    confidence: Literal["weak"] | None = Field(examples=["weak"])
    reason: str | None
    headline: str | None = Field(
        description="One sentence about the end of the year after the data.",
        examples=[
            (
                "In 2027Q4 the share of models made in China in open-model use is above one half with probability "
                "0.51, with a median of 51.4 % (80 % band 12.1 to 88.8 %)."
            )
        ],
    )
    points: list[OpenModelPoint]
    evidence: list[OpenModelEvidence]
    sources: list[str] = Field(examples=[["openrouter_2026_08"]])
    notes: list[str] = Field(
        examples=[["Forecasts could be scored up to 4 months ahead; beyond that the width is that of named priors."]]
    )
