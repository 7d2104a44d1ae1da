"""The pages of sites: what they show is what the API says, every mark has a row, and nothing needs a script."""

import re
from html import unescape

import pytest

from service.pages.outlines import UNITED_STATES, WORLD
from service.pages.views.sites.page import STAGE

BROWSER = {"accept": "text/html"}


def page(client, path, **parameters):
    response = client.get(path, params=parameters, headers=BROWSER)
    assert response.status_code == 200, response.text
    return unescape(response.text)


def words(text):
    """The page without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def rows(text):
    table = re.search(r'<table class="figures sites">.*?<tbody>(.*?)</tbody>', text, re.DOTALL)[1]
    return re.findall(r'<tr><th scope="row"><a href="./sites/([^"]+)">', table)


def test_the_list_is_the_first_page_of_the_api_and_goes_on_to_the_next(client):
    answer = client.get("/v1/sites?region=US&limit=50").json()
    text = page(client, "/sites")
    assert rows(text) == [item["id"] for item in answer["items"]]
    assert f"{answer['total']:,} sites" in words(text)
    following = re.search(r'href="./(sites\?[^"]+)#list">More sites', text)[1]
    after = client.get(f"/v1/sites?region=US&limit=50&cursor={answer['next']}").json()
    assert rows(client.get(f"/{following}", headers=BROWSER).text) == [item["id"] for item in after["items"]]


def test_every_mark_of_the_map_is_a_link_with_a_name_and_stands_in_the_list(client):
    answer = client.get("/v1/sites?region=US&tracker=epoch_sites&limit=50").json()
    text = page(client, "/sites", tracker="epoch_sites")
    marks = dict(re.findall(r'<a href="./sites/([^"]+)" aria-label="([^"]+)">', text))
    assert set(marks) <= set(rows(text))
    placed = [item for item in answer["items"] if UNITED_STATES.place(item["latitude"], item["longitude"])]
    assert set(marks) == {item["id"] for item in placed}
    for item in placed:
        assert marks[item["id"]].startswith(item["name"])
        assert marks[item["id"]].endswith(STAGE[item["stage"]].lower())


def test_a_form_with_fields_left_blank_is_answered(client):
    text = page(client, "/sites", region="US", q="", stage="permitted", min_mw="500", tracker="", sort="name")
    answer = client.get("/v1/sites?region=US&stage=permitted&min_mw=500&sort=name&limit=50").json()
    assert rows(text) == [item["id"] for item in answer["items"]]
    assert '<option value="permitted" selected>' in text
    assert client.get("/sites?stage=dreamt", headers=BROWSER).status_code == 422


def test_a_filter_that_nothing_passes_says_so(client):
    assert "No site has all of these." in words(page(client, "/sites", q="nowhere-at-all"))


def test_sites_outside_the_us_stand_on_the_map_of_the_world(client):
    text = page(client, "/sites", region="CN")
    assert f"static/{WORLD.file}" in text
    assert rows(text)
    assert "a bar runs to the edge" not in words(text)


@pytest.mark.parametrize("outline", [UNITED_STATES, WORLD], ids=lambda one: one.file)
def test_outlines_are_small_pictures_of_the_size_that_marks_are_placed_on(client, outline):
    answer = client.get(f"/static/{outline.file}")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert len(answer.content) <= 60_000
    assert f'viewBox="0 0 {outline.width} {outline.height}"' in answer.text
    assert outline.place(39.04, -77.49) is not None
    assert UNITED_STATES.place(64.1, -21.9) is None


def test_a_site_shows_every_edition_stage_and_source_of_the_api(client):
    item = next(
        item
        for item in client.get("/v1/sites?tracker=epoch_sites&limit=1000").json()["items"]
        if item["also_listed_as"] and item["slip_days"]
    )
    one = client.get(f"/v1/sites/{item['id']}").json()
    text = page(client, f"/sites/{item['id']}")
    assert text.count("than first</small>") == sum(
        entry["halfway_on"] not in {None, item["first_planned_on"]} for entry in one["editions"]
    )
    for edition in one["editions"]:
        assert f"{edition['planned_mw']:,.0f} MW" in text or edition["planned_mw"] is None
    for stage in one["stages"]:
        assert stage["source"] is None or f'href="{stage["source"]}"' in text
    for part in (*one["caveats"], *one["attribution"], one["reason"], *(s["licence"] for s in one["sources"])):
        assert part in words(text)
    assert client.get(f"/v1/sites/{item['id']}.csv").status_code == 200
    assert not re.search(r'<script(?![^>]* src=)|<style|\sstyle="|\son[a-z]+="', text)


def test_a_site_of_the_other_tracker_says_why_nothing_is_drawn(client):
    item = client.get("/v1/sites?tracker=compute_atlas&limit=1").json()["items"][0]
    text = words(page(client, f"/sites/{item['id']}"))
    assert "publishes no steps of power" in text
    assert item["name"] in text


def test_a_site_there_is_not_is_answered_with_a_page_that_helps(client):
    response = client.get("/sites/nowhere", headers=BROWSER)
    assert response.status_code == 404
    assert "<h1" in response.text


def test_a_chart_of_sites_is_at_the_level_the_api_states(client):
    spec = client.get("/v1/charts/sites?region=US").json()
    shown = {row["Site"]: row for row in spec["data"]["values"]}
    items = client.get("/v1/sites?region=US&tracker=epoch_sites&limit=1000").json()["items"]
    by_name = {item["name"]: item for item in items}
    assert shown
    for name, row in shown.items():
        assert (row["first"], row["newest"]) == (by_name[name]["first_planned_on"], by_name[name]["planned_on"])
        assert row["Level"] == f"{by_name[name]['halfway_mw']:,.0f} MW"
        assert row["low"] is None


def test_a_chart_of_a_site_draws_every_edition(client):
    item = client.get("/v1/sites?tracker=epoch_sites&limit=1").json()["items"][0]
    one = client.get(f"/v1/sites/{item['id']}").json()
    spec = client.get(f"/v1/charts/site?site={item['id']}").json()
    lines = {row["line"] for layer in spec["layer"] for row in layer.get("data", {}).get("values", ()) if "line" in row}
    assert len(lines) == sum(bool(edition["steps"]) for edition in one["editions"])
    assert client.get("/v1/charts/site?site=nowhere").status_code == 422


def test_nothing_is_followed_where_nothing_more_is_planned(client):
    items = client.get("/v1/sites?tracker=epoch_sites&limit=1000").json()["items"]
    finished = [item for item in items if item["running_mw"] == item["planned_mw"]]
    assert finished
    assert {item["halfway_mw"] for item in finished} == {None}
