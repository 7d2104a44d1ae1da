"""Groups of drivers between which a difference is split: which assumptions belong to which (``groups.toml``)."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache

from pydantic import Field

from data.base.errors import TableCorrupt
from data.base.toml_tables import Entry, read_shipped
from projection.inputs.overrides import Override, Scenario

FILE = "groups.toml"
MOST = 6
"""How many groups there may be: a split takes two to the power of their number."""


class DriverGroup(Entry):
    """One group.

    Attributes:
        title: in a few words; words: what it is.
        assumptions: names, with ``*`` for any characters.
    """

    title: str
    words: str
    assumptions: tuple[str, ...]

    def holds(self, assumption: str) -> bool:
        """Whether an assumption belongs to it."""
        return any(fnmatchcase(assumption, pattern) for pattern in self.assumptions)


class _File(Entry):
    groups: dict[str, DriverGroup] = Field(max_length=MOST)


@cache
def groups() -> Mapping[str, DriverGroup]:
    """Every group by name."""
    return read_shipped(_File, __package__, FILE).groups


@cache
def group_of(assumption: str) -> str:
    """The group of an assumption; raises :class:`TableCorrupt` where it belongs to none or to several."""
    names = [name for name, group in groups().items() if group.holds(assumption)]
    if len(names) != 1:
        raise TableCorrupt(FILE, f"{assumption} belongs to {' and '.join(names) or 'no group'}")
    return names[0]


def overrides_by_group(scenario: Scenario) -> Mapping[str, tuple[Override, ...]]:
    """What a scenario overrides, by group; a group it leaves alone has none."""
    return {name: tuple(one for one in scenario.overrides if group_of(one.assumption) == name) for name in groups()}
