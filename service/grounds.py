"""What answers rest on besides the edition: the figures and the champion, which change while the service runs."""

from collections.abc import Callable
from dataclasses import dataclass

from data.base.errors import NoChampion
from data.store.ledger import Promotion
from data.store.store import Store
from service.known import KnownSeries
from training.artifact.published import Published


@dataclass(frozen=True)
class Grounds:
    """Figures and champion as they were at one look.

    Attributes:
        store: the figures.
        published: the champion's forecasts, or the reason why there are none, as one sentence.
        mark: what changes when either does; part of every ETag's generation.
        known: the series of the store.
        promotions: the lines of the ledger of the scope served, oldest first.
    """

    store: Store
    published: Published | str
    mark: str
    known: KnownSeries
    promotions: tuple[Promotion, ...] = ()

    @classmethod
    def of(
        cls, store: Store, published: Published | str, *, mark: str = "", promotions: tuple[Promotion, ...] = ()
    ) -> "Grounds":
        """Grounds with the store's catalogue, which is described when it is first asked for."""
        return cls(store, published, mark, KnownSeries(store), promotions)

    def champion(self) -> Published:
        """The champion's forecasts; raises :class:`NoChampion` with the reason when there are none."""
        if isinstance(self.published, str):
            raise NoChampion("the ledger", reason=self.published)
        return self.published


Follow = Callable[[str], Grounds | None]
"""Given the mark that is served, the grounds there are now; None when they are the same.

Raises :class:`data.base.errors.HeadroomError` when they cannot be read.
"""


def fixed(mark: str) -> None:
    """Grounds that never change, as a test or a frozen deployment has them."""
    del mark
