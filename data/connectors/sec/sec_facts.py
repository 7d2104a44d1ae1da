"""US Securities and Exchange Commission, company facts: capital expenditure and revenue of seven companies.

One JSON file a company with every fact its filings carry without dimensions
(https://www.sec.gov/search-filings/edgar-application-programming-interfaces). A segment is a dimension, so data-center
revenue of NVIDIA, AMD or anybody else is not in it, nor in the frames: it stands in the XBRL instance of each filing.
``fy`` and ``fp`` of a fact name the filing that printed it, not the fact's own period, and are not read.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from data.base.errors import SourceChanged, SourceKeyMissing
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, Rejected, observations
from data.connectors.payload import Form, Payload, Request
from data.connectors.sec.quarters import Fact, Print, added, fiscal_quarters, fiscal_years
from data.periods.period import Period

FACTS = "https://data.sec.gov/api/xbrl/companyfacts/CIK{cik:010d}.json"
FORMS = frozenset({"10-K", "10-K/A", "10-KT", "10-Q", "10-Q/A"})
"""Periodic reports. An 8-K recasts a year without its quarters, so its facts are left out."""
_DOLLARS_PER_BILLION = 1_000_000_000

CAPEX = ("PaymentsToAcquirePropertyPlantAndEquipment", "PaymentsToAcquireProductiveAssets")
REVENUE = ("Revenues", "RevenueFromContractWithCustomerExcludingAssessedTax", "SalesRevenueNet")
LEASES = ("FinanceLeasePrincipalPayments",)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement that is a series of ours.

    Attributes:
        concepts: tags the company used for it over the years, the preferred first.
        yearly: id of the series of fiscal years; blank when there is none.
        plus: tags of a second line that is added.
    """

    series: str
    metric: str
    concepts: tuple[str, ...]
    yearly: str = ""
    plus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    """Who files: central index key, and the month its fiscal year starts in (nearest, for 52/53-week years)."""

    name: str
    cik: int
    first_month: int
    lines: tuple[Line, ...]


def _capex(company: str, concepts: tuple[str, ...] = CAPEX) -> Line:
    return Line(f"{company}.capex_cash", "capex_cash_ppe", concepts, f"{company}.capex_cash_year")


COMPANIES: tuple[Company, ...] = (
    # Amazon tags gross purchases as productive assets; the other tag held the net line up to 2016.
    Company("amazon", 1018724, 1, (_capex("amazon", CAPEX[::-1]),)),
    Company("microsoft", 789019, 7, (_capex("microsoft"),)),
    Company("alphabet", 1652044, 1, (_capex("alphabet"),)),
    Company(
        "meta",
        1326801,
        1,
        (_capex("meta"), Line("meta.capex_total", "capex_incl_finance_leases", CAPEX, plus=LEASES)),
    ),
    Company("oracle", 1341439, 6, (_capex("oracle"),)),
    Company("nvidia", 1045810, 2, (Line("nvidia.total.revenue", "company_revenue", REVENUE),)),
    Company("amd", 2488, 1, (Line("amd.total.revenue", "company_revenue", REVENUE),)),
)
_BY_CIK = {company.cik: company for company in COMPANIES}


@dataclass(frozen=True, slots=True)
class SecFacts:
    """Quarterly and yearly lines of seven companies; every restatement is a vintage of its own, by filing day."""

    name: str = "sec_facts"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - a company's facts come whole
        """One file a company; raises :class:`SourceKeyMissing` without a contact, which the Commission asks for."""
        if not access.contact.strip():
            raise SourceKeyMissing(self.name, "contact")
        return [
            Request(
                FACTS.format(cik=company.cik),
                Form.JSON,
                headers={"User-Agent": f"headroom {access.contact.strip()}"},
                part=company.name,
            )
            for company in COMPANIES
        ]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page each
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """Vintages by filing day; raises :class:`SourceChanged`."""
        company, taxonomy = _document(payload)
        reader = _Reader(payload, taxonomy)
        rows: list[dict[str, object]] = []
        for line in company.lines:
            facts = reader.facts(line.concepts)
            if not facts:
                raise SourceChanged(payload.request.key, f"{company.name} has no fact of {' or '.join(line.concepts)}")
            quarters, unmapped = fiscal_quarters(facts, first_month=company.first_month)
            if line.plus:
                more, also = fiscal_quarters(reader.facts(line.plus), first_month=company.first_month)
                quarters, unmapped = added(quarters, more), [*unmapped, *also]
            rows += [_row(line, line.series, period, item) for period, all_ in quarters.items() for item in all_]
            if line.yearly:
                years = fiscal_years(facts, first_month=company.first_month)
                rows += [_row(line, line.yearly, period, item) for period, all_ in years.items() for item in all_]
            reader.unmapped(unmapped)
        frame = pl.DataFrame(rows, schema=_ROW).with_columns(pl.lit("WORLD").alias("region"))
        table = observations(
            frame.with_columns(pl.lit("USD_billion").alias("unit")), source_id=self.name, kind="actual", table="chips"
        )
        return Parsed({"observations": table}, tuple(reader.rejected), rows_read=reader.rows_read)


_ROW: dict[str, type[pl.DataType]] = {
    "series_id": pl.String,
    "metric": pl.String,
    "freq": pl.String,
    "period": pl.Date,
    "value": pl.Float64,
    "published": pl.Date,
    "note": pl.String,
}


