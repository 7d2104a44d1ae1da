"""Project: from a published champion and the store to an edition."""

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.code_hash import packages_sha256
from data.base.errors import ArtifactCorrupt, InvalidParameter
from data.base.release import lock_sha256, release
from data.periods.timestamps import rfc3339
from data.store.ledger import ChampionStatus, IssuedEdition
from features.driver_ages import driver_ages
from features.view import View
from projection.cells.cells import DAY_FIGURES
from projection.cells.day_figures import day_figures
from projection.claims import evaluation as claims
from projection.edition import funnel, publish, summary
from projection.edition.edition import CONDITIONING, Edition
from projection.edition.names import FUNNEL, PACES, POSITIONS
from projection.edition.remote import RemoteEditions
from projection.inputs.assumption_values import Values
from projection.inputs.assumptions import Assumptions
from projection.open_models import points, shares
from projection.scenarios import library
from projection.simulate import supply_pace
from projection.simulate.conditioning import condition
from projection.simulate.model_inputs import ModelInputs
from projection.simulate.scenario_pool import Progress, draw_scenario, scenario_pool
from projection.third_party import comparisons, conversion
from training.artifact.published import Published

MINIMUM_DRAWS = 10_000
TRIAL_DRAWS = 256
CODE = ("data", "features", "training", "projection")
"""Packages whose code and tables turn a champion into an edition."""
LIBRARIES = ("numba", "numpy", "polars", "scipy")
"""Libraries whose versions may change a draw in its last bits."""


def identify(view: View, published: Published, *, seed: int, draws: int, turn: int = 1) -> tuple[str, dict[str, Any]]:
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
        "data_as_of": view.as_of.isoformat(),
        "data_rule": view.rule.value,
        "data_sha256": view.sha256(),
        "scope": view.scope.value,
        "code": {"version": release(), "sha256": packages_sha256(*CODE)},
        "lock_sha256": lock_sha256(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "model_version": published.version,
        "assumptions": {"version": assumptions.version, "sha256": assumptions.sha256},
        "seed": seed,
        "draws": draws,
        "scenarios": list(library.documents()),
    }
    if turn > 1:
        facts["champion_turn"] = turn
    facts |= view.substitutions.facts()
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:10]
    return f"e-{view.as_of:%Y%m%d}-{digest}", facts


def machine() -> str:
    """The kind of machine: on one kind the same code, lock and inputs give the same numbers to the last bit."""
    return f"{platform.system()} {platform.machine()}"


def project(
    view: View,
    published: Published,
    *,
    directory: Path,
    seed: int,
    draws: int = MINIMUM_DRAWS,
    progress: Progress | None = None,
    champion_status: ChampionStatus | None = None,
    records: Sequence[IssuedEdition] | None = None,
    processes: int | None = None,
    commit: str | None = None,
    remote: RemoteEditions | None = None,
) -> Edition:
    """Draw every scenario jointly and publish the edition; the same inputs give the same identifier and draws.

    Args:
        view: the figures as known on a day, which is also the edition's ``data_as_of``; one under the rule
            ``available`` makes a pseudo-vintage, which the edition says.
        published: the champion, or for a hindcast what was trained as of the day.
        directory: folder of editions, one of the figures' scope.
        seed: of every named stream.
        draws: at least 10,000, so that the 5 % and 95 % points move by about 2 % of one sd between seeds.
        progress: called with (steps done, steps in all).
        champion_status: how the champion came to be it, which the manifest says; None where no ledger was asked.
        records: the ledger's editions: one that stands in the directory is taken only if it is what was recorded. None
            takes one that matches its own manifest.
        remote: the storage that files of one that stands are fetched from.
        commit: of the repository the code lies in, which the manifest says; None where there is none.
        processes: 1 or 2 that draw scenarios, which are the same to the last bit; 2 where there are cores when None.

    Raises:
        ProjectionError: a figure the engine cannot start without is not known on that day.
    """
    started = time.monotonic()
    turn = 1 if champion_status is None else champion_status.turn
    edition_id, facts = identify(view, published, seed=seed, draws=draws, turn=turn)
    standing = recorded(directory, edition_id, records, remote)
    if standing is not None:
        return standing
    with scenario_pool(processes or min(os.cpu_count() or 1, 2)) as pool:
        model_inputs = ModelInputs.of(view, published)
        scenarios = library.scenarios(model_inputs.assumptions)
        facts |= {"base_year": model_inputs.anchors.timeline.base_year, "knowledge": list(model_inputs.notes)}
        facts |= {"knowledge_of": {region: list(notes) for region, notes in model_inputs.notes_of.items()}}
        if champion_status is not None:
            facts["champion"] = _champion(published, champion_status)
        conditioning = condition(model_inputs, seed=seed, draws=draws)
        positions = conditioning.positions
        last = draws if positions is None else int(positions[-1]) + 1
        prepared = round(time.monotonic() - started, 1)
        values_of = partial(_values, model_inputs.assumptions, seed=seed, draws=last, positions=positions)
        return publish.write(
            directory,
            edition_id=edition_id,
            issued=datetime.now(UTC),
            facts=facts,
            run={"machine": machine(), "commit": commit, "seconds": {"inputs": prepared}},
            scenario_files=partial(
                pool.write,
                model_inputs,
                scenarios,
                seed=seed,
                draws=draws,
                positions=positions,
                progress=progress,
            ),
            readings=readings(view, values_of),
            constants=_at(conversion.draw(model_inputs.assumptions, seed=seed, draws=last), positions),
            figures=model_inputs.beside,
            drivers=[age.document() for age in driver_ages(view)],
            day_figures=day_figures(DAY_FIGURES, view, base_year=facts["base_year"]),
            files={CONDITIONING: conditioning.document, FUNNEL: _funnel(view, model_inputs, seed=seed, draws=draws)}
            | {POSITIONS: pl.DataFrame({"position": np.arange(draws) if positions is None else positions})}
            | {PACES: _at(supply_pace.frame(model_inputs, seed=seed, draws=last), positions)}
            | {
                name: _at(content, positions) if isinstance(content, pl.DataFrame) else content
                for name, content in shares.files(published, model_inputs, seed=seed, draws=last).items()
            },
            documents=lambda edition: {claims.DOCUMENT: claims.document(edition, view)},
        )


