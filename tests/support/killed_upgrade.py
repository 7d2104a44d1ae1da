"""A migration that dies by SIGKILL at a statement; run as ``killed_upgrade.py URL STATEMENT``."""

import os
import signal
import sys

from sqlalchemy import Engine, event

from data.store.database import upgrade


def main():
    """Migrate; die before the statement of that number."""
    url, last = sys.argv[1], int(sys.argv[2])
    sent = iter(range(10**6))

    @event.listens_for(Engine, "before_cursor_execute")
    def _(*_facts):
        if next(sent) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    upgrade(url)


if __name__ == "__main__":
    main()
