"""A server with all that a service may have: a database, keys, and processes that evaluate and forecast.

Run as a script with the folders of editions, model and assets, the file of the database, and the port.
"""

import sys
from pathlib import Path

from evaluations_here import few_draws
from issued_editions import Recorded

from data.store.database import engine
from data.store.store import Store
from data.user_files import Limits
from headroom.own_series import OwnSeriesForecaster
from service.access.rules import AccessRules
from service.api.models.own_series import BODY_BYTES, POINTS, SERIES
from service.editions import DirectoryEditions
from service.server.connections import ServerLimits
from service.server.serve import serve
from service.state import ServedData, ServiceInputs
from training.artifact.published import Published


def main() -> None:
    """Serve until stopped."""
    editions, model, assets, database = map(Path, sys.argv[1:5])
    connections = engine(database)
    inputs = ServiceInputs(
        data=ServedData(Store.shipped(), Published.load(model)),
        editions=DirectoryEditions(editions, records=Recorded(editions)),
        assets=assets,
        access=AccessRules(open_loopback=False),
        database=lambda: connections,
        evaluation_source=few_draws,
        forecaster=OwnSeriesForecaster(Limits(bytes=BODY_BYTES, rows=POINTS, series=SERIES)),
    )
    serve(inputs, host="127.0.0.1", port=int(sys.argv[5]), limits=ServerLimits(drain_delay=0.0))


# Processes that evaluate and forecast import this file too.
if __name__ == "__main__":
    main()
