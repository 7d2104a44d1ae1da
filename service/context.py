"""What the service is given to answer from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from data.store.ledger import Promotion
from data.store.store import Store
from projection.third_party.own_entries import Own
from service.access.rules import AccessRules
from service.editions import EditionHolder
from service.grounds import Follow, fixed
from training.artifact.published import Published


def utc_now() -> datetime:
    """The moment it is, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """Everything a serving process reads; nothing here is read from the environment.

    Attributes:
        store: the figures at the start.
        editions: which edition is served now.
        published: the champion's forecasts at the start, or the reason why there are none, as one sentence.
        assets: folder that holds what :func:`service.pages.assets.build` wrote.
        clock: the moment it is, UTC; decides what ``as_of`` means when it is left out.
        mark: of the figures and the champion at the start, as ``follow`` compares it.
        promotions: the lines of the promotion ledger at the start, oldest first.
        own: entries of our editions on the scoreboard, read when first asked for.
        access: under which names and behind which proxies it may be reached.
        follow: tells newer figures and a newer champion than those, while the service runs.
    """

    store: Store
    editions: EditionHolder
    published: Published | str
    assets: Path
    clock: Callable[[], datetime] = utc_now
    mark: str = ""
    follow: Follow = fixed
    promotions: tuple[Promotion, ...] = ()
    own: Callable[[], Own] = Own
    access: AccessRules = field(default_factory=AccessRules)
