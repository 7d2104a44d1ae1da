"""What is published reads back as it was written, or not at all."""

import json
import os
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.base.errors import ArtifactCorrupt, NotFound
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from training.artifact import publish
from training.artifact.published import DOCUMENTS, Published

YEAR = Frequency.YEAR


def frames():
    levels = [float(level) for level in FORECAST_LEVELS]
    forecasts = [
        {"series_id": "a", "freq": "A", "period": date(2027 + step, 1, 1), "level": level, "value": 10 * step + level}
        for step in range(2)
        for level in levels
    ]
    head = {"freq": "A", "unit": "TWh", "region": "US", "last_observed": date(2026, 1, 1), "sources": ["x"]}
    meta = [
        head | {"series_id": "a", "method": "m", "n_scores": 5, "reduced": None, "pseudo_vintage": True,
                "status": "available", "reason": None},
        head | {"series_id": "b", "method": "none", "n_scores": 0, "reduced": None, "pseudo_vintage": True,
                "status": "unavailable", "reason": "nobody answered"},
    ]  # fmt: skip
    return {
        "forecasts": pl.DataFrame(forecasts, schema=publish.FORECASTS),
        "forecast_meta": pl.DataFrame(meta),
        "residuals": pl.DataFrame(schema=publish.RESIDUALS),
        "scores": pl.DataFrame(schema=publish.SCORES),
        "drops": pl.DataFrame(schema=publish.DROPS),
    }


def write(models, version="m-1"):
    documents = {name: {} for name in DOCUMENTS} | {
        "correlation.json": {
            "series": ["a"], "matrix": [[1.0]], "persistence": {"a": 0.5}, "shrinkage": 0.5, "n": 3,
        }
    }  # fmt: skip
    manifest = {"data_as_of": "2026-11-23", "drivers": ["a"], "created": "2026-11-23T00:00:00+00:00"}
    return publish.write(models, version=version, manifest=manifest, frames=frames(), documents=documents)


def test_a_forecast_reads_back_with_its_periods_levels_and_values(tmp_path):
    published = Published.load(write(tmp_path))
    forecast = published.forecast("a")
    assert forecast.periods == (Period(date(2027, 1, 1), YEAR), Period(date(2028, 1, 1), YEAR))
    assert forecast.levels == FORECAST_LEVELS
    assert forecast.values.shape == (2, 9)
    assert forecast.values[1, 4] == 10.5
    assert published.version == "m-1"
    assert published.drivers == ("a",)
    assert published.correlation().persistence == {"a": 0.5}
    assert np.array_equal(published.correlation().matrix, np.eye(1))


def test_a_series_without_a_forecast_says_why(tmp_path):
    published = Published.load(write(tmp_path))
    assert published.series_meta("b").status == "unavailable"
    with pytest.raises(NotFound, match="nobody answered"):
        published.forecast("b")
    with pytest.raises(NotFound):
        published.forecast("a", Frequency.MONTH)
    with pytest.raises(NotFound):
        published.document("../secret.json")


@pytest.mark.parametrize("name", ["forecasts.parquet", "correlation.json", "parameters.json"])
def test_a_changed_file_is_refused(tmp_path, name):
    place = write(tmp_path)
    content = bytearray((place / name).read_bytes())
    content[-1] ^= 1
    (place / name).write_bytes(bytes(content))
    with pytest.raises(ArtifactCorrupt, match="hash"):
        Published.load(place)


def test_a_missing_file_and_a_manifest_that_hides_one_are_refused(tmp_path):
    place = write(tmp_path)
    (place / "drops.parquet").unlink()
    with pytest.raises(ArtifactCorrupt, match="missing"):
        Published.load(place)
    manifest = json.loads((place / "manifest.json").read_text())
    del manifest["files"]["drops.parquet"]
    (place / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactCorrupt, match=r"drops\.parquet"):
        Published.load(place)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', "\x00"])
def test_a_manifest_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ArtifactCorrupt):
        Published.load(tmp_path)


def test_a_version_that_does_not_verify_is_replaced_whole(tmp_path):
    place = write(tmp_path)
    (place / "drops.parquet").write_bytes(b"")
    Published.load(write(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["m-1"]


def test_a_writer_that_dies_leaves_the_old_version_and_is_cleared_away_later(tmp_path, monkeypatch):
    write(tmp_path, "m-0")

    def die(_descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["m-0"]
    left = tmp_path / ".m-1-killed"
    left.mkdir()
    write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m-0", "m-1"]
