"""Write ``docs/us-power-2028.md``: how the US power gap of a year comes about, read off an edition.

    python tools/write_gap_page.py --home var

Every number is read off the edition's draws, off the draws of the assumptions it was made with (same seed, so the same
draw ids) or off the figures known on its day; the text around them is a template. Run it again after ``headroom
project``.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pages import DOCS, from_home, paragraph
from scipy.stats import spearmanr

from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from features.chips.designers import designers
from features.published_growth import growth_paths
from features.sites.pipeline import Stage
from features.view import View
from headroom.editions import newest
from headroom.settings import load
from headroom.wiring import store as open_store
from projection.edition.edition import Edition
from projection.edition.points import Point
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.inputs.assumption_values import Values, value_of
from projection.inputs.assumptions import Group
from projection.model.fill import KINDS, Fill
from projection.model.region import EVIDENCE_OF_UNMET
from projection.simulate.model_inputs import ModelInputs
from training.artifact.published import Published

FloatArray = NDArray[np.floating[Any]]
REGION, LAYER = "US", Layer.POWER
TARGET = DOCS / "us-power-2028.md"
TOP = 14
BANDS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class PageInputs:
    """What the page is read off.

    Attributes:
        demand, bought, supply: GW at the end of the year, (draw,); demand is what is wanted.
        in_use: nameplate in use at the end of the base year, GW, (draw,).
        additions: the part of supply that was still to come then, GW, (draw,).
        point: what is wanted; readings: every reading that the edition answers for the year.
    """

    edition: Edition
    model_inputs: ModelInputs
    view: View
    values: Values
    demand: FloatArray
    bought: FloatArray
    supply: FloatArray
    in_use: FloatArray
    additions: FloatArray
    point: Point
    readings: Mapping[DemandConcept, Point]

    @property
    def gap(self) -> FloatArray:
        """Demand less supply, draw by draw."""
        return self.demand - self.supply


def band(draws: FloatArray, digits: int = 1) -> str:
    """Median and 80 % band."""
    low, middle, high = np.quantile(draws, BANDS)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def read(home: Path | None, year: int) -> PageInputs:
    """Open the newest edition of a home and draw its assumptions again."""
    settings = load(home=home)
    edition = newest(settings)
    published = Published.load(settings.models / edition.model_version)
    figures: Store = open_store(settings)
    view = View.of(figures, as_of=edition.data_as_of, rule=Rule(edition.manifest["data_rule"]))
    model_inputs = ModelInputs.of(view, published)
    latent = model_inputs.assumptions.latent(seed=edition.manifest["seed"], draws=edition.manifest["draws"])
    period = Period(date(year, 1, 1), Frequency.YEAR)
    in_base = Period(date(edition.base_year, 1, 1), Frequency.YEAR)
    demand, bought, supply, in_use, additions = (
        _draws(edition, name, in_base if name == "base" else period)
        for name in ("demand", "bought", "supply", "base", "additions")
    )
    answers = {
        concept: edition.answer(one, first=period.start, last=period.start, above=(0, 5, 10, 20))
        for concept in DemandConcept
        if (one := edition.cell(REGION, LAYER, demand=concept)).status is not Status.UNAVAILABLE
    }
    readings = {concept: points[0] for concept, points in answers.items() if points}
    return PageInputs(
        edition=edition,
        model_inputs=model_inputs,
        view=view,
        values=model_inputs.assumptions.values(latent),
        demand=demand,
        bought=bought,
        supply=supply,
        in_use=in_use,
        additions=additions,
        point=readings[DemandConcept.WANTED],
        readings=readings,
    )


def _draws(edition: Edition, quantity: str, period: Period) -> FloatArray:
    """Draws of one quantity of the cell, (draw,)."""
    draws = edition.draws(edition.cell(REGION, LAYER), quantity, [period])
    if draws is None:
        raise SystemExit(f"the edition carries no {quantity} of {REGION} {LAYER} for {period.label}")
    return draws[:, 0]


def answer(inputs: PageInputs, year: int) -> list[str]:
    """The answer first."""
    point = inputs.point
    above = ", ".join(f"P(gap > {x} GW) {p:.2f}" for x, p in (point.p_above or {}).items() if x != "0")
    likely = inputs.edition.first_likely_short(inputs.edition.cell(REGION, LAYER))
    late, binding = point.plan_late or {}, point.binding or {}
    ranked = sorted(binding.items(), key=lambda item: -item[1])
    return [
        paragraph(
            f"At the end of {year} the United States is short of the facility power that buyers want with probability",
            f"**{point.p_short:.2f}**;",
            f"the gap is {band(inputs.gap)} GW (median and 80 % band of demand minus deliverable supply,",
            "draw by draw).",
        ),
        "",
        f"- {above}; expected shortfall {point.expected_shortfall:.1f} GW.",
        paragraph(
            f"- P(short in any year up to {year}): {point.p_short_by:.2f}. First year in which a shortage is",
            "more likely",
            f"than not: {likely.year if likely else 'none to the end of the edition'}.",
        ),
        paragraph(
            "- Share of the additions still to come that could be late before it is short:",
            f"{late.get('0.5', 0):.0%} at",
            f"the median draw ({late.get('0.1', 0):.0%} to {late.get('0.9', 0):.0%}).",
        ),
        paragraph(
            "- What keeps it from being served:",
            ", ".join(f"{name} in {share:.0%}" for name, share in ranked),
            "of draws.",
        ),
        f"- Model error is {point.model_error_share or 0:.0%} of the gap's variance.",
        "",
        "| demand | GW | gap, GW | P(short) | expected shortfall, GW |",
        "|---|---|---|---|---|",
        *(_reading(concept, one) for concept, one in inputs.readings.items()),
    ]


def _reading(concept: DemandConcept, point: Point) -> str:
    """One reading of demand as a row."""
    short = "-" if point.p_short is None else f"{point.p_short:.2f}"
    shortfall = "-" if point.expected_shortfall is None else f"{point.expected_shortfall:.1f}"
    return f"| {concept} | {published_band(point.demand)} | {published_band(point.gap)} | {short} | {shortfall} |"


def published_band(quantiles: Mapping[str, float] | None) -> str:
    """Median and 80 % band of an answer."""
    if quantiles is None:
        return "-"
    return f"{quantiles['0.5']:.1f} ({quantiles['0.1']:.1f} to {quantiles['0.9']:.1f})"


def start(inputs: PageInputs) -> list[str]:
    """From the nowcast of the base year to what draws at its end."""
    values, base = inputs.values, inputs.model_inputs.anchors.timeline.base_year
    energy, vacancy = values["us_energy_base"], values["us_vacancy"]
    rows = [
        (f"electricity of {base}, TWh", energy, "us_energy_base"),
        ("average draw over the year, GW", energy / TWH_PER_AVERAGE_GW, None),
        ("nameplate in use at its end, GW", inputs.in_use, None),
        ("vacant", vacancy, "us_vacancy"),
        ("facility nameplate at its end, GW", inputs.in_use / (1 - vacancy), None),
    ]
    for kind in KINDS:
        names = (f"filled_share_{kind}", f"peak_over_filled_{kind}", f"load_factor_{kind}")
        rows += [(name.replace("_", " "), value_of(values, name), name) for name in names]
        rows.append((f"average over nameplate, {kind}", Fill.of(values, kind).average_over_nameplate, None))
    return [
        f"| {base} | median (80 % band) | rests on |",
        "|---|---|---|",
        *(
            f"| {name} | {band(draws, 3 if draws.max() <= 1 else 1)} | {_source(inputs, key)} |"
            for name, draws, key in rows
        ),
    ]


def unmet(inputs: PageInputs) -> list[str]:
    """What says how much more is wanted than would be bought if halls were never full; a draw follows one of them."""
    names = [f"unmet_by_{evidence}" for evidence in EVIDENCE_OF_UNMET]
    return [
        "| evidence of unmet demand | log of wanted over bought, median (80 % band) | rests on |",
        "|---|---|---|",
        *(f"| `{name}` | {band(value_of(inputs.values, name), 3)} | {_source(inputs, name)} |" for name in names),
    ]


def _source(inputs: PageInputs, key: str | None) -> str:
    if key is None:
        return "the engine, per draw"
    item = inputs.model_inputs.assumptions.items[key]
    return f"`{key}` ({item.basis}): {item.source}"


def chips(inputs: PageInputs) -> list[str]:
    """Designers side by side: quantity against quality."""
    lines = [
        paragraph(
            "| designer | last counted quarter | units in a year, thousand | H100e (8 bit) in a year, thousand",
            "| H100e a unit | W of TDP per H100e | newest chip at 16 bit over 8 bit |",
        ),
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        paragraph(
            f"| {item.name} | {item.last.label} | {item.units / 1e3:,.0f} | {item.h100e / 1e3:,.0f}",
            f"| {item.h100e_per_unit:.2f} | {item.watts_per_h100e:,.0f} | {item.newest_at_16_bit:.2f} |",
        )
        for item in designers(inputs.view)
    ]
    return [
        *lines,
        "",
        "Source: Epoch AI, Data on AI Chip Sales (CC BY 4.0); specifications in `data/tables/accelerators.csv`.",
    ]


def routes(inputs: PageInputs) -> list[str]:
    """The three routes to the average draw, and what publishers project."""
    table = inputs.point.routes or {"bands": {}, "disagreement": float("nan")}
    lines = ["| route | average draw, GW, median (80 % band) |", "|---|---|"]
    for name, quantiles in table["bands"].items():
        lines.append(f"| {name} | {quantiles['0.5']:.1f} ({quantiles['0.1']:.1f} to {quantiles['0.9']:.1f}) |")
    lines += [
        "",
        paragraph(
            f"The medians of the routes to demand lie {table['disagreement']:.2f} apart (log standard",
            "deviation); `sites` is",
            "what the built capacity would draw if it were filled, and no route to demand. Published",
            "growth, each over its",
            "own base:",
        ),
        "",
        "| publisher | edition | from | to | log a year |",
        "|---|---|---|---|---|",
        *(
            f"| {path.institution} | {path.edition} | {path.first_year} | {path.last_year} | {path.rate:.3f} |"
            for path in growth_paths(inputs.view, REGION)
        ),
    ]
    return lines


def supply(inputs: PageInputs, year: int) -> list[str]:
    """The tracked plan at face value, and what is drawn to stand."""
    plans, base = inputs.model_inputs.anchors.pipeline_us, inputs.model_inputs.anchors.timeline.base
    end = date(year, 12, 31)
    face = sum(plan.level(end) - plan.level(base) for plan in plans) / 1000
    stages = {
        stage: sum(step.mw for plan in plans for step in plan.pending if step.stage is stage and step.day <= end) / 1000
        for stage in Stage
    }
    stages_text = ", ".join(f"{stage.value.replace('_', ' ')} {mw:.1f}" for stage, mw in stages.items())
    return [
        paragraph(
            f"The newest edition of the site tracker ({plans[0].edition}, {len(plans)} US sites) plans",
            f"**{face:.1f} GW**",
            f"more by the end of {year} than ran at the end of {base.year}; of what was still to come:",
            f"{stages_text} GW. Realised,",
            "grossed up by what no tracker sees, with what builders start beyond the plans, and no more than is",
            "connected, each draw adds",
            f"**{band(inputs.additions)} GW** of peak, which makes {band(inputs.supply)} GW of deliverable peak.",
            "How plans are",
            "realised is fitted and tested in [realisation.md](realisation.md).",
        ),
    ]


def movers(inputs: PageInputs) -> list[str]:
    """What moves the gap: rank correlation of every assumption with the gap, draw by draw."""
    scored = []
    for name in inputs.values:
        draws = value_of(inputs.values, name)
        if np.ptp(draws) > 0:
            rho = float(spearmanr(draws, inputs.gap).statistic)
            scored.append((abs(rho), rho, name))
    lines = [
        "| assumption | rank correlation with the gap | median (80 % band) | basis | rests on |",
        "|---|---|---|---|---|",
    ]
    for _, rho, name in sorted(scored, reverse=True)[:TOP]:
        item = inputs.model_inputs.assumptions.items[name]
        low, middle, high = np.quantile(value_of(inputs.values, name), BANDS)
        spread = f"{middle:.3g} ({low:.3g} to {high:.3g})"
        lines.append(f"| `{name}` ({item.unit}) | {rho:+.2f} | {spread} | {item.basis} | {item.source} |")
    return lines


def split(point: Point) -> list[str]:
    """Width by cause."""
    groups = [group.value for group in Group]
    return [
        f"| width of | {' | '.join(group.replace('_', ' ') for group in groups)} |",
        "|---" * (1 + len(groups)) + "|",
        *(
            f"| {name} | {' | '.join(f'{shares[group]:.0%}' for group in groups)} |"
            for name, shares in point.width_split.items()
        ),
    ]


def page(inputs: PageInputs, year: int) -> str:
    """The page."""
    manifest = inputs.edition.manifest
    cell = inputs.edition.cell(REGION, LAYER)
    parts: Sequence[str] = [
        f"# How the US power gap for {year} comes about",
        "",
        paragraph(
            f"Written by `python tools/write_gap_page.py` from edition `{inputs.edition.id}` (data as of",
            f"{inputs.edition.data_as_of}, model `{inputs.edition.model_version}`, {manifest['draws']:,} draws, seed",
            f"{manifest['seed']}); no number on it is typed by hand. The method is in",
            "[method.md](method.md). Medians do",
            "not add up: sums and differences are taken in every draw, and quantiles are read at the end.",
        ),
        "",
        "## The answer",
        "",
        *answer(inputs, year),
        "",
        "## 1. Where it starts",
        "",
        *start(inputs),
        "",
        "## 2. Chips",
        "",
        *chips(inputs),
        "",
        "## 3. Three routes to the draw",
        "",
        *routes(inputs),
        "",
        "## 4. Demand",
        "",
        paragraph(
            "The weighted routes, times the model error, over the load factor of each kind of hall. With the chips",
            "that were ordered in time, and purchases delayed where halls are full,",
            f"**{band(inputs.bought)} GW** is bought. Times what goes unmet, **{band(inputs.demand)} GW** is wanted:",
            "every draw follows one piece of evidence, less where the market is not as tight as it was then.",
        ),
        "",
        *unmet(inputs),
        "",
        "## 5. Deliverable supply",
        "",
        *supply(inputs, year),
        "",
        "## 6. The gap, and what makes it wide",
        "",
        *split(inputs.point),
        "",
        "Of the inputs, these move the gap most:",
        "",
        *movers(inputs),
        "",
        "## 7. What to keep in mind",
        "",
        *(f"- {note}" for note in cell.notes),
        "",
        "Sources: " + "; ".join(cell.sources) + ".",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--year", type=int, default=2028)
    sys.exit(from_home(parser, TARGET, lambda arguments: page(read(arguments.home, arguments.year), arguments.year)))
