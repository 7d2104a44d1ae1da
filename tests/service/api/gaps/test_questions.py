"""``/v1/gaps`` about many cells and about regions added up: the answers of each alone, and sums taken draw by draw."""

import numpy as np
import polars as pl
import pytest

from data.base.layers import Layer
from data.base.quantiles import DEFAULT_LEVELS
from data.periods.period import Frequency
from projection.edition.edition import Edition
from service.api.gaps.gap_answer import GapAnswer
from service.api.gaps.questions import CELLS_MAXIMUM, GapAnswers

GAPS = "/v1/gaps"


def ask(client, **query):
    response = client.get(GAPS, params={"layer": "power"} | query)
    assert response.status_code == 200, response.text
    return response.json()


def errors(response):
    assert response.status_code == 422, response.text
    return {error["parameter"]: error["message"] for error in response.json()["errors"]}


@pytest.fixture(scope="module")
def edition(editions):
    (folder,) = editions.iterdir()
    return Edition.load(folder)


def test_several_cells_are_answered_as_each_alone(client):
    whole = GapAnswers.model_validate(
        ask(client, region="US,cn", layer="power,compute", scenario="base,btm_slips", demand="wanted,Bought", to="2027")
    )
    assert len(whole.items) == 16
    assert [item.region for item in whole.items] == ["US"] * 8 + ["CN"] * 8
    for item in whole.items:
        alone = ask(client, region=item.region, layer=item.layer, scenario=item.scenario, to="2027",
                    demand=item.demand_concept)  # fmt: skip
        assert item == GapAnswer.model_validate(alone)


def test_a_question_about_one_cell_has_the_answer_itself(client):
    assert ask(client, region="US")["region"] == "US"
    assert [item["region"] for item in ask(client, region="US,US-PJM")["items"]] == ["US", "US-PJM"]


def test_a_table_of_many_cells_holds_the_rows_of_each(client):
    query = "layer=power&freq=Q&above=0,10"
    many = pl.read_parquet(client.get(f"{GAPS}.parquet?region=US,CN,JP&{query}").content)
    each = [pl.read_parquet(client.get(f"{GAPS}.parquet?region={code}&{query}").content) for code in ("US", "CN", "JP")]
    assert many.equals(pl.concat(each))


def test_a_request_has_so_many_cells_and_no_more(client):
    codes = ",".join(item["code"] for item in client.get("/v1/regions?limit=60").json()["items"])
    message = errors(client.get(GAPS, params={"region": codes, "layer": "power"}))["region"]
    assert f"more than {CELLS_MAXIMUM}" in message


def test_a_batch_answers_questions_of_several_kinds(client):
    questions = [
        {"region": "US", "layer": "power", "above": "0,10"},
        {"region": "US,CN", "layer": "compute", "freq": "Q", "quantiles": "0.5"},
        {"sum": "US,CN", "layer": "power", "unit": "MW"},
    ]
    response = client.post(f"{GAPS}:batch", json={"questions": questions})
    whole = GapAnswers.model_validate(response.json())
    alone = [ask(client, **one) for one in questions]
    expected = [item for one in alone for item in one.get("items", [one])]
    assert whole.items == [GapAnswer.model_validate(item) for item in expected]
    table = pl.read_csv(client.post(f"{GAPS}:batch?format=csv", json={"questions": questions}).content)
    assert table.height == sum(len(item["points"]) for item in expected)
    assert client.get(f"{GAPS}:batch").status_code == 405


@pytest.mark.parametrize(
    ("content", "parameter"),
    [
        ([], "body"),
        ({"questions": []}, "body"),
        ({"questions": [{"region": "US"}]}, "questions.0.layer"),
        ({"questions": [{"region": "US", "layer": "power"}, {"region": "US", "layer": "water"}]}, "questions.1.layer"),
        ({"questions": [{"region": "US", "layer": 3}]}, "questions.0"),
        ({"questions": [{"region": "US", "layer": "power"}] * (CELLS_MAXIMUM + 1)}, "body"),
    ],
)
def test_a_fault_of_a_batch_is_named_by_its_place(client, content, parameter):
    assert parameter in errors(client.post(f"{GAPS}:batch", json=content))


