"""Repeats figures, features, training and projection as of a past day, and compares the result with what came."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headroom.settings import Settings
    from projection.edition.edition import Edition
    from projection.edition.outcomes import RealisedBand

FOLDER = "hindcasts"
"""Beside the models of the scope: versions and editions of past days are apart from what is served."""


def editions_of_past_days(settings: "Settings") -> Path:
    """Where editions of past days lie, which no ledger records."""
    return settings.models.parent / FOLDER / "editions"


def past(settings: "Settings", as_of: datetime) -> "tuple[Edition, list[RealisedBand]]":
    """The edition the whole chain would have given on a day, and what came of it; never served, never recorded.

    Raises:
        TrainingError: the pool of fits ran out of time.
        ProjectionError: a figure the engine cannot start without was not known on that day.
        InvalidParameter: no accelerator had been counted by that day, or it is after today or every figure.
    """
    from headroom import days, wiring
    from headroom.console import progress
    from projection.base.timeline import Timeline
    from projection.edition.outcomes import outcomes
    from projection.project import project
    from training.hindcast import view_on
    from training.options import Options
    from training.past import train_past

    # Refused before minutes of training, not after.
    Timeline.before(as_of.date())
    figures = wiring.view(settings)
    day = days.day_of_knowledge(as_of, newest=figures.newest)
    folder = settings.models.parent / FOLDER
    with progress.bar(f"train as of {day}") as report:
        published = train_past(
            figures, day=day, seed=settings.seed, models=folder / "models", options=Options(), progress=report
        )
    with progress.bar(f"project as of {day}") as report:
        edition = project(
            view_on(figures, day=day),
            published,
            directory=editions_of_past_days(settings),
            seed=settings.seed,
            draws=settings.draws,
            progress=report,
        )
    return edition, outcomes(edition, figures)
