"""What an answer says of a window that lies outside what there is, or reaches beyond it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.periods.period import Period


@dataclass(frozen=True, slots=True)
class Window:
    """The days asked for; either end may be open."""

    first: date | None
    last: date | None

    def holds(self, period: Period) -> bool:
        """Whether any day of the period lies inside."""
        return (self.first is None or period.end >= self.first) and (self.last is None or period.start <= self.last)

    def reason(self, periods: Sequence[Period], *, owner: str) -> str | None:
        """Why nothing of the owner's periods, ascending, lies inside; None where something does or there are none.

        >>> year = Period(date(2026, 1, 1), Frequency.YEAR)
        >>> Window(date(2050, 1, 1), None).reason([year], owner="The edition")
        'The edition has 2026, and nothing on or after 2050-01-01.'
        """
        if not periods or any(map(self.holds, periods)):
            return None
        return f"{owner} has {_span(periods)}, and nothing {self._words()}."

    def note(self, periods: Sequence[Period], *, owner: str) -> str | None:
        """That the window reaches beyond the owner's periods, ascending; None where it does not or none lies inside."""
        if not periods or not any(map(self.holds, periods)):
            return None
        early = self.first is not None and self.first < periods[0].start
        late = self.last is not None and self.last > periods[-1].end
        return f"{owner} has {_span(periods)}; what was asked for reaches beyond." if early or late else None

    def _words(self) -> str:
        if self.first is None:
            return f"on or before {self.last}"
        if self.last is None:
            return f"on or after {self.first}"
        return f"on {self.first}" if self.first == self.last else f"between {self.first} and {self.last}"


def _span(periods: Sequence[Period]) -> str:
    first, last = periods[0].label, periods[-1].label
    return first if first == last else f"{first} to {last}"
