"""The base of an edition made ready again, so that a scenario can be evaluated on its numbers; scenarios by name."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.base.errors import EvaluationUnavailable, HeadroomError
from headroom import wiring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headroom.settings import Settings
    from projection.edition.edition import Edition
    from projection.inputs.assumptions import Assumptions
    from projection.inputs.overrides import Scenario
    from projection.scenarios.definition import ScenarioDocument
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


def keep_site_days(settings: "Settings", edition: "Edition") -> str | None:
    """Keep the days on which single sites run in the draws of an edition, unless they are kept already.

    Returns why they cannot be, or None: the pages then say of every site that it has none.
    """
    from service.evaluations import site_dates, site_draws

    if site_dates.read(settings.assets, edition):
        return None
    try:
        dates = site_draws.site_dates(base_draws(settings, edition))
    except HeadroomError as error:
        return str(error)
    site_dates.keep(settings.assets, edition, dates)
    return None


def scenario_of(name: str, assumptions: "Assumptions", settings: "Mapping[str, float] | None" = None) -> "Scenario":
    """A scenario that ships, or a TOML file, with settings of levers on top.

    Raises:
        InvalidParameter: an unknown name, or what a document, a lever or the two together may not do.
    """
    from projection.scenarios.resolution import with_levers

    document, title, others = document_of(name)
    return with_levers(document, settings or {}, library=others, assumptions=assumptions, name=title)


def document_of(name: str) -> "tuple[ScenarioDocument, str, Mapping[str, ScenarioDocument]]":
    """The document, its name, and what it may be composed of: the library, and the files beside one of one's own."""
    from projection.scenarios import library
    from projection.scenarios.definition import ScenarioDocument

    path = Path(name)
    if path.suffix != ".toml":
        return library.document(name), name, library.documents()
    document = ScenarioDocument.parse(path.read_bytes())
    plain = [part for part in document.compose if Path(part).name == part and part not in library.documents()]
    beside = {part: path.with_name(f"{part}.toml") for part in plain}
    others = {part: ScenarioDocument.parse(file.read_bytes()) for part, file in beside.items() if file.is_file()}
    return document, path.stem, {**library.documents(), **others}
