"""``headroom scheduler``: queues the jobs of slots that are due."""

import typer

from headroom.console.options import Home

app = typer.Typer()


@app.command(help="Queue the jobs that schedules call for, until it is ended.")
def scheduler(*, home: Home = None) -> None:
    """Run beside any number of others on PostgreSQL; on SQLite one is at work and others wait for it."""
    from headroom import wiring
    from headroom.console import logging
    from headroom.settings import load
    from headroom.start.signals import ending
    from service.jobs.lost import LostRuns
    from service.jobs.queue import Queue
    from service.jobs.scheduler import Scheduler, alone
    from service.jobs.schedules import Schedules

    settings = load(home=home)
    logging.configure(settings)
    wiring.migrate(settings)
    with ending() as ended, wiring.ledger(settings) as engine, alone(engine, ended=ended) as only:
        if only:
            queue = Queue(engine)
            schedules = Schedules(queue)
            schedules.seed()
            Scheduler(schedules, LostRuns(queue, lease=settings.job_lease), ended=ended).run()
