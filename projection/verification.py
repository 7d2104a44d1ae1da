"""Whether an edition can be made again: from the inputs its manifest names, and compared number by number.

With the manifest's code and lock on the same kind of machine every file is the same to the last bit. Elsewhere numbers
are allowed to lie apart by a relative 1e-5, which is said: libraries and processors round the last digits otherwise.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.base.errors import ProjectionError
from features.view import View
from projection.edition.edition import Edition
from projection.edition.publish import columns, draws_sha256
from projection.project import draw_again, identify, machine, project
from training.artifact.published import Published

TOLERANCE = 1e-5
"""Largest difference of two draws over the largest draw of their column, where code, lock or machine differ."""


@dataclass(frozen=True)
class Repetition:
    """What came of making an edition, or one scenario of it, again.

    Attributes:
        same: how many parts are the same to the last bit, of all.
        worst: largest relative difference of draws; 0 where all are the same, None where they could not be compared.
        where: the file of the worst.
        circumstances: what differs from how the edition was made, a sentence each.
    """

    edition: str
    same: int
    parts: int
    worst: float | None
    where: str | None
    circumstances: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether it is the same: to the last bit, or within the tolerance where the circumstances differ."""
        if self.same == self.parts:
            return True
        return bool(self.circumstances) and self.worst is not None and self.worst <= TOLERANCE


def repeat(edition: Edition, view: View, published: Published) -> Repetition:
    """Project the edition again, into a folder that is removed, and compare every file.

    Raises:
        ProjectionError: figures or model are not those of the edition, so that nothing can be said of its numbers.
    """
    circumstances = _circumstances(edition, view, published)
    with tempfile.TemporaryDirectory(prefix="headroom-verify-") as folder:
        again = project(
            view,
            published,
            directory=Path(folder),
            seed=edition.manifest["seed"],
            draws=edition.manifest["draws"],
        )
        names = sorted({*edition.manifest["files"], *again.manifest["files"]})
        unlike = [name for name in names if edition.manifest["files"].get(name) != again.manifest["files"].get(name)]
        worst, where = _worst(edition, again, unlike)
    return Repetition(edition.id, len(names) - len(unlike), len(names), worst, where, circumstances)


def repeat_scenario(edition: Edition, view: View, published: Published, scenario: str) -> Repetition:
    """Draw one scenario again and compare the hash of its draws; raises as :func:`repeat` does."""
    recorded = edition.manifest.get("draws_sha256", {}).get(scenario)
    if recorded is None:
        message = f"{edition.id} says no hash of the draws of {scenario}"
        raise ProjectionError(message, remedy="name one of its scenarios; editions of former formats say none")
    circumstances = _circumstances(edition, view, published)
    draws, seed = edition.manifest["draws"], edition.manifest["seed"]
    again = columns(draw_again(view, published, scenario=scenario, seed=seed, draws=draws).table)
    same = draws_sha256(again) == recorded
    worst, where = 0.0 if same else None, None
    if not same and edition.has_draws(scenario):
        worst, where = _apart(again, _draws(edition, scenario)), f"draws/{scenario}"
    return Repetition(edition.id, int(same), 1, worst, where, circumstances)


def _circumstances(edition: Edition, view: View, published: Published) -> tuple[str, ...]:
    manifest = edition.manifest
    _, facts = identify(view, published, seed=manifest["seed"], draws=manifest["draws"])
    for name, input_name in (("data_sha256", f"figures known on {edition.data_as_of}"), ("model_version", "model")):
        if manifest[name] != facts[name]:
            message = f"the {input_name} are not those of {edition.id}: {facts[name]} instead of {manifest[name]}"
            raise ProjectionError(message, remedy="restore the backup they are in: headroom db restore")
    commit = manifest.get("run", {}).get("commit")
    way = f"git checkout {commit}; make check" if commit else f"install release {manifest['code']['version']}"
    versions = _versions(manifest.get("libraries", {}), facts["libraries"])
    sentences = {
        "code": f"The code is not that of the edition ({way} has it).",
        "lock_sha256": f"The lock of requirements is not that of the edition ({way} has it).",
        "libraries": f"Libraries are of other versions: {versions}.",
        "assumptions": "The assumptions are not those of the edition.",
        "scenarios": "The scenarios are not those of the edition.",
    }
    unlike = [sentence for name, sentence in sentences.items() if manifest.get(name) != facts[name]]
    made_on = manifest.get("run", {}).get("machine")
    return (*unlike, *([] if made_on == machine() else [f"It was made on {made_on}; this is {machine()}."]))


def _versions(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {then.get(name)} then, {now[name]} now" for name in now if then.get(name) != now[name])


def _worst(edition: Edition, again: Edition, names: Sequence[str]) -> tuple[float | None, str | None]:
    """The largest difference of draws in some files; None where a file with draws is in one of the two alone."""
    worst, where = 0.0, None
    for name in names:
        if not name.endswith(".parquet") or name.startswith("bands/"):
            continue
        if not all(name in one.manifest["files"] for one in (edition, again)):
            return None, name
        apart = _apart(*({column.name: column.to_numpy() for column in one.table(name)} for one in (again, edition)))
        if apart is None or apart > worst:
            worst, where = apart if apart is not None else np.inf, name
    return worst, where


def _apart(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> float | None:
    """The largest difference over the largest number of its column; None where columns or rows differ."""
    if ours.keys() != theirs.keys():
        return None
    worst = 0.0
    for name, draws in ours.items():
        other = theirs[name]
        if draws.shape != other.shape:
            return None
        scale = float(np.max(np.abs(other))) or 1.0
        worst = max(worst, float(np.max(np.abs(draws.astype(np.float64) - other)) / scale))
    return worst


def _draws(edition: Edition, scenario: str) -> dict[str, Any]:
    frames = [edition.table(name) for name in edition.manifest["files"] if name.startswith(f"draws/{scenario}/")]
    return {column.name: column.to_numpy() for frame in frames for column in frame}
