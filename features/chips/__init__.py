"""Chips: shipments, designers, and the capital expenditure of buyers."""

__all__ = ["capex", "designers", "shipments"]
