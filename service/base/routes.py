"""How a route answers: from the snapshot of the moment, once for each query, and with problems that are documented."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any, Protocol, Self, TypeVar
from urllib.parse import urlencode

import polars as pl
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.types import Scope

from data.base.errors import InvalidParameter, NotFound
from data.periods.text import excerpt
from data.periods.timestamps import rfc3339
from data.store.ledger import IssuedEdition
from projection.edition.edition import Edition
from projection.sharing.citation import citation
from service import problems
from service.base.encodings import encoded, varies, vary
from service.base.query import EachOnce, QueryModel, choice, no_query
from service.base.ranges import ACCEPTED, RangedRepresentation
from service.base.response import Cite
from service.base.tables import ROWS_MAXIMUM, FormQuery, TableQuery, chosen, write
from service.base.work import admitted
from service.cache import JSON, Representation, ResponseCache, address, dump
from service.negotiation import MEDIA_TYPES, TABLES, Form, form_by, header
from service.state import ServingState, Snapshot

EDITION_PROBLEMS = ("edition_missing", "artifact_corrupt")
"""What can go wrong where an answer is read off the edition."""
COMMON_PROBLEMS = (
    "invalid_parameter",
    "bad_request",
    "key_required",
    "key_invalid",
    "scope_missing",
    "misdirected_request",
    "limit_reached",
    "internal_error",
)
"""What can go wrong at every path."""
BODY_PROBLEMS = ("body_too_large", "request_timeout")
"""What can go wrong where a body is read."""
NO_PARAMETERS = [Depends(no_query)]
"""Dependencies of a path that takes no parameters."""


FOR_EVER = "public, max-age=31536000, immutable"
"""What is said of bytes that never change."""
NAMED = {"Cache-Control": "public, max-age=60"}
"""Headers of an answer from an edition that the request names: it stays as it is, and a recall shows in a minute."""


class EditionChoice(Protocol):
    """A query that may name an edition."""

    @property
    def edition(self) -> str | None:
        """The edition's id."""
        ...

    @property
    def issued_before(self) -> datetime | None:
        """The moment right before which the edition was served."""
        ...


class ScenarioQuery(EditionChoice, Protocol):
    """A query that names a scenario, and may name an edition."""

    @property
    def scenario(self) -> str:
        """The scenario as the query spells it."""
        ...

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """The query with other values."""
        ...


Query = TypeVar("Query", bound=ScenarioQuery)
Tabular = TypeVar("Tabular", bound=TableQuery)
Answer = TypeVar("Answer", bound=BaseModel)
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
BINARY = {Form.PARQUET, Form.ARROW}


class FormConvertor(Convertor[Form]):
    """The end of a path that names the form of a table."""

    regex = "|".join(TABLES)

    def convert(self, value: str) -> Form:
        """The form of a name."""
        return Form(value)

    def to_string(self, value: Form) -> str:
        """The name of a form."""
        return value.value


register_url_convertor("form", FormConvertor())


def api_router(tag: str, *, repeated: Sequence[str] = ()) -> APIRouter:
    """A router of the API, whose parameters may be given once, but for some."""
    return APIRouter(tags=[tag], dependencies=[Depends(EachOnce(frozenset(repeated)))])


def get_table(router: APIRouter, path: str, **about: Any) -> Callable[[Endpoint], Endpoint]:  # noqa: ANN401 - FastAPI's
    """Serve GET of a path, and its table under the same name with the ending of a form, as ``/v1/gaps.csv``."""

    def register(endpoint: Endpoint) -> Endpoint:
        # First: a name at the end of a path may hold a dot.
        router.get(f"{path}.{{form:form}}", include_in_schema=False)(endpoint)
        return router.get(path, **about)(endpoint)

    return register


async def serving_state(request: Request) -> ServingState:
    """A dependency: the state of the service."""
    state: ServingState = request.app.state.serving
    return state


State = Annotated[ServingState, Depends(serving_state)]


