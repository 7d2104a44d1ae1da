"""Reasons why a user's series cannot be forecast: stable codes, with the line of the file."""

from enum import StrEnum


class Fault(StrEnum):
    """Why a series cannot be forecast; a code is never renamed."""

    EMPTY_FILE = "empty_file"
    NO_SERIES_ID = "no_series_id"
    ID_TOO_LONG = "id_too_long"
    ROW_MALFORMED = "row_malformed"
    NOT_A_DATE = "not_a_date"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE_VALUE = "negative_value"
    DUPLICATE_PERIOD = "duplicate_period"
    TOO_FEW_POINTS = "too_few_points"
    MIXED_FREQUENCY = "mixed_frequency"
    GAP = "gap"
    ALL_ZERO = "all_zero"
    JUMP = "jump"


class Faulty(Exception):  # noqa: N818 - it carries a fault and its line to whoever reads the series
    """A series cannot be forecast because of what stands on ``line``, in ``column`` where one is at fault."""

    def __init__(self, code: Fault, line: int, message: str, *, column: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.column = column
