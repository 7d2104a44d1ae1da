"""What stands beside the gap: which cells are answered, what limits a region, the pace of supply, figures and draws."""

__all__ = [
    "beside",
    "cell_draws",
    "coverage",
]
