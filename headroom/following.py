"""Asks the database whether there are newer figures or a newer champion than those being served."""

from typing import TYPE_CHECKING

import structlog

from data.base.errors import StoreUnusable
from headroom import scores, wiring

if TYPE_CHECKING:
    from data.store.store import Store
    from headroom.settings import Settings
    from service.state import JobCounts, ServedData

log = structlog.get_logger(__name__)


class Following:
    """Says whether anything was read, imported, promoted, scored or checked for drift since the last look."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings

    def mark(self) -> str:
        """Numbers of the last refresh, promotion, scoring and check for drift; blank while there is no database."""
        from sqlalchemy import func, select

        from data.store.drift_checks import DRIFT_CHECKS
        from data.store.ledger import PROMOTIONS
        from data.store.relations import REFRESHES
        from data.store.scoreboards import SCOREBOARDS

        if not wiring.prepared(self._settings):
            return ""
        tables = (REFRESHES, PROMOTIONS, SCOREBOARDS, DRIFT_CHECKS)
        newest = [select(func.max(table.c.id)).scalar_subquery() for table in tables]
        with wiring.ledger(self._settings) as engine, engine.connect() as connection:
            return ".".join(str(number or 0) for number in connection.execute(select(*newest)).one())

    def data(self, figures: "Store", *, mark: str) -> "ServedData":
        """What is served beside the editions."""
        from service.state import ServedData

        promotions = wiring.promotions(self._settings)
        champion = promotions[-1].model_version if promotions else ""
        return ServedData(
            figures,
            wiring.published(self._settings),
            mark=mark,
            promotions=promotions,
            readings=wiring.readings(self._settings),
            board=scores.last(self._settings),
            drift=wiring.last_drift(self._settings, champion),
        )

    def jobs(self) -> "JobCounts":
        """The queue now; empty while there is no database."""
        from service.jobs.queue import Queue
        from service.jobs.tables import State
        from service.state import JobCounts

        if not wiring.prepared(self._settings):
            return JobCounts()
        with wiring.ledger(self._settings) as engine:
            queue = Queue(engine)
            # A count that begins at nought shows its first rise.
            none = {
                (kind, state): 0 for kind in queue.kinds.kind for state in (State.QUEUED, State.RUNNING, State.DEAD)
            }
            return JobCounts(none | dict(queue.depth()), queue.last_success())

    def __call__(self, served: str) -> "ServedData | None":
        """The data there are now, or None when they are those served.

        Raises:
            HeadroomError: the database is gone, cannot be read, or does not answer within ``database_timeout``.
        """
        from data.store.database import database_url
        from data.store.database_errors import place

        mark = self.mark()
        if served and not mark:
            file = place(database_url(self._settings.database_url.get_secret_value()))
            raise StoreUnusable(file, "is gone", remedy="put it back, or run: headroom up")
        if mark == served:
            return None
        data = self.data(wiring.store(self._settings), mark=mark)
        log.info("data_serving", mark=mark)
        return data