class Responder:
    """Answers one request.

    Attributes:
        snapshot: what it is answered from.
        public_url: the address the service is reached at from outside; blank where none is known.
    """

    def __init__(self, request: Request, snapshot: Snapshot, cache: ResponseCache, *, public_url: str = "") -> None:
        self.snapshot = snapshot
        self.public_url = public_url
        self._scope = request.scope
        self._cache = cache
        self._edition = snapshot.edition
        self._headers: Mapping[str, str] = {}

    def edition(self, query: EditionChoice) -> Edition:
        """The edition that a query names, or the one served; the answer then carries its headers.

        Raises:
            EditionMissing: none is named and none can be served.
            InvalidParameter: there is none of that name, or none that was issued by then.
            ArtifactCorrupt: the one that is named is not what was issued.
        """
        if query.edition is not None:
            return self.named(self.record("edition", query.edition))
        if query.issued_before is not None:
            return self.named(self.snapshot.named.issued_before(query.issued_before))
        return self.snapshot.required_edition()

    def record(self, parameter: str, name: str) -> IssuedEdition:
        """The ledger's entry of the edition that a parameter names; raises :class:`InvalidParameter`."""
        try:
            return self.snapshot.named.record(name)
        except NotFound as error:
            message = f"there is none named {excerpt(error.name)}"
            raise InvalidParameter(parameter, message, allowed=error.allowed) from None

    def named(self, record: IssuedEdition) -> Edition:
        """The edition of an entry of the ledger; the answer then carries its headers."""
        served = self.snapshot.edition
        if served is not None and served.id == record.id:
            edition = replace(served, withheld=(), recalled=record.recalled)
        else:
            edition = self.snapshot.named.load(record)
        self._edition, self._headers = edition, {**NAMED, **self._recall(edition)}
        return edition

    def _recall(self, edition: Edition) -> dict[str, str]:
        """Headers that say of an edition that it was recalled, and lead to its successor (RFC 5829)."""
        if edition.recalled is None:
            return {}
        headers = {"Edition-Recalled": rfc3339(edition.recalled.at)}
        if edition.recalled.successor is not None:
            # Relative to the path asked for, since a proxy may show all of them under a prefix.
            up = "../" * (self._scope["path"].count("/") - 2)
            headers["Link"] = f'<{up}editions/{edition.recalled.successor}>; rel="successor-version"'
        return headers

    def read(self, query: Query) -> tuple[Edition, Query]:
        """The edition, and the query with its scenario as the edition spells it.

        Raises:
            EditionMissing: none is named and none can be served.
            InvalidParameter: there is no such edition, or it has no such scenario.
            ArtifactCorrupt: the one that is named is not what was issued.
        """
        edition = self.edition(query)
        scenario = choice("scenario", query.scenario, edition.scenarios)
        return edition, query.model_copy(update={"scenario": scenario})

    def cite(self, query: QueryModel, edition: Edition, *, path: str | None = None) -> Cite:
        """How to cite the answer to a query: its edition, and an address that leads to the same answer for good.

        ``path`` is the one that answers it, where that is not the one asked for.
        """
        aside = {"edition", "issued_before", "format"}
        parameters = query.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=aside)
        where = f"{self.public_url}{path or self._scope['path']}"
        return Cite(
            text=citation(edition, address=self.public_url).text,
            permalink=f"{where}?{urlencode(parameters | {'edition': edition.id})}",
        )

    def answer(
        self,
        query: QueryModel | None,
        build: Callable[[], BaseModel | dict[str, Any] | bytes],
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        media_type: str = JSON,
        vary_by: Sequence[str] = (),
    ) -> Response:
        """The answer to a query of this path: as it was given out in this generation, else built and kept."""

        def representation() -> Representation:
            document = build()
            following = None if query is None else next_page(query, getattr(document, "next", None))
            return self._representation(dump(document), media_type, headers, vary_by, following)

        return self._once(query, representation)

    def table(
        self,
        query: Tabular,
        build: Callable[[Tabular], Answer],
        rows: Callable[[Answer], pl.DataFrame],
        *,
        document: Callable[[Answer], BaseModel] | None = None,
    ) -> Response:
        """The answer in the form that the path, ``format`` or ``Accept`` asks for: as JSON, or its rows.

        A table whose query has no ``limit`` goes on to :data:`ROWS_MAXIMUM` rows; where there are more, ``Link`` leads
        to the next of them.

        Args:
            query: what is asked for.
            build: makes the answer to a query.
            rows: makes its table.
            document: makes its JSON, where that is not the answer itself.

        Raises:
            InvalidParameter: the query contradicts the path, or names columns without asking for a table.
            HTTPException: 406, where the client takes none of the forms.
        """
        form = form_of(query, self._scope)
        if form is Form.JSON:
            if query.fields is not None:
                raise InvalidParameter("fields", "chooses columns of a table: ask for one with format or Accept")
            whole_document = document or (lambda answer: answer)
            return self.answer(query, lambda: whole_document(build(query)), vary_by=("Accept",))
        whole = query
        if "limit" in type(query).model_fields.keys() - query.model_fields_set:
            whole = query.model_copy(update={"limit": ROWS_MAXIMUM})

        def representation() -> Representation:
            answer = build(whole)
            body = write(chosen(rows(answer), query.fields), form)
            following = next_page(query, getattr(answer, "next", None))
            return self._representation(
                body, MEDIA_TYPES[form][0], ACCEPTED, ("Accept",), following, RangedRepresentation
            )

        return self._once(query, representation, form=form)

    def file(self, build: Callable[[], bytes], *, media_type: str, remember: bool = True) -> Response:
        """Bytes of an edition that never change, of which a part may be asked for.

        Args:
            build: makes them.
            media_type: theirs.
            remember: whether they are held for the next request, as what takes long to make should be.
        """

        def representation() -> Representation:
            return RangedRepresentation(
                build(),
                generation=self.snapshot.generation,
                prefix=self._edition.id if self._edition else "none",
                media_type=media_type,
                headers={**self._headers, "Cache-Control": FOR_EVER, **ACCEPTED},
            )

        return self._once(None, representation) if remember else representation()

    def _representation(
        self,
        body: bytes,
        media_type: str,
        headers: Mapping[str, str],
        vary_by: Sequence[str],
        following: str | None,
        kind: type[Representation] = Representation,
    ) -> Representation:
        names = [*vary_by, *(["Accept-Encoding"] if varies(body, media_type) else [])]
        links = [link for link in (self._headers.get("Link"), headers.get("Link"), following) if link]
        return kind(
            body,
            generation=self.snapshot.generation,
            prefix=self._edition.id if self._edition else "none",
            media_type=media_type,
            headers={**self._headers, **headers, **vary(*names), **({"Link": ", ".join(links)} if links else {})},
        )

    def _once(self, query: QueryModel | None, make: Callable[[], Representation], *, form: str = "") -> Response:
        """What answers a query of this path in a form: as it was given out in this generation, else made and kept."""
        generation, path = self.snapshot.generation, self._scope["path"]
        key = f"query of {path} {form}", b"" if query is None else query.model_dump_json().encode()
        representation = self._cache.make(key, generation, make)
        key, representation = encoded(representation, self._scope["headers"], self._cache, key)
        if self._scope["method"] == "GET":
            self._cache.put(address(self._scope), key)
        return representation


