"""A scenario of the library as a document that is sent to a process that evaluates."""

from typing import Any

from data.base.errors import InvalidParameter
from projection.scenarios import library


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
