"""``/v1/open-models``: every proxy apart and pooled, what is not told, and every way to ask wrongly."""

import numpy as np
import pytest
from starlette.testclient import TestClient

from data.base.quantiles import DEFAULT_LEVELS
from projection.cells.day_figures import number
from projection.edition.edition import Edition
from projection.open_models.answers import ModelLayer
from projection.open_models.shares import FRAME
from service.api.open_models.answer import OpenModelsAnswer
from service.app import create_app
from service.problems import Problem

PATH = "/v1/open-models"


def ask(client, **query):
    response = client.get(PATH, params=query)
    assert response.status_code == 200, response.text
    OpenModelsAnswer.model_validate(response.json())
    return response.json()


@pytest.mark.parametrize(
    ("proxy", "status", "countries", "kind"),
    [
        ("pooled", "available", ["CN", "US", "OTHER"], "open_model_use"),
        ("router_open", "available", ["CN", "US", "EU", "OTHER"], "open_model_use"),
        ("router_all", "available", ["CN", "US", "EU", "OTHER"], "all_model_use"),
        ("downloads_year", "partial", ["CN", "US", "OTHER"], "open_model_use"),
        ("downloads_total", "partial", ["CN", "US", "OTHER"], "open_model_use"),
        ("derivatives", "partial", ["CN", "US", "OTHER"], "open_model_use"),
    ],
)
def test_every_proxy_answers_by_its_own_definition(client, proxy, status, countries, kind):
    answer = ask(client, proxy=proxy)
    assert (answer["proxy"], answer["status"], answer["unit_kind"]) == (proxy, status, kind)
    assert answer["confidence"] == "weak"
    assert (answer["reason"] is None) == (status == "available")
    assert [point["period"] for point in answer["points"]][:: len(answer["points"]) - 1] == ["2026-07-01", "2030-10-01"]
    for point in answer["points"]:
        assert list(point["shares"]) == countries
        assert list(point["shares"]["CN"]) == [str(level) for level in DEFAULT_LEVELS]
        assert (point["disagreement"] is None) == (proxy != "pooled")
    definitions = {ask(client, proxy=name)["definition"] for name in ("pooled", "router_all", "router_open")}
    assert len(definitions) == 3


def test_the_note_on_confidence_counts_the_months_the_edition_knows(client, editions):
    (folder,) = editions.iterdir()
    proxies = ModelLayer.of(Edition.load(folder), scenario="base").about["proxies"]
    most = max(about["observed"] for about in proxies.values())
    (note,) = (note for note in ask(client)["notes"] if note.startswith("Confidence is weak"))
    assert f"at most {number(most)} months of any proxy" in note


def test_bands_and_chances_are_those_of_the_editions_draws(client, editions):
    (folder,) = editions.iterdir()
    edition = Edition.load(folder)
    layer = ModelLayer.of(edition, scenario="base")
    draws = layer.pool().shares.by_country["CN"][:, 1]
    point = ask(client, region="CN", above="0.25,0.5")["points"][1]
    assert point["shares"]["CN"]["0.9"] == pytest.approx(np.quantile(draws, 0.9), rel=1e-5)
    assert point["p_above"]["CN"] == {"0.25": pytest.approx((draws > 0.25).mean()), "0.5": (draws > 0.5).mean()}


def test_named_labs_are_the_least_a_country_has(client):
    for point in ask(client, proxy="router_open")["points"]:
        assert point["named"]["CN"]["0.5"] < point["shares"]["CN"]["0.5"]
        assert point["p_above_named"]["CN"]["0.5"] <= point["p_above"]["CN"]["0.5"]
        assert 0 < point["unnamed"]["0.5"] < 1


def test_how_far_figures_reach_is_told(client):
    points = {point["period"]: point for point in ask(client, proxy="router_open")["points"]}
    assert (points["2026-07-01"]["months_beyond_last"], points["2026-07-01"]["scored"]) == (0, True)
    assert (points["2027-01-01"]["months_beyond_last"], points["2027-01-01"]["scored"]) == (6, False)
    answer = ask(client)
    assert not any(point["scored"] for point in answer["points"]), "single figures cannot be scored at all"
    assert {entry["proxy"]: entry["observed"] for entry in answer["evidence"]}["router_open"] == 8
    assert sum(entry["weight"] for entry in answer["evidence"]) == pytest.approx(1.0, abs=1e-4)
    assert "router_all" not in {entry["proxy"] for entry in answer["evidence"]}


