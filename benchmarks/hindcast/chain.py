"""The whole chain as of past year-ends, against what came: writes docs/chain-hindcast.md.

    make hindcast-chain                  # about five minutes on two cores, most of it training

Each year-end runs figures, features, training and projection on what was known that day, as ``headroom project
--as-of`` does, and lays the bands of years that are over beside the figures of today: those of the edition, and those
of as many draws before they are weighed by the observables of the day.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from benchmarks.hindcast import vacancy
from benchmarks.hindcast.vacancy import Vacancy, vacancies
from data.base.layers import DemandConcept
from data.periods.period import Frequency, Period
from headroom import wiring
from headroom.hindcasting import FOLDER, past
from headroom.settings import Settings, load
from projection.edition.edition import Edition
from projection.edition.outcomes import LEVELS, SHARES, RealisedBand
from projection.simulate.model_inputs import ModelInputs
from projection.simulate.scenario_run import draw
from training.artifact.published import Published
from training.core.scores import crps
from training.hindcast import view_on

DAYS = tuple(datetime(year, 12, 31, tzinfo=UTC) for year in (2023, 2024, 2025))
RESULTS = Path(__file__).parents[1] / "results"
PAGE = Path(__file__).parents[2] / "docs" / "chain-hindcast.md"
HEAD = """# Whole projections as of past days

*Written by `make hindcast-chain` (`benchmarks/hindcast/chain.py`); nothing here is typed by hand but this paragraph and
the next two.* On each year-end below, `headroom project --as-of DAY` ran figures, features, training and projection on
what was known that day, and its bands for years that are over are compared with today's figures.

Every run is a **pseudo-vintage**: figures of long series are today's revised values, shown from the end of their period
plus a release lag, and assumptions that are judgement are today's. Both favour the model.
"Came" is an estimate too: no large region meters its data centers. Electricity is today's nowcast; accelerators are
counted shipments of the designers that were counted on the day.

