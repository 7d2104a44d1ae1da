"""Electricity generation: bases of capacity, what it counts for, plans and what came, reactors, China."""

__all__ = ["accreditation", "bases", "capacity_factors", "china_build", "fleet_headroom", "pairs", "plans", "reactors"]
