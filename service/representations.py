"""What is sent: bytes with a strong ETag, kept in bounded least-recently-used caches."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

import orjson

JSON = "application/json"
REVALIDATE = "public, no-cache"
"""Keep it, but ask before use: freshness follows the edition, not a timer."""

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Representation:
    """A body with its headers, ready for ASGI; ``generation`` names the state of the house it was made in."""

    body: bytes
    etag: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    generation: str

    @classmethod
    def make(
        cls,
        body: bytes,
        *,
        generation: str,
        prefix: str = "",
        media_type: str = JSON,
        cache: str = REVALIDATE,
        extra: tuple[tuple[str, str], ...] = (),
    ) -> "Representation":
        """Tag the body: the ETag is the prefix (an edition id) and the body's hash, so equal tags mean equal bytes."""
        digest = hashlib.sha256(body).hexdigest()[:20]
        etag = f'"{prefix}-{digest}"' if prefix else f'"{digest}"'
        pairs = (
            ("content-type", media_type),
            ("content-length", str(len(body))),
            ("etag", etag),
            ("cache-control", cache),
            ("x-content-type-options", "nosniff"),
            *extra,
        )
        headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs)
        return cls(body, etag.encode("latin-1"), headers, generation)

    def matches(self, if_none_match: bytes) -> bool:
        """Whether the client's copy is this one (RFC 9110, 13.1.2: weak comparison, ``*`` matches)."""
        if if_none_match == self.etag:
            return True
        tags = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
        return b"*" in tags or self.etag in tags

    @property
    def headers_304(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers without those of the absent body."""
        return tuple(pair for pair in self.headers if pair[0] not in {b"content-length", b"content-type"})


def dump(document: Any) -> bytes:  # noqa: ANN401 - any JSON document
    """JSON bytes, keys in the order given."""
    return orjson.dumps(document)


class Shelf(Generic[Key]):
    """A least-recently-used map bounded in entries and bytes; safe between threads.

    Entries of an older generation count as absent, so a slow writer cannot bring an old edition back.
    """

    def __init__(self, *, entries: int = 4096, size: int = 64 * 2**20) -> None:
        self._entries = entries
        self._size = size
        self._held = 0
        self._map: OrderedDict[Key, Representation] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._map)

    def get(self, key: Key, generation: str) -> Representation | None:
        """The entry of this generation, or None."""
        with self._lock:
            found = self._map.get(key)
            if found is None:
                return None
            if found.generation != generation:
                del self._map[key]
                self._held -= len(found.body)
                return None
            self._map.move_to_end(key)
            return found

    def put(self, key: Key, value: Representation) -> None:
        """Keep the entry, dropping the least recently used beyond the bounds."""
        with self._lock:
            old = self._map.pop(key, None)
            self._held += len(value.body) - (len(old.body) if old else 0)
            self._map[key] = value
            while self._map and (len(self._map) > self._entries or self._held > self._size):
                _, dropped = self._map.popitem(last=False)
                self._held -= len(dropped.body)