def form_of(query: FormQuery | TableQuery, scope: Scope) -> Form:
    """The form of the answer to a request, by its path, its query or its ``Accept``.

    Raises:
        InvalidParameter: the query contradicts the path.
        HTTPException: 406, where the client takes none of the forms.
    """
    by_path: Form | None = scope["path_params"].get("form")
    if by_path is not None and query.format not in {None, by_path}:
        raise InvalidParameter("format", f"{query.format} is not what the path ends with", allowed=[by_path])
    accept = header(scope["headers"], b"accept").decode("latin-1")
    form = by_path or (Form(query.format) if query.format else form_by(accept))
    if form is None:
        has = ", ".join(names[0] for names in MEDIA_TYPES.values())
        raise HTTPException(HTTPStatus.NOT_ACCEPTABLE, f"it has {has}, and not {excerpt(accept)}")
    return form


def next_page(query: QueryModel, cursor: str | None) -> str | None:
    """The link to the page of a list that a cursor begins (RFC 8288), relative to the path; None at the end."""
    if cursor is None:
        return None
    parameters = query.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return f'<?{urlencode(parameters | {"cursor": cursor})}>; rel="next"'


async def responder(request: Request, state: State, _: Annotated[None, Depends(admitted)]) -> Responder:
    """A dependency: answers this request."""
    return Responder(request, state.snapshot(), request.app.state.cache, public_url=state.inputs.access.public_url)


Respond = Annotated[Responder, Depends(responder)]


def documented(
    *codes: str, cached: bool = True, media_type: str | None = None, tables: bool = False
) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: its headers, and every problem it can answer with, each with an example.

    Args:
        codes: of problems beside those of every path.
        cached: whether the answer carries an ETag and may be 304, and is made by a thread that others may wait for.
        media_type: of an answer that is not JSON.
        tables: whether the answer can be had as a table.
    """
    responses: dict[int | str, dict[str, Any]] = {}
    if cached:
        tag = {"description": "Strong: edition and hash of the body.", "schema": {"type": "string"}}
        responses[200] = {"description": "OK", "headers": {"ETag": tag}}
        responses[304] = {"description": "The copy named by If-None-Match is still true."}
    if media_type is not None:
        text = {"schema": {"type": "string"}}
        responses[200] = {"description": "OK", **responses.get(200, {}), "content": {media_type: text}}
    if tables:
        octets = {"type": "string", "format": "binary"}
        responses.setdefault(200, {"description": "OK"})["content"] = {
            MEDIA_TYPES[form][0]: {"schema": octets if form in BINARY else {"type": "string"}} for form in TABLES
        }
        codes = ("not_acceptable", *codes)
    for code in (*COMMON_PROBLEMS, *(("service_busy",) if cached else ()), *codes):
        kind = problems.KINDS[code]
        content: dict[str, Any] = {problems.MEDIA_TYPE: {"examples": {}}}
        entry = {"description": kind.title, "model": problems.Problem, "content": content}
        examples = responses.setdefault(kind.status, entry)["content"][problems.MEDIA_TYPE]["examples"]
        examples[code] = problems.example(kind)
    return responses
