"""What requests are answered from: the figures, the champion and the edition, and how newer ones come in.

A :class:`Snapshot` is what one request is answered from. :class:`ServingState` holds the current one; the server's
refresher has it look at the database and the editions folder every few seconds, so that no request waits for them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import structlog
from sqlalchemy import Engine

from data.base.errors import EditionMissing, HeadroomError, NoChampion, StoreUnusable
from data.catalogue.catalogue import SeriesInfo
from data.periods.timestamps import rfc3339
from data.store.drift_checks import DriftCheck
from data.store.ledger import IssuedEdition, Promotion
from data.store.store import Rule, Store
from features.view import View
from projection.claims.history import Judgement
from projection.edition.edition import Edition
from projection.scoreboard import own_calibration
from projection.scoreboard.board import Board
from service.access.rules import AccessRules, Network
from service.editions import ServedEditions
from service.evaluations.own_series import Forecaster
from service.evaluations.pool import LIMIT
from service.evaluations.question import Source
from service.jobs.tables import State
from service.named_editions import NamedEditions
from training.artifact import past_calibration
from training.artifact.past_calibration import RULES
from training.artifact.published import Published

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ServedData:
    """The figures and the champion as they were at one look at the database.

    Attributes:
        store: the figures.
        published: the champion's forecasts, or the reason why there are none, as one sentence.
        mark: what changes when either does; part of every snapshot's generation.
        promotions: the lines of the promotion ledger, oldest first.
        readings: when each source was last read with success, UTC.
        board: the last scoreboard; None before the first scoring.
        drift: the last comparison of the champion with figures that came since; None before the first.
    """

    store: Store
    published: Published | str
    mark: str = ""
    promotions: tuple[Promotion, ...] = ()
    readings: Mapping[str, datetime] = field(default_factory=dict)
    board: Board | None = None
    drift: DriftCheck | None = None

    @cached_property
    def series(self) -> Mapping[str, SeriesInfo]:
        """Every series of the store, ascending by id; describing them takes a moment, when they are first asked for."""
        return self.store.catalogue().entries

    @cached_property
    def coverage_of_last_year(self) -> Mapping[tuple[str, str], tuple[int, float | None]]:
        """How many forecasts a figure of the last year decided, and the share that the 80 % band held.

        By what was forecast and the rule: ``series`` in the champion's backtest, and ``editions`` as they were issued.
        """
        shares: dict[tuple[str, str], tuple[int, float | None]] = {}
        if not isinstance(self.published, str):
            shares |= {("series", rule): past_calibration.decided_in_last_year(self.published, rule) for rule in RULES}
        if self.board is not None:
            outcomes, day = self.board.outcomes, self.board.as_of
            shares["editions", Rule.STRICT.value] = own_calibration.decided_in_last_year(outcomes, day)
        return shares

    def champion(self) -> Published:
        """The champion's forecasts; raises :class:`NoChampion` with the reason when there are none."""
        if isinstance(self.published, str):
            raise NoChampion("the ledger", reason=self.published)
        return self.published


Follow = Callable[[str], ServedData | None]
"""Given the mark that is served, the data there are now; None when they are the same.

Raises :class:`data.base.errors.HeadroomError` when they cannot be read.
"""


def fixed(mark: str) -> None:
    """Data that never change, as a test or a frozen deployment has them."""
    del mark


def no_history(claim: str) -> tuple[Judgement, ...]:
    """No edition before, as a test or a frozen deployment has them."""
    del claim
    return ()


@dataclass(frozen=True, slots=True)
class JobCounts:
    """What the queue of jobs looked like.

    Attributes:
        depth: jobs that wait, run or are dead, by kind and state.
        last_success: when a job of each kind last succeeded, UTC.
    """

    depth: Mapping[tuple[str, State], int] = field(default_factory=dict)
    last_success: Mapping[str, datetime] = field(default_factory=dict)


def no_database() -> Engine:
    """A service over files alone, as a test has it; raises :class:`StoreUnusable`."""
    raise StoreUnusable("the service", "has no database", remedy="run: headroom up")


