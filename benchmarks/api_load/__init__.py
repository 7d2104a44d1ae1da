"""What the API does under load: ``python -m benchmarks.api_load``."""
