"""Who is champion: decided by the gate after a training, or by a person, and always through the ledger.

A decision is made over the champion that was looked at. If another one stands by the time it is written, the ledger
refuses it: the gate then judges again, and a person gets an error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data.base.artifacts import new_folder
from data.base.errors import (
    ArtifactCorrupt,
    HeadroomError,
    InvalidParameter,
    NotFound,
    NotProjectable,
    PromotionConflict,
)
from data.base.scopes import Scope
from data.store.ledger import GATE, Decision, Over, Promotion
from training.artifact.published import Published
from training.backtest.summary import summary
from training.champion import ledger
from training.champion.gate import GateDecision, Limits, judge

TRIES = 3
"""How often the gate judges when other trainings promote at the same moment."""

Obstacle = Callable[[Published], str | None]
"""Tries to project a version; says why it cannot be, None where it can."""
Fetch = Callable[[str, Path], None]
"""Brings the published files of a version, by its id, into an empty folder."""


@dataclass(frozen=True)
class ModelStore:
    """Where versions lie and decisions are written.

    Attributes:
        models: folder of published versions of the scope.
        database_url: of the ledger, migrated.
        obstacle: tries to project a version; None where nobody can, as in training without a projection.
    """

    models: Path
    database_url: str
    scope: Scope
    obstacle: Obstacle | None = None

    def why_not(self, version: Published) -> str | None:
        """Why a version cannot be projected; None where it can, or where nobody can try."""
        return None if self.obstacle is None else self.obstacle(version)


@dataclass(frozen=True)
class PromotionResult:
    """What came of a training: whether its version is champion now, why, and the gate's verdict where it judged."""

    promoted: bool
    reason: str
    verdict: GateDecision | None


def verified(folder: Path) -> Published | None:
    """What is published there, None where it is missing or does not verify."""
    try:
        return Published.load(folder)
    except ArtifactCorrupt:
        return None


def by_gate(
    challenger: Published, *, model_store: ModelStore, today: date, limits: Limits, held_back: str | None
) -> PromotionResult:
    """Judge a version against the champion and write the decision, whichever way it goes.

    Args:
        challenger: the version.
        model_store: ledger and folder.
        today: the day figures are to be recent on.
        limits: what is to hold.
        held_back: why the version is not to be promoted even if it passes; None lets the gate decide.

    Raises:
        PromotionConflict: other promotions came between three times.
    """
    for attempt in range(TRIES):
        try:
            return _by_gate(challenger, model_store=model_store, today=today, limits=limits, held_back=held_back)
        except PromotionConflict:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _by_gate(
    challenger: Published, *, model_store: ModelStore, today: date, limits: Limits, held_back: str | None
) -> PromotionResult:
    champion_status = ledger.champion_status(model_store.database_url, scope=model_store.scope)
    standing = None if champion_status is None else champion_status.promotion.model_version
    if champion_status is not None and standing == challenger.version:
        if champion_status.manifest_sha256 in {None, challenger.sha256}:
            return PromotionResult(promoted=True, reason=f"{challenger.version} is the champion already", verdict=None)
        reason = "its files were gone or changed, and training made them again"
        verdict = judge(challenger, None, today=today, limits=limits)
        _append(
            model_store, challenger, Decision.PROMOTE, actor=GATE, reason=reason, over=Over(standing), verdict=verdict
        )
        return PromotionResult(promoted=True, reason=reason, verdict=verdict)
    champion = None if standing is None else verified(model_store.models / standing)
    verdict = judge(challenger, champion, today=today, limits=limits)
    why = _unfit(champion, standing, beside=challenger)
    if why is None and not verdict.passed and champion is not None and held_back is None:
        # A champion that cannot be projected would keep out every version that can, and serve nothing.
        obstacle = model_store.why_not(champion)
        why = None if obstacle is None else f"the champion {standing} cannot be projected: {obstacle}"
    if why is None:
        passed, reason = verdict.passed, verdict.reason
    else:
        # Better a champion with known faults than none: there is nothing else to serve from.
        passed, reason = True, why + (f"; {verdict.failures}" if verdict.failures else "")
    if held_back is not None:
        passed, reason = False, f"{held_back}; {verdict.reason}"
    elif passed and (obstacle := model_store.why_not(challenger)) is not None:
        passed, reason = False, f"it cannot be projected: {obstacle}; {verdict.reason}"
    if passed or standing is not None:
        kind = Decision.PROMOTE if passed else Decision.KEEP
        again = (
            champion_status is not None and kind is Decision.KEEP and champion_status.challenger == challenger.version
        )
        if not again:
            _append(model_store, challenger, kind, actor=GATE, reason=reason, over=Over(standing), verdict=verdict)
    return PromotionResult(
        passed, reason if passed or standing is None else f"{standing} stays champion; {reason}", verdict
    )


