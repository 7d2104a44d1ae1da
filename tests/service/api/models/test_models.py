"""``/v1/models/promotions``: the ledger, newest first, in pages that stay whole."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from following_client import FollowingClient
from starlette.testclient import TestClient

from data.store.ledger import Decision, Promotion
from service.api.models.models import PromotionList
from service.app import create_app


def line(number, kind=Decision.PROMOTE, champion="m-1", candidate=None):
    return Promotion(
        id=number,
        created=datetime(2026, 11, number, 9, tzinfo=UTC),
        model_version=champion,
        previous_version=None if number == 1 else "m-1",
        actor="gate",
        evidence={"gate": {"passed": kind is not Decision.KEEP}},
        reason=f"reason {number}",
        kind=kind,
        candidate=candidate or champion,
        manifest_sha256="0" * 64,
    )


LINES = (line(1), line(2, Decision.KEEP, candidate="m-2"), line(3, champion="m-3"), line(4, Decision.ROLLBACK))


@pytest.fixture
def ledger_client(make_context, editions):
    with TestClient(create_app(make_context(editions, {"promotions": LINES})), raise_server_exceptions=False) as client:
        yield client


def test_lines_come_newest_first_with_who_when_why_and_on_what(ledger_client):
    answer = ledger_client.get("/v1/models/promotions")
    assert answer.status_code == 200
    PromotionList.model_validate(answer.json())
    items = answer.json()["items"]
    assert [item["id"] for item in items] == [4, 3, 2, 1]
    assert items[2] == {
        "id": 2,
        "created": "2026-11-02T09:00:00Z",
        "kind": "keep",
        "champion": "m-1",
        "previous": "m-1",
        "candidate": "m-2",
        "actor": "gate",
        "reason": "reason 2",
        "manifest_sha256": "0" * 64,
        "evidence": {"gate": {"passed": False}},
    }


def test_pages_follow_each_other_and_a_new_line_does_not_move_them(make_context, editions):
    newer = (*LINES, line(5, champion="m-5"))
    ids = []

    def follow(mark):
        del mark
        return replace(context.data, mark="later", promotions=newer) if ids else None

    context = make_context(editions, {"promotions": LINES}, follow=follow)
    with FollowingClient(create_app(context), raise_server_exceptions=False) as client:
        first = client.get("/v1/models/promotions?limit=2").json()
        assert [item["id"] for item in first["items"]] == [4, 3]
        ids.append(True)
        assert client.get("/v1/models/promotions?limit=1").json()["items"][0]["id"] == 5
        second = client.get(f"/v1/models/promotions?limit=2&cursor={first['next']}").json()
        assert [item["id"] for item in second["items"]] == [2, 1]
        assert second["next"] is None


def test_one_kind_can_be_asked_for_and_an_unknown_one_is_a_problem(ledger_client):
    assert [item["id"] for item in ledger_client.get("/v1/models/promotions?kind=Keep").json()["items"]] == [2]
    wrong = ledger_client.get("/v1/models/promotions?kind=demote")
    assert wrong.status_code == 422
    assert wrong.headers["content-type"] == "application/problem+json"
    assert wrong.json()["errors"] == [
        {"parameter": "kind", "message": "'demote' is not known", "allowed": ["promote", "rollback", "keep"]}
    ]
    stray = ledger_client.get("/v1/models/promotions?kind=keep&cursor=abc")
    assert stray.json()["errors"][0]["parameter"] == "cursor"


def test_without_a_ledger_the_list_is_empty(client):
    assert client.get("/v1/models/promotions").json() == {"items": [], "next": None}
