"""The record of a training as MLflow will hold it, written to a folder first.

Everything an analyst looks at is made here, from what was published, and nothing asks a tracking store. So a training
ends the same whether the store can be reached or not; :mod:`training.tracking.outbox` keeps the folder until it could
be sent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.series import ModelSeries
from training.artifact.published import OPEN_MODELS, Published
from training.backtest.summary import leaderboard, summary
from training.champion.comparison import coverage
from training.champion.gate import GateDecision
from training.open_models.state import Score

RUN = "run.json"
TABLES = "tables"
PLOTS = "plots"
DIGEST = 36
"""Characters of a digest that MLflow keeps of a dataset; the whole one is a parameter of the run."""


@dataclass(frozen=True)
class Circumstances:
    """What a record says beside what was published.

    Attributes:
        started, ended: of the training.
        run_id: the run to log into, when MLflow Projects opened one; None opens a run.
        engine: what ran the fits, with how many workers.
        decision: what came of it, in words.
        person: who trained; None where nobody says.
        anew: the record is made again, for a version the store may hold and cannot load.
    """

    started: datetime
    ended: datetime
    run_id: str | None
    engine: str
    decision: str
    person: str | None = None
    anew: bool = False


def compose(
    folder: Path,
    published: Published,
    *,
    series: Mapping[str, ModelSeries],
    champion: Published | None,
    verdict: GateDecision | None,
    circumstances: Circumstances,
) -> None:
    """Write parameters, metrics, tables and figures of one training.

    Args:
        folder: an empty folder.
        published: what the training published.
        series: histories, for the fan charts.
        champion: the version it was compared with, for the figure of both.
        verdict: the gate's, None where it did not judge.
        circumstances: when and how it ran.
    """
    from training.tracking.plots import draw

    _tables(folder / TABLES, published, verdict)
    draw(published, series, folder / PLOTS, champion=champion)
    document = {
        "version": published.version,
        "run_id": circumstances.run_id,
        "anew": circumstances.anew,
        "started": round(1000 * circumstances.started.timestamp()),
        "ended": round(1000 * circumstances.ended.timestamp()),
        "tags": _tags(published, verdict, circumstances),
        "description": circumstances.decision,
        "parameters": {name: str(value) for name, value in _parameters(published, len(series), circumstances).items()},
        "metrics": _metrics(published),
        "dataset": _dataset(published, series),
    }
    (folder / RUN).write_text(json.dumps(document, allow_nan=False), encoding="utf-8")


def _tags(published: Published, verdict: GateDecision | None, circumstances: Circumstances) -> dict[str, str]:
    tags = {
        "headroom.version": published.version,
        "headroom.scope": str(published.manifest["scope"]),
        "mlflow.note.content": circumstances.decision,
        "mlflow.source.name": "headroom train",
        "mlflow.source.type": "LOCAL",
    }
    if verdict is not None:
        tags["headroom.gate"] = "passed" if verdict.passed else "failed"
    return tags if circumstances.person is None else tags | {"mlflow.user": circumstances.person}


def _parameters(published: Published, series: int, circumstances: Circumstances) -> dict[str, object]:
    manifest = published.manifest
    return {
        "version": published.version,
        "data_as_of": manifest["data_as_of"],
        "data_sha256": manifest["data_sha256"],
        "code_version": manifest["code"]["version"],
        "code_sha256": manifest["code"]["sha256"],
        "lock_sha256": manifest.get("lock_sha256") or "no lock beside the code",
        "seed": manifest["seed"],
        # Not "members" and "series": MLflow Projects logs what was asked for under those names.
        "members_fitted": ",".join(manifest["members"]),
        "series_count": series,
        "driver_count": len(manifest["drivers"]),
        "origin_count": manifest["origins"],
        "engine": circumstances.engine,
        **{f"library_{name}": number for name, number in manifest["libraries"].items()},
    }


def _metrics(published: Published) -> list[tuple[str, float, int]]:
    """Name, value and step: summaries at step 0, scores of every series with steps ahead as the step.

    MLflow's pages make one section of what shares the text before the last slash: a score under one rule.
    """
    metrics = [
        (f"{name}.{rule}/{freq}.{growth}", value, 0)
        for cell, values in summary(published.scores).items()
        for freq, growth, rule in [cell.split(",")]
        for name, value in values.items()
    ]
    metrics += [
        (f"open_models.{measure}/{row['proxy']}.{row['method']}", row[measure], 0)
        for row in open_model_rows(published)
        for measure in ("energy", "crps_cn", "covered_80", "n")
        if row[measure] is not None
    ]
    trials = published.trials
    if trials.is_empty():
        return metrics
    bands = pl.Series("quantiles", trials["quantiles"]).list.to_array(trials["quantiles"].list.len()[0]).to_numpy()
    inside = coverage(bands, trials["actual"].to_numpy())["coverage_80"]
    table = trials.select(
        "series_id", "freq", "rule", "step", (pl.col("crps") / pl.col("scale")).alias("crps_scaled"), "crps"
    ).with_columns(pl.Series("coverage_80", inside))
    for name in ("crps", "crps_scaled", "coverage_80"):
        means = (
            table.filter(pl.col(name).is_finite())
            .group_by("series_id", "freq", "rule", "step")
            .agg(pl.col(name).mean())
            .sort("series_id", "freq", "rule", "step")
        )
        metrics += [(f"{name}.{rule}/{series}.{freq}", value, step) for series, freq, rule, step, value in means.rows()]
    return metrics


def open_model_rows(published: Published) -> list[dict[str, Any]]:
    """Scores of the model layer, a row a proxy and method; none for a version of before it."""
    if OPEN_MODELS not in published.manifest["files"]:
        return []
    return [
        {"proxy": name} | {field: getattr(score, field) for field in Score.__slots__}
        for name, proxy in published.open_models().proxies.items()
        for score in proxy.scores
    ]


def _dataset(published: Published, series: Mapping[str, ModelSeries]) -> dict[str, str]:
    """The data vintage as MLflow describes a dataset."""
    manifest = published.manifest
    columns = [
        {"name": name, "type": kind}
        for name, kind in (("series_id", "string"), ("period", "datetime"), ("value", "double"))
    ]
    return {
        "name": f"headroom-{manifest['data_as_of']}",
        "digest": manifest["data_sha256"][:DIGEST],
        "source_type": "headroom",
        "source": json.dumps({"data_as_of": manifest["data_as_of"], "sha256": manifest["data_sha256"]}),
        "schema": json.dumps({"mlflow_colspec": columns}),
        "profile": json.dumps({"series": len(series), "rows": sum(len(item.periods) for item in series.values())}),
    }


def _tables(folder: Path, published: Published, verdict: GateDecision | None) -> None:
    folder.mkdir(parents=True)
    leaderboard(published.scores).write_csv(folder / "leaderboard.csv")
    published.scores.write_csv(folder / "scores.csv")
    published.drops.write_csv(folder / "drops.csv")
    published.residuals.select("series_id", "freq", "rule", "origin", "step", "pit").write_csv(folder / "pit.csv")
    if proxy_rows := open_model_rows(published):
        pl.DataFrame(proxy_rows).write_csv(folder / "open_models.csv")
    if verdict is not None:
        rows = [{"check": item.name, "passed": item.passed, "detail": item.detail} for item in verdict.checks]
        pl.DataFrame(rows).write_csv(folder / "gate.csv")
        text = json.dumps(verdict.evidence(), indent=1, sort_keys=True, allow_nan=False)
        (folder / "gate.json").write_text(text + "\n", encoding="utf-8")
