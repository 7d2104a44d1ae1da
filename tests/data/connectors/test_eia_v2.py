"""Payloads are written in the format EIA documents for its API version 2.1."""

import json
from datetime import date

import pytest

from data.base.errors import PayloadTruncated, SourceChanged, SourceKeyMissing, SourceRefused
from data.catalogue.definitions import definitions
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.eia.eia_v2_netgen import EiaNetGeneration
from data.connectors.eia.eia_v2_sales import EiaRetailSales
from data.connectors.eia.series_names import NETGEN, PRICES, SALES, STATES
from data.connectors.payload import Form

ACCESS = Access({"eia_key": "the-key"})
TODAY = date(2026, 11, 24)
PAGING = {
    "warning": "incomplete return",
    "description": "The API can only return 5000 rows in JSON format.",
}


def generation(period="2026-08", location="US", fuel="ALL", value="412345.67891", **changes):
    return {
        "period": period,
        "location": location,
        "stateDescription": "somewhere",
        "sectorid": "99",
        "sectorDescription": "All Sectors",
        "fueltypeid": fuel,
        "fuelTypeDescription": "some fuel",
        "generation": value,
        "generation-units": "thousand megawatthours",
        **changes,
    }


def sold(period="2026-08", state="US", sector="COM", sales="140000.5", price="13.21", **changes):
    return {
        "period": period,
        "stateid": state,
        "stateDescription": "somewhere",
        "sectorid": sector,
        "sectorName": "commercial",
        "sales": sales,
        "price": price,
        "sales-units": "million kilowatt hours",
        "price-units": "cents per kilowatt-hour",
        **changes,
    }


def body(rows, *, total=None, warnings=None):
    response = {"total": str(len(rows) if total is None else total), "dateFormat": "YYYY-MM", "frequency": "monthly"}
    if warnings is not None:
        response["warnings"] = warnings
    return json.dumps({"response": {**response, "data": rows}, "request": {"params": {}}, "apiVersion": "2.1.8"})


@pytest.fixture
def answer(make_payload):
    def build(rows, *, offset=0, **fields):
        return make_payload(
            body(rows, **fields),
            form=Form.JSON,
            url="https://api.eia.gov/v2/electricity/retail-sales/data/",
            parameters={"offset": str(offset), "length": "5000"},
        )

    return build


@pytest.mark.parametrize("connector", [EiaNetGeneration(), EiaRetailSales()])
def test_they_are_connectors_and_ask_for_a_key(connector):
    assert isinstance(connector, Connector)
    with pytest.raises(SourceKeyMissing, match="HEADROOM_EIA_KEY"):
        connector.requests(Access(), since=None, today=TODAY)


@pytest.mark.parametrize("connector", [EiaNetGeneration(), EiaRetailSales()])
def test_every_request_names_its_rows_and_hides_its_key(connector):
    for request in connector.requests(ACCESS, since=date(2025, 3, 17), today=TODAY):
        assert request.url.startswith("https://api.eia.gov/v2/electricity/")
        assert request.url.endswith("/data/")
        assert request.secrets == {"api_key": "the-key"}
        assert "the-key" not in request.key + repr(request)
        parameters = request.parameters
        assert (parameters["frequency"], parameters["start"], parameters["offset"], parameters["length"]) == (
            "monthly",
            "2025-03",
            "0",
            "5000",
        )
        # Pages are only pages of one list when its order is full.
        facets = {name.split("]")[0] for name in parameters if name.startswith("facets")}
        assert len([name for name in parameters if name.endswith("[column]")]) == 1 + len(facets)
    assert connector.requests(ACCESS, since=None, today=TODAY)[0].parameters["start"] == "2001-01"


def test_all_series_are_asked_for():
    asked_series = set()
    for request in EiaNetGeneration().requests(ACCESS, since=None, today=TODAY):
        parameters = request.parameters
        areas = [value for name, value in parameters.items() if name.startswith("facets[location]")]
        fuels = [value for name, value in parameters.items() if name.startswith("facets[fueltypeid]")]
        asked_series |= {(area, fuel) for area in areas for fuel in fuels}
        assert parameters["facets[sectorid][0]"] == "99"
    assert asked_series == set(NETGEN)
    asked_series = set()
    for request in EiaRetailSales().requests(ACCESS, since=None, today=TODAY):
        parameters = request.parameters
        areas = [value for name, value in parameters.items() if name.startswith("facets[stateid]")]
        sectors = [value for name, value in parameters.items() if name.startswith("facets[sectorid]")]
        asked_series |= {(area, sector) for area in areas for sector in sectors}
    assert asked_series == set(SALES) >= set(PRICES)


