"""``headroom up``: migrate, train if there is no champion, project if there is no edition, and serve.

Training and projecting run as children; this process never imports a modelling library. A step that fails is told on
stderr and in the reason of ``/readyz``, and does not keep an older edition from being served.
"""

from typing import TYPE_CHECKING

from data.errors import ArtifactCorrupt, NoChampion
from data.scopes import Scope
from headroom import children, editions, homelock, wiring
from headroom.phases import Phases
from headroom.signals import Stopped

if TYPE_CHECKING:
    from headroom.settings import Settings

STEPS = ("migrate", "train", "project", "assets", "serve")


def phases(*, as_json: bool) -> Phases:
    """The phases of a whole start."""
    return Phases(STEPS, as_json=as_json)


def prepare(settings: "Settings", *, told: Phases) -> list[str]:
    """Make what is missing, one process at a time in a home; returns a sentence on every step that failed.

    Raises:
        StoreLocked: another process kept the migration lock.
    """
    faults: list[str] = []
    with homelock.held(settings.home, waiting=lambda text: told.tell("migrate", "waits:", text)) as lock:
        with told.phase("migrate"):
            wiring.migrate(settings)
            wiring.sweep(settings)
        _train(settings, told, faults, lock)
        _project(settings, told, faults, lock)
        _assets(settings, told, faults, lock)
    return faults


def serve(settings: "Settings", *, port: int, told: Phases, faults: list[str]) -> None:
    """Answer from what is published until SIGINT or SIGTERM, and then leave as one who is done.

    Raises:
        InvalidParameter: the address cannot be listened on.
    """
    context = wiring.context(settings, wiring.store(settings), faults=faults)
    edition = context.editions.edition
    what = f"edition {edition.id}" if edition else f"not ready: {context.editions.reason}"
    told.tell("serve", "at", f"http://{wiring.spelt(settings.host)}:{port} ({what})")
    try:
        wiring.answer(context, settings, port=port)
    except (KeyboardInterrupt, Stopped):
        told.tell("serve", "ended:", "told to stop")


def _flags(settings: "Settings") -> list[str]:
    # The scope is the caller's word, so it is handed on as one; other settings travel in the environment.
    return ["--private"] if settings.scope is Scope.PRIVATE else []


def _train(settings: "Settings", told: Phases, faults: list[str], lock: int) -> None:
    with told.phase("train") as phase:
        try:
            phase.outcome, phase.detail = "not needed:", f"champion {wiring.champion(settings).version}"
        except (NoChampion, ArtifactCorrupt) as missing:
            told.tell("train", "needed:", missing.detail)
            phase.outcome, phase.detail = "done", ""
            fault = children.run(["train", *_flags(settings)], home=settings.home, keep=lock)
            if fault is not None:
                phase.outcome, phase.detail = "failed:", fault
                faults.append(f"training failed: {fault}")


def _project(settings: "Settings", told: Phases, faults: list[str], lock: int) -> None:
    with told.phase("project") as phase:
        try:
            published = wiring.champion(settings)
        except (NoChampion, ArtifactCorrupt) as missing:
            phase.outcome, phase.detail = "skipped:", missing.detail
            return
        stale = editions.stale(settings, wiring.store(settings), published)
        if stale is None:
            phase.outcome, phase.detail = "not needed:", "the newest edition is current"
            return
        told.tell("project", "needed:", stale)
        fault = children.run(["project", *_flags(settings)], home=settings.home, keep=lock)
        if fault is not None:
            phase.outcome, phase.detail = "failed:", fault
            faults.append(f"projecting failed: {fault}")


def _assets(settings: "Settings", told: Phases, faults: list[str], lock: int) -> None:
    with told.phase("assets") as phase:
        # The child itself sees whether the library is there already; that takes it a fifth of a second.
        fault = children.run(["assets"], home=settings.home, keep=lock)
        if fault is not None:
            phase.outcome, phase.detail = "failed:", fault
            faults.append(f"the charts of the page could not be built: {fault}")
