"""Shapes of what is sent, as types: they document the API, and tests hold every answer against them.

Answers are written by orjson from plain dictionaries; nothing is validated while serving.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.comparison_shapes import ComparisonAnswer, ScoreList
from service.limit_shape import Limit
from service.open_models_shape import OpenModelsAnswer
from service.shape import Band, Head, Shape, Status, Withheld

Counted = Literal["yes", "no", "unspecified", "not_applicable"]

BAND = {"0.05": 20.1, "0.1": 22.4, "0.5": 30.7, "0.9": 42.3, "0.95": 46.0}


class Floor(Shape):
    """The least width of demand paths, and whether it decides this period's band."""

    name: str = Field(examples=["expert_hindcast_2026"])
    binds: bool


class Routes(Shape):
    """Demand by each route alone: power's average draw, GW, storage's disk installed, EB, a grid's electricity, TWh.

    Beside power ``sites`` is what the built capacity would draw if it were filled.
    """

    unit_kind: Literal["facility_average", "installed", "facility_total"]
    bands: dict[str, Band]
    disagreement: float = Field(description="Standard deviation of the logarithms of the medians of the demand routes.")


class GapPoint(Shape):
    """Bands of one period; keys are quantile levels as shortest decimals. Null where figures cannot carry it."""

    period: str = Field(description="First day of the period.", examples=["2028-01-01"])
    demand: Band
    supply: Band | None
    gap: Band | None = Field(description="Demand minus deliverable supply, draw by draw; positive is short.")
    p_short: float | None = Field(description="P(gap > 0).", ge=0, le=1)
    expected_shortfall: float | None = Field(description="E[max(gap, 0)], in the unit.", ge=0)
    p_above: dict[str, float] | None = Field(
        description="P(gap > x) by x, in the unit, for the thresholds asked for with above; null without any."
    )
    p_short_by: float | None = Field(
        description="P(short in any period of this frequency from the first to this one).", ge=0, le=1
    )
    plan_late: Band | None = Field(
        description="Share of the planned additions that could be late before it is short: 0 where it is short as "
        "planned, 1 where not even all of them would be missed (power)."
    )
    binding: dict[str, float] | None = Field(
        description="Chance that power, or chips, is what limits deliverable compute (compute)."
    )
    unconstrained: Band | None = Field(
        description="Demand if halls were never full and nothing went unmet; the tightness behind it has a prior "
        "(compute and power)."
    )
    floor: Floor | None
    width_split: dict[str, dict[str, float]] | None = Field(
        description="Share of the width of demand, supply and gap that each group of inputs causes."
    )
    share_of_growth: Band | None = Field(
        description="Share of generation growth since the base year that data centers take (energy only)."
    )
    share_of_year_growth: Band | None = Field(
        description="Share of the growth of generation over the year before that data centers take (energy, years)."
    )
    routes: Routes | None = Field(
        description="The routes to the demand, and how far they lie apart (power, storage, energy of grids)."
    )
    stock: dict[str, Band] | None = Field(
        description="EB shipped to data centers and retired in the period, by the shipments route, and used at its end "
        "(storage only)."
    )


class Figure(Shape):
    """One figure as its source says it; figures of two definitions stand side by side and are never joined."""

    about: str = Field(
        description="What it tells of: shipments, proxies of demand, flash, installed, a group of gauges."
    )
    series_id: str = Field(examples=["seagate.hdd.nearline_exabytes"])
    period: str
    freq: str
    value: float
    low: float | None
    high: float | None
    unit: str
    kind: str
    source_id: str
    published: str | None


class TightnessReading(Figure):
    """The last figure of a gauge."""

    direction: Literal[-1, 0, 1] | None = Field(
        description="1 tighter, 0 unchanged, -1 looser; null where it tells none."
    )
    against: Figure | None = Field(description="The figure before that it is compared with, whoever printed it.")
    counts: bool = Field(description="Whether it is recent enough, and tells a direction, to enter the index.")


class TightnessOfMarket(Shape):
    """Whether lead times and prices tell of a market that tightens: a direction, no size, and no shortage."""

    index: float | None = Field(description="Mean over groups, -1 looser to 1 tighter; null where no gauge counts.")
    groups: dict[str, float]
    readings: list[TightnessReading]


class SupplyPace(Shape):
    """How fast supply grows by technology, in bands by year read off draws."""

    name: str = Field(examples=["solar_additions"])
    title: str
    unit: str
    basis: Literal["alternating_current", "accredited"] = Field(
        description="What a gigawatt is: alternating current at the grid, or what counts toward peak."
    )
    timing: Literal["total", "end"] = Field(description="Of the year, or at its end.")
    bands: dict[str, Band] = Field(description="By first day of the year.")


