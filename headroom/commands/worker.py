"""``headroom worker``: runs the jobs of the queue."""

import os
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from headroom.console.options import Home

if TYPE_CHECKING:
    from service.jobs.queue import Job
    from service.jobs.worker import Child

app = typer.Typer()


@app.command(help="Run the jobs of the queue, until it is ended.")
def worker(*, home: Home = None) -> None:
    """Run one job at a time, each as a child process; any number of workers may run."""
    from headroom import wiring
    from headroom.console import logging
    from headroom.leased import LeasedChild
    from headroom.settings import load
    from headroom.start.signals import ending
    from service.jobs.queue import Queue
    from service.jobs.worker import GRACE_SHARE, Worker

    settings = load(home=home)
    logging.configure(settings)
    wiring.migrate(settings)

    def start(command: Sequence[str], job: "Job", *, until: float) -> "Child":
        context = {"job": str(job.id), "kind": job.kind} | ({"request": job.request} if job.request else {})
        grace = settings.job_lease * GRACE_SHARE
        return LeasedChild(command, home=settings.home, until=until, grace=grace, context=context)

    # The number of a process alone is used again after its end.
    name = f"{socket.gethostname()}.{os.getpid()}.{os.urandom(3).hex()}"
    with ending() as ended, wiring.ledger(settings) as engine:
        Worker(Queue(engine), start, name=name, lease=settings.job_lease, ended=ended).run()
