import json
from datetime import date

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.cso_mec02 import ADDRESS, CONNECTOR
from data.connectors.payload import Form

QUARTERS = [f"{year}{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4)]
CENTRES = [1680, 1722, 1742, 1830, 1821, 1894, 1956, 1991]
ALL = [8300, 7600, 7700, 8304, 8500, 7900, 8067, 8520]


def cube(**changes):
    # Customers are "-" all, "10" data centres, "20" others, as the table codes them; time runs slowest.
    values = [figure for total, centre in zip(ALL, CENTRES, strict=True) for figure in (total, centre, total - centre)]
    document = {
        "class": "dataset",
        "dimension": {
            "STATISTIC": {
                "label": "Statistic",
                "category": {
                    "index": ["MEC02"],
                    "label": {"MEC02": "Metered Electricity Consumption"},
                    "unit": {"MEC02": {"decimals": 0, "label": "GWh", "position": "end"}},
                },
            },
            "TLIST(Q1)": {
                "label": "Quarter",
                "category": {"index": QUARTERS, "label": {code: f"{code[:4]}Q{code[4]}" for code in QUARTERS}},
            },
            "C03907V04659": {
                "label": "Electricity Consumption",
                "category": {
                    "index": ["-", "10", "20"],
                    "label": {
                        "-": "All metered electricity consumption",
                        "10": "Data centres",
                        "20": "Customers other than data centres",
                    },
                },
            },
        },
        "extension": {"matrix": "MEC02"},
        "href": ADDRESS,
        "id": ["STATISTIC", "TLIST(Q1)", "C03907V04659"],
        "label": "Metered Electricity Consumption",
        "role": {"time": ["TLIST(Q1)"], "metric": ["STATISTIC"]},
        "size": [1, 8, 3],
        "updated": "2026-07-07T11:00:00.000Z",
        "value": values,
        "version": "2.0",
    }
    return {**document, **changes}


@pytest.fixture
def parse(make_payload):
    def run(document):
        return CONNECTOR.parse(make_payload(json.dumps(document), form=Form.JSON, url=ADDRESS))

    return run


def values(parsed, series):
    rows = parsed.observations.filter(pl.col("series_id") == series).sort("period")
    return dict(rows.select(pl.col("period").cast(str), "value").rows())


def test_quarters_are_read_and_full_years_summed(parse):
    parsed = parse(cube())
    assert list(values(parsed, "ie.datacenter.electricity").values()) == CENTRES
    assert values(parsed, "ie.datacenter.electricity.annual") == {"2024-01-01": 6974, "2025-01-01": 7662}
    assert values(parsed, "ie.electricity.metered.annual") == {"2024-01-01": 31904, "2025-01-01": 32987}
    assert values(parsed, "ie.electricity.metered")["2025-10-01"] == 8520
    assert parsed.observations["published"].unique().to_list() == [date(2026, 7, 7)]
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (24, 0, ())


def test_they_agree_with_the_shipped_figures_of_the_same_release(parse):
    shipped = read_observations("capacity").filter(pl.col("source_id") == "cso_2025")
    keys = ["series_id", "region", "metric", "unit", "freq", "period", "published", "kind", "scenario", "table"]
    joined = parse(cube()).observations.join(shipped, on=keys, suffix="_shipped")
    assert joined.height == 9
    assert joined["value"].to_list() == joined["value_shipped"].to_list()


def test_values_by_position_are_the_same_values(parse):
    sparse = {str(position): value for position, value in enumerate(cube()["value"])}
    assert parse(cube(value=sparse)).observations.equals(parse(cube()).observations)


def test_the_order_of_the_dimensions_is_the_one_the_answer_states(parse):
    turned = cube()
    by_customer = [turned["value"][position + 3 * quarter] for position in range(3) for quarter in range(8)]
    turned |= {"id": ["C03907V04659", "STATISTIC", "TLIST(Q1)"], "size": [3, 1, 8], "value": by_customer}
    assert parse(turned).observations.equals(parse(cube()).observations)


def test_codes_stand_in_for_labels_and_an_index_may_be_an_object(parse):
    plain = cube()
    names = [f"{code[:4]}Q{code[4]}" for code in QUARTERS]
    plain["dimension"]["TLIST(Q1)"]["category"] = {"index": {name: place for place, name in enumerate(names)}}
    assert parse(plain).observations.equals(parse(cube()).observations)


def test_a_quarter_without_a_figure_is_marked_and_its_year_not_summed(parse):
    holed = cube()
    holed["value"][3 * 4 + 1] = None
    parsed = parse(holed)
    assert "2025-01-01" not in values(parsed, "ie.datacenter.electricity")
    assert values(parsed, "ie.datacenter.electricity.annual") == {"2024-01-01": 6974}
    assert values(parsed, "ie.electricity.metered.annual") == {"2024-01-01": 31904, "2025-01-01": 32987}
    assert (parsed.marked, parsed.rejected) == (1, ())


def test_text_and_a_strange_quarter_are_told(parse):
    text = cube()
    text["value"][1] = "1,680"
    parsed = parse(text)
    assert [(one.reason, one.where) for one in parsed.rejected] == [
        (Reason.NOT_A_NUMBER, "value of 2024Q1, data centres")
    ]
    assert values(parsed, "ie.datacenter.electricity.annual") == {"2025-01-01": 7662}
    strange = cube()
    strange["dimension"]["TLIST(Q1)"]["category"]["label"]["20241"] = "2024 H1"
    assert {one.reason for one in parse(strange).rejected} == {Reason.PERIOD_INVALID}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"id": ["STATISTIC", "TLIST(Q1)", "C09999V00001"]}, "dimensions", id="dimension"),
        pytest.param({"size": [1, 8, 4]}, "categories", id="size"),
        pytest.param({"value": [1, 2]}, "does not hold 24 values", id="values"),
        pytest.param({"value": "none"}, "does not hold 24 values", id="values-as-text"),
        pytest.param({"updated": "yesterday"}, "JSON-stat", id="updated"),
        pytest.param({"dimension": {}}, "JSON-stat", id="no-dimensions"),
    ],
)
def test_another_shape_is_an_error(parse, changes, words):
    with pytest.raises(SourceChanged, match=words):
        parse(cube(**changes))


def test_another_unit_or_label_is_an_error(parse, make_payload):
    other = cube()
    other["dimension"]["STATISTIC"]["category"]["unit"]["MEC02"]["label"] = "MWh"
    with pytest.raises(SourceChanged, match="the unit is 'MWh'"):
        parse(other)
    renamed = cube()
    renamed["dimension"]["C03907V04659"]["category"]["label"]["10"] = "Data centres and crypto"
    with pytest.raises(SourceChanged, match="0 categories of C03907V04659 are labelled 'data centres'"):
        parse(renamed)
    for body in ("not json", "[]", '{"dataset": {}}'):
        with pytest.raises(SourceChanged, match="is not JSON-stat"):
            CONNECTOR.parse(make_payload(body, form=Form.JSON, url=ADDRESS))


def test_the_whole_table_is_asked_for():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(Access(), since=date(2025, 1, 1), today=date(2026, 11, 24))
    assert [(request.url, request.form) for request in requests] == [(ADDRESS, Form.JSON)]
    assert definitions()["ie.electricity.metered"].units["Q"] == "GWh"
