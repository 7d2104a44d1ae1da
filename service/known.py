"""Which series there are: the store's catalogue, described once, and what the champion forecasts beside it."""

import difflib
from collections.abc import Iterable, Sequence
from functools import cached_property

from data.base.errors import NotFound
from data.catalogue.catalogue import SeriesInfo
from data.store.store import Store

CLOSE = 5
"""Close matches an unknown id is answered with."""


class KnownSeries:
    """Series of a store by id. Describing them takes a moment, so it is done when first asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def _entries(self) -> dict[str, SeriesInfo]:
        return self._store.catalogue().entries

    def all(self) -> Sequence[SeriesInfo]:
        """Every series, ascending by id."""
        return list(self._entries.values())

    def get(self, series_id: str, *, others: Iterable[str] = ()) -> SeriesInfo:
        """One series; raises :class:`NotFound` with close matches, also among ``others``, as what is allowed."""
        found = self._entries.get(series_id)
        if found is not None:
            return found
        ids = sorted({*self._entries, *others})
        close = difflib.get_close_matches(series_id.lower(), ids, n=CLOSE, cutoff=0.6)
        close = close or [name for name in ids if series_id.lower() in name][:CLOSE]
        hint = f"did you mean: {', '.join(close)}" if close else "list the known series: /v1/series"
        raise NotFound("series", series_id, allowed=close, hint=hint)
