"""The templates of the pages, and what each may call."""

from functools import cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from service.pages.frame.glossary import term
from service.pages.words import day_text


@cache
def environment() -> Environment:
    """Templates that escape what they print and fail on a name that is not there."""
    environment = Environment(
        loader=PackageLoader("service.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(term=term)
    environment.filters.update(day=day_text, query=query, permalink=relative)
    return environment


def query(parameters: dict[str, Any]) -> str:
    """Parameters as they stand in an address, those that are blank left out."""
    return urlencode({name: value for name, value in parameters.items() if value not in {None, ""}})


def relative(permalink: str) -> str:
    """An address from the root of the service, such as ``/?region=US``, as one below it; a whole one as it is."""
    return permalink.removeprefix("/")
