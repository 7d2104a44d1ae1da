"""The model layer: draws of open models' shares by country, and answers about them."""

__all__ = ["answers", "points", "share_paths", "shares"]
