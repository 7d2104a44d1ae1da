"""Text for CSV files: cells that a spreadsheet would run as formulas are turned into plain text."""

import polars as pl

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that spreadsheets run."""


def plain_cell(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would run it; anything else as it is.

    >>> plain_cell("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def plain_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with :func:`plain_cell` applied to every cell of text; numbers, also negative ones, stay."""
    text = pl.col(pl.String)
    return frame.with_columns(pl.when(text.str.head(1).is_in(FORMULA)).then("'" + text).otherwise(text).name.keep())
