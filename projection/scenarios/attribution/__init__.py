"""Attribution: a difference split between groups of drivers, assumptions moved one at a time, and what binds."""

__all__ = ["answers", "coalitions", "editions", "groups", "quantities", "shapley", "tornado"]
