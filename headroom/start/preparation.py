"""What ``headroom up`` makes before it serves: the database, a champion, an edition and the charts, each if missing.

Training and projecting run as children; this process never imports a modelling library. A step that fails is tried
again after a pause, and what failed for good is returned in words.
"""

from dataclasses import dataclass
from itertools import count
from threading import Event
from typing import TYPE_CHECKING

from data.base.errors import ArtifactCorrupt, NoChampion
from data.base.scopes import Scope
from data.user_files.substitutions import Substitutions
from headroom import children, editions, wiring
from headroom.console.phases import Phase, Phases
from headroom.start import homelock

if TYPE_CHECKING:
    from headroom.settings import Settings

STEPS = ("migrate", "train", "project", "assets", "serve")


def phases(*, as_json: bool) -> Phases:
    """The phases of a whole start."""
    return Phases(STEPS, as_json=as_json)


def prepare(settings: "Settings", *, phases: Phases, ended: Event | None = None) -> list[str]:
    """Make what is missing, one process at a time in a home; returns a sentence on every step that failed.

    Args:
        settings: of the home, and how often a step is tried.
        phases: where their begin and end are reported.
        ended: once it is set, the child under way is ended and nothing else is begun.

    Raises:
        StoreLocked: another process kept the migration lock.
    """
    faults: list[str] = []
    ended = ended or Event()
    with homelock.hold(settings.home, waiting=lambda text: phases.report("migrate", "waits:", text)) as lock:
        steps = Steps(settings, phases, faults, lock, ended)
        for step in (steps.migrate, steps.train, steps.project, steps.assets):
            if ended.is_set():
                break
            step()
    return faults


@dataclass(frozen=True)
class Steps:
    """What is made before anything can be served, each step if its product is missing; all but the first by children.

    Attributes:
        settings: of the home.
        phases: where their begin and end are reported.
        faults: gets a sentence on every step that failed.
        lock: descriptor of the home's lock.
        ended: once it is set, no child is started or left.
    """

    settings: "Settings"
    phases: Phases
    faults: list[str]
    lock: int
    ended: Event

    def migrate(self) -> None:
        """Bring the database to the current schema, and remove what killed commands left."""
        with self.phases.phase("migrate"):
            wiring.migrate(self.settings)
            wiring.sweep(self.settings)

    def train(self) -> None:
        """Train if there is no champion, or one of other drivers than the mapping file says."""
        with self.phases.phase("train") as phase:
            try:
                champion = wiring.champion(self.settings)
                drivers = wiring.substitutions(self.settings).drivers
                if Substitutions.of_manifest(champion.manifest).drivers == drivers:
                    phase.outcome, phase.detail = "not needed:", f"champion {champion.version}"
                    return
                needed = f"the mapping file says other drivers than champion {champion.version} was trained on"
            except (NoChampion, ArtifactCorrupt) as missing:
                needed = missing.detail
            self.phases.report("train", "needed:", needed)
            self._child(phase, "train", ["train", *self._flags], "training failed")

    def project(self) -> None:
        """Project if the edition these inputs give is missing."""
        with self.phases.phase("project") as phase:
            try:
                published = wiring.champion(self.settings)
            except (NoChampion, ArtifactCorrupt) as missing:
                phase.outcome, phase.detail = "skipped:", missing.detail
                return
            stale = editions.stale(self.settings, published)
            if stale is None:
                phase.outcome, phase.detail = "not needed:", "the newest edition is current"
                return
            self.phases.report("project", "needed:", stale)
            self._child(phase, "project", ["project", *self._flags], "projecting failed")

    def assets(self) -> None:
        """Build the charts' library; the child itself sees whether it is there, which takes a fifth of a second."""
        with self.phases.phase("assets") as phase:
            self._child(phase, "assets", ["assets"], "the charts of the page could not be built")

    @property
    def _flags(self) -> list[str]:
        # The scope is the caller's word, so it is handed on as one; other settings travel in the environment.
        return ["--private"] if self.settings.scope is Scope.PRIVATE else []

    def _child(self, phase: Phase, step: str, arguments: list[str], failure: str) -> None:
        """Run a child until it succeeds or has failed as often as it may; each pause is twice the one before."""
        attempts = self.settings.start_attempts
        for attempt in count(1):
            fault = children.run(arguments, home=self.settings.home, keep=self.lock, ended=self.ended)
            if fault is None:
                return
            pause = self.settings.start_delay * 2 ** (attempt - 1)
            if attempt < attempts and not self.ended.is_set():
                self.phases.report(step, "failed:", f"{fault}; try {attempt + 1} of {attempts} in {pause:g} s")
            if attempt == attempts or self.ended.wait(pause):
                phase.outcome, phase.detail = "failed:", fault
                self.faults.append(f"{failure}: {fault}")
                return
