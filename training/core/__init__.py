"""Calendar, growth classes, scores, and the link between a series and the numbers its members are fitted to."""

__all__ = ["calendar", "growth", "link", "scores"]
