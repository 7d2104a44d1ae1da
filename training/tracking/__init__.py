"""MLflow: runs, the registered model, records that wait for the store, and a store that moved."""

__all__ = ["model", "model_input", "outbox", "plots", "record", "registration", "relocation", "sync", "tracking"]
