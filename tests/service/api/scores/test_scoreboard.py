"""``/v1/scoreboard`` over HTTP: others and our own editions, as they were last scored."""

import re
from dataclasses import replace
from datetime import date
from urllib.parse import quote_plus

import polars as pl
import pytest
from scored_boards import scored
from starlette.testclient import TestClient

from service.api.scores.scoreboard import ScoreList
from service.api.scores.summary import ScoreSummary
from service.app import create_app

PATH = "/v1/scoreboard"


@pytest.fixture(scope="module")
def board(make_context, editions, store):
    context = make_context(editions, {"board": scored(store, editions, date(2026, 11, 24))})
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


def test_a_year_narrows_list_summary_and_page(board):
    items = board.get(f"{PATH}?year=2025&limit=1000").json()["items"]
    assert {item["period"][:4] for item in items} == {"2025"}
    publishers = {item["by"] for item in items if item["state"] == "scored"}
    assert publishers
    groups = board.get(f"{PATH}/summary?year=2025").json()["groups"]
    assert {group["by"] for group in groups} == publishers
    page = board.get("/track-record?year=2025", headers={"accept": "text/html"}).text
    assert set(re.findall(r"v1/scoreboard\?by=([^&\"]+)", page)) == {quote_plus(name) for name in publishers}
    assert re.search(r"aria-current[^>]*>2025<", page)


def test_the_board_is_one_table_with_a_line_to_print_beside_each_row(board):
    frame = pl.read_parquet(board.get(f"{PATH}.parquet").content)
    assert frame.height == sum(board.get(PATH).json()["counts"].values())
    assert frame["attribution"].null_count() == 0
    scored = frame.filter(state="scored", by="Gartner").row(0, named=True)
    item = board.get(f"{PATH}?by=Gartner&state=scored").json()["items"][0]
    assert (scored["later_middle"], scored["log_error"]) == (item["later"]["middle"], item["log_error"])


def test_the_entries_of_one_edition_are_found_by_its_id(board):
    ours = board.get(f"{PATH}?by=headroom&limit=1000").json()
    name = ours["items"][0]["source_id"]
    assert board.get(f"{PATH}?edition={name}&limit=1000").json()["items"] == ours["items"]
    (error,) = board.get(f"{PATH}?edition=gartner2025").json()["errors"]
    assert (error["parameter"], name in error["allowed"]) == ("edition", True)


def test_pages_are_whole_and_in_order(board):
    whole = board.get(f"{PATH}?region=WORLD&limit=1000").json()
    ids, cursor = [], ""
    while cursor is not None:
        part = board.get(f"{PATH}?region=WORLD&limit=50{cursor and f'&cursor={cursor}'}").json()
        ids += part["items"]
        assert part["counts"] == whole["counts"]
        cursor = part["next"]
    assert ids == whole["items"]


def test_an_edition_is_scored_with_the_figures_that_arrive(make_context, editions, store):
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
    for figures in (store, later):
        context = make_context(editions, {"board": scored(figures, editions, date(2027, 7, 1))})
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
        ("year=20x5", "year"),
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


def test_before_the_first_scoring_there_is_nothing_and_no_day(make_context, editions):
    with TestClient(create_app(make_context(editions))) as client:
        answer = client.get(PATH).json()
        summary = client.get(f"{PATH}/summary").json()
    assert (answer["as_of"], answer["items"], answer["counts"]) == (
        None, [], {"scored": 0, "pending": 0, "unmatched": 0},
    )  # fmt: skip
    assert summary == {"as_of": None, "groups": [], "revisions": [], "dispersion": []}


def test_the_summary_counts_what_the_list_has(board):
    summary = ScoreSummary.model_validate(board.get(f"{PATH}/summary").json())
    counts = board.get(f"{PATH}?limit=1").json()["counts"]
    assert sum(group.n for group in summary.groups) == counts["scored"]
    assert {item.by for item in summary.revisions} >= {"ERCOT"}
    assert all(item.up + item.down + item.unchanged == item.n for item in summary.revisions)
    spread = {(item.quantity, item.period.year): item for item in summary.dispersion}
    assert "Headroom" in spread["us.datacenter.electricity", 2030].publishers
    assert all(item.low <= item.high and len(item.publishers) > 1 for item in summary.dispersion)


def test_the_summary_takes_the_filters_of_the_list(board):
    summary = board.get(f"{PATH}/summary?by=ercot&region=us-ercot").json()
    assert {(item["by"], item["region"]) for item in summary["groups"] + summary["revisions"]} == {
        ("ERCOT", "US-ERCOT")
    }
    # One publisher alone lies apart from nobody.
    assert summary["dispersion"] == []
    assert board.get(f"{PATH}/summary?state=scored").status_code == 422
