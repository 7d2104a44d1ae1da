from datetime import date

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import definitions
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.fred import ADDRESS, CONNECTOR, INDICATORS
from data.connectors.payload import Form

CODES = ["TLOFCONS", "IPG2211S", "WPU0543", "PCU335311335311", "PCU334413334413", "CAPUTLG3344S"]


@pytest.fixture
def parse(make_payload):
    def run(text, code="IPG2211S"):
        return CONNECTOR.parse(make_payload(text, url=ADDRESS, parameters={"id": code}))

    return run


def test_months_are_read_and_missing_ones_marked(parse):
    parsed = parse("observation_date,IPG2211S\n2026-01-01,104.2512\n2026-02-01,.\n2026-03-01,\n2026-04-01,-0.5\n")
    frame = parsed.observations
    assert frame.select(pl.col("period").cast(str), "value").rows() == [("2026-01-01", 104.2512), ("2026-04-01", -0.5)]
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (4, 2, ())
    # The file does not say when a figure was released.
    assert frame["published"].unique().to_list() == [date(2026, 11, 24)]
    assert frame["source_id"].unique().to_list() == ["fred"]


def test_what_cannot_be_read_is_told(parse):
    parsed = parse("observation_date,IPG2211S\n2026-01-01,ND\n2026-02-15,1\n02/2026,1\n2026-03-01,nan\n2026-04-01,2\n")
    assert [(one.reason, one.where) for one in parsed.rejected] == [
        (Reason.NOT_A_NUMBER, "line 2"),
        (Reason.PERIOD_INVALID, "line 3"),
        (Reason.PERIOD_INVALID, "line 4"),
        (Reason.NOT_A_NUMBER, "line 5"),
    ]
    assert parsed.observations["value"].to_list() == [2.0]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("observation_date,IPG2211A2N\n2026-01-01,1\n", id="another-series"),
        pytest.param("DATE,IPG2211S\n2026-01-01,1\n", id="another-heading"),
        pytest.param("observation_date,IPG2211S,X\n2026-01-01,1,2\n", id="another-column"),
    ],
)
def test_another_header_is_an_error(parse, text):
    with pytest.raises(SourceChanged, match="the header is"):
        parse(text)


def test_an_empty_body_and_an_unknown_series_are_errors(parse):
    with pytest.raises(SourceChanged, match="is not a CSV file"):
        parse("")
    with pytest.raises(SourceChanged, match="none of the indicators"):
        parse("observation_date,GDP\n2026-01-01,1\n", code="GDP")


def test_each_indicator_is_asked_for_from_the_day_given():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(Access(), since=date(2025, 1, 1), today=date(2026, 11, 24))
    assert [request.parameters for request in requests] == [{"id": code, "cosd": "2025-01-01"} for code in CODES]
    assert {request.form for request in requests} == {Form.CSV}
    assert requests[0].key == f"{ADDRESS}?cosd=2025-01-01&id=TLOFCONS"
    whole = CONNECTOR.requests(Access(), since=None, today=date(2026, 11, 24))
    assert [request.parameters for request in whole] == [{"id": code} for code in CODES]


def test_every_indicator_has_a_definition_that_agrees(parse):
    definition_of = definitions()
    for one in INDICATORS:
        row = parse(f"observation_date,{one.code}\n2026-01-01,50\n", code=one.code).observations.row(0, named=True)
        assert row["series_id"] == one.series
        definition = definition_of[one.series]
        assert (definition.units["M"], definition.metric, definition.region, definition.table) == (
            row["unit"], row["metric"], row["region"], row["table"],
        )  # fmt: skip
        assert one.code in definition.definition