def test_the_fifty_states_and_the_district_are_known():
    assert len(STATES) == len(set(STATES)) == 51


def test_every_series_has_its_definition():
    definition_of = definitions()
    for codes, unit in ((NETGEN, "GWh"), (SALES, "GWh"), (PRICES, "US_cents_per_kWh")):
        lacking = [series_id for series_id in codes.values() if definition_of[series_id].units.get("M") != unit]
        assert lacking == []


def test_net_generation_becomes_rows_of_our_series(answer):
    rows = [
        generation(),
        generation(location="TX", fuel="WND", value=".306"),
        generation(location="DC", value="12"),
        generation(fuel="DPV", value=8000.25),
    ]
    parsed = EiaNetGeneration().parse(answer(rows))
    observations = parsed.observations.sort("series_id")
    assert observations.select("series_id", "region", "value").rows() == [
        ("us-dc.electricity.netgen.total.eia", "US-DC", 12.0),
        ("us-tx.electricity.netgen.wind.eia", "US-TX", 0.306),
        ("us.electricity.netgen.solar_small_scale.eia", "US", 8000.25),
        ("us.electricity.netgen.total.eia", "US", 412345.67891),
    ]
    first = observations.row(0, named=True)
    assert first["period"] == date(2026, 8, 1)
    assert first["published"] == TODAY
    assert {name: first[name] for name in ("metric", "unit", "freq", "kind", "source_id", "table", "confidence")} == {
        "metric": "electricity_net_generation",
        "unit": "GWh",
        "freq": "M",
        "kind": "actual",
        "source_id": "eia_v2_netgen",
        "table": "energy",
        "confidence": "primary",
    }
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (4, 0, ())


def test_sales_and_price_of_one_row_are_two_figures(answer):
    parsed = EiaRetailSales().parse(answer([sold(), sold(state="VA"), sold(state="MT"), sold(sector="ALL")]))
    by_series = {row["series_id"]: (row["value"], row["unit"]) for row in parsed.observations.iter_rows(named=True)}
    assert by_series == {
        "us.electricity.sales.commercial.eia": (140000.5, "GWh"),
        "us.electricity.price.commercial.eia": (13.21, "US_cents_per_kWh"),
        "us-va.electricity.sales.commercial.eia": (140000.5, "GWh"),
        "us-va.electricity.price.commercial.eia": (13.21, "US_cents_per_kWh"),
        "us-mt.electricity.sales.commercial.eia": (140000.5, "GWh"),
        "us.electricity.sales.total.eia": (140000.5, "GWh"),
    }
    assert parsed.rows_read == 8


def test_rows_of_another_sector_fuel_or_area_are_read_and_left(answer):
    rows = [generation(sectorid="1"), generation(fuel="WOO"), generation(location="NEW")]
    parsed = EiaNetGeneration().parse(answer(rows))
    assert (parsed.observations.height, parsed.rows_read, parsed.rejected) == (0, 3, ())


@pytest.mark.parametrize("mark", [None, "", "--", "NM", "W", "NA"])
def test_marks_for_no_data_are_counted_and_never_zero(answer, mark):
    parsed = EiaNetGeneration().parse(
        answer([generation(value=mark, **{"generation-units": None} if mark is None else {})])
    )
    assert (parsed.observations.height, parsed.marked, parsed.rejected) == (0, 1, ())


@pytest.mark.parametrize("text", ["about 3", "1,234", "nan", "inf", "1e999", "0x10"])
def test_text_that_is_no_number_is_rejected_with_its_place(answer, text):
    parsed = EiaNetGeneration().parse(answer([generation(), generation(location="TX", value=text)]))
    assert parsed.observations.height == 1
    (fault,) = parsed.rejected
    assert (fault.reason, fault.where) == (Reason.NOT_A_NUMBER, "response/data[1]")
    assert fault.row == {"month": "2026-08", "area": "TX", "code": "ALL", "cell": text}


@pytest.mark.parametrize("period", ["2026-13", "2026", "August", "2026-08-01"])
def test_a_period_that_is_no_month_is_rejected(answer, period):
    parsed = EiaNetGeneration().parse(answer([generation(period=period)]))
    assert parsed.observations.height == 0
    assert [fault.reason for fault in parsed.rejected] == [Reason.PERIOD_INVALID]


