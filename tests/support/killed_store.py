"""A program that stores many rows and kills itself at the given chunk: ``python killed_store.py URL CHUNK``."""

import os
import signal
import sys
from datetime import date, timedelta

from sqlalchemy import event
from stored_figures import MOMENT, reading, row, rows

from data.catalogue.definitions import definitions
from data.catalogue.observations import read_all
from data.ingest.storing import store
from data.store.database import engine
from data.store.vintages import CHUNK


def many():
    """One figure with a vintage a day, more than one chunk of them."""
    days = [MOMENT.date() - timedelta(days=place) for place in range(CHUNK + 100)]
    return rows(*(row(date(2010, 1, 1), 100.0 + place / 1e6, published=day) for place, day in enumerate(days)))


def main():
    """Store; die when so many chunks were sent."""
    url, chunk = sys.argv[1], int(sys.argv[2])
    database_engine = engine(url)
    sent = iter(range(10**6))

    @event.listens_for(database_engine, "before_cursor_execute")
    def _(*facts):
        if facts[2].startswith("INSERT INTO observations") and next(sent) == chunk:
            os.kill(os.getpid(), signal.SIGKILL)

    store(database_engine, reading(many()), read_all().clear(), definitions=definitions())


if __name__ == "__main__":
    main()
