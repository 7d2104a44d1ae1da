"""The typed catalogue: what series there are, where they come from and how far they can be trusted."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.base.errors import NotFound
from data.catalogue.citations import citation
from data.catalogue.definitions import Definition, H100eBasis, PowerBasis, Scope, definitions
from data.catalogue.support import Support, support_of_name

CLOSE = 5
"""How many close matches an unknown id is answered with."""

THEIRS = "Imported by a user; its meaning is theirs."
"""Definition of a private series that no catalogue knows."""


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """One series: its definition and extent.

    Attributes:
        metric: names of what is measured, joined where publishers of one id name it differently.
        unit: unit of the values; where an id has one unit per frequency, joined by " / " in the order of ``freqs``.
        freqs: frequencies, finest first.
        first: first day of the first period.
        last: first day of the last period.
        n: rows, all vintages, sources and scenarios.
        observed: distinct periods with an actual or estimated value, by frequency.
        distrust: the caveat of its definition: why to use it with wide bands or not at all; None for most.
        title: short name for people; the id where no catalogue defines the series.
        definition: what is counted, stock or flow, by whose definition; None where no catalogue defines the series.
        crypto: whether cryptocurrency mining is counted.
        enterprise: whether companies' own data centers and server rooms are counted.
        behind_the_meter: whether load fed by plants on the site itself is counted.
        power_basis: whether the computers alone or the whole facility is meant.
        h100e_basis: precision of H100 equivalents.
        support: the values it can take.
        publishers: who published its figures, in the order of ``sources``, each once.
        licences: under which terms, likewise.
        attribution: the line to print beside its figures, one per source.
        release_lag_days: days from the end of a period to its publication, by source, where there is a rule.
        private: some of its figures were imported by a user and are nobody else's business.
    """

    series_id: str
    region: str
    metric: str
    unit: str
    freqs: tuple[str, ...]
    sources: tuple[str, ...]
    scenarios: tuple[str, ...]
    kinds: tuple[str, ...]
    first: date
    last: date
    n: int
    observed: dict[str, int]
    table: str
    distrust: str | None
    title: str
    definition: str | None
    crypto: Scope
    enterprise: Scope
    behind_the_meter: Scope
    power_basis: PowerBasis
    h100e_basis: H100eBasis
    support: Support
    publishers: tuple[str, ...]
    licences: tuple[str, ...]
    attribution: tuple[str, ...]
    release_lag_days: dict[str, int]
    private: bool


@dataclass(frozen=True)
class Catalogue:
    """Series by id, ascending."""

    entries: dict[str, SeriesInfo]
    names: Callable[[], Sequence[str]]

    @classmethod
    def of(cls, observations: pl.DataFrame, *, names: Callable[[], Sequence[str]] | None = None) -> "Catalogue":
        """Describe the series of a frame of observations; ``names`` gives the ids close matches are sought in."""
        entries = {info.series_id: info for info in _describe(observations)}
        return cls(entries, names or (lambda: tuple(entries)))

    def get(self, series_id: str) -> SeriesInfo:
        """The series with that id; raises :class:`NotFound` with close matches as the hint."""
        try:
            return self.entries[series_id]
        except KeyError:
            raise unknown_series(series_id, self.names()) from None

    def list(
        self, *, region: str | None = None, metric: str | None = None, kind: str | None = None
    ) -> tuple[SeriesInfo, ...]:
        """Series of a region, with a metric that contains the text, and with rows of a kind; None asks for all."""
        return tuple(
            info
            for info in self.entries.values()
            if (region is None or info.region == region)
            and (metric is None or metric in info.metric)
            and (kind is None or kind in info.kinds)
        )


def unknown_series(series_id: str, names: Sequence[str]) -> NotFound:
    """The error for an id nobody knows, with close matches as the hint."""
    close = difflib.get_close_matches(series_id, sorted(names), n=CLOSE, cutoff=0.6)
    close = close or sorted(name for name in names if series_id.lower() in name)[:CLOSE]
    hint = f"did you mean: {', '.join(close)}" if close else "list the known series: headroom data list"
    return NotFound("series", series_id, hint=hint)


def _describe(observations: pl.DataFrame) -> Iterator[SeriesInfo]:
    observed = pl.col("period").filter(pl.col("kind").is_in(["actual", "estimate"]) & pl.col("value").is_not_null())
    private = pl.col("private").any() if "private" in observations.columns else pl.lit(value=False)
    by_freq = observations.group_by("series_id", "freq").agg(
        pl.col("region").unique().sort(),
        pl.col("metric").unique().sort(),
        pl.col("unit").unique().sort(),
        pl.col("source_id").unique().sort(),
        pl.col("scenario").unique().sort(),
        pl.col("kind").unique().sort(),
        pl.col("table").unique().sort(),
        pl.col("period").min().alias("first"),
        pl.col("period").max().alias("last"),
        pl.len().alias("n"),
        observed.n_unique().alias("observed"),
        private.alias("private"),
    )
    fineness = pl.col("freq").replace_strict({"M": 0, "Q": 1, "H": 2, "A": 3}, return_dtype=pl.Int64, default=4)
    rows = by_freq.sort("series_id", fineness)
    described = definitions()
    for (series_id,), part in rows.group_by(["series_id"], maintain_order=True):
        name = str(series_id)
        yield _info(name, part, described.get(name))


def _info(series_id: str, part: pl.DataFrame, entry: Definition | None) -> SeriesInfo:
    sources, tables = _names(part, "source_id"), _names(part, "table")
    cited = [source for name in sources if (source := citation(name, tables=tables)) is not None]
    private = bool(part["private"].any())
    return SeriesInfo(
        series_id=series_id,
        region=_join(part, "region"),
        metric=_join(part, "metric"),
        unit=" / ".join(dict.fromkeys(name for names in part["unit"].to_list() for name in names)),
        freqs=tuple(part["freq"].to_list()),
        sources=sources,
        scenarios=_names(part, "scenario"),
        kinds=_names(part, "kind"),
        first=min(part["first"].to_list()),
        last=max(part["last"].to_list()),
        n=int(part["n"].sum()),
        observed=dict(zip(part["freq"].to_list(), part["observed"].to_list(), strict=True)),
        table=" / ".join(tables),
        distrust=entry.caveat if entry else None,
        title=entry.title if entry else series_id,
        definition=entry.definition if entry else (THEIRS if private else None),
        crypto=entry.crypto if entry else Scope.UNSPECIFIED,
        enterprise=entry.enterprise if entry else Scope.UNSPECIFIED,
        behind_the_meter=entry.behind_the_meter if entry else Scope.UNSPECIFIED,
        power_basis=entry.power_basis if entry else PowerBasis.UNSPECIFIED,
        h100e_basis=entry.h100e_basis if entry else H100eBasis.UNSPECIFIED,
        support=entry.support if entry else support_of_name(series_id, unit=_join(part, "unit")),
        publishers=tuple(dict.fromkeys(one.publisher for one in cited)),
        licences=tuple(dict.fromkeys(one.licence for one in cited)),
        attribution=tuple(dict.fromkeys(one.attribution for one in cited)),
        release_lag_days={one.source_id: one.release_lag_days for one in cited if one.release_lag_days is not None},
        private=private,
    )


def _names(part: pl.DataFrame, column: str) -> tuple[str, ...]:
    return tuple(sorted({name for names in part[column].to_list() for name in names}))


def _join(part: pl.DataFrame, column: str) -> str:
    return " / ".join(_names(part, column))
