"""The firm-power balance of a grid: accredited gigawatts at peak, counted as growth from one base date.

need = (data-center peak growth + other peak growth) x (1 + reserve margin)
supply = accredited additions net of retirements + behind-the-meter + starting headroom
gap = need - supply, positive when short. Source of the form: methods of DOE 2025 and NERC resource adequacy, with
effective load-carrying capability (ELCC) for additions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
TWH_PER_AVERAGE_GW = 8.76


@dataclass(frozen=True)
class FirmBalance:
    """Need, supply and gap, GW accredited, shaped as the inputs broadcast."""

    need: FloatArray
    supply: FloatArray

    @property
    def gap(self) -> FloatArray:
        """Need less supply; positive is short."""
        return self.need - self.supply


def firm_balance(
    *,
    peak_growth: FloatArray | float,
    other_peak_growth: FloatArray | float,
    reserve_margin: FloatArray | float,
    elcc_additions: FloatArray | float,
    behind_the_meter: FloatArray | float,
    starting_headroom: FloatArray | float,
) -> FirmBalance:
    """The balance; all growth and additions are cumulative since the base date, GW.

    Args:
        peak_growth: growth of data centers' peak, GW.
        other_peak_growth: growth of all other peak load, GW.
        reserve_margin: share of added peak held in reserve.
        elcc_additions: accredited additions net of retirements, GW.
        behind_the_meter: on-site supply delivered, GW.
        starting_headroom: accredited supply above need at the base date, GW.
    """
    need = (np.asarray(peak_growth) + np.asarray(other_peak_growth)) * (1 + np.asarray(reserve_margin))
    supply = np.asarray(elcc_additions) + np.asarray(behind_the_meter) + np.asarray(starting_headroom)
    return FirmBalance(need=np.asarray(need), supply=np.array(np.broadcast_to(supply, np.shape(need))))
