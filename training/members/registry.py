"""The members by name. A new one is a class and a line: here, or an entry point of an installed package.

A package offers members as entry points of the group ``headroom.members``, each a class. What is installed is part of
what a version is made from, so its code counts into the version's identifier (:func:`plug_in_facts`).
"""

import hashlib
import inspect
import sys
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path

from data.base.code_hash import packages_sha256
from data.base.errors import InvalidParameter, NotFound
from training.members.additive import ProphetMember
from training.members.classical import EtsDampedClassical, LocalTrend, ThetaClassical
from training.members.member import Member, Pool
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
from training.members.sparse import SparseSeason
from training.members.structural import DrivenArima, DrivenTrend

PLUG_INS = "headroom.members"


def _plug_ins() -> tuple[type[Member], ...]:
    """Classes of members that installed packages offer, in the order of their entry points' names.

    Raises:
        InvalidParameter: what is offered cannot be loaded or is no member.
    """
    classes: list[type[Member]] = []
    for entry in sorted(entry_points(group=PLUG_INS), key=lambda one: (one.name, one.value)):
        try:
            offered = entry.load()
        except (ImportError, AttributeError) as error:
            raise InvalidParameter(PLUG_INS, f"{entry.value} cannot be loaded: {error}") from error
        if not (inspect.isclass(offered) and issubclass(offered, Member)):
            raise InvalidParameter(PLUG_INS, f"{entry.value} is no class of training.members.member.Member")
        classes.append(offered)
    return tuple(classes)


def plug_in_facts() -> dict[str, dict[str, str]]:
    """What a manifest says of plug-ins: the hash of each one's code by its name, and nothing where there are none."""
    hashes = {plug_in.name: _code_sha256(plug_in) for plug_in in _plug_ins()}
    return {"member_plug_ins": hashes} if hashes else {}


def _code_sha256(plug_in: type[Member]) -> str:
    """Hash of a plug-in's module, or of the whole package it is in: what it imports may change a result too."""
    package = plug_in.__module__.partition(".")[0]
    if hasattr(sys.modules[package], "__path__"):
        return packages_sha256(package)
    return hashlib.sha256(Path(inspect.getfile(plug_in)).read_bytes()).hexdigest()


def _by_name(members: Iterable[Member]) -> dict[str, Member]:
    """Members by name; raises :class:`InvalidParameter` where two have the same."""
    by_name: dict[str, Member] = {}
    for one in members:
        if one.name in by_name:
            raise InvalidParameter(PLUG_INS, f"two members are named {one.name}")
        by_name[one.name] = one
    return by_name


MEMBERS: dict[str, Member] = _by_name(
    (
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
        DrivenArima(),
        ProphetMember(),
        ThetaRaw(),
        AutoThetaRaw(),
        CesRaw(),
        ArimaRaw(),
        DrivenTrend(),
        Logistic(),
        Gompertz(),
        Bass(),
        PeerGrowth(),
        SparseSeason(),
        *(one() for one in _plug_ins()),
    )
)


def _of(pool: Pool) -> tuple[str, ...]:
    return tuple(member.name for member in MEMBERS.values() if member.pool is pool)


BASELINE = "naive2"
"""The member every score is a ratio to."""

BASELINES: tuple[str, ...] = (BASELINE, "drift")
"""Members without a model of their own: an ensemble that loses to them has taught nothing."""

FAST: tuple[str, ...] = _of(Pool.EVERY)
"""Milliseconds a fit: these run on every series."""

FULL: tuple[str, ...] = (*FAST, *_of(Pool.DRIVERS))
"""These run on the drivers and, for the members that accept gaps, on series with gaps."""

PEERED: tuple[str, ...] = _of(Pool.PEERS)
"""These run, with the full set, on series whose peers' growth is known."""

SPARSE: tuple[str, ...] = _of(Pool.SPARSE)
"""The only ones pooled for a series most of whose months are missing."""

RANKED: tuple[str, ...] = (*FULL, *PEERED, *SPARSE)
"""Every member an ensemble may pool."""


def member(name: str) -> Member:
    """The member of that name; raises :class:`NotFound`."""
    try:
        return MEMBERS[name]
    except KeyError:
        raise NotFound("member", name, allowed=sorted(MEMBERS)) from None