class GapAnswer(Head):
    """Answer of ``/v1/gaps``."""

    first_likely_short: str | None = Field(
        description="First day of the first period in which a shortage is more likely than not; null without one."
    )
    points: list[GapPoint]
    limits: list[Limit] = Field(
        description="Beside power, energy and firm power, also where the cell is unavailable: whether power is the "
        "limit in the region, and what binds. Empty where its compute or facility power carries no supply."
    )
    supply_pace: list[SupplyPace] = Field(
        description="Parts of the supply or what stands beside it, by technology (energy of US, CN, WORLD; firm of US)."
    )
    tightness: TightnessOfMarket | None = Field(description="Lead times and prices beside the answer (storage only).")
    figures: list[Figure] = Field(description="Figures beside the answer, known on its day (storage only).")
    sources: list[str]
    notes: list[str]


class Headline(Head):
    """One sentence about a cell."""

    period: str | None
    text: str
    evidence: str | None = Field(description="How far figures carry it, in words.")


class ForecastPoint(Shape):
    """Quantiles of one period."""

    period: str
    quantiles: Band


class ForecastScores(Shape):
    """How past forecasts of the series did, at one distance and under one rule."""

    ahead: Literal["first", "year", "beyond"] = Field(description="First step, up to a year ahead, or beyond.")
    rule: Literal["strict", "pseudo_vintage"]
    n: int = Field(description="Scored steps.")
    crps_scaled: float | None = Field(description="CRPS over the mean absolute change over a season.")
    mase: float | None
    smape: float | None
    coverage: dict[str, float] = Field(description="Share of steps inside the central 50, 80 and 95 % band.")


class ForecastAnswer(Shape):
    """Answer of ``/v1/forecasts/{series_id}``; keys that have no meaning for a plain series are null."""

    series_id: str
    edition: str | None
    model_version: str
    issued: str
    data_as_of: str
    region: str
    layer: None
    unit: str
    unit_kind: None
    timing: None
    scenario: None
    demand_concept: None
    freq: Literal["A", "H", "Q", "M"] | None
    status: Status
    confidence: Literal["supported", "weak"] | None = Field(
        description="weak when members were dropped, when no score calibrates the band, or scores are pseudo-vintage."
    )
    reason: str | None
    method: str | None
    n_scores: int | None = Field(description="Backtest scores that calibrate the band.")
    scores: list[ForecastScores] = Field(description="Backtest of the ensemble on this series.")
    band_floor: None = Field(description="Always null: the expert floor never touches plain forecasts.")
    points: list[ForecastPoint]
    sources: list[str]
    notes: list[str]


class SeriesItem(Shape):
    """One series of the catalogue."""

    series_id: str
    region: str
    metric: str
    unit: str
    freqs: list[str]
    sources: list[str]
    scenarios: list[str]
    kinds: list[str]
    first: str
    last: str
    n: int = Field(description="Rows, all vintages, sources and scenarios.")
    observed: dict[str, int] = Field(description="Periods with an actual or estimated value, by frequency.")
    table: str
    distrust: str | None = Field(description="Why to use it with wide bands or not at all.")
    title: str = Field(description="Short name; the id where no catalogue defines the series.")
    definition: str | None = Field(description="What is counted, stock or flow, by whose definition.")
    crypto: Counted = Field(description="Whether cryptocurrency mining is counted.")
    enterprise: Counted = Field(description="Whether companies' own data centers and server rooms are counted.")
    behind_the_meter: Counted = Field(description="Whether load fed by plants on the site itself is counted.")
    power_basis: Literal["it", "facility", "unspecified", "not_applicable"] = Field(
        description="Whether the computers alone or the whole facility with cooling and losses is meant."
    )
    h100e_basis: Literal["8bit", "16bit", "unspecified", "not_applicable"] = Field(
        description="Precision at which H100 equivalents are counted; two bases are never joined."
    )
    support: Literal["real", "nonnegative", "nonnegative_nondecreasing", "percent_of_whole", "at_least_one"] = Field(
        description="The values it can take, which every quantile of its forecast keeps to."
    )
    publishers: list[str]
    licences: list[str]
    attribution: list[str] = Field(description="The line to print beside the figures, one per source.")
    release_lag_days: dict[str, int] = Field(
        description="Days from the end of a period to its publication, by source, where there is a rule."
    )
    private: bool = Field(description="Some of its figures were imported by a user.")


class Observation(Shape):
    """One figure, as said by one source on one day."""

    freq: str
    period: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    kind: str
    scenario: str | None
    source_id: str
    published: str | None
    confidence: str | None
    note: str | None


class PromotionItem(Shape):
    """One decision about the champion, as the append-only ledger holds it."""

    id: int
    created: str
    kind: Literal["promote", "rollback", "keep"]
    champion: str = Field(description="The champion after the decision.")
    previous: str | None = Field(description="The champion before it; null for the first.")
    candidate: str = Field(description="The version the decision was about; with keep, the one that was kept out.")
    actor: str = Field(description="Who decided: a person's name, or gate.")
    reason: str
    manifest_sha256: str | None = Field(description="Of the candidate's manifest, which holds every file's hash.")
    evidence: dict[str, Any] = Field(description="What the decision rests on: the gate's checks, or scores.")


