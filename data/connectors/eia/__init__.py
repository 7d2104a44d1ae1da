"""The US Energy Information Administration: generation, sales, prices, and the inventory of generators."""

__all__ = [
    "cells",
    "eia_860m",
    "eia_browser",
    "eia_mer",
    "eia_v2",
    "eia_v2_netgen",
    "eia_v2_sales",
    "inventory",
    "series_names",
]
