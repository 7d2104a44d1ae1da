"""Answers of the API and values of arguments, generated from its document by tools/client_models.py.

Do not edit: change the API, then run ``python tools/client_models.py``.
"""


from datetime import date
from typing import Any, Literal

from headroom_client.answer import Answer
from pydantic import AwareDatetime
from typing_extensions import TypeAliasType


class BandAgainstBase(Answer):
    """A band in base, and that of the differences in the same draws."""

    base: dict[str, float]
    """The same under the base."""
    difference: dict[str, float]
    """The difference in the same draws."""
    p_sign: float
    """Share of draws whose difference has the sign of the median difference."""


class BarItem(Answer):
    """The quantity of the base with one assumption at either end of its own 80 % band."""

    assumption: str
    """Name of the assumption."""
    unit: str
    """Unit of the values."""
    low: float
    """The assumption's 10th percentile."""
    high: float
    """Its 90th."""
    at_low: float
    """The quantity there."""
    at_high: float
    """The quantity at its 90th percentile."""
    rank_correlation: float
    """With the gap over draws, in the period where it is largest: assumptions are chosen by it."""


class Cite(Answer):
    """How to cite an answer."""

    text: str
    """Its edition in words; /v1/editions/{edition}/cite has it for BibTeX and as a CFF document."""
    permalink: str
    """Leads to the same answer after later editions too; it begins with the public address of the service where that is set (HEADROOM_PUBLIC_URL)."""


class ClaimReading(Answer):
    """One number that speaks to a claim."""

    title: str
    """What it is, in a few words."""
    value: float | None
    """A probability or a measured value; null where nothing carries it."""
    unit: str | None
    """Unit of the values."""
    verdict: str
    """Whether it holds, does not hold, or is undecided."""
    counts: bool
    """Whether it enters the verdict of the claim."""
    at_most: bool
    """Whether it is an upper bound: it can refute and not prove."""
    rule: dict[str, float]
    """Bounds of the value, each included: it holds inside `holds_from` and `holds_to`, does not from `fails_from` or to `fails_to`, and is undecided between."""
    query: dict[str, Any]
    """What was read, as the claim's file states it."""
    reason: str | None
    """Why there is no value, or why it proves nothing."""
    detail: dict[str, Any]
    """What the value was read off: the band of the quantity, the events of a joint chance with the chance of the others without each, or the figures."""
    sources: list[str]
    """The sources it rests on."""


class ComparedBand(Answer):
    """A band under the scenario, under the base, and of the differences in the same draws."""

    value: dict[str, float]
    """The value."""
    base: dict[str, float]
    """The same under the base."""
    difference: dict[str, float]
    """The difference in the same draws."""
    p_sign: float
    """Share of draws whose difference has the sign of the median difference."""


class ComparedNumber(Answer):
    """A mean under the scenario and the base."""

    value: float
    """The value."""
    base: float
    """The same under the base."""
    difference: float
    """The difference in the same draws."""
    p_sign: float
    """How sure so many draws make the sign of the difference."""


ComputeBasis = TypeAliasType("ComputeBasis", Literal["8bit", "16bit"])


DemandConcept = TypeAliasType("DemandConcept", Literal["wanted", "bought", "contracted", "requested"])


class DriverAge(Answer):
    """The newest period a driver knows and how old it is."""

    series_id: str
    """Id of the series, as in /v1/series."""
    freq: str
    """How long a period is: A a year, H a half-year, Q a quarter, M a month, W a week, D a day."""
    period: str
    """The newest that is known, by its name."""
    published: date
    """When the last of its figures became known."""
    age_days: int
    """To data_as_of, from the end of the period or, where it lies ahead, from its publication."""
    official: bool
    """Counted, metered or reported, not estimated."""
    stale: bool
    """Official and older than 120 days (monthly) or 200 days (quarterly)."""


EvaluatedDemand = TypeAliasType("EvaluatedDemand", Literal["wanted", "bought"])


class EvaluatedPoint(Answer):
    """One period."""

    period: date
    """The period, by its first day."""
    demand: ComparedBand
    """Demand: what would be put into use, or what of it is taken, in the reading asked for."""
    supply: ComparedBand | None
    """Deliverable supply; null where none is known."""
    gap: ComparedBand | None
    """Demand minus supply, draw by draw; positive is short."""
    p_short: ComparedNumber | None
    """Probability that demand exceeds supply."""
    expected_shortfall: ComparedNumber | None
    """Mean of what is lacking, over all draws."""


