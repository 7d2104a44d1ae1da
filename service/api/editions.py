"""``/v1/editions/current``: the manifest of the edition behind every answer."""

from dataclasses import asdict

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from data.periods.timestamps import with_rfc3339
from service.api.gap_answer import DriverAge
from service.base.response import ResponseModel, Withholding
from service.base.routes import NO_PARAMETERS, Respond, api_router, documented

router = api_router("names")


class IdentityItem(ResponseModel):
    """One identity that was checked in the draws of an edition and held."""

    name: str = Field(examples=["energy_is_power_times_hours"])
    states: str = Field(examples=["TWh of a quarter = average GW x its hours / 1,000."])
    tolerance: float = Field(
        description="Largest relative deviation allowed, in roundings of single precision.", examples=[4.77e-07]
    )
    worst: float = Field(description="Largest relative deviation found, over all scenarios.", examples=[1.38e-07])
    scenario: str = Field(description="Of the worst.", examples=["base"])
    cell: str = Field(description="Of the worst; empty where nothing deviated.", examples=["US|energy"])
    compared: int = Field(description="Numbers compared, over all scenarios.", examples=[655360])


class Manifest(BaseModel):
    """The manifest of an edition: vintage, code, model, assumptions, seed, scenarios, identities and hashes."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    issued: str = Field(examples=["2026-11-23T12:00:00Z"])
    data_as_of: str = Field(examples=["2026-11-22"])
    model_version: str = Field(examples=["m-20261122-5f6a7b8c9d"])
    scenarios: list[str] = Field(examples=[["base"]])
    identities: list[IdentityItem] = Field(
        description="Ties between TWh, GW, H100e and USD, and sums over regions, checked when the edition was drawn."
    )
    files: dict[str, str] = Field(
        examples=[{"cells.json": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]
    )
    withheld: Withholding
    drivers: list[DriverAge] = Field(
        description="Every driver of the projection, with the newest period it knows and its age.", examples=[[]]
    )


@router.get(
    "/v1/editions/current",
    response_model=Manifest,
    operation_id="getCurrentEdition",
    summary="Manifest of the edition being served",
    responses=documented("edition_missing"),
    dependencies=NO_PARAMETERS,
)
def current_edition(respond: Respond) -> Response:
    """Data vintage, code, model version, assumptions, seed, scenarios, and the hash of every file."""
    edition = respond.snapshot.required_edition()
    manifest = with_rfc3339(dict(edition.manifest)) | {
        "withheld": [asdict(item) for item in edition.withheld],
        "drivers": edition.drivers,
    }
    return respond.answer(None, lambda: manifest)
