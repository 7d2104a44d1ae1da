"""``/v1/designers``: what designers of accelerators shipped, in chips and in compute, side by side."""

from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.periods.period import Frequency
from features.chips.designers import designers
from service.base.paging import PageQuery, page
from service.base.response import Number, ResponseModel
from service.base.routes import Respond, api_router, documented
from service.state import Snapshot

router = api_router("names")


class DesignerItem(ResponseModel):
    """What one designer of accelerators shipped over its last counted year: quantity against quality."""

    designer: str = Field(examples=["huawei_ascend"])
    region: str = Field(description="Where its series stand; chips of CN stay in China.", examples=["CN"])
    last: str = Field(description="Last counted quarter.", examples=["2025Q4"])
    quarters: int = Field(description="Quarters the sums hold; four where so many are counted.", examples=[4])
    units: Number = Field(description="Chips.", examples=[800000.0])
    h100e: Number = Field(description="H100 equivalents, dense 8-bit.", examples=[527856.0])
    h100e_per_unit: Number = Field(examples=[0.66])
    watts_per_h100e: Number = Field(description="Chip TDP for the compute of one H100, W.", examples=[947.0])
    newest_at_16_bit: Number = Field(
        description="H100e at 16 bit over H100e at 8 bit of the newest chip specified.", examples=[1.0]
    )


class DesignerList(ResponseModel):
    """A page of designers."""

    freq: Literal["Q"] = Field(examples=["Q"])
    items: list[DesignerItem]
    next: str | None


def answer(snapshot: Snapshot, query: PageQuery) -> DesignerList:
    """A page of designers by name, as known today; raises :class:`data.base.errors.InvalidParameter`."""
    designer_items = [
        DesignerItem.of(designer, designer=designer.name, last=designer.last.label)
        for designer in designers(snapshot.view)
    ]
    items, following = page(
        sorted(designer_items, key=lambda item: item.designer),
        key=lambda item: (item.designer,),
        query="designer",
        cursor=query.cursor,
        limit=query.limit,
    )
    return DesignerList(freq=Frequency.QUARTER.value, items=items, next=following)


@router.get(
    "/v1/designers",
    response_model=DesignerList,
    operation_id="listDesigners",
    summary="Designers of accelerators side by side",
    responses=documented(),
)
def list_designers(query: Annotated[PageQuery, Query()], respond: Respond) -> Response:
    """Units, H100 equivalents, compute per unit and watts per compute over the last four counted quarters."""
    return respond.answer(query, lambda: answer(respond.snapshot, query))
