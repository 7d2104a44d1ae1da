"""Checks this machine's clock against the ledger: days of figures and of issue depend on it."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import typer

from headroom import wiring

if TYPE_CHECKING:
    from headroom.settings import Settings

LATER = timedelta(minutes=10)
"""How far the ledger may be ahead of the clock: machines that share a database differ by less."""
EARLIER = timedelta(days=180)
"""How far it may be behind: a home is left alone for months, not for years."""


def warn(settings: "Settings", *, now: datetime | None = None) -> None:
    """Write one line to stderr where the clock is far from the newest entry of the ledger; never refuse."""
    sentence = disagreement(settings, now=now or datetime.now(UTC))
    if sentence is not None:
        typer.echo(f"warning: {sentence}", err=True)


def disagreement(settings: "Settings", *, now: datetime) -> str | None:
    """What is wrong between the clock and the last promotion or edition recorded, or None."""
    from data.periods.timestamps import rfc3339
    from data.store.ledger import editions, promotions

    with wiring.ledger(settings) as engine:
        lines, issued = promotions(engine), editions(engine)
    entries = [(line.created, f"the promotion of {line.model_version}") for line in lines[-1:]]
    entries += [(edition.issued, f"the edition {edition.id}") for edition in issued[-1:]]
    if not entries:
        return None
    moment, event = max(entries)
    if moment - LATER <= now <= moment + EARLIER:
        return None
    apart = abs(now - moment)
    gap = f"{apart.days} days" if apart.days else f"{apart.total_seconds() / 60:.0f} minutes"
    side = "later" if now > moment else "earlier"
    return (
        f"the clock of this machine says {rfc3339(now)}, {gap} {side} than the newest entry of the ledger, {event} of "
        f"{rfc3339(moment)}: check the clock; the order of editions follows the ledger"
    )
