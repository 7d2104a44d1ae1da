"""The US against China on shared scales: what limits whom, what is added, whose chips and whose models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import DemandConcept, Layer
from data.base.quantiles import Quantile
from data.periods.period import Frequency, Period
from features.chips.designers import Designer, designers
from features.view import View
from projection.edition.edition import BASE, Edition
from projection.edition.limits import Limit, limits
from projection.leads.leads import Lead, LeadPoint, lead
from projection.leads.measured import MEASURED
from projection.leads.yardsticks import YARDSTICKS, YardstickName
from service.api.gaps.gaps import GapQuery, read_gap
from service.base.query import EditionQuery, Text, one_of, span
from service.base.response import Cite
from service.base.routes import Respond
from service.pages.charts.leads import HEIGHT, KINDS
from service.pages.charts.style import HEADING, NARROW, WIDTH
from service.pages.frame.environment import query as address
from service.pages.frame.navigation import US_CHINA
from service.pages.frame.respond import Head, respond_page
from service.pages.headline import YEARS_AHEAD
from service.pages.views.choices import Choice, Row
from service.pages.words import dots
from service.state import Snapshot
from service.wording import Scale

SIDES = ("US", "CN")
SHOWN = (
    YardstickName.INSTALLED,
    YardstickName.WESTERN_CHIPS,
    YardstickName.CHINESE_CHIPS,
    YardstickName.DATA_CENTERS_ADDED,
    YardstickName.GENERATION_ADDED,
    YardstickName.SOLAR_ADDED,
    YardstickName.REACTORS_ADDED,
    YardstickName.OPEN_MODEL_SHARE,
)
"""Yardsticks of the table, from compute over what is built to whose models are used."""
POWER = {"power": "halls and their connections", "energy": "electricity over the year", "firm": "capacity at the peak"}
BINDS = {
    "halls": "halls",
    "grid": "connections to the grid",
    "firm": "power plants",
    "chips": "chips",
    "nothing": "nothing",
}
NAMES = {
    "nvidia": "NVIDIA",
    "google_tpu": "Google TPU",
    "amazon_trainium": "Amazon Trainium",
    "amd": "AMD",
    "huawei_ascend": "Huawei Ascend",
    "cambricon": "Cambricon",
}
BAND = tuple(Quantile.parse(level) for level in ("0.1", "0.5", "0.9"))

router = APIRouter(include_in_schema=False)


class UsChinaQuery(EditionQuery):
    """The year the two are compared in, and the yardstick that is drawn."""

    period: Annotated[date | None, Text(lambda text: span("period", text)[1]), Field(examples=["2028"])] = None
    kind: Annotated[str, one_of("kind", KINDS)] = YardstickName.INSTALLED.value


@dataclass(frozen=True, slots=True)
class Side:
    """One region in a row: its value as text and as a part of the row's largest, of 100; None without an answer."""

    text: str
    of_100: float | None
    band: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """One row: both regions on one scale.

    Attributes:
        name: what is compared.
        definition: what it counts; blank where the name says it.
        sides: the US, then China.
        ahead: what else is said, such as the chance that the US is ahead.
    """

    name: str
    sides: tuple[Side, Side]
    definition: str = ""
    ahead: str = ""


@router.get("/us-china")
def us_china(query: Annotated[UsChinaQuery, Query()], respond: Respond) -> Response:
    """The US against China."""
    edition = respond.edition(query)
    cite = respond.cite(query, edition)
    return respond_page(respond, query, US_CHINA, edition, lambda: view(edition, respond.snapshot, query, cite))


