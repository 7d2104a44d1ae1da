"""The shape of ``/v1/open-models``."""

from typing import Literal

from pydantic import Field

from service.shape import Band, Shape, Status, Withheld


class OpenModelDisagreement(Shape):
    """How far the proxies of the pool lie apart."""

    medians_cn: dict[str, float] = Field(description="Median of China's share by each proxy.")
    log_odds_sd: float = Field(description="Standard deviation of the log odds of those medians.")


class HuaweiUse(Shape):
    """Chinese models on Huawei chips, of the same draws; served and trained are assumptions with a band."""

    part: Band = Field(description="Huawei's part of China's accelerators in service (H100e).")
    h100e: Band = Field(description="H100e in service in China that are Huawei's.")
    served: Band = Field(description="Share of the serving of Chinese models that runs on Huawei chips.")
    trained: Band = Field(description="Share of their training that runs on Huawei chips.")
    of_all_use: Band = Field(description="Share of all use told here that is of a Chinese model and runs on Huawei.")
    asked_over_held: Band = Field(description="Compute Chinese models ask of Huawei chips over those held in China.")
    rest_over_others: Band = Field(
        description="Compute they ask of other chips over the others held in China; above one it must be abroad."
    )
    p_asks_more_than_held: float = Field(ge=0, le=1)
    p_rest_exceeds_others: float = Field(ge=0, le=1)


class OpenModelPoint(Shape):
    """Shares of one quarter by country of the lab; in every draw they sum to one over all countries told."""

    period: str = Field(description="First day of the quarter.", examples=["2027-10-01"])
    shares: dict[str, Band] = Field(description="By country; what is unnamed is divided by assumptions with bands.")
    p_above: dict[str, dict[str, float]] = Field(description="P(share > x) by country and x.")
    named: dict[str, Band] | None = Field(
        description="Shares of labs the publisher names: what is certain of a country. Null where all are named, and "
        "for the pool."
    )
    p_above_named: dict[str, dict[str, float]] | None = Field(description="The same chances of these.")
    unnamed: Band | None = Field(description="Share of labs the publisher does not name.")
    disagreement: OpenModelDisagreement | None = Field(description="Of the proxies pooled; null for one proxy.")
    months_beyond_last: int = Field(description="Months from the last figure of any proxy behind it.")
    scored: bool = Field(description="Whether forecasts this far ahead could be scored for every proxy behind it.")
    huawei: HuaweiUse | None = Field(description="Null for other countries, and where no Huawei chips were counted.")


class OpenModelScore(Shape):
    """Backtest of one method on one proxy; origins overlap, so n overstates the evidence."""

    method: Literal["state_space", "random_walk", "last_value"]
    n: int
    origins: int
    furthest: int = Field(description="Months ahead of the furthest score.")
    energy: float = Field(description="Mean energy score of all shares together.")
    crps_cn: float = Field(description="Mean CRPS of China's share.")
    covered_80: float | None = Field(description="Share of months inside the 80 % band of China's share.")


class OpenModelEvidence(Shape):
    """What is known of one proxy."""

    proxy: str
    weight: float = Field(description="Part of the draws that follow it.", ge=0, le=1)
    title: str
    first: str
    last: str
    observed: int = Field(description="Months observed.")
    furthest_scored: int = Field(description="Months ahead that could be scored; 0 where none could.")
    pseudo_vintage: bool
    series: list[str]
    scores: list[OpenModelScore]


class OpenModelsAnswer(Shape):
    """Answer of ``/v1/open-models``."""

    edition: str
    issued: str
    data_as_of: str
    withheld: list[Withheld] = Field(description="Later editions that are not served because they are corrupt.")
    region: Literal["CN", "US", "EU", "OTHER"] | None = Field(description="The country asked for; null for all.")
    layer: Literal["models"]
    proxy: str = Field(examples=["pooled"])
    title: str
    definition: str
    unit: Literal["share"]
    unit_kind: Literal["open_model_use", "all_model_use"]
    timing: Literal["end", "average"]
    scenario: str
    freq: Literal["Q"]
    status: Status
    confidence: Literal["weak"] | None
    reason: str | None
    headline: str | None = Field(description="One sentence about the end of the year after the data.")
    points: list[OpenModelPoint]
    evidence: list[OpenModelEvidence]
    sources: list[str]
    notes: list[str]
