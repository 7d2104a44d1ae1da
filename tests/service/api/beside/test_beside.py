"""What stands beside a gap, a resource each, says what the gap's answer said of it."""

import polars as pl
import pytest


def ask(client, path, **query):
    response = client.get(path, params=query)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("freq", ["A", "Q"])
def test_limits_are_those_of_the_gap(client, freq):
    gap = ask(client, "/v1/gaps", region="US", layer="power", freq=freq, **{"from": "2027"})
    answer = ask(client, "/v1/limits", region="us", freq=freq, **{"from": "2027"})
    assert answer["items"] == gap["limits"]
    assert answer["items"]
    frame = pl.read_csv(client.get(f"/v1/limits.csv?region=US&freq={freq}&from=2027").content)
    assert frame["p_short_power"].to_list() == [item["p_short"]["power"] for item in answer["items"]]
    assert frame["binding_halls"].to_list() == [item["binding"]["halls"] for item in answer["items"]]


def test_the_pace_of_supply_is_a_row_a_technology_and_year(client):
    gap = ask(client, "/v1/gaps", region="CN", layer="energy")
    answer = ask(client, "/v1/pace", region="CN", layer="energy")
    (item,) = answer["items"]
    (pace,) = gap["supply_pace"]
    assert {item["period"]: item["pace"]} == pace["bands"]
    assert (item["title"], item["basis"]) == (pace["title"], pace["basis"])
    frame = pl.read_parquet(client.get("/v1/pace.parquet?region=CN&layer=energy").content)
    assert frame["pace_p50"].to_list() == [item["pace"]["0.5"]]
    assert ask(client, "/v1/pace", region="US", layer="power")["items"] == []


def test_figures_and_stock_of_storage_are_those_of_the_gap(client):
    gap = ask(client, "/v1/gaps", region="WORLD", layer="storage")
    answer = ask(client, "/v1/figures", region="WORLD", layer="storage")
    assert (answer["items"], answer["tightness"]) == (gap["figures"], gap["tightness"])
    assert answer["items"]
    frame = pl.read_parquet(client.get("/v1/figures.parquet?region=WORLD&layer=storage").content)
    assert frame["value"].to_list() == [item["value"] for item in answer["items"]]
    assert frame["attribution"].null_count() == 0
    stock = ask(client, "/v1/stock", region="WORLD", layer="storage")
    assert [{name: item[name] for name in ("shipped", "retired", "used")} for item in stock["items"]] == [
        point["stock"] for point in gap["points"]
    ]
    assert ask(client, "/v1/stock", region="US", layer="power")["items"] == []


def test_routes_are_those_of_the_gap(client):
    gap = ask(client, "/v1/gaps", region="US", layer="power")
    answer = ask(client, "/v1/routes", region="US", layer="power")
    assert [(item["period"], item["route"], item["demand"]) for item in answer["items"]] == [
        (point["period"], name, band)
        for point in gap["points"]
        if point["routes"]
        for name, band in point["routes"]["bands"].items()
    ]


def test_what_has_a_resource_is_marked_in_the_gap(client):
    shapes = client.get("/openapi.json").json()["components"]["schemas"]
    for shape, names in (
        ("GapAnswer", ("limits", "supply_pace", "figures", "tightness")),
        ("GapPoint", ("routes", "stock")),
    ):
        assert all(shapes[shape]["properties"][name].get("deprecated") for name in names)
    assert not shapes["GapPoint"]["properties"]["gap"].get("deprecated")
