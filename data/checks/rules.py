"""The rules for a folder of tables, each an error or a warning."""

import csv
import io
from collections.abc import Callable

import polars as pl

from data.base.regions import REGIONS
from data.base.units import UNITS
from data.catalogue.bounds import bounded
from data.catalogue.jumps import FLOOR, around
from data.catalogue.observations import COMPILED, KEY, OBSERVED, THEMES, period_end
from data.catalogue.support import Support
from data.checks import identities, stages
from data.checks.findings import SHOWN, RuleResult, Severity, TableRule, Tables, examples, verdict
from data.periods.period import Frequency

ORDER: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(THEMES, KEY),
    "sources": ("source_id", "table"),
    "sites": ("site", "period", "status", "source_id"),
    "site_vintages": ("vintage", "site", "date"),
    "accelerators": ("vendor", "release_date", "chip"),
    "release_lags": ("source_id",),
    "site_stages": ("site_id", "event"),
    "site_editions": ("edition", "site_id"),
    "tracker_editions": ("edition",),
    "stage_changes": ("site_id", "first_edition_after"),
    "stage_estimates": ("quantity", "variant", "from", "to"),
    "site_crosswalk": ("our_site", "site_id"),
    "realisation_rates": ("rate_id", "published"),
    "series": ("series_id", "freq"),
    "regions": ("code",),
    "units": ("unit",),
    "registry": ("source",),
}
"""What each shipped file is sorted by; rows equal in it are sorted by all their columns."""

REVISED = 0.25
"""Relative revision by one source that a reader should know of."""

DISAGREE = 0.05
"""Relative difference between sources of one figure that a reader should know of."""

FAR = 50.0
"""How many times the median of the periods around it a figure may be: half of the least step between mixed-up units."""

ALONE = ("regions", "units", "registry", "series")
"""Files kept by hand or generated whose rows are read by their key alone, so that one may stand once only."""

TRACKER_VINTAGE = "2026-08-03"


def _rows_obey(tables: Tables) -> RuleResult:
    from data.catalogue.schema import broken

    failures = broken(tables.observations)
    return RuleResult(
        tables.observations.height,
        sum(failures.values()),
        tuple(f"{rule}: {count} rows" for rule, count in failures.items())[:SHOWN],
    )


