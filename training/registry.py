"""The members by name. A new member is one class and one line here."""

from data.errors import NotFound
from training.member import Member
from training.members.additive import ProphetMember
from training.members.classical import EtsDampedClassical, LocalTrend, ThetaClassical
from training.members.naive import Drift, Naive2, SeasonalGrowth
from training.members.nixtla import (
    ArimaRaw,
    AutoThetaRaw,
    CesRaw,
    DotRaw,
    EtsDampedLog,
    EtsLog,
    EtsRaw,
    ThetaLog,
    ThetaRaw,
)
from training.members.peers import PeerGrowth
from training.members.saturation import Bass, Gompertz, Logistic
from training.members.structural import DrivenArima, DrivenTrend

MEMBERS: dict[str, Member] = {
    member.name: member
    for member in (
        EtsRaw(),
        DotRaw(),
        ThetaLog(),
        EtsDampedLog(),
        EtsLog(),
        Naive2(),
        SeasonalGrowth(),
        Drift(),
        ThetaClassical(),
        EtsDampedClassical(),
        LocalTrend(),
        ProphetMember(),
        ThetaRaw(),
        AutoThetaRaw(),
        CesRaw(),
        ArimaRaw(),
        DrivenArima(),
        DrivenTrend(),
        Logistic(),
        Gompertz(),
        Bass(),
        PeerGrowth(),
    )
}

BASELINE = "naive2"
"""The member every score is a ratio to."""

FAST: tuple[str, ...] = (
    "ets_raw",
    "dot_raw",
    "theta_log",
    "ets_damped_log",
    "ets_log",
    "naive2",
    "seasonal_growth",
    "drift",
)
"""Milliseconds a fit: these run on every series."""

FULL: tuple[str, ...] = (
    *FAST,
    "theta_classical_log",
    "ets_damped_classical_log",
    "local_trend",
    "driven_arima_log",
    "prophet",
)
"""These run on the drivers and, for the members that live with gaps, on series with gaps."""

PEERED: tuple[str, ...] = ("peer_growth",)
"""These run, with the full set, on series whose peers' growth is known."""

RANKED: tuple[str, ...] = (*FULL, *PEERED)
"""Every member an ensemble may listen to."""


def member(name: str) -> Member:
    """The member of that name; raises :class:`NotFound`."""
    try:
        return MEMBERS[name]
    except KeyError:
        raise NotFound("member", name, allowed=sorted(MEMBERS)) from None
