"""The model error. Section 12, *Model error*."""

import numpy as np

from projection.inputs.expert_errors import ExpertErrors

Z90 = 1.2815515655446004


def sizes(growth, years):
    """Log sd below and above at every end, of draws of growth without error, years after the last observation."""
    low, middle, high = np.quantile(np.log(growth), (0.1, 0.5, 0.9), axis=0)
    evidence = ExpertErrors.shipped()
    reach = np.clip(years, 0, 5) * np.sqrt(np.maximum(years, 5) / 5)
    spread = (middle - low) / Z90, (high - middle) / Z90
    evidence_sd = evidence.growth_down * reach, evidence.growth_up * reach
    return tuple(np.sqrt(np.maximum(a**2 - s**2, 0)) for a, s in zip(evidence_sd, spread, strict=True))


def factor(facts, v, name):
    """What demand is multiplied with at every end, by the sizes the engine was run with."""
    error, shocks = facts.inputs.model_error, facts.shocks
    z = shocks["common"]
    if name in shocks:
        rho = v["model_error_correlation"]
        z = np.sqrt(rho) * z + np.sqrt(1 - rho) * shocks[name]
    if name not in error.up:
        return np.ones((1, 41))
    down, up = (np.asarray(size[name], float)[None, :] for size in (error.down, error.up))
    return np.exp(np.maximum(z, 0) * up + np.minimum(z, 0) * down)


def level(facts, region):
    """What the base year's electricity is multiplied with."""
    return np.exp(facts.inputs.model_error.level.get(region, 0.0) * facts.shocks["level"])
