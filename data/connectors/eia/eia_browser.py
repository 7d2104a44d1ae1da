"""Tables saved from EIA's Electricity Data Browser: net generation, retail sales and average retail price as CSV.

The web page creates the file on the reader's computer, so there is no address to request and a saved file is parsed.
Its first four lines give the title, the address of the view, the time of saving and the source; the header starts with
``description``, ``units``, ``source key`` and has a month (``Jan 2001``, or ``01-Jan`` where a spreadsheet program
rewrote it) or a year in each further column.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from types import MappingProxyType
from typing import Final

import polars as pl

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.connectors.contract import OBSERVATIONS, Access, Parsed, Rejected, observations
from data.connectors.eia.cells import read_cells
from data.connectors.eia.series_names import NETGEN, NETGEN_ANNUAL, PRICES, SALES, Codes, region
from data.connectors.payload import Payload, Request

START: Final = ("description", "units", "source key")
PREAMBLE: Final = 20
"""Lines looked through for the header."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PRINTED = re.compile(r"^(?P<month>[A-Z][a-z]{2}) (?P<year>\d{4})$")
_REWRITTEN = re.compile(r"^(?P<year>\d{2})-(?P<month>[A-Z][a-z]{2})$")
_YEAR = re.compile(r"^\d{4}$")
_SAVED = re.compile(r"[A-Z][a-z]{2} (?P<day>[A-Z][a-z]{2} \d{2} \d{4}) \d{2}:\d{2}:\d{2}")
_GENERATION = re.compile(r"^ELEC\.GEN\.(?P<code>[A-Z]+)-(?P<area>[A-Z]+)-99\.(?P<freq>[AM])$")
_RETAIL = re.compile(r"^ELEC\.(?P<topic>SALES|PRICE)\.(?P<area>[A-Z]+)-(?P<code>[A-Z]+)\.(?P<freq>[AM])$")


@dataclass(frozen=True, slots=True)
class _Topic:
    metric: str
    stated: str
    unit: str
    codes: Mapping[str, Codes]


_TOPICS: Final[Mapping[str, _Topic]] = MappingProxyType(
    {
        "GEN": _Topic("electricity_net_generation", "thousand megawatthours", "GWh", {"M": NETGEN, "A": NETGEN_ANNUAL}),
        "SALES": _Topic("electricity_retail_sales", "million kilowatthours", "GWh", {"M": SALES}),
        "PRICE": _Topic("electricity_retail_price", "cents per kilowatthour", "US_cents_per_kWh", {"M": PRICES}),
    }
)


