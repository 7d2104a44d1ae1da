"""Events for dashboards: what happened, read off the ledger once each, and sent to webhooks."""

__all__ = ["addresses", "deliveries", "events", "ledger", "retention", "tables", "thresholds", "webhooks"]
