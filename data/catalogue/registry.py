"""The registry of sources: publisher, terms, how it is read, and whether the parser was tested on a real file."""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from data.base.errors import NotFound, TableCorrupt
from data.base.shipped_tables import TABLES


class Redistribution(StrEnum):
    """What of a source may be passed on."""

    YES = "yes"
    NO = "no"
    FIGURES_ONLY = "figures_only"


class PublishedMeans(StrEnum):
    """What ``published`` of a source's rows is."""

    PRINTED = "printed"
    RETRIEVAL = "retrieval"


class Verified(StrEnum):
    """What a parser was tested against."""

    REAL_FILE = "real_file"
    DOCUMENTED_FORMAT = "documented_format"
    NONE = "none"


class Standing(StrEnum):
    """Whether a source can be read by a program."""

    CONNECTED = "connected"
    MANUAL = "manual"
    NO_STABLE_ADDRESS = "no_stable_address"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Source:
    """One line of the registry.

    Attributes:
        redistributable: ``figures_only``: single figures may be cited, files may not be passed on.
        attribution: the line to print beside its figures.
        cadence: how often it publishes, in words.
        release_lag_days: days from the end of a period to its publication; None where there is no rule.
        key_setting: setting that holds the key it asks for; empty when it asks for none.
        revision_limit: largest relative revision that is let in without a person's word.
        note: what else a reader has to know; for a closed source, why it cannot be had.
    """

    name: str
    title: str
    publisher: str
    url: str
    licence: str
    redistributable: Redistribution
    attribution: str
    cadence: str
    release_lag_days: int | None
    published_means: PublishedMeans
    key_setting: str
    verified: Verified
    status: Standing
    revision_limit: float
    note: str


@cache
def registry() -> dict[str, Source]:
    """Every source by name; raises :class:`TableCorrupt`."""
    with (TABLES / "registry.csv").open(newline="", encoding="utf-8") as handle:
        lines = list(csv.DictReader(handle))
    sources: dict[str, Source] = {}
    for number, line in enumerate(lines, start=2):
        try:
            sources[line["source"]] = _source(line)
        except (KeyError, ValueError) as error:
            raise TableCorrupt("registry", f"row {number}: {error}") from None
    return sources


def source(name: str) -> Source:
    """The source of that name; raises :class:`NotFound`."""
    try:
        return registry()[name]
    except KeyError:
        names = [one.name for one in registry().values() if one.status is Standing.CONNECTED]
        raise NotFound("source", name, allowed=names) from None


def connected() -> tuple[Source, ...]:
    """Every source a connector reads, by name."""
    return tuple(one for one in registry().values() if one.status is Standing.CONNECTED)


def _source(line: dict[str, str]) -> Source:
    return Source(
        name=line["source"],
        title=line["title"],
        publisher=line["publisher"],
        url=line["url"],
        licence=line["licence"],
        redistributable=Redistribution(line["redistributable"]),
        attribution=line["attribution"],
        cadence=line["cadence"],
        release_lag_days=int(line["release_lag_days"]) if line["release_lag_days"] else None,
        published_means=PublishedMeans(line["published_means"]),
        key_setting=line["key_setting"],
        verified=Verified(line["verified"]),
        status=Standing(line["status"]),
        revision_limit=float(line["revision_limit"]),
        note=line["note"],
    )
