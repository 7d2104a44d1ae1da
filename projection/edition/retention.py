"""Which editions keep their draws: the policy, and why one keeps them. Manifest and answers of every edition stay."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from data.store.citations import Citation
from data.store.ledger import IssuedEdition

LATEST = 2
"""Editions that may have to be served: the last one, and the one before where it turns out to be corrupt."""


@dataclass(frozen=True)
class Policy:
    """How long draws stay.

    Attributes:
        days: since the issue.
        monthly: whether the last edition of every month keeps them for ever.
    """

    days: int
    monthly: bool


@dataclass(frozen=True, slots=True)
class Retention:
    """An edition of the ledger, and why it keeps its draws; None where they may be removed."""

    record: IssuedEdition
    reason: str | None


def retentions(
    records: Sequence[IssuedEdition], citations: Iterable[Citation], *, today: date, policy: Policy
) -> list[Retention]:
    """What the policy says of every edition, in the order of the ledger.

    Args:
        records: of one scope.
        citations: of any.
        today: UTC.
        policy: how long draws stay.
    """
    cited = {citation.edition: citation.place for citation in citations}
    successors = {record.recalled.successor: record.id for record in records if record.recalled}
    standing = [record.id for record in records if record.recalled is None]
    last_of_month = {record.issued.strftime("%Y-%m"): record.id for record in records if record.recalled is None}
    oldest = today - timedelta(days=policy.days)

    def reason(record: IssuedEdition) -> str | None:
        if record.id in standing[-LATEST:]:
            return "it is the latest, or the one before"
        if record.id in cited:
            return f"it is cited in {cited[record.id]}"
        if record.id in successors:
            return f"it stands instead of {successors[record.id]}"
        if record.issued.date() >= oldest:
            return f"it was issued in the last {policy.days} days"
        if policy.monthly and record.id in last_of_month.values():
            return f"it is the last of {record.issued:%Y-%m}"
        return None

    return [Retention(record, reason(record)) for record in records]
