"""One cell under a setting by its address: the numbers of an evaluation, as a table too, and which levers move it."""

import io

import polars as pl
import pytest
from evaluations_here import PoolHere

from projection.scenarios.levers import levers
from service.base import waiting

CELL = {"region": "US", "layer": "power"}
SETTING = {"scenario": "us-shortfall", "levers": "efficiency:0.7"}


@pytest.fixture
def pool(client):
    state = client.app.state
    before = state.evaluations

    def use(upto="full"):
        state.evaluations = PoolHere(upto)
        return client

    yield use
    state.evaluations = before


def test_an_address_answers_what_an_evaluation_does(pool):
    client = pool()
    answer = client.get("/v1/what-if", params=CELL | SETTING).json()
    body = {"scenario": "us-shortfall", "levers": {"efficiency": 0.7}, "region": "US", "layers": ["power"]}
    assert answer == client.post("/v1/scenarios:evaluate", json=body).json()


def test_the_table_has_every_number_with_base_and_difference(pool):
    client = pool()
    (cell,) = client.get("/v1/what-if", params=CELL | SETTING).json()["cells"]
    table = pl.read_csv(io.BytesIO(client.get("/v1/what-if.csv", params=CELL | SETTING).content))
    assert table["p_short_difference"].to_list() == [point["p_short"]["difference"] for point in cell["points"]]
    assert table["gap_base_p50"].to_list() == [point["gap"]["base"]["0.5"] for point in cell["points"]]
    assert set(table["levers"]) == {"efficiency:0.7"}


def test_a_cell_that_is_not_affected_says_so_in_one_row(pool):
    table = pl.read_csv(io.BytesIO(pool().get("/v1/what-if.csv", params=CELL | {"levers": "huawei-output:2"}).content))
    assert table["effect"].to_list() == ["does not affect this layer"]


def test_what_takes_longer_is_answered_as_far_as_it_is(pool, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 0.0)
    response = pool("preview").get("/v1/what-if", params=CELL | {"levers": "efficiency:0.9"})
    assert (response.status_code, response.json()["state"]) == (202, "preview")
    assert response.headers["location"].startswith("what-if?region=US")
    assert pool("nothing").get("/v1/levers/reach", params=CELL).json()["levers"] is None


def test_a_lever_affects_a_layer_where_its_settings_move_it(pool):
    client = pool()
    stated = {
        one["lever"]: one["effect"] is None for one in client.get("/v1/levers/reach", params=CELL).json()["levers"]
    }
    ends = {name: next(end for end in lever.range if end != lever.neutral) for name, lever in levers().items()}
    moved = {}
    for name, end in ends.items():
        (cell,) = client.get("/v1/what-if", params=CELL | {"levers": f"{name}:{end}"}).json()["cells"]
        moved[name] = any(any(point["gap"]["difference"].values()) for point in cell["points"])
    assert stated == moved


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"levers": "magic:1"}, "levers.magic"),
        ({"levers": "nuclear"}, "levers"),
        ({"scenario": "miracle"}, "scenario"),
        ({"layer": "storage"}, "layer"),
    ],
)
def test_a_fault_is_named(client, changes, parameter):
    problem = client.get("/v1/what-if", params=CELL | changes).json()
    assert problem["errors"][0]["parameter"] == parameter
