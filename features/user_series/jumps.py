"""What is done about values of a user's series that look mistaken, with a message that gives line and factor."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from data.catalogue.jumps import Suspect, change_of_unit, suspects
from features.series import FloatArray
from features.user_series.faults import Fault, Faulty

MINIMUM = 8
"""Fewest points a series is forecast from."""
MOST = 0.25
"""Share of the points that may look mistaken; where it is more, none stands out from the others."""


class OnJump(StrEnum):
    """What to do about values that look mistaken."""

    WARN = "warn"
    """They are set aside in the fit, and reported."""
    REFUSE = "refuse"
    """Their series is not forecast."""
    ACCEPT = "accept"
    """They are as they should be: nothing is looked for."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What looks mistaken in a series.

    Attributes:
        start: place of the first value in the unit of the last ones; those before it are left out.
        suspects: single values, ascending, with places that count from ``start``.
        notices: all of it in words.
    """

    start: int = 0
    suspects: tuple[Suspect, ...] = ()
    notices: tuple[str, ...] = ()


def judge(
    values: FloatArray, lines: Sequence[int], dotted: frozenset[int], *, season: int, on_jump: OnJump = OnJump.WARN
) -> Judged:
    """Look at the values of a gap-free series, shape (n,), with their lines in the file.

    ``dotted`` are lines whose number has a point where others of the series have none, as 1.700 beside 2290; ``season``
    is the number of periods in a year. Raises :class:`Faulty` where the series cannot be forecast without the values
    that look mistaken, and for any under :attr:`OnJump.REFUSE`.
    """
    if on_jump is OnJump.ACCEPT:
        return Judged()
    pointed = np.isin(lines, list(dotted))
    # Thousands written with a point are no measure for the others.
    plain = np.where(pointed, 1000 * values, values)
    change = change_of_unit(plain)
    start, notices = 0, []
    if change is not None:
        start = change.place
        text = (
            f"from here on values are {_factor(change.factor)} times those before ({change.expected:.6g}), as in "
            f"another unit"
        )
        if on_jump is OnJump.REFUSE or len(values) - start < MINIMUM:
            raise _refused(text, lines[start])
        notices.append(f"line {lines[start]}: {text}: the {start} before are left out")
    by_place = {one.place: one for one in suspects(plain[start:], season=season)}
    for place in np.flatnonzero(pointed[start:]):
        by_place[int(place)] = Suspect(int(place), 1 / 1000, float(plain[start + place]))
    mistaken = tuple(by_place[place] for place in sorted(by_place))
    words = [_suspicion(one, values[start:], dotted=bool(pointed[start + one.place])) for one in mistaken]
    remaining = len(values) - start - len(mistaken)
    if mistaken and on_jump is OnJump.REFUSE:
        raise _refused(words[0], lines[start + mistaken[0].place])
    if len(mistaken) > MOST * (remaining + len(mistaken)) or (mistaken and remaining < MINIMUM - 1):
        many = f"{words[0]}; {len(mistaken)} of {remaining + len(mistaken)} points look mistaken, too many to set aside"
        raise _refused(many, lines[start + mistaken[0].place])
    notices += [f"line {lines[start + one.place]}: {text}" for one, text in zip(mistaken, words, strict=True)]
    return Judged(start, mistaken, tuple(notices))


def _refused(message: str, line: int) -> Faulty:
    return Faulty(Fault.JUMP, line, f"{message} (--on-jump accept takes values as they are)", column="value")


def _suspicion(one: Suspect, values: FloatArray, *, dotted: bool) -> str:
    if dotted:
        return f"{values[one.place]:.3f} beside thousands without a point: may be {one.expected:.10g}"
    neighbours = "its season of the year before lets" if one.seasonal else "its neighbours let"
    text = f"{values[one.place]:.10g} is {_factor(one.factor)} times what {neighbours} expect ({one.expected:.6g})"
    return f"{text}: the last period may be incomplete" if one.place == len(values) - 1 and one.factor < 1 else text


def _factor(factor: float) -> str:
    return f"{factor:.0f}" if factor >= 100 else f"{factor:.2g}"  # noqa: PLR2004 - three digits at most are meant
