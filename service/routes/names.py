"""Regions, layers, scenarios, the current edition: the names an answer is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.base.layers import LAYERS
from data.base.regions import REGIONS
from data.periods.timestamps import with_rfc3339
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Edition
from projection.inputs.assumptions import Assumptions
from service import parameters, shapes
from service.cursors import page
from service.desk import Desk
from service.openapi import documented


def _page(items: Sequence[dict[str, Any]], values: Mapping[str, str], *, key: str) -> dict[str, Any]:
    found, following = page(
        sorted(items, key=lambda entry: entry[key]),
        key=lambda entry: (entry[key],),
        query=key,
        cursor=values.get("cursor"),
        limit=parameters.limit(values),
    )
    return {"items": found, "next": following}


def regions(values: Mapping[str, str]) -> dict[str, Any]:
    """A page of regions by code."""
    items = [
        {
            "code": region.code,
            "name": region.name,
            "level": str(region.level),
            "answered": region.code in REGIONS_ANSWERED,
        }
        for region in REGIONS.values()
    ]
    return _page(items, values, key="code")


def layers(values: Mapping[str, str]) -> dict[str, Any]:
    """A page of layers by name."""
    items = [
        {
            "layer": spec.layer.value,
            "unit": spec.unit,
            "unit_kind": spec.unit_kind.value,
            "timing": spec.timing.value,
            "demand": spec.demand,
            "supply": spec.supply,
        }
        for spec in LAYERS.values()
    ]
    return _page(items, values, key="layer")


def scenarios(edition: Edition, values: Mapping[str, str]) -> dict[str, Any]:
    """A page of the edition's scenarios by name; described while the shipped assumptions are the edition's own."""
    shipped = Assumptions.shipped()
    same = shipped.sha256 == edition.manifest.get("assumptions", {}).get("sha256")
    items = []
    for name in edition.scenarios:
        known = shipped.scenarios.get(name) if same else None
        items.append(
            {
                "scenario": name,
                "title": known.title if known else None,
                "description": known.description if known else None,
            }
        )
    return _page(items, values, key="scenario")


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["names"])

    @routes.get(
        "/v1/regions",
        operation_id="listRegions",
        summary="Regions",
        **documented(
            shapes.RegionList,
            parameters=parameters.PAGE,
        ),
    )
    def list_regions(request: Request) -> Response:
        """Every region that a figure is carried for; ``answered`` marks those with gaps."""
        values = parameters.read(request, parameters.PAGE)
        return desk.give(
            request, desk.moment(), kind="regions", canonical=str(sorted(values.items())), build=lambda: regions(values)
        )

    @routes.get(
        "/v1/layers",
        operation_id="listLayers",
        summary="Layers of the gap",
        **documented(
            shapes.LayerList,
            parameters=parameters.PAGE,
        ),
    )
    def list_layers(request: Request) -> Response:
        """What can run short, in which unit, and what demand and supply mean there."""
        values = parameters.read(request, parameters.PAGE)
        return desk.give(
            request, desk.moment(), kind="layers", canonical=str(sorted(values.items())), build=lambda: layers(values)
        )

    @routes.get(
        "/v1/scenarios",
        operation_id="listScenarios",
        summary="Scenarios of the current edition",
        **documented(
            shapes.ScenarioList,
            parameters=parameters.PAGE,
            errors=("edition_missing",),
        ),
    )
    def list_scenarios(request: Request) -> Response:
        """Named sets of overrides, evaluated on the same random numbers as the base."""
        values = parameters.read(request, parameters.PAGE)
        moment = desk.moment()
        edition = moment.required()
        return desk.give(
            request,
            moment,
            kind="scenarios",
            canonical=str(sorted(values.items())),
            build=lambda: scenarios(edition, values),
        )

    @routes.get(
        "/v1/editions/current",
        operation_id="getCurrentEdition",
        summary="Manifest of the edition being served",
        **documented(shapes.Manifest, errors=("edition_missing",)),
    )
    def current(request: Request) -> Response:
        """Data vintage, code, model version, assumptions, seed, scenarios, and the hash of every file."""
        parameters.read(request, parameters.NONE)
        moment = desk.moment()
        edition = moment.required()
        manifest = with_rfc3339(dict(edition.manifest)) | {"withheld": [asdict(item) for item in edition.withheld]}
        return desk.give(request, moment, kind="manifest", canonical="", build=lambda: manifest)

    return routes
