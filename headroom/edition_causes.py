"""The difference between two editions of a home, split by cause: what is at hand is drawn again, the rest is said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data.base.errors import HeadroomError, InvalidParameter
from headroom import editions, wiring

if TYPE_CHECKING:
    from data.base.layers import DemandConcept
    from data.periods.period import Period
    from features.view import View
    from headroom.settings import Settings
    from projection.cells.paths import Key
    from projection.edition.edition import Edition
    from projection.scenarios.attribution.editions import EditionSplit
    from training.artifact.published import Published

AND = " and "
"""Between causes that are taken together."""
AT_HAND = ("figures", "revisions", "models", "draws")
"""Causes whose former state is kept: of code and assumptions only hashes are."""
LEFT = "figures as they are known now"
"""What is left where no cause is, but the figures of a day are not those it was made from any more."""


@dataclass(frozen=True)
class EditionCauses:
    """What two editions say of a cell of the base, and what of the difference is due to which cause.

    Attributes:
        causes: all that changed; notes: what could not be told apart, and why, in sentences.
    """

    edition: str
    against: str
    region: str
    layer: str
    unit: str
    causes: tuple[str, ...]
    splits: "tuple[EditionSplit, ...]"
    notes: tuple[str, ...]


def edition_causes(
    settings: "Settings", before: str, after: str, key: "Key", demand: "DemandConcept", years: Sequence[int]
) -> EditionCauses:
    """Split what changed in a cell of the base from one edition to another.

    Raises:
        NotFound: the ledger does not know one of them.
        InvalidParameter: they have no gap of the cell in those years in common.
        ArtifactCorrupt: a file of theirs is gone or damaged.
    """
    from data.base.layers import LAYERS
    from data.store.store import Rule
    from features.view import View
    from projection.scenarios.attribution.editions import split_editions
    from projection.sharing.changes import TOGETHER, changes

    pair = editions.find(settings, before), editions.find(settings, after)
    store = wiring.store(settings)
    earlier, later = (
        View.of(store, as_of=one.data_as_of, rule=Rule(one.manifest.get("data_rule", Rule.STRICT))) for one in pair
    )
    difference = changes(*pair, earlier=earlier, later=later)
    causes = [cause.value for cause in difference.causes]
    periods = _periods(pair, key, demand, years)
    gaps = [_published(one, key, demand, periods) for one in pair]
    movable = [cause for cause in causes if cause in AT_HAND]
    rest = AND.join(cause for cause in causes if cause not in AT_HAND) or LEFT
    notes = [note for note in difference.notes if note != TOGETHER]
    splits = None
    if len(causes) > 1 and movable:
        try:
            inputs = _Inputs((earlier, later), _models(settings, pair), _numbers(pair), key, demand, periods)
        except HeadroomError as error:
            notes.append(f"Nothing could be drawn again: {error.detail}.")
        else:
            for together in (movable, [AND.join(movable)]):
                try:
                    splits = split_editions(periods, *gaps, causes=together, rest=rest, again=inputs.again)
                    break
                except HeadroomError as error:
                    notes.append(f"{AND.join(movable)} could not be told apart: {error.detail}.")
    if splits is None:
        splits = split_editions(periods, *gaps, causes=(), rest=AND.join(causes) or LEFT, again=None)
    return EditionCauses(
        edition=after,
        against=before,
        region=key[0],
        layer=key[1].value,
        unit=LAYERS[key[1]].unit,
        causes=tuple(causes),
        splits=tuple(splits),
        notes=tuple(notes),
    )


@dataclass
class _Inputs:
    """Inputs of two editions, from which a choice of causes takes the later."""

    views: "tuple[View, View]"
    models: "tuple[Published, Published]"
    numbers: "tuple[tuple[int, int], tuple[int, int]]"
    key: "Key"
    demand: "DemandConcept"
    periods: "Sequence[Period]"
    gaps: dict[frozenset[str], Any] = field(default_factory=dict)

    def again(self, chosen: frozenset[str]) -> Any:  # noqa: ANN401 - an array, and numpy is not loaded here
        """The gap drawn again with the later state of the causes that are chosen."""
        from projection.scenarios.attribution.editions import gap_again
        from projection.sharing.changes import Cause, figures_between
        from projection.simulate.model_inputs import ModelInputs

        later = frozenset(cause for together in chosen for cause in together.split(AND))
        if later not in self.gaps:
            view = figures_between(*self.views, added=Cause.FIGURES in later, revised=Cause.REVISIONS in later)
            model_inputs = ModelInputs.of(view, self.models[Cause.MODELS in later])
            seed, draws = self.numbers[Cause.DRAWS in later]
            self.gaps[later] = gap_again(model_inputs, self.key, self.demand, self.periods, seed=seed, draws=draws)
        return self.gaps[later]


def _models(settings: "Settings", pair: "tuple[Edition, Edition]") -> "tuple[Published, Published]":
    from training.artifact.published import Published

    before, after = (Published.load(settings.models / edition.model_version) for edition in pair)
    return before, after


def _numbers(pair: "tuple[Edition, Edition]") -> tuple[tuple[int, int], tuple[int, int]]:
    before, after = ((int(one.manifest["seed"]), int(one.manifest["draws"])) for one in pair)
    return before, after


def _periods(
    pair: "tuple[Edition, Edition]", key: "Key", demand: "DemandConcept", years: Sequence[int]
) -> "list[Period]":
    """Years that both are answered for."""
    from data.base.layers import Status
    from data.periods.period import Frequency

    cells = [edition.cell(*key, demand=demand) for edition in pair]
    if any(cell.status is not Status.AVAILABLE for cell in cells):
        raise InvalidParameter("layer", f"{key[1]} of {key[0]} has no gap in both editions")
    both = set.intersection(*(set(one.periods(cell, Frequency.YEAR)) for one, cell in zip(pair, cells, strict=True)))
    if not (chosen := sorted(year for year in both if year.start.year in years)):
        raise InvalidParameter(
            "period", "is not answered in both editions", allowed=sorted(year.label for year in both)
        )
    return chosen


def _published(edition: "Edition", key: "Key", demand: "DemandConcept", periods: "Sequence[Period]") -> Any:  # noqa: ANN401
    """The gap as it was published, (period, draw)."""
    cell = edition.cell(*key, demand=demand)
    wanted, supply = (edition.draws(cell, quantity, periods) for quantity in ("demand", "supply"))
    if wanted is None or supply is None:
        raise InvalidParameter("layer", f"{key[1]} of {key[0]} has no gap in {edition.id}")
    return (wanted - supply).T
