"""Figures with their sources and the days they became known. Imports no other package of the project."""

__all__ = ["base", "catalogue", "checks", "connectors", "ingest", "migrations", "periods", "store", "user_files"]
