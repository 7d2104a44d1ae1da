"""What all draws use: the timeline, random streams, blocks, order statistics, measures, and the expert floor."""

__all__ = ["blocks", "floor", "kernel", "measures", "order_statistics", "philox", "streams", "timeline"]
