"""Runs every rule on a folder of tables and counts violations. A failing rule does not stop the others."""

from pathlib import Path

import polars as pl

from data.base.errors import TableCorrupt
from data.base.shipped_tables import SCHEMAS, TABLES, read_table
from data.catalogue.observations import THEMES, read_observations
from data.checks.findings import SHOWN, Finding, Report, RuleResult, Severity, Tables
from data.checks.rules import RULES


def check(folder: Path = TABLES, *, stored: tuple[Finding, ...] = ()) -> Report:
    """Run every rule on the tables of a folder; ``stored`` are findings on what a database holds beside them.

    A table that cannot be read fails the rule ``table.readable``; the other rules then run on what could be read.
    """
    corrupt: list[str] = []
    themes: list[pl.DataFrame] = []
    others: dict[str, pl.DataFrame] = {}
    for theme in THEMES:
        try:
            themes.append(read_observations(theme, folder=folder))
        except TableCorrupt as error:
            corrupt.append(error.detail)
    for name, columns in SCHEMAS.items():
        try:
            others[name] = read_table(name, columns, folder=folder)
        except TableCorrupt as error:
            corrupt.append(error.detail)
            others[name] = pl.DataFrame(schema=columns)
    empty = read_observations(THEMES[0]).clear()
    tables = Tables(folder, pl.concat([empty, *themes]), others)
    readable = Finding(
        "table.readable",
        Severity.ERROR,
        "every table is there, with its columns and types",
        RuleResult(len(THEMES) + len(SCHEMAS), len(corrupt), tuple(corrupt[:SHOWN])),
    )
    findings = [Finding(rule.code, rule.severity, rule.holds, rule.test(tables)) for rule in RULES]
    return Report((readable, *findings, *stored))
