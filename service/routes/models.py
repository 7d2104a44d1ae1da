"""``/v1/models/promotions``: who was champion when, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.periods.timestamps import with_rfc3339
from data.store.ledger import Decision, Promotion
from service import parameters, shapes
from service.cursors import page
from service.desk import Desk
from service.openapi import documented

LAST = 10**12
"""More than any number of a line: keys count down from it, so that the newest line comes first."""


def _key(line: Promotion) -> tuple[str, ...]:
    return (f"{LAST - line.id:012d}",)


def item(line: Promotion) -> dict[str, Any]:
    """One decision as JSON."""
    return dict(with_rfc3339(line.told()))


def promotions(lines: Sequence[Promotion], values: Mapping[str, str]) -> dict[str, Any]:
    """A page of decisions, newest first; raises :class:`data.base.errors.InvalidParameter`."""
    kind = parameters.choice("kind", values["kind"], [kind.value for kind in Decision]) if "kind" in values else None
    items, following = page(
        sorted((line for line in lines if kind in {None, line.kind.value}), key=_key),
        key=_key,
        query=f"promotions?{kind or ''}",
        cursor=values.get("cursor"),
        limit=parameters.limit(values),
    )
    return {"items": [item(line) for line in items], "next": following}


def router(desk: Desk) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["models"])

    @routes.get(
        "/v1/models/promotions",
        operation_id="listPromotions",
        summary="Decisions about the champion",
        **documented(shapes.PromotionList, parameters=parameters.PROMOTIONS),
    )
    def listing(request: Request) -> Response:
        """The promotion ledger, newest first: promotions, rollbacks, challengers kept out, and why."""
        values = parameters.read(request, parameters.PROMOTIONS)
        moment = desk.moment()
        return desk.give(
            request,
            moment,
            kind="promotions",
            canonical=str(sorted(values.items())),
            build=lambda: promotions(moment.grounds.promotions, values),
        )

    return routes
