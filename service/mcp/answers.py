"""Questions of tools to the API: an answer comes with its edition and citation, a refusal as an error that says why."""

import time
from collections.abc import Mapping
from typing import Any

import anyio
import httpx2
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

PATIENCE = 120.0
"""Seconds an evaluation is waited for."""
PAUSE = 1.0
"""Seconds between two looks at it."""
WAITING = 202

Parameters = Mapping[str, str | int | float | None]


class CitedAnswer(BaseModel):
    """What the API answers, with what has to be named beside every number of it."""

    edition: str = Field(description="The edition the numbers are of, or the one served beside figures of no edition.")
    issued: str = Field(description="When it was issued, UTC.")
    as_of: str = Field(description="The day whose figures the answer knows.")
    recalled: dict[str, Any] | None = Field(description="Why it was recalled; numbers of it are not to be used then.")
    citation: str = Field(description="To be named beside every number.")
    permalink: str = Field(description="Path of the service: of the answer, or of its edition.")
    answer: dict[str, Any] = Field(description="The answer, with units, bands by quantile level and sources.")


class Answers:
    """Asks the API by a client whose base address is that of a service."""

    def __init__(self, client: httpx2.AsyncClient, *, patience: float = PATIENCE) -> None:
        self._client, self._patience = client, patience

    async def cited(
        self, path: str, parameters: Parameters | None = None, *, edition: str | None = None
    ) -> CitedAnswer:
        """The answer with its citation; of the edition that is served where the answer is of none.

        Raises:
            ToolError: the service refuses the question, cannot be reached, or is not done in time.
        """
        answer = await self.get(path, parameters)
        name = edition or answer.get("edition") or answer.get("base_edition") or "current"
        stated = await self.get(f"/v1/editions/{name}")
        cite = answer.pop("cite", None) or stated["cite"]
        return CitedAnswer(
            edition=stated["id"],
            issued=stated["issued"],
            as_of=answer.get("as_of") or stated["data_as_of"],
            recalled=stated["recalled"],
            citation=cite["text"],
            permalink=cite["permalink"],
            answer=answer,
        )

    async def get(self, path: str, parameters: Parameters | None = None) -> dict[str, Any]:
        """The answer as it stands when it is whole; raises :class:`ToolError` like :meth:`cited`."""
        query = {name: value for name, value in (parameters or {}).items() if value is not None}
        until = time.monotonic() + self._patience
        response = await self._response(path, query)
        while response.status_code == WAITING:
            if time.monotonic() > until:
                raise ToolError(f"the answer is not whole after {self._patience:.0f} seconds; ask again in a minute")
            await anyio.sleep(PAUSE)
            response = await self._response(path, query)
        if response.is_success:
            content: dict[str, Any] = response.json()
            return content
        if response.headers.get("content-type") != "application/problem+json":
            raise ToolError(f"{self._client.base_url} answered with status {response.status_code} and no reason")
        problem = response.json()
        raise ToolError(f"{problem['code']}: {problem['detail']}")

    async def _response(self, path: str, query: Mapping[str, str | int | float]) -> httpx2.Response:
        try:
            return await self._client.get(path, params=dict(query))
        except httpx2.HTTPError as error:
            raise ToolError(f"{self._client.base_url} cannot be reached: {error}") from error
