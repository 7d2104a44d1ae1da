"""Power grids: which there are (``grids.toml``), their figures, and the errors of their load forecasts."""

__all__ = ["definitions", "figures", "load_errors"]
