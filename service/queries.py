"""What is asked, typed and canonical: two URLs that mean the same make the same query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from data.base.layers import DemandConcept, Layer
from data.base.quantiles import DEFAULT_LEVELS, FORECAST_LEVELS, Quantile
from data.periods.period import Frequency
from projection.edition.points import shortest
from projection.open_models.answers import POOLED
from service import parameters


@dataclass(frozen=True, slots=True)
class GapQuery:
    """A question about one cell."""

    region: str
    layer: Layer
    scenario: str
    demand: DemandConcept
    freq: Frequency
    first: date | None
    last: date | None
    levels: tuple[Quantile, ...]
    above: tuple[float, ...] = ()
    narrow: bool = False

    @classmethod
    def parse(cls, values: Mapping[str, str], *, regions: Sequence[str], scenarios: Sequence[str]) -> Self:
        """Read the query; :class:`data.base.errors.InvalidParameter` names the parameter and what is allowed.

        Args:
            values: texts by parameter name.
            regions: codes that are known, those that cells are computed for first.
            scenarios: names in the edition.
        """
        first, last = parameters.window(values)
        return cls(
            region=parameters.choice("region", values["region"], regions),
            layer=Layer(parameters.choice("layer", values["layer"], list(Layer))),
            scenario=parameters.choice("scenario", values.get("scenario", "base"), scenarios),
            demand=DemandConcept(parameters.choice("demand", values.get("demand", "equipment"), list(DemandConcept))),
            freq=Frequency(parameters.choice("freq", values.get("freq", "A"), parameters.FREQUENCIES)),
            first=first,
            last=last,
            levels=parameters.levels(values["quantiles"]) if "quantiles" in values else DEFAULT_LEVELS,
            above=parameters.thresholds(values["above"]) if "above" in values else (),
            narrow=parameters.choice("basis", values.get("basis", "8bit"), parameters.BASES) == "16bit",
        )

    @property
    def canonical(self) -> str:
        """The query as one string, every default spelled out."""
        return (
            f"region={self.region}&layer={self.layer}&scenario={self.scenario}&demand={self.demand}&freq={self.freq}"
            f"&from={self.first or ''}&to={self.last or ''}&quantiles={','.join(map(str, self.levels))}"
            f"&above={','.join(map(shortest, self.above))}&basis={'16bit' if self.narrow else '8bit'}"
        )


@dataclass(frozen=True, slots=True)
class ForecastQuery:
    """A question about the forecast of one series."""

    freq: Frequency | None
    first: date | None
    last: date | None
    levels: tuple[Quantile, ...]

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> Self:
        """Read the query; only published levels can be asked for, since nothing is interpolated between them."""
        first, last = parameters.window(values)
        freq = values.get("freq")
        text = values.get("quantiles")
        return cls(
            freq=None if freq is None else Frequency(parameters.choice("freq", freq, list(Frequency))),
            first=first,
            last=last,
            levels=DEFAULT_LEVELS if text is None else parameters.levels(text, published=FORECAST_LEVELS),
        )

    @property
    def canonical(self) -> str:
        """The query as one string."""
        return (
            f"freq={self.freq or ''}&from={self.first or ''}&to={self.last or ''}"
            f"&quantiles={','.join(map(str, self.levels))}"
        )


@dataclass(frozen=True, slots=True)
class OpenModelsQuery:
    """A question about use of models by country."""

    proxy: str
    region: str | None
    scenario: str
    first: date | None
    last: date | None
    levels: tuple[Quantile, ...]
    above: tuple[float, ...]

    @classmethod
    def parse(cls, values: Mapping[str, str], *, scenarios: Sequence[str]) -> Self:
        """Read the query; :class:`data.base.errors.InvalidParameter` names the parameter and what is allowed."""
        first, last = parameters.window(values)
        region = values.get("region")
        return cls(
            proxy=parameters.choice("proxy", values.get("proxy", POOLED), parameters.PROXIES),
            region=None if region is None else parameters.choice("region", region, parameters.COUNTRIES),
            scenario=parameters.choice("scenario", values.get("scenario", "base"), scenarios),
            first=first,
            last=last,
            levels=parameters.levels(values["quantiles"]) if "quantiles" in values else DEFAULT_LEVELS,
            above=parameters.shares(values.get("above", parameters.HALF)),
        )

    @property
    def canonical(self) -> str:
        """The query as one string, every default spelled out."""
        return (
            f"proxy={self.proxy}&region={self.region or ''}&scenario={self.scenario}"
            f"&from={self.first or ''}&to={self.last or ''}&quantiles={','.join(map(str, self.levels))}"
            f"&above={','.join(map(shortest, self.above))}"
        )