def test_the_sentence_says_what_the_points_say(client):
    answer = ask(client, region="CN")
    point = next(point for point in answer["points"] if point["period"] == "2027-10-01")
    assert answer["headline"].startswith("In 2027Q4 the share of models made in China in open-model use")
    assert f"{point['p_above']['CN']['0.5']:.2f}" in answer["headline"]
    assert ask(client, quantiles="0.25")["headline"] is None
    assert "one half" not in ask(client, above="0.4")["headline"]


def test_chips_are_linked_where_china_is_told(client):
    link = ask(client, region="CN")["points"][0]["huawei"]
    assert link["part"]["0.5"] == pytest.approx(0.5, abs=0.01)
    assert link["of_all_use"]["0.95"] < link["served"]["0.95"]
    assert 0 <= link["p_asks_more_than_held"] <= 1
    assert ask(client, region="US")["points"][0]["huawei"] is None


def test_a_country_a_proxy_does_not_tell_apart_is_unavailable_with_the_reason(client):
    answer = ask(client, proxy="downloads_year", region="EU")
    assert (answer["status"], answer["points"], answer["confidence"]) == ("unavailable", [], None)
    assert "within OTHER" in answer["reason"]


@pytest.mark.parametrize(
    ("first", "last", "periods"),
    [
        ("2027Q1", "2027Q2", ["2027-01-01", "2027-04-01"]),
        ("2027-02", "2027-02", ["2027-01-01"]),
        ("2030-11", None, ["2030-10-01"]),
        ("2031", None, []),
    ],
)
def test_the_window_holds_whole_quarters(client, first, last, periods):
    answer = ask(client, **{"from": first} | ({} if last is None else {"to": last}))
    assert [point["period"] for point in answer["points"]] == periods


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"proxy": "tokens"}, "proxy"),
        ({"proxy": ""}, "proxy"),
        ({"region": "FR"}, "region"),
        ({"region": "WORLD"}, "region"),
        ({"above": "1.5"}, "above"),
        ({"above": "0"}, "above"),
        ({"above": "nan"}, "above"),
        ({"above": "0.5,0.5"}, "above"),
        ({"quantiles": "1"}, "quantiles"),
        ({"scenario": "none"}, "scenario"),
        ({"from": "2030", "to": "2027"}, "from"),
        ({"freq": "Q"}, "freq"),
        ({"layer": "models"}, "layer"),
    ],
)
def test_a_wrong_question_names_the_parameter(client, query, parameter):
    response = client.get(PATH, params=query)
    assert response.status_code == 422
    problem = Problem.model_validate(response.json())
    assert problem.errors[0].parameter == parameter
    assert problem.errors[0].allowed


def test_the_same_question_is_the_same_answer_and_is_not_sent_twice(client):
    first = client.get(PATH, params={"region": "cn", "proxy": "POOLED"})
    again = client.get(PATH, params={"proxy": "pooled", "region": "CN", "above": "0.50"})
    assert first.headers["etag"] == again.headers["etag"]
    assert client.get(PATH, headers={"If-None-Match": client.get(PATH).headers["etag"]}).status_code == 304


def test_an_edition_of_before_the_layer_is_unavailable_and_not_an_error(make_context, edition_writer, tmp_path):
    edition_writer(tmp_path, edition_id="e-20261122-bbbbbbbbbb", days=0, shift=1.0, models=False)
    with TestClient(create_app(make_context(tmp_path))) as client:
        answer = ask(client)
    assert (answer["status"], answer["points"]) == ("unavailable", [])
    assert "before the model layer" in answer["reason"]


def test_a_removed_file_is_told_as_such(make_context, edition_writer, tmp_path):
    edition = edition_writer(tmp_path, edition_id="e-20261122-cccccccccc", days=0, shift=1.0)
    with TestClient(create_app(make_context(tmp_path)), raise_server_exceptions=False) as client:
        (edition.directory / FRAME).unlink()
        response = client.get(PATH)
    assert response.status_code == 503
    assert Problem.model_validate(response.json()).code == "artifact_corrupt"
