"""A setting: a scenario of the library with levers on top, as addresses spell it and as processes are asked for it."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from data.base.errors import InvalidParameter
from data.periods.text import excerpt
from projection.edition.points import shortest
from projection.scenarios import levers, library
from service.base.query import Text

Name = Annotated[str, Text(str), Field(description="A name of /v1/scenarios.", examples=["worst-case"])]


def document_of(name: str, *, parameter: str = "scenario") -> dict[str, Any]:
    """A document that holds the overrides of a named scenario and nothing else.

    It composes the scenario instead of repeating it: an override draws its size from numbers that are named after the
    scenario that states it, so that an evaluation has the draws that the edition has.

    Args:
        name: of the scenario.
        parameter: that a fault is about.

    Raises:
        InvalidParameter: there is none of that name.
    """
    try:
        document = library.document(name)
    except InvalidParameter as error:
        raise InvalidParameter(parameter, error.message, allowed=error.allowed) from None
    return {"title": document.title, "compose": [name]}


def settings_of(text: str | None) -> dict[str, float]:
    """Settings of levers by name, those that do nothing left out.

    Raises:
        InvalidParameter: one is no setting, of no lever, or outside its tested range.
    """
    settings: dict[str, float] = {}
    for part in [] if text is None else text.split(","):
        name, _, value = part.partition(":")
        try:
            settings[name.strip()] = float(value)
        except ValueError:
            raise InvalidParameter(
                "levers", f"{excerpt(part)} is no setting", allowed=["name:number, as site-slip:2"]
            ) from None
    levers.scenario(settings)
    return {name: value for name, value in settings.items() if value != levers.levers()[name].neutral}


def text_of(settings: Mapping[str, float]) -> str | None:
    """Settings as an address spells them, in the order of the levers; None where every lever does nothing."""
    order = [name for name in levers.levers() if name in settings]
    return ",".join(f"{name}:{shortest(settings[name])}" for name in order) or None


Levers = Annotated[
    str | None,
    Text(lambda text: text_of(settings_of(text))),
    Field(
        description="Settings of /v1/levers on top of the scenario, separated by commas.",
        examples=["site-slip:2,permitting:0.8"],
    ),
]
"""Settings of levers in one spelling; :func:`settings_of` reads them."""
