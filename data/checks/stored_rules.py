"""Rules for refreshed and imported rows in the database, in addition to those checked before storing."""

import polars as pl

from data.base.scopes import Scope
from data.catalogue.definitions import definitions
from data.catalogue.observations import KEY, OBSERVED
from data.catalogue.reasons import MEANINGS
from data.catalogue.registry import registry
from data.checks import identities
from data.checks.findings import SHOWN, Finding, RuleResult, Severity, examples, verdict
from data.checks.rules import DISAGREE
from data.ingest.imports import OWN, own_definitions
from data.ingest.validation import ORDER, well_formed
from data.store.quarantine import QuarantinedRows
from data.store.vintages import now

_E, _W = Severity.ERROR, Severity.WARNING


def check_stored(
    rows: pl.DataFrame, shipped: pl.DataFrame, entries: tuple[QuarantinedRows, ...]
) -> tuple[Finding, ...]:
    """Findings on stored rows, on them beside the shipped ones, and on what still lies in quarantine.

    ``rows`` have the columns of :data:`data.store.vintages.STORED`, ``shipped`` those of a shipped row and ``table``;
    ``entries`` are those of quarantine with those let in since: what a person vouched for is not judged again.
    """
    public = rows.filter(pl.col("scope") == Scope.PUBLIC.value)
    vouched = pl.DataFrame(
        [[str(one.row[name]) for name in KEY] for one in entries if one.accepted is not None],
        schema=dict.fromkeys(KEY, pl.String),
        orient="row",
    ).with_columns(pl.col("period", "published").str.to_date("%Y-%m-%d"))
    unvouched = rows.join(vouched, on=list(KEY), how="anti").select(shipped.columns)
    # Vintages of two refreshes may share a day, so each refresh was judged for twins alone; here once is enough.
    alone = unvouched.unique(list(KEY), keep="last", maintain_order=True)
    judged = well_formed(alone, {**definitions(), **own_definitions(rows)}, retrieved=now())
    findings = [
        _finding(
            f"stored.{reason.value}",
            _E,
            f"no stored row breaks this: {MEANINGS[reason]}",
            judged.bad.filter(pl.col("reason") == reason.value),
            alone.height,
        )
        for reason in ORDER
    ]
    sources = list(registry())
    listed = pl.col("source_id").is_in(sources) | pl.col("source_id").str.starts_with(OWN)
    findings.append(
        Finding(
            "stored.source_known",
            _E,
            "every stored row is of a source of the registry, or private",
            verdict(rows, ~listed, say=("series_id", "source_id")),
        )
    )
    private = pl.col("source_id").str.starts_with(OWN) != (pl.col("scope") == Scope.PRIVATE.value)
    findings.append(
        Finding(
            "stored.private_marked",
            _E,
            "imported rows are private, and only those",
            verdict(rows, private, say=("series_id", "source_id")),
        )
    )
    findings.append(_agreement(public, shipped))
    together = identities.last_published(pl.concat([shipped, public.select(shipped.columns)]))
    for name, pairs in IDENTITIES.items():
        compared = pairs(together)
        apart = (pl.col("left") - pl.col("right")).abs() > pl.col("tolerance")
        findings.append(
            Finding(
                f"stored.identity.{name}",
                _W,
                "the identity still holds with refreshed rows",
                verdict(compared.sort("what"), apart, say=("what", "left", "right")),
            )
        )
    waiting = tuple(f"{one.id} {one.source}: {one.reason.value}" for one in entries if one.accepted is None)
    empty = RuleResult(len(entries), len(waiting), waiting[:SHOWN])
    findings.append(Finding("quarantine.empty", _W, "no row waits in quarantine", empty))
    return tuple(findings)


IDENTITIES = {
    "cumulative_flow": identities.cumulative_flows,
    "census_year": identities.census_years,
    "sources_sum": identities.generation_by_source,
    "demand": identities.demand_and_imports,
}
"""Identities between series that connectors refresh together."""


def _agreement(public: pl.DataFrame, shipped: pl.DataFrame) -> Finding:
    key = ["series_id", "freq", "period", "scenario"]
    theirs = shipped.filter(pl.col("kind").is_in(OBSERVED)).select(*key, "value").drop_nulls("value")
    last = theirs.unique(key, keep="last", maintain_order=True)
    ours = public.filter(pl.col("kind").is_in(OBSERVED)).unique([*key, "source_id"], keep="last", maintain_order=True)
    paired = ours.join(last, on=key, suffix="_shipped")
    apart = (pl.col("value") - pl.col("value_shipped")).abs() > DISAGREE * pl.col("value_shipped").abs()
    outcome = verdict(paired.sort("series_id", "period"), apart, say=("series_id", "period", "value", "value_shipped"))
    return Finding("stored.agrees", _W, "refreshed figures are within 5 % of the shipped ones", outcome)


def _finding(code: str, severity: Severity, holds: str, bad: pl.DataFrame, checked: int) -> Finding:
    return Finding(code, severity, holds, RuleResult(checked, bad.height, examples(bad, ("series_id", "period"))))
