"""Why a row was rejected: stable codes, each with its meaning."""

from enum import StrEnum


class Reason(StrEnum):
    """A reason a row lies in quarantine; a code is never renamed."""

    SERIES_UNKNOWN = "series_unknown"
    ID_INVALID = "id_invalid"
    DEFINITION_MISMATCH = "definition_mismatch"
    UNIT_UNEXPECTED = "unit_unexpected"
    NOT_A_NUMBER = "not_a_number"
    PERIOD_INVALID = "period_invalid"
    ROW_MALFORMED = "row_malformed"
    DUPLICATE = "duplicate"
    SIGN = "sign"
    OUT_OF_RANGE = "out_of_range"
    RANGE_ORDER = "range_order"
    STOCK_FELL = "stock_fell"
    JUMP = "jump"
    PUBLISHED_IMPOSSIBLE = "published_impossible"
    FISCAL_UNMAPPED = "fiscal_unmapped"
    PLACE_UNKNOWN = "place_unknown"
    DISAGREES = "disagrees"
    REVISION = "revision"


MEANINGS: dict[Reason, str] = {
    Reason.SERIES_UNKNOWN: "the catalogue has no such series, so its definition is not known",
    Reason.ID_INVALID: "the id of an own series is too long or has characters that ids are not made of",
    Reason.DEFINITION_MISMATCH: "the region, metric or table is not the one the catalogue gives for the series",
    Reason.UNIT_UNEXPECTED: "the unit is not the one the catalogue gives for the series",
    Reason.NOT_A_NUMBER: "the value is text that is neither a number nor a stated mark for 'no data'",
    Reason.PERIOD_INVALID: "the period cannot be read or does not start on the first day of its frequency",
    Reason.ROW_MALFORMED: "columns are missing or of another type",
    Reason.DUPLICATE: "the same figure was given twice in one answer with different values",
    Reason.SIGN: "negative, though it counts or measures a thing",
    Reason.OUT_OF_RANGE: "outside what the unit or metric can be",
    Reason.RANGE_ORDER: "low, value and high are not in order",
    Reason.STOCK_FELL: "a cumulative figure is lower than the period before",
    Reason.JUMP: "many times, or a small part of, every neighbour of its series",
    Reason.PUBLISHED_IMPOSSIBLE: "published before its period began or after it was retrieved, where that cannot be",
    Reason.FISCAL_UNMAPPED: "a fiscal period that fits no calendar period by the stated rule",
    Reason.PLACE_UNKNOWN: "the site stands in no table of places, so the sums of its country cannot be made",
    Reason.DISAGREES: "many times, or a small part of, what other sources of the same series say of the same period",
    Reason.REVISION: "differs from what the source said before by more than its revisions usually do",
}
"""What each reason means, in words."""
