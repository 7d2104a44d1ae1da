"""What stands still while draws are made, and the random numbers every pass shares."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.base.errors import NotFound, ProjectionError
from data.base.layers import DemandConcept
from data.store.store import Rule
from data.user_files.substitutions import Substitutions
from features.chips.shipments import DESIGNERS, flow_id
from features.electricity import MONTHLY, SALES, YEARLY
from features.generation.plans import GenerationPlans
from features.grids.definitions import METERED
from features.panel import panel
from features.view import View
from projection.base.streams import BLOCK, normals
from projection.base.timeline import QUARTERS_PER_YEAR
from projection.cells.paths import ConceptKey, Key, Paths
from projection.edition.context_figures import beside
from projection.inputs.assumptions import Assumptions, Group
from projection.inputs.drivers import DriverDraws, DriverModel
from projection.inputs.observables import Observable, observables
from projection.inputs.overrides import BASE, OverrideNormals, Scenario
from projection.inputs.own_figures import recentred
from projection.inputs.starting_values import CAPEX, GENERATION, Anchors, read_anchors
from projection.model.chips import LEADER, REGIONS, followers
from projection.model.concepts import BookedDemand, OrderBooks, draw
from projection.model.engine import error_sizes, run
from projection.model.model_error import COMMON, LEVEL, ModelError
from projection.model.passes import Inputs, PassDetail, PassResult
from projection.model.region import EVIDENCE
from projection.model.storage import SHIPPED
from projection.sites.realisation import SiteShocks
from training.artifact.published import Published

FloatArray = NDArray[np.floating[Any]]
Positions = NDArray[np.int64]
"""Positions of draws, ascending; one may stand more than once."""
DRIVERS = (
    *(flow_id(name) for name in DESIGNERS),
    CAPEX,
    *GENERATION.values(),
    SHIPPED,
    MONTHLY,
    YEARLY,
    *METERED,
    *SALES,
)
SHOCKS = {
    **dict.fromkeys((COMMON, *REGIONS), Group.MODEL),
    LEVEL: Group.NOWCAST,
    EVIDENCE: Group.GROWTH,
}
"""Shocks of the model itself, and which part of a band's width each causes."""


@dataclass(frozen=True)
class RandomInputs:
    """Random numbers of some draws by name.

    Standard normals, (draw,), of assumptions, of measurement errors and of the model itself; those of planned sites;
    draws of the drivers; those of the bands of a scenario's overrides. Every name has its own stream, so that a
    scenario that overrides one assumption leaves every other number as it was.
    """

    latent: Mapping[str, FloatArray]
    errors: Mapping[str, FloatArray]
    shocks: Mapping[str, FloatArray]
    site_shocks: SiteShocks
    drivers: DriverDraws
    overrides: OverrideNormals

    @classmethod
    def of(cls, model_inputs: "ModelInputs", *, seed: int, draws: int, first: int = 0) -> Self:
        """The numbers of a seed, draws from ``first`` on."""
        return cls(
            latent=model_inputs.assumptions.latent(seed=seed, draws=draws, first=first),
            errors=errors_of(seed, draws, first=first),
            shocks=shocks_of(seed, draws, first=first),
            site_shocks=SiteShocks(seed, draws, first),
            drivers=model_inputs.drivers_of(seed).draw(draws, first=first),
            overrides=OverrideNormals(seed, draws, first),
        )

    @classmethod
    def blocks(
        cls, model_inputs: "ModelInputs", *, seed: int, draws: int, positions: Positions | None = None
    ) -> Iterator[Self]:
        """The numbers of the first draws, or of those at positions, ascending, a block of draws at a time."""
        last = draws if positions is None else int(positions[-1]) + 1
        for first in range(0, last, BLOCK):
            block = cls.of(model_inputs, seed=seed, draws=min(BLOCK, last - first), first=first)
            if positions is None:
                yield block
                continue
            low, high = np.searchsorted(positions, (first, first + BLOCK))
            if low < high:
                yield block.at(positions[low:high] - first)

    def at(self, positions: Positions) -> Self:
        """The numbers of some of the draws, by their positions, ascending; a position may stand more than once."""
        return type(self)(
            latent={name: z[positions] for name, z in self.latent.items()},
            errors={name: z[positions] for name, z in self.errors.items()},
            shocks={name: z[positions] for name, z in self.shocks.items()},
            site_shocks=self.site_shocks.at(positions),
            drivers=self.drivers.at(positions),
            overrides=self.overrides.at(positions),
        )

    def only(self, group: Group, model_inputs: "ModelInputs") -> Self:
        """The same with only one group of inputs random and every other at its median."""
        draws = self.site_shocks.draws
        none = np.zeros(draws, dtype=np.float32)
        moved = {name: item.group is group for name, item in model_inputs.assumptions.items.items()}
        measured, moving = group is Group.NOWCAST, group is Group.GROWTH
        by_group = {name: SHOCKS[name] is group for name in self.shocks}
        return type(self)(
            latent={name: z if moved[name] else none for name, z in self.latent.items()},
            errors={name: z if measured else none for name, z in self.errors.items()},
            shocks={name: z if by_group[name] else none for name, z in self.shocks.items()},
            site_shocks=replace(self.site_shocks, remeasured=measured, moving=moving),
            drivers=self.drivers if moving else model_inputs.drivers_of(self.site_shocks.seed).medians(draws),
            overrides=self.overrides if moving else replace(self.overrides, random=False),
        )


