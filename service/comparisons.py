"""``/v1/comparisons``: our demand beside what others published, as asked for and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from data.base.errors import InvalidParameter
from data.periods.period import Frequency
from data.store.store import Store
from features.view import View
from projection.edition.edition import Cell, Edition
from projection.third_party.comparisons import Asked, Beside, Year, compare
from projection.third_party.projections import Family, shipped
from service import parameters
from service.answers import OWNER, Answer, cell_of, clean, empty, head
from service.queries import GapQuery
from service.spans import Window

CONCEPT = (
    "Ours is the equipment demand of the edition. A published figure is converted with the edition's own draws of the "
    "constants, so its band is that of the conversion and not of its publisher."
)
POOL = (
    "A pool is the median on logs of each publisher's newest edition, with the least and the largest; it is no "
    "interval. Models of equipment and counters of announced projects are never averaged."
)


@dataclass(frozen=True, slots=True)
class ComparisonQuery:
    """A question about one cell and who else speaks of it."""

    cell: GapQuery
    family: Family | None
    history: bool

    @classmethod
    def parse(cls, values: Mapping[str, str], *, regions: Sequence[str], scenarios: Sequence[str]) -> Self:
        """Read the query; :class:`data.base.errors.InvalidParameter` names the parameter and what is allowed."""
        span = {name: values[name] for name in ("from", "to") if name in values}
        if "period" in values:
            if span:
                raise InvalidParameter("period", "is given beside from or to: give period alone, or from and to")
            parameters.span("period", values["period"])
            span = {"from": values["period"], "to": values["period"]}
        asked = {name: values[name] for name in ("region", "layer", "scenario") if name in values}
        family = values.get("family")
        return cls(
            cell=GapQuery.parse(asked | span, regions=regions, scenarios=scenarios),
            family=None if family is None else Family(parameters.choice("family", family, list(Family))),
            history=parameters.choice("include_history", values.get("include_history", "false"), ("false", "true"))
            == "true",
        )

    @property
    def canonical(self) -> str:
        """The query as one string, every default spelled out."""
        return f"{self.cell.canonical}&family={self.family or ''}&include_history={self.history}"


@dataclass(frozen=True)
class Comparison:
    """A cell's years, before they become JSON."""

    edition: Edition
    query: ComparisonQuery
    cell: Cell
    years: tuple[Year, ...]
    note: str | None = None


def comparison(edition: Edition, store: Store, query: ComparisonQuery) -> Comparison:
    """The cell beside what was published by the edition's day.

    Raises:
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
    """
    cell = cell_of(edition, query.cell)
    view = View.of(store, as_of=edition.data_as_of)
    asked = Asked(query.cell.first, query.cell.last, query.cell.levels, query.family, query.history)
    window, periods = Window(query.cell.first, query.cell.last), edition.periods(cell, Frequency.YEAR)
    reason = window.reason(periods, owner=OWNER)
    if reason is not None:
        return Comparison(edition, query, empty(cell, reason), ())
    found = compare(edition, cell, view, asked)
    return Comparison(edition, query, cell, found, window.note(periods, owner=OWNER))


def document(found: Comparison) -> dict[str, Any]:
    """The comparison as JSON."""
    return {
        **head(Answer(found.edition, found.query.cell, found.cell, ())),
        "pool_months": shipped().pool_months,
        "points": [
            {
                "period": year.period.isoformat(),
                "ours": clean(year.ours),
                "published": [_beside(item) for item in year.published],
                "pools": [
                    clean(asdict(pool) | {"family": pool.family.value, "publishers": list(pool.publishers)})
                    for pool in year.pools
                ],
                "facts": list(year.facts),
            }
            for year in found.years
        ],
        "sources": list(found.cell.sources),
        "notes": ([CONCEPT, POOL] if found.years else []) + ([found.note] if found.note else []),
    }


def _beside(item: Beside) -> dict[str, Any]:
    line, figure = item.line, item.line.figure
    body = {
        "publisher": figure.publisher,
        "edition": figure.edition,
        "published": line.published.isoformat(),
        "series_id": line.series_id,
        "source_id": line.source_id,
        "family": figure.family.value,
        "kind": figure.kind.value,
        "what": figure.what or None,
        "basis": figure.basis or None,
        "printed": {
            "unit": line.unit,
            "value": line.value,
            "low": line.low,
            "high": line.high,
            "cases": dict(line.cases),
        },
        "converted": item.converted,
        "converted_ends": None if item.ends is None else list(item.ends),
        "converted_cases": dict(item.cases),
        "ratio": item.ratio,
        "position": item.position,
        "pooled": item.pooled,
        "newest": item.newest,
        "why": item.why,
    }
    return {key: clean(value) for key, value in body.items()}
