"""Chips: who sells and designs them, and what their buyers invest."""

__all__ = ["capex", "designers", "shipments"]
