"""Electricity generation: bases of capacity, plans, what came of plans, reactors, and China's build."""

__all__ = ["bases", "capacity_factors", "china_build", "pairs", "plans", "reactors"]