def _unfit(champion: Published | None, standing: str | None, *, beside: Published) -> str | None:
    """Why what stands cannot serve, whatever it scores; None where it can."""
    if standing is None:
        return "first version: nothing stands before it"
    if champion is None:
        return f"the champion {standing} is missing or does not verify"
    if lacking := sorted(beside.contents - champion.contents):
        # An upgrade reads more than a version from before it holds: kept, that version could stop every projection.
        return f"the champion {standing} is from before {', '.join(lacking)}"
    return None


def by_hand(
    version: str,
    *,
    model_store: ModelStore,
    actor: str,
    reason: str,
    today: date,
    limits: Limits,
    over: Over | None = None,
) -> Promotion:
    """Make a version champion because a person says so; the gate's verdict is recorded beside it, and does not decide.

    Args:
        version: a published version.
        model_store: ledger and folder.
        actor: the person.
        reason: why, in words.
        today: for the verdict.
        limits: for the verdict.
        over: the champion it is to follow; None takes the one that stands when the decision is read.

    Raises:
        NotFound: no such version.
        ArtifactCorrupt: it does not verify.
        InvalidParameter: it is the champion already, or no reason is given.
        NotProjectable: no edition could be made with it.
        PromotionConflict: another champion stands.
    """
    _worded(reason)
    challenger = version_of(version, model_store)
    champion_status = ledger.champion_status(model_store.database_url, scope=model_store.scope)
    standing = None if champion_status is None else champion_status.promotion.model_version
    expected = over or Over(standing)
    if standing == version and expected.version == standing:
        raise InvalidParameter("version", f"{version} is the champion already")
    if (obstacle := model_store.why_not(challenger)) is not None:
        raise NotProjectable(version, obstacle)
    champion = None if standing is None else verified(model_store.models / standing)
    verdict = judge(challenger, champion, today=today, limits=limits)
    return _append(
        model_store, challenger, Decision.PROMOTE, actor=actor, reason=reason, over=expected, verdict=verdict
    )


