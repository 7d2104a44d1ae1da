"""``/v1/comparisons`` over HTTP: strict, cached, in one shape whatever can be said."""

import pytest

from data.base.layers import Layer
from service.api.gaps.comparisons import ComparisonAnswer
from service.pages.charts.style import VegaLite

US_POWER = "/v1/comparisons?region=US&layer=power"


def test_ours_stands_beside_what_was_published_with_a_pool_by_family(client):
    answer = client.get(f"{US_POWER}&period=2030").json()
    (point,) = answer["points"]
    assert point["period"] == "2030-01-01"
    ours = {
        reading: client.get(f"/v1/gaps?region=US&layer=power&demand={reading}&from=2030&to=2030").json()
        for reading in ("wanted", "bought")
    }
    assert point["ours"] == {reading: answer["points"][0]["demand"] for reading, answer in ours.items()}
    lbnl = [item for item in point["published"] if item["publisher"] == "LBNL"]
    assert {item["kind"]: item["printed"]["value"] for item in lbnl} == {"energy": 649.0, "nameplate": 148.0}
    (nameplate,) = [item for item in lbnl if item["kind"] == "nameplate"]
    assert nameplate["converted"]["0.1"] < nameplate["converted"]["0.5"] < 148.0
    assert {item["family"]: item["reading"] for item in [*point["published"], *point["pools"]]} == {
        "equipment": "bought",
        "announced": "wanted",
    }
    assert nameplate["basis"]
    assert [pool["family"] for pool in point["pools"]] == ["equipment", "announced"]
    assert all(item["pooled"] or item["why"] for item in point["published"])


def test_every_cell_answers_in_the_documented_shape(client):
    for region in ("US", "CN", "EU", "WORLD", "US-VA", "IE"):
        for layer in Layer:
            answer = client.get(f"/v1/comparisons?region={region}&layer={layer}")
            assert answer.status_code == 200
            answer_model = ComparisonAnswer.model_validate(answer.json())
            assert answer_model.points or answer_model.reason
            chart = client.get(f"/v1/charts/comparison?region={region}&layer={layer}")
            VegaLite.model_validate(chart.json())


def test_families_and_earlier_editions_are_asked_for(client):
    def who(query):
        (point,) = client.get(f"{US_POWER}&period=2030{query}").json()["points"]
        return {(item["publisher"], item["edition"]) for item in point["published"]}, point["pools"]

    counted, pools = who("&family=announced")
    assert ("S&P Global (451 Research)", "June 2026") in counted
    assert not any(publisher == "IEA" for publisher, _ in counted)
    assert [pool["family"] for pool in pools] == ["announced"]
    newest, before = who("")
    all_names, after = who("&include_history=true")
    assert ("EPRI", "Powering Intelligence, 2024") in all_names - newest
    assert newest < all_names
    assert before == after


def test_a_period_is_one_year_and_a_span_many(client):
    years = [point["period"] for point in client.get(f"{US_POWER}&from=2027&to=2029").json()["points"]]
    assert years == ["2027-01-01", "2028-01-01", "2029-01-01"]
    assert [point["period"] for point in client.get(f"{US_POWER}&period=2028Q3").json()["points"]] == ["2028-01-01"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("&period=2028&from=2027", "period"),
        ("&family=banks", "family"),
        ("&include_history=yes", "include_history"),
        ("&demand=committed", "demand"),
        ("&freq=Q", "freq"),
        ("&period=soon", "period"),
        ("&scenario=boom", "scenario"),
    ],
)
def test_what_is_not_known_is_refused_by_name(client, query, parameter):
    answer = client.get(US_POWER + query)
    assert answer.status_code == 422
    assert [item["parameter"] for item in answer.json()["errors"]] == [parameter]


def test_the_answer_is_cached_by_edition_and_query(client):
    first = client.get(US_POWER)
    again = client.get("/v1/comparisons?layer=POWER&region=us", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert client.get(f"{US_POWER}&family=announced").headers["etag"] != first.headers["etag"]


def test_the_chart_has_a_panel_a_year_and_a_row_a_figure(client):
    spec = client.get("/v1/charts/comparison?region=US&layer=power&from=2028&to=2030").json()
    assert [panel["title"]["text"] for panel in spec["vconcat"]] == ["2028", "2029", "2030"]
    for panel in spec["vconcat"]:
        rows = spec["datasets"][panel["title"]["text"]]
        assert len({row["row"] for row in rows}) == len(rows)
        assert panel["height"] >= 30 * len(rows)
        assert [row["q50"] for row in rows] == sorted((row["q50"] for row in rows), reverse=True)
    dark = client.get("/v1/charts/comparison?region=US&layer=power&theme=dark").json()
    assert dark["config"] != spec["config"]


def test_a_layer_nothing_is_published_in_says_so_in_its_chart(client):
    (panel,) = client.get("/v1/charts/comparison?region=WORLD&layer=storage").json()["vconcat"]
    assert "turned into the unit" in " ".join(panel["mark"]["text"])