EvaluationDraws = TypeAliasType("EvaluationDraws", Literal["preview", "full"])


FigureKind = TypeAliasType("FigureKind", Literal["actual", "estimate", "projection", "plan"])


Frequency = TypeAliasType("Frequency", Literal["A", "H", "Q", "M"])


class GroupItem(Answer):
    """A group of drivers in which the two differ."""

    group: str
    """Name of the group of drivers."""
    title: str
    """What it is, in a few words."""
    words: str
    """What belongs to it, in words."""
    assumptions: list[str]
    """Those that are overridden."""
    effect: str | None
    """Said of a group that cannot move the cell."""


class Growth(Answer):
    """Growth of electricity, TWh a year: of all generation, of what data centers use, and their part of it."""

    generation: dict[str, float]
    """Growth of all generation."""
    data_centers: dict[str, float]
    """Growth of what data centers use."""
    share: dict[str, float] | None
    """Growth of data centers over that of generation; null where generation does not grow in some draws, for then the ratio has no size."""


Layer = TypeAliasType("Layer", Literal["compute", "power", "energy", "firm", "storage"])


class LimitItem(Answer):
    """Share of draws in which a limit keeps what is wanted from being served."""

    value: float
    """The value."""
    base: float
    """Under what it is compared with."""
    difference: float
    """The difference in the same draws."""
    p_sign: float
    """How sure the draws make the sign of the difference."""


class NumberAgainstBase(Answer):
    """A mean or a chance in base, and the difference to it."""

    base: float
    """The same under the base."""
    difference: float
    """The difference in the same draws."""
    p_sign: float
    """How sure so many draws make the sign of the difference."""


class OverrideItem(Answer):
    """One override: the assumption, what is done to it, and why its number is what it is."""

    assumption: str
    """Name of the assumption it replaces."""
    kind: str
    """set, scale, shift, delay or ramp."""
    size: dict[str, Any]
    """The number, or its distribution."""
    unit: str
    """Unit of the values."""
    assumption_unit: str
    """Unit of the assumption."""
    why: str
    """The reason."""
    basis: str
    """What the number rests on: measured, published, derived or weak."""
    sources: list[str]
    """The sources it rests on."""


class OwnForecastPoint(Answer):
    """Quantiles of one period."""

    period: str
    """Written as the series writes its own."""
    quantiles: dict[str, float]
    """Values by quantile level."""


class PartItem(Answer):
    """What one group of drivers makes of a difference."""

    group: str
    """Name of the group of drivers."""
    value: float
    """The value."""
    p_sign: float
    """Of a chance or a shortfall, how sure so many draws make the sign; of a median, the share of draws in which the group's part of the gap has it."""


class PastReading(Answer):
    """A reading as an edition judged it."""

    title: str
    """What it is, in a few words."""
    value: float | None
    """The value."""
    unit: str | None
    """Unit of the values."""
    verdict: str
    """Whether it holds, does not hold, or is undecided."""


class PastVerdict(Answer):
    """What one edition said of a claim."""

    edition: str
    """The edition it is read off."""
    data_as_of: date
    """The day whose known figures it rests on."""
    issued: AwareDatetime
    """When it was issued."""
    past_day: bool
    """Made later for a past day; it was never served."""
    rule: str
    """How figures counted as known; `available` is a pseudo-vintage."""
    same_definition: bool
    """Whether the claim was defined as it is now."""
    verdict: str
    """Whether it holds, does not hold, or is undecided."""
    readings: list[PastReading]
    """The numbers it is judged by, each with its rule."""


PeriodLength = TypeAliasType("PeriodLength", Literal["year", "quarter"])


class ProblemItem(Answer):
    """What is wrong with one parameter, and what would be right."""

    parameter: str | None
    """The parameter, or the place in the body; null where it is none."""
    message: str
    """What is wrong with it."""
    allowed: list[str]
    """Values that are accepted in its place; empty where none can be named."""


Quantity = TypeAliasType("Quantity", Literal["p_short", "median_gap", "expected_shortfall"])


class Recalled(Answer):
    """That the edition was recalled after it was issued: what is wrong with it, and the edition to use instead."""

    at: AwareDatetime
    """When it was recalled."""
    reason: str
    """What is wrong with the edition."""
    successor: str | None
    """The edition to use instead; null where there is none."""


