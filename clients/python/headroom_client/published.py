"""What a service has published: gaps, figures, claims, scenarios and editions.

``edition`` (an id) and ``issued_before`` (a day or a moment) ask for the answer as an earlier edition gave it.
"""

import io
from collections.abc import Sequence
from datetime import date

import polars as pl

from headroom_client.asking import Asking, Several, named, read
from headroom_client.models import (
    ClaimAnswer,
    ClaimItem,
    ClaimList,
    ComputeBasis,
    DemandConcept,
    EditionItem,
    EditionList,
    FigureKind,
    Frequency,
    GapAnswer,
    Layer,
    ScenarioAnswer,
    ScenarioItem,
    ScenarioList,
    ScoreState,
    Shape,
    Status,
    VintageRule,
    YearOrQuarter,
)

PARQUET = "application/vnd.apache.parquet"


class Published(Asking):
    """Questions that a service answers from what it has."""

    async def gap(
        self,
        layer: Layer,
        region: str | None = None,
        *,
        sum: Several | None = None,  # noqa: A002 - as the API has it
        minus: Several | None = None,
        scenario: str | None = None,
        demand: DemandConcept | None = None,
        freq: YearOrQuarter | None = None,
        from_: str | None = None,
        to: str | None = None,
        quantiles: Sequence[float] | None = None,
        above: Sequence[float] | None = None,
        basis: ComputeBasis | None = None,
        unit: str | None = None,
        edition: str | None = None,
        issued_before: date | str | None = None,
    ) -> GapAnswer:
        """Demand, deliverable supply and the gap between them, for one cell.

        Args:
            layer: what can run short.
            region: a code such as ``US``; or instead of it
            sum: regions that are added draw by draw, and beside it
            minus: regions inside of the sum that are taken away.
            scenario: base unless it is named.
            demand: which reading of demand; wanted unless it is named.
            freq: A by year, which is the default, or Q by quarter.
            from_: the first period, such as ``2028`` or ``2028Q3``.
            to: the last.
            quantiles: levels of the bands, strictly between 0 and 1.
            above: thresholds x of P(gap > x), in the unit of the answer.
            basis: the precision H100 equivalents are counted at (compute only).
            unit: one that the layer's unit converts to.
            edition: see the module, as is
            issued_before: this.

        Returns:
            One point a period; bands by level (``point.gap["0.5"]``), in ``unit``. A cell without an answer has none,
            and ``reason`` says why.
        """
        parameters = named(locals())
        return read(GapAnswer, await self.connection.get("/v1/gaps", parameters))

    async def gaps(
        self,
        layer: Layer | Sequence[Layer],
        region: Several | None = None,
        *,
        sum: Several | None = None,  # noqa: A002 - as the API has it
        minus: Several | None = None,
        scenario: Several | None = None,
        demand: DemandConcept | Sequence[DemandConcept] | None = None,
        freq: YearOrQuarter | None = None,
        from_: str | None = None,
        to: str | None = None,
        quantiles: Sequence[float] | None = None,
        above: Sequence[float] | None = None,
        basis: ComputeBasis | None = None,
        unit: str | None = None,
        shape: Shape | None = None,
        fields: Sequence[str] | None = None,
        edition: str | None = None,
        issued_before: date | str | None = None,
    ) -> pl.DataFrame:
        """The same for up to 50 cells, as a table: every combination of the regions, layers, scenarios and readings.

        Returns:
            A row a cell and period with a column a level, such as ``gap_p50``; with the shape ``long`` a row a number.
            A cell without an answer has one row with the ``reason``.
        """
        return await self.frame("/v1/gaps", named(locals()))

    async def coverage(
        self,
        *,
        region: str | None = None,
        layer: Layer | None = None,
        demand: DemandConcept | None = None,
        status: Status | None = None,
        edition: str | None = None,
        issued_before: date | str | None = None,
    ) -> pl.DataFrame:
        """Which cells are answered: a row a cell with its status, its reason, and its first and last periods."""
        return await self.frame("/v1/coverage", named(locals()))

    async def draws(
        self, region: str, layer: Layer, demand: DemandConcept = "wanted", *, edition: str | None = None
    ) -> pl.LazyFrame:
        """Every draw of a cell in base: a row a draw, a column a quantity and period, as ``supply_2028Q3``.

        The file is fetched whole, once for an edition; columns are read from it when they are used.
        """
        if edition is None:
            manifest = (await self.connection.get("/v1/editions/latest")).json()
            edition = manifest["id"]
        path = f"/v1/editions/{edition}/draws/{region}.{layer}.{demand}.parquet"
        response = await self.connection.get(path, accept=PARQUET)
        return pl.scan_parquet(io.BytesIO(response.content))

    async def forecast(
        self,
        series_id: str,
        *,
        freq: Frequency | None = None,
        from_: str | None = None,
        to: str | None = None,
        quantiles: Sequence[float] | None = None,
        edition: str | None = None,
        issued_before: date | str | None = None,
    ) -> pl.DataFrame:
        """Forecasts of one series from its first unobserved period: a row a period with a column a level."""
        parameters = named(locals(), leave_out={"series_id"})
        return await self.frame(f"/v1/forecasts/{series_id}", parameters)

    async def series(
        self,
        *,
        region: str | None = None,
        metric: str | None = None,
        kind: FigureKind | None = None,
        q: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> pl.DataFrame:
        """The catalogue: a row a series; ``q`` are words that must all occur in its id, title, metric or unit."""
        return await self.frame("/v1/series", named(locals()))

    async def observations(
        self,
        series: Several,
        *,
        as_of: date | str | None = None,
        rule: VintageRule | None = None,
        include_history: bool | None = None,
        freq: Frequency | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> pl.DataFrame:
        """Figures of up to 100 series as they were known on the day ``as_of``: a row a period, source and scenario.

        With ``include_history`` every vintage has a row.
        """
        return await self.frame("/v1/observations", named(locals()))

    async def sites(
        self,
        *,
        region: str | None = None,
        stage: str | None = None,
        tracker: str | None = None,
        operator: str | None = None,
        q: str | None = None,
        min_mw: float | None = None,
        sort: str | None = None,
        edition: str | None = None,
        issued_before: date | str | None = None,
    ) -> pl.DataFrame:
        """Sites that trackers list, each once, with its stage, size in MW and days: a row a site."""
        return await self.frame("/v1/sites", named(locals()))

    async def scoreboard(
        self,
        *,
        region: str | None = None,
        layer: Layer | None = None,
        year: int | None = None,
        by: str | None = None,
        edition: str | None = None,
        state: ScoreState | None = None,
    ) -> pl.DataFrame:
        """Projections of other people and of Headroom, with what came of them: a row a projection."""
        return await self.frame("/v1/scoreboard", named(locals()))

    async def claims(self, *, edition: str | None = None, issued_before: date | str | None = None) -> list[ClaimItem]:
        """What is said about data centers, each sentence with its verdict and the numbers behind it."""
        pages = await self.pages(ClaimList, "/v1/claims", named(locals()))
        return [claim for page in pages for claim in page.items]

    async def claim(
        self, claim: str, *, edition: str | None = None, issued_before: date | str | None = None
    ) -> ClaimAnswer:
        """One claim, with what every edition said of it."""
        parameters = {"edition": edition, "issued_before": issued_before}
        return read(ClaimAnswer, await self.connection.get(f"/v1/claims/{claim}", parameters))

    async def scenarios(
        self, *, edition: str | None = None, issued_before: date | str | None = None
    ) -> list[ScenarioItem]:
        """What can happen instead of base."""
        pages = await self.pages(ScenarioList, "/v1/scenarios", named(locals()))
        return [scenario for page in pages for scenario in page.items]

    async def scenario(self, name: str) -> ScenarioAnswer:
        """One scenario, with each number it replaces and why."""
        return read(ScenarioAnswer, await self.connection.get(f"/v1/scenarios/{name}"))

    async def editions(self) -> list[EditionItem]:
        """Every edition, the last issued first."""
        pages = await self.pages(EditionList, "/v1/editions", {})
        return [edition for page in pages for edition in page.items]