def readings(view: View, values_of: Callable[[str], Values]) -> tuple[publish.Reading, ...]:
    """What an edition keeps of a scenario without draws: points and limits, comparisons, use of models, joint events.

    Args:
        view: what was known of others on the edition's day.
        values_of: draws of the assumptions that the model layer reads, by scenario.
    """
    return (
        summary.answers,
        partial(comparisons.answers, view=view),
        partial(points.answers, values_of=values_of),
        partial(claims.answers, view=view, values_of=values_of),
    )


def draw_again(view: View, published: Published, *, scenario: str, seed: int, draws: int) -> publish.Drawn:
    """Draw one scenario as :func:`project` does, and keep nothing; raises likewise."""
    from projection.simulate.scenario_run import draw

    model_inputs = ModelInputs.of(view, published)
    positions = condition(model_inputs, seed=seed, draws=draws).positions
    overriding = library.scenario(scenario, model_inputs.assumptions)
    return draw(model_inputs, scenario=overriding, seed=seed, draws=draws, positions=positions)


def _values(
    assumptions: Assumptions, name: str, *, seed: int, draws: int, positions: NDArray[np.int64] | None
) -> Values:
    """Draws of what the model layer reads under a scenario of the library."""
    scenario = library.scenario(name, assumptions)
    return shares.values(assumptions, scenario, seed=seed, draws=draws, positions=positions)


def _at(frame: pl.DataFrame, positions: NDArray[np.int64] | None) -> pl.DataFrame:
    """Rows of the draws that are taken, one row a draw."""
    return frame if positions is None else frame[positions]


def attempt(view: View, published: Published, *, seed: int) -> None:
    """Go the way of :func:`project` with a few draws of one scenario and keep nothing.

    Raises whatever would stop a projection; what it raises is the reason why the version cannot be projected.
    """
    model_inputs = ModelInputs.of(view, published)
    publish.columns(draw_scenario(model_inputs, seed=seed, draws=TRIAL_DRAWS).table)
    shares.files(published, model_inputs, seed=seed, draws=TRIAL_DRAWS)
    _funnel(view, model_inputs, seed=seed, draws=TRIAL_DRAWS)


def _funnel(view: View, model_inputs: ModelInputs, *, seed: int, draws: int) -> dict[str, Any]:
    base_year = model_inputs.anchors.timeline.base_year
    return funnel.document(view, model_inputs.assumptions, base_year=base_year, seed=seed, draws=draws)


def recorded(
    directory: Path, edition_id: str, records: Sequence[IssuedEdition] | None, remote: RemoteEditions | None = None
) -> Edition | None:
    """An edition that verifies and that the ledger knows, or None: then it has to be published (again)."""
    by_id = {record.id: record for record in records or ()}
    if records is not None and edition_id not in by_id:
        return None
    try:
        return Edition.load(directory / edition_id, record=by_id.get(edition_id), remote=remote)
    except ArtifactCorrupt:
        return None


def _champion(published: Published, champion_status: ChampionStatus) -> dict[str, Any]:
    """What the manifest says about how the model became champion: promoted, or brought back by a rollback."""
    line = champion_status.promotion
    return {
        "version": published.version,
        "manifest_sha256": published.sha256,
        "kind": line.kind.value,
        "turn": champion_status.turn,
        "since": rfc3339(line.created),
        "previous": line.previous_version,
        "actor": line.actor,
        "reason": line.reason,
    }
