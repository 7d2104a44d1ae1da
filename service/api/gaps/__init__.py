"""Demand, supply and the gap, and what explains them: limits, comparisons, claims, leads and the buildout."""

__all__ = [
    "against_base",
    "claims",
    "comparisons",
    "designers",
    "funnel",
    "gap_answer",
    "gap_rows",
    "gap_units",
    "gaps",
    "leads",
    "observables",
    "questions",
]
