"""Connectors: one file per source, from what it publishes over HTTP to rows of our schema.

A connector knows addresses and formats; it neither opens a connection (:mod:`data.connectors.fetch` does) nor judges
rows (:mod:`data.validation` does) nor stores them (:mod:`data.refresh` does).
"""
