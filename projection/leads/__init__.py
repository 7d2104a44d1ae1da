"""Leads: regions laid side by side on one yardstick, from the draws of an edition or from figures of its day."""

__all__ = ["leads", "measured", "yardsticks"]
