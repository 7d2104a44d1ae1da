"""What pages call series and sources, whose ids nobody should have to read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from data.base.shipped_tables import sources
from data.base.toml_tables import Entry, read_shipped
from data.catalogue.catalogue import SeriesInfo
from data.catalogue.registry import registry

SERIES_ID = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+){2,}")
"""What ids of series look like inside a text."""


class _File(Entry):
    names: Mapping[str, str]


NAMES: Final = read_shipped(_File, "service.pages.frame", "series_names.toml").names
"""What pages call series that are made of others, by id."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures were published; ``url`` is blank where no address is known."""

    title: str
    url: str


def series_title(series_id: str, catalogue: Mapping[str, SeriesInfo]) -> str:
    """What a series is called; its id where nobody named it."""
    if series_id in catalogue:
        return catalogue[series_id].title
    return NAMES.get(series_id, series_id)


def named(text: str, catalogue: Mapping[str, SeriesInfo]) -> str:
    """A text with the titles of series in the place of their ids."""
    return SERIES_ID.sub(lambda match: series_title(match[0], catalogue), text)


def source_of(name: str) -> Source:
    """The source of an id; what is no id is its own title."""
    return _sources().get(name) or Source(name, "")


@cache
def _sources() -> Mapping[str, Source]:
    """Every source by its id: those of the tables, and those that are read over HTTP."""
    rows = sources().select("source_id", "publisher", "title", "url").iter_rows()
    of_tables = {name: Source(f"{publisher}: {title}", url or "") for name, publisher, title, url in rows}
    return of_tables | {name: Source(line.title, line.url) for name, line in registry().items()}
