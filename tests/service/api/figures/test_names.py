"""Regions, layers, scenarios, the edition, health."""

import pytest

from data.base.layers import Layer
from projection.cells.cells import GRIDS
from service.api.editions.editions import Manifest
from service.api.figures.names import LayerList, RegionList
from service.api.operation.health import Health, Ready
from service.api.scenarios.scenarios import ScenarioList


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/regions", RegionList),
        ("/v1/layers", LayerList),
        ("/v1/scenarios", ScenarioList),
        ("/v1/editions/latest", Manifest),
        ("/healthz", Health),
        ("/readyz", Ready),
    ],
)
def test_shapes(client, path, shape):
    response = client.get(path)
    assert response.status_code == 200
    shape.model_validate(response.json())


def test_the_manifest_tells_which_identities_held_and_how_far_they_were_off(client):
    identities = client.get("/v1/editions/latest").json()["identities"]
    assert {one["name"] for one in identities} == {"made_up"}
    assert all(one["states"] and one["worst"] <= one["tolerance"] for one in identities)


def test_regions_with_gaps_are_marked(client):
    items = client.get("/v1/regions?limit=1000").json()["items"]
    answered = {"US", "CN", "EU", "WORLD", "US-VA", "US-TX"} | set(GRIDS)
    assert {item["code"] for item in items if item["answered"]} == answered
    assert "US-PJM-DOM" in {item["code"] for item in items}


def test_layers_are_listed_with_units(client):
    items = {item["layer"]: item for item in client.get("/v1/layers").json()["items"]}
    assert set(items) == set(Layer)
    assert items["firm"]["unit_kind"] == "accredited"


def test_scenarios_of_the_edition_are_described(client):
    items = client.get("/v1/scenarios").json()["items"]
    assert {item["scenario"] for item in items if item["in_edition"]} == {"base"}
    assert len(items) > 2
    assert all(item["description"] for item in items)


def test_short_lists_have_pages_too(client):
    first = client.get("/v1/layers?limit=2").json()
    second = client.get("/v1/layers", params={"limit": 3, "cursor": first["next"]}).json()
    assert [item["layer"] for item in first["items"] + second["items"]] == sorted(Layer)
    assert second["next"] is None


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/v1/editions/latest", "/v1/layers", "/problems/not_found", "/v1/series/x"]
)
def test_unknown_parameters_are_refused_everywhere(client, path):
    response = client.get(f"{path}?colour=red")
    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == "colour"