def _files_stable(tables: Tables) -> RuleResult:
    failed = []
    for name, order in ORDER.items():
        path = tables.folder / f"{name}.csv"
        text = path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        header = list(rows[0]) if rows else []
        if not set(order) <= set(header):
            failed.append(f"{name}: columns it is sorted by are missing")
            continue
        ranked = sorted(rows, key=lambda row: (*(row[c] or "" for c in order), *(row[c] or "" for c in header)))
        canonical = io.StringIO()
        writer = csv.DictWriter(canonical, fieldnames=header, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(ranked)
        if name in ALONE and len({tuple(row[c] for c in order) for row in rows}) < len(rows):
            failed.append(f"{name}: a key stands twice")
        elif canonical.getvalue() != text:
            failed.append(f"{name}: not sorted by {', '.join(order)} or not written canonically")
    return RuleResult(len(ORDER), len(failed), tuple(failed[:SHOWN]))


def _keys_unique(tables: Tables) -> RuleResult:
    return verdict(tables.observations, pl.struct(KEY).is_duplicated(), say=KEY)


def _other_keys_unique(tables: Tables) -> RuleResult:
    keys = {
        "sources": ["source_id", "table"],
        "release_lags": ["source_id"],
        "site_vintages": ["vintage", "site", "date"],
        "sites": ["site", "period", "status", "source_id"],
        "accelerators": ["vendor", "chip"],
        "site_stages": ["site_id", "event"],
        "site_editions": ["edition", "site_id"],
        "tracker_editions": ["edition"],
        "site_crosswalk": ["our_site", "site_id"],
    }
    parts = [verdict(tables.others[name], pl.struct(key).is_duplicated(), say=key) for name, key in keys.items()]
    return RuleResult(
        sum(one.checked for one in parts),
        sum(one.failed for one in parts),
        sum((one.examples for one in parts), ()),
    )


def _units_known(tables: Tables) -> RuleResult:
    return verdict(tables.observations, ~pl.col("unit").is_in(list(UNITS)), say=("series_id", "unit"))


def _regions_known(tables: Tables) -> RuleResult:
    columns = ("region",)
    everywhere = pl.concat([tables.observations.select(*columns), tables.others["sites"].select(*columns)])
    return verdict(everywhere, ~pl.col("region").is_in(list(REGIONS)), say=columns)


def _sources_known(tables: Tables) -> RuleResult:
    sources = tables.others["sources"]
    by_table = tables.observations.join(sources, on=["source_id", "table"], how="anti")
    elsewhere = pl.concat(
        [tables.others[name].select("source_id") for name in ("sites", "accelerators", "release_lags")]
    )
    loose = elsewhere.join(sources, on="source_id", how="anti")
    return RuleResult(
        tables.observations.height + elsewhere.height,
        by_table.height + loose.height,
        examples(by_table, ("series_id", "source_id", "table")) + examples(loose, ("source_id",)),
    )


def _one_definition(column: str, *, by: tuple[str, ...]) -> Callable[[Tables], RuleResult]:
    def test(tables: Tables) -> RuleResult:
        names = tables.observations.group_by(*by).agg(pl.col(column).unique().sort().alias("names"))
        return verdict(names.sort(*by), pl.col("names").list.len() > 1, say=(by[0], "names"))

    return test


def _periods_aligned(tables: Tables) -> RuleResult:
    day, month = pl.col("period").dt.day(), pl.col("period").dt.month()
    quarter_off = (pl.col("freq") == "Q") & ~month.is_in([1, 4, 7, 10])
    half_off = (pl.col("freq") == "H") & ~month.is_in([1, 7])
    return verdict(tables.observations, (day != 1) | quarter_off | half_off)


def _range_ordered(tables: Tables) -> RuleResult:
    value, low, high = pl.col("value"), pl.col("low"), pl.col("high")
    return verdict(
        tables.observations,
        pl.any_horizontal(
            (low > high).fill_null(value=False),
            (value < low).fill_null(value=False),
            (value > high).fill_null(value=False),
        ),
    )


def _value_or_range(tables: Tables) -> RuleResult:
    nothing = pl.col("value").is_null() & pl.col("low").is_null() & pl.col("high").is_null()
    return verdict(tables.observations, nothing)


def _signs(tables: Tables) -> RuleResult:
    rows = bounded(tables.observations)
    return verdict(rows, (pl.min_horizontal("value", "low") < 0) & (pl.col("support") != Support.REAL))


def _percentages(tables: Tables) -> RuleResult:
    shares = bounded(tables.observations.filter(pl.col("unit") == "percent"))
    return verdict(shares, pl.max_horizontal("value", "high") > pl.col("most"))


def _effectiveness(tables: Tables) -> RuleResult:
    rows = bounded(tables.observations).filter(pl.col("support") == Support.AT_LEAST_ONE)
    low, high = pl.min_horizontal("value", "low"), pl.max_horizontal("value", "high")
    return verdict(rows, (low < pl.col("least")) | (high > pl.col("most")))


def _in_range(tables: Tables) -> RuleResult:
    size = pl.max_horizontal(pl.col("value", "low", "high").abs())
    return verdict(bounded(tables.observations), size > pl.col("most"))


def _near_neighbours(tables: Tables) -> RuleResult:
    # Whoever gave them: most sources give a few periods of a series only.
    run = ["series_id", "freq", "scenario"]
    rows = tables.observations.filter(pl.col("kind").is_in(OBSERVED) & pl.col("value").is_not_null())
    last = rows.sort(*run, "period", pl.col("published").fill_null(COMPILED)).unique(
        [*run, "period"], keep="last", maintain_order=True
    )
    size = pl.when(pl.col("value") > 0).then(pl.col("value").log())
    shape = last.with_columns(
        around(size, run).exp().alias("around"),
        pl.col("value").abs().median().over(run).alias("usual"),
    )
    ratio = pl.max_horizontal(pl.col("value") / pl.col("around"), pl.col("around") / pl.col("value"))
    sizeable = pl.max_horizontal("value", "around") > FLOOR * pl.col("usual")
    far = (pl.col("value") > 0) & (ratio > FAR) & sizeable
    return verdict(shape, far, say=("series_id", "period", "value", "around"))


def _published_sane(tables: Tables) -> RuleResult:
    early = pl.col("published") < pl.date(1990, 1, 1)
    return verdict(tables.observations, (pl.col("published") > pl.lit(COMPILED)) | early)


def _published_late_enough(tables: Tables) -> RuleResult:
    rows = tables.observations.filter(pl.col("kind").is_in(OBSERVED))
    return verdict(rows, pl.col("published") < period_end(), say=("series_id", "period", "published"))


def _published_known(tables: Tables) -> RuleResult:
    rows = tables.observations.filter(pl.col("published").is_null())
    return verdict(rows, ~pl.col("source_id").is_in(tables.others["release_lags"]["source_id"].implode()))


def _sources_agree(tables: Tables) -> RuleResult:
    rows = identities.last_published(tables.observations).select("series_id", "freq", "period")
    observed = tables.observations.filter(pl.col("kind").is_in(OBSERVED) & pl.col("value").is_not_null())
    spread = observed.group_by("series_id", "freq", "period", "scenario").agg(
        pl.col("value").min().alias("least"), pl.col("value").max().alias("most")
    )
    apart = pl.col("most") - pl.col("least") > DISAGREE * pl.max_horizontal(pl.col("most").abs(), pl.col("least").abs())
    outcome = verdict(spread.sort("series_id", "period"), apart, say=("series_id", "period", "least", "most"))
    return RuleResult(rows.height, outcome.failed, outcome.examples)


def _described(tables: Tables) -> RuleResult:
    from data.catalogue.definitions import definitions

    series = definitions()
    expected = [(one.series_id, freq, unit, one.region) for one in series.values() for freq, unit in one.units.items()]
    table = pl.DataFrame(expected, schema=["series_id", "freq", "unit", "region"], orient="row")
    stored = tables.observations.select("series_id", "freq", "unit", "region").unique(maintain_order=True)
    loose = stored.join(table, on=["series_id", "freq", "unit", "region"], how="anti", maintain_order="left")
    return RuleResult(stored.height, loose.height, examples(loose, ("series_id", "freq", "unit")))


def _stocks_grow(tables: Tables) -> RuleResult:
    growing = pl.col("support") == Support.NONDECREASING
    rows = bounded(tables.observations).filter(growing & pl.col("kind").is_in(OBSERVED))
    series = ["series_id", "freq", "source_id", "scenario", "published"]
    before = pl.col("value").shift(1).over(series, order_by="period")
    return verdict(rows, pl.col("value") < before * (1 - 1e-9))


def _grid_whole(tables: Tables) -> RuleResult:
    rows = tables.observations.filter(pl.col("kind").is_in(OBSERVED))
    months = pl.col("freq").replace_strict({f.value: f.months for f in Frequency}, return_dtype=pl.Int32)
    index = pl.col("period").dt.year() * 12 + pl.col("period").dt.month()
    span = (index.max() - index.min()) // months.first() + 1
    runs = rows.group_by("series_id", "freq", "source_id").agg(
        (span - pl.col("period").n_unique()).alias("missing"), pl.col("period").n_unique().alias("n")
    )
    return verdict(runs.sort("series_id", "freq"), pl.col("missing") > 0, say=("series_id", "source_id", "missing"))


def _revisions_small(tables: Tables) -> RuleResult:
    rows = tables.observations.filter(pl.col("kind").is_in(OBSERVED) & pl.col("value").is_not_null())
    figure = ["series_id", "freq", "period", "source_id", "scenario"]
    before = pl.col("value").shift(1).over(figure, order_by="published")
    return verdict(rows, (pl.col("value") - before).abs() > REVISED * before.abs())


def _bases_told(tables: Tables) -> RuleResult:
    rows = tables.observations.filter(pl.col("unit") == "H100e")
    clusters = pl.col("series_id").str.contains(r"\.gpu_clusters\.")
    sixteen = pl.col("note").str.contains("16-bit")
    return verdict(rows, clusters != sixteen)


def _announced_apart(tables: Tables) -> RuleResult:
    tracked = tables.others["sites"].with_columns(pl.col("source_id").str.starts_with("epoch").alias("tracked"))
    return verdict(tracked, (pl.col("status") == "announced") & pl.col("tracked"), say=("site", "source_id"))


def _tracker_ends(tables: Tables) -> RuleResult:
    rows = tables.observations.filter(pl.col("series_id").str.contains(r"\.ai_datacenter\.tracked_"))
    vintage = pl.lit(TRACKER_VINTAGE).str.to_date()
    return verdict(rows, pl.col("kind").is_in(OBSERVED) & (period_end() > vintage))


def _sites_placed(tables: Tables) -> RuleResult:
    names = tables.others["site_vintages"].select("site").unique().sort("site")
    return verdict(names, ~pl.col("site").is_in(tables.others["sites"]["site"].implode()), say=("site",))


def _identity(pairs: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Tables], RuleResult]:
    def test(tables: Tables) -> RuleResult:
        compared = pairs(identities.last_published(tables.observations))
        apart = (pl.col("left") - pl.col("right")).abs() > pl.col("tolerance")
        return verdict(compared.sort("what"), apart, say=("what", "left", "right"))

    return test


