"""Runs of the model: fixed inputs and shared random numbers, one scenario, and scenarios side by side."""

__all__ = ["conditioning", "identities", "model_inputs", "scenario_pool", "scenario_run", "substitution", "supply_pace"]