def rollback(
    version: str | None, *, model_store: ModelStore, actor: str, reason: str, fetch: Fetch, over: Over | None = None
) -> Promotion:
    """Make a former champion champion again, from exactly the files that were promoted then.

    The champion itself may be named where its files are gone or changed: they are restored, and it stays champion.

    Args:
        version: one that was or is champion; None takes the one before this one.
        model_store: ledger and folder.
        actor: the person.
        reason: why, in words.
        fetch: brings the files from the tracking store where they are gone or changed here.
        over: the champion it is to follow; None takes the one that stands when the decision is read.

    Raises:
        NotFound: the version was never champion, or nothing was before this one.
        ArtifactCorrupt: the files can neither be verified here nor be had from the tracking store.
        InvalidParameter: it is the champion and whole, or no reason is given.
        PromotionConflict: another champion stands.
    """
    _worded(reason)
    lines = [
        line
        for line in ledger.promotions(model_store.database_url)
        if line.scope is model_store.scope and line.kind is not Decision.KEEP
    ]
    standing = lines[-1].model_version if lines else None
    promoted = {line.model_version: line for line in lines}
    former = sorted(promoted.keys() - {standing})
    target = version
    if target is None:
        target = next((line.model_version for line in reversed(lines) if line.model_version != standing), None)
        if target is None:
            raise NotFound("former champion", "of any kind", hint="nothing was champion before: nothing to go back to")
    if target not in promoted:
        raise NotFound("former champion", target, allowed=former)
    digest = promoted[target].manifest_sha256
    if target == standing and _promoted(model_store.models / target, digest) is not None:
        raise InvalidParameter("version", f"{target} is the champion already, and its files are whole", allowed=former)
    try:
        restored, origin = _restored(target, digest, model_store=model_store, fetch=fetch)
    except (HeadroomError, OSError) as error:
        raise _lost(
            target, error, others=[name for name in former if name != target], model_store=model_store
        ) from error
    return ledger.promote(
        model_store.database_url,
        version=target,
        actor=actor,
        evidence={"restored_from": origin, "manifest_sha256": restored.sha256, "summary": summary(restored.scores)},
        reason=reason,
        scope=model_store.scope,
        kind=Decision.ROLLBACK,
        manifest_sha256=restored.sha256,
        over=over or Over(standing),
    )


def _promoted(folder: Path, digest: str | None) -> Published | None:
    """The version in a folder if it is whole and the one that was promoted, by its manifest's hash."""
    here = verified(folder)
    return here if here is not None and digest in {None, here.sha256} else None


def _lost(version: str, error: Exception, *, others: Sequence[str], model_store: ModelStore) -> ArtifactCorrupt:
    """The error of a version that could not be restored, with what can be done instead."""
    whole = [name for name in others if verified(model_store.models / name) is not None]
    remedy = f"headroom models rollback {whole[-1]} --reason ..." if whole else "headroom train"
    reason = f"cannot be restored: {error.detail if isinstance(error, HeadroomError) else error}"
    return ArtifactCorrupt(str(model_store.models / version), reason, remedy=f"run: {remedy}")


def _restored(version: str, digest: str | None, *, model_store: ModelStore, fetch: Fetch) -> tuple[Published, str]:
    """The version as it was promoted, and where it came from: ``disk`` or ``registry``."""
    target = model_store.models / version
    if (here := _promoted(target, digest)) is not None:
        return here, "disk"
    with new_folder(target, keep=lambda standing: _promoted(standing, digest) is not None) as place:
        fetch(version, place)
        fetched = Published.load(place)
        if fetched.version != version or digest not in {None, fetched.sha256}:
            raise ArtifactCorrupt(
                str(target), "neither these files nor the registered ones are those that were promoted"
            )
    return Published.load(target), "registry"


def _append(
    model_store: ModelStore,
    published: Published,
    kind: Decision,
    *,
    actor: str,
    reason: str,
    over: Over,
    verdict: GateDecision,
) -> Promotion:
    evidence: dict[str, Any] = {"gate": verdict.evidence(), "summary": summary(published.scores)}
    return ledger.promote(
        model_store.database_url,
        version=published.version,
        actor=actor,
        evidence=evidence,
        reason=reason,
        scope=model_store.scope,
        kind=kind,
        manifest_sha256=published.sha256,
        over=over,
    )


def version_of(version: str, model_store: ModelStore) -> Published:
    """A published version; raises :class:`NotFound` or :class:`ArtifactCorrupt`."""
    folders = model_store.models.iterdir() if model_store.models.is_dir() else ()
    versions = sorted(path.name for path in folders if not path.name.startswith("."))
    if version not in versions:
        raise NotFound("model version", version, allowed=versions, hint="" if versions else "run: headroom train")
    return Published.load(model_store.models / version)


def _worded(reason: str) -> None:
    if not reason.strip():
        raise InvalidParameter("reason", "is empty; the ledger keeps why a champion changed")