class RefusedSeries(Answer):
    """A series that is not forecast, and why."""

    series_id: str
    """Id of the series, as in /v1/series."""
    code: str
    """Stable name of the reason."""
    line: int | None
    """Where it stands in the file; of JSON in the table that its points make, whose first line is 2."""
    column: str | None
    """The column at fault."""
    message: str
    """The same in words."""


class ScenarioAnswer(Answer):
    """One scenario as it is written."""

    scenario: str
    """Name of the scenario; null where there is none."""
    title: str
    """What it is, in a few words."""
    story: str
    """What happens in it."""
    evidence: str
    """What bounds it."""
    compose: list[str]
    """Scenarios whose overrides it holds beside its own."""
    overrides: list[OverrideItem]
    """The assumptions it replaces."""


class ScenarioItem(Answer):
    """One scenario of the library; ``in_edition`` says whether the edition holds answers of it."""

    scenario: str
    """Name of the scenario; null where there is none."""
    title: str
    """What it is, in a few words."""
    description: str
    """What it means, in a sentence or more."""
    in_edition: bool
    """Whether the edition answered from has it."""


class ScenarioList(Answer):
    """A page of scenarios."""

    items: list[ScenarioItem]
    """The entries."""
    next: str | None
    """The cursor of the next page; null at the end."""


ScoreState = TypeAliasType("ScoreState", Literal["scored", "pending", "unmatched"])


Shape = TypeAliasType("Shape", Literal["wide", "long"])


class SolutionItem(Answer):
    """The least change of one lever."""

    lever: str
    """Name of the lever."""
    unit: str
    """Unit of the values."""
    neutral: float
    """The setting that does nothing."""
    least: float
    """Least setting that was tested."""
    most: float
    """Most."""
    status: str
    """met: without a change. not_reachable: by no setting within the tested range. not_affected: the lever moves no draw of the cell."""
    start: float
    """The measure at the neutral setting."""
    setting: float | None
    """Nearest to the neutral one, it meets the target; null where none does."""
    outcome: float | None
    """The measure there."""
    best_setting: float | None
    """Where the measure comes nearest, if none meets the target."""
    best_outcome: float | None
    """The measure there."""
    monotone: bool
    """Whether the measure goes one way over the range; where not, settings were scanned."""
    tolerance: float
    """A setting nearer to the neutral one by this does not meet the target."""
    sentence: str
    """What is said."""


class SplitItem(Answer):
    """One quantity: the difference, its parts, and the assumptions that move the base most."""

    quantity: str
    """What the projections are of."""
    value: float
    """Under the scenario."""
    against: float
    """Under what it is compared with."""
    difference: float
    """Of a median, that of the two medians."""
    p_sign: float
    """How sure the draws make the sign of the difference."""
    parts: list[PartItem]
    """They sum to the difference."""
    base: float | None
    """Of the base, on the draws of the bars."""
    bars: list[BarItem]
    """One assumption each, largest first."""


Status = TypeAliasType("Status", Literal["available", "partial", "unavailable"])


class SuspectValue(Answer):
    """A value that looks mistaken."""

    period: str
    """The period, by its first day."""
    line: int
    """Where it stands, as in refused."""
    value: float
    """The value."""
    factor: float
    """How many times what its neighbours or its season suggest it is."""


VintageRule = TypeAliasType("VintageRule", Literal["strict", "available"])


class Withheld(Answer):
    """An edition that is not served although it was issued later than the one that is, and why."""

    edition: str
    """The edition that is not served."""
    reason: str
    """Why it is not served."""


YearOrQuarter = TypeAliasType("YearOrQuarter", Literal["A", "Q"])


class AgainstBase(Answer):
    """
    The numbers of a point in base and what the scenario changes of them; null where the point has none.

    A difference of bands is that of the same draws, never of two bands. Growth, routes and shares of width have none.
    """

    demand: BandAgainstBase
    """Demand: what would be put into use, or what of it is taken, in the reading asked for."""
    supply: BandAgainstBase | None
    """Deliverable supply; null where none is known."""
    gap: BandAgainstBase | None
    """Demand minus supply, draw by draw; positive is short."""
    p_short: NumberAgainstBase | None
    """Probability that demand exceeds supply."""
    expected_shortfall: NumberAgainstBase | None
    """Mean of what is lacking, over all draws."""
    p_above: dict[str, NumberAgainstBase] | None
    """Against the base: P(gap > x) by threshold x."""
    p_short_by: NumberAgainstBase | None
    """Against the base: probability of being short in any period from the first to this one."""
    plan_late: BandAgainstBase | None
    """Against the base: share of the planned additions that could be late before it is short."""
    stranded: BandAgainstBase | None
    """Against the base: H100 equivalents bought that no hall houses."""
    vacant: BandAgainstBase | None
    """Against the base: H100 equivalents that halls house and nobody has bought."""
    shortages: BandAgainstBase | None
    """Against the base: sum over regions of what each is short of."""
    binding: dict[str, NumberAgainstBase] | None
    """Against the base: shares of draws in which each limit keeps what is wanted from being served."""
    expected: BandAgainstBase | None
    """Against the base: what stands with what is expected to be connected."""
    stock: dict[str, BandAgainstBase] | None
    """Against the base: what is shipped, retired and used."""


