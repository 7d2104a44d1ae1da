"""What all questions share: answers as models and as frames, lists of several pages, and answers that take longer."""

import time
from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import httpx2
import polars as pl
from pydantic import BaseModel, ValidationError

from headroom_client.connection import Connection, Value
from headroom_client.errors import StillComputing, UnexpectedAnswer

ARROW = "application/vnd.apache.arrow.file"
LOOK_SECONDS = 0.5
"""Seconds between two looks at an answer that is worked out."""

Answer = TypeVar("Answer", bound=BaseModel)
Several = str | Sequence[str]


class Asking:
    """Asks a service.

    Args:
        connection: the service.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def frame(self, path: str, parameters: Mapping[str, Value]) -> pl.DataFrame:
        """The table of a path, all its pages one below the other."""
        frames = []
        response = await self.connection.get(path, parameters, ARROW)
        frames.append(table(response))
        while "next" in response.links:
            following = response.url.join(response.links["next"]["url"])
            response = await self.connection.get(str(following), accept=ARROW)
            frames.append(table(response))
        return pl.concat(frames)

    async def pages(self, model: type[Answer], path: str, parameters: Mapping[str, Value]) -> list[Answer]:
        """The pages of a list."""
        response = await self.connection.get(path, parameters)
        pages = [read(model, response)]
        while "next" in response.links:
            response = await self.connection.get(str(response.url.join(response.links["next"]["url"])))
            pages.append(read(model, response))
        return pages

    async def worked_out(self, path: str, parameters: Mapping[str, Value], patience: float) -> httpx2.Response:
        """The answer of a path that is 202 until it has been worked out."""
        until = time.monotonic() + patience
        response = await self.connection.get(path, parameters)
        while response.status_code == HTTPStatus.ACCEPTED:
            await self.look_later(until, str(response.url))
            response = await self.connection.get(path, parameters)
        return response

    async def look_later(self, until: float, subject: str) -> None:
        """Wait a moment; raises :class:`StillComputing` where that would be after ``until``, of the monotonic clock."""
        if time.monotonic() + LOOK_SECONDS > until:
            raise StillComputing(f"{subject} is not done yet; ask again later")
        await self.connection.transport.sleep(LOOK_SECONDS)


def named(arguments: Mapping[str, Any], *, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """The arguments of a method, by the names of the API."""
    names = {"from_": "from"}
    return {
        names.get(name, name): value
        for name, value in arguments.items()
        if name != "self" and name not in leave_out and value is not None
    }


def read(model: type[Answer], response: httpx2.Response) -> Answer:
    """An answer as a model; raises :class:`UnexpectedAnswer`."""
    try:
        return model.model_validate_json(response.content)
    except ValidationError as fault:
        raise UnexpectedAnswer(f"{response.url} answered what is no {model.__name__}: {fault}") from fault


def table(response: httpx2.Response) -> pl.DataFrame:
    """An answer as a frame; raises :class:`UnexpectedAnswer`."""
    try:
        return pl.read_ipc(response.content)
    except pl.exceptions.PolarsError as fault:
        raise UnexpectedAnswer(f"{response.url} answered what is no table: {fault}") from fault
