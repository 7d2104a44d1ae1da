"""The page of what would happen instead: levers, scenarios, where a difference comes from, what a target takes."""

__all__ = ["answer", "cards", "controls", "page", "query", "required", "takes", "why", "work"]