@dataclass(frozen=True, slots=True)
class EiaBrowser:
    """Files saved by hand from the Electricity Data Browser."""

    name: str = "eia_browser"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - there is no address to narrow
        """Nothing: the file has no address."""
        return ()

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - a file has one page
        """Nothing."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """Rows of a saved file; published on the day it was saved where that is stated, else on that of retrieval.

        Raises :class:`SourceChanged` on another header, on a unit that is not the topic's, and where no row has a key
        of a topic we know.
        """
        lines = list(csv.reader(io.StringIO(payload.text(), newline="")))
        top = _header_place(lines, payload)
        freq, periods = _periods(lines[top][len(START) :], payload)
        counts: dict[tuple[str, ...], int] = {}
        rejected: list[Rejected] = []
        recognised = rows_read = 0
        for place, line in enumerate(lines[top + 1 :], start=top + 2):
            if len(line) != len(START) + len(periods):
                row = dict(zip(START, line, strict=False))
                detail = f"{len(line)} cells where the header has {len(START) + len(periods)}"
                rejected.append(Rejected(Reason.ROW_MALFORMED, detail, f"line {place}", row))
                continue
            if not any(line[len(START) :]):
                # Headings of a group of rows have a name and at most a unit.
                continue
            rows_read += len(periods)
            series = _series(line[2], freq)
            recognised += series is not None
            series_id, topic, _ = series or ("", None, "")
            if topic is None or not series_id:
                continue
            if line[1].strip() != topic.stated:
                raise SourceChanged(
                    payload.request.key, f"{line[2]} is in {line[1]!r} where {topic.stated!r} was expected"
                )
            # The browser repeats rows that belong to two groups; a repetition that differs is kept and judged later.
            counts.setdefault((line[2], *line[len(START) :]), place)
        if not recognised:
            raise SourceChanged(payload.request.key, "has no row of net generation, retail sales or retail price")
        return self._parsed(counts, freq, periods, rejected, rows_read, _published(lines[:top], payload))

    def _parsed(
        self,
        counts: Mapping[tuple[str, ...], int],
        freq: str,
        periods: Sequence[date],
        rejected: Sequence[Rejected],
        rows_read: int,
        published: date,
    ) -> Parsed:
        wide = pl.DataFrame(
            [[row[0], str(place), *row[1:]] for row, place in counts.items()],
            schema={"key": pl.String, "line": pl.String, **{day.isoformat(): pl.String for day in periods}},
            orient="row",
        )
        long = wide.unpivot(index=["key", "line"], variable_name="day", value_name="cell").with_columns(
            pl.format("line {}", "line").alias("where"), pl.col("day").str.to_date("%Y-%m-%d").alias("period")
        )
        cells = read_cells(long, label_columns=["key", "day"])
        described = {key: match for key in {row[0] for row in counts} if (match := _series(key, freq))}
        names = pl.DataFrame(
            [(key, series, topic.metric, topic.unit, region(area)) for key, (series, topic, area) in described.items()],
            schema=dict.fromkeys(["key", "series_id", "metric", "unit", "region"], pl.String),
            orient="row",
        )
        table = observations(
            cells.figures.join(names, on="key", how="inner", maintain_order="left").with_columns(
                pl.lit(freq).alias("freq")
            ),
            source_id=self.name,
            published=published,
            kind="actual",
            table="energy",
        )
        return Parsed({OBSERVATIONS: table}, (*rejected, *cells.rejected), rows_read=rows_read, marked=cells.marked)


def _header_place(lines: Sequence[Sequence[str]], payload: Payload) -> int:
    before = list(takewhile(lambda line: not line or line[0].strip().lower() != START[0], lines[:PREAMBLE]))
    if len(before) == min(len(lines), PREAMBLE):
        raise SourceChanged(
            payload.request.key, f"no header that starts with {START[0]!r} in its first {PREAMBLE} lines"
        )
    header = lines[len(before)]
    if tuple(name.strip().lower() for name in header[: len(START)]) != START:
        raise SourceChanged(payload.request.key, f"the header starts with {header[:3]} instead of {list(START)}")
    return len(before)


def _periods(names: Sequence[str], payload: Payload) -> tuple[str, list[date]]:
    """The frequency of the columns and the first day of each."""
    days = [_period(name.strip()) for name in names]
    if not days or None in days:
        strange = [name for name, day in zip(names, days, strict=True) if day is None]
        raise SourceChanged(payload.request.key, f"columns {strange[:3]} are neither months nor years")
    periods = [day for day in days if day is not None]
    yearly = {bool(_YEAR.match(name.strip())) for name in names}
    if len(yearly) > 1 or len(set(periods)) < len(periods):
        raise SourceChanged(payload.request.key, "columns mix months with years or repeat a period")
    return ("A" if yearly.pop() else "M"), periods


def _period(name: str) -> date | None:
    if _YEAR.match(name):
        return date(int(name), 1, 1)
    match = _PRINTED.match(name) or _REWRITTEN.match(name)
    if match is None or match["month"] not in _MONTHS:
        return None
    # The series begin in 2001, so a two-digit year is one of this century.
    year = int(match["year"]) if len(match["year"]) > 2 else 2000 + int(match["year"])  # noqa: PLR2004 - digits
    return date(year, _MONTHS.index(match["month"]) + 1, 1)


def _series(key: str, freq: str) -> tuple[str, _Topic, str] | None:
    """Series id (empty when we do not follow it), topic and area of a source key; None when the key is of no topic."""
    generation, retail = _GENERATION.match(key), _RETAIL.match(key)
    if generation is not None:
        match, topic = generation, _TOPICS["GEN"]
    elif retail is not None:
        match, topic = retail, _TOPICS[retail["topic"]]
    else:
        return None
    if match["freq"] != freq:
        return "", topic, match["area"]
    return topic.codes.get(freq, {}).get((match["area"], match["code"]), ""), topic, match["area"]


def _published(preamble: Sequence[Sequence[str]], payload: Payload) -> date:
    for line in preamble:
        match = _SAVED.match(line[0]) if line else None
        if match is not None:
            return datetime.strptime(match["day"], "%b %d %Y").date()  # noqa: DTZ007 - the day as the saver's clock had it
    return payload.day


CONNECTOR = EiaBrowser()
