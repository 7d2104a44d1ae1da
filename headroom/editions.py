"""Editions of a home as its ledger lists them. An edition is not served if it is missing there or has another hash."""

from datetime import date
from typing import TYPE_CHECKING

from data.base.errors import ArtifactCorrupt, InvalidParameter, NotFound
from data.base.scopes import Scope
from headroom import wiring

if TYPE_CHECKING:
    from data.store.ledger import IssuedEdition
    from headroom.settings import Settings
    from projection.edition.edition import Edition
    from projection.edition.remote import RemoteEditions
    from projection.edition.retention import Retention
    from projection.verification import Repetition
    from training.artifact.published import Published


def record(settings: "Settings", edition: "Edition") -> None:
    """Write an edition into the ledger as the last one issued; recording the last one again changes nothing.

    Raises:
        InvalidParameter: an edition of this identifier but other content is recorded.
    """
    from data.store.ledger import IssuedEdition, record_edition

    issued = IssuedEdition(
        id=edition.id,
        issued=edition.issued,
        data_as_of=edition.data_as_of,
        model_version=edition.model_version,
        manifest_sha256=edition.manifest_sha256,
        path=str(edition.directory),
        scope=settings.scope,
    )
    storage = remote(settings)
    if storage is not None:
        # Before the ledger: it names nothing that could not be fetched.
        storage.publish(edition)
    with wiring.ledger(settings) as engine:
        record_edition(engine, issued)


def remote(settings: "Settings") -> "RemoteEditions | None":
    """The storage of editions; None where they live in the home alone. Private editions never leave it."""
    from projection.edition.remote import RemoteEditions

    if not settings.editions_url or settings.scope is Scope.PRIVATE:
        return None
    return RemoteEditions(settings.editions_url, settings.editions_cache)


def stale(settings: "Settings", published: "Published") -> str | None:
    """Why an edition has to be projected, or None when that of these inputs verifies and is the last one recorded."""
    from projection.edition.edition import Edition
    from projection.project import identify

    turn = status.turn if (status := wiring.champion_status(settings)) is not None else 1
    figures = wiring.view(settings, as_of=published.data_as_of)
    name, _ = identify(figures, published, seed=settings.seed, draws=settings.draws, turn=turn)
    folder = settings.editions / name
    if not folder.exists():
        return f"there is no {name} of champion {published.version}"
    recorded = {record.id: record for record in records(settings)}
    if name not in recorded:
        return f"{name} is not in the ledger"
    try:
        Edition.load(folder, record=recorded[name], remote=remote(settings))
    except ArtifactCorrupt as error:
        return error.detail
    last = next(reversed(recorded))
    return None if name == last else f"{last} was issued after {name}"


def records(settings: "Settings") -> "tuple[IssuedEdition, ...]":
    """The ledger's editions of the settings' scope, in the order they were issued; none while there is no database."""
    from data.store.ledger import editions

    if not wiring.prepared(settings):
        return ()
    with wiring.ledger(settings) as engine:
        return editions(engine, scope=settings.scope)


class LedgerEditions:
    """The ledger's editions of the settings' scope, read again only when the ledger changed: one row says so."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._mark: object = None
        self._records: tuple[IssuedEdition, ...] = ()

    def __call__(self) -> "tuple[IssuedEdition, ...]":
        """The editions, in the order they were issued; none while there is no database."""
        from data.store.ledger import editions, editions_mark

        if not wiring.prepared(self._settings):
            return ()
        with wiring.ledger(self._settings) as engine:
            mark = editions_mark(engine, scope=self._settings.scope)
            if mark != self._mark:
                self._mark, self._records = mark, editions(engine, scope=self._settings.scope)
        return self._records


def newest(settings: "Settings") -> "Edition":
    """The edition that is served: the last one in the ledger that verifies; raises :class:`EditionMissing`."""
    from projection.edition.issued import newest as last

    return last(settings.editions, records(settings), remote=remote(settings))


def find(settings: "Settings", edition: str) -> "Edition":
    """One edition, verified against the ledger.

    Raises:
        NotFound: the ledger does not know it.
        ArtifactCorrupt: it is not what was recorded.
    """
    from projection.edition.edition import Edition, folders
    from projection.edition.issued import not_recorded

    by_id = {record.id: record for record in records(settings)}
    if edition not in by_id:
        copied = edition in {path.name for path in folders(settings.editions)}
        adopting = f"its folder is there, but {not_recorded(edition)}"
        raise NotFound("edition", edition, allowed=list(by_id), hint=adopting if copied else "run: headroom project")
    return Edition.load(settings.editions / edition, record=by_id[edition], remote=remote(settings))


def repeat(settings: "Settings", edition: "Edition", scenario: str | None) -> "Repetition":
    """Make an edition, or one of its scenarios, again from the inputs its manifest names, and compare.

    Raises:
        ArtifactCorrupt: the model version it was made with is gone or damaged.
        ProjectionError: figures or model are not those of the edition.
    """
    from projection import verification
    from training.artifact.published import Published

    published = Published.load(settings.models / edition.model_version)
    figures = wiring.view(settings, as_of=edition.data_as_of)
    if scenario is None:
        return verification.repeat(edition, figures, published)
    return verification.repeat_scenario(edition, figures, published, scenario)


def retentions(settings: "Settings", *, today: date) -> "list[Retention]":
    """What the settings' policy says of the draws of every edition; nothing is removed."""
    from data.store.citations import citations
    from projection.edition.retention import Policy
    from projection.edition.retention import retentions as by_policy

    with wiring.ledger(settings) as engine:
        cited = citations(engine)
    policy = Policy(settings.draws_days, settings.draws_monthly)
    return by_policy(records(settings), cited, today=today, policy=policy)


def prune(settings: "Settings", retention: "Retention", *, today: date) -> int:
    """Remove the draws of an edition that the policy no longer keeps; bytes that were on disk.

    Raises:
        ArtifactCorrupt: its manifest cannot be read.
    """
    from projection.edition import files

    folder, storage = settings.editions / retention.record.id, remote(settings)
    names = list(files.manifest(folder, storage)["files"])
    why = f"older than {settings.draws_days} days, and neither latest, cited nor successor"
    return files.remove_draws(folder, names, {"day": today.isoformat(), "reason": why}, storage)


def adopt(settings: "Settings", edition: str) -> "Edition":
    """Record an edition whose folder was copied into the home, as the last one issued.

    Raises:
        NotFound: there is no such folder.
        ArtifactCorrupt: its files do not match its manifest, or the folder has another name than the edition.
        InvalidParameter: it is of the other scope, or the ledger knows it with another manifest.
    """
    from projection.edition.edition import Edition, folders

    names = [path.name for path in folders(settings.editions)]
    if edition not in names:
        raise NotFound("edition", edition, allowed=names, hint=f"copy its folder into {settings.editions}")
    copy = Edition.load(settings.editions / edition)
    if copy.id != edition:
        raise ArtifactCorrupt(str(copy.directory), f"is the folder of {copy.id}")
    of = copy.manifest.get("scope", Scope.PUBLIC.value)
    if of != settings.scope.value:
        raise InvalidParameter("edition", f"{edition} is of the {of} scope", allowed=[settings.scope.value])
    record(settings, copy)
    return copy
