"""Bodies of requests: read within a size, a time and a depth, as JSON."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Self

import orjson
from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException

from data.base.errors import InvalidParameter
from data.periods.text import short

BODY_SECONDS = 20.0
"""How long a body may take to arrive."""
DEPTH = 32
"""Lists and objects within each other that a body may have."""


class BodyModel(BaseModel):
    """An object of a body: these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def read(cls, content: object) -> Self:
        """From decoded JSON; raises :class:`InvalidParameter` naming every field that is wrong."""
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            names = [field.alias or name for name, field in cls.model_fields.items()]
            raise InvalidParameter.of([_fault(dict(one), names) for one in error.errors(include_url=False)]) from None


def _fault(error: Mapping[str, Any], names: list[str]) -> InvalidParameter:
    path = ".".join(short(str(part)) for part in error["loc"]) or "body"
    allowed = [str(error["ctx"]["expected"])] if "expected" in error.get("ctx", {}) else []
    # Names of a part within it are not known here.
    unknown = error["type"] == "extra_forbidden" and len(error["loc"]) == 1
    return InvalidParameter(path, error["msg"], allowed=names if unknown else allowed)


async def read(request: Request, *, most: int) -> object:
    """The body of a request as JSON.

    Raises:
        HTTPException: as :func:`read_bytes` does.
        InvalidParameter: it is no JSON, or nested too deeply.
    """
    return decoded(await read_bytes(request, most=most))


async def read_bytes(request: Request, *, most: int) -> bytes:
    """The body of a request.

    Args:
        request: that sends it.
        most: bytes it may have.

    Raises:
        HTTPException: 413 for a longer body, 408 for one that does not arrive in time.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _bytes(request, most)
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None


def decoded(body: bytes) -> object:
    """The JSON of a body; raises :class:`InvalidParameter` where it is none, or nested too deeply."""
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