class PromotionList(Shape):
    """A page of decisions, newest first."""

    items: list[PromotionItem]
    next: str | None


class RegionItem(Shape):
    """One region; ``answered`` says whether gaps are computed for it."""

    code: str
    name: str
    level: str
    answered: bool


class LayerItem(Shape):
    """One layer, with the unit it is answered in and what demand and supply mean."""

    layer: str
    unit: str
    unit_kind: str
    timing: str
    demand: str
    supply: str


class ScenarioItem(Shape):
    """One scenario of the current edition."""

    scenario: str
    title: str | None
    description: str | None


class SeriesList(Shape):
    """A page of series."""

    items: list[SeriesItem]
    next: str | None


class ObservationList(Shape):
    """A page of observations of one series."""

    series_id: str
    unit: str
    as_of: str
    rule: Literal["strict", "available"]
    reason: str | None = Field(description="Why nothing is listed; null otherwise.")
    items: list[Observation]
    next: str | None


class DesignerItem(Shape):
    """What one designer of accelerators shipped over its last counted year: quantity against quality."""

    designer: str = Field(examples=["huawei_ascend"])
    region: str = Field(description="Where its series stand; chips of CN stay in China.")
    last: str = Field(description="Last counted quarter.", examples=["2025Q4"])
    quarters: int = Field(description="Quarters the sums hold; four where so many are counted.")
    units: float = Field(description="Chips.")
    h100e: float = Field(description="H100 equivalents, dense 8-bit.")
    h100e_per_unit: float
    watts_per_h100e: float = Field(description="Chip TDP for the compute of one H100, W.")
    newest_at_16_bit: float = Field(description="H100e at 16 bit over H100e at 8 bit of the newest chip specified.")


class DesignerList(Shape):
    """A page of designers."""

    freq: Literal["Q"]
    items: list[DesignerItem]
    next: str | None


class RegionList(Shape):
    """A page of regions."""

    items: list[RegionItem]
    next: str | None


class LayerList(Shape):
    """A page of layers."""

    items: list[LayerItem]
    next: str | None


class ScenarioList(Shape):
    """A page of scenarios."""

    items: list[ScenarioItem]
    next: str | None


class IdentityItem(Shape):
    """One identity that was checked in the draws of an edition and held."""

    name: str = Field(examples=["energy_is_power_times_hours"])
    states: str = Field(examples=["TWh of a quarter = average GW x its hours / 1,000."])
    tolerance: float = Field(description="Largest relative deviation allowed, in roundings of single precision.")
    worst: float = Field(description="Largest relative deviation found, over all scenarios.")
    scenario: str = Field(description="Of the worst.")
    cell: str = Field(description="Of the worst; empty where nothing deviated.")
    compared: int = Field(description="Numbers compared, over all scenarios.")


class Manifest(BaseModel):
    """The manifest of an edition: vintage, code, model, assumptions, seed, scenarios, identities and hashes."""

    model_config = ConfigDict(extra="allow")
    id: str
    issued: str
    data_as_of: str
    model_version: str
    scenarios: list[str]
    identities: list[IdentityItem] = Field(
        description="Ties between TWh, GW, H100e and USD, and sums over regions, checked when the edition was drawn."
    )
    files: dict[str, str]
    withheld: list[Withheld] = Field(description="Later editions that are not served because they are corrupt.")


class VegaLite(BaseModel):
    """A Vega-Lite 6 specification with its data."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)
    schema_url: str = Field(alias="$schema")
    vconcat: list[dict[str, Any]]


class Health(Shape):
    """The process answers."""

    status: Literal["ok"]


class Champion(Shape):
    """Whether a trained champion is at hand."""

    version: str | None
    reason: str | None


class Ready(Shape):
    """What is being served, which editions were found broken, and since when the figures could not be looked at."""

    status: Literal["ready"]
    edition: str
    data_as_of: str
    champion: Champion
    withheld: list[Withheld] = Field(description="Later editions that are not served because they are corrupt.")
    skipped: list[str]
    figures_seen: str
    stale: str | None


class ProblemItem(Shape):
    """What is wrong with one parameter, and what would be right."""

    parameter: str | None
    message: str
    allowed: list[str]


class Problem(Shape):
    """RFC 9457 problem document."""

    type: str = Field(examples=["/problems/invalid_parameter"])
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemItem]


class ProblemKind(Shape):
    """What a problem code means."""

    type: str
    code: str
    title: str
    status: int
    description: str


ALL: tuple[type[BaseModel], ...] = (
    GapAnswer,
    ComparisonAnswer,
    ScoreList,
    Headline,
    ForecastAnswer,
    ForecastScores,
    OpenModelsAnswer,
    SeriesItem,
    SeriesList,
    ObservationList,
    PromotionList,
    DesignerItem,
    DesignerList,
    RegionList,
    LayerList,
    ScenarioList,
    IdentityItem,
    Manifest,
    VegaLite,
    Health,
    Ready,
    Problem,
    ProblemKind,
)
"""What appears in the OpenAPI document."""
