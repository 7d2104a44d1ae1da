"""An edition in the form of a forecast hub (hubverse schemas 5.0.1), so that others can score it with their tools.

A hub is a folder: ``hub-config`` says what can be forecast, ``model-output`` holds a table of quantiles for each model
and round. A round is a day of issue. What is forecast are quantiles of demand, supply and gap at the end of or over
years, of every cell of the base scenario. See https://docs.hubverse.io.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from data.base.artifacts import new_folder
from data.base.errors import InvalidParameter
from data.base.layers import LAYERS, DemandConcept, Layer, Status
from data.base.quantiles import Quantile
from data.periods.period import Frequency
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Edition
from projection.edition.points import rounded
from projection.sharing.citation import PUBLISHER, citation

SCHEMAS = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v5.0.1"
TEAM, SYSTEM = "headroom", "system"
MODEL = f"{TEAM}-{SYSTEM}"
"""Team and model, as a hub names what a table is of."""
TIME_ZONE = "Atlantic/Reykjavik"
"""The same as UTC all year; the schemas know no UTC."""
LEVELS = (0.01, 0.025, *(round(0.05 * step, 2) for step in range(1, 20)), 0.975, 0.99)
"""The levels that forecast hubs score by habit."""
QUANTITIES = ("wanted", "bought", "supply", "gap")
TITLES = {
    "wanted": "what buyers want",
    "bought": "what buyers take",
    "supply": "deliverable supply",
    "gap": "what buyers want less deliverable supply, draw by draw; positive is short",
}


@dataclass(frozen=True, slots=True)
class Target:
    """One quantity of a layer, with quantiles by region and year, (level,) each."""

    layer: Layer
    quantity: str
    quantiles: dict[tuple[str, date, date], list[float]]

    @property
    def name(self) -> str:
        """What the hub calls it."""
        return f"{self.layer.value} {self.quantity}"


def export(edition: Edition, target: Path) -> Path:
    """Write a hub with one round, that of the edition, into a new folder, and return the table of quantiles.

    Raises:
        InvalidParameter: something stands at ``target`` already.
        ArtifactCorrupt: a file of the edition is gone or not what was published.
    """
    if target.exists():
        raise InvalidParameter("hubverse", f"{target} is there already; name a folder that is not")
    targets = [one for one in _targets(edition) if one.quantiles]
    day = f"{edition.issued:%Y-%m-%d}"
    output = Path("model-output") / MODEL / f"{day}-{MODEL}.csv"
    with new_folder(target, keep=lambda _standing: False) as work:
        _json(work / "hub-config" / "admin.json", _admin())
        _json(work / "hub-config" / "tasks.json", _tasks(edition, day, targets))
        metadata = _metadata(edition)
        _json(work / "hub-config" / "model-metadata-schema.json", _schema(metadata))
        # JSON is YAML.
        _json(work / "model-metadata" / f"{MODEL}.yml", metadata)
        (work / output).parent.mkdir(parents=True)
        _table(edition, day, targets).write_csv(work / output)
    return target / output


def _targets(edition: Edition) -> Iterator[Target]:
    for layer in Layer:
        for quantity in QUANTITIES:
            by_cell: dict[tuple[str, date, date], list[float]] = {}
            for region in REGIONS_ANSWERED:
                by_cell |= _quantiles(edition, region, layer, quantity)
            yield Target(layer, quantity, by_cell)


def _quantiles(
    edition: Edition, region: str, layer: Layer, quantity: str
) -> Iterator[tuple[tuple[str, date, date], list[float]]]:
    """Quantiles by region and the first and last day of the year; none where the cell does not carry the quantity.

    Those that are kept as bands are the same as those of the draws, and stay when the draws are removed.
    """
    concept = DemandConcept.BOUGHT if quantity == "bought" else DemandConcept.WANTED
    cell = edition.cell(region, layer, demand=concept)
    if cell.status is Status.UNAVAILABLE:
        return
    years = edition.periods(cell, Frequency.YEAR)
    if edition.has_bands(cell.scenario):
        name = quantity if quantity in {"supply", "gap"} else "demand"
        for year, point in zip(years, edition.archived(cell, Frequency.YEAR), strict=True):
            band = getattr(point, name)
            if band is not None:
                yield (region, year.start, year.end), [band[str(Quantile(level))] for level in LEVELS]
        return
    demand, supply = (edition.draws(cell, name, years) for name in ("demand", "supply"))
    draws = {
        "supply": supply,
        "gap": None if demand is None or supply is None else demand - supply,
    }.get(quantity, demand)
    if draws is None:
        return
    for year, values in zip(years, np.quantile(draws, LEVELS, axis=0).T, strict=True):
        yield (region, year.start, year.end), [rounded(float(value)) for value in values]


def _table(edition: Edition, day: str, targets: Sequence[Target]) -> pl.DataFrame:
    rows = [
        (
            day,
            f"{edition.data_as_of}",
            target.name,
            target.layer.value,
            region,
            f"{first}",
            f"{last}",
            "quantile",
            level,
            value,
        )
        for target in targets
        for (region, first, last), values in target.quantiles.items()
        for level, value in zip(LEVELS, values, strict=True)
    ]
    names = ("reference_date", "as_of", "target", "layer", "region", "period", "target_end_date")
    return pl.DataFrame(rows, schema=[*names, "output_type", "output_type_id", "value"], orient="row")


def _tasks(edition: Edition, day: str, targets: Sequence[Target]) -> dict[str, object]:
    return {
        "schema_version": f"{SCHEMAS}/tasks-schema.json",
        "rounds": [
            {
                "round_id_from_variable": True,
                "round_id": "reference_date",
                "model_tasks": [_task(edition, day, target) for target in targets],
                "submissions_due": {"relative_to": "reference_date", "start": 0, "end": 0},
                "last_data_date": f"{edition.data_as_of}",
            }
        ],
        "output_type_id_datatype": "double",
        "derived_task_ids": ["target_end_date"],
    }


def _task(edition: Edition, day: str, target: Target) -> dict[str, object]:
    regions, first, last = (sorted({f"{key[place]}" for key in target.quantiles}) for place in range(3))
    timing = {"end": "at the end of the year", "average": "average of the year", "total": "over the year"}
    title = f"{target.layer.value.capitalize()}: {TITLES[target.quantity]}"
    spec = LAYERS[target.layer]
    return {
        "task_ids": {
            "reference_date": {"required": [day], "optional": None},
            "as_of": {"required": [f"{edition.data_as_of}"], "optional": None},
            "target": {"required": [target.name], "optional": None},
            "layer": {"required": [target.layer.value], "optional": None},
            "region": {"required": None, "optional": regions},
            "period": {"required": None, "optional": first},
            "target_end_date": {"required": None, "optional": last},
        },
        "output_type": {
            "quantile": {
                "output_type_id": {"required": list(LEVELS)},
                "is_required": True,
                "value": {"type": "double"},
            }
        },
        "target_metadata": [
            {
                "target_id": target.name,
                "target_name": title[:100],
                "target_units": spec.unit,
                "target_keys": {"target": target.name},
                "description": f"{title}, {timing[spec.timing.value]}; {spec.unit_kind.value}.",
                "target_type": "continuous",
                "is_step_ahead": False,
            }
        ],
    }


def _metadata(edition: Edition) -> dict[str, object]:
    return {
        "team_name": PUBLISHER,
        "team_abbr": TEAM,
        "model_name": "System model of demand and supply, drawn jointly",
        "model_abbr": SYSTEM,
        "model_version": edition.id,
        "methods": f"Quantiles of the joint draws of {citation(replace(edition, recalled=None)).text}",
    }


def _schema(metadata: dict[str, object]) -> dict[str, object]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Metadata of a model",
        "type": "object",
        "properties": {name: {"type": "string"} for name in metadata},
        "required": list(metadata),
    }


def _admin() -> dict[str, object]:
    return {
        "schema_version": f"{SCHEMAS}/admin-schema.json",
        "name": PUBLISHER,
        "maintainer": PUBLISHER,
        "contact": {},
        "repository": {},
        "file_format": ["csv"],
        "timezone": TIME_ZONE,
        "model_output_dir": "model-output",
    }


def _json(path: Path, content: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")
