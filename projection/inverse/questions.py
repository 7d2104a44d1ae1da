"""Which levers one question may name."""

from collections.abc import Sequence

from data.base.errors import InvalidParameter
from projection.scenarios.levers import levers

MOST = 2
"""How many levers one question may name."""


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Names of levers, once each; raises :class:`InvalidParameter` for an unknown one, one named twice, and a third."""
    if not 1 <= len(names) <= MOST:
        raise InvalidParameter("lever", f"{len(names)} levers are named", allowed=["one", "two, for their frontier"])
    for name in names:
        if name not in levers():
            raise InvalidParameter("lever", f"{name!r} is no lever", allowed=list(levers()))
    if len(set(names)) < len(names):
        raise InvalidParameter("lever", f"{names[0]} is named twice", allowed=[n for n in levers() if n != names[0]])
    return tuple(names)
