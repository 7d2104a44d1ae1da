"""Bodies of HTTP answers: decompressed up to a size limit, and checked to be of the requested format."""

import html
import io
import re
import zipfile
import zlib
from typing import Final

import orjson

from data.base.errors import PayloadTruncated, SourceChanged
from data.connectors.payload import Form, Request

GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
PIECE: Final = 1024 * 1024
ZIP_START: Final = b"PK\x03\x04"
_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_TITLE_SHOWN = 80
_HEAD = 65536


class Inflater:
    """Collects a body piece by piece and undoes gzip, never holding more than ``limit`` bytes of it."""

    def __init__(self, *, compressed: bool, limit: int) -> None:
        self._inflate = zlib.decompressobj(GZIP_WINDOW) if compressed else None
        self._limit = limit
        self._buffer = bytearray()

    def take(self, piece: bytes) -> bool:
        """Add a piece; False when the body is larger than the limit. Raises EOFError when it cannot be gzip."""
        if self._inflate is None:
            self._buffer += piece
            return len(self._buffer) <= self._limit
        while piece and len(self._buffer) <= self._limit:
            if self._inflate.eof:
                # A gzip body may be several members one after the other (RFC 1952 section 2.2).
                self._inflate = zlib.decompressobj(GZIP_WINDOW)
            try:
                self._buffer += self._inflate.decompress(piece, PIECE)
            except zlib.error:
                raise EOFError("the compressed body is damaged") from None
            piece = self._inflate.unconsumed_tail or self._inflate.unused_data
        return len(self._buffer) <= self._limit

    def body(self) -> bytes:
        """The whole body. Raises EOFError when the compressed stream has not come to its end."""
        if self._inflate is not None and not self._inflate.eof:
            raise EOFError("the compressed body ends before its end")
        return bytes(self._buffer)


def examine(body: bytes, request: Request) -> None:
    """Check that a body is whole and of the form the request asks for, as far as can be seen without its meaning.

    Raises :class:`PayloadTruncated` for an empty or cut body and :class:`SourceChanged` for one of another form.
    """
    if not body.strip():
        raise PayloadTruncated(request.key, "the body is empty")
    if request.form is Form.HTML:
        return
    start = body[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    if _PAGE.match(start):
        raise SourceChanged(request.key, f"is an HTML page{_title(start)} where {request.form.value} was expected")
    if request.form is Form.JSON:
        _examine_json(body, request)
    elif request.form is Form.XLSX:
        _examine_workbook(body, request)


def _title(start: bytes) -> str:
    match = _TITLE.search(start)
    if match is None:
        return ""
    words = " ".join(html.unescape(match[1].decode("utf-8", errors="replace")).split())
    return f" titled {words[:_TITLE_SHOWN]!r}"


def _examine_json(body: bytes, request: Request) -> None:
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        opened = text[:1] in {b"{", b"["}
        closed = text[-1:] in {b"}", b"]"}
        if opened and (not closed or error.pos >= len(error.doc)):
            raise PayloadTruncated(request.key, f"the JSON ends in the middle, after {len(body)} bytes") from None
        raise SourceChanged(request.key, f"is not JSON at character {error.pos}") from None


def _examine_workbook(body: bytes, request: Request) -> None:
    if not body.startswith(ZIP_START):
        raise SourceChanged(request.key, "is not an Office Open XML workbook")
    if not zipfile.is_zipfile(io.BytesIO(body)):
        raise PayloadTruncated(request.key, f"the workbook ends before its directory, after {len(body)} bytes")
