"""Designers of accelerators side by side: quantity, compute and watts."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.periods.period import Frequency
from features.chips.designers import designers
from features.view import View
from service import parameters, shapes
from service.answers import rounded
from service.cursors import page
from service.desk import Desk, Moment
from service.openapi import documented


def listed(moment: Moment, values: dict[str, str]) -> dict[str, Any]:
    """A page of designers by name, as counted today."""
    store = moment.grounds.store
    items: list[dict[str, Any]] = [
        {
            "designer": item.name,
            "region": item.region,
            "last": item.last.label,
            "quarters": item.quarters,
            "units": rounded(item.units),
            "h100e": rounded(item.h100e),
            "h100e_per_unit": rounded(item.h100e_per_unit),
            "watts_per_h100e": rounded(item.watts_per_h100e),
            "newest_at_16_bit": rounded(item.newest_at_16_bit),
        }
        for item in designers(View.of(store, as_of=moment.today), store.accelerators)
    ]
    found, following = page(
        sorted(items, key=lambda entry: str(entry["designer"])),
        key=lambda entry: (entry["designer"],),
        query="designer",
        cursor=values.get("cursor"),
        limit=parameters.limit(values),
    )
    return {"freq": Frequency.QUARTER.value, "items": found, "next": following}


def router(desk: Desk) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["names"])

    @routes.get(
        "/v1/designers",
        operation_id="listDesigners",
        summary="Designers of accelerators side by side",
        **documented(shapes.DesignerList, parameters=parameters.PAGE),
    )
    def list_designers(request: Request) -> Response:
        """Units, H100 equivalents, compute per unit and watts per compute over the last four counted quarters."""
        values = parameters.read(request, parameters.PAGE)
        moment = desk.moment()
        return desk.give(
            request,
            moment,
            kind="designers",
            canonical=str(sorted(values.items())),
            build=lambda: listed(moment, values),
        )

    return routes
