"""Charts alone, for pages of others to show in a frame."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from service.access.rules import AccessRules
from service.base.routes import Respond, State
from service.pages.frame.navigation import Page
from service.pages.frame.respond import POLICY, respond_page
from service.pages.views.overview.page import OverviewQuery, view

EMBED = Page("embed", "embed/overview", "Embedded chart")
router = APIRouter(include_in_schema=False)


@router.get("/embed/overview")
def embedded(query: Annotated[OverviewQuery, Query()], respond: Respond, state: State) -> Response:
    """The chart of the overview with its answer, which other pages may frame."""
    edition, query = respond.read(query)
    cite = respond.cite(query, edition)
    return respond_page(
        respond,
        query,
        EMBED,
        edition,
        lambda: view(edition, respond.snapshot, query, cite),
        policy=framed(state.inputs.access),
        up="../",
    )


def framed(access: AccessRules) -> str:
    """The policy of a page that may stand in a frame of the sites that the settings name."""
    sites = "*" if access.framing is None else " ".join(sorted(access.framing)) or "'none'"
    return POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {sites}")
