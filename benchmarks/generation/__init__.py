"""How well the share built of plans of generation is foretold, and its page: ``python -m benchmarks.generation``."""
