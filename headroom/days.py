"""Days given by users. A day after the newest figure is refused, so that a mistyped year is noticed."""

from datetime import UTC, date, datetime

from data.base.errors import InvalidParameter

FORMATS = ["%Y-%m-%d"]


def today() -> date:
    """The day it is, UTC."""
    return datetime.now(UTC).date()


def day_of_knowledge(as_of: datetime | None, *, newest: date) -> date:
    """The day whose knowledge is trained or projected on; that of the newest figure when none is named.

    Raises:
        InvalidParameter: the day is after today or after every figure.
    """
    if as_of is None:
        return newest
    return _no_later(as_of.date(), limit=min(newest, today()), newest=newest)


def day_of_reading(as_of: datetime | None, *, newest: date) -> date:
    """The day as of which figures are read; today when none is named. Raises :class:`InvalidParameter` beyond today."""
    return today() if as_of is None else _no_later(as_of.date(), limit=today(), newest=newest)


def _no_later(day: date, *, limit: date, newest: date) -> date:
    if day > limit:
        message = f"{day} is too late: the newest figure is of {newest}, and today is {today()}"
        raise InvalidParameter("as_of", message, allowed=[f"<= {limit}"])
    return day
