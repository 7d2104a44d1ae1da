"""What a scenario changes of a point: every number with its value in base, the difference, and how sure its sign is."""

from typing import Any

from pydantic import Field

from projection.edition.points import STOCK, BandDifference, MeanDifference, Point
from service.base.response import Band, Chance, Number, ResponseModel

BANDS = ("demand", "supply", "gap", "plan_late", "stranded", "vacant", "shortages", "expected")
MEANS = ("p_short", "expected_shortfall", "p_short_by")


class BandAgainstBase(ResponseModel):
    """A band in base, and that of the differences in the same draws."""

    base: Band = Field(examples=[{"0.1": 45.0, "0.5": 55.0, "0.9": 72.0}])
    difference: Band = Field(examples=[{"0.1": -6.0, "0.5": -3.0, "0.9": -0.5}])
    p_sign: Chance = Field(
        description="Share of draws whose difference has the sign of the median difference.", examples=[0.93]
    )


class NumberAgainstBase(ResponseModel):
    """A mean or a chance in base, and the difference to it."""

    base: Number = Field(examples=[0.76])
    difference: Number = Field(examples=[0.08])
    p_sign: Chance = Field(description="How sure so many draws make the sign of the difference.", examples=[0.99])


class AgainstBase(ResponseModel):
    """The numbers of a point in base and what the scenario changes of them; null where the point has none.

    A difference of bands is that of the same draws, never of two bands. Growth, routes and shares of width have none.
    """

    demand: BandAgainstBase
    supply: BandAgainstBase | None
    gap: BandAgainstBase | None
    p_short: NumberAgainstBase | None
    expected_shortfall: NumberAgainstBase | None
    p_above: dict[str, NumberAgainstBase] | None
    p_short_by: NumberAgainstBase | None
    plan_late: BandAgainstBase | None
    stranded: BandAgainstBase | None
    vacant: BandAgainstBase | None
    shortages: BandAgainstBase | None
    binding: dict[str, NumberAgainstBase] | None
    expected: BandAgainstBase | None
    stock: dict[str, BandAgainstBase] | None


def against_base(point: Point, base: Point) -> AgainstBase | None:
    """What a point says beside the same period of base; None of an edition that does not tell differences."""
    differences = point.difference
    if differences is None:
        return None

    def band(name: str, of_base: Any) -> dict[str, Any] | None:  # noqa: ANN401 - a band or none
        if of_base is None:
            return None
        one = differences.bands.get(name, BandDifference(dict.fromkeys(of_base, 0.0), 1.0))
        return {"base": of_base, "difference": one.band, "p_sign": one.p_sign}

    def mean(of_base: float | None, one: MeanDifference | None) -> dict[str, Any] | None:
        if of_base is None:
            return None
        one = one or MeanDifference(0.0, 1.0)
        return {"base": of_base, "difference": one.value, "p_sign": one.p_sign}

    values: dict[str, Any] = {name: band(name, getattr(base, name)) for name in BANDS}
    values |= {name: mean(getattr(base, name), differences.means.get(name)) for name in MEANS}
    for name, one in (("p_above", differences.p_above), ("binding", differences.binding)):
        of_base = getattr(base, name)
        values[name] = None if of_base is None else {key: mean(share, one.get(key)) for key, share in of_base.items()}
    values["stock"] = base.stock and {name: band(name, base.stock[name]) for name in STOCK if name in base.stock}
    return AgainstBase.model_validate(values)
