"""``/v1/webhooks``: addresses that get events, for those with a key of the scope admin."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field, ValidationError

from data.base.errors import InvalidParameter, NotFound
from service.access.control import require
from service.access.keys import KeyScope
from service.api.operation.jobs import DATABASE_PROBLEMS, LARGEST, NO_STORE
from service.base import body
from service.base.contract import KEYED
from service.base.database import Database
from service.base.paging import LIMIT_DEFAULT, Limit
from service.base.query import QueryModel, fault
from service.base.response import ResponseModel, Stamp
from service.base.routes import BODY_PROBLEMS, NO_PARAMETERS, State, api_router, documented
from service.cache import JSON, dump
from service.events.deliveries import Deliveries, DeliveryLine
from service.events.events import Delivery, Kind
from service.events.webhooks import Webhook, Webhooks, sender

BODY_BYTES = 4096
URL_LENGTH = 2000
ADMIN = KeyScope.ADMIN


async def administrator(request: Request) -> str:
    """A dependency: who asks, whose key is of the scope admin; from this machine too."""
    return require(request, ADMIN, local=False)


Administrator = Annotated[str, Depends(administrator)]
router = api_router("events")


class NewWebhook(ResponseModel):
    """An address that is to get events."""

    url: str = Field(max_length=URL_LENGTH, description="An https URL.", examples=["https://example.org/hook"])
    events: list[Kind] = Field(
        default_factory=lambda: list(Kind),
        min_length=1,
        max_length=len(Kind),
        description="Kinds of events it gets; all where none is named.",
        examples=[["edition.published"]],
    )


class WebhookItem(ResponseModel):
    """One webhook, without its secret."""

    id: int = Field(description="Number of the webhook.", examples=[3])
    url: str = Field(description="Where events are sent.", examples=["https://example.org/hook"])
    events: list[Kind] = Field(description="Kinds of events it gets.", examples=[["edition.published"]])
    created: Stamp = Field(description="When it was added.", examples=["2026-12-01T05:10:00Z"])
    actor: str = Field(description="Who added it.", examples=["key ops (0a1b2c3d)"])


class AddedWebhook(WebhookItem):
    """A webhook that was just added, with the secret that its messages are signed with, shown this once."""

    secret: str = Field(description="Verifies messages (Standard Webhooks).", examples=["whsec_c2VjcmV0"])


class WebhookList(ResponseModel):
    """Every webhook that was not removed, oldest first."""

    items: list[WebhookItem] = Field(description="The webhooks.")


class DeliveryItem(ResponseModel):
    """What became of one event on its way to a webhook."""

    id: int = Field(description="Number of the delivery.", examples=[41])
    webhook: int = Field(description="Number of the webhook.", examples=[3])
    event: int = Field(description="Number of the event.", examples=[17])
    kind: Kind = Field(description="Kind of the event.", examples=["edition.published"])
    state: Delivery = Field(description="Whether it arrived, is tried again, or was given up.", examples=["delivered"])
    attempts: int = Field(description="How often it was sent.", examples=[1])
    not_before: Stamp = Field(description="Earliest next attempt.", examples=["2026-12-01T05:45:00Z"])
    finished: Stamp | None = Field(description="When it arrived or was given up.", examples=["2026-12-01T05:40:02Z"])
    status: int | None = Field(description="Status of the last answer.", examples=[200])
    error: str | None = Field(description="Why the last attempt failed.", examples=[None])


class DeliveryList(ResponseModel):
    """Deliveries, newest first."""

    items: list[DeliveryItem] = Field(description="The deliveries.")


class DeliveryQuery(QueryModel):
    """How many deliveries."""

    limit: Limit = LIMIT_DEFAULT


Number = Annotated[str, Path(description="Number of the webhook.", examples=["3"])]


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:11]) > LARGEST:
        raise NotFound("webhook", text, hint="/v1/webhooks lists those there are")
    return int(text)


def _facts(webhook: Webhook) -> Mapping[str, Any]:
    return {"events": webhook.kinds}


def _answer(document: ResponseModel, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(dump(document), status_code=status, media_type=JSON, headers=NO_STORE | (headers or {}))


@router.get(
    "/v1/webhooks",
    response_model=WebhookList,
    operation_id="listWebhooks",
    openapi_extra=KEYED,
    summary="Addresses that get events",
    responses=documented(*DATABASE_PROBLEMS, cached=False),
    dependencies=NO_PARAMETERS,
)
async def list_webhooks(database: Database, actor: Administrator) -> Response:
    """Every webhook, without its secret."""
    del actor
    webhooks = await database.ask(lambda engine: Webhooks(engine).webhooks())
    return _answer(WebhookList(items=[WebhookItem.of(_facts(webhook), webhook) for webhook in webhooks]))


@router.post(
    "/v1/webhooks",
    response_model=AddedWebhook,
    status_code=201,
    operation_id="createWebhook",
    summary="Add an address that gets events",
    responses=documented(*BODY_PROBLEMS, *DATABASE_PROBLEMS, cached=False),
    openapi_extra=KEYED
    | {"requestBody": {"required": True, "content": {JSON: {"schema": NewWebhook.model_json_schema()}}}},
    dependencies=NO_PARAMETERS,
)
async def create_webhook(request: Request, state: State, database: Database, actor: Administrator) -> Response:
    """Add a webhook: it gets the events from now on. Its secret is in this answer and in no other."""
    try:
        new = NewWebhook.model_validate(await body.read(request, most=BODY_BYTES))
    except ValidationError as error:
        raise InvalidParameter.of([fault(dict(one)) for one in error.errors(include_url=False)]) from None
    allowed = state.inputs.webhook_networks
    webhook = await database.ask(
        lambda engine: Webhooks(engine, allowed=allowed).add(new.url, kinds=new.events, actor=actor)
    )
    # Relative to the path asked for: a proxy may show all of them under a prefix.
    location = {"Location": f"webhooks/{webhook.id}"}
    return _answer(AddedWebhook.of(_facts(webhook), webhook), status=201, headers=location)


@router.delete(
    "/v1/webhooks/{webhook}",
    response_model=None,
    status_code=204,
    operation_id="deleteWebhook",
    openapi_extra=KEYED,
    summary="Remove a webhook",
    responses=documented("not_found", *DATABASE_PROBLEMS, cached=False),
    dependencies=NO_PARAMETERS,
)
async def delete_webhook(webhook: Number, database: Database, actor: Administrator) -> Response:
    """Send it nothing more; its deliveries stay to be read."""
    del actor
    number = _number(webhook)
    await database.ask(lambda engine: Webhooks(engine).remove(number))
    return Response(status_code=204, headers=NO_STORE)


@router.get(
    "/v1/webhooks/{webhook}/deliveries",
    response_model=DeliveryList,
    operation_id="listDeliveries",
    openapi_extra=KEYED,
    summary="What was sent to a webhook",
    responses=documented("not_found", *DATABASE_PROBLEMS, cached=False),
)
async def list_deliveries(
    webhook: Number, query: Annotated[DeliveryQuery, Query()], database: Database, actor: Administrator
) -> Response:
    """The last deliveries, newest first: how often each was sent, with what answer, and when it is tried again."""
    del actor
    lines = await database.ask(partial(_lines, number=_number(webhook), limit=query.limit))
    return _answer(DeliveryList(items=[DeliveryItem.of(line) for line in lines]))


def _lines(engine: Any, *, number: int, limit: int) -> tuple[DeliveryLine, ...]:  # noqa: ANN401 - an engine
    return Deliveries(engine, sender(())).lines(number, limit=limit)
