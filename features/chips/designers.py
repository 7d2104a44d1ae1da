"""Designers of accelerators compared: number of chips, compute of a chip, and watts for that compute.

Number and quality are given separately because one can replace the other: many small chips have the compute of a few
large ones and need more watts. H100 equivalents are at dense 8-bit precision; those at 16 bits are a separate column.
"""

from dataclasses import dataclass

import polars as pl

from data.base.errors import NotFound
from data.periods.period import Period
from features.chips.shipments import DESIGNERS, increments
from features.view import View

YEAR = 4
"""Quarters a ratio is taken over: quarterly shape is interpolated by the publisher."""
H100_8_BIT, H100_16_BIT = 1979.0, 989.4
"""Dense TFLOP/s of an H100 SXM at 8 and at 16 bit."""


@dataclass(frozen=True, slots=True)
class Designer:
    """What one designer shipped over the last counted year.

    Attributes:
        last: the last counted quarter; quarters: how many quarters the sums hold, four where so many are counted.
        units: chips; h100e: H100 equivalents at 8 bit; watts: chip TDP, W.
        newest_at_16_bit: H100e at 16 bit over H100e at 8 bit of the newest chip specified on the day.
    """

    name: str
    region: str
    last: Period
    quarters: int
    units: float
    h100e: float
    watts: float
    newest_at_16_bit: float

    @property
    def h100e_per_unit(self) -> float:
        """How much of an H100 one chip is."""
        return self.h100e / self.units

    @property
    def watts_per_h100e(self) -> float:
        """Chip TDP it takes for the compute of one H100, W."""
        return self.watts / self.h100e


def designers(view: View) -> tuple[Designer, ...]:
    """Every designer whose units, compute and power are counted on the view's day, in the order of the catalogue."""
    ratios = newest_at_16_bit(view.accelerators)
    revenues = []
    for name, designer in DESIGNERS.items():
        try:
            units, compute, power = (increments(view, name, measure) for measure in ("units", "compute", "power"))
        except NotFound:
            continue
        window = sorted(units.keys() & compute.keys() & power.keys())[-YEAR:]
        if not window:
            continue
        revenues.append(
            Designer(
                name=name,
                region=designer.region,
                last=window[-1],
                quarters=len(window),
                units=1e3 * sum(units[quarter] for quarter in window),
                h100e=sum(compute[quarter] for quarter in window),
                watts=1e6 * sum(power[quarter] for quarter in window),
                newest_at_16_bit=ratios[name],
            )
        )
    return tuple(revenues)


def newest_at_16_bit(accelerators: pl.DataFrame) -> dict[str, float]:
    """H100e at 16 bit over H100e at 8 bit of the newest chip, by designer, from the specifications known on the day.

    An H100 does twice the operations at 8 bit; most chips keep that ratio, so their H100e is the same on both bases.
    Rubin and Trainium3 gain at 8 bit far more than at 16. One where that chip was not specified yet: nothing then said
    that the ratio would change.
    """
    rows = {row["chip"]: row for row in accelerators.drop_nulls(["bf16_tflops", "fp8_tflops"]).iter_rows(named=True)}
    ratios = dict.fromkeys(DESIGNERS, 1.0)
    for name, designer in DESIGNERS.items():
        if designer.newest_chip in rows:
            row = rows[designer.newest_chip]
            ratios[name] = (row["bf16_tflops"] / H100_16_BIT) / (row["fp8_tflops"] / H100_8_BIT)
    return ratios
