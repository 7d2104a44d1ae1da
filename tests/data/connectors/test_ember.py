import json
from datetime import UTC, date, datetime

import polars as pl
import pytest

from data.base.errors import SourceChanged, SourceKeyMissing
from data.catalogue.definitions import definitions
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.ember import ADDRESS, AREAS, CONNECTOR, SERIES, SUMS
from data.connectors.payload import Form

KEY = Access(keys={"ember_key": "not-a-real-key"})
DAY = datetime(2026, 10, 5, 12, tzinfo=UTC)


def record(series="Total generation", value=800.5, day="2026-07-01", code="CHN", entity="China"):
    return {
        "entity": entity, "entity_code": code, "is_aggregate_entity": code is None, "date": day, "series": series,
        "is_aggregate_series": series in SUMS, "generation_twh": value, "share_of_generation_pct": 1.0,
    }  # fmt: skip


@pytest.fixture
def parse(make_payload):
    def read(*records, parameters=None, body=None):
        answer = {"stats": {"number_of_records": len(records)}, "data": list(records)}
        return CONNECTOR.parse(
            make_payload(
                json.dumps(answer) if body is None else body,
                form=Form.JSON,
                url=ADDRESS,
                retrieved=DAY,
                parameters=parameters or {"entity_code": "CHN"},
            )
        )

    return read


def test_it_is_a_connector_that_asks_once_an_area():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(KEY, since=None, today=date(2026, 10, 5))
    assert [dict(request.parameters) for request in requests] == [{name: value} for name, value in AREAS]


def test_the_key_is_a_secret_of_the_request():
    for request in CONNECTOR.requests(KEY, since=None, today=date(2026, 10, 5)):
        assert request.secrets == {"api_key": "not-a-real-key"}
        assert "not-a-real-key" not in request.key + repr(request)


def test_without_a_key_it_names_the_setting():
    with pytest.raises(SourceKeyMissing, match="HEADROOM_EMBER_KEY"):
        CONNECTOR.requests(Access(), since=None, today=date(2026, 10, 5))


def test_since_narrows_by_month():
    requests = CONNECTOR.requests(KEY, since=date(2026, 3, 15), today=date(2026, 10, 5))
    assert {request.parameters["start_date"] for request in requests} == {"2026-03"}


@pytest.mark.parametrize("day", ["2026-07-01", "2026-07"])
def test_a_month_becomes_a_row(parse, day):
    parsed = parse(record(day=day))
    assert parsed.observations.select("series_id", "region", "unit", "freq", "period", "value", "kind").rows() == [
        ("cn.electricity.generation.total.ember", "CN", "TWh", "M", date(2026, 7, 1), 800.5, "actual")
    ]
    assert parsed.observations["published"].to_list() == [date(2026, 10, 5)]


def test_the_worlds_month_is_an_estimate(parse):
    row = record(code=None, entity="World")
    assert parse(row, parameters={"entity": "World"}).observations["kind"].to_list() == ["estimate"]


def test_embers_own_sums_are_left_and_a_null_is_no_data(parse):
    parsed = parse(*(record(series=name) for name in sorted(SUMS)), record(value=None), record(series="Coal"))
    assert parsed.observations["series_id"].to_list() == ["cn.electricity.generation.coal.ember"]
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (len(SUMS) + 2, 1, ())


def test_net_exports_are_negative(parse):
    parsed = parse(record(series="Net imports", value=-1.5))
    assert parsed.observations.select("series_id", "value").rows() == [("cn.electricity.net_imports.ember", -1.5)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(record(series="Tidal"), Reason.SERIES_UNKNOWN, id="new source"),
        pytest.param(record(day="2026-07-15"), Reason.PERIOD_INVALID, id="within a month"),
        pytest.param(record(day="2026"), Reason.PERIOD_INVALID, id="a year"),
        pytest.param(record(day=None), Reason.PERIOD_INVALID, id="no month"),
        pytest.param(record(value="800.5"), Reason.NOT_A_NUMBER, id="text"),
        pytest.param(record(value=True), Reason.NOT_A_NUMBER, id="truth"),
        pytest.param({"date": "2026-07-01"}, Reason.ROW_MALFORMED, id="fields missing"),
        pytest.param(7, Reason.ROW_MALFORMED, id="no object"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected(parse, row, reason):
    parsed = parse(record(), row)
    assert [(fault.reason, fault.where) for fault in parsed.rejected] == [(reason, "data[1]")]
    assert parsed.observations.height == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"detail": "No API key set"}', id="no data"),
        pytest.param("[1, 2]", id="a list"),
        pytest.param("{", id="no JSON"),
        pytest.param('{"data": [{"date": "2026-07", "series": "Coal", "generation_gwh": 1}]}', id="another unit"),
    ],
)
def test_another_format_is_told(parse, body):
    with pytest.raises(SourceChanged):
        parse(body=body)


def test_rows_of_another_area_than_asked_for_are_refused(parse):
    with pytest.raises(SourceChanged, match="IND"):
        parse(record(code="IND", entity="India"))


def test_an_empty_answer_is_refused_unless_it_was_asked_for_the_latest_months(parse):
    with pytest.raises(SourceChanged):
        parse()
    with pytest.raises(SourceChanged):
        parse(parameters={"entity_code": "CHN", "start_date": "2025-01"})
    recent = parse(parameters={"entity_code": "CHN", "start_date": "2026-09"})
    assert (recent.rows_read, recent.observations.height) == (0, 0)


def test_every_series_of_every_area_is_defined(parse):
    for (parameter, value), region in AREAS.items():
        rows = [record(series=name) | {parameter: value} for name in SERIES]
        observations = parse(*rows, parameters={parameter: value}).observations
        assert observations.height == len(SERIES) - (region == "WORLD")
        for row in observations.iter_rows(named=True):
            definition = definitions()[row["series_id"]]
            assert (definition.region, definition.units[row["freq"]]) == (row["region"], row["unit"])
            assert row["metric"] in definition.metrics
            assert row["table"] in definition.tables


def test_columns_are_those_of_observations(parse):
    assert parse(record()).observations.schema["value"] == pl.Float64
