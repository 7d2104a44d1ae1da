"""Which assumption makes the difference between ours and one publisher's: printed figures beside our own quantities.

``explanations.toml`` names, publisher by publisher, what is printed of a year, which quantity of ours it is laid beside
(:mod:`projection.third_party.own_quantities`), and in words which assumptions lie between the two. No number stands in
a text: ours are read off an edition, theirs off the store.
"""

import polars as pl
from pydantic import Field, model_validator

from data.base.errors import NotFound
from data.base.toml_tables import Entry, read_shipped
from data.base.units import convert
from features.view import View
from projection.third_party.own_quantities import QUANTITIES, FloatArray, OwnQuantities, Quantity
from projection.third_party.projections import Address

FILE = "explanations.toml"


class Pair(Entry):
    """One printed figure and what of ours it is laid beside.

    Attributes:
        says: what is printed, in words.
        at: its address; less: that of what is taken off it, where the publisher prints a sum and one of two parts.
        year: of both.
        beside: name of our quantity; region: of it.
    """

    says: str
    at: str
    less: str | None = None
    year: int
    beside: str
    region: str = "US"

    @model_validator(mode="after")
    def _names(self) -> "Pair":
        for text in (self.at, *([self.less] if self.less else [])):
            Address.parse(text)
        if self.beside not in QUANTITIES:
            raise ValueError(f"{self.beside} is none of {', '.join(QUANTITIES)}")
        return self

    @property
    def quantity(self) -> Quantity:
        """Ours."""
        return QUANTITIES[self.beside]

    def ours(self, quantities: OwnQuantities) -> FloatArray:
        """Our draws, (draw,); raises :class:`NotFound` where the edition carries none."""
        return self.quantity.draws(quantities, self.region, self.year)

    def printed(self, view: View) -> float:
        """What the publisher prints, in our unit; raises :class:`NotFound` where the view's day did not know it."""
        return self._row(view, self.at) - (0.0 if self.less is None else self._row(view, self.less))

    def _row(self, view: View, text: str) -> float:
        address = Address.parse(text)
        of_address = pl.col("series_id").eq(address.series_id) & pl.col("source_id").eq(address.source_id)
        rows = view.rows.filter(of_address & pl.col("period").dt.year().eq(self.year) & pl.col("value").is_not_null())
        if address.scenario is not None:
            rows = rows.filter(pl.col("scenario").eq(address.scenario))
        if rows.is_empty():
            raise NotFound("figure", f"{text} of {self.year}")
        newest = rows.sort("visible").row(-1, named=True)
        return convert(newest["value"], newest["unit"], self.quantity.unit)


class Explanation(Entry):
    """One publisher.

    Attributes:
        text: what makes the difference, in words; assumptions: those it hangs on.
    """

    publisher: str
    pair: tuple[Pair, ...] = Field(min_length=1)
    assumptions: tuple[str, ...] = Field(min_length=1)
    text: str = Field(min_length=80)


class _File(Entry):
    explanation: tuple[Explanation, ...]


def explanations() -> tuple[Explanation, ...]:
    """All of them; raises :class:`data.base.errors.TableCorrupt` where the file is malformed."""
    return read_shipped(_File, "projection.third_party", FILE).explanation
