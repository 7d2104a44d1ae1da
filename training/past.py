"""A version trained as of a past day, for the whole chain's hindcast: never judged, promoted or tracked."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from data.base.code_hash import packages_sha256
from features.panel import forecastable, panel, totals
from features.view import View
from training.artifact.published import Published
from training.champion.promotion import verified
from training.hindcast import view_on
from training.members.registry import plug_in_facts
from training.options import Options
from training.train import CODE, Wanted, fit_version

Progress = Callable[[int, int], None]


def train_past(view: View, *, day: date, seed: int, models: Path, options: Options, progress: Progress) -> Published:
    """Train on what was known on a day and publish the version; the same inputs name the same version.

    Figures whose ``published`` is a retrieval are shown by their release lags, so the version is a pseudo-vintage.

    Args:
        view: the figures of today.
        day: the day whose knowledge is used.
        seed: of every named stream.
        models: folder of versions trained as of past days.
        options: how it runs.
        progress: called with (fits done, fits in all).

    Raises:
        TrainingError: the pool of fits ran out of time.
    """
    then = view_on(view, day=day)
    drivers = panel(then).series
    series = {**forecastable(then), **drivers}
    facts = {
        "data_as_of": day.isoformat(),
        "data_rule": then.rule.value,
        "data_sha256": then.sha256(),
        "scope": then.scope.value,
        "code": {"sha256": packages_sha256(*CODE)},
        "seed": seed,
        **then.substitutions.of_drivers().facts(),
        **plug_in_facts(),
    }
    version = f"h-{day:%Y%m%d}-{hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:8]}"
    published = verified(models / version)
    if published is not None:
        return published
    return fit_version(then, series, totals(then), sorted(drivers), models, version, facts, progress, Wanted(), options)
