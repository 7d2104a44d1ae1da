"""The page of editions: the one of a day, two side by side, what was recalled, and how each is cited."""

import shutil
from dataclasses import replace

import pytest
from following_client import FollowingClient
from issued_editions import Ledger, record_of
from rendered_pages import BROWSER, page, words

from service.app import create_app
from service.editions import DirectoryEditions
from service.wording import Scale

FIRST, SECOND = "e-20261122-aaaaaaaaaa", "e-20261123-bbbbbbbbbb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, editions, edition_writer):
    directory = tmp_path_factory.mktemp("compared") / "editions"
    shutil.copytree(editions, directory)
    edition_writer(directory, edition_id=SECOND, days=2, shift=1.5)
    return directory


@pytest.fixture
def ledger(folder):
    return Ledger((name, record_of(folder / name)) for name in (FIRST, SECOND))


@pytest.fixture
def client(make_context, folder, ledger):
    holder = DirectoryEditions(folder, records=lambda: tuple(ledger.values()))
    return FollowingClient(create_app(replace(make_context(folder), editions=holder)), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("day", "edition"), [("2026-11-24", FIRST), ("2026-11-25", FIRST), ("2026-11-26", SECOND), ("2027-01-01", SECOND)]
)
def test_a_day_leads_to_the_edition_that_answered_when_it_ended(client, day, edition):
    text = words(page(client, "/editions", on=day))
    assert f"{edition} , issued" in text
    assert client.get(f"/v1/editions/{edition}/cite").json()["text"] in text


def test_a_day_before_the_first_edition_says_when_that_was_issued(client):
    assert "No edition answered then. The first was issued on 24 November 2026." in words(
        page(client, "/editions", on="2020-01-01")
    )


def test_numbers_side_by_side_are_those_both_editions_answer(client):
    text = page(client, "/editions", **{"from": FIRST, "to": SECOND, "year": "2029"})
    medians = []
    for edition in (FIRST, SECOND):
        query = {"region": "US", "layer": "power", "from": "2029", "to": "2029", "edition": edition}
        medians.append(client.get("/v1/gaps", params=query).json()["points"][0]["demand"]["0.5"])
    scale = Scale.of(medians, "GW")
    row = words(text[text.index("United States: power") :])
    difference = medians[1] - medians[0]
    assert difference > 1
    assert (
        f"{scale.number(medians[0])} → {scale.text(medians[1])} +{Scale.of([difference], 'GW').text(difference)}" in row
    )
    assert "Nothing they were made from changed." in words(text)
    for edition in (FIRST, SECOND):
        assert client.get(f"/v1/editions/{edition}/cite").json()["text"] in words(text)


def test_the_one_that_answers_now_is_the_second_where_none_is_named(client):
    assert f"What moved from {FIRST} to {SECOND}" in words(page(client, "/editions", **{"from": FIRST}))


def test_an_edition_beside_itself_has_no_difference(client):
    text = words(page(client, "/editions", **{"from": SECOND, "to": SECOND}))
    assert "are the same in both." in text
    assert "→" not in text


def test_an_edition_that_was_recalled_says_so_wherever_it_stands(client, ledger):
    ledger.recall(FIRST, successor=SECOND)
    for query in ({}, {"on": "2026-11-24"}, {"from": FIRST}):
        text = words(page(client, "/editions", **query))
        assert "1 of them recalled since" in text
        assert "Recalled chips were counted twice What stands instead" in text


@pytest.mark.parametrize("query", [{"from": "e-0"}, {"from": FIRST, "to": "e-0"}, {"to": FIRST}, {"on": "2026-13-01"}])
def test_what_does_not_exist_is_refused_with_what_does(client, query):
    response = client.get("/editions", params=query, headers=BROWSER)
    assert response.status_code == 422
    assert "<h1>" in response.text
