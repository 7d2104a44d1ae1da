"""What draws start from: assumptions, starting values, base-year levels, drivers, and a user's own figures."""

__all__ = [
    "assumption_values",
    "assumptions",
    "base_year",
    "drivers",
    "expert_errors",
    "marginals",
    "monthly",
    "observables",
    "own_figures",
    "running_year",
    "starting_values",
]
