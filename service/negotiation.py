"""What a client takes: forms of a body by ``Accept``, codings by ``Accept-Encoding`` (RFC 9110, 12.5.1 and 12.5.3)."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

Headers = Iterable[tuple[bytes, bytes]]
LONG = 512
"""Bytes of a header beyond which its reading is not remembered."""


class Form(StrEnum):
    """A form of a body, as ``format=`` and the end of a path name it."""

    JSON = "json"
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    ARROW = "arrow"


TABLES = (Form.CSV, Form.JSONL, Form.PARQUET, Form.ARROW)
"""Forms that are a table."""
MEDIA_TYPES: Mapping[Form, Sequence[str]] = {
    Form.JSON: ("application/json",),
    Form.CSV: ("text/csv",),
    Form.JSONL: ("application/jsonl", "application/x-ndjson"),
    Form.PARQUET: ("application/vnd.apache.parquet",),
    Form.ARROW: ("application/vnd.apache.arrow.file",),
}
"""What each form is called in ``Accept``, and first in ``Content-Type``."""


class Coding(StrEnum):
    """A way to compress a body, the one that is liked best first."""

    BROTLI = "br"
    ZSTD = "zstd"
    GZIP = "gzip"


def weights(header: str) -> dict[str, float]:
    """The parts of a header with their weights; what cannot be read as a weight counts as 1.

    >>> weights("text/csv, application/json;q=0.5")
    {'text/csv': 1.0, 'application/json': 0.5}
    """
    parts: dict[str, float] = {}
    for part in filter(None, map(str.strip, header.lower().split(","))):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        parts[name] = next((_weight(text[2:]) for text in parameters if text.startswith("q=")), 1.0)
    return parts


def _weight(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 1.0


def form_by(accept: str) -> Form | None:
    """The form that a header prefers, the first listed of those it likes alike; None where it takes none.

    >>> form_by("text/csv;q=0.9, */*;q=0.1"), form_by("text/html, */*"), form_by("image/png")
    (<Form.CSV: 'csv'>, <Form.JSON: 'json'>, None)
    """
    ranges = weights(accept)
    if not ranges:
        return Form.JSON

    def liking(form: Form) -> float:
        names = MEDIA_TYPES[form]
        exact = [ranges[name] for name in names if name in ranges]
        # The more exact of two ranges counts.
        return max(exact) if exact else ranges.get(f"{names[0].split('/')[0]}/*", ranges.get("*/*", 0.0))

    best = max(Form, key=liking)
    return best if liking(best) > 0 else None


def coding_by(accept_encoding: str) -> Coding | None:
    """The coding that a header prefers; None for the bytes as they are, which every client takes.

    >>> coding_by("gzip, br;q=0.5"), coding_by("*"), coding_by("gzip;q=0, identity")
    (<Coding.GZIP: 'gzip'>, <Coding.BROTLI: 'br'>, None)
    """
    codings = weights(accept_encoding)
    best = max(Coding, key=lambda coding: codings.get(coding, codings.get("*", 0.0)))
    weight = codings.get(best, codings.get("*", 0.0))
    return best if weight > 0 and weight >= codings.get("identity", 0.0) else None


def header(headers: Headers, wanted: bytes) -> bytes:
    """A header of a request, which may come in several lines; blank where it is not there."""
    return b",".join(value for name, value in headers if name == wanted)


def variant(headers: Headers) -> bytes:
    """What tells the answers of one address apart by the headers of a request; blank for JSON as it is."""
    accept = accept_encoding = b""
    for name, value in headers:
        if name == b"accept":
            accept = accept + b"," + value if accept else value
        elif name == b"accept-encoding":
            accept_encoding = accept_encoding + b"," + value if accept_encoding else value
    read = _remembered if len(accept) + len(accept_encoding) <= LONG else _variant
    return read(accept, accept_encoding)


def _variant(accept: bytes, accept_encoding: bytes) -> bytes:
    form, coding = form_by(accept.decode("latin-1")), coding_by(accept_encoding.decode("latin-1"))
    parts = [] if form is Form.JSON else [form or "none"]
    return "".join(f"\x00{part}" for part in [*parts, *([coding] if coding else [])]).encode()


_remembered = lru_cache(256)(_variant)
