"""``/v1/editions/{edition}/draws/…parquet``: the draws of a cell, of which a reader may take some columns."""

import io
from itertools import product
from typing import Annotated

import numpy as np
import polars as pl
from fastapi import Path
from fastapi.responses import Response

from data.base.errors import NotFound
from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Cell, Edition
from service.base.routes import NO_PARAMETERS, Respond, api_router, documented
from service.base.tables import ATTRIBUTION, attribution
from service.negotiation import MEDIA_TYPES, Form

PARQUET = MEDIA_TYPES[Form.PARQUET][0]
router = api_router("editions")


def draws(edition: Edition, cell: Cell) -> pl.DataFrame:
    """Draws of base of a cell: a row a draw, a column a quantity and period, as ``demand_2028`` or ``supply_2028Q3``.

    Raises :class:`data.base.errors.ArtifactCorrupt`, and :class:`data.base.errors.InvalidParameter` where they are
    removed.
    """
    columns: list[pl.Series] = []
    for freq in (Frequency.YEAR, Frequency.QUARTER):
        periods = edition.periods(cell, freq)
        for name in ("demand",) if cell.status is Status.PARTIAL else ("demand", "supply"):
            values = edition.draws(cell, name, periods)
            if values is not None:
                # As they were published: no digit is lost.
                exact = values.astype(np.float32)
                columns += [pl.Series(f"{name}_{one.label}", exact[:, place]) for place, one in enumerate(periods)]
    return pl.DataFrame(columns).with_row_index("draw")


def _cell(edition: Edition, name: str) -> Cell:
    for region, layer, demand in product(REGIONS_ANSWERED, Layer, DemandConcept):
        if name == f"{region}.{layer}.{demand}":
            cell = edition.cell(region, layer, demand=demand)
            if cell.status is not Status.UNAVAILABLE:
                return cell
    raise NotFound("cell", name, allowed=["US.power.wanted"], hint="/v1/coverage lists what is answered")


@router.get(
    "/v1/editions/{edition}/draws/{cell}.parquet",
    response_class=Response,
    operation_id="getCellDraws",
    summary="The draws of a cell",
    responses=documented("not_found", "artifact_corrupt", media_type=PARQUET),
    dependencies=NO_PARAMETERS,
)
def cell_draws(
    edition: str,
    cell: Annotated[str, Path(description="Region, layer and reading of demand.", examples=["US.power.wanted"])],
    respond: Respond,
) -> Response:
    """Demand and supply of the base scenario, a row a draw and a column a period; `Range` takes a part of it."""
    issue = respond.named(respond.snapshot.named.record(edition))
    about = _cell(issue, cell)

    def build() -> bytes:
        target = io.BytesIO()
        draws(issue, about).write_parquet(target, metadata={ATTRIBUTION: attribution(about.sources)})
        return target.getvalue()

    return respond.file(build, media_type=PARQUET)
