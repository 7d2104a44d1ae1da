"""Electricity of every draw: generation and its pace, energy, and firm power, by country and grid."""

__all__ = [
    "china_pace",
    "energy",
    "firm",
    "generation",
    "grid_firm",
    "grids",
    "reactor_pace",
    "us_firm",
    "us_generation",
    "us_sales",
]
