import json
from datetime import date

import polars as pl
import pytest

from data.base.errors import SourceChanged, SourceKeyMissing
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.payload import Form
from data.connectors.sec.sec_facts import COMPANIES, CONNECTOR, FACTS

PPE = "PaymentsToAcquirePropertyPlantAndEquipment"
ASSETS = "PaymentsToAcquireProductiveAssets"
CIKS = {company.name: company.cik for company in COMPANIES}


def entry(start, end, val, filed, form="10-Q", **more):
    # The order and names of fields are those of the Commission's own files; fy and fp are those of the filing.
    accn = f"0000000000 {filed} {form}"
    year = int(filed[:4])
    return {
        "start": start, "end": end, "val": val, "accn": accn, "fy": year, "fp": "FY" if form == "10-K" else "Q1",
        "form": form, "filed": filed, **more,
    }  # fmt: skip


@pytest.fixture
def answer(make_payload):
    def build(company, concepts, *, cik=None):
        document = {
            "cik": CIKS[company] if cik is None else cik,
            "entityName": company.upper(),
            "facts": {
                "dei": {},
                "us-gaap": {
                    name: {"label": name, "description": "…", "units": {"USD": entries}}
                    for name, entries in concepts.items()
                },
            },
        }
        return make_payload(json.dumps(document), form=Form.JSON, url=FACTS.format(cik=CIKS[company]))

    return build


def rows(parsed, series):
    rows = parsed.observations.filter(pl.col("series_id") == series).sort("period", "published")
    return rows.select(pl.col("period").cast(str), "value", pl.col("published").cast(str)).rows()


AMAZON = [
    entry("2025-01-01", "2025-03-31", 25019000000, "2025-05-02"),
    entry("2024-04-01", "2025-03-31", 93094000000, "2025-05-02"),
    entry("2025-04-01", "2025-06-30", 32183000000, "2025-08-01"),
    entry("2025-01-01", "2025-06-30", 57202000000, "2025-08-01"),
    entry("2025-07-01", "2025-09-30", 35095000000, "2025-10-31"),
    entry("2025-01-01", "2025-09-30", 92297000000, "2025-10-31"),
    entry("2025-01-01", "2025-12-31", 131819000000, "2026-02-06", "10-K", frame="CY2025"),
    entry("2026-01-01", "2026-03-31", 44203000000, "2026-05-01", frame="CY2026Q1"),
    entry("2025-01-01", "2025-03-31", 25019000000, "2026-05-01", frame="CY2025Q1"),
]


def test_quarters_of_a_calendar_year_filer(answer):
    parsed = CONNECTOR.parse(answer("amazon", {ASSETS: AMAZON}))
    assert rows(parsed, "amazon.capex_cash") == [
        ("2025-01-01", 25.019, "2025-05-02"),
        ("2025-04-01", 32.183, "2025-08-01"),
        ("2025-07-01", 35.095, "2025-10-31"),
        ("2025-10-01", 39.522, "2026-02-06"),
        ("2026-01-01", 44.203, "2026-05-01"),
    ]
    assert rows(parsed, "amazon.capex_cash_year") == [("2025-01-01", 131.819, "2026-02-06")]
    assert (parsed.rows_read, parsed.rejected) == (9, ())
    notes = dict(parsed.observations.select(pl.col("period").cast(str) + pl.col("freq"), "note").rows())
    assert notes["2025-10-01Q"].endswith("derived: year to date less the year to date one quarter before")
    assert notes["2026-01-01Q"] == "PaymentsToAcquireProductiveAssets, 2026-01-01 to 2026-03-31"


def test_quarters_agree_with_the_shipped_ones_of_the_same_filings(answer):
    shipped = read_observations("chips").filter(pl.col("series_id") == "amazon.capex_cash")
    ours = CONNECTOR.parse(answer("amazon", {ASSETS: AMAZON})).observations.filter(pl.col("freq") == "Q")
    both = ours.join(
        shipped, on=["series_id", "freq", "period", "unit", "region", "metric", "table"], suffix="_shipped"
    )
    assert both.height == 5
    # The fourth quarter was compiled from a year rounded to 131.8 by the press.
    assert both.filter((pl.col("value") - pl.col("value_shipped")).abs() > 0.0005)["period"].to_list() == [
        date(2025, 10, 1)
    ]


