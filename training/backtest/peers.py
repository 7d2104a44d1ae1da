"""Series that grow together: the growth of the others, as known at an origin, helps to forecast each.

The four largest operators answer one another, and what NVIDIA sold to data centers is what they and others bought. On
our own series this was the only driver that lowered errors; regressions on lagged levels of NVIDIA, of the other
operators or of TSMC did not (docs/forecasting.md). Guidance begins in 2025: no backtest can show whether it helps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.periods.period import Period
from features.chips.capex import HYPERSCALERS


@dataclass(frozen=True)
class Peer:
    """A series of the group; ``late``: its figure of a period is out so many periods after the others'."""

    series_id: str
    late: int = 0


SUPPLIER = "nvidia.datacenter.revenue"
# Its fiscal quarter ends a month after the calendar quarter it is filed under and is out three weeks later: when the
# operators have reported, its last known quarter is the one before.
_SUPPLIER_LATE = Peer(SUPPLIER, late=1)

PEERS: Mapping[str, tuple[Peer, ...]] = {
    SUPPLIER: tuple(Peer(name) for name in HYPERSCALERS),
    "derived.world.hyperscaler_capex": (*(Peer(name) for name in HYPERSCALERS), _SUPPLIER_LATE),
} | {name: (*(Peer(other) for other in HYPERSCALERS if other != name), _SUPPLIER_LATE) for name in HYPERSCALERS}
"""Series -> its peers, all of one frequency."""

MEMBERS_OF_GROUPS = frozenset(peer.series_id for peers in PEERS.values() for peer in peers)


def pace(series_id: str, last: Period, histories: Mapping[str, Mapping[Period, float]]) -> float | None:
    """Mean log growth a step, over a year, of the peers of a series whose last visible period is ``last``.

    Args:
        series_id: the series.
        last: nothing a peer published after this period, less what it is late, is looked at.
        histories: values by period of the peers.

    Returns None for a series without peers, and where no peer shows positive figures a year apart.
    """
    rates = []
    for peer in PEERS.get(series_id, ()):
        values = histories.get(peer.series_id, {})
        end = last.shift(-peer.late)
        now, before = values.get(end, 0.0), values.get(end.shift(-end.freq.per_year), 0.0)
        if now > 0 and before > 0:
            rates.append(float(np.log(now / before)) / end.freq.per_year)
    return float(np.mean(rates)) if rates else None
