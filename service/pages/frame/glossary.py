"""Words of the pages and their meaning, from one file."""

from typing import Final

from data.base.errors import NotFound
from data.base.toml_tables import Entry, read_shipped

FILE = "glossary.toml"


class Term(Entry):
    """A word: ``words`` is how a page prints it."""

    name: str
    words: str
    meaning: str


class _File(Entry):
    term: tuple[Term, ...]


TERMS: Final = {term.name: term for term in read_shipped(_File, "service.pages.frame", FILE).term}
"""Every word by its name."""


def term(name: str) -> Term:
    """A word; raises :class:`NotFound`."""
    try:
        return TERMS[name]
    except KeyError:
        raise NotFound("term", name, allowed=list(TERMS)) from None
