"""Figures: what was said, by whom, and when. Nothing of ours is imported here."""

__all__ = ["base", "catalogue", "checks", "connectors", "ingest", "migrations", "periods", "store", "user_files"]
