"""Epoch AI: sales, owners and types of AI chips, clusters, and data-center sites."""

__all__ = [
    "csv_rows",
    "epoch_chip_owners",
    "epoch_chip_sales",
    "epoch_chip_types",
    "epoch_clusters",
    "epoch_hardware",
    "epoch_sites",
    "estimates",
]
