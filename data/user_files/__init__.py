"""Files of users: one reader with one set of rules, for every command that takes a file.

:func:`read_table` reads CSV in its usual dialects (comma, semicolon, tab or bar; UTF-8 or UTF-16; gzip), Parquet and
workbooks (xlsx, xls, ods) within :class:`Limits`. :class:`NumberFormat` says what a number is.
"""

from data.user_files.limits import Limits
from data.user_files.numbers import DecimalMark, NumberFormat, dotted_thousands, number_format
from data.user_files.table import Row, Table, read_table

__all__ = [
    "DecimalMark",
    "Limits",
    "NumberFormat",
    "Row",
    "Table",
    "dotted_thousands",
    "number_format",
    "read_table",
]
