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
    result = train(
        View.of(store, as_of=store.newest),
        seed=1,
        model_store=ModelStore(folder / "models", str(folder / "headroom.db"), Scope.PUBLIC),
        tracking=Tracking(f"sqlite:///{folder / 'mlruns' / 'mlflow.db'}", folder / "spool"),
        progress=lambda _done, _total: None,
        now=lambda: datetime.now(UTC),
    )
    if result.tracking_fault is not None:
        raise SystemExit(result.tracking_fault)
    total = sum(result.seconds.values())
    return {**result.seconds, "total": total, "share": (result.seconds["record"] + result.seconds["send"]) / total}


def main() -> int:
    """Entry point."""
    with tempfile.TemporaryDirectory(prefix="headroom-bench-") as folder:
        found = measured(Path(folder))
    print(" ".join(f"{name} {value:.2f} s" for name, value in found.items() if name != "share"))
    print(f"record and sending {100 * found['share']:.1f} % of the training (goal: at most {100 * SHARE:g} %)")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "tracking.json").write_text(json.dumps(found, indent=1) + "\n")
    return int(found["share"] > SHARE)


if __name__ == "__main__":
    sys.exit(main())
