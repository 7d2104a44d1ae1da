"""``/metrics``: ages, readiness and durations of requests, as Prometheus reads them (docs/monitoring.md).

Everything is read from what the process holds: a scrape asks no database and no disk, beyond the readiness probe, which
reads one answer off the edition at most once a second.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time

from anyio import to_thread
from fastapi import Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from data.base.errors import HeadroomError
from service.api.operation.health import NO_STORE, Readiness
from service.base.routes import NO_PARAMETERS, api_router
from service.state import JobCounts, ServedData, ServingState, Snapshot

PREFIX = "headroom_"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the classes of durations."""
DAY = 86_400.0

router = api_router("service")


class Metrics:
    """The metrics of one service, in a registry of their own.

    Attributes:
        readiness: whether it is ready, in threads of its own.
    """

    def __init__(self, state: ServingState, readiness: Readiness) -> None:
        self.readiness = readiness
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(StateCollector(state, readiness))
        self._durations = Histogram(
            f"{PREFIX}request_duration_seconds",
            "From a request to the beginning of its answer.",
            ("route", "method", "status"),
            buckets=SECONDS,
            registry=self._registry,
        )

        self._of_labels: dict[tuple[str, str, str], Histogram] = {}

    def record(self, route: str, method: str, status: str, seconds: float) -> None:
        """Count a request."""
        labels = route, method, status
        durations = self._of_labels.get(labels)
        if durations is None:
            durations = self._of_labels[labels] = self._durations.labels(*labels)
        durations.observe(seconds)

    def text(self) -> bytes:
        """All of them in Prometheus's text format."""
        return generate_latest(self._registry)


class StateCollector:
    """Reads the gauges off the state of the service at the moment of a scrape."""

    def __init__(self, state: ServingState, readiness: Readiness) -> None:
        self._state, self._readiness = state, readiness

    def collect(self) -> Iterator[Metric]:
        """Every gauge; one of which nothing is known is left out."""
        now = self._state.inputs.clock()
        snapshot, fault = self._probe()
        yield _gauge("ready", "1 when an answer was just read off the edition served, else 0.", [((), fault is None)])
        reasons = [] if fault is None else [((fault.code,), 1.0)]
        yield _gauge("not_ready", "1 with the code of the problem /readyz answers with.", reasons, labels=("code",))
        unseen = (now - self._state.figures_seen).total_seconds()
        yield _gauge("figures_unseen_seconds", "Since the database was last looked at with success.", [((), unseen)])
        yield from _edition(snapshot, now)
        yield from _data(snapshot, now)
        yield from _coverage(snapshot.data)
        yield from _jobs(self._state.jobs, now)

    def _probe(self) -> tuple[Snapshot, HeadroomError | None]:
        try:
            return self._readiness.snapshot(), None
        except HeadroomError as error:
            return self._state.snapshot(), error


Sample = tuple[tuple[str, ...], float]
"""Values of the labels, and the value."""


def _gauge(name: str, text: str, samples: Iterable[Sample], *, labels: tuple[str, ...] = ()) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}{name}", text, labels=labels)
    for values, value in samples:
        family.add_metric(values, float(value))
    return family


def _edition(snapshot: Snapshot, now: datetime) -> Iterator[Metric]:
    """Ages of the edition served and of what it rests on."""
    edition = snapshot.edition
    if edition is None:
        return
    issued = (now - edition.issued).total_seconds()
    yield _gauge("edition_age_seconds", "Since the edition served was issued.", [((), issued)])
    figures = (now - datetime.combine(edition.data_as_of, time(), UTC)).total_seconds()
    yield _gauge("edition_figures_age_seconds", "Since the day whose figures it rests on began.", [((), figures)])
    yield _gauge("edition_info", "1 with its id.", [((edition.id,), 1.0)], labels=("edition",))
    recalled = {record.id for record in snapshot.recorded if record.recalled is not None}
    withheld = sum(later.edition not in recalled for later in edition.withheld)
    yield _gauge("editions_withheld", "Later editions not served because they are corrupt.", [((), withheld)])
    ages = [((age["series_id"],), age["age_days"] * DAY) for age in edition.drivers]
    yield _gauge("driver_age_seconds", "Of each driver's newest period, on that day.", ages, labels=("series_id",))
    stale = [((age["series_id"],), age["stale"]) for age in edition.drivers if age["official"]]
    text = "1 for an official series that was older on that day than its frequency allows, else 0."
    yield _gauge("driver_stale", text, stale, labels=("series_id",))


def _data(snapshot: Snapshot, now: datetime) -> Iterator[Metric]:
    """Ages of the champion and of the last reading of each source."""
    published = snapshot.data.published
    if not isinstance(published, str):
        trained = (now - datetime.fromisoformat(published.manifest["created"])).total_seconds()
        yield _gauge("champion_age_seconds", "Since the current model was trained.", [((), trained)])
    readings = [((source,), (now - read).total_seconds()) for source, read in sorted(snapshot.data.readings.items())]
    text = "Since a source was last read with success; a source never read has none."
    yield _gauge("source_age_seconds", text, readings, labels=("source",))


def _coverage(data: ServedData) -> Iterator[Metric]:
    """What of the last year the 80 % bands held: of single series in the model's backtest, and of our editions."""
    try:
        coverage = data.coverage_of_last_year
    except OSError:
        # The folder of the model vanished while it was served: its ages are still worth a scrape.
        return
    counts, shares = [], []
    for (forecasts, rule), (number, share) in coverage.items():
        counts.append(((forecasts, rule), number))
        shares += [] if share is None else [((forecasts, rule), share)]
    labels = ("forecasts", "rule")
    yield _gauge("coverage_scores", "Forecasts of which a figure of the last year decided.", counts, labels=labels)
    yield _gauge("coverage_ratio", "Share of them that the 80 % band held.", shares, labels=labels)


def _jobs(jobs: JobCounts, now: datetime) -> Iterator[Metric]:
    """How deep the queue is, and when a job of each kind last succeeded."""
    depth = sorted(jobs.depth.items())
    yield _gauge("jobs", "Jobs that wait, run or are dead.", depth, labels=("kind", "state"))
    ages = [((kind,), (now - ended).total_seconds()) for kind, ended in sorted(jobs.last_success.items())]
    text = "Since a job of the kind last succeeded; a kind that never did has none."
    yield _gauge("job_success_age_seconds", text, ages, labels=("kind",))


@router.get("/metrics", include_in_schema=False, dependencies=NO_PARAMETERS)
async def metrics(request: Request) -> Response:
    """Ages of edition, drivers and sources, readiness, and durations of requests, in Prometheus's text format."""
    current: Metrics = request.app.state.metrics
    text = await to_thread.run_sync(current.text, limiter=current.readiness.threads)
    return Response(text, headers={**NO_STORE, "Content-Type": CONTENT_TYPE_LATEST})
