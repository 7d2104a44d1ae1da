"""Quantile levels as a type: parsed, printed and ordered in one place."""

from decimal import Decimal, InvalidOperation
from typing import Self

from data.base.errors import InvalidParameter

SHOWN = 40
"""Characters of a text that a message repeats."""


class Quantile(float):
    """A quantile level strictly between 0 and 1.

    >>> str(Quantile.parse("0.10"))
    '0.1'
    """

    __slots__ = ()

    def __new__(cls, level: float) -> Self:
        """Check the level; raises :class:`InvalidParameter` outside (0, 1)."""
        if not 0.0 < level < 1.0:
            raise InvalidParameter("quantiles", f"{level:g} is not strictly between 0 and 1", allowed=["0 < q < 1"])
        return super().__new__(cls, level)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a decimal such as ``0.1``; raises :class:`InvalidParameter` when it is none."""
        try:
            number = Decimal(text.strip())
        except InvalidOperation:
            raise InvalidParameter("quantiles", f"{text[:SHOWN]!r} is not a decimal", allowed=["0 < q < 1"]) from None
        if not number.is_finite():
            raise InvalidParameter("quantiles", f"{text[:SHOWN]!r} is not finite", allowed=["0 < q < 1"])
        return cls(float(number))

    def __str__(self) -> str:
        """Shortest decimal: ``0.1``, never ``0.10`` and never an exponent."""
        return format(Decimal(repr(float(self))).normalize(), "f")

    __repr__ = __str__


DEFAULT_LEVELS: tuple[Quantile, ...] = tuple(Quantile(q) for q in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95))
"""The levels every answer carries unless asked otherwise."""

FORECAST_LEVELS: tuple[Quantile, ...] = tuple(
    Quantile(q) for q in (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
)
"""The levels training publishes for every series."""
