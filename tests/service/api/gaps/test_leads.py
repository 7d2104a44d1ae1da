"""Leads over HTTP."""

import pytest

from projection.leads.leads import KINDS
from service.api.gaps.leads import LeadsAnswer


def ask(client, **query):
    response = client.get("/v1/leads", params=query)
    assert response.status_code == 200, response.text
    return LeadsAnswer.model_validate(response.json())


def test_every_yardstick_is_answered_by_default_for_the_us_against_china(client):
    answer = ask(client)
    assert (answer.region, answer.against) == ("US", "CN")
    assert tuple(item.kind for item in answer.items) == KINDS
    assert all((item.status == "available") is (item.reason is None) for item in answer.items)


def test_a_window_and_levels_are_those_asked_for(client):
    (item,) = ask(client, kind="POWER_headroom", **{"from": "2028Q2", "to": "2028"}, quantiles="0.5").items
    assert [point.period.isoformat() for point in item.points] == ["2028-04-01", "2028-07-01", "2028-10-01"]
    assert [list(point.difference) for point in item.points] == [["0.5"]] * 3
    assert all(0 <= point.p_ahead <= 1 for point in item.points)


def test_the_share_of_open_models_is_a_lead_too(client):
    (item,) = ask(client, kind="open_model_share", region="CN", against="US").items
    assert item.points
    assert item.sources


@pytest.mark.parametrize(
    ("query", "parameter"),
    [({"against": "MARS"}, "against"), ({"kind": "none"}, "kind"), ({"region": "MARS"}, "region")],
)
def test_what_cannot_be_compared_is_refused_by_name(client, query, parameter):
    response = client.get("/v1/leads", params=query)
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["parameter"] == parameter
    assert error["allowed"]