class AttributedPointItem(Answer):
    """One period."""

    period: date
    """The period, by its first day."""
    quantities: list[SplitItem]
    """What is split, by name."""
    binding: dict[str, LimitItem] | None
    """By limit, and nothing; null where limits are not told apart."""


class ClaimAnswer(Answer):
    """A claim, and its verdicts by the day whose figures were known."""

    id: str
    """Its name or number, by which it is asked for."""
    topic: str
    """What it is about."""
    sentence: str
    """What is said."""
    verdict: str
    """Whether it holds, does not hold, or is undecided."""
    as_of: date
    """The day whose figures were known."""
    combine: str
    """How readings become a verdict: the sentence says all of them, or they measure one thing and have to agree."""
    readings: list[ClaimReading]
    """The numbers it is judged by, each with its rule."""
    do_not_misread: str
    """What the sentence does not say."""
    decided_by: str
    """The figure that would decide it where it is undecided."""
    command: str
    """Judges it again from the edition's draws and the figures of its day."""
    edition: str
    """The edition it is read off."""
    issued: AwareDatetime
    """When it was issued."""
    data_as_of: date
    """The day whose known figures it rests on."""
    withheld: list[Withheld]
    """Later editions that are not served because they are corrupt or recalled."""
    recalled: Recalled | None
    """Null, or that the edition behind the answer was recalled, why, and what stands instead."""
    history: list[PastVerdict]
    """Of every edition that judged it, past days among them, ascending."""


class ClaimItem(Answer):
    """A sentence with its verdict."""

    id: str
    """Its name or number, by which it is asked for."""
    topic: str
    """What it is about."""
    sentence: str
    """What is said."""
    verdict: str
    """Whether it holds, does not hold, or is undecided."""
    as_of: date
    """The day whose figures were known."""
    combine: str
    """How readings become a verdict: the sentence says all of them, or they measure one thing and have to agree."""
    readings: list[ClaimReading]
    """The numbers it is judged by, each with its rule."""
    do_not_misread: str
    """What the sentence does not say."""
    decided_by: str
    """The figure that would decide it where it is undecided."""
    command: str
    """Judges it again from the edition's draws and the figures of its day."""


class ClaimList(Answer):
    """A page of claims in their order."""

    edition: str
    """The edition it is read off."""
    issued: AwareDatetime
    """When it was issued."""
    data_as_of: date
    """The day whose known figures it rests on."""
    withheld: list[Withheld]
    """Later editions that are not served because they are corrupt or recalled."""
    recalled: Recalled | None
    """Null, or that the edition behind the answer was recalled, why, and what stands instead."""
    reason: str | None
    """Why there are none."""
    items: list[ClaimItem]
    """The entries."""
    next: str | None
    """The cursor of the next page; null at the end."""


class EditionItem(Answer):
    """One edition of the ledger."""

    id: str
    """Its name or number, by which it is asked for."""
    issued: AwareDatetime
    """When it was issued."""
    data_as_of: date
    """The day whose knowledge it rests on."""
    model_version: str
    """The version of the models behind it."""
    manifest_sha256: str
    """Of what the manifest says but for the moment of issue."""
    state: str
    """served: the latest; issued: answers when it is named; recalled: the same, and says so; corrupt: later than the one served, which is served because this one does not match its hashes."""
    recalled: Recalled | None
    """Null, or that the edition behind the answer was recalled, why, and what stands instead."""


class EditionList(Answer):
    """A page of editions, the last issued first."""

    items: list[EditionItem]
    """The entries."""
    next: str | None
    """The cursor of the next page; null at the end."""


class EvaluatedCell(Answer):
    """One layer of the region."""

    region: str
    """Code of the region, as /v1/regions lists them."""
    layer: str
    """What can run short: compute, power, energy, firm or storage."""
    unit: str
    """Unit of the values."""
    demand: str
    """Which reading of demand it is."""
    affected: bool
    """Whether the scenario moves any draw of this layer."""
    effect: str | None
    """Said of a layer whose every draw is the base's."""
    points: list[EvaluatedPoint]
    """One entry a period, ascending; empty where there is no answer."""


