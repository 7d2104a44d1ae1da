"""The base of an edition made ready again, so that a scenario can be evaluated on its numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.base.errors import EvaluationUnavailable
from headroom import wiring

if TYPE_CHECKING:
    from headroom.settings import Settings
    from projection.edition.edition import Edition
    from projection.scenarios.evaluation import BaseDraws


@dataclass(frozen=True)
class EditionBase:
    """Makes the base of an edition of a home ready, in whichever process calls it."""

    settings: "Settings"

    def __call__(self, edition: str) -> "BaseDraws":
        """Of one edition; raises as :func:`base_draws`."""
        from headroom.editions import find

        return base_draws(self.settings, find(self.settings, edition))


def base_draws(settings: "Settings", edition: "Edition") -> "BaseDraws":
    """The numbers an edition's draws were made from.

    Raises:
        EvaluationUnavailable: figures, champion, assumptions or code are not those the edition was made from, so that
            its draws would not come out again.
    """
    from projection.edition.names import POSITIONS
    from projection.project import identify
    from projection.scenarios.evaluation import BaseDraws
    from projection.simulate.model_inputs import ModelInputs

    published = wiring.champion(settings)
    view = wiring.view(settings, as_of=published.data_as_of)
    turn = 1 if (status := wiring.champion_status(settings)) is None else status.turn
    seed, draws = int(edition.manifest["seed"]), int(edition.manifest["draws"])
    now, _ = identify(view, published, seed=seed, draws=draws, turn=turn)
    if now != edition.id:
        raise EvaluationUnavailable(f"{edition.id} was made from other figures, models or code; run: headroom project")
    positions = edition.table(POSITIONS)["position"].to_numpy()
    return BaseDraws(ModelInputs.of(view, published), seed=seed, draws=draws, positions=positions)
