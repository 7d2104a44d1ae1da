"""How a route answers: from the snapshot of the moment, once for each query, and with problems that are documented."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol, Self, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from projection.edition.edition import Edition
from service import problems
from service.base.query import QueryModel, choice, each_once, no_query
from service.cache import Representation, ResponseCache, dump
from service.state import ServingState, Snapshot

EDITION_PROBLEMS = ("edition_missing", "artifact_corrupt")
"""What can go wrong where an answer is read off the edition."""
COMMON_PROBLEMS = ("invalid_parameter", "bad_request", "misdirected_request", "internal_error")
"""What can go wrong at every path."""
NO_PARAMETERS = [Depends(no_query)]
"""Dependencies of a path that takes no parameters."""


class ScenarioQuery(Protocol):
    """A query that names a scenario."""

    @property
    def scenario(self) -> str:
        """The scenario as the query spells it."""
        ...

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """The query with other values."""
        ...


Query = TypeVar("Query", bound=ScenarioQuery)


def api_router(tag: str) -> APIRouter:
    """A router of the API, whose parameters may be given once."""
    return APIRouter(tags=[tag], dependencies=[Depends(each_once)])


async def serving_state(request: Request) -> ServingState:
    """A dependency: the state of the service."""
    state: ServingState = request.app.state.serving
    return state


State = Annotated[ServingState, Depends(serving_state)]


class Responder:
    """Answers one request.

    Attributes:
        snapshot: what it is answered from.
    """

    def __init__(self, request: Request, snapshot: Snapshot, cache: ResponseCache) -> None:
        self.snapshot = snapshot
        self._scope = request.scope
        self._cache = cache

    def read(self, query: Query) -> tuple[Edition, Query]:
        """The edition, and the query with its scenario as the edition spells it.

        Raises:
            EditionMissing: none can be served.
            InvalidParameter: the edition has no such scenario.
        """
        edition = self.snapshot.required_edition()
        scenario = choice("scenario", query.scenario, edition.scenarios)
        return edition, query.model_copy(update={"scenario": scenario})

    def answer(self, query: QueryModel | None, build: Callable[[], BaseModel | dict[str, Any]]) -> Response:
        """The answer to a query of this path: as it was given out in this generation, else built and kept."""
        generation, path = self.snapshot.generation, self._scope["path"]

        def build_bytes() -> Representation:
            edition = self.snapshot.edition
            return Representation(dump(build()), generation=generation, prefix=edition.id if edition else "none")

        key = f"query of {path}", b"" if query is None else query.model_dump_json().encode()
        representation = self._cache.make(key, generation, build_bytes)
        self._cache.put((path, self._scope["query_string"]), representation)
        return representation


async def responder(request: Request, state: State) -> Responder:
    """A dependency: answers this request."""
    return Responder(request, state.snapshot(), request.app.state.cache)


Respond = Annotated[Responder, Depends(responder)]


def documented(*codes: str, cached: bool = True) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: its headers, and every problem it can answer with, each with an example.

    Args:
        codes: of problems beside those of every path.
        cached: whether the answer carries an ETag and may be 304.
    """
    responses: dict[int | str, dict[str, Any]] = {}
    if cached:
        tag = {"description": "Strong: edition and hash of the body.", "schema": {"type": "string"}}
        responses[200] = {"description": "OK", "headers": {"ETag": tag}}
        responses[304] = {"description": "The copy named by If-None-Match is still true."}
    for code in (*COMMON_PROBLEMS, *codes):
        kind = problems.KINDS[code]
        content: dict[str, Any] = {problems.MEDIA_TYPE: {"examples": {}}}
        entry = {"description": kind.title, "model": problems.Problem, "content": content}
        examples = responses.setdefault(kind.status, entry)["content"][problems.MEDIA_TYPE]["examples"]
        examples[code] = problems.example(kind)
    return responses
