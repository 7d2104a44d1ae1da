"""The system model: joint draws of demand and supply, scenarios, editions, and other people's projections."""

__all__ = [
    "base",
    "cells",
    "claims",
    "draws",
    "edition",
    "electricity",
    "inputs",
    "inverse",
    "leads",
    "model",
    "open_models",
    "project",
    "scenarios",
    "scoreboard",
    "sharing",
    "simulate",
    "sites",
    "third_party",
    "verification",
]