@pytest.mark.parametrize("layer", [Layer.POWER, Layer.COMPUTE])
def test_a_sum_is_taken_in_every_draw(client, edition, layer):
    answer = ask(client, sum="US,CN", layer=layer, freq="Q")
    cells = [edition.cell(region, layer) for region in ("US", "CN")]
    periods = edition.periods(cells[0], Frequency.QUARTER)
    gap = sum(edition.draws(cell, "demand", periods) - edition.draws(cell, "supply", periods) for cell in cells)
    assert answer["region"] == "US + CN"
    for point, column in zip(answer["points"], gap.T, strict=True):
        assert list(point["gap"].values()) == pytest.approx(np.quantile(column, DEFAULT_LEVELS), rel=1e-5)
        assert point["p_short"] == pytest.approx((column > 0).mean())
    alone = [ask(client, region=region, layer=layer, freq="Q") for region in ("US", "CN")]
    added = sum(one["points"][4]["gap"]["0.95"] for one in alone)
    assert answer["points"][4]["gap"]["0.95"] != pytest.approx(added, rel=1e-3)


def test_what_is_left_of_a_whole_is_never_negative(client, edition):
    answer = ask(client, sum="US", minus="US-PJM,US-ERCOT")
    assert answer["region"] == "US - US-PJM - US-ERCOT"
    cells = [edition.cell(region, Layer.POWER) for region in ("US", "US-PJM", "US-ERCOT")]
    periods = edition.periods(cells[0], Frequency.YEAR)
    whole, *parts = (edition.draws(cell, "demand", periods) for cell in cells)
    if (whole - sum(parts) < 0).any():
        assert (answer["status"], answer["points"]) == ("unavailable", [])
        assert "more than there is" in answer["reason"]
    else:
        assert answer["status"] == "available"


def test_a_sum_says_no_more_than_the_least_of_its_parts(client):
    assert ask(client, sum="US,IE", layer="power")["status"] == "unavailable"
    energy = ask(client, sum="US,IE", layer="energy")
    assert energy["status"] == ask(client, region="IE", layer="energy")["status"]


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ({"sum": "US,US-PJM"}, "sum", "US-PJM lies in US"),
        ({"sum": "WORLD,CN"}, "sum", "CN lies in WORLD"),
        ({"sum": "US-PJM,US-VA"}, "sum", "may share ground"),
        ({"sum": "US,US"}, "sum", "given twice"),
        ({"sum": "US", "minus": "CN"}, "minus", "lies in none"),
        ({"sum": "US", "region": "US"}, "sum", "beside region"),
        ({"region": "US", "minus": "US-PJM"}, "minus", "give that"),
        ({}, "region", "is required"),
        ({"region": "US", "unit": "TWh"}, "unit", "converts to"),
        ({"region": "US,US"}, "region", "given twice"),
        ({"region": "US", "scenario": "base,none"}, "scenario", "not known"),
    ],
)
def test_what_cannot_be_added_or_converted_is_refused_with_the_reason(client, query, parameter, words):
    assert words in errors(client.get(GAPS, params={"layer": "power"} | query))[parameter]


@pytest.mark.parametrize(
    ("layer", "unit", "by"), [("power", "MW", 1000.0), ("energy", "GWh", 1000.0), ("storage", "PB", 1000.0)]
)
def test_a_unit_converts_points_and_thresholds(client, layer, unit, by):
    plain = ask(client, region="US" if layer != "storage" else "WORLD", layer=layer, above="0,10")
    other = ask(client, region=plain["region"], layer=layer, unit=unit, above=f"0,{10 * by:.0f}")
    assert other["unit"] == unit
    for before, after in zip(plain["points"], other["points"], strict=True):
        for name in ("demand", "supply", "gap", "stock"):
            flat = pl.DataFrame(before[name]), pl.DataFrame(after[name])
            assert (before[name] is None) == (after[name] is None)
            if before[name] is not None and name != "stock":
                assert flat[1].row(0) == pytest.approx([value * by for value in flat[0].row(0)], rel=1e-5)
        if before["p_above"] is not None:
            assert after["p_above"] == {"0": before["p_above"]["0"], f"{10 * by:.0f}": before["p_above"]["10"]}
        assert after["p_short"] == before["p_short"]