_E, _W = Severity.ERROR, Severity.WARNING

RULES: tuple[TableRule, ...] = (
    TableRule("file.stable", _E, "every file is sorted by its key and written canonically", _files_stable),
    TableRule("row.schema", _E, "ids, kinds, frequencies and figures of every row are well formed", _rows_obey),
    TableRule("key.unique", _E, "no two observations share a key", _keys_unique),
    TableRule(
        "key.unique_others",
        _E,
        "no two sources, lags, sites, site steps, stages, editions or chips share a key",
        _other_keys_unique,
    ),
    TableRule("unit.known", _E, "every unit has a dimension and a factor", _units_known),
    TableRule("region.known", _E, "every region has a level", _regions_known),
    TableRule("source.known", _E, "every source is described in the table that cites it", _sources_known),
    TableRule(
        "series.one_unit", _E, "a series has one unit at a frequency", _one_definition("unit", by=("series_id", "freq"))
    ),
    TableRule("series.one_region", _E, "a series has one region", _one_definition("region", by=("series_id",))),
    TableRule(
        "series.one_metric",
        _W,
        "a series has one metric at a frequency",
        _one_definition("metric", by=("series_id", "freq")),
    ),
    TableRule(
        "period.aligned", _E, "periods start on the first of a month, quarters and halves on theirs", _periods_aligned
    ),
    TableRule("range.ordered", _E, "low <= value <= high", _range_ordered),
    TableRule("value.or_range", _E, "a row without a value has a range", _value_or_range),
    TableRule("value.sign", _E, "only balances, changes and errors are negative", _signs),
    TableRule("value.percent", _E, "a share is at most 100 percent", _percentages),
    TableRule("value.pue", _E, "power usage effectiveness is between 1 and 3.5", _effectiveness),
    TableRule("value.range", _E, "no figure is larger than its unit can be", _in_range),
    TableRule(
        "value.jump",
        _E,
        "no figure is fifty times, or a fiftieth of, the periods around it: it would be in another unit",
        _near_neighbours,
    ),
    TableRule("published.sane", _E, "nothing was published after the tables were compiled", _published_sane),
    TableRule(
        "published.before_period_end",
        _W,
        "what is observed is published after its period (auctions clear ahead on purpose)",
        _published_late_enough,
    ),
    TableRule("published.known", _W, "a blank publication day has a release lag", _published_known),
    TableRule(
        "source.agree", _W, "figures of one id and period agree within 5 %, sources and revisions", _sources_agree
    ),
    TableRule("series.described", _E, "every series has a definition with its unit and region", _described),
    TableRule("stock.monotone", _W, "a cumulative figure never falls within one publication", _stocks_grow),
    TableRule("grid.whole", _W, "a source leaves out no period between its first and its last", _grid_whole),
    TableRule("revision.small", _W, "a source revises a figure by at most a quarter", _revisions_small),
    TableRule("trap.h100e_basis", _E, "16-bit H100e is named where it occurs, and only there", _bases_told),
    TableRule("trap.announced_sites", _E, "announced sites are not the tracker's own", _announced_apart),
    TableRule("trap.tracker_end", _E, "tracked sites are observed up to the tracker's day only", _tracker_ends),
    TableRule("trap.site_placed", _W, "every tracked site of every vintage has a region", _sites_placed),
    TableRule("stage.words", _E, "stage, origin and facility of a dated stage are known words", stages.words_known),
    TableRule("stage.first_seen", _E, "a stage is first seen in an archived edition", stages.seen_in_an_edition),
    TableRule("stage.replay", _E, "changes of sites give every archived edition", stages.editions_replay),
    TableRule(
        "identity.cumulative_flow",
        _E,
        "cumulative chip differences are the flows",
        _identity(identities.cumulative_flows),
    ),
    TableRule(
        "identity.sia_quarter",
        _E,
        "a semiconductor quarter is three closing averages",
        _identity(identities.semiconductor_quarters),
    ),
    TableRule("identity.census_year", _E, "unadjusted years are mean annual rates", _identity(identities.census_years)),
    TableRule(
        "identity.forms", _W, "stated periods are what totals and growth say of them", _identity(identities.forms)
    ),
    TableRule(
        "identity.sources_sum", _E, "generation by source sums to it", _identity(identities.generation_by_source)
    ),
    TableRule("identity.demand", _E, "demand is generation and net imports", _identity(identities.demand_and_imports)),
)
"""Every rule after ``table.readable``, in the order they are reported."""
