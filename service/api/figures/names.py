"""``/v1/regions``, ``/v1/layers``: the names an answer is made of."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import LAYERS
from data.base.regions import REGIONS
from projection.cells.cells import REGIONS_ANSWERED
from service.base.paging import PageQuery, page
from service.base.response import ResponseModel
from service.base.routes import Respond, api_router, documented

router = api_router("names")

Item = TypeVar("Item", bound=ResponseModel)


class RegionItem(ResponseModel):
    """One region; ``answered`` says whether gaps are computed for it."""

    code: str = Field(examples=["US"])
    name: str = Field(examples=["United States"])
    level: str = Field(examples=["country"])
    answered: bool = Field(examples=[True])


class RegionList(ResponseModel):
    """A page of regions."""

    items: list[RegionItem]
    next: str | None


class LayerItem(ResponseModel):
    """One layer, with the unit it is answered in and what demand and supply mean."""

    layer: str = Field(examples=["power"])
    unit: str = Field(examples=["GW"])
    unit_kind: str = Field(examples=["facility_peak"])
    timing: str = Field(examples=["end"])
    demand: str = Field(examples=["peak facility draw of the equipment: chips and other IT, times PUE"])
    supply: str = Field(examples=["operating sites and the pipeline after plan realisation, times peak over nameplate"])


class LayerList(ResponseModel):
    """A page of layers."""

    items: list[LayerItem]
    next: str | None


def _page(
    items: Sequence[Item], query: PageQuery, *, name: str, key: Callable[[Item], str]
) -> tuple[list[Item], str | None]:
    """The items by name."""
    return page(
        sorted(items, key=key), key=lambda item: (key(item),), query=name, cursor=query.cursor, limit=query.limit
    )


def regions(query: PageQuery) -> RegionList:
    """A page of regions by code."""
    region_items = [RegionItem.of(region, answered=region.code in REGIONS_ANSWERED) for region in REGIONS.values()]
    items, following = _page(region_items, query, name="code", key=lambda item: item.code)
    return RegionList(items=items, next=following)


def layers(query: PageQuery) -> LayerList:
    """A page of layers by name."""
    layer_items = [LayerItem.of(spec) for spec in LAYERS.values()]
    items, following = _page(layer_items, query, name="layer", key=lambda item: item.layer)
    return LayerList(items=items, next=following)


@router.get(
    "/v1/regions", response_model=RegionList, operation_id="listRegions", summary="Regions", responses=documented()
)
def list_regions(query: Annotated[PageQuery, Query()], respond: Respond) -> Response:
    """Every region that a figure is carried for; ``answered`` marks those with gaps."""
    return respond.answer(query, lambda: regions(query))


@router.get(
    "/v1/layers",
    response_model=LayerList,
    operation_id="listLayers",
    summary="Layers of the gap",
    responses=documented(),
)
def list_layers(query: Annotated[PageQuery, Query()], respond: Respond) -> Response:
    """What can run short, in which unit, and what demand and supply mean there."""
    return respond.answer(query, lambda: layers(query))
