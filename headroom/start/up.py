"""``headroom up``: migrate, train if there is no champion, project if there is no edition, and serve.

Training and projecting run as children; this process never imports a modelling library. A step that fails is tried
again after a pause. After the last attempt an older edition is served, ``/readyz`` gives the reason, and the step is
tried again while serving. Without any edition the command ends with an error.
"""

from contextlib import nullcontext
from typing import TYPE_CHECKING

from data.base.errors import PreparationFailed
from headroom import serving, wiring
from headroom.console.phases import Phases
from headroom.start.retrying import Retrying
from headroom.start.signals import Stopped
from headroom.start.supervised import Supervised

if TYPE_CHECKING:
    from headroom.settings import Settings


def serve(settings: "Settings", *, port: int, phases: Phases, faults: list[str], scheduler: bool = False) -> None:
    """Answer from what is published until SIGINT or SIGTERM, and then leave as one who is done.

    With ``scheduler`` a scheduler and a worker run beside the server and end with it.

    Raises:
        PreparationFailed: a step failed and there is no edition to answer from.
        InvalidParameter: the address cannot be listened on.
    """
    context = serving.context(settings, wiring.store(settings), faults=faults)
    edition = context.editions.edition
    if faults and edition is None:
        raise PreparationFailed(faults)
    status = f"edition {edition.id}" if edition else f"not ready: {context.editions.reason}"
    phases.report("serve", "at", f"http://{serving.spelt(settings.host)}:{port} ({status})")
    try:
        with (
            Retrying(settings, phases=phases, faults=faults) if faults else nullcontext(),
            Supervised(settings) if scheduler else nullcontext(),
        ):
            serving.answer(context, settings, port=port)
    except (KeyboardInterrupt, Stopped):
        phases.report("serve", "ended:", "told to stop")
