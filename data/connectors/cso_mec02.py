"""Central Statistics Office Ireland, PxStat table MEC02: metered electricity of data centers and of all customers.

JSON-stat 2.0 (https://json-stat.org/full/): ``value`` is one list, or an object by position, in row-major order of
``id`` and ``size``. The table appears once a year with all its quarters and is revised as meters are found to be those
of data centers; ``updated`` is the time of the release.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, Rejected, observations
from data.connectors.payload import Form, Payload, Request

ADDRESS = "https://ws.cso.ie/public/api.restful/PxStat.Data.Cube_API.ReadDataset/MEC02/JSON-stat/2.0/en"
STATISTIC = "STATISTIC"
QUARTERS = "TLIST(Q1)"
CUSTOMERS = "C03907V04659"
UNITS = frozenset({"GWh", "Gigawatt Hours"})
SERIES = {
    "data centres": ("ie.datacenter.electricity", "ie.datacenter.electricity.annual", "metered_electricity"),
    "all metered electricity consumption": (
        "ie.electricity.metered",
        "ie.electricity.metered.annual",
        "metered_electricity_total",
    ),
}
"""Series of quarters, series of years and metric by the label of the customers; the rest is their difference."""
_QUARTER = re.compile(r"(\d{4})\s?Q?([1-4])")
_QUARTERS_PER_YEAR = 4


@dataclass(frozen=True, slots=True)
class CsoMec02:
    """Quarters as printed, and years with four quarters as their sum."""

    name: str = "cso_mec02"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the table comes whole
        """The whole table."""
        return [Request(ADDRESS, Form.JSON, part="table MEC02")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """Quarters and years as of the release; raises :class:`SourceChanged`."""
        cube = _Cube(payload)
        rejected: list[Rejected] = []
        rows: list[dict[str, object]] = []
        marked = 0
        for customers, (quarterly, yearly, metric) in SERIES.items():
            code = cube.code(CUSTOMERS, customers)
            years: dict[int, list[float]] = {}
            for quarter, label in cube.categories(QUARTERS):
                value = cube.value(quarter, code)
                where = f"value of {label}, {customers}"
                match = _QUARTER.fullmatch(label)
                if match is None:
                    rejected.append(
                        Rejected(Reason.PERIOD_INVALID, f"{label!r} is no quarter", where, {"value": str(value)})
                    )
                elif value is None:
                    marked += 1
                elif isinstance(value, bool) or not isinstance(value, int | float):
                    rejected.append(Rejected(Reason.NOT_A_NUMBER, f"{value!r}", where, {"value": str(value)}))
                else:
                    year, number = int(match[1]), int(match[2])
                    first = date(year, 3 * number - 2, 1)
                    rows.append(_row(quarterly, metric, "Q", first, value, "official meter data"))
                    years.setdefault(year, []).append(value)
            rows += [
                _row(yearly, metric, "A", date(year, 1, 1), sum(values), "derived: sum of quarters")
                for year, values in years.items()
                if len(values) == _QUARTERS_PER_YEAR
            ]
        frame = pl.DataFrame(rows, schema=_ROW).with_columns(pl.lit("IE").alias("region"), pl.lit("GWh").alias("unit"))
        table = observations(frame, source_id=self.name, published=cube.published, kind="actual", table="capacity")
        return Parsed({"observations": table}, tuple(rejected), rows_read=cube.size, marked=marked)


_ROW: dict[str, type[pl.DataType]] = {
    "series_id": pl.String,
    "metric": pl.String,
    "freq": pl.String,
    "period": pl.Date,
    "value": pl.Float64,
    "note": pl.String,
}


def _row(series: str, metric: str, freq: str, period: date, value: float, note: str) -> dict[str, object]:
    return dict(zip(_ROW, (series, metric, freq, period, float(value), note), strict=True))


class _Cube:
    """The table as served, checked to be the one we know."""

    def __init__(self, payload: Payload) -> None:
        self._key = payload.request.key
        try:
            document: Mapping[str, Any] = json.loads(payload.text())
            self._axes: list[str] = list(document["id"])
            self._sizes: list[int] = [int(size) for size in document["size"]]
            self._dimensions: Mapping[str, Any] = document["dimension"]
            self._values: Any = document["value"]
            unit = self._unit()
            self.published = datetime.fromisoformat(document["updated"]).date()
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise SourceChanged(self._key, f"is not JSON-stat 2.0 as known: {type(error).__name__} {error}") from None
        if sorted(self._axes) != sorted((STATISTIC, QUARTERS, CUSTOMERS)):
            raise SourceChanged(self._key, f"the dimensions are {', '.join(self._axes)}")
        if unit not in UNITS:
            raise SourceChanged(self._key, f"the unit is {unit!r} instead of GWh")
        self.size = math.prod(self._sizes)
        shape = {axis: len(self.categories(axis)) for axis in self._axes}
        if [shape[axis] for axis in self._axes] != self._sizes or shape[STATISTIC] != 1:
            raise SourceChanged(self._key, f"has {shape} categories, but the sizes {self._sizes}")
        if not isinstance(self._values, list | dict) or (
            isinstance(self._values, list) and len(self._values) != self.size
        ):
            raise SourceChanged(self._key, f"does not hold {self.size} values")

    def categories(self, axis: str) -> list[tuple[int, str]]:
        """Position and label of every category, in order."""
        category = self._dimensions[axis]["category"]
        labels = category.get("label", {})
        # One category may go without an index: its only label names it.
        index = category.get("index", list(labels))
        codes = index if isinstance(index, list) else sorted(index, key=index.__getitem__)
        return [(position, str(labels.get(code, code))) for position, code in enumerate(codes)]

    def code(self, axis: str, label: str) -> int:
        """Position of the category with that label."""
        positions = [position for position, name in self.categories(axis) if name.strip().lower() == label]
        if len(positions) != 1:
            raise SourceChanged(self._key, f"{len(positions)} categories of {axis} are labelled {label!r}")
        return positions[0]

    def value(self, quarter: int, customers: int) -> object:
        """What stands there; None where nothing does."""
        place = {STATISTIC: 0, QUARTERS: quarter, CUSTOMERS: customers}
        position = 0
        for axis, size in zip(self._axes, self._sizes, strict=True):
            position = position * size + place[axis]
        value: object = self._values[position] if isinstance(self._values, list) else self._values.get(str(position))
        return value

    def _unit(self) -> str:
        units = self._dimensions[STATISTIC]["category"]["unit"]
        return str(next(iter(units.values()))["label"])


CONNECTOR = CsoMec02()
