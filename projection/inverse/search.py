"""The setting nearest to where one starts that reaches a goal, on a lattice of settings.

A range is walked from its start to each of its ends in equal steps, and the answer is a step: it reaches the goal, and
the step before it does not. Where the outcome goes one way, that is the least change; a few settings of each way show
whether it does. Where it does not, more of them are scanned, and the answer is the first that reaches the goal.

A search on few draws is cheap and says where to look; :func:`settle` then moves its answer to where all draws have it.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from projection.edition.points import rounded

STEPS = 512
"""Steps from the start of a range to its end: the tolerance of an answer is one of them."""
PROBES = 4
"""Settings of a way at which it is looked whether the outcome is monotone, its end among them."""
SCANS = 32
"""The same where it is not."""
REVERSAL = 0.05
"""Share of all movement that may go the other way in what counts as monotone."""
Value = Callable[[float], float]
"""The outcome at a setting."""


class Goal(Protocol):
    """What an outcome is to be."""

    def meets(self, value: float) -> bool:
        """Whether it is that."""
        ...

    def distance(self, value: float) -> float:
        """How far it is from that; the least is best."""
        ...


@dataclass(frozen=True)
class Way:
    """Settings from a start to an end, in so many equal steps."""

    start: float
    end: float
    steps: int = STEPS

    def at(self, step: int) -> float:
        """The setting after some steps, as answers print it; start and end as they are."""
        ends = {0: self.start, self.steps: self.end}
        return ends.get(step, rounded(self.start + (self.end - self.start) * step / self.steps))

    @property
    def tolerance(self) -> float:
        """Size of a step."""
        return abs(self.end - self.start) / self.steps


@dataclass(frozen=True)
class Place:
    """A setting: so many steps along a way."""

    way: Way
    step: int

    @property
    def setting(self) -> float:
        """The setting."""
        return self.way.at(self.step)


@dataclass(frozen=True)
class Reach:
    """Where a goal is reached.

    Attributes:
        nearest: the setting nearest to the start that reaches it; None where none does.
        best: of the settings looked at, that whose outcome is nearest to the goal.
        monotone: whether the outcome goes one way over the whole range.
    """

    nearest: Place | None
    best: Place
    monotone: bool


def search(value: Value, ways: Sequence[Way], goal: Goal, *, probes: int = PROBES) -> Reach:
    """Where a goal is reached, by bisection after a look at a few settings.

    Args:
        value: the outcome at a setting.
        ways: from the same start to each end of the range.
        goal: what is to be reached.
        probes: settings of a way at which it is looked whether the outcome is monotone, its end among them.
    """
    places = [_probes(way, probes) for way in ways]
    monotone = _monotone(value, places)
    if not monotone:
        places = [_probes(way, SCANS) for way in ways]
    best = min((place for on_way in places for place in on_way), key=lambda one: goal.distance(value(one.setting)))
    first = [place for on_way in places if (place := _first(value, on_way, goal)) is not None]
    nearest = min(first, key=lambda one: (one.step / one.way.steps, goal.distance(value(one.way.end))), default=None)
    if nearest is not None and nearest.step > 0:
        before = max(place.step for place in _on(nearest.way, places) if place.step < nearest.step)
        nearest = Place(nearest.way, _least(_meets(value, nearest.way, goal), before, nearest.step))
    return Reach(nearest, best, monotone)


def settle(value: Value, preview: Reach, goal: Goal) -> Reach:
    """The answer on all draws, near that on the first of them.

    Args:
        value: the outcome at a setting, on all draws.
        preview: what a search on the first of them gave.
        goal: what is to be reached.
    """
    near = preview.nearest or preview.best
    way, meets = near.way, _meets(value, near.way, goal)
    if preview.nearest is None and not meets(near.step):
        return preview
    step = _near(meets, near.step, way.steps)
    if step is not None:
        return Reach(Place(way, step), preview.best, preview.monotone)
    ends = (preview.best, Place(way, way.steps))
    return Reach(None, min(ends, key=lambda one: goal.distance(value(one.setting))), preview.monotone)


def _probes(way: Way, count: int) -> list[Place]:
    return [Place(way, way.steps * number // count) for number in range(count + 1)]


def _on(way: Way, probes: Sequence[Sequence[Place]]) -> Sequence[Place]:
    return next(on_way for on_way in probes if on_way[0].way == way)


def _first(value: Value, places: Sequence[Place], goal: Goal) -> Place | None:
    return next((place for place in places if goal.meets(value(place.setting))), None)


def _meets(value: Value, way: Way, goal: Goal) -> Callable[[int], bool]:
    return lambda step: goal.meets(value(way.at(step)))


def _monotone(value: Value, probes: Sequence[Sequence[Place]]) -> bool:
    """Whether the outcome goes one way over all settings, but for little."""
    settings = sorted({place.setting for on_way in probes for place in on_way})
    moves = [after - before for before, after in pairwise([value(setting) for setting in settings])]
    up, down = sum(max(move, 0.0) for move in moves), sum(max(-move, 0.0) for move in moves)
    return min(up, down) <= REVERSAL * max(up, down)


def _least(meets: Callable[[int], bool], low: int, high: int) -> int:
    """The least step that meets a goal, of those after one that does not up to one that does."""
    return low + 1 + bisect_left(range(low + 1, high), 1, key=meets)


def _near(meets: Callable[[int], bool], step: int, steps: int) -> int | None:
    """A step that meets a goal after one that does not, looked for ever further from a step; None up to the last."""
    if meets(0):
        return 0
    stride = 1
    if meets(step):
        high = step
        while (low := max(high - stride, 0)) and meets(low):
            high, stride = low, 2 * stride
        return _least(meets, low, high)
    low = step
    while not meets(high := min(low + stride, steps)):
        if high == steps:
            return None
        low, stride = high, 2 * stride
    return _least(meets, low, high)
