"""``/v1/scoreboard`` over HTTP: others and our own editions, scored by themselves when a figure arrives."""

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from issued_editions import Recorded
from starlette.testclient import TestClient

from projection.third_party.own_entries import OwnEntries
from service.api.scoreboard import ScoreList
from service.app import create_app

PATH = "/v1/scoreboard"


@pytest.fixture(scope="module")
def board(make_context, editions):
    context = make_context(editions, own_entries=OwnEntries(editions, Recorded(editions)))
    with TestClient(create_app(context), raise_server_exceptions=False) as client:
        yield client


def test_others_and_our_own_edition_are_on_one_board(board):
    scores = ScoreList.model_validate(board.get(f"{PATH}?limit=1000").json())
    items, following = [*scores.items], scores.next
    while following:
        page = ScoreList.model_validate(board.get(f"{PATH}?limit=1000&cursor={following}").json())
        items, following = [*items, *page.items], page.next
    assert sum(scores.counts.values()) == len(items)
    assert {item.by for item in items} >= {"Headroom", "Gartner", "IEA"}
    (gartner,) = [item for item in items if item.by == "Gartner" and item.state == "scored"]
    assert gartner.crps_log == pytest.approx(abs(gartner.log_error or 0.0))
    assert scores.skipped == []


def test_filters_meet_and_counts_are_of_what_fits(board):
    answer = board.get(f"{PATH}?by=headroom&region=us&layer=energy&state=pending").json()
    assert {(item["by"], item["region"], item["layer"], item["state"]) for item in answer["items"]} == {
        ("Headroom", "US", "energy", "pending")
    }
    assert answer["counts"] == {"scored": 0, "pending": 10, "unmatched": 0}


def test_pages_are_whole_and_in_order(board):
    whole = board.get(f"{PATH}?region=WORLD&limit=1000").json()
    ids, cursor = [], ""
    while cursor is not None:
        part = board.get(f"{PATH}?region=WORLD&limit=50{cursor and f'&cursor={cursor}'}").json()
        ids += part["items"]
        assert part["counts"] == whole["counts"]
        cursor = part["next"]
    assert ids == whole["items"]


def test_an_edition_is_scored_when_an_actual_arrives_without_being_told_to(make_context, editions, store):
    states = {
        "series_id": "us.datacenter.electricity", "region": "US", "metric": "datacenter_electricity", "unit": "TWh",
        "freq": "A", "period": date(2026, 1, 1), "value": 300.0, "low": None, "high": None, "kind": "estimate",
        "scenario": "", "source_id": "lbnl2026", "published": date(2027, 6, 1), "confidence": "primary", "note": "",
        "table": "projections", "retrieved": None, "private": False,
    }  # fmt: skip
    row = pl.DataFrame([states], schema=store.observations.schema)
    later = replace(store, observations=pl.concat([store.observations, row]))
    query = f"{PATH}?by=Headroom&region=US&layer=energy&state=scored"
    counts = []
    for figures, day in ((store, datetime(2027, 7, 1, tzinfo=UTC)), (later, datetime(2027, 7, 1, tzinfo=UTC))):
        context = make_context(
            editions,
            {"store": figures},
            own_entries=OwnEntries(editions, Recorded(editions)),
            clock=lambda day=day: day,
        )
        with TestClient(create_app(context)) as client:
            answer = client.get(query).json()
            counts.append(answer["counts"])
    assert counts == [{"scored": 0, "pending": 0, "unmatched": 0}, {"scored": 1, "pending": 0, "unmatched": 0}]
    (item,) = answer["items"]
    assert item["later"]["middle"] == 300.0
    assert item["inside"] is (item["low"] <= 300.0 <= item["high"])
    assert 0 < item["crps_log"] < abs(item["log_error"])


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("state=late", "state"),
        ("by=nobody", "by"),
        ("layer=water", "layer"),
        ("region=MARS", "region"),
        ("period=2028", "period"),
        ("limit=0", "limit"),
        ("cursor=abc", "cursor"),
    ],
)
def test_what_is_not_known_is_refused_by_name(board, query, parameter):
    answer = board.get(f"{PATH}?{query}")
    assert answer.status_code == 422
    assert [item["parameter"] for item in answer.json()["errors"]] == [parameter]


def test_the_answer_is_cached_until_the_day_or_the_edition_changes(board):
    first = board.get(f"{PATH}?by=Headroom")
    again = board.get(f"{PATH}?by=Headroom", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
