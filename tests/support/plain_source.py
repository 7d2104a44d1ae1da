"""A source of tests: CSV files of series, period and value, in pages."""

from dataclasses import dataclass

import polars as pl
from stored_figures import row, rows

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.catalogue.registry import PublishedMeans, Redistribution, Source, Standing, Verified
from data.connectors.contract import Access, Parsed, Rejected
from data.connectors.payload import Form, Payload, Request

HEADER = "period,value"


@dataclass(frozen=True, slots=True)
class Plain:
    """Reads ``https://HOST/figures.csv``; a last line ``next,NAME`` names the next page."""

    name: str = "plain"
    host: str = "figures.example.org"
    key: str = ""
    bug: bool = False
    lost: bool = False

    def requests(self, access: Access, *, since, today):
        del since, today
        if self.key:
            access.key(self.key, source=self.name)
        return [Request(f"https://{self.host}/figures.csv", Form.CSV, part="figures")]

    def following(self, payload: Payload, access: Access):
        del access
        if self.lost:
            raise AttributeError("a list where an object was")
        last = payload.text().strip().splitlines()[-1]
        if not last.startswith("next,"):
            return None
        return Request(f"https://{self.host}/{last.removeprefix('next,')}", Form.CSV, part="a further page")

    def parse(self, payload: Payload) -> Parsed:
        if self.bug:
            raise KeyError("a mistake of ours")
        header, *lines = payload.text().strip().splitlines()
        if header != HEADER:
            raise SourceChanged(payload.request.key, f"the header is {header!r}")
        good, rejected, marked = [], [], 0
        for number, line in enumerate(lines, start=2):
            period, value = line.split(",")
            if period == "next":
                continue
            if value == "NA":
                marked += 1
                continue
            try:
                figure = float(value)
            except ValueError:
                rejected.append(Rejected(Reason.NOT_A_NUMBER, value, f"line {number}", {"line": line}))
                continue
            day = pl.Series([period]).str.to_date().item()
            good.append(row(day, figure, published=payload.day, source_id=self.name))
        return Parsed({"observations": rows(*good)}, tuple(rejected), rows_read=len(lines), marked=marked)


@dataclass(frozen=True, slots=True)
class TestSource(Source):
    """A line of a registry with its connector at hand."""

    plain: Plain = Plain()


TestSource.__test__ = False


def source(name="plain", **options):
    """A connected source that reads with :class:`Plain`."""
    return TestSource(
        name=name, title="Figures", publisher="Tests", url="https://figures.example.org/", licence="CC0",
        redistributable=Redistribution.YES, attribution="Tests", cadence="monthly", release_lag_days=30,
        published_means=PublishedMeans.RETRIEVAL, key_setting="", verified=Verified.NONE, status=Standing.CONNECTED,
        revision_limit=0.5, note="", plain=Plain(name=name, **options),
    )  # fmt: skip
