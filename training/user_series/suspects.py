"""Figures of a user's series that look mistaken, kept out of the fit: the last ones are cut, others are filled.

Which figures these are is said by the reader of the file (:mod:`features.user_series.jumps`). Nothing is repaired: the
fit sees the series without them, and the answer says so of each. Whether a last figure was a slip or the first of a new
level only later figures can show, so a forecast is made from the ones before it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from features.user_series.user_series import UserSeries
from training.core.calendar import Calendar
from training.members.naive import seasonal_indices

SHOWN = 3
"""Figures named one by one; of more, the first and the last are."""


def without_suspects(item: UserSeries) -> tuple[UserSeries, int, tuple[str, ...]]:
    """The series a fit may see, the number of periods cut from its end, and what was done in words.

    A series without suspects is returned as it is.
    """
    if not item.suspects:
        return item, 0, ()
    places = np.asarray(item.suspects)
    count = len(item.values)
    cut = 0
    while count - 1 - cut in item.suspects:
        cut += 1
    inside = places[places < count - cut]
    filled = _filled(item, inside)
    remaining = replace(
        item, periods=item.periods[: count - cut], values=filled[: count - cut], suspects=(), factors=()
    )
    notices = [
        f"{_points_text(item, inside)} set aside: the fit has what neighbours and season tell, "
        + _listed([f"{filled[place]:.6g}" for place in inside])
    ] * bool(inside.size)
    if cut:
        ends = f"the forecast is made from {item.periods[count - cut - 1].label}"
        later = "until later figures show that the level has changed"
        notices.append(f"{_points_text(item, range(count - cut, count))} set aside: {ends}, {later}")
    return remaining, cut, tuple(notices)


def _points_text(item: UserSeries, places: Sequence[int] | NDArray[np.int64]) -> str:
    verb = "is" if len(places) == 1 else "are"
    return f"{_listed([item.periods[place].label for place in places])} {verb}"


def _listed(words: Sequence[str]) -> str:
    """Words one after another; of many, the first and the last."""
    words_shown = words if len(words) <= SHOWN else [words[0], f"{len(words) - 2} more", words[-1]]
    return ", ".join(words_shown)


def _filled(item: UserSeries, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values with those at ``places`` replaced by the season on a line between their neighbours.

    On logarithms where all others are positive.
    """
    if not places.size:
        return item.values
    suspect = np.zeros(len(item.values), dtype=bool)
    suspect[list(item.suspects)] = True
    usable = np.flatnonzero(~suspect)
    log = bool(np.all(item.values[usable] > 0))
    observed = np.log(item.values[usable]) if log else item.values[usable]
    calendar = Calendar.of([item.periods[place] for place in usable])
    season = seasonal_indices(observed, calendar)
    level = observed - season[calendar.grid % calendar.season]
    phase = (places - usable[0]) % calendar.season
    values = np.interp(places, usable, level) + season[phase]
    filled = item.values.copy()
    filled[places] = np.exp(values) if log else np.maximum(values, 0.0)
    return filled
