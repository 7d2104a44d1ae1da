"""Connectors: one module for each public source, which turns what the source publishes into observations.

A module has the name of its source in the registry; publishers with several sources have a folder. A connector knows
addresses and formats only: :mod:`data.connectors.fetch` opens connections, :mod:`data.ingest.validation` checks rows,
and :mod:`data.ingest.storing` stores them.
"""

__all__ = [
    "bodies",
    "by_source",
    "census",
    "contract",
    "cso_mec02",
    "eia",
    "ember",
    "epoch",
    "fetch",
    "fred",
    "owid",
    "payload",
    "proxy",
    "sec",
    "tsmc_revenue",
]