def view(edition: Edition, snapshot: Snapshot, query: UsChinaQuery, cite: Cite) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows."""
    day = query.period or date(edition.data_as_of.year + YEARS_AHEAD, 12, 31)
    year = Period.containing(day, Frequency.YEAR)
    data = snapshot.as_of(edition.data_as_of)
    by_side = {side: _limit(edition, side, year) for side in SIDES}
    chosen = {
        "period": None if query.period is None else year.label,
        "kind": None if query.kind == YardstickName.INSTALLED.value else query.kind,
        "edition": query.edition,
        "issued_before": query.issued_before,
    }
    answer = _answer(by_side, year)
    chart = {name: chosen[name] for name in ("kind", "edition", "issued_before")}
    head = Head(
        title=f"The US against China, {year.label} · Headroom",
        description=answer,
        picture=f"v1/charts/leads.png?{address(chart)}",
    )
    periods = edition.periods(edition.cell("US", Layer.POWER), Frequency.YEAR)
    shown = {
        "year": year.label,
        "answer": answer,
        "chosen": chosen,
        "periods": Row(
            "By the end of", [Choice(one.label, {**chosen, "period": one.label}, one == year) for one in periods]
        ),
        "short": list(_short(edition, by_side, year)),
        "binding": list(_binding(by_side)),
        "quantities": list(_quantities(edition, data, year)),
        "counted": list(_of_counts(edition, data)),
        "designers": _designers(data),
        "kinds": Row(
            "Drawn",
            [
                Choice(YARDSTICKS[name].title, {**chosen, "kind": name.value}, name.value == query.kind)
                for name in SHOWN
            ],
        ),
        "chart_parameters": chart,
        "size": (WIDTH, NARROW, HEIGHT + HEADING),
        "yardstick": YARDSTICKS[YardstickName(query.kind)],
        "cite": cite,
    }
    return head, shown


def _limit(edition: Edition, region: str, year: Period) -> Limit | None:
    by_year = limits(edition, region, scenario=BASE, freq=Frequency.YEAR)
    return next((one for one in by_year if one.period == year.start), None)


def _answer(by_side: Mapping[str, Limit | None], year: Period) -> str:
    """What limits whom, in one sentence a region."""
    sentences = []
    for side, name in zip(SIDES, ("the US", "China"), strict=True):
        limit = by_side[side]
        if limit is None:
            sentences.append(f"What limits {name} in {year.label} is not answered.")
            continue
        power, chips = dots(1 - limit.p_power_not_limit), dots(limit.binding["chips"])
        sentences.append(
            f"In {name} something in power is short in {power} of 100 futures; chips are what holds back in {chips}."
        )
    return " ".join(sentences)


def _of_100(chance: float | None, missing: str) -> Side:
    return Side(missing, None) if chance is None else Side(f"{dots(chance)}", float(dots(chance)))


def _short(edition: Edition, by_side: Mapping[str, Limit | None], year: Period) -> Iterator[Compared]:
    """Chances of a shortage: of what is bought by layer of power, and of the compute that is wanted."""
    any_power = [None if limit is None else 1 - limit.p_power_not_limit for limit in by_side.values()]
    yield Compared("something in power", _pair(any_power), "Halls with their connections, electricity, or the peak.")
    for layer, name in POWER.items():
        chances = [None if limit is None else limit.p_short.get(layer) for limit in by_side.values()]
        yield Compared(f"\N{MIDDLE DOT} {name}", _pair(chances))
    chances = []
    for side in SIDES:
        query = GapQuery.model_validate(
            {"region": side, "layer": Layer.COMPUTE, "demand": DemandConcept.WANTED, "from": year.start, "to": year.end}
        )
        points = read_gap(edition, query).points
        chances.append(points[0].p_short if points else None)
    yield Compared("computing power that is wanted", _pair(chances))


def _binding(by_side: Mapping[str, Limit | None]) -> Iterator[Compared]:
    for key, name in BINDS.items():
        yield Compared(name, _pair([None if limit is None else limit.binding[key] for limit in by_side.values()]))


def _pair(chances: list[float | None]) -> tuple[Side, Side]:
    one, other = (_of_100(chance, "not published") for chance in chances)
    return one, other


def _quantities(edition: Edition, data: View, year: Period) -> Iterator[Compared]:
    """Every yardstick that is drawn, at the end of the year."""
    for name in SHOWN:
        answer = lead(edition, data, name.value, region="US", against="CN", first=year.end, last=year.end, levels=BAND)
        if answer.points:
            yield _of_lead(answer, answer.points[-1])
        else:
            none = Side("no answer", None)
            yield Compared(answer.title, (none, none), answer.reason or answer.definition)


def _of_lead(answer: Lead, point: LeadPoint) -> Compared:
    unit = "%" if answer.unit == "share" else answer.unit
    bands = (point.region, point.against)
    scale = Scale.of([band["0.5"] for band in bands], unit)
    largest = max(1e-12, *(band["0.5"] for band in bands))
    one, other = (
        Side(
            scale.text(band["0.5"]),
            max(100 * band["0.5"] / largest, 0.0),
            f"{scale.number(band['0.1'])} to {scale.number(band['0.9'])}",
        )
        for band in bands
    )
    return Compared(answer.title, (one, other), answer.definition, f"{dots(point.p_ahead)}")


def _of_counts(edition: Edition, data: View) -> Iterator[Compared]:
    """Yardsticks that are counted, not forecast."""
    for kind in MEASURED:
        answer = lead(edition, data, kind, region="US", against="CN")
        if answer.measured is None:
            continue
        figures = (answer.measured.region[0], answer.measured.against[0])
        largest = max(figure.value for figure in figures) or 1.0
        unit = "" if answer.unit == "count" else answer.unit
        one, other = (
            Side(f"{figure.value:g} {unit}".strip(), 100 * figure.value / largest, f"{figure.basis}, {figure.period}")
            for figure in figures
        )
        yield Compared(answer.title, (one, other), answer.definition)


def _designers(data: View) -> list[dict[str, Any]]:
    """Designers of chips in quantity and quality, the largest in compute first."""
    ranked: list[Designer] = sorted(designers(data), key=lambda one: -one.h100e)
    most = {name: max(getattr(one, name) for one in ranked) for name in ("units", "h100e", "h100e_per_unit")}
    return [
        {
            "name": NAMES.get(one.name, one.name),
            "china": one.region == "CN",
            "last": one.last.label,
            "units": f"{one.units / 1e6:.2f} million",
            "units_of_100": 100 * one.units / most["units"],
            "quality": f"{one.h100e_per_unit:.2f}",
            "quality_of_100": 100 * one.h100e_per_unit / most["h100e_per_unit"],
            "compute": f"{one.h100e / 1e6:.2f} million",
            "compute_of_100": 100 * one.h100e / most["h100e"],
            "watts": f"{one.watts_per_h100e:.0f}",
        }
        for one in ranked
    ]
