"""A projection reads its figures through the one view it is handed."""

from benchmarks.engine_inputs import made_model_inputs, shipped_terms
from features.view import View


def test_a_projection_makes_no_further_view(monkeypatch):
    shipped_terms()
    days, make = [], View.of
    monkeypatch.setattr(View, "of", lambda store, **more: days.append(more["as_of"]) or make(store, **more))
    model_inputs = made_model_inputs.__wrapped__()
    assert days == [model_inputs.anchors.as_of]
