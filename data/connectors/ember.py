"""Ember's API (CC BY 4.0): monthly electricity generation by source, demand and net imports.

One request an area: the API keeps only the last of several areas in one request, and takes countries by three-letter
code, aggregates by name. A wrong code gives no rows and no error, so an empty answer is checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

import orjson
import polars as pl

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, Rejected, observations
from data.connectors.payload import Form, Payload, Request

ADDRESS: Final = "https://api.ember-energy.org/v1/electricity-generation/monthly"
KEY_SETTING: Final = "ember_key"

AREAS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("entity_code", "CHN"): "CN",
        ("entity_code", "IRL"): "IE",
        ("entity_code", "USA"): "US",
        ("entity", "EU"): "EU",
        ("entity", "World"): "WORLD",
    }
)
"""Region by the query parameter that asks for it."""

SERIES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "Bioenergy": ("generation.bioenergy", "electricity_generation"),
        "Coal": ("generation.coal", "electricity_generation"),
        "Gas": ("generation.gas", "electricity_generation"),
        "Hydro": ("generation.hydro", "electricity_generation"),
        "Nuclear": ("generation.nuclear", "electricity_generation"),
        "Other fossil": ("generation.other_fossil", "electricity_generation"),
        "Other renewables": ("generation.other_renewables", "electricity_generation"),
        "Solar": ("generation.solar", "electricity_generation"),
        "Wind": ("generation.wind", "electricity_generation"),
        "Total generation": ("generation.total", "electricity_generation"),
        "Demand": ("demand", "electricity_demand"),
        "Net imports": ("net_imports", "net_electricity_imports"),
    }
)
"""Middle of the series id and metric by Ember's name."""

SUMS: Final = frozenset(
    {"Clean", "Fossil", "Renewables", "Wind and solar", "Hydro, bioenergy and other renewables", "Gas and other fossil"}
)
"""Ember's own sums of the series above: not given twice."""

NOT_KEPT: Final = frozenset({("WORLD", "net_imports")})
"""The world trades with nobody."""

FIELDS: Final = ("date", "series", "generation_twh")
QUIET: Final = timedelta(days=180)
"""A request that reaches further back than this is never rightly answered with no rows."""
_SHOWN: Final = 80
_WORLD_NOTE: Final = "countries without monthly figures are estimated by Ember"


@dataclass(frozen=True, slots=True)
class Ember:
    """Monthly TWh of five areas; published is the day of retrieval, for the answer names no day of release."""

    name: str = "ember"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - open towards today
        """One request an area, from the month of ``since`` on; raises :class:`SourceKeyMissing`."""
        key = access.key(KEY_SETTING, source=self.name)
        narrow = {} if since is None else {"start_date": f"{since:%Y-%m}"}
        return [
            Request(
                ADDRESS,
                Form.JSON,
                parameters={parameter: value, **narrow},
                secrets={"api_key": key},
                part=f"monthly generation, {region}",
            )
            for (parameter, value), region in AREAS.items()
        ]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page: an answer holds every month asked for."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """One area; raises :class:`SourceChanged`, also for rows of another area than was asked for."""
        region = _area(payload)
        records = _records(payload)
        if not records and _due(payload):
            raise SourceChanged(payload.request.key, "holds no rows, as for an area the API does not know")
        rows: list[dict[str, object]] = []
        rejected: list[Rejected] = []
        marked = 0
        for place, record in enumerate(records):
            figure = _figure(record, f"data[{place}]", payload)
            if isinstance(figure, Rejected):
                rejected.append(figure)
            elif figure is None:
                marked += 1
            elif figure["middle"] and (region, figure["middle"]) not in NOT_KEPT:
                rows.append(figure)
        schema = {"period": pl.Date, "value": pl.Float64, "middle": pl.String, "metric": pl.String}
        frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
            pl.format("{}.electricity.{}.ember", pl.lit(region.lower()), "middle").alias("series_id"),
            pl.lit(region).alias("region"),
            pl.lit("TWh").alias("unit"),
            pl.lit("M").alias("freq"),
        )
        # Beyond some ninety countries with monthly figures, the world's month is Ember's own estimate.
        kind, note = ("estimate", _WORLD_NOTE) if region == "WORLD" else ("actual", "")
        table = observations(frame, source_id=self.name, published=payload.day, kind=kind, table="energy", note=note)
        return Parsed({"observations": table}, tuple(rejected), len(records), marked)


def _area(payload: Payload) -> str:
    for (parameter, value), region in AREAS.items():
        if payload.request.parameters.get(parameter) == value:
            return region
    raise SourceChanged(payload.request.key, "was not asked for a known area")


def _records(payload: Payload) -> list[Any]:
    try:
        answer = orjson.loads(payload.text())
    except orjson.JSONDecodeError as error:
        raise SourceChanged(payload.request.key, f"is not JSON at character {error.pos}") from None
    records = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(records, list):
        raise SourceChanged(payload.request.key, "has no list named data")
    for record in records[:1]:
        missing = [name for name in FIELDS if not isinstance(record, dict) or name not in record]
        if missing:
            raise SourceChanged(payload.request.key, f"rows lack {', '.join(missing)}")
    return records


def _due(payload: Payload) -> bool:
    start = payload.request.parameters.get("start_date")
    return start is None or payload.day - date.fromisoformat(f"{start}-01") > QUIET


def _figure(record: Any, where: str, payload: Payload) -> dict[str, object] | Rejected | None:  # noqa: ANN401 - JSON
    """A row as figure, as fault, or None where Ember states none; ``middle`` is empty for a sum we do not keep."""
    if not isinstance(record, dict) or any(name not in record for name in FIELDS):
        return Rejected(Reason.ROW_MALFORMED, "fields are missing", where, {"row": str(record)[:_SHOWN]})
    for parameter in ("entity_code", "entity"):
        filter_value = payload.request.parameters.get(parameter)
        if filter_value is not None and record.get(parameter) != filter_value:
            detail = f"holds rows of {record.get(parameter)!r} where {filter_value} was asked for"
            raise SourceChanged(payload.request.key, detail)
    series, value, period = record["series"], record["generation_twh"], _month(record["date"])
    if series in SUMS:
        return {"period": None, "value": None, "middle": "", "metric": ""}
    fault: tuple[Reason, str] | None = None
    if series not in SERIES:
        fault = Reason.SERIES_UNKNOWN, f"{series!r} has no series"
    elif period is None:
        fault = Reason.PERIOD_INVALID, f"{record['date']!r} is no month"
    elif value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        fault = Reason.NOT_A_NUMBER, f"{value!r} is no number"
    if fault is not None:
        return Rejected(*fault, where, {name: str(record[name])[:_SHOWN] for name in FIELDS})
    if value is None:
        return None
    middle, metric = SERIES[series]
    return {"period": period, "value": float(value), "middle": middle, "metric": metric}


def _month(text: object) -> date | None:
    """The first of a month written 2026-07 or 2026-07-01."""
    if not isinstance(text, str):
        return None
    try:
        day = date.fromisoformat(text if text.count("-") > 1 else f"{text}-01")
    except ValueError:
        return None
    return day if day.day == 1 else None


CONNECTOR: Final = Ember()