def _row(line: Line, series: str, period: Period, item: Print) -> dict[str, object]:
    how = "; derived: sum of two lines" if "+" in item.concept else ""
    if item.derived and not how:
        how = "; derived: year to date less the year to date one quarter before"
    return {
        "series_id": series,
        "metric": line.metric,
        "freq": period.freq.value,
        "period": period.start,
        "value": item.value / _DOLLARS_PER_BILLION,
        "published": item.filed,
        "note": f"{item.concept}, {item.start} to {item.end}{how}",
    }


def _document(payload: Payload) -> tuple[Company, Mapping[str, Any]]:
    """Whose file it is, and its facts of the US-GAAP taxonomy."""
    key = payload.request.key
    try:
        document = json.loads(payload.text(encoding="utf-8"))
        cik = int(document["cik"])
        taxonomy = document["facts"]["us-gaap"]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceChanged(key, f"is not a file of company facts: {type(error).__name__} {error}") from None
    company = _BY_CIK.get(cik)
    if company is None or payload.request.url != FACTS.format(cik=cik):
        raise SourceChanged(key, f"holds the facts of CIK {cik}")
    if not isinstance(taxonomy, dict):
        raise SourceChanged(key, "us-gaap is not an object")
    return company, taxonomy


class _Reader:
    """Facts of one file by concept; keeps count of what was read and what could not be."""

    def __init__(self, payload: Payload, taxonomy: Mapping[str, Any]) -> None:
        self._key = payload.request.key
        self._taxonomy = taxonomy
        self._facts: dict[tuple[str, ...], list[Fact]] = {}
        self.rejected: list[Rejected] = []
        self.rows_read = 0

    def facts(self, concepts: tuple[str, ...]) -> list[Fact]:
        """Durations of periodic reports that carry one of these tags; several lines may read the same tags."""
        if concepts not in self._facts:
            facts: list[Fact] = []
            for rank, concept in enumerate(concepts):
                if concept in self._taxonomy:
                    facts += self._concept(concept, rank)
            self._facts[concepts] = facts
        return self._facts[concepts]

    def unmapped(self, prints: Sequence[tuple[Print, str]]) -> None:
        """Quarters that no calendar quarter could be given."""
        for item, why in prints:
            row = {"start": str(item.start), "end": str(item.end), "val": str(item.value), "filed": str(item.filed)}
            self.rejected.append(Rejected(Reason.FISCAL_UNMAPPED, why, f"facts/us-gaap/{item.concept}", row))

    def _concept(self, concept: str, rank: int) -> list[Fact]:
        try:
            records = self._taxonomy[concept]["units"]["USD"]
            entries = [(f"facts/us-gaap/{concept}/units/USD[{number}]", entry) for number, entry in enumerate(records)]
        except (KeyError, TypeError):
            raise SourceChanged(self._key, f"{concept} has no list of facts in USD") from None
        self.rows_read += len(entries)
        by_span: dict[tuple[date, date, object], list[tuple[Fact, str, dict[str, str]]]] = {}
        for where, entry in entries:
            row = {name: str(value) for name, value in entry.items()} if isinstance(entry, dict) else {"": str(entry)}
            if row.get("form") not in FORMS and "form" in row:
                continue
            fact = self._fact(entry, concept, rank, where, row)
            if fact is not None:
                by_span.setdefault((fact.start, fact.end, row["accn"]), []).append((fact, where, row))
        return [fact for same in by_span.values() if (fact := self._one(same)) is not None]

    def _fact(self, entry: Mapping[str, Any], concept: str, rank: int, where: str, row: dict[str, str]) -> Fact | None:
        missing = {"start", "end", "val", "accn", "form", "filed"} - row.keys()
        if missing:
            self.rejected.append(Rejected(Reason.ROW_MALFORMED, f"no {', '.join(sorted(missing))}", where, row))
            return None
        value = entry["val"]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.rejected.append(Rejected(Reason.NOT_A_NUMBER, f"val is {value!r}", where, row))
            return None
        try:
            start, end, filed = (date.fromisoformat(row[name]) for name in ("start", "end", "filed"))
        except ValueError as error:
            self.rejected.append(Rejected(Reason.PERIOD_INVALID, str(error), where, row))
            return None
        fact = Fact(start, end, value, filed, concept, rank)
        if filed <= end:
            self.rejected.append(Rejected(Reason.PUBLISHED_IMPOSSIBLE, "filed before the period ended", where, row))
            return None
        if fact.quarters is None:
            days = (end - start).days + 1
            self.rejected.append(
                Rejected(Reason.FISCAL_UNMAPPED, f"{days} days are no 3, 6, 9 or 12 months", where, row)
            )
            return None
        return fact

    def _one(self, same: list[tuple[Fact, str, dict[str, str]]]) -> Fact | None:
        """One fact of a filing: the finest where the others are its rounding in the text; none where they disagree."""
        finest = min(same, key=lambda one: _step(one[0].value))
        if all(abs(fact.value - finest[0].value) <= _step(fact.value) / 2 for fact, _, _ in same):
            return finest[0]
        for _, where, row in same:
            self.rejected.append(Rejected(Reason.DUPLICATE, "the filing gives the period different values", where, row))
        return None


def _step(value: float) -> int:
    """The last digit a number is given to: 20 billion is given to ten billions, 19.394 billion to millions."""
    digits = str(abs(round(value)))
    return int(10 ** (len(digits) - len(digits.rstrip("0")))) if digits.strip("0") else 1


CONNECTOR = SecFacts()
