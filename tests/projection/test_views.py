"""A projection reads its figures through the one view it is handed."""

from benchmarks.engine_inputs import made_ground
from features.view import View


def test_a_projection_makes_no_further_view(monkeypatch):
    days, make = [], View.of
    monkeypatch.setattr(View, "of", lambda store, **more: days.append(more["as_of"]) or make(store, **more))
    ground = made_ground()
    assert days == [ground.anchors.as_of]
