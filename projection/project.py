"""Project: from a published champion and the store to an edition."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from data.errors import ArtifactCorrupt, InvalidParameter
from data.ledger import Reign
from data.store import Rule, Store
from projection import publishing, split
from projection.assumptions import Assumptions, Group
from projection.editions import Edition
from projection.engine import apply_floor
from projection.ground import Ground, Lottery
from projection.publishing import Drawn
from projection.us_firm import add_firm
from training.published import Published

MINIMUM_DRAWS = 10_000
Progress = Callable[[int, int], None]


def identify(
    store: Store,
    published: Published,
    *,
    as_of: date,
    seed: int,
    draws: int,
    rule: Rule = Rule.STRICT,
    turn: int = 1,
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
        "data_rule": rule.value,
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
    rule: Rule = Rule.STRICT,
    progress: Progress | None = None,
    reign: Reign | None = None,
) -> Edition:
    """Draw every scenario jointly and publish the edition; the same inputs give the same identifier and draws.

    Args:
        store: the figures.
        published: the champion, or for a hindcast what was trained as of the day.
        directory: folder of editions, one of the store's scope.
        as_of: the day whose knowledge is used; also the edition's ``data_as_of``.
        seed: of every named stream.
        draws: at least 10,000, so that the 5 % and 95 % points move by about 2 % of one sd between seeds.
        rule: how the day a figure became known is told; ``available`` makes a pseudo-vintage, which the edition says.
        progress: called with (steps done, steps in all).
        reign: how the champion came to be it, which the manifest says; None where no ledger was asked.

    Raises:
        ProjectionError: a figure the engine cannot start without is not known on that day.
    """
    turn = 1 if reign is None else reign.turn
    edition_id, facts = identify(store, published, as_of=as_of, seed=seed, draws=draws, rule=rule, turn=turn)
    try:
        return Edition.load(directory / edition_id)
    except ArtifactCorrupt:
        pass  # Absent or broken: publish it (again).
    ground = Ground.of(store, published, as_of=as_of, rule=rule)
    lottery = Lottery.of(ground, seed=seed, draws=draws)
    names = [str(name) for name in facts["scenarios"]]
    steps = len(names) * (1 + len(Group))
    report = progress or (lambda *_: None)
    drawn: dict[str, Drawn] = {}
    for position, scenario in enumerate(names):
        base = position * (1 + len(Group))
        whole = ground.pass_of(lottery, scenario=scenario)
        report(base + 1, steps)
        groups, apart = {}, {}
        for place, group in enumerate(Group):
            alone = ground.pass_of(lottery.only(group, ground.assumptions), scenario=scenario)
            groups[group] = add_firm(alone.cells, ground.anchors, alone.values)
            apart[group] = ground.concepts(alone, groups[group])
            report(base + 2 + place, steps)
        cells = add_firm(apply_floor(whole.cells, ground.anchors.grid), ground.anchors, whole.values)
        drawn[scenario] = Drawn(
            cells,
            whole.routes,
            split.shares(groups),
            concepts=ground.concepts(whole, cells),
            concept_split=split.shares(apart),
        )
    facts |= {"base_year": ground.anchors.grid.base_year, "knowledge": list(ground.notes)}
    if reign is not None:
        facts["champion"] = _champion(published, reign)
    return publishing.write(
        directory, edition_id=edition_id, issued=datetime.now(UTC), facts=facts, grid=ground.anchors.grid, drawn=drawn
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


def code_sha256() -> str:
    """Hash of the code and tables that turn a champion into an edition."""
    digest = hashlib.sha256()
    for room in ("data", "features", "projection"):
        for entry in sorted(resources.files(room).iterdir(), key=lambda item: item.name):
            if entry.is_file() and entry.name.endswith((".py", ".toml")):
                digest.update(entry.name.encode())
                digest.update(entry.read_bytes())
    return digest.hexdigest()
