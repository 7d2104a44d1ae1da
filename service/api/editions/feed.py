"""``/v1/editions.atom``: what was published and recalled, as a feed (RFC 4287)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree as ET

from fastapi.responses import Response

from data.periods.timestamps import rfc3339
from data.store.ledger import IssuedEdition
from projection.sharing.citation import PUBLISHER, TITLE
from service.base.routes import NO_PARAMETERS, Respond, api_router, documented

ATOM = "application/atom+xml"
NAMESPACE = "http://www.w3.org/2005/Atom"
ENTRIES = 100
"""Newest entries in the feed."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries was updated."""
ET.register_namespace("", NAMESPACE)

router = api_router("editions")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: an edition was published, or recalled.

    Attributes:
        key: of what it is about, the same on every server.
        edition: the edition's id, to which the entry leads.
        term: the event in one word.
    """

    key: UUID
    edition: str
    term: str
    title: str
    summary: str
    updated: datetime


def entries(records: Sequence[IssuedEdition]) -> list[Entry]:
    """Events of the ledger, the last first."""
    return sorted(_entries(records), key=lambda entry: (entry.updated, entry.term, entry.edition), reverse=True)


def _entries(records: Sequence[IssuedEdition]) -> Iterator[Entry]:
    for record in records:
        about = f"headroom edition {record.id} {record.manifest_sha256}"
        basis = f"Figures known on {record.data_as_of}, model {record.model_version}."
        title = f"Edition {record.id}"
        yield Entry(uuid5(NAMESPACE_URL, about), record.id, "published", title, basis, record.issued)
        if record.recalled is not None:
            successor = record.recalled.successor
            instead = f" Use {successor} instead." if successor else ""
            yield Entry(
                uuid5(NAMESPACE_URL, f"{about} recalled"),
                record.id,
                "recalled",
                f"Edition {record.id} is recalled",
                f"{record.recalled.reason.rstrip('.')}.{instead}",
                record.recalled.at,
            )


def feed(records: Sequence[IssuedEdition], *, address: str = "") -> bytes:
    """The feed's document; its links are relative to where it was read, its ids are not.

    Args:
        records: the ledger's entries.
        address: where the service is reached from outside, which makes the id of the feed; blank where it is not known.
    """
    newest = entries(records)[:ENTRIES]
    root = ET.Element(f"{{{NAMESPACE}}}feed")
    _add(root, "id", uuid5(NAMESPACE_URL, f"{address}/v1/editions.atom").urn)
    _add(root, "title", f"{PUBLISHER}: editions")
    _add(root, "subtitle", TITLE)
    _add(root, "updated", rfc3339(newest[0].updated if newest else NEVER))
    _add(_add(root, "author"), "name", PUBLISHER)
    _add(root, "link", rel="self", type=ATOM, href="editions.atom")
    for entry in newest:
        item = _add(root, "entry")
        _add(item, "id", entry.key.urn)
        _add(item, "title", entry.title)
        _add(item, "updated", rfc3339(entry.updated))
        _add(item, "category", term=entry.term)
        _add(item, "link", rel="alternate", type="application/json", href=f"editions/{entry.edition}")
        _add(item, "summary", entry.summary)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text
    return element


@router.get(
    "/v1/editions.atom",
    response_class=Response,
    operation_id="getEditionFeed",
    summary="A feed of editions and recalls",
    responses=documented(media_type=ATOM),
    dependencies=NO_PARAMETERS,
)
def edition_feed(respond: Respond) -> Response:
    """What was published and recalled, the last first, for readers of feeds and for whoever waits for news."""
    records, address = respond.snapshot.recorded, respond.public_url
    return respond.answer(None, lambda: feed(records, address=address), media_type=ATOM)
