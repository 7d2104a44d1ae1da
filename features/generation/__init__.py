"""Electricity generation: bases of capacity, plans and what was built of them, reactors, China's additions."""

__all__ = ["bases", "capacity_factors", "china_build", "fleet_headroom", "pairs", "plans", "reactors"]