def errors_of(seed: int, draws: int, *, first: int) -> dict[str, FloatArray]:
    """Measurement error of each designer, standard normal, (draw,)."""
    return {name: normals(seed, f"measurement/{name}", draws, first=first) for name in DESIGNERS}


def shocks_of(seed: int, draws: int, *, first: int) -> dict[str, FloatArray]:
    """Shocks of the model itself, standard normal, (draw,), by the names of :data:`SHOCKS`."""
    return {name: normals(seed, f"model/{name}", draws, first=first) for name in SHOCKS}


@dataclass(frozen=True)
class Pass:
    """One pass: what the engine gave, and the numbers it was made from."""

    outcome: PassResult
    inputs: Inputs

    @property
    def cells(self) -> dict[Key, Paths]:
        """Cells."""
        return self.outcome.cells

    @property
    def routes(self) -> dict[Key, dict[str, FloatArray]]:
        """Routes by cell."""
        return self.outcome.routes


@dataclass(frozen=True)
class ModelInputs:
    """Everything a pass reads that is not random.

    Attributes:
        assumptions: with figures put where an assumption rests on them.
        drivers: driver series that were forecast.
        evidence_days: plan age up to which training watched plans slip.
        books: order books, contracts and queues known on the day.
        disk_observed: exabytes already reported, by index of the projected timeline; the base year's are negative.
        observables: what is measured of quantities that are drawn.
        anchored: whether the levels stated for one base year are those of this timeline; if not, US energy supply, firm
            power and storage are left out.
        notes: what the day did not know, as sentences; notes_of: what concerns single regions alone, by region.
        beside: figures that stand beside an answer, by the name of its cell.
    """

    anchors: Anchors
    assumptions: Assumptions
    published: Published
    drivers: tuple[str, ...]
    evidence_days: int
    books: OrderBooks
    disk_observed: Mapping[int, float]
    observables: tuple[Observable, ...]
    anchored: bool
    notes: tuple[str, ...]
    notes_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
    _drivers: dict[int, DriverModel] = field(default_factory=dict)
    _model_error: dict[int, ModelError] = field(default_factory=dict)

    @classmethod
    def of(cls, view: View, published: Published) -> Self:
        """Read the figures of a day; raises :class:`data.base.errors.ProjectionError` where the engine cannot start."""
        substitutions = view.substitutions
        trained_drivers = Substitutions.of_manifest(published.manifest).drivers
        if trained_drivers != substitutions.drivers:
            raise ProjectionError(
                f"{published.version} was trained on other drivers than the mapping file says:"
                f" {Substitutions(trained_drivers)}, not {substitutions.of_drivers()}",
                remedy="run: headroom train --private",
            )
        realisation = published.realisation()
        day_panel = panel(view)
        anchors = read_anchors(view, day_panel)
        of_file = Assumptions.shipped()
        shipped = of_file.carried(anchors.timeline.base_year).fitted(realisation)
        assumptions, stated = shipped.grounded(anchors.figured)
        assumptions, centres = recentred(assumptions, view, substitutions.assumptions)
        persistence = published.correlation().persistence
        forecast = tuple(name for name in DRIVERS if _forecast(published, name))
        drivers = tuple(name for name in forecast if name in persistence)
        if lacking := sorted({flow_id(LEADER), CAPEX} - set(drivers)):
            raise ProjectionError(
                f"{published.version} publishes no forecast of {', '.join(lacking)}, as a driver",
                remedy="run: headroom train, on all series",
            )
        notes = [*anchors.notes, *_substituted(view), *centres]
        # Steps drawn as if their errors did not last would sum to years far too sure of themselves.
        notes += [
            f"How errors of {name} last was not published: it is left out."
            for name in forecast
            if name not in persistence
        ]
        if view.rule is Rule.AVAILABLE:
            notes.append("Pseudo-vintage: figures are today's, shown from the end of their period plus a release lag.")
            notes.append("Assumptions that are judgement are today's too: only figures are those of the day.")
        notes_of: dict[str, tuple[str, ...]] = {}
        for name in stated:
            sentence = f"No figure was known of {name}: the value stated for such days is used."
            regions = assumptions.items[name].regions
            notes += [] if regions else [sentence]
            notes_of |= {region: (*notes_of.get(region, ()), sentence) for region in regions}
        notes += [f"{name} follows NVIDIA's path: too few counted quarters." for name in followers(anchors, drivers)]
        if shipped.base_year > of_file.base_year:
            notes.append(f"Levels stated for {of_file.base_year} are carried on to {shipped.base_year}.")
        anchored = anchors.timeline.base_year == shipped.base_year
        if not anchored:
            notes.append(
                f"Levels of {shipped.base_year} do not serve a base year of {anchors.timeline.base_year}: US energy"
                " supply, firm power and storage are left out."
            )
            anchors = replace(anchors, elcc={}, us_generation=GenerationPlans.none())
        disks = day_panel.series.get(SHIPPED)
        observed = {} if disks is None else dict(zip(disks.periods, disks.values, strict=True))
        return cls(
            anchors=anchors,
            assumptions=assumptions,
            published=published,
            drivers=drivers,
            evidence_days=realisation.evidence_days,
            books=OrderBooks.of(view, anchors),
            disk_observed={
                anchors.timeline.index_of(period): float(value)
                for period, value in observed.items()
                if period >= anchors.timeline.first.shift(-QUARTERS_PER_YEAR)
            },
            observables=observables(view, anchors.timeline),
            anchored=anchored,
            notes=tuple(notes),
            notes_of=notes_of,
            beside=beside(view),
        )

    def drivers_of(self, seed: int) -> DriverModel:
        """What the drivers of a seed are drawn from."""
        if seed not in self._drivers:
            self._drivers[seed] = DriverModel.of(self.published, self.drivers, seed=seed)
        return self._drivers[seed]

    def model_error(self, seed: int) -> ModelError:
        """Sizes of the model error, measured on the first block of ``base``, for every scenario alike.

        So the difference between two scenarios is that of what they override.
        """
        if seed not in self._model_error:
            random_inputs = RandomInputs.of(self, seed=seed, draws=BLOCK)
            without = self.pass_of(random_inputs, ModelError.none(), detail=PassDetail.CELLS)
            self._model_error[seed] = error_sizes(without.outcome, without.inputs)
        return self._model_error[seed]

    def pass_of(
        self,
        random_inputs: RandomInputs,
        model_error: ModelError,
        *,
        scenario: Scenario = BASE,
        detail: PassDetail = PassDetail.ROUTES,
    ) -> Pass:
        """Run the engine on the random numbers under a scenario, and keep what is answered beside cells."""
        inputs = self.engine_inputs(random_inputs, model_error, scenario)
        return Pass(run(inputs, detail=detail), inputs)

    def engine_inputs(self, random_inputs: RandomInputs, model_error: ModelError, scenario: Scenario = BASE) -> Inputs:
        """What the engine draws from under a scenario."""
        return Inputs(
            anchors=self.anchors,
            drivers=random_inputs.drivers,
            values=self.assumptions.values(random_inputs.latent, scenario, random_inputs.overrides),
            errors=random_inputs.errors,
            shocks=random_inputs.shocks,
            model_error=model_error,
            site_shocks=random_inputs.site_shocks,
            evidence_days=self.evidence_days,
            disk_observed=self.disk_observed,
            anchored=self.anchored,
        )

    def concepts(self, model_pass: Pass) -> dict[ConceptKey, BookedDemand]:
        """Demand by order books and queues on the numbers of a pass."""
        standing = {name: paths.peak[DemandConcept.BOUGHT][:, 0] for name, paths in model_pass.outcome.regions.items()}
        return draw(self.books, self.anchors, model_pass.inputs.values, model_pass.inputs.errors, standing)


def _substituted(view: View) -> list[str]:
    ids = view.ids()
    return [
        f"{name} is read from the private series {user_series}"
        + ("." if name in ids else ", of which nothing was known.")
        for name, user_series in sorted(view.substitutions.drivers.items())
    ]


def _forecast(published: Published, name: str) -> bool:
    try:
        published.forecast(name)
    except NotFound:
        return False
    return True
