"""Pages beside the overview: each says what the API says, in words, and needs no script."""

import re

import pytest
from claim_editions import write_claim_edition
from fastapi.testclient import TestClient
from rendered_pages import page, words

from service.api.gaps.claims import NOT_IN_EDITION
from service.app import create_app
from service.pages.frame.navigation import MENU


@pytest.mark.parametrize("one", MENU, ids=lambda one: one.name)
def test_every_page_of_the_menu_stands_without_a_script(client, one):
    text = page(client, f"/{one.path}")
    assert len(re.findall(r"<h1", text)) == 1
    assert f'aria-current="page">{one.title}</a>' in text
    assert not re.search(r'<script(?![^>]* src=)|<style|\sstyle="|\son[a-z]+="', text)
    for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
        assert "<caption>" in table
        assert 'scope="col"' in table or 'scope="row"' in table


@pytest.fixture(scope="module")
def judged(make_context, tmp_path_factory):
    directory = tmp_path_factory.mktemp("judged")
    write_claim_edition(directory)
    with TestClient(create_app(make_context(directory))) as client:
        yield client


def test_a_claim_is_shown_with_verdict_day_rule_and_command(judged):
    claims = judged.get("/v1/claims").json()["items"]
    text = page(judged, "/claims")
    for claim in claims:
        card = words(re.search(rf'<article class="card" id="{claim["id"]}".*?</article>', text, re.DOTALL)[0])
        for part in ("sentence", "do_not_misread", "decided_by", "command"):
            assert re.sub(r"\s+", " ", claim[part]) in card
        assert claim["verdict"].capitalize() in card
        for reading in claim["readings"]:
            assert reading["title"] in card
    holds = sum(claim["verdict"] == "holds" for claim in claims)
    assert f"Of {len(claims)} sentences {holds} hold" in words(text)


def test_an_edition_without_claims_says_so(client):
    assert NOT_IN_EDITION in words(page(client, "/claims"))


def test_the_track_record_says_in_words_that_nothing_was_scored(client):
    text = words(page(client, "/track-record"))
    assert "Nothing has been scored in this home yet" in text
    assert "No edition of this home has been decided by a later figure yet." in text


def test_bands_of_single_series_are_those_of_the_calibration(client):
    rows = client.get("/v1/calibration").json()["forecasts"]
    text = page(client, "/track-record")
    table = re.search(r'id="series".*?<tbody>(.*?)</tbody>', text, re.DOTALL)[1]
    assert table.count("<tr>") == len(rows)
    assert sorted(re.findall(r"<td>(\d+) %</td>", table)) == sorted(
        f"{100 * row['coverage'][band]:.0f}" for row in rows for band in ("0.5", "0.8") if band in row["coverage"]
    )


def test_stages_of_sites_are_those_of_the_funnel(client):
    answer = client.get("/v1/funnel?region=US").json()
    text = page(client, "/sites")
    table = re.search(r'<table class="numbers">.*?<tbody>(.*?)</tbody>', text, re.DOTALL)[1]
    assert table.count("<tr>") == len(answer["stages"]) > 0
    assert f"{answer['total']['projects']:,} projects" in words(text)


def test_a_region_without_a_funnel_says_why(client):
    assert client.get("/v1/funnel?region=EU").json()["reason"] in words(page(client, "/sites", region="EU"))


def test_figures_are_searched_and_each_has_a_page(client):
    query = {"q": "electricity", "region": "US"}
    listed = client.get("/v1/series", params=query).json()["items"]
    text = page(client, "/figures", **query)
    assert re.findall(r'href="./figures/([^"?]+)">', text) == [item["series_id"] for item in listed]
    item = listed[0]
    one = page(client, f"/figures/{item['series_id']}")
    rows = client.get(f"/v1/series/{item['series_id']}/observations", params={"limit": 500}).json()["items"]
    assert one.count("<tr><th") - 1 == len(rows) > 0
    for part in (item["title"], item["definition"], *item["licences"], *item["attribution"]):
        assert re.sub(r"\s+", " ", part) in words(one)
    assert client.get(f"/v1/series/{item['series_id']}/observations.csv").status_code == 200


def test_a_search_without_a_hit_says_so(client):
    assert "No series has all of these." in words(page(client, "/figures", q="nothing-of-this-name"))


def test_models_and_editions_name_what_serves(client):
    served = client.get("/v1/editions/latest").json()
    assert served["model_version"] in words(page(client, "/models"))
    assert served["cite"]["text"] in words(page(client, "/editions"))
