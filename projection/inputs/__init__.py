"""What draws start from: assumptions, starting values, base-year levels, drivers, and a user's own figures."""

__all__ = [
    "assumption_values",
    "assumptions",
    "base_year",
    "dated",
    "distributions",
    "drivers",
    "expert_errors",
    "marginals",
    "monthly",
    "observables",
    "overrides",
    "own_figures",
    "running_year",
    "starting_values",
]
