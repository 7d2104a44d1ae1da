"""What a training's record costs: writing tables and figures and sending them to MLflow, against the whole training.

    make bench-tracking                  # one whole training of the shipped figures, a few minutes

A new home and a new SQLite tracking store are made in a temporary folder. Exit code 1 when the goal is missed.
"""

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from data.base.scopes import Scope
from data.store.database import upgrade
from data.store.store import Store
from features.view import View
from training.champion.promotion import ModelStore
from training.tracking.tracking import Tracking
from training.train import train

SHARE = 0.05
RESULTS = Path(__file__).with_name("results")


def measured(folder: Path) -> dict[str, float]:
    """Seconds by part of one whole training, and the share of its record."""
    upgrade(folder / "headroom.db")
    store = Store.shipped()
    training = train(
        View.of(store, as_of=store.newest),
        seed=1,
        model_store=ModelStore(folder / "models", str(folder / "headroom.db"), Scope.PUBLIC),
        tracking=Tracking(f"sqlite:///{folder / 'mlruns' / 'mlflow.db'}", folder / "spool"),
        progress=lambda _count, _total: None,
        now=lambda: datetime.now(UTC),
    )
    if training.tracking_fault is not None:
        raise SystemExit(training.tracking_fault)
    total = sum(training.seconds.values())
    return {
        **training.seconds,
        "total": total,
        "share": (training.seconds["record"] + training.seconds["send"]) / total,
    }


def main() -> int:
    """Entry point."""
    with tempfile.TemporaryDirectory(prefix="headroom-bench-") as folder:
        report = measured(Path(folder))
    print(" ".join(f"{name} {value:.2f} s" for name, value in report.items() if name != "share"))
    print(f"record and sending {100 * report['share']:.1f} % of the training (goal: at most {100 * SHARE:g} %)")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "tracking.json").write_text(json.dumps(report, indent=1) + "\n")
    return int(report["share"] > SHARE)


if __name__ == "__main__":
    sys.exit(main())
