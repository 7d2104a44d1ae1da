"""What a number is in a user's file: one grammar, and a decimal mark that is given or certain, never guessed."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from data.catalogue.jumps import FACTOR

_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_COMMA = re.compile(r"[+-]?(\d+,?\d*|,\d+)(E[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_ENDLESS = re.compile(r"[+-]?(nan|inf(inity)?)", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([,. '_\u00a0\u202f\u2009\u2019])\d{3})+(?:[.,]\d*)?", re.ASCII)
_THREE_AFTER_COMMA = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_THREE_AFTER_POINT = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)
_WHOLE = re.compile(r"\d+", re.ASCII)


class DecimalMark(StrEnum):
    """What stands between whole numbers and decimals."""

    POINT = "point"
    COMMA = "comma"


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How the numbers of a file are written.

    Attributes:
        mark: the decimal mark; None where the file writes a comma that may be either.
    """

    mark: DecimalMark | None = DecimalMark.POINT

    def read(self, text: str) -> float:
        """The number; raises ValueError saying what stands against it."""
        if self.mark is None and "," in text:
            decimal, whole = text.replace(",", "."), text.replace(",", "")
            message = f"may be {decimal} or {whole}: say --decimal comma, or write it without thousands separators"
            raise ValueError(message)
        pattern = _COMMA if self.mark is DecimalMark.COMMA else _POINT
        if not pattern.fullmatch(text):
            raise ValueError(self._fault(text))
        value = float(text.replace(",", "."))
        if not math.isfinite(value):
            raise ValueError("is not a finite number")
        return value

    def is_number(self, text: str) -> bool:
        """Whether the text is a number."""
        try:
            self.read(text)
        except ValueError:
            return False
        return True

    def _fault(self, text: str) -> str:
        if not text:
            return "is not a number: the cell is empty"
        if _ENDLESS.fullmatch(text):
            return "is not a finite number"
        if any(character.isdigit() and not character.isascii() for character in text):
            return "is not a number: digits are 0 to 9"
        if grouped := _GROUPED.fullmatch(text):
            message = f"is not a number: thousands separators ({grouped[1]!r}) are not read"
            return message + (", and a decimal comma is said by --decimal comma" if grouped[1] == "," else "")
        if self.mark is not DecimalMark.COMMA and _COMMA.fullmatch(text):
            return "is not a number: where , is the decimal mark say --decimal comma"
        return "is not a number"


def number_format(cells: Iterable[str], *, separator: str, stated: DecimalMark | None = None) -> NumberFormat:
    """How the numbers in ``cells`` are written, unless it is ``stated``.

    A comma is a decimal mark where commas separate no cells, no number has a point, and some number cannot be read with
    thousands separators: 100,5 and 0,125 cannot, 1,700 can. Where all of them can, commas stay ambiguous.
    """
    if stated is not None:
        return NumberFormat(stated)
    commas = [cell for cell in cells if "," in cell] if separator != "," else []
    if not commas or any("." in cell for cell in commas):
        return NumberFormat()
    return NumberFormat(None if all(_THREE_AFTER_COMMA.fullmatch(cell) for cell in commas) else DecimalMark.COMMA)


def dotted_thousands(cells: Sequence[str]) -> tuple[int, ...]:
    """Positions of numbers such as 1.700 in a series that also has 2290 or 980: points that separate thousands.

    Said only where it is plain: every number with decimals has exactly three, and those without are many times larger.
    """
    dotted = [place for place, cell in enumerate(cells) if _THREE_AFTER_POINT.fullmatch(cell)]
    others = [cell for cell in cells if not _THREE_AFTER_POINT.fullmatch(cell)]
    if not dotted or not others or not all(_WHOLE.fullmatch(cell) for cell in others):
        return ()
    larger = median(map(float, others)) > FACTOR * median(float(cells[place]) for place in dotted)
    return tuple(dotted) if larger else ()
