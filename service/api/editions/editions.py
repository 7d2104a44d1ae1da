"""``/v1/editions``: which editions were issued, and the manifest of each."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from data.periods.timestamps import with_rfc3339
from data.store.ledger import IssuedEdition
from projection.edition.edition import Edition
from projection.sharing.citation import citation
from service.api.gaps.gap_answer import DriverAge
from service.base.deprecation import Deprecation
from service.base.paging import PageQuery, page
from service.base.response import Cite, Recalling, ResponseModel, Stamp, Withholding, example
from service.base.routes import NO_PARAMETERS, Respond, api_router, documented
from service.state import Snapshot

SOON = "public, max-age=10"
"""How long the latest edition may be kept without asking whether there is a later one."""
CURRENT = Deprecation(since=date(2026, 12, 1), sunset=date(2027, 12, 1), successor="latest")

TEXT = example(Cite)["text"]

router = api_router("editions")


class EditionItem(ResponseModel):
    """One edition of the ledger."""

    id: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    issued: Stamp = Field(examples=["2026-11-23T12:00:00Z"])
    data_as_of: date = Field(description="The day whose knowledge it rests on.", examples=["2026-11-22"])
    model_version: str = Field(examples=["m-20261122-5f6a7b8c9d"])
    manifest_sha256: str = Field(
        description="Of what the manifest says but for the moment of issue.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    state: Literal["served", "issued", "recalled", "corrupt"] = Field(
        description="served: the latest; issued: answers when it is named; recalled: the same, and says so; corrupt: "
        "later than the one served, which is served because this one does not match its hashes.",
        examples=["served"],
    )
    recalled: Recalling


class EditionList(ResponseModel):
    """A page of editions, the last issued first."""

    items: list[EditionItem]
    next: str | None


class IdentityItem(ResponseModel):
    """One identity that was checked in the draws of an edition and held."""

    name: str = Field(examples=["energy_is_power_times_hours"])
    states: str = Field(examples=["TWh of a quarter = average GW x its hours / 1,000."])
    tolerance: float = Field(
        description="Largest relative deviation allowed, in roundings of single precision.", examples=[4.77e-07]
    )
    worst: float = Field(description="Largest relative deviation found, over all scenarios.", examples=[1.38e-07])
    scenario: str = Field(description="Of the worst.", examples=["base"])
    cell: str = Field(description="Of the worst; empty where nothing deviated.", examples=["US|energy"])
    compared: int = Field(description="Numbers compared, over all scenarios.", examples=[655360])


class CitationItem(ResponseModel):
    """How to cite an edition; one that was recalled says so."""

    text: str = Field(examples=[TEXT])
    bibtex: str = Field(examples=["@misc{e-20261122-0a1b2c3d4e,\n  author = {{Headroom}},\n}\n"])
    cff: str = Field(description="A document of the Citation File Format, YAML.", examples=["cff-version: 1.2.0\n"])
    permalink: str = Field(examples=["/v1/editions/e-20261122-0a1b2c3d4e"])


class Manifest(BaseModel):
    """The manifest of an edition: vintage, code, model, assumptions, seed, scenarios, identities and hashes."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    issued: Stamp = Field(examples=["2026-11-23T12:00:00Z"])
    data_as_of: date = Field(examples=["2026-11-22"])
    model_version: str = Field(examples=["m-20261122-5f6a7b8c9d"])
    scenarios: list[str] = Field(examples=[["base"]])
    identities: list[IdentityItem] = Field(
        description="Ties between TWh, GW, H100e and USD, and sums over regions, checked when the edition was drawn."
    )
    files: dict[str, str] = Field(
        examples=[{"cells.json": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]
    )
    withheld: Withholding
    recalled: Recalling
    cite: CitationItem
    drivers: list[DriverAge] = Field(
        description="Every driver of the projection, with the newest period it knows and its age.", examples=[[]]
    )


def edition_list(snapshot: Snapshot, query: PageQuery) -> EditionList:
    """A page of the ledger's editions by time of issue; nothing is read from disk."""
    newest_first = sorted(snapshot.recorded, key=_by_issue, reverse=True)
    rows, following = page(
        newest_first, key=_by_issue, query="editions", cursor=query.cursor, limit=query.limit, descending=True
    )
    return EditionList(items=[EditionItem.of(row, state=_state(row, snapshot)) for row in rows], next=following)


def _by_issue(record: IssuedEdition) -> tuple[str, ...]:
    return record.issued.astimezone(UTC).isoformat(timespec="microseconds"), record.id


def _state(record: IssuedEdition, snapshot: Snapshot) -> str:
    edition = snapshot.edition
    if record.recalled is not None:
        return "recalled"
    if edition is not None and record.id in {later.edition for later in edition.withheld}:
        return "corrupt"
    return "served" if edition is not None and record.id == edition.id else "issued"


def manifest(edition: Edition, *, address: str) -> dict[str, Any]:
    """The manifest, and what is known of the edition beside it; ``address`` is the service's own, for the citation."""
    facts: dict[str, Any] = with_rfc3339(dict(edition.manifest))
    return facts | {
        "withheld": [asdict(item) for item in edition.withheld],
        "recalled": with_rfc3339(asdict(edition.recalled)) if edition.recalled else None,
        "cite": asdict(citation(edition, address=address)),
        "drivers": edition.drivers,
    }


def last_modified(snapshot: Snapshot) -> Mapping[str, str]:
    """Since when the edition served is the latest: its issue or, if that came later, the recall of one after it.

    No header where it is served instead of one that is corrupt: since when is not known.
    """
    edition = snapshot.required_edition()
    recalls = {record.id: record.recalled for record in snapshot.recorded}
    moments: list[datetime] = [edition.issued]
    for later in edition.withheld:
        recall = recalls.get(later.edition)
        if recall is None:
            return {}
        moments.append(recall.at)
    return {"Last-Modified": format_datetime(max(moments).astimezone(UTC), usegmt=True)}


@router.get(
    "/v1/editions",
    response_model=EditionList,
    operation_id="listEditions",
    summary="Editions, the last issued first",
    responses=documented(),
)
def list_editions(query: Annotated[PageQuery, Query()], respond: Respond) -> Response:
    """Every edition of the ledger: when it was issued, what it rests on, and whether it was recalled."""
    snapshot = respond.snapshot
    return respond.answer(query, lambda: edition_list(snapshot, query))


@router.get(
    "/v1/editions/latest",
    response_model=Manifest,
    operation_id="getLatestEdition",
    summary="Manifest of the edition being served",
    responses=documented("edition_missing"),
    dependencies=NO_PARAMETERS,
)
def latest_edition(respond: Respond) -> Response:
    """Data vintage, code, model version, assumptions, seed, scenarios, and the hash of every file."""
    edition = respond.snapshot.required_edition()
    headers = {"Cache-Control": SOON, **last_modified(respond.snapshot)}
    return respond.answer(None, lambda: manifest(edition, address=respond.public_url), headers=headers)


@router.get(
    "/v1/editions/current",
    response_model=Manifest,
    operation_id="getCurrentEdition",
    summary="The former name of /v1/editions/latest",
    responses=CURRENT.documented(documented("edition_missing")),
    deprecated=True,
    dependencies=NO_PARAMETERS,
)
def current_edition(respond: Respond) -> Response:
    """The same as under the name it has now."""
    edition = respond.snapshot.required_edition()
    headers = {"Cache-Control": SOON, **CURRENT.headers}
    return respond.answer(None, lambda: manifest(edition, address=respond.public_url), headers=headers)


@router.get(
    "/v1/editions/{edition}",
    response_model=Manifest,
    operation_id="getEdition",
    summary="Manifest of one edition",
    responses=documented("not_found", "artifact_corrupt"),
    dependencies=NO_PARAMETERS,
)
def edition(edition: str, respond: Respond) -> Response:
    """The manifest as it was issued, and whether the edition was recalled since."""
    issue = respond.named(respond.snapshot.named.record(edition))
    return respond.answer(None, lambda: manifest(issue, address=respond.public_url))


@router.get(
    "/v1/editions/{edition}/cite",
    response_model=CitationItem,
    operation_id="citeEdition",
    summary="How to cite an edition",
    responses=documented("not_found", "artifact_corrupt"),
    dependencies=NO_PARAMETERS,
)
def cite_edition(edition: str, respond: Respond) -> Response:
    """In words, for BibTeX and as a CFF document; that it is cited is recorded by ``headroom editions cite``."""
    issue = respond.named(respond.snapshot.named.record(edition))
    return respond.answer(None, lambda: asdict(citation(issue, address=respond.public_url)))
