"""Compressed answers: made once for each coding, held beside the answer they are made of.

Each has a strong ETag of its own, which ends with the hash of its bytes. What is small, or compressed already, goes out
as it is.
"""

import zlib
from collections.abc import Callable, Mapping

import brotli
from backports import zstd

from service.cache import Key, Representation, ResponseCache
from service.negotiation import MEDIA_TYPES, Coding, Form, Headers, coding_by, header

MINIMUM = 1024
"""Bytes of a body from which compressing saves a packet."""
COMPRESSED = {*MEDIA_TYPES[Form.PARQUET], "application/octet-stream"}
"""Media types whose bytes are compressed already."""
VARY = "Accept-Encoding"
GZIP = 16 + zlib.MAX_WBITS
"""Has zlib write the container of gzip, without a time stamp."""


def _gzip(body: bytes) -> bytes:
    writer = zlib.compressobj(6, wbits=GZIP)
    return writer.compress(body) + writer.flush()


# Levels at which a body of 30 kB takes about two milliseconds.
COMPRESS: Mapping[Coding, Callable[[bytes], bytes]] = {
    Coding.BROTLI: lambda body: brotli.compress(body, quality=5),
    Coding.ZSTD: lambda body: zstd.compress(body, 9),
    Coding.GZIP: _gzip,
}


def varies(body: bytes | memoryview, media_type: str) -> bool:
    """Whether an answer is compressed for those who take it so."""
    return len(body) >= MINIMUM and media_type not in COMPRESSED


def vary(*names: str) -> dict[str, str]:
    """The header that names the request headers an answer follows from, and none without any."""
    return {"Vary": ", ".join(names)} if names else {}


def encoded(
    representation: Representation, headers: Headers, cache: ResponseCache, key: Key
) -> tuple[Key, Representation]:
    """The answer in the coding that a request prefers and its key, made once; as it is where it takes none.

    Args:
        representation: as it is.
        headers: of the request.
        cache: holds what was made.
        key: of the answer as it is.
    """
    coding = coding_by(header(headers, b"accept-encoding").decode("latin-1"))
    if coding is None or not varies(representation.body, representation.media_type or ""):
        return key, representation

    def make() -> Representation:
        same = {"accept-ranges", "content-length", "content-type", "etag", "vary"}
        rest = {name.title(): value for name, value in representation.headers.items() if name not in same}
        names = [name for name in representation.headers.get("vary", "").split(", ") if name not in {"", VARY}]
        return Representation(
            COMPRESS[coding](bytes(representation.body)),
            generation=representation.generation,
            prefix=representation.headers["etag"].strip('"'),
            media_type=representation.media_type or "",
            headers={**rest, **vary(*names, VARY), "Content-Encoding": coding},
        )

    compressed = f"{coding} of {key[0]}", key[1]
    return compressed, cache.make(compressed, representation.generation, make)
