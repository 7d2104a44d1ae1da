"""A request to a source, and the answer to it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from data.base.errors import SourceChanged


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


class Form(StrEnum):
    """The form a body must have; another one (an HTML page instead of a CSV file) is an error."""

    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Request:
    """One GET request.

    Attributes:
        url: public address without its query.
        form: what the body must be.
        parameters: query, without secrets.
        secrets: query parameters that are never logged, stored or put into an error.
        headers: request headers; a header that holds a secret belongs into ``secret_headers``.
        part: what of the source this is, in words a progress line can show.
    """

    url: str
    form: Form
    parameters: Mapping[str, str] = field(default_factory=_nothing)
    secrets: Mapping[str, str] = field(default_factory=_nothing, repr=False)
    headers: Mapping[str, str] = field(default_factory=_nothing)
    secret_headers: Mapping[str, str] = field(default_factory=_nothing, repr=False)
    part: str = ""

    @property
    def key(self) -> str:
        """What names this request among all: address and query, never a secret."""
        query = "&".join(f"{name}={value}" for name, value in sorted(self.parameters.items()))
        return f"{self.url}?{query}" if query else self.url


@dataclass(frozen=True, slots=True)
class Payload:
    """One answer, whole.

    Attributes:
        request: what was asked.
        body: bytes as served, after content decoding.
        retrieved: the time the answer came, UTC.
        content_type: of the answer; empty without one.
        etag: validator for the next conditional request; None without one.
        last_modified: the same as an HTTP date.
    """

    request: Request
    body: bytes = field(repr=False)
    retrieved: datetime
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None

    @property
    def sha256(self) -> str:
        """Hash of the body: equal hashes mean that nothing changed."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def day(self) -> date:
        """The day of retrieval, UTC: what ``published`` is where a source does not say when it published."""
        return self.retrieved.date()

    def text(self, *, encoding: str = "utf-8-sig") -> str:
        """The body as text; raises :class:`SourceChanged` when it is not text in that encoding."""
        try:
            return self.body.decode(encoding)
        except UnicodeDecodeError as error:
            raise SourceChanged(self.request.key, f"is not {encoding} text at byte {error.start}") from None
