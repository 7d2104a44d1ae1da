import csv
import io
from datetime import date

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.payload import Form
from data.connectors.tsmc_revenue import ADDRESS, CONNECTOR, HEADER

OTHER = (
    "1150817",
    "11507",
    "1101",
    "台泥",
    "水泥工業",
    "13744103",
    "12612013",
    "13000000",
    "8.9",
    "5.7",
    "1",
    "1",
    "0",
    "-",
)
OWN = {
    "出表日期": "1150817",
    "資料年月": "11507",
    "公司代號": "2330",
    "公司名稱": "台積電",
    "產業別": "半導體業",
    "營業收入-當月營收": "467580548",
    "營業收入-上月營收": "442679969",
    "營業收入-去年當月營收": "323165707",
    "營業收入-上月比較增減(%)": "5.62",
    "營業收入-去年同月增減(%)": "44.69",
    "累計營業收入-當月累計營收": "2872064238",
    "累計營業收入-去年累計營收": "2096211240",
    "累計營業收入-前期比較增減(%)": "37.01",
    "備註": "營收, 含說明",
}


@pytest.fixture
def table(make_payload):
    def build(*months, header=HEADER, others=(OTHER,)):
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        text.write(",".join(header) + "\r\n")
        writer.writerows(others)
        writer.writerows([row[name] for name in HEADER] for row in months)
        # The exchange writes a byte order mark.
        return make_payload("\ufeff" + text.getvalue(), url=ADDRESS)

    return build


def months(parsed):
    frame = parsed.observations.sort("period")
    return frame.select(pl.col("period").cast(str), "value", pl.col("published").cast(str)).rows()


def test_three_months_of_the_company_are_read_in_billions(table):
    parsed = CONNECTOR.parse(table(OWN))
    assert months(parsed) == [
        ("2025-07-01", 323.165707, "2026-08-17"),
        ("2026-06-01", 442.679969, "2026-08-17"),
        ("2026-07-01", 467.580548, "2026-08-17"),
    ]
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (2, 0, ())


def test_they_agree_with_the_shipped_months(table):
    shipped = read_observations("chips").filter(pl.col("series_id") == "tsmc.revenue")
    joined = CONNECTOR.parse(table(OWN)).observations.join(
        shipped, on=["series_id", "freq", "period", "unit", "region", "metric", "table", "kind"], suffix="_shipped"
    )
    # June was compiled from a release in millions.
    differences = (joined["value"] - joined["value_shipped"]).abs().to_list()
    assert len(differences) == 3
    assert max(differences) < 0.0005


def test_dates_with_strokes_are_the_same_dates(table):
    with_strokes = {**OWN, "出表日期": "115/08/17", "資料年月": "115/7"}
    assert months(CONNECTOR.parse(table(with_strokes))) == months(CONNECTOR.parse(table(OWN)))
    january = {**OWN, "資料年月": "11501"}
    assert [row[0] for row in months(CONNECTOR.parse(table(january)))] == ["2025-01-01", "2025-12-01", "2026-01-01"]


def test_a_month_the_company_has_not_filed_is_empty_and_no_fault(table):
    parsed = CONNECTOR.parse(table())
    assert (parsed.observations.height, parsed.rows_read, parsed.rejected) == (0, 1, ())


def test_marks_are_counted_and_not_read_as_zero(table):
    parsed = CONNECTOR.parse(table({**OWN, "營業收入-去年當月營收": "-", "營業收入-上月營收": ""}))
    assert [row[0] for row in months(parsed)] == ["2026-07-01"]
    assert parsed.marked == 2


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param({"營業收入-當月營收": "n.a."}, Reason.NOT_A_NUMBER, id="text"),
        pytest.param({"營業收入-當月營收": "4.6e8"}, Reason.NOT_A_NUMBER, id="no-whole-thousands"),
        pytest.param({"資料年月": "11513"}, Reason.PERIOD_INVALID, id="month-13"),
        pytest.param({"出表日期": "2026-08-17"}, Reason.PERIOD_INVALID, id="western-date"),
    ],
)
def test_a_row_that_cannot_be_read_is_told(table, bad, reason):
    parsed = CONNECTOR.parse(table({**OWN, **bad}))
    assert [(one.reason, one.where) for one in parsed.rejected] == [(reason, "line 3")]
    assert "2026-07-01" not in [row[0] for row in months(parsed)]


def test_two_rows_of_one_company_are_both_kept_out(table):
    parsed = CONNECTOR.parse(table(OWN, {**OWN, "營業收入-當月營收": "1"}))
    assert [one.reason for one in parsed.rejected] == [Reason.DUPLICATE, Reason.DUPLICATE]
    assert parsed.observations.height == 0


def test_a_row_with_a_cell_too_few_is_malformed(table):
    short = [*list(OWN.values())[:-1]]
    parsed = CONNECTOR.parse(table(others=(OTHER, short)))
    assert [one.reason for one in parsed.rejected] == [Reason.ROW_MALFORMED]


@pytest.mark.parametrize(
    "header",
    [HEADER[1:], (*HEADER[:5], "營業收入-當月營收(百萬元)", *HEADER[6:]), ()],
    ids=["shorter", "other-unit", "empty"],
)
def test_another_header_is_an_error(table, header):
    with pytest.raises(SourceChanged, match="the header is"):
        CONNECTOR.parse(table(OWN, header=header))


def test_one_address_is_asked_whatever_the_day():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(Access(), since=date(2020, 1, 1), today=date(2026, 11, 24))
    assert [(request.url, request.form) for request in requests] == [(ADDRESS, Form.CSV)]
    assert definitions()["tsmc.revenue"].units["M"] == "TWD_billion"
