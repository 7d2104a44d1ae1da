"""Query parameters as data: one table gives their documentation and what is allowed; readers give typed values."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fastapi import Request

from data.base.errors import InvalidParameter
from data.base.layers import DemandConcept, Layer
from data.base.quantiles import DEFAULT_LEVELS, Quantile
from data.base.regions import REGIONS
from data.catalogue.definitions import definitions
from data.catalogue.observations import KINDS
from data.periods.period import Frequency
from data.periods.text import FORMS, day_span, parse_day, shown
from data.store.ledger import Decision
from features.open_models import ProxyName
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.points import shortest
from projection.open_models.answers import POOLED
from projection.third_party.projections import Family
from projection.third_party.scoreboard import State

LIMIT_DEFAULT = 100
LIMIT_MAXIMUM = 1000
LEVELS_MAXIMUM = 50
THRESHOLDS_MAXIMUM = 20
BASES = ("8bit", "16bit")
FREQUENCIES = (Frequency.YEAR, Frequency.QUARTER)
PROXIES = (POOLED, *(name.value for name in ProxyName))
COUNTRIES = ("CN", "US", "EU", "OTHER")
"""Origins of models an answer tells; those of gaps are other things."""
HALF = "0.5"
DATE_FORMS = ("2028", "2028H1", "2028Q3", "2028-07", "2028-07-01")
LEVELS_EXAMPLE = "0.1,0.5,0.9"
THRESHOLDS_EXAMPLE = "0,10"
SERIES_REGIONS = tuple(sorted({one.region for one in definitions().values()}))
METRICS = tuple(sorted({one.metric for one in definitions().values()}))
SERIES_FREQUENCIES = tuple(sorted({freq for one in definitions().values() for freq in one.units}))
"""What the catalogue defines; a series of one's own may bring a region or metric beside them."""


