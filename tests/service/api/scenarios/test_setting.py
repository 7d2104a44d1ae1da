"""A scenario by its name is evaluated on the numbers that its edition has it on."""

import pytest
from evaluations_here import PoolHere

EVALUATE = "/v1/scenarios:evaluate"
ASKED = {"region": "US", "layers": ["power"], "from": "2028", "to": "2028"}


@pytest.fixture
def cells(client):
    state = client.app.state
    pool, state.evaluations = state.evaluations, PoolHere("full")
    yield lambda **fields: client.post(EVALUATE, json=ASKED | fields).json()["cells"]
    state.evaluations = pool


def test_a_named_scenario_has_the_draws_it_has_within_another(cells):
    named = cells(scenario="us-shortfall")
    assert named == cells(document={"title": "The same", "compose": ["us-shortfall"]})
    assert named[0]["points"][0]["p_short"]["difference"] > 0