def test_years_that_do_not_start_in_january_keep_their_own_first_month(answer):
    oracle = [
        entry("2025-06-01", "2025-08-31", 8502000000, "2025-09-18"),
        entry("2025-06-01", "2025-11-30", 20535000000, "2025-12-12"),
        entry("2024-06-01", "2025-05-31", 21215000000, "2025-06-18", "10-K"),
    ]
    parsed = CONNECTOR.parse(answer("oracle", {PPE: oracle}))
    assert rows(parsed, "oracle.capex_cash") == [
        ("2025-07-01", 8.502, "2025-09-18"),
        ("2025-10-01", 12.033, "2025-12-12"),
    ]
    assert rows(parsed, "oracle.capex_cash_year") == [("2024-06-01", 21.215, "2025-06-18")]
    microsoft = [entry("2024-07-01", "2025-06-30", 64551000000, "2025-07-30", "10-K")]
    parsed = CONNECTOR.parse(answer("microsoft", {PPE: microsoft}))
    assert rows(parsed, "microsoft.capex_cash_year") == [("2024-07-01", 64.551, "2025-07-30")]


def test_revenue_of_a_52_week_year_and_its_change_of_tags(answer):
    nvidia = {
        "Revenues": [entry("2026-01-26", "2026-04-26", 81615000000, "2026-05-27")],
        "SalesRevenueNet": [entry("2014-01-27", "2014-04-27", 1103000000, "2014-05-22")],
    }
    parsed = CONNECTOR.parse(answer("nvidia", nvidia))
    assert rows(parsed, "nvidia.total.revenue") == [
        ("2014-01-01", 1.103, "2014-05-22"),
        ("2026-01-01", 81.615, "2026-05-27"),
    ]


def test_the_total_of_meta_adds_lease_principal_of_the_same_quarter(answer):
    purchases = [
        entry("2026-01-01", "2026-03-31", 18997000000, "2026-04-30"),
        entry("2026-01-01", "2026-06-30", 48997000000, "2026-07-30"),
    ]
    leases = [entry("2026-01-01", "2026-03-31", 843000000, "2026-04-30")]
    parsed = CONNECTOR.parse(answer("meta", {PPE: purchases, "FinanceLeasePrincipalPayments": leases}))
    assert rows(parsed, "meta.capex_cash") == [("2026-01-01", 18.997, "2026-04-30"), ("2026-04-01", 30.0, "2026-07-30")]
    assert rows(parsed, "meta.capex_total") == [("2026-01-01", 19.84, "2026-04-30")]


def test_of_two_tags_amazon_is_read_gross_and_others_without_intangibles(answer):
    first = {
        PPE: [entry("2026-01-01", "2026-03-31", 43234000000, "2026-05-01")],
        ASSETS: [entry("2026-01-01", "2026-03-31", 44203000000, "2026-05-01")],
    }
    assert rows(CONNECTOR.parse(answer("amazon", first)), "amazon.capex_cash") == [("2026-01-01", 44.203, "2026-05-01")]
    assert rows(CONNECTOR.parse(answer("alphabet", first)), "alphabet.capex_cash") == [
        ("2026-01-01", 43.234, "2026-05-01")
    ]


def test_a_restated_first_quarter_is_a_second_vintage(answer):
    twice = [
        entry("2017-01-01", "2017-03-31", 1861000000, "2017-04-28"),
        entry("2017-01-01", "2017-03-31", 2147000000, "2018-04-27"),
    ]
    parsed = CONNECTOR.parse(answer("amazon", {ASSETS: twice}))
    assert rows(parsed, "amazon.capex_cash") == [
        ("2017-01-01", 1.861, "2017-04-28"),
        ("2017-01-01", 2.147, "2018-04-27"),
    ]


def test_a_recast_of_a_current_report_is_left_out(answer):
    recast = [*AMAZON, entry("2025-01-01", "2025-12-31", 140000000000, "2026-06-15", "8-K")]
    assert rows(CONNECTOR.parse(answer("amazon", {ASSETS: recast})), "amazon.capex_cash_year") == [
        ("2025-01-01", 131.819, "2026-02-06")
    ]


def test_a_number_rounded_in_the_text_gives_way_to_the_statement(answer):
    same = [
        entry("2024-07-01", "2025-06-30", 65000000000, "2025-07-30", "10-K"),
        entry("2024-07-01", "2025-06-30", 64551000000, "2025-07-30", "10-K"),
    ]
    parsed = CONNECTOR.parse(answer("microsoft", {PPE: same}))
    assert rows(parsed, "microsoft.capex_cash_year") == [("2024-07-01", 64.551, "2025-07-30")]
    assert parsed.rejected == ()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param({"val": "n/a"}, Reason.NOT_A_NUMBER, id="text"),
        pytest.param({"val": None}, Reason.NOT_A_NUMBER, id="nothing"),
        pytest.param({"val": True}, Reason.NOT_A_NUMBER, id="truth-value"),
        pytest.param({"end": "2025-02-30"}, Reason.PERIOD_INVALID, id="no-such-day"),
        pytest.param({"end": "2025-02-15"}, Reason.FISCAL_UNMAPPED, id="no-whole-quarters"),
        pytest.param({"filed": "2025-03-01"}, Reason.PUBLISHED_IMPOSSIBLE, id="filed-before-its-end"),
        pytest.param({"val": 26000000001}, Reason.DUPLICATE, id="another-value-of-the-same-filing"),
    ],
)
def test_a_fact_that_cannot_be_read_is_told_and_never_let_in(answer, bad, reason):
    good = AMAZON[7]
    broken = {**AMAZON[0], **bad}
    others = [AMAZON[0]] if reason is Reason.DUPLICATE else []
    parsed = CONNECTOR.parse(answer("amazon", {ASSETS: [*others, broken, good]}))
    assert {one.reason for one in parsed.rejected} == {reason}
    assert all(one.where.startswith(f"facts/us-gaap/{ASSETS}/units/USD[") for one in parsed.rejected)
    assert rows(parsed, "amazon.capex_cash") == [("2026-01-01", 44.203, "2026-05-01")]


