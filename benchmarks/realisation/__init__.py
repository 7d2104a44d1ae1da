"""How well the realisation of plans is foretold, and its page: ``python -m benchmarks.realisation``."""
