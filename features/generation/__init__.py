"""Electricity generation: bases of capacity, what it counts for, plans and what came, plants on sites, China."""

__all__ = [
    "accreditation",
    "bases",
    "capacity_factors",
    "china_build",
    "fleet_headroom",
    "on_site",
    "pairs",
    "plans",
    "reactors",
]
