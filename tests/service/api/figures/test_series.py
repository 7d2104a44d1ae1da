"""The catalogue and observations over HTTP, page by page."""

import re
from collections import Counter

import polars as pl
import pytest

from service.api.figures.observations import ROW_KEY, Observation, ObservationList
from service.api.figures.series import SeriesItem, SeriesList
from service.base.paging import decode, encode

CAPEX = "/v1/series/alphabet.capex_cash"


def walk(client, path: str, *, limit: int) -> list[dict]:
    items, cursor = [], None
    while True:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        response = client.get(path, params=query)
        assert response.status_code == 200, response.text
        page = response.json()
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items
        assert re.fullmatch("[A-Za-z0-9_-]+", cursor)


def test_every_series_is_listed_once_whatever_the_page_size(client, store):
    ids = [item["series_id"] for item in walk(client, "/v1/series", limit=211)]
    assert ids == sorted(store.observations["series_id"].unique().to_list())


def test_a_page_has_100_items_by_default(client):
    page = SeriesList.model_validate(client.get("/v1/series").json())
    assert len(page.items) == 100
    assert page.next


def test_filters_narrow_the_list(client):
    items = client.get("/v1/series", params={"region": "us", "kind": "actual", "limit": 1000}).json()["items"]
    assert items
    assert all(item["region"] == "US" and "actual" in item["kinds"] for item in items)
    listing = client.get("/v1/series", params={"q": "CAPEX alphabet"}).json()["items"]
    assert listing
    assert all("alphabet" in item["series_id"] and "capex" in item["series_id"] for item in listing)


def test_one_series_is_described(client):
    item = SeriesItem.model_validate(client.get(CAPEX).json())
    assert item.unit == "USD_billion"
    assert item.observed["Q"] >= 50


def test_one_series_says_what_it_counts_and_how_to_cite_it(client):
    item = SeriesItem.model_validate(client.get("/v1/series/us.datacenter.electricity.lbnl2024").json())
    assert item.title == "Data-center electricity, United States, LBNL 2024"
    assert "without cryptocurrency mining" in (item.definition or "")
    assert (item.crypto, item.enterprise, item.power_basis, item.h100e_basis) == (
        "no",
        "yes",
        "facility",
        "not_applicable",
    )
    assert item.publishers
    assert len(item.attribution) == len(item.sources)
    assert all(line.startswith("Source: ") and item.licences[0] in line for line in item.attribution[:1])
    assert not item.private


def test_release_lags_are_given_by_source(client):
    item = SeriesItem.model_validate(client.get("/v1/series/us.electricity.sales.commercial.eia").json())
    assert item.release_lag_days == {"eia_sales_2025_07": 60}


def test_words_are_sought_in_titles_too(client):
    listing = client.get("/v1/series", params={"q": "vacancy wholesale colocation"}).json()["items"]
    assert [item["series_id"] for item in listing] == ["us.datacenter.primary_markets.vacancy"]


def documented_values(client, path):
    """What the documentation allows for each parameter of a path; None where it lists nothing."""
    api = client.get("/openapi.json").json()
    values = {}
    for parameter in api["paths"][path]["get"]["parameters"]:
        schema = parameter["schema"]
        schema = schema.get("items", schema)
        name = schema.get("$ref", "").rpartition("/")[2]
        values[parameter["name"]] = (api["components"]["schemas"][name] if name else schema).get("enum")
    return values


def test_documented_filters_are_those_of_the_catalogue(client, store):
    enums = documented_values(client, "/v1/series")
    rows = store.observations
    assert set(rows["region"].unique()) <= set(enums["region"])
    assert set(rows["kind"].unique()) == set(enums["kind"])
    items = client.get("/v1/series?limit=1000").json()["items"]
    assert {item["metric"] for item in items} <= set(enums["metric"])
    figures = documented_values(client, "/v1/series/{series_id}/observations")
    assert set(rows["freq"].unique()) == set(figures["freq"])


def test_every_documented_region_and_metric_is_answered(client):
    # A connector's series is defined before its first figure: asking for its metric is no mistake.
    enums = documented_values(client, "/v1/series")
    for name in ("region", "metric"):
        for value in enums[name]:
            assert client.get("/v1/series", params={name: value, "limit": 1}).status_code == 200, value


def test_gaps_document_every_region_code(client):
    codes = {item["code"] for item in client.get("/v1/regions?limit=1000").json()["items"]}
    assert set(documented_values(client, "/v1/gaps")["region"]) == codes


def test_observations_are_the_last_vintage_by_default_and_all_with_history(client, store):
    latest = walk(client, f"{CAPEX}/observations", limit=20)
    keys = Counter((row["freq"], row["period"], row["source_id"], row["scenario"]) for row in latest)
    assert max(keys.values()) == 1
    page = client.get(f"{CAPEX}/observations", params={"include_history": "true", "limit": 1000}).json()
    ObservationList.model_validate(page)
    rows = store.observations.filter(pl.col("series_id") == "alphabet.capex_cash")
    assert len(page["items"]) == rows.height
    assert len(latest) <= rows.height