def test_another_unit_stores_nothing(answer):
    with pytest.raises(SourceChanged, match="'megawatthours' where 'thousand megawatthours' was expected"):
        EiaNetGeneration().parse(
            answer([generation(), generation(location="TX", **{"generation-units": "megawatthours"})])
        )
    with pytest.raises(SourceChanged, match="price-units is 'dollars per megawatthour'"):
        EiaRetailSales().parse(answer([sold(**{"price-units": "dollars per megawatthour"})]))


def test_a_renamed_column_stores_nothing(answer):
    row = {("value" if name == "generation" else name): value for name, value in generation().items()}
    with pytest.raises(SourceChanged, match="row 0 lacks generation"):
        EiaNetGeneration().parse(answer([row]))


@pytest.mark.parametrize("text", ["[]", "{}", '{"response": {"data": []}}', '{"response": {"total": "1", "data": {}}}'])
def test_another_structure_stores_nothing(make_payload, text):
    with pytest.raises(SourceChanged):
        EiaNetGeneration().parse(make_payload(text, form=Form.JSON, parameters={"offset": "0"}))


def test_fewer_rows_than_announced_is_truncated(answer):
    with pytest.raises(PayloadTruncated, match="1 rows where 3 were announced"):
        EiaNetGeneration().parse(answer([generation()], total=3))


def test_a_warning_that_is_not_about_paging_stores_nothing(answer):
    assert EiaNetGeneration().parse(answer([generation()], warnings=[PAGING])).observations.height == 1
    warning = {"warning": "invalid facet", "description": "'fueltype' was ignored"}
    with pytest.raises(SourceChanged, match="'fueltype' was ignored"):
        EiaNetGeneration().parse(answer([generation()], warnings=[PAGING, warning]))


def test_an_answer_without_rows_is_no_fault(answer):
    parsed = EiaRetailSales().parse(answer([]))
    assert (parsed.observations.height, parsed.rows_read) == (0, 0)


def test_pages_follow_until_the_total_is_reached(answer):
    connector = EiaNetGeneration()
    rows = [generation() for _ in range(5000)]
    second = connector.following(answer(rows, total=10_001, warnings=[PAGING]), ACCESS)
    assert second.parameters == {"offset": "5000", "length": "5000"}
    assert second.secrets == {"api_key": "the-key"}
    assert connector.following(answer(rows, offset=5000, total=10_001), ACCESS).parameters["offset"] == "10000"
    assert connector.following(answer(rows[:1], offset=10_000, total=10_001), ACCESS) is None
    assert connector.following(answer(rows, total=5000), ACCESS) is None
    assert connector.parse(answer(rows[:1], offset=10_000, total=10_001)).rows_read == 1


def test_it_works_through_the_fetcher_and_pages_over_http(fetcher, source_server):
    connector = EiaNetGeneration()
    request = connector.requests(ACCESS, since=None, today=TODAY)[0]
    path = "/api.eia.gov/v2/electricity/electric-power-operational-data/data/"
    source_server.answer(path, body([generation() for _ in range(5000)], total=5001, warnings=[PAGING]), compress=True)
    source_server.answer(path, body([generation(location="US", fuel="NG")], total=5001))
    first = fetcher.get(request)
    last = fetcher.get(connector.following(first, ACCESS))
    assert connector.following(last, ACCESS) is None
    assert connector.parse(last).observations["series_id"].to_list() == ["us.electricity.netgen.natural_gas.eia"]
    assert [sent_request.query["offset"] for sent_request in source_server.requests] == ["0", "5000"]
    assert all(sent_request.query["api_key"] == "the-key" for sent_request in source_server.requests)
    assert source_server.requests[0].query["facets[location][0]"] == "US"


def test_a_refused_key_is_a_refusal_without_the_key(fetcher, source_server):
    path = "/api.eia.gov/v2/electricity/retail-sales/data/"
    source_server.answer(path, '{"error": {"code": "API_KEY_INVALID"}}', status=403)
    with pytest.raises(SourceRefused, match="HTTP 403") as caught:
        fetcher.get(EiaRetailSales().requests(ACCESS, since=None, today=TODAY)[0])
    assert "the-key" not in str(caught.value)
