"""What training published, read back with every hash checked. No modelling library is reached from here."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.errors import ArtifactCorrupt, NotFound
from data.base.quantiles import Quantile
from data.periods.period import Frequency, Period
from training.open_models.state import OpenModels, ProxyModel
from training.plans.realisation import Identified, Realisation

__all__ = [
    "DOCUMENTS",
    "FRAMES",
    "MANIFEST",
    "OPEN_MODELS",
    "REALISATION",
    "Correlation",
    "Identified",
    "OpenModels",
    "ProxyModel",
    "Published",
    "Realisation",
    "SeriesForecast",
    "SeriesMeta",
    "sha256",
]

MANIFEST = "manifest.json"
ENSEMBLE = "ensemble"
"""What the tables of scores call the calibrated ensemble."""
FRAMES = ("forecasts", "forecast_meta", "residuals", "scores", "drops")
REALISATION = "realisation.json"
OPEN_MODELS = "open_models.json"
"""Beside :data:`DOCUMENTS`: versions of before the model layer are without it."""
DOCUMENTS = ("correlation.json", "calibration.json", "ensemble.json", "parameters.json", REALISATION)


def sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class SeriesForecast:
    """One series' published marginals.

    Attributes:
        values: shape ``(horizon, level)``, in ``unit``, ascending along levels.
        periods: the forecast periods; the first is the first unobserved one.
        method: members and calibration in words, e.g. ``ensemble(ets_raw,theta_log);conformal(Q,fast)``.
        n_scores: backtest (series, origin) pairs behind the widths.
        reduced: what was left out or weakened, in words, or None.
        derivation: how the series is added up or joined from others, in words, or None.
    """

    series_id: str
    freq: Frequency
    unit: str
    region: str
    periods: tuple[Period, ...]
    levels: tuple[Quantile, ...]
    values: NDArray[np.float64]
    method: str
    n_scores: int
    last_observed: Period
    pseudo_vintage: bool
    sources: tuple[str, ...]
    reduced: str | None
    derivation: str | None = None


@dataclass(frozen=True, slots=True)
class SeriesMeta:
    """Whether a series has a forecast, and why not where it has none."""

    series_id: str
    freq: Frequency
    unit: str
    region: str
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Correlation:
    """Dependence of the drivers' backtest residuals.

    Attributes:
        series: driver ids, the order of ``matrix``.
        matrix: correlation of normal scores, shape ``(n, n)``, positive semidefinite, unit diagonal.
        persistence: per series, correlation of the normal scores of successive steps of one forecast.
        shrinkage: weight of the identity at the typical number of joint scores; n: that number (median over pairs).
    """

    series: tuple[str, ...]
    matrix: NDArray[np.float64]
    persistence: Mapping[str, float]
    shrinkage: float
    n: int


class Published:
    """A model version's directory. Frames are read when first asked for and never written."""

    def __init__(self, directory: Path, manifest: dict[str, Any]) -> None:
        self.directory = directory
        self.manifest: Mapping[str, Any] = MappingProxyType(manifest)
        self._frames: dict[str, pl.DataFrame] = {}
        self._bands: dict[tuple[str, str], pl.DataFrame] | None = None

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the manifest and verify every file; raises :class:`ArtifactCorrupt`."""
        path = directory / MANIFEST
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            files = dict(manifest["files"])
        except FileNotFoundError:
            raise ArtifactCorrupt(str(path), "missing") from None
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise ArtifactCorrupt(str(path), f"not a manifest: {error}") from None
        required = {f"{name}.parquet" for name in FRAMES} | set(DOCUMENTS)
        if missing := sorted(required - files.keys()):
            raise ArtifactCorrupt(str(path), f"the manifest does not list {', '.join(missing)}")
        for name, digest in files.items():
            file = directory / name
            if not file.is_file():
                raise ArtifactCorrupt(str(file), "missing")
            if sha256(file) != digest:
                raise ArtifactCorrupt(str(file), "the hash differs from the manifest")
        return cls(directory, manifest)

    @property
    def version(self) -> str:
        """The version's id."""
        return str(self.manifest["version"])

    @property
    def sha256(self) -> str:
        """Hex digest of the manifest, which holds that of every other file: the version to the last byte."""
        return sha256(self.directory / MANIFEST)

    @property
    def data_as_of(self) -> date:
        """The day whose knowledge the models were trained on."""
        return date.fromisoformat(self.manifest["data_as_of"])

    @property
    def drivers(self) -> tuple[str, ...]:
        """Ids of the driver series, sorted."""
        return tuple(self.manifest["drivers"])

    @property
    def forecasts(self) -> pl.DataFrame:
        """Long table: series_id, freq, period, level, value."""
        return self._frame("forecasts")

    @property
    def meta(self) -> pl.DataFrame:
        """One row a series: method, counts, status."""
        return self._frame("forecast_meta")

    @property
    def residuals(self) -> pl.DataFrame:
        """Backtest residuals of the calibrated ensemble: series_id, origin, step, actual, median, log_error, pit."""
        return self._frame("residuals")

    @property
    def scores(self) -> pl.DataFrame:
        """Scores per series, member and step class; strict and pseudo-vintage rows apart in ``rule``."""
        return self._frame("scores")

    @property
    def drops(self) -> pl.DataFrame:
        """Members dropped, per series, with the reason."""
        return self._frame("drops")

    @property
    def trials(self) -> pl.DataFrame:
        """What the ensemble said at every scored step (:data:`training.artifact.trials.TRIALS`).

        Raises :class:`NotFound` for a version published before this table was.
        """
        if "trials.parquet" not in self.manifest["files"]:
            raise NotFound("table", "trials", hint=f"{self.version} was published without it: train again")
        return self._frame("trials")

    def history(self, series_id: str, freq: Frequency) -> dict[Period, float]:
        """The figures of a series that the version was trained on, by period.

        Raises :class:`NotFound` for a version published before they were kept.
        """
        if "history.parquet" not in self.manifest["files"]:
            raise NotFound("table", "history", hint=f"{self.version} was published without it: train again")
        of_series = (pl.col("series_id") == series_id) & (pl.col("freq") == freq.value)
        rows = self._frame("history").filter(of_series).select("period", "value").iter_rows()
        return {Period(day, freq): value for day, value in rows}

    def frequencies(self, series_id: str) -> tuple[Frequency, ...]:
        """Frequencies at which a series has a forecast, finest first; empty where it has none."""
        available = (pl.col("series_id") == series_id) & (pl.col("status") == "available")
        names = set(self.meta.filter(available)["freq"].to_list())
        return tuple(sorted((Frequency(name) for name in names), key=lambda freq: freq.months))

    @property
    def contents(self) -> frozenset[str]:
        """Names of files and of terms of plan realisation: what a projection may read."""
        terms = self.document(REALISATION).get("terms", {}) if REALISATION in self.manifest["files"] else {}
        return frozenset(self.manifest["files"]) | {f"the term {name}" for name in terms}

    def document(self, name: str) -> dict[str, Any]:
        """A JSON document of the version, e.g. ``calibration.json``; raises :class:`NotFound`."""
        if name not in self.manifest["files"] or not name.endswith(".json"):
            raise NotFound("document", name, allowed=DOCUMENTS)
        content: dict[str, Any] = json.loads((self.directory / name).read_text(encoding="utf-8"))
        return content

    def series_meta(self, series_id: str, freq: Frequency | None = None) -> SeriesMeta:
        """Status of one series; raises :class:`NotFound`."""
        row = self._meta_row(series_id, freq)
        return SeriesMeta(
            series_id=series_id,
            freq=Frequency(row["freq"]),
            unit=row["unit"],
            region=row["region"],
            status=row["status"],
            reason=row["reason"],
        )

    def forecast(self, series_id: str, freq: Frequency | None = None) -> SeriesForecast:
        """The published bands of one series; raises :class:`NotFound`, also where the status is unavailable."""
        row = self._meta_row(series_id, freq)
        if row["status"] != "available":
            raise NotFound("forecast", series_id, hint=f"unavailable: {row['reason']}")
        if self._bands is None:
            self._bands = {
                (str(key[0]), str(key[1])): frame
                for key, frame in self.forecasts.partition_by("series_id", "freq", as_dict=True).items()
            }
        frequency = Frequency(row["freq"])
        bands = self._bands[series_id, frequency.value].sort("period", "level")
        days = bands["period"].unique(maintain_order=True).to_list()
        levels = bands["level"].unique().sort().to_list()
        return SeriesForecast(
            series_id=series_id,
            freq=frequency,
            unit=row["unit"],
            region=row["region"],
            periods=tuple(Period(day, frequency) for day in days),
            levels=tuple(Quantile(level) for level in levels),
            values=bands["value"].to_numpy().reshape(len(days), len(levels)),
            method=row["method"],
            n_scores=row["n_scores"],
            last_observed=Period(row["last_observed"], frequency),
            pseudo_vintage=row["pseudo_vintage"],
            sources=tuple(row["sources"]),
            reduced=row["reduced"],
            # Versions of before flows were joined are without it.
            derivation=row.get("derivation"),
        )

    def correlation(self) -> Correlation:
        """Dependence of the drivers."""
        content = self.document("correlation.json")
        return Correlation(
            series=tuple(content["series"]),
            matrix=np.asarray(content["matrix"], dtype=np.float64).reshape(
                len(content["series"]), len(content["series"])
            ),
            persistence=MappingProxyType(dict(content["persistence"])),
            shrinkage=content["shrinkage"],
            n=content["n"],
        )

    def realisation(self) -> Realisation:
        """The plan-realisation model; raises :class:`ArtifactCorrupt` when the document is none."""
        try:
            return Realisation.from_json(self.document(REALISATION))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactCorrupt(str(self.directory / REALISATION), f"not a plan-realisation model: {error}") from None

    def open_models(self) -> OpenModels:
        """Use of models by country.

        Raises :class:`NotFound` for a version published before it was, :class:`ArtifactCorrupt` when it is none.
        """
        if OPEN_MODELS not in self.manifest["files"]:
            raise NotFound("document", OPEN_MODELS, hint=f"{self.version} was published without it: run headroom train")
        try:
            return OpenModels.from_json(self.document(OPEN_MODELS))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactCorrupt(str(self.directory / OPEN_MODELS), f"not a model of shares: {error}") from None

    def _frame(self, name: str) -> pl.DataFrame:
        if name not in self._frames:
            self._frames[name] = pl.read_parquet(self.directory / f"{name}.parquet")
        return self._frames[name]

    def _meta_row(self, series_id: str, freq: Frequency | None) -> dict[str, Any]:
        rows = self.meta.filter(pl.col("series_id") == series_id)
        if freq is not None:
            rows = rows.filter(pl.col("freq") == freq.value)
        if rows.is_empty():
            name = series_id if freq is None else f"{series_id} at frequency {freq.value}"
            raise NotFound("forecast", name, hint="a series needs 8 actual or estimate points at one frequency")
        # A driver and a plain series may share an id at two frequencies: the finest is the fullest answer.
        order = {"M": 0, "Q": 1, "H": 2, "A": 3}
        return min(rows.to_dicts(), key=lambda row: order[row["freq"]])