def test_as_of_shows_only_what_was_known(client):
    rows = client.get(f"{CAPEX}/observations", params={"as_of": "2015-06-30", "limit": 1000}).json()["items"]
    assert all(row["published"] is not None and row["published"] <= "2015-06-30" for row in rows)
    assert client.get(f"{CAPEX}/observations", params={"as_of": "1990-01-01"}).json()["items"] == []


def test_no_row_is_lost_between_pages_because_keys_are_unique(store):
    counts = store.observations.group_by(*ROW_KEY).len()
    assert counts["len"].max() == 1


def test_observations_of_many_series_are_those_of_each(client):
    names = ["microsoft.capex_cash", "alphabet.capex_cash"]
    many = client.get("/v1/observations", params={"series": ",".join(names), "limit": "1000"}).json()
    each = [client.get(f"/v1/series/{name}/observations?limit=1000").json() for name in sorted(names)]
    assert many["items"] == [item | {"series_id": one["series_id"]} for one in each for item in one["items"]]
    assert many["total"] == sum(one["total"] for one in each) == len(many["items"])
    (error,) = client.get("/v1/observations?series=alphabet.capex_cahs").json()["errors"]
    assert (error["parameter"], "alphabet.capex_cash" in error["allowed"]) == ("series", True)


def test_a_window_and_an_order_choose_figures(client):
    whole = client.get(f"{CAPEX}/observations?limit=1000").json()["items"]
    part = client.get(f"{CAPEX}/observations?from=2024&to=2025Q2&limit=1000").json()["items"]
    assert part == [item for item in whole if "2024-01-01" <= item["period"] <= "2025-06-30"]
    assert part
    first = client.get(f"{CAPEX}/observations?sort=-period&limit=7").json()
    second = client.get(f"{CAPEX}/observations?sort=-period&limit=1000&cursor={first['next']}").json()
    assert [*first["items"], *second["items"]] == whole[::-1]
    late = client.get(f"{CAPEX}/observations?from=2050").json()
    assert (late["items"], late["total"]) == ([], 0)
    assert "none of that time" in late["reason"]


def test_series_are_ordered_and_counted(client):
    listed = client.get("/v1/series?sort=-last&limit=1000&q=capex").json()
    days = [item["last"] for item in listed["items"]]
    assert days == sorted(days, reverse=True)
    assert listed["total"] == len(days)
    recent = client.get("/v1/series?from=2026&limit=1000&q=capex").json()["items"]
    assert [item["series_id"] for item in recent] == sorted(
        item["series_id"] for item in listed["items"] if item["last"] >= "2026-01-01"
    )


def test_observation_columns_exist_in_the_store(store):
    assert set(Observation.model_fields) <= set(store.observations.columns)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("as_of=2026-02-30", "as_of"),
        ("as_of=2026", "as_of"),
        ("as_of=now", "as_of"),
        ("rule=loose", "rule"),
        ("include_history=perhaps", "include_history"),
        ("freq=W", "freq"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=-1", "limit"),
        ("limit=1e2", "limit"),
        ("cursor=%21", "cursor"),
        ("cursor=abc", "cursor"),
        ("cursor=a", "cursor"),
        ("page=2", "page"),
    ],
)
def test_wrong_parameters_of_observations_are_named(client, query, parameter):
    response = client.get(f"{CAPEX}/observations?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == parameter
    # A cursor is only ever that of a page before: none can be named.
    assert bool(response.json()["errors"][0]["allowed"]) == (parameter != "cursor")


@pytest.mark.parametrize("query", ["region=ATLANTIS", "metric=vibes", "kind=guess", "cursor=*"])
def test_wrong_filters_are_refused(client, query):
    assert client.get(f"/v1/series?{query}").status_code == 422


def test_a_cursor_belongs_to_its_query(client):
    cursor = client.get("/v1/series?limit=1").json()["next"]
    assert client.get("/v1/series", params={"limit": 1, "cursor": cursor}).status_code == 200
    other = client.get("/v1/series", params={"limit": 1, "cursor": cursor, "region": "US"})
    assert other.status_code == 422
    assert "another query" in other.json()["detail"]


def test_a_cursor_survives_any_text():
    key = ("Ünïcode", "", "2028-01-01")
    assert decode(encode(key, query="q"), query="q") == key


@pytest.mark.parametrize("path", ["/v1/series/nope.series", "/v1/series/nope.series/observations"])
def test_an_unknown_series_is_404(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_close_matches_are_offered(client):
    allowed = client.get("/v1/series/alphabet.capex_csh").json()["errors"][0]["allowed"]
    assert "alphabet.capex_cash" in allowed


def test_a_search_longer_than_anybody_means_is_refused(client):
    assert client.get(f"/v1/series?q={'a' * 200}").status_code == 200
    refused = client.get(f"/v1/series?q={'a' * 201}")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "q")
    assert refused.json()["errors"][0]["allowed"] == ["up to 200 characters"]
