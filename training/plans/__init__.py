"""Plan realisation: what becomes of planned sites and of planned generation, fitted with named priors."""

__all__ = [
    "generation_fit",
    "generation_priors",
    "jumps",
    "realisation",
    "realisation_fit",
    "realisation_priors",
    "revisions",
]