def utc_now() -> datetime:
    """The moment it is, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class ServiceInputs:
    """Everything a serving process reads; nothing here is read from the environment.

    Attributes:
        data: the figures and the champion at the start.
        editions: which edition is served now.
        assets: folder that holds what :func:`service.pages.assets.build` wrote.
        clock: the moment it is, UTC; decides what ``as_of`` means when it is left out.
        claim_history: what editions said of a claim, read when first asked for.
        access: under which names and behind which proxies it may be reached.
        follow: reports newer data than those, while the service runs.
        jobs: looks at the queue; raises :class:`data.base.errors.HeadroomError` like ``follow``.
        database: that of jobs; raises :class:`StoreUnusable` while there is none.
        webhook_networks: networks that webhooks may lead to beyond public addresses.
        streams: of events that may be open at once.
        evaluation_source: makes the base of an edition ready in a process that evaluates; None where none can.
        evaluation_limit: seconds an evaluation may take.
        forecaster: forecasts series of clients in a process of its own; None without the modelling libraries.
        trainings: where runs of training are looked at: an address, or the command that opens them; blank: not known.
    """

    data: ServedData
    editions: ServedEditions
    assets: Path
    clock: Callable[[], datetime] = utc_now
    claim_history: Callable[[str], tuple[Judgement, ...]] = no_history
    access: AccessRules = field(default_factory=AccessRules)
    follow: Follow = fixed
    jobs: Callable[[], JobCounts] = JobCounts
    database: Callable[[], Engine] = no_database
    webhook_networks: Sequence[Network] = ()
    streams: int = 100
    evaluation_source: Source | None = None
    evaluation_limit: float = LIMIT
    forecaster: Forecaster | None = None
    trainings: str = ""


@dataclass(frozen=True)
class Snapshot:
    """The edition, the champion and the figures one request is answered from.

    Attributes:
        edition: the edition served; None where none can be.
        reason: why there is none.
        today: the day it is, UTC.
        data: the figures and the champion.
        recorded: the ledger's editions, in the order of its sequence.
        named: the same by name, read from disk when they are asked for.
        claim_history: what editions said of a claim.
    """

    edition: Edition | None
    reason: str | None
    today: date
    data: ServedData
    recorded: Sequence[IssuedEdition]
    named: NamedEditions
    claim_history: Callable[[str], tuple[Judgement, ...]]

    @cached_property
    def generation(self) -> str:
        """What changes with editions, recalls, champion, figures and the day: an answer holds for one generation."""
        published = self.data.published
        version = "none" if isinstance(published, str) else published.version
        issue = f"{self.edition.id} instead of {self.edition.withheld}" if self.edition else "none"
        recalls = hash(tuple(record.recalled for record in self.recorded))
        return f"{issue}|{version}|{self.data.mark}|{self.today}|{recalls}"

    @cached_property
    def view(self) -> View:
        """The figures as known today."""
        return View.of(self.data.store, as_of=self.today)

    def as_of(self, day: date, *, rule: Rule = Rule.STRICT) -> View:
        """The figures as known on a day under a rule."""
        return self.view if (day, rule) == (self.today, Rule.STRICT) else View.of(self.data.store, as_of=day, rule=rule)

    def required_edition(self) -> Edition:
        """The edition; raises :class:`EditionMissing` when none can be served."""
        if self.edition is None:
            raise EditionMissing("the home", self.reason or "none was found")
        return self.edition


class ServingState:
    """The current snapshot, and what is known of the last look at the editions and the database.

    Attributes:
        inputs: what the process was started with.
        stopping: whether the server is being ended; it then still answers, but is not ready.
        figures_seen: when the figures and the champion were last looked at with success, UTC.
        figures_fault: why the last look failed, or None.
        jobs: the queue as it was at the last look that succeeded.
    """

    def __init__(self, inputs: ServiceInputs) -> None:
        self.inputs = inputs
        self.stopping = False
        self.figures_seen = inputs.clock()
        self.figures_fault: str | None = None
        self.jobs = JobCounts()
        self._data = inputs.data
        self._named = NamedEditions(inputs.editions)
        self._snapshot = self._look()

    def snapshot(self) -> Snapshot:
        """What is true now."""
        if self._snapshot.edition is not self.inputs.editions.edition:
            self._look_again()
        return self._snapshot

    def refresh(self) -> None:
        """Look at the editions folder, the figures, the champion and the calendar again.

        It may wait for the disk and the database, so no request calls it: the server's refresher does. What cannot be
        read is served on as it was.
        """
        self.inputs.editions.refresh()
        self._look_again()
        try:
            newer = self.inputs.follow(self._data.mark)
            self.jobs = self.inputs.jobs()
        except HeadroomError as error:
            if self.figures_fault is None:
                log.warning("figures_unreadable", detail=str(error), since=rfc3339(self.figures_seen))
            self.figures_fault = str(error)
            return
        if self.figures_fault is not None:
            log.info("figures_readable_again", unread_since=rfc3339(self.figures_seen))
        self.figures_seen, self.figures_fault = self.inputs.clock(), None
        if newer is not None:
            self._data = newer
            self._look_again()

    def stale(self) -> str | None:
        """Since when figures and champion could not be looked at, with the reason, or None."""
        if self.figures_fault is None:
            return None
        return f"figures not looked at since {rfc3339(self.figures_seen)}: {self.figures_fault}"

    def _look(self) -> Snapshot:
        editions, inputs = self.inputs.editions, self.inputs
        return Snapshot(
            editions.edition,
            editions.reason,
            inputs.clock().date(),
            self._data,
            editions.recorded(),
            self._named,
            inputs.claim_history,
        )

    def _look_again(self) -> None:
        """Keep the snapshot, and what it has worked out, where nothing changed."""
        before, now = self._snapshot, self._look()
        same = now.edition is before.edition and now.data is before.data
        if not same or (now.reason, now.generation) != (before.reason, before.generation):
            self._snapshot = now
