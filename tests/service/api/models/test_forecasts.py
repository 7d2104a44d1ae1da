"""``/v1/forecasts/{series_id}``."""

from datetime import UTC, date, datetime

import pytest
from starlette.testclient import TestClient

from data.store.ledger import Promotion
from service.api.models.forecasts import ForecastAnswer
from service.app import create_app
from service.problems import Problem
from training.artifact.published import Published

CAPEX = "/v1/forecasts/derived.world.hyperscaler_capex"


def test_an_answer_has_the_envelope_of_the_design(client):
    response = client.get(CAPEX)
    answer = ForecastAnswer.model_validate(response.json())
    assert response.status_code == 200
    assert (answer.status, answer.freq, answer.unit, answer.n_scores) == ("available", "Q", "USD_billion", 24)
    assert answer.confidence == "supported"
    assert list(answer.points[0].quantiles) == ["0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"]
    assert answer.points[0].period == date(2026, 10, 1)


def test_published_levels_may_be_chosen_and_others_are_refused_not_interpolated(client):
    assert list(client.get(CAPEX, params={"quantiles": "0.975,0.5"}).json()["points"][0]["quantiles"]) == [
        "0.5",
        "0.975",
    ]
    problem = client.get(CAPEX, params={"quantiles": "0.33"})
    assert problem.status_code == 422
    assert "0.025" in problem.json()["errors"][0]["allowed"]


def test_a_span_cuts_the_points(client):
    answer = client.get(CAPEX, params={"from": "2027", "to": "2027Q1"}).json()
    assert [point["period"] for point in answer["points"]] == ["2027-01-01"]


def test_a_reduced_pool_is_said(client):
    answer = client.get("/v1/forecasts/derived.reduced").json()
    assert answer["confidence"] == "weak"
    assert "theta_log failed" in answer["notes"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("derived.short", "8 are needed"),
        ("cn.storage.installed", "a forecast needs 8"),
        ("nvidia.h100.units", "nvidia.ai_chips.quarterly_units is forecast for the family"),
        ("derived.world.hyperscaler_capex?freq=A", "at frequency Q, not at A"),
    ],
)
def test_a_known_series_without_a_forecast_is_unavailable_with_the_reason(client, path, words):
    response = client.get(f"/v1/forecasts/{path}")
    assert response.status_code == 200
    answer = ForecastAnswer.model_validate(response.json())
    assert answer.status == "unavailable"
    assert answer.points == []
    assert words in answer.reason


def test_an_unknown_series_is_404_with_close_matches(client):
    response = client.get("/v1/forecasts/derived.world.hyperscaler_capx")
    problem = Problem.model_validate(response.json())
    assert response.status_code == 404
    assert problem.errors[0].parameter == "series_id"
    assert "derived.world.hyperscaler_capex" in problem.errors[0].allowed


@pytest.mark.parametrize("query", ["freq=W", "quantiles=", "from=x", "from=2030&to=2029", "region=US"])
def test_wrong_parameters_are_refused(client, query):
    assert client.get(f"{CAPEX}?{query}").status_code == 422


def test_without_a_champion_the_reason_is_given(make_context, editions):
    context = make_context(editions, data={"published": "no champion in the ledger"})
    with TestClient(create_app(context)) as client:
        response = client.get(CAPEX)
        assert response.status_code == 503
        assert response.json()["code"] == "no_champion"
        assert "no champion in the ledger" in response.json()["detail"]
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["champion"] == {"version": None, "reason": "no champion in the ledger"}


def test_an_edition_answers_with_the_model_it_rests_on(make_context, editions, published):
    (name,) = [path.name for path in editions.iterdir() if not path.name.startswith(".")]
    newer = Published(published.directory, {**published.manifest, "version": "m-2"})
    context = make_context(editions, {"published": newer})
    with TestClient(create_app(context, models={"m-1": published}.__getitem__)) as client:
        assert client.get(CAPEX).json()["model_version"] == "m-2"
        for query in ({"edition": name}, {"issued_before": "2100-01-01"}):
            answer = client.get(CAPEX, params=query)
            assert (answer.json()["edition"], answer.json()["model_version"]) == (name, "m-1")
            assert answer.headers["cache-control"] == "public, max-age=60"
        assert client.get(CAPEX, params={"edition": "e-none"}).status_code == 422
    with TestClient(create_app(context), raise_server_exceptions=False) as client:
        problem = client.get(CAPEX, params={"edition": name})
    assert problem.status_code == 404
    assert problem.json()["detail"].startswith("no model named 'm-1' (its files are not kept here")


def test_every_published_series_carries_its_own_scores_and_not_those_of_members(client):
    scores = client.get(CAPEX).json()["scores"]
    assert [(item["ahead"], item["rule"], item["n"]) for item in scores] == [
        ("first", "pseudo_vintage", 4),
        ("year", "pseudo_vintage", 4),
    ]
    assert scores[0]["coverage"] == {"50": 0.5, "80": 0.75, "95": 1.0}
    assert scores[0]["mase"] is None


def test_the_class_of_a_series_is_scored_by_how_far_ahead(client):
    answer = client.get(CAPEX).json()
    scores = {item["ahead"]: item for item in answer["class_scores"]}
    assert {item["growth"] for item in scores.values()} == {"fast"}, "the class of the newest origin"
    assert {ahead: (item["n"], item["n_series"]) for ahead, item in scores.items()} == {
        "first": (2, 2),
        "year": (1, 1),
        "beyond": (1, 1),
    }
    assert scores["first"]["bias"] == pytest.approx(0.1)
    assert scores["first"]["coverage"] == {"50": 1.0, "80": 1.0, "95": 1.0}
    assert scores["year"]["coverage"] == {"50": 0.0, "80": 0.0, "95": 1.0}
    assert scores["beyond"]["coverage"]["95"] == 0.0
    assert {item["ahead"]: item["bias"] for item in answer["scores"]} == {
        "first": pytest.approx(4.6),
        "year": pytest.approx(0.4),
    }


def test_the_age_of_the_last_figure_counts_to_the_day_of_the_figures(client):
    assert client.get(CAPEX).json()["last_figure"] == {
        "period": "2026-07-01",
        "period_end": "2026-09-30",
        "age_days": 53,
    }


def test_checks_of_the_gate_are_those_of_the_version_that_forecasts(make_context, editions):
    def line(number, version, passed):
        checks = [{"name": "coverage, strict", "passed": passed, "detail": "words", "figures": {}}]
        return Promotion(
            number, datetime(2026, 11, 20 + number, tzinfo=UTC), version, None, "gate", {"gate": {"checks": checks}},
            "the gate says so", candidate=version,
        )  # fmt: skip

    lines = (line(1, "m-1", passed=False), line(2, "m-2", passed=True))
    with TestClient(create_app(make_context(editions, {"promotions": lines}))) as client:
        assert client.get(CAPEX).json()["gate"] == [{"name": "coverage, strict", "passed": False, "detail": "words"}]
    with TestClient(create_app(make_context(editions, {"promotions": lines[1:]}))) as client:
        assert client.get(CAPEX).json()["gate"] == []
