"""``headroom scheduler``: queues the jobs of slots that are due."""

from typing import TYPE_CHECKING

import typer

from headroom.console.options import Home

if TYPE_CHECKING:
    from headroom.settings import Settings
    from service.jobs.queue import Queue

app = typer.Typer()


@app.command(help="Queue the jobs that schedules call for, until it is ended.")
def scheduler(*, home: Home = None) -> None:
    """Queue jobs, tell events and send them; on PostgreSQL beside any number of others, on SQLite one is at work."""
    from functools import partial
    from threading import Thread

    from headroom import wiring
    from headroom.console import logging
    from headroom.settings import load
    from headroom.start.signals import ending
    from service.access.rules import networks
    from service.events import ledger
    from service.events.deliveries import Deliveries
    from service.events.webhooks import sender
    from service.jobs.lost import LostRuns
    from service.jobs.queue import Queue
    from service.jobs.scheduler import Hourly, Scheduler, Step, alone
    from service.jobs.schedules import Schedules

    settings = load(home=home)
    logging.configure(settings)
    wiring.migrate(settings)
    with ending() as ended, wiring.ledger(settings) as engine, alone(engine, ended=ended) as only:
        if only:
            queue = Queue(engine)
            schedules = Schedules(queue)
            schedules.seed()
            lost = LostRuns(queue, lease=settings.job_lease)
            tell = partial(ledger.tell, engine, chances=partial(_chances, settings))
            deliveries = Deliveries(engine, sender(networks(settings.webhook_networks)))
            Thread(target=deliveries.run, args=(ended,), name="deliveries", daemon=True).start()
            further: list[Step] = [lambda: tell(now=queue.clock()), Hourly(partial(_remove, settings, queue))]
            Scheduler(schedules, lost, further=further, ended=ended).run()


def _remove(settings: "Settings", queue: "Queue") -> None:
    """Remove jobs and events that are older than they stay."""
    from datetime import timedelta

    from service.events.retention import remove_old
    from service.jobs.retention import remove_finished

    now = queue.clock()
    remove_finished(queue.engine, before=now - timedelta(days=settings.job_days))
    remove_old(queue.engine, before=now - timedelta(days=settings.event_days), now=now)


def _chances(settings: "Settings", edition: str) -> dict[str, float]:
    """What an edition says of the thresholds; nothing where it cannot be read."""
    import structlog

    from data.base.errors import HeadroomError
    from headroom import editions
    from service.events import thresholds

    try:
        return thresholds.chances(editions.find(settings, edition))
    except (HeadroomError, OSError) as error:
        structlog.get_logger(__name__).warning("chances_unreadable", edition=edition, detail=str(error))
        return {}