*Before* are the draws of the day as the model makes them, *after* those of the edition, which are weighed by what was
measured and known on the day (docs/method.md, Observed beats assumed). The score is the CRPS of the logarithm, for the
vacant share that of the share.
"""
HEADER = (
    "| known on | cell | year | before, median (80 % band) | after | came | log error | score before | after "
    "| in 50, 80, 95 % | width by cause, % |"
)


@dataclass(frozen=True)
class Line:
    """One band of a past day.

    Attributes:
        after: of the edition; before: of its draws before they are weighed, by quantile level.
    """

    after: RealisedBand
    before: dict[str, float]

    def inside(self, band: dict[str, float]) -> dict[float, bool]:
        """Whether the central 50, 80 and 95 % of a band hold what came, by share."""
        return {
            share: band[f"{low:g}"] <= self.after.later <= band[f"{high:g}"] for share, (low, high) in SHARES.items()
        }

    def score(self, band: dict[str, float]) -> float:
        """CRPS of the logarithm."""
        logs = np.log([band[f"{level:g}"] for level in LEVELS])
        return float(crps(logs, observed=np.log(self.after.later), levels=LEVELS))


def inputs_of(settings: Settings, edition: Edition) -> ModelInputs:
    """What stood still while an edition of a past day was drawn."""
    models = settings.models.parent / FOLDER / "models"
    view = view_on(wiring.view(settings), day=edition.data_as_of)
    return ModelInputs.of(view, Published.load(models / edition.model_version))


def lines_of(model_inputs: ModelInputs, edition: Edition, bands: Sequence[RealisedBand]) -> list[Line]:
    """Beside the bands of an edition those of as many draws of its prior."""
    seed, draws = edition.manifest["seed"], edition.manifest["draws"]
    table = draw(model_inputs, seed=seed, draws=draws).table
    lines = []
    for band in bands:
        rows = table.rows(band.region, band.layer, DemandConcept.BOUGHT)
        assert rows is not None  # noqa: S101 - the edition answers it
        place = table.points(band.layer, DemandConcept.BOUGHT).of[Period(date(band.year, 1, 1), Frequency.YEAR)]
        points = np.quantile(rows[place], LEVELS)
        lines.append(Line(band, {f"{level:g}": float(point) for level, point in zip(LEVELS, points, strict=True)}))
    return lines


def row(line: Line) -> str:
    """One line of the table."""
    item = line.after
    scale, digits = (1e-6, 2) if item.unit == "H100e" else (1.0, 0)
    unit = "million H100e" if item.unit == "H100e" else item.unit

    def text(band: dict[str, float]) -> str:
        low, middle, high = (f"{scale * band[level]:,.{digits}f}" for level in ("0.1", "0.5", "0.9"))
        return f"{middle} ({low} to {high})"

    split = ", ".join(f"{name} {100 * share:.0f}" for name, share in item.width_split.items())
    marks = " ".join("in" if inside else "**out**" for inside in line.inside(item.band).values())
    return (
        f"| {item.data_as_of} | {item.region} {item.layer} | {item.year} | {text(line.before)} | {text(item.band)} "
        f"{unit} | {scale * item.later:,.{digits}f} | {item.log_error:+.2f} | {line.score(line.before):.3f} "
        f"| {line.score(item.band):.3f} | {marks} | {split} |"
    )


def nearer(scores: Sequence[tuple[float, float]], quantity: str) -> str:
    """How often weighing brought bands nearer to what came."""
    better, worse = sum(after < before for before, after in scores), sum(after > before for before, after in scores)
    before, after = np.mean(scores, axis=0)
    return (
        f"- {quantity}: weighed draws score better on {better} and worse on {worse} of {len(scores)} lines, "
        f"{before:.4f} before and {after:.4f} after."
    )


def observed(edition: Edition) -> list[str]:
    """What weighed on a day: figure, quantity before and after."""
    document = edition.conditioning or {}
    sentences = [
        f"- `{one['name']}` {one['value']:.3g} on {one['day']}: {one['prior']['0.5']:.3g} "
        f"({one['prior']['0.1']:.3g} to {one['prior']['0.9']:.3g}) became {one['posterior']['0.5']:.3g} "
        f"({one['posterior']['0.1']:.3g} to {one['posterior']['0.9']:.3g})"
        + ("." if one["used"] else ": the draws do not reach it, so it was left out.")
        for one in document.get("observables", [])
    ]
    sample = f"{document.get('effective_sample'):,} of {document.get('prior_draws'):,} draws"
    return [
        f"**{edition.data_as_of}**: effective sample {sample}.",
        "",
        *(sentences or ["- Nothing was measured."]),
        "",
    ]


def page(editions: Sequence[Edition], lines: Sequence[Line], of_vacancy: Sequence[Vacancy]) -> str:
    """The page."""
    text = [
        HEAD,
        "## Bands and what came\n",
        HEADER,
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *(row(line) for line in lines),
        "",
        "## How often the bands held\n",
        "| layer | draws | score | " + " | ".join(f"inside {share:.0%}" for share in SHARES) + " |",
        "|---|---|---|---|---|---|",
    ]
    for layer in dict.fromkeys(line.after.layer for line in lines):
        of_layer = [line for line in lines if line.after.layer is layer]
        for name, bands in (
            ("before", [line.before for line in of_layer]),
            ("after", [line.after.band for line in of_layer]),
        ):
            both = list(zip(of_layer, bands, strict=True))
            inside = [f"{sum(line.inside(band)[share] for line, band in both)} of {len(both)}" for share in SHARES]
            score = np.mean([line.score(band) for line, band in both])
            text.append(f"| {layer} | {name} | {score:.3f} | {' | '.join(inside)} |")
    text.append("\n## Vacancy that was measured later\n")
    text.append(f"{vacancy.HEAD}\n")
    text += [*vacancy.TABLE, *map(vacancy.row, of_vacancy)]
    text.append("\n## Before and after\n")
    for layer in dict.fromkeys(line.after.layer for line in lines):
        scores = [(line.score(line.before), line.score(line.after.band)) for line in lines if line.after.layer is layer]
        text.append(nearer(scores, str(layer)))
    text.append(nearer([(one.score(one.before), one.score(one.after)) for one in of_vacancy], "vacant share"))
    text.append("\nThese lines overlap and share figures: they are a handful of independent events, not a score.\n")
    text.append("## What was measured and known on each day\n")
    for edition in editions:
        text += observed(edition)
    text += ["## Where we lose\n", *losses([line.after for line in lines])]
    text.append("\n## What each day did not know\n")
    for edition in editions:
        text.append(f"**{edition.data_as_of}** (edition `{edition.id}`)\n")
        text += [f"- {sentence}" for sentence in edition.manifest["knowledge"]]
        text.append("")
    return "\n".join(text).rstrip() + "\n"


def losses(bands: Sequence[RealisedBand]) -> list[str]:
    """Figures outside their 95 % band, and which way medians erred."""
    text = [
        f"- Known on {item.data_as_of}, {item.region} {item.layer} of {item.year} came at "
        f"{item.later / item.band['0.5']:.1f} times the median, outside the 95 % band."
        for item in bands
        if not item.inside["0.95"]
    ] or ["No figure fell outside its 95 % band."]
    low = f"- {sum(item.log_error < 0 for item in bands)} of {len(bands)} medians were too low"
    if any(not item.inside["0.8"] and item.unit == "H100e" for item in bands):
        low += (
            ": trends of a shorter history do not foresee a boom, and the bands of accelerators were the ones that did "
            "not say so"
        )
    return [*text, low + "."]


def main() -> int:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description="the whole chain as of past year-ends")
    parser.add_argument("--home", type=Path, default=None, help="where versions and editions of past days are kept")
    settings = load(home=parser.parse_args().home)
    editions: list[Edition] = []
    lines: list[Line] = []
    of_vacancy: list[Vacancy] = []
    for day in DAYS:
        edition, outcomes = past(settings, day)
        model_inputs = inputs_of(settings, edition)
        editions.append(edition)
        lines += lines_of(model_inputs, edition, outcomes)
        of_vacancy += vacancies(wiring.view(settings), model_inputs, edition)
    text = page(editions, lines, of_vacancy)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    content = [
        asdict(line.after) | {"data_as_of": line.after.data_as_of.isoformat(), "before": line.before} for line in lines
    ]
    (RESULTS / "chain_hindcast.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
