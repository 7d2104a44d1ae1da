"""Power grids: their figures, and the errors of their load forecasts."""

__all__ = ["figures", "load_errors"]
