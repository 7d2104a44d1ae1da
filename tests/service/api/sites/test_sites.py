"""``/v1/sites``: every site once, planned against likely days; one site by edition of its tracker."""

import csv
import io
from datetime import date

import numpy as np
import pytest
from evaluations_here import few_draws
from fastapi.testclient import TestClient

from projection.sites.realisation import arriving_by
from service.app import create_app
from service.evaluations import site_dates
from service.evaluations.site_draws import site_dates as draw

EPOCH = {"tracker": "epoch_sites", "limit": 1000}


def listed(client, **parameters):
    response = client.get("/v1/sites", params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def test_every_site_is_listed_once_and_as_often_as_the_funnel_counts(client):
    answer = listed(client, region="US", limit=1000)
    stages = {stage["stage"]: stage for stage in client.get("/v1/funnel?region=US").json()["stages"]}
    ids = [item["id"] for item in answer["items"]]
    assert len(set(ids)) == len(ids) == answer["total"]
    proposed = [item for item in answer["items"] if item["stage"] == "proposed"]
    assert len(proposed) == stages["proposed"]["projects"]
    assert {item["region"] for item in answer["items"]} == {"US"}


def test_filters_narrow_and_sorts_order(client):
    everything = listed(client, limit=1000)["items"]
    big = listed(client, min_mw=1000, sort="-planned_mw", limit=1000)["items"]
    sizes = [item["planned_mw"] for item in big]
    assert sizes == sorted(sizes, reverse=True)
    assert len(big) == sum((item["planned_mw"] or 0) >= 1000 for item in everything)
    texas = listed(client, region="us-tx", operator="ORACLE", limit=1000)["items"]
    assert texas
    assert all(item["state"] == "TX" and "oracle" in item["operator"].lower() for item in texas)
    building = listed(client, stage="under_construction", q="ohio", limit=1000)["items"]
    assert building
    assert {(item["stage"], item["state"]) for item in building} == {("under_construction", "OH")}
    names = [item["name"].casefold() for item in listed(client, sort="name", limit=50)["items"]]
    assert names == sorted(names)


def test_pages_follow_one_another_without_a_gap(client):
    whole = [item["id"] for item in listed(client, **EPOCH)["items"]]
    pages, cursor = [], None
    while True:
        page = listed(client, tracker="epoch_sites", limit=30, **({"cursor": cursor} if cursor else {}))
        pages += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert pages == whole


@pytest.mark.parametrize("wrong", ["min_mw=-1", "min_mw=1e9", "min_mw=much", "region=XX", "stage=dreamt", "sort=mood"])
def test_what_is_not_a_filter_is_refused(client, wrong):
    response = client.get(f"/v1/sites?{wrong}")
    assert response.status_code == 422
    assert response.json()["code"] == "invalid_parameter"


def test_a_table_says_what_the_answer_says(client):
    items = listed(client, **EPOCH)["items"]
    rows = list(csv.DictReader(io.StringIO(client.get("/v1/sites.csv", params=EPOCH).text)))
    assert [row["id"] for row in rows] == [item["id"] for item in items]
    assert [row["planned_on"] for row in rows] == [item["planned_on"] or "" for item in items]
    assert {row["attribution"] for row in rows} == {"Source: Epoch AI, AI Data Centers, CC BY 4.0"}


def test_a_slip_is_what_two_editions_say_of_the_same_power(client):
    moved = [item for item in listed(client, **EPOCH)["items"] if item["slip_days"]]
    assert moved
    for item in moved[:5]:
        one = client.get(f"/v1/sites/{item['id']}").json()
        by_edition = [(entry["edition"], entry["halfway_on"]) for entry in one["editions"] if entry["steps"]]
        reaching = [pair for pair in by_edition if pair[1] is not None]
        assert reaching[0] == (item["first_edition"], item["first_planned_on"])
        assert by_edition[-1][1] == item["planned_on"]
        days = date.fromisoformat(item["planned_on"]) - date.fromisoformat(item["first_planned_on"])
        assert days.days == item["slip_days"]
        for entry in one["editions"]:
            levels = {step["day"]: step["mw"] for step in entry["steps"]}
            if entry["halfway_on"] is not None:
                assert levels[entry["halfway_on"]] >= item["halfway_mw"]


def test_a_listing_of_the_other_tracker_leads_to_the_site_with_its_evidence(client):
    item = next(item for item in listed(client, **EPOCH)["items"] if item["also_listed_as"])
    one = client.get(f"/v1/sites/{item['also_listed_as'][0]}").json()
    assert one["site"]["id"] == item["id"]
    assert {entry["listing"] for entry in one["stages"]} <= set(item["also_listed_as"])
    assert one["sources"][0]["publisher"] == "Epoch AI"
    assert len(one["attribution"]) >= len(one["sources"])


def test_a_site_there_is_not_is_answered_with_close_ones(client):
    problem = client.get("/v1/sites/abilene").json()
    assert problem["code"] == "not_found"
    assert any("abilene" in name for error in problem["errors"] for name in error.get("allowed", []))


def test_an_edition_without_draws_of_sites_says_so_and_makes_none_up(client):
    answer = listed(client, **EPOCH)
    assert "headroom assets" in answer["draws"]
    assert not [item for item in answer["items"] if item["likely"] or item["chances"]]
    planned = next(item for item in answer["items"] if item["region"] == "US" and item["halfway_mw"])
    assert "headroom assets" in client.get(f"/v1/sites/{planned['id']}").json()["reason"]


@pytest.fixture(scope="module")
def base():
    return few_draws("any")


@pytest.fixture(scope="module")
def likely(base):
    return draw(base)


def test_days_are_those_of_the_draws_that_the_projection_makes(base, likely):
    plan = next(plan for plan in base.model_inputs.anchors.pipeline_us if plan.site in likely)
    part = base.part(0)
    ends = [date(year.year, 12, 31) for year in likely[plan.site].years]
    mw = arriving_by(
        {plan.site: [plan]},
        part.stages.values,
        part.numbers.site_shocks,
        region="US",
        days=ends,
        evidence_days=base.model_inputs.evidence_days,
    )[plan.site]
    for column, year in enumerate(likely[plan.site].years):
        assert year.printed_mw == pytest.approx(plan.level(ends[column]), abs=1e-3)
        assert year.mw["0.5"] == pytest.approx(np.median(mw[:, column]), abs=1e-2)
    chances = [year.chance for year in likely[plan.site].years]
    assert chances == sorted(chances)
    for level, day in likely[plan.site].days.items():
        reached = [year.chance >= float(level) for year in likely[plan.site].years]
        assert any(reached) == (day is not None)
        if day is not None:
            assert reached[[year.year for year in likely[plan.site].years].index(day.year)]


def test_days_that_are_kept_of_an_edition_are_answered_and_of_another_are_not(make_context, editions, likely, tmp_path):
    context = make_context(editions, assets=tmp_path)
    edition = context.editions.edition
    site_dates.keep(tmp_path, edition, likely)
    with TestClient(create_app(context)) as client:
        answer = listed(client, region="US", **EPOCH)
        assert answer["draws"] is None
        planned = [item for item in answer["items"] if item["halfway_mw"]]
        assert planned
        assert {item["name"] for item in planned} == {item["name"] for item in answer["items"] if item["likely"]}
        one = client.get(f"/v1/sites/{planned[0]['id']}").json()
        assert one["reason"] is None
        assert {str(year["year"]): year["chance"] for year in one["years"]} == planned[0]["chances"]
    file = site_dates.file_of(tmp_path, edition)
    file.write_text(file.read_text().replace(edition.manifest_sha256, "0" * 64))
    assert site_dates.read(tmp_path, edition) == {}
