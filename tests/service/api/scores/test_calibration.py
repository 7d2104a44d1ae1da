"""``/v1/calibration``: the model's backtest by class, and editions once figures have decided about them."""

import math
from dataclasses import replace
from datetime import date

import pytest
from issued_editions import Recorded
from starlette.testclient import TestClient

from data.periods.timestamps import rfc3339
from data.store.recalls import Recall
from features.view import View
from projection.scoreboard.board import Board
from projection.scoreboard.judging import LaterFigure, State, scoreboard
from projection.scoreboard.own_entries import BY, own_entries
from service.api.scores.calibration import Calibration
from service.app import create_app
from service.editions import DirectoryEditions
from training.artifact.published import Published

PATH = "/v1/calibration"


def test_the_backtest_is_counted_by_class_horizon_and_rule(client):
    answer = Calibration.model_validate(client.get(PATH).json())
    assert (answer.model_version, answer.scored_as_of, answer.editions) == ("m-1", None, [])
    classes = {(one.growth, one.freq, one.step_class, one.rule): one for one in answer.forecasts}
    assert set(classes) == {
        ("fast", "A", "first", "pseudo_vintage"),
        ("fast", "Q", "beyond", "pseudo_vintage"),
        ("fast", "Q", "first", "pseudo_vintage"),
        ("fast", "Q", "year", "pseudo_vintage"),
        ("slow", "Q", "first", "pseudo_vintage"),
    }
    first = classes["fast", "Q", "first", "pseudo_vintage"]
    assert (first.n, first.n_series, first.bias) == (2, 2, pytest.approx(0.1))
    assert first.coverage == {"0.5": 1.0, "0.8": 1.0, "0.9": 1.0, "0.95": 1.0}
    assert first.pit == [0, 0, 0, 0, 0, 1, 0, 1, 0, 0]
    assert (first.crps_scaled, first.crps_relative) == (0.25, 0.5)
    assert classes["fast", "Q", "beyond", "pseudo_vintage"].coverage["0.95"] == 0.0


def test_a_rule_narrows_the_backtest(client):
    assert client.get(f"{PATH}?rule=strict").json()["forecasts"] == []
    assert len(client.get(f"{PATH}?rule=Pseudo_Vintage").json()["forecasts"]) == 5
    assert client.get(f"{PATH}?rule=available").status_code == 422


def test_editions_are_counted_once_figures_have_decided(make_context, editions, store):
    day = date(2027, 7, 1)
    ours = own_entries(editions, Recorded(editions)())
    outcomes = scoreboard(View.of(store, as_of=day), ours=ours.entries)

    def decided(item):
        if item.entry.by != BY or item.entry.region != "US" or item.entry.period.start != date(2026, 1, 1):
            return item
        came = 1.01 * item.entry.point
        later = LaterFigure("actual", came, came, came, ("src",), date(2027, 6, 1))
        return replace(item, state=State.SCORED, later=later, log_error=-math.log(1.01), inside=True, crps=0.01)

    board = Board(day, tuple(decided(item) for item in outcomes))
    context = make_context(editions, {"board": board})
    with TestClient(create_app(context)) as client:
        answer = Calibration.model_validate(client.get(PATH).json())
        metrics = client.get("/metrics").text
    (record,) = context.editions.recorded()
    recall = Recall(at=context.clock(), reason="a figure was wrong", actor="ann", successor=None)
    directory = DirectoryEditions(editions, records=lambda: [replace(record, recalled=recall)])
    with TestClient(create_app(replace(context, editions=directory))) as client:
        assert {one["n_recalled"] for one in client.get(PATH).json()["editions"]} == {1}
        item = client.get("/v1/scoreboard?by=headroom&state=scored&limit=1").json()["items"][0]
        assert item["recalled"] == {"at": rfc3339(recall.at), "reason": "a figure was wrong", "successor": None}
    assert {one.n_recalled for one in answer.editions} == {0}
    assert answer.scored_as_of == day
    energy = next(one for one in answer.editions if one.layer == "energy")
    assert (energy.lead, energy.n, energy.n_editions) == ("under_1", 1, 1)
    assert (energy.bias, energy.crps_log) == (pytest.approx(-math.log(1.01), rel=1e-5), 0.01)
    assert sum(energy.pit) == energy.n
    assert energy.coverage["0.8"] == 1.0
    total = sum(one.n for one in answer.editions)
    assert f'headroom_coverage_scores{{forecasts="editions",rule="strict"}} {total:.1f}' in metrics
    assert 'headroom_coverage_ratio{forecasts="editions",rule="strict"} 1.0' in metrics


def test_a_model_without_trials_is_told_apart_from_one_without_steps(make_context, editions, published):
    manifest = dict(published.manifest)
    manifest["files"] = {name: digest for name, digest in manifest["files"].items() if name != "trials.parquet"}
    older = Published(published.directory, manifest)
    with TestClient(create_app(make_context(editions, {"published": older}))) as client:
        answer = client.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_without_a_model_the_reason_is_given(make_context, editions):
    with TestClient(create_app(make_context(editions, {"published": "nothing was trained"}))) as client:
        answer = client.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (503, "no_champion")
