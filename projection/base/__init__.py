"""What all draws use: the timeline, random streams, blocks, order statistics, and measures."""

__all__ = ["blocks", "kernel", "measures", "order_statistics", "philox", "streams", "timeline"]