class EvaluationAnswer(Answer):
    """An evaluation, whole or as far as it is."""

    evaluation: str
    """Its name: the same question on the same edition has the same."""
    against: str
    """The edition whose base it is compared with."""
    state: str
    """What state it is in."""
    draws: int | None
    """How many draws the cells rest on; a preview rests on the first of them."""
    cells: list[EvaluatedCell] | None
    """The layers that were asked for; null while none is evaluated."""


class FrontierPointItem(Answer):
    """A setting of the first lever, and the least change of the second beside it."""

    setting: float
    """What the first lever is set to."""
    solution: SolutionItem
    """The least change that does it, if any does."""
    sentence: str
    """What is said."""


class GapPoint(Answer):
    """Bands of one period; keys are quantile levels as shortest decimals. Null where figures cannot carry it."""

    period: date
    """First day of the period."""
    demand: dict[str, float]
    """Demand: what would be put into use, or what of it is taken, in the reading asked for."""
    supply: dict[str, float] | None
    """Deliverable supply; null where none is known."""
    gap: dict[str, float] | None
    """Demand minus deliverable supply, draw by draw; positive is short."""
    p_short: float | None
    """P(gap > 0)."""
    expected_shortfall: float | None
    """E[max(gap, 0)], in the unit."""
    p_above: dict[str, float] | None
    """P(gap > x) by x, in the unit, for the thresholds asked for with above; null without any."""
    p_short_by: float | None
    """P(short in any period of this frequency from the first to this one)."""
    plan_late: dict[str, float] | None
    """Share of the planned additions that could be late before it is short: 0 where it is short as planned, 1 where not even all of them would be missed (power)."""
    stranded: dict[str, float] | None
    """H100e bought that no hall houses (compute)."""
    vacant: dict[str, float] | None
    """H100e that halls house and nobody has bought (compute)."""
    shortages: dict[str, float] | None
    """Sum over regions of what each is short of what it wants; a surplus elsewhere does not count as it does in gap (power and compute of the world, H100e at 8 bit)."""
    binding: dict[str, float] | None
    """Share of draws in which nothing, chips, halls, connections to the grid or firm power keeps what is wanted from being served; they sum to 1 (power)."""
    expected: dict[str, float] | None
    """What stands with what of the requests is expected to be connected (requested demand)."""
    width_split: dict[str, dict[str, float]] | None
    """Share of the width of demand, supply and gap that each group of inputs causes."""
    model_error_share: float | None
    """Share of the variance of the gap, or of demand where there is no supply, that is the model error: what experts' past projections missed beyond the spread of the draws' own causes."""
    growth: Growth | None
    """Growth of generation and of data centers since the base year (energy)."""
    year_growth: Growth | None
    """The same over the year before (energy, years)."""
    against_base: AgainstBase | None
    """The same numbers in base, with the difference and the probability of its sign; null in base, and of editions made before they were told."""


class OwnForecast(Answer):
    """The forecast of a series, and how it was made."""

    series_id: str
    """Id of the series, as in /v1/series."""
    freq: str
    """A, H, Q or M."""
    points: int
    """Figures it rests on."""
    method: str
    """How it is forecast."""
    weights: dict[str, float]
    """Weights of the members pooled."""
    dropped: dict[str, str]
    """Members that were not pooled, with the reason."""
    n_scores: int
    """Past forecasts behind the widths."""
    reduced: list[str]
    """What this series had to do without, and why."""
    notices: list[str]
    """What was understood that its figures do not say."""
    suspects: list[SuspectValue]
    """Values that look mistaken."""
    forecast: list[OwnForecastPoint]
    """From the first period after its figures."""


class OwnForecastsAnswer(Answer):
    """Forecasts of a client's own series, or that they are under way."""

    name: str
    """Of this answer: the same series and options have the same."""
    state: str
    """What state it is in."""
    series: list[OwnForecast] | None
    """Those that are forecast; null while none is."""
    refused: list[RefusedSeries]
    """Those that are not."""
    notices: list[str]
    """What of the file was read over."""
    seconds: float | None
    """How long it took, once begun."""


