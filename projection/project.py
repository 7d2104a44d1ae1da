"""Project: from a published champion and the store to an edition."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import ArtifactCorrupt, InvalidParameter
from data.ledger import Reign
from data.store import Store
from features.panel import panel
from projection import publishing, split
from projection.anchors import DESIGNERS, Anchors, read_anchors
from projection.assumptions import Assumptions, Group
from projection.chips import CAPEX, flow_id
from projection.drivers import draw_drivers
from projection.editions import Edition
from projection.engine import Inputs, Key, Paths, add_firm, apply_floor, disk_observed, run
from projection.realisation import SiteShocks
from projection.storage import SHIPPED
from projection.streams import normals
from training.published import Published

MINIMUM_DRAWS = 10_000
DRIVERS = (
    *(flow_id(name) for name in DESIGNERS),
    CAPEX,
    "cn.electricity.generation.total.owid",
    "world.electricity.generation.total.owid",
    SHIPPED,
)
Progress = Callable[[int, int], None]


def identify(
    store: Store, published: Published, *, as_of: date, seed: int, draws: int, turn: int = 1
) -> tuple[str, dict[str, Any]]:
    """Identifier of the edition these inputs give, and the facts it is made of, without drawing anything.

    ``turn`` counts how often the version has become champion: what is projected after a rollback is an edition of its
    own, newer than the one of the version that was taken back.

    Raises:
        InvalidParameter: fewer than 10,000 draws.
    """
    if draws < MINIMUM_DRAWS:
        raise InvalidParameter("draws", f"{draws} is too few", allowed=[f">= {MINIMUM_DRAWS}"])
    assumptions = Assumptions.shipped()
    facts: dict[str, Any] = {
        "data_as_of": as_of.isoformat(),
        "data_sha256": store.sha256(as_of),
        "scope": store.scope.value,
        "code": {"version": metadata.version("headroom"), "sha256": code_sha256()},
        "model_version": published.version,
        "assumptions": {"version": assumptions.version, "sha256": assumptions.sha256},
        "seed": seed,
        "draws": draws,
        "scenarios": sorted(assumptions.scenarios, key=lambda name: (name != "base", name)),
    }
    if turn > 1:
        facts["champion_turn"] = turn
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:10]
    return f"e-{as_of:%Y%m%d}-{digest}", facts


def project(
    store: Store,
    published: Published,
    *,
    directory: Path,
    as_of: date,
    seed: int,
    draws: int = MINIMUM_DRAWS,
    progress: Progress | None = None,
    reign: Reign | None = None,
) -> Edition:
    """Draw every scenario jointly and publish the edition; the same inputs give the same identifier and draws.

    Args:
        store: the figures.
        published: the champion.
        directory: folder of editions, one of the store's scope.
        as_of: the day whose knowledge is used; also the edition's ``data_as_of``.
        seed: of every named stream.
        draws: at least 10,000, so that the 5 % and 95 % points move by about 2 % of one sd between seeds.
        progress: called with (steps done, steps in all).
        reign: how the champion came to be it, which the manifest says; None where no ledger was asked.
    """
    edition_id, facts = identify(
        store, published, as_of=as_of, seed=seed, draws=draws, turn=1 if reign is None else reign.turn
    )
    try:
        return Edition.load(directory / edition_id)
    except ArtifactCorrupt:
        pass  # Absent or broken: publish it (again).
    realisation = published.realisation()
    assumptions = Assumptions.shipped().fitted(realisation)
    anchors = read_anchors(store, panel(store, as_of=as_of), as_of=as_of)
    disk = _disk(store, as_of)
    latent = assumptions.latent(seed=seed, draws=draws)
    errors = {name: normals(seed, f"measurement/{name}", draws) for name in DESIGNERS}
    paths: dict[str, dict[Key, Paths]] = {}
    splits = {}
    names = [str(name) for name in facts["scenarios"]]
    steps = len(names) * (1 + len(Group))
    report = progress or (lambda *_: None)
    for position, scenario in enumerate(names):
        drivers = draw_drivers(published, DRIVERS, seed=seed, draws=draws, frozen=False)
        values = assumptions.values(latent, scenario=scenario)
        inputs = Inputs(
            anchors=anchors,
            drivers=drivers,
            values=values,
            errors=errors,
            shocks=SiteShocks(seed, draws),
            evidence_days=realisation.evidence_days,
            disk_observed=disk,
        )
        paths[scenario] = add_firm(apply_floor(run(inputs)), anchors, values)
        report(position * (1 + len(Group)) + 1, steps)
        groups = {}
        for place, group in enumerate(Group):
            groups[group] = _only(
                group, published, assumptions, latent, errors, anchors, disk, realisation.evidence_days, scenario, seed
            )
            report(position * (1 + len(Group)) + 2 + place, steps)
        splits[scenario] = split.shares(groups)
    return publishing.write(
        directory,
        edition_id=edition_id,
        issued=datetime.now(UTC),
        facts=facts | ({} if reign is None else {"champion": _champion(published, reign)}),
        scenarios=paths,
        splits=splits,
    )


def _champion(published: Published, reign: Reign) -> dict[str, Any]:
    """What the manifest says about how the model became champion: promoted, or brought back by a rollback."""
    line = reign.promotion
    return {
        "version": published.version,
        "manifest_sha256": published.sha256,
        "kind": line.kind.value,
        "turn": reign.turn,
        "since": line.created.isoformat(timespec="seconds"),
        "previous": line.previous_version,
        "actor": line.actor,
        "reason": line.reason,
    }


def _only(
    group: Group,
    published: Published,
    assumptions: Assumptions,
    latent: dict[str, np.ndarray],
    errors: dict[str, np.ndarray],
    anchors: Anchors,
    disk: dict[int, float],
    evidence_days: int,
    scenario: str,
    seed: int,
) -> dict[Key, Paths]:
    """The engine with one group of inputs random and the rest at their medians."""
    few = split.SPLIT_DRAWS
    drivers = draw_drivers(published, DRIVERS, seed=seed, draws=few, frozen=group is not Group.GROWTH)
    values = assumptions.values(split.only(latent, assumptions, group), scenario=scenario)
    measured = {name: z[:few] if group is Group.NOWCAST else np.zeros(few) for name, z in errors.items()}
    shocks = SiteShocks(seed, few, remeasured=group is Group.NOWCAST, moving=group is Group.GROWTH)
    inputs = Inputs(
        anchors=anchors,
        drivers=drivers,
        values=values,
        errors=measured,
        shocks=shocks,
        evidence_days=evidence_days,
        disk_observed=disk,
    )
    return add_firm(run(inputs), anchors, values)


def _disk(store: Store, as_of: date) -> dict[int, float]:
    shipped = panel(store, as_of=as_of).series[SHIPPED]
    return disk_observed([period.start for period in shipped.periods], shipped.values)


def code_sha256() -> str:
    """Hash of the code and tables that turn a champion into an edition."""
    digest = hashlib.sha256()
    for room in ("data", "features", "projection"):
        for entry in sorted(resources.files(room).iterdir(), key=lambda item: item.name):
            if entry.is_file() and entry.name.endswith((".py", ".toml")):
                digest.update(entry.name.encode())
                digest.update(entry.read_bytes())
    return digest.hexdigest()
