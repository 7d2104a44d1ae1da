"""What the draws of an edition were weighed by, over HTTP."""

from fastapi.testclient import TestClient

from service.api.gaps.observables import WITHOUT, Observables
from service.app import create_app


def test_a_figure_is_told_with_its_error_and_what_it_did(client):
    answer = Observables.model_validate(client.get("/v1/observables").json())
    (item,) = answer.items
    assert (answer.reason, answer.prior_draws, answer.effective_sample) == (None, 800, 310)
    assert (item.series_id, item.value, item.error) == ("us.datacenter.primary_markets.vacancy", 0.014, 0.04)
    assert item.posterior["0.5"] < item.prior["0.5"]
    chance = answer.p_short["US"]["2028"]
    assert chance.posterior > chance.prior
    assert [part.unmet_share for part in chance.by_unmet_share] == [0.02, 0.08]


def test_figures_with_another_role_are_told_beside(client):
    (other,) = Observables.model_validate(client.get("/v1/observables").json()).other_figures
    assert (other.role, other.series) == ("input", ["us.datacenter.electricity"])


def test_an_edition_whose_draws_were_not_weighed_says_so(make_context, edition_writer, tmp_path):
    edition_writer(tmp_path, edition_id="e-20261122-bbbbbbbbbb", days=0, shift=1.0, models=False)
    with TestClient(create_app(make_context(tmp_path))) as client:
        answer = Observables.model_validate(client.get("/v1/observables").json())
    assert answer.reason == WITHOUT
    assert (answer.items, answer.p_short, answer.other_figures) == ([], {}, [])


def test_no_parameter_is_taken(client):
    (error,) = client.get("/v1/observables?region=US").json()["errors"]
    assert error["parameter"] == "region"
