"""``/v1/funnel``: what an edition keeps of projects by stage."""

from starlette.testclient import TestClient

from service.api.gaps.funnel import FunnelAnswer
from service.app import create_app


def test_a_funnel_is_answered_with_bands(client):
    for region in ("US", "us-pjm"):
        response = client.get(f"/v1/funnel?region={region}")
        assert response.status_code == 200
        answer = FunnelAnswer.model_validate(response.json())
        assert (answer.status, answer.reason, answer.missing) == ("available", None, [])
        assert [stage.stage for stage in answer.stages][0::6] == ["announced", "energised"]
        for stage in answer.stages:
            assert stage.energised["0.5"] <= stage.gw["0.5"]
        assert answer.total.energised["0.1"] < answer.total.energised["0.9"] < answer.total.gw["0.9"]
        assert answer.duplicates.projects > 0
        assert any("Compute Atlas" in sentence for sentence in answer.attribution)


def test_a_region_without_one_says_why(client):
    answer = client.get("/v1/funnel?region=CN").json()
    assert answer["status"] == "unavailable"
    assert "one tracker" in answer["reason"]
    assert answer["stages"] == []


def test_a_region_is_required_and_known(client):
    missing, unknown = client.get("/v1/funnel"), client.get("/v1/funnel?region=XX")
    assert (missing.status_code, unknown.status_code) == (422, 422)
    assert unknown.json()["code"] == "invalid_parameter"
    assert "US-PJM" in unknown.text


def test_an_edition_without_funnels_says_so(make_context, edition_writer, tmp_path):
    edition_writer(tmp_path, edition_id="e-20261122-bbbbbbbbbb", days=0, shift=1.0, models=False)
    with TestClient(create_app(make_context(tmp_path))) as client:
        answer = client.get("/v1/funnel?region=US").json()
    assert answer["status"] == "unavailable"
    assert "before funnels" in answer["reason"]
