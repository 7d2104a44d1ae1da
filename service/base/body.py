"""Bodies of requests: read within a size, a time and a depth, as JSON."""

import asyncio
from http import HTTPStatus

import orjson
from fastapi import Request
from starlette.exceptions import HTTPException

from data.base.errors import InvalidParameter

BODY_SECONDS = 20.0
"""How long a body may take to arrive."""
DEPTH = 32
"""Lists and objects within each other that a body may have."""


async def read(request: Request, *, most: int) -> object:
    """The body of a request as JSON.

    Args:
        request: that sends it.
        most: bytes it may have.

    Raises:
        HTTPException: 413 for a longer body, 408 for one that does not arrive in time.
        InvalidParameter: it is no JSON, or nested too deeply.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _bytes(request, most)
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidParameter("body", f"is no JSON: {error}") from None
    if _deeper(content, DEPTH):
        raise InvalidParameter("body", f"has more than {DEPTH} lists and objects within each other")
    return content


async def _bytes(request: Request, most: int) -> bytes:
    length = request.headers.get("content-length", "0")
    body = b""
    if not length.isdigit() or int(length) <= most:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                break
        else:
            return body
    raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {most:,} bytes are read")


def _deeper(content: object, depth: int) -> bool:
    """Whether lists and objects stand within each other more than ``depth`` times."""
    if not isinstance(content, dict | list):
        return False
    inner = content.values() if isinstance(content, dict) else content
    return depth == 0 or any(_deeper(value, depth - 1) for value in inner)
