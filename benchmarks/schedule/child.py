"""The command of jobs on the fast clock: writes to a journal that it runs, until it is done or is ended.

``python -m benchmarks.schedule.child [what a worker puts in front] JOURNAL SECONDS RUN``. Each line is a word, a job, a
run and a moment of the monotonic clock; the word is ``alive`` every twentieth of a second, and then ``done``.
"""

import os
import sys
import time
from pathlib import Path

import structlog

from headroom.console.parent import from_parent

STEP_SECONDS = 0.05


def main() -> None:
    """Run."""
    _, (journal, seconds, run) = from_parent(sys.argv[1:])
    job = structlog.contextvars.get_contextvars()["job"]
    until = time.monotonic() + float(seconds)
    # Lines this short are written whole, by any number of processes.
    descriptor = os.open(Path(journal), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while True:
        word = "alive" if time.monotonic() < until else "done"
        os.write(descriptor, f"{word} {job} {run} {time.monotonic():.3f}\n".encode())
        if word == "done":
            return
        time.sleep(STEP_SECONDS)


if __name__ == "__main__":
    main()
