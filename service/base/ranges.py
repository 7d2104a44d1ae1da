"""Parts of a body by ``Range`` (RFC 9110, 14), for readers that take some columns of a large file."""

import re

from starlette.types import Message, Scope

from service.cache import Representation

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
ACCEPTED = {"Accept-Ranges": "bytes"}
"""Header of an answer that can be had in parts."""


class RangedRepresentation(Representation):
    """A representation of which one part may be asked for; several at once are answered with the whole."""

    def messages(self, scope: Scope) -> tuple[Message, Message]:
        """Start and body of the whole, of the part that is asked for (206), or of none where there is not (416)."""
        headers = dict(scope["headers"])
        match = RANGE.fullmatch(headers.get(b"range", b"").decode("latin-1").strip())
        other = headers.get(b"if-range", b"") not in {b"", self.headers["etag"].encode()}
        whole = other or b"if-none-match" in headers or scope.get("head", False)
        if whole or match is None or match[0] == "bytes=-":
            return super().messages(scope)
        size = len(self.body)
        first, last = _ends(match[1], match[2], size)
        if first > last:
            return self._part(416, f"bytes */{size}", b"")
        return self._part(206, f"bytes {first}-{last}/{size}", bytes(self.body[first : last + 1]))

    def _part(self, status: int, content_range: str, body: bytes) -> tuple[Message, Message]:
        headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
        about = [(b"content-range", content_range.encode()), (b"content-length", str(len(body)).encode())]
        start = {"type": "http.response.start", "status": status, "headers": (*headers, *about)}
        return start, {"type": "http.response.body", "body": body}


def _ends(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte of a part; the first lies behind the last where there is none.

    >>> _ends("", "10", 100), _ends("90", "", 100), _ends("100", "", 100)
    ((90, 99), (90, 99), (100, 99))
    """
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
