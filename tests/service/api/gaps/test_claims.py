"""Claims over HTTP: verdicts as the edition was issued with, and those of editions before it."""

import polars as pl
import pytest
from claim_editions import write_claim_edition
from fastapi.testclient import TestClient
from issued_editions import Recorded

from projection.claims.history import ClaimHistory
from projection.claims.library import shipped
from service.api.gaps.claims import NOT_IN_EDITION, ClaimAnswer, ClaimList
from service.app import create_app

NAMES = list(shipped())


@pytest.fixture(scope="module")
def judged(make_context, tmp_path_factory):
    directory = tmp_path_factory.mktemp("judged")
    write_claim_edition(directory)
    history = ClaimHistory(directory, Recorded(directory), directory / "none")
    with TestClient(create_app(make_context(directory, claim_history=history))) as client:
        yield client


def test_claims_are_listed_in_their_order_with_every_number(judged):
    answer = ClaimList.model_validate(judged.get("/v1/claims").json())
    assert [item.id for item in answer.items] == NAMES
    assert answer.reason is None
    assert all(answer.edition in item.command for item in answer.items)


def test_claims_are_one_table_with_what_each_rests_on(judged):
    frame = pl.read_csv(judged.get("/v1/claims.csv").content)
    assert frame["id"].to_list() == NAMES
    assert frame["attribution"].str.contains("Source: ").sum() > 0


def test_pages_hold_all_claims_once(judged):
    names, cursor = [], None
    while True:
        query = {"limit": "7"} | ({} if cursor is None else {"cursor": cursor})
        answer = ClaimList.model_validate(judged.get("/v1/claims", params=query).json())
        names += [item.id for item in answer.items]
        if (cursor := answer.next) is None:
            break
    assert names == NAMES


def test_one_claim_carries_its_history(judged):
    answer = ClaimAnswer.model_validate(judged.get("/v1/claims/us-too-few-data-centers").json())
    assert [past.edition for past in answer.history] == [answer.edition]
    (past,) = answer.history
    assert past.same_definition
    assert past.verdict == answer.verdict
    assert [one.value for one in past.readings] == [one.value for one in answer.readings]


def test_an_unknown_claim_names_those_there_are(judged):
    response = judged.get("/v1/claims/none")
    assert response.status_code == 404
    assert NAMES[0] in response.text


def test_an_edition_made_before_claims_says_so(client):
    answer = ClaimList.model_validate(client.get("/v1/claims").json())
    assert (answer.items, answer.reason) == ([], NOT_IN_EDITION)
    assert NOT_IN_EDITION in client.get("/v1/claims/us-lacks-energy").text
