"""Bringing a tracking store to what the disk and the ledger say, from whatever state it was left in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from data.base.errors import ArtifactCorrupt, NotFound, TrainingError
from data.store.ledger import Promotion
from features.panel import with_forecasts
from features.series import ModelSeries
from features.view import View
from training.artifact.published import Published
from training.champion import ledger
from training.champion.promotion import ModelStore
from training.tracking.outbox import Outbox
from training.tracking.record import Circumstances, compose
from training.tracking.registration import send
from training.tracking.tracking import Tracking, align, fault, is_registered, prepare


@dataclass(frozen=True)
class SyncResult:
    """What was done: versions sent, what was repaired in words, and versions that go on waiting."""

    sent: tuple[str, ...]
    repaired: tuple[str, ...]
    waiting: tuple[str, ...]


def synchronize(
    place: Tracking, *, model_store: ModelStore, figures: Callable[[date], View], now: Callable[[], datetime]
) -> SyncResult:
    """Send what waits, make the champion's record again where the store lacks it or cannot load it, set the aliases.

    Args:
        place: the tracking store.
        model_store: ledger and folder of versions of the same scope.
        figures: opens the figures as known on a day, for the charts of a record that is made again.
        now: the moment it is, UTC.

    Raises:
        TrainingError: the store cannot be reached or refuses, or lacks a champion too old to be registered.
        ArtifactCorrupt: the store lacks the champion, and its files here do not verify.
    """
    mended = prepare(place)
    sent = send(place, models=model_store.models)
    champion_status = ledger.champion_status(model_store.database_url, scope=model_store.scope)
    repaired: tuple[str, ...] = () if mended is None else (mended,)
    if champion_status is not None:
        version = champion_status.promotion.model_version
        why = _missing(version, champion_status.manifest_sha256, place=place, model_store=model_store)
        if why is not None:
            published = _promoted(version, champion_status.manifest_sha256, model_store=model_store)
            # Before a record is written that could never be sent, and would keep those behind it waiting.
            lack = _unregistrable(published)
            if lack is not None and not is_registered(version, place=place):
                raise TrainingError(f"{version} is not registered at {place}", remedy=lack)
            if lack is None:
                _record(
                    published, champion_status.promotion, place=place, view=figures(published.data_as_of), now=now()
                )
            repaired += (f"{version} logged anew: {why}" if lack is None else f"{version} left: {why}; {lack}",)
            sent = tuple(dict.fromkeys((*sent, *send(place, models=model_store.models))))
    repaired += align(champion_status, place=place)
    return SyncResult(sent, repaired, Outbox(place.spool).waiting())


def _unregistrable(published: Published) -> str | None:
    """Why a version from before what a registered model needs cannot be one, None where it can."""
    from training.tracking.model import example

    try:
        example(published)
    except NotFound as error:
        return error.remedy
    return None


def _missing(version: str, digest: str | None, *, place: Tracking, model_store: ModelStore) -> str | None:
    """Why the champion is to be logged anew, None where the store has it whole."""
    if not is_registered(version, place=place):
        return "the store did not have it"
    return fault(version, sha256=digest or _promoted(version, digest, model_store=model_store).sha256, place=place)


def _promoted(version: str, digest: str | None, *, model_store: ModelStore) -> Published:
    """The champion's files, if they are those that were promoted."""
    published = Published.load(model_store.models / version)
    if digest not in {None, published.sha256}:
        raise ArtifactCorrupt(str(published.directory), "its files are not those that were promoted")
    return published


def _record(published: Published, promotion: Promotion, *, place: Tracking, view: View, now: datetime) -> None:
    """Put the champion's record into the spool, made from its files and its line in the ledger."""
    spool = Outbox(place.spool)
    circumstances = Circumstances(
        started=now, ended=now, run_id=None, engine="as published", decision=promotion.reason, person=place.person,
        anew=True,
    )  # fmt: skip
    spool.drop(published.version)
    spool.put(
        published.version,
        partial(
            compose,
            published=published,
            series=_histories(view, published),
            champion=None,
            verdict=None,
            circumstances=circumstances,
        ),
    )


def _histories(view: View, published: Published) -> dict[str, ModelSeries]:
    """Histories of the version's series as of its day, as far as the figures still hold them."""
    series = with_forecasts(view)
    series_ids = set(published.meta["series_id"])
    return {name: item for name, item in series.items() if name in series_ids}
