"""A scheduler or a worker on the fast clock: ``python -m benchmarks.schedule.process ROLE URL FOLDER LEASE``."""

import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.schedule.day import KINDS, FastClock
from data.store.database import open_database
from headroom.leased import LeasedChild
from headroom.start.signals import ending
from service.jobs.lost import LostRuns
from service.jobs.queue import Job, Queue
from service.jobs.scheduler import Scheduler, alone
from service.jobs.schedules import Schedules
from service.jobs.worker import GRACE_SHARE, Worker

LONGEST_SECONDS = 0.3


def main() -> None:
    """Run until ended."""
    role, url, name, text = sys.argv[1:]
    folder, lease = Path(name), float(text)
    clock = FastClock.read(folder)

    def start(command: Sequence[str], job: Job, *, until: float) -> LeasedChild:
        seconds = random.uniform(0.05, LONGEST_SECONDS)  # noqa: S311 - no secret
        arguments = [*command, str(folder / "journal"), f"{seconds:.3f}", str(job.runs)]
        return LeasedChild(
            arguments,
            home=folder,
            until=until,
            grace=lease * GRACE_SHARE,
            context={"job": str(job.id)},
            module="benchmarks.schedule.child",
        )

    with ending() as ended, open_database(url, timeout=5) as engine:
        queue = Queue(engine, kinds=KINDS, clock=clock)
        if role == "worker":
            worker = f"{os.getpid()}.{os.urandom(3).hex()}"
            Worker(queue, start, name=worker, lease=lease, ended=ended, poll=0.1).run()
            return
        with alone(engine, ended=ended) as only:
            if only:
                lost = LostRuns(queue, lease=lease)
                Scheduler(Schedules(queue), lost, ended=ended, interval=0.1).run()


if __name__ == "__main__":
    main()
