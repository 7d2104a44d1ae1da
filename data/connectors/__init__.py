"""Connectors: one module a source, from what it publishes over HTTP to rows of our schema.

Publishers with several have a folder; a module is named as its source is in the registry.
A connector knows addresses and formats; it neither opens a connection (:mod:`data.connectors.fetch` does) nor judges
rows (:mod:`data.ingest.validation` does) nor stores them (:mod:`data.ingest.refresh` does).
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
