"""Shares of models for small editions: training's own fit of the shipped figures, the projection's own draws."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import SimpleNamespace

from data.base.errors import NotFound
from data.store.store import Store
from features.view import View
from projection.inputs.assumptions import Assumptions
from projection.inputs.overrides import Scenario
from projection.open_models.shares import ASSUMPTIONS, files, values
from training.open_models.fit import fit
from training.open_models.state import OpenModels


@lru_cache(maxsize=4)
def fitted(day: date) -> OpenModels:
    """The model layer as of a day."""
    return fit(View.of(Store.shipped(), as_of=day), seed=1)


class Stands:
    """Stands where a published version does; without a day, where one of before the model layer does."""

    def __init__(self, day: date | None) -> None:
        self._day = day

    def open_models(self) -> OpenModels:
        if self._day is None:
            raise NotFound("document", "open_models.json", hint="it was published before it was")
        return fitted(self._day)


@dataclass(frozen=True)
class EditionInputs:
    """What the model layer reads of the inputs of an edition: its timeline and its assumptions."""

    anchors: SimpleNamespace
    assumptions: Assumptions


def model_inputs(timeline):
    """The timeline, and of the shipped assumptions those of the model layer."""
    shipped = Assumptions.shipped()
    assumptions = {name: item for name, item in shipped.items.items() if name in ASSUMPTIONS}
    pairs = tuple(pair for pair in shipped.correlations if {pair[0], pair[1]} <= assumptions.keys())
    return EditionInputs(
        SimpleNamespace(timeline=timeline), shipped.model_copy(update={"items": assumptions, "correlations": pairs})
    )


def share_files(timeline, *, draws, day=date(2026, 11, 23), seed=1):
    """Files of an edition beside its draws; without a day, those of a version of before the model layer."""
    return files(Stands(day), model_inputs(timeline), seed=seed, draws=draws)


def assumed(draws, scenario="base"):
    """Assumptions of the model layer by name, (draw,)."""
    return values(model_inputs(None).assumptions, Scenario(scenario), seed=1, draws=draws)