class Problem(Answer):
    """RFC 9457 problem document."""

    type: str
    """Which kind it is, as an address."""
    title: str
    """What it is, in a few words."""
    status: int
    """The HTTP status."""
    detail: str
    """What happened this time, in a sentence."""
    remedy: str | None = None
    """What to do about it; null where there is nothing but to ask again or otherwise."""
    code: str
    """Stable name of the problem; /problems/{code} describes it."""
    errors: list[ProblemItem]
    """What is wrong, a part at a time; empty where the detail says all."""


class AttributedCell(Answer):
    """The cell."""

    region: str
    """Code of the region, as /v1/regions lists them."""
    layer: str
    """What can run short: compute, power, energy, firm or storage."""
    unit: str
    """Unit of the values."""
    demand: str
    """Demand: what would be put into use, or what of it is taken, in the reading asked for."""
    draws: int
    """How many the parts rest on."""
    groups: list[GroupItem]
    """One entry a group."""
    points: list[AttributedPointItem]
    """One entry a period, ascending; empty where there is no answer."""


class AttributionAnswer(Answer):
    """An attribution, whole or as far as it is."""

    base_edition: str
    """The edition whose base it rests on."""
    scenario: str
    """Name of the scenario; null where there is none."""
    against: str
    """The scenario it is compared with."""
    state: str
    """What state it is in."""
    draws: int | None
    """How many draws there are so far."""
    cell: AttributedCell | None
    """The cell it is about."""


class FrontierItem(Answer):
    """Pairs of settings that meet the target."""

    first: str
    """Set over its tested range."""
    second: str
    """Solved at each setting."""
    points: list[FrontierPointItem]
    """One entry a period, ascending; empty where there is no answer."""


class GapAnswer(Answer):
    """Answer of ``/v1/gaps``."""

    edition: str
    """The edition it is read off."""
    issued: AwareDatetime
    """When it was issued."""
    data_as_of: date
    """The day whose known figures it rests on."""
    withheld: list[Withheld]
    """Later editions that are not served because they are corrupt or recalled."""
    recalled: Recalled | None
    """Null, or that the edition behind the answer was recalled, why, and what stands instead."""
    region: str
    """Code of the region, as /v1/regions lists them."""
    layer: str
    """What can run short: compute, power, energy, firm or storage."""
    unit: str
    """Unit of the values."""
    unit_kind: str
    """Which of the quantities of that unit it is."""
    timing: str
    """Whether the value is at the end of the period, its average or its total."""
    scenario: str
    """Name of the scenario; null where there is none."""
    demand_concept: str
    """Which reading of demand it is."""
    freq: str
    """How long a period is: A a year, H a half-year, Q a quarter, M a month, W a week, D a day."""
    status: str
    """How much of the answer the figures support; reason says why not all."""
    confidence: str | None
    """How far the figures carry the answer: supported or weak; null where there is no answer."""
    reason: str | None
    """Why the answer is partial or unavailable; null otherwise."""
    effect: str | None
    """Said where the scenario leaves every draw of the cell as it is in base; null otherwise, and in editions made before it was told."""
    first_likely_short: date | None
    """First day of the first period in which a shortage is more likely than not; null without one."""
    growth_since: date | None
    """Need and supply are growth since the end of this day (firm); null where they are levels."""
    points: list[GapPoint]
    """One entry a period, ascending; empty where there is no answer."""
    drivers: list[DriverAge]
    """The observed series the answer rests on, each with the newest period it knows and its age."""
    cite: Cite
    """How to cite the answer."""
    sources: list[str]
    """The sources it rests on."""
    notes: list[str]
    """What a reader should know of the answer, in sentences."""


class SolvedItem(Answer):
    """The answer, and the question that it answers."""

    region: str
    """Code of the region, as /v1/regions lists them."""
    layer: str
    """What can run short: compute, power, energy, firm or storage."""
    demand: str
    """Demand: what would be put into use, or what of it is taken, in the reading asked for."""
    period: str
    """The period, by its first day."""
    measure: str
    """What is to be brought down."""
    target: float
    """The most it is to be."""
    unit: str
    """Unit of the values."""
    draws: int
    """How many it rests on."""
    solution: SolutionItem | None
    """Of one lever."""
    frontier: FrontierItem | None
    """Of two."""


class SolveAnswer(Answer):
    """What it takes, whole or as far as it is."""

    base_edition: str
    """The edition whose base it rests on."""
    scenario: str
    """What one starts from."""
    state: str
    """What state it is in."""
    draws: int | None
    """How many draws there are so far."""
    solved: SolvedItem | None
    """The question with its answer; null while it is worked out."""