def test_a_fact_without_a_start_is_malformed(answer):
    instant = {name: value for name, value in AMAZON[0].items() if name != "start"}
    parsed = CONNECTOR.parse(answer("amazon", {ASSETS: [instant, "text", AMAZON[7]]}))
    assert [one.reason for one in parsed.rejected] == [Reason.ROW_MALFORMED, Reason.ROW_MALFORMED]


def test_a_quarter_no_calendar_quarter_fits_is_told(answer):
    halved = entry("2024-05-17", "2024-08-14", 5000000, "2024-09-01")
    parsed = CONNECTOR.parse(answer("amazon", {ASSETS: [halved, AMAZON[7]]}))
    assert [(one.reason, one.where) for one in parsed.rejected] == [(Reason.FISCAL_UNMAPPED, f"facts/us-gaap/{ASSETS}")]


def test_another_format_or_another_company_is_an_error(answer, make_payload):
    url = FACTS.format(cik=CIKS["amazon"])
    for body in ("<html>", "[]", json.dumps({"cik": 1018724, "facts": {}}), json.dumps({"cik": "x", "facts": {}})):
        with pytest.raises(SourceChanged, match="is not a file of company facts"):
            CONNECTOR.parse(make_payload(body, form=Form.JSON, url=url))
    with pytest.raises(SourceChanged, match="holds the facts of CIK 789019"):
        CONNECTOR.parse(answer("amazon", {ASSETS: AMAZON}, cik=789019))
    with pytest.raises(SourceChanged, match="amazon has no fact of"):
        CONNECTOR.parse(answer("amazon", {"Assets": AMAZON}))


def test_facts_in_another_currency_are_an_error(make_payload):
    document = {"cik": 1018724, "facts": {"us-gaap": {ASSETS: {"units": {"EUR": AMAZON}}}}}
    with pytest.raises(SourceChanged, match="no list of facts in USD"):
        CONNECTOR.parse(make_payload(json.dumps(document), form=Form.JSON, url=FACTS.format(cik=1018724)))


def test_the_commission_is_asked_with_a_contact_and_never_without():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(Access(contact="ops@example.org"), since=None, today=date(2026, 11, 24))
    assert [request.url for request in requests] == [
        f"https://data.sec.gov/api/xbrl/companyfacts/CIK{cik}.json"
        for cik in ("0001018724", "0000789019", "0001652044", "0001326801", "0001341439", "0001045810", "0000002488")
    ]
    assert {request.headers["User-Agent"] for request in requests} == {"headroom ops@example.org"}
    with pytest.raises(SourceKeyMissing, match="HEADROOM_CONTACT"):
        CONNECTOR.requests(Access(contact=" "), since=None, today=date(2026, 11, 24))


def test_the_contact_goes_out_with_the_request(source_server, fetcher):
    path = "/data.sec.gov/api/xbrl/companyfacts/CIK0001018724.json"
    document = {"cik": 1018724, "facts": {"us-gaap": {ASSETS: {"units": {"USD": AMAZON}}}}}
    source_server.answer(path, body=json.dumps(document).encode())
    request = CONNECTOR.requests(Access(contact="ops@example.org"), since=None, today=date(2026, 11, 24))[0]
    parsed = CONNECTOR.parse(fetcher.get(request))
    assert parsed.observations.height == 6
    assert [sent_request.headers["user-agent"] for sent_request in source_server.requests] == [
        "headroom ops@example.org"
    ]


def test_every_series_has_a_definition_with_our_unit():
    definition_of = definitions()
    for company in COMPANIES:
        for line in company.lines:
            assert definition_of[line.series].units["Q"] == "USD_billion"
            assert definition_of[line.series].metric == line.metric
            if line.yearly:
                assert definition_of[line.yearly].units["A"] == "USD_billion"


def test_a_file_of_ten_thousand_facts_is_read_in_a_second(answer):
    many = [{**one, "accn": f"{number}-{one['accn']}"} for number in range(1200) for one in AMAZON]
    parsed = CONNECTOR.parse(answer("amazon", {ASSETS: many}))
    assert parsed.rows_read == 10_800
    assert parsed.observations.height == 6