@dataclass(frozen=True)
class Parameter:
    """One query parameter: what it means and the JSON schema of its value."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    example: Any = None
    required: bool = False

    def document(self) -> dict[str, Any]:
        """The parameter as OpenAPI writes it."""
        entry: dict[str, Any] = {
            "name": self.name,
            "in": "query",
            "required": self.required,
            "description": self.description,
            "schema": dict(self.schema),
        }
        return entry if self.example is None else entry | {"example": self.example}


def _enum(values: Sequence[str], default: str | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "enum": list(values)}
    return schema if default is None else schema | {"default": default}


REGION = Parameter(
    "region",
    "Region code, in any case. Cells are computed for US, CN, EU, WORLD, the grids US-PJM, US-ERCOT and IE (energy and "
    "firm), and US-VA and US-TX (committed and requested power); any other region of "
    "/v1/regions is known but answers unavailable.",
    _enum(list(REGIONS)),
    example="US",
    required=True,
)
LAYER = Parameter("layer", "What can run short.", _enum([x.value for x in Layer]), "power", required=True)
SCENARIO = Parameter("scenario", "A name of /v1/scenarios.", {"type": "string", "default": "base"}, "base")
DEMAND = Parameter(
    "demand", "Which demand is meant.", _enum([x.value for x in DemandConcept], "equipment"), "equipment"
)
FROM = Parameter(
    "from", "First period, as 2028, 2028H1, 2028Q3, 2028-07, or any day or time stamp inside it.", example="2027"
)
TO = Parameter("to", "Last period, in the same forms; a year means all of it.", example="2030")
FREQ = Parameter("freq", "A for years, Q for quarters.", _enum([x.value for x in FREQUENCIES], "A"), "A")
QUANTILES = Parameter(
    "quantiles",
    f"Levels strictly between 0 and 1, separated by commas, each once, at most {LEVELS_MAXIMUM}.",
    {"type": "string", "default": ",".join(map(str, DEFAULT_LEVELS))},
    "0.1,0.5,0.9",
)
ABOVE = Parameter(
    "above",
    "Thresholds x, in the unit of the layer, of P(gap > x): numbers separated by commas, each once, at most "
    f"{THRESHOLDS_MAXIMUM}.",
    {"type": "string"},
    "0,10",
)
BASIS = Parameter(
    "basis", "Precision H100 equivalents are counted at (compute only).", _enum(["8bit", "16bit"], "8bit"), "8bit"
)
PROXY = Parameter(
    "proxy", "What use is read from: one proxy, or those that count open models pooled.", _enum(PROXIES, POOLED), POOLED
)
ORIGIN = Parameter(
    "region", "Only models made in this country, in any case; all by default.", _enum(COUNTRIES), example="CN"
)
SHARE_ABOVE = Parameter(
    "above",
    "Thresholds x of P(share > x): numbers strictly between 0 and 1 separated by commas, each once, at most "
    f"{THRESHOLDS_MAXIMUM}.",
    {"type": "string", "default": HALF},
    HALF,
)
PERIOD = Parameter("period", "The period the sentence is about; by default two years after the data.", example="2028")
THEME = Parameter("theme", "Colours for a light or a dark page.", _enum(["light", "dark"], "light"), "light")
LIMIT = Parameter(
    "limit",
    "Items on a page.",
    {"type": "integer", "minimum": 1, "maximum": LIMIT_MAXIMUM, "default": LIMIT_DEFAULT},
    10,
)
CURSOR = Parameter("cursor", "The value of next in the page before.", {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"})
SERIES_REGION = Parameter("region", "Only series of this region, in any case.", _enum(SERIES_REGIONS), example="US")
METRIC = Parameter(
    "metric", "Only series of this metric, in any case.", _enum(METRICS), example="electricity_consumption"
)
KIND = Parameter("kind", "Only series with figures of this kind.", _enum(KINDS))
SEARCH = Parameter("q", "Words that must all occur in the series id, title, metric or unit.", example="capex")
AS_OF = Parameter(
    "as_of", "Only what was known on that day, or the day of a time stamp; today by default.", example="2026-11-23"
)
RULE = Parameter(
    "rule",
    "strict: published on or before as_of. available: period end plus release lag, for series whose publication days "
    "are days of retrieval.",
    _enum(["strict", "available"], "strict"),
)
HISTORY = Parameter(
    "include_history", "Every vintage instead of the last one published.", _enum(["false", "true"], "false")
)
FAMILY = Parameter(
    "family",
    "Only figures of one family: equipment (models of equipment and its electricity) or announced (counters of "
    "projects, queues and filings); both by default.",
    _enum([family.value for family in Family]),
)
EARLIER = Parameter(
    "include_history", "Earlier editions of a publisher beside the newest.", _enum(["false", "true"], "false")
)
YEAR = Parameter("period", "One period, in the forms of from; not beside from or to.", example="2028")
ANY_FREQ = Parameter("freq", "Only figures of this frequency.", _enum(SERIES_FREQUENCIES))

GAP = (REGION, LAYER, SCENARIO, DEMAND, FREQ, FROM, TO, QUANTILES, ABOVE, BASIS)
CHART = (REGION, LAYER, SCENARIO, DEMAND, FREQ, FROM, TO, THEME)
COMPARISON = (REGION, LAYER, SCENARIO, YEAR, FROM, TO, FAMILY, EARLIER)
COMPARISON_CHART = (*COMPARISON, THEME)
HEADLINE = (REGION, LAYER, SCENARIO, DEMAND, FREQ, PERIOD)
OPEN_MODELS = (PROXY, ORIGIN, SCENARIO, FROM, TO, QUANTILES, SHARE_ABOVE)
FORECAST = (ANY_FREQ, FROM, TO, QUANTILES)
DECISION = Parameter("kind", "Only decisions of this kind.", _enum([kind.value for kind in Decision]))
PAGE = (LIMIT, CURSOR)
SCORE_REGION = Parameter("region", "Only projections of this region, in any case.", _enum(SERIES_REGIONS), "US")
SCORE_LAYER = Parameter("layer", "Only projections that tell of this layer.", _enum([x.value for x in Layer]), "energy")
WHO = Parameter("by", "Only projections of this publisher, in any case; Headroom for our own.", example="Headroom")
STATE = Parameter(
    "state",
    "scored: a later figure is known; pending: the period is not over; unmatched: it is over and none of the same "
    "definition is known.",
    _enum([state.value for state in State]),
)
SCOREBOARD = (SCORE_REGION, SCORE_LAYER, WHO, STATE, *PAGE)
PROMOTIONS = (DECISION, *PAGE)
SERIES = (SERIES_REGION, METRIC, KIND, SEARCH, *PAGE)
OBSERVATIONS = (AS_OF, RULE, HISTORY, ANY_FREQ, *PAGE)
NONE: tuple[Parameter, ...] = ()


def read(request: Request, parameters: Sequence[Parameter]) -> dict[str, str]:
    """The query as name -> text; raises :class:`InvalidParameter` for unknown, repeated, empty or missing names."""
    known = [parameter.name for parameter in parameters]
    values: dict[str, str] = {}
    for name, text in request.query_params.multi_items():
        if name not in known:
            what = "is not a parameter of this path" + ("" if known else ", which takes none")
            raise InvalidParameter(name, what, allowed=known)
        if name in values:
            raise InvalidParameter(name, "is given more than once")
        if not text.strip():
            raise InvalidParameter(name, "is empty", allowed=_allowed(parameters, name))
        values[name] = text.strip()
    for parameter in parameters:
        if parameter.required and parameter.name not in values:
            raise InvalidParameter(parameter.name, "is required", allowed=_allowed(parameters, parameter.name))
    return values


def _allowed(parameters: Sequence[Parameter], name: str) -> Sequence[str]:
    """What may stand there: every value where they are few, else an example."""
    parameter = next(parameter for parameter in parameters if parameter.name == name)
    if parameter is REGION:
        return REGIONS_ANSWERED
    values = parameter.schema.get("enum", [parameter.example] if parameter.example is not None else ())
    return [str(value) for value in values]


def choice(name: str, text: str, allowed: Sequence[str]) -> str:
    """The allowed value that equals the text in any case; raises :class:`InvalidParameter` if none does."""
    for value in allowed:
        if value.casefold() == text.casefold():
            return value
    raise InvalidParameter(name, f"{text!r} is not known", allowed=allowed)


def levels(text: str, *, published: Sequence[Quantile] | None = None) -> tuple[Quantile, ...]:
    """Quantile levels, ascending; raises :class:`InvalidParameter` when malformed, repeated or not published.

    >>> levels("0.9,0.10")
    (0.1, 0.9)
    """
    found: list[Quantile] = []
    allowed = [LEVELS_EXAMPLE] if published is None else [str(level) for level in published]
    for part in text.split(","):
        try:
            level = Quantile.parse(part)
        except InvalidParameter as error:
            raise InvalidParameter("quantiles", error.message, allowed=allowed) from None
        if level in found:
            raise InvalidParameter("quantiles", f"{level} is given twice", allowed=allowed)
        if published is not None and level not in published:
            raise InvalidParameter("quantiles", f"{level} is not published", allowed=allowed)
        found.append(level)
    if len(found) > LEVELS_MAXIMUM:
        message = f"{len(found)} levels are more than {LEVELS_MAXIMUM}"
        raise InvalidParameter("quantiles", message, allowed=allowed)
    return tuple(sorted(found))


def thresholds(text: str, *, example: str = THRESHOLDS_EXAMPLE) -> tuple[float, ...]:
    """Thresholds of a gap, ascending; raises :class:`InvalidParameter` when one is no finite number or given twice.

    >>> thresholds("10,-2.5")
    (-2.5, 10.0)
    """
    found: list[float] = []
    for part in text.split(","):
        try:
            value = float(part)
        except ValueError:
            raise InvalidParameter("above", f"{part!r} is not a number", allowed=[example]) from None
        if not math.isfinite(value):
            raise InvalidParameter("above", f"{part!r} is not finite", allowed=[example])
        if value in found:
            raise InvalidParameter("above", f"{shortest(value)} is given twice", allowed=[example])
        found.append(value)
    if len(found) > THRESHOLDS_MAXIMUM:
        message = f"{len(found)} thresholds are more than {THRESHOLDS_MAXIMUM}"
        raise InvalidParameter("above", message, allowed=[example])
    return tuple(sorted(found))


def shares(text: str) -> tuple[float, ...]:
    """Thresholds of a share, ascending; raises :class:`InvalidParameter` as :func:`thresholds` and outside (0, 1).

    >>> shares("0.5,0.25")
    (0.25, 0.5)
    """
    found = thresholds(text, example=HALF)
    for value in found:
        if not 0 < value < 1:
            message = f"{shortest(value)} is not strictly between 0 and 1"
            raise InvalidParameter("above", message, allowed=[HALF])
    return found


# A plus that was not percent-encoded arrives as a space.
_ZONE = re.compile(r"([Tt].*) ([0-9]{2}:?[0-9]{2})\Z")


def span(name: str, text: str) -> tuple[date, date]:
    """First and last day of the period a text names; raises :class:`InvalidParameter` saying what is wrong with it.

    >>> span("from", "2028Q3")
    (datetime.date(2028, 7, 1), datetime.date(2028, 9, 30))
    """
    try:
        return day_span(_ZONE.sub(r"\1+\2", text), parameter=name)
    except InvalidParameter as error:
        # Examples of what is projected say more here than the general ones.
        allowed = DATE_FORMS if error.allowed == FORMS else error.allowed
        raise InvalidParameter(name, error.message, allowed=allowed) from None


def window(values: Mapping[str, str]) -> tuple[date | None, date | None]:
    """First and last day asked for, either may be open; raises :class:`InvalidParameter` when from is after to."""
    first = span("from", values["from"])[0] if "from" in values else None
    last = span("to", values["to"])[1] if "to" in values else None
    if first is not None and last is not None and first > last:
        raise InvalidParameter("from", f"{values['from']} is after to={values['to']}", allowed=[values["to"]])
    return first, last


def exact_day(name: str, text: str) -> date:
    """One day, as 2026-11-23 or a time stamp of it; raises :class:`InvalidParameter` for anything else."""
    return parse_day(_ZONE.sub(r"\1+\2", text), parameter=name)


def limit(values: Mapping[str, str]) -> int:
    """Items on a page; raises :class:`InvalidParameter` outside 1 to 1000."""
    text = values.get("limit", str(LIMIT_DEFAULT))
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= LIMIT_MAXIMUM:
        message = f"{shown(text)} is not a whole number from 1 to {LIMIT_MAXIMUM}"
        raise InvalidParameter("limit", message, allowed=["1", str(LIMIT_MAXIMUM)])
    return int(text)
