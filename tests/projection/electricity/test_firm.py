"""The worked US example of the method notes (section 9, layer firm) is reproduced by our own balance and sampler."""

import numpy as np
import pytest

from projection.electricity.firm import TWH_PER_AVERAGE_GW, firm_balance
from projection.inputs.assumptions import Assumptions

BASE_TWH = 192 * (464 / 192) ** 0.5
YEARS = {
    2028: {"energy": 464, "log_sd": 0.21, "other": (13, 18, 30), "elcc": 30, "btm": (2, 9, 37)},
    2030: {"energy": 600, "log_sd": 0.44, "other": (26, 36, 60), "elcc": 69.5, "btm": (5, 22, 45)},
}
CRITICS = (2.0, 4.0, 9.0)


def peak_growth(energy, base, load_factor):
    """Growth of data centers' peak, GW, of growth of their energy, TWh a year."""
    return (energy - base) / TWH_PER_AVERAGE_GW / load_factor


def central(year, btm_mode):
    case = YEARS[year]
    return firm_balance(
        peak_growth=peak_growth(case["energy"], BASE_TWH, 0.925),
        other_peak_growth=case["other"][1],
        reserve_margin=0.09,
        elcc_additions=case["elcc"],
        behind_the_meter=btm_mode,
        starting_headroom=0.0,
    )


@pytest.mark.parametrize(("year", "need", "gap"), [(2028, 41.9, 2.9), (2030, 79.8, -11.7)])
def test_worked_example_gives_its_central_numbers_exactly(year, need, gap):
    balance = central(year, YEARS[year]["btm"][1])
    assert round(float(balance.need), 1) == need
    assert round(float(balance.gap), 1) == gap


def example_file(year, btm):
    case = YEARS[year]
    z90 = 1.2815515655446004
    low, high = (case["energy"] * np.exp(sign * z90 * case["log_sd"]) for sign in (-1, 1))
    base_low, base_high = (BASE_TWH * np.exp(sign * z90 * 0.08) for sign in (-1, 1))
    entries = {
        "energy": ("lognormal", {"p10": low, "p90": high}),
        "base": ("lognormal", {"p10": base_low, "p90": base_high}),
        "load_factor": ("logit", {"p10": 0.88, "p90": 0.97}),
        "other": ("split_normal", dict(zip(("p10", "p50", "p90"), case["other"], strict=True))),
        "reserve": ("split_normal", {"p10": 0.0, "p50": 0.09, "p90": 0.18}),
        "elcc": ("lognormal", {"p10": case["elcc"] / 1.3, "p90": case["elcc"] * 1.3}),
        "btm": ("triangular", dict(zip(("low", "mode", "high"), btm, strict=True))),
    }
    text = 'version = "example"\nbase_year = 2026\n'
    text += '[scenarios.base]\ntitle = "Base"\ndescription = "Inputs of the worked example."\n'
    for name, (distribution, numbers) in entries.items():
        text += f'[assumptions.{name}]\ndistribution = "{distribution}"\nunit = "-"\ngroup = "growth"\n'
        text += 'basis = "judgement"\nsource = "method notes, sections 6 and 9"\n'
        text += "".join(f"{key} = {float(value)}\n" for key, value in numbers.items())
    for first, second, rho in (("energy", "base", 0.6), ("energy", "elcc", 0.3), ("btm", "elcc", -0.2)):
        text += f'[[correlations]]\npair = ["{first}", "{second}"]\nrho = {rho}\n'
    return Assumptions.parse(text.encode())


@pytest.mark.parametrize(
    ("year", "btm", "p_short"),
    [
        (2028, YEARS[2028]["btm"], 0.40),
        (2030, YEARS[2030]["btm"], 0.36),
        (2028, CRITICS, 0.72),
        (2030, CRITICS, 0.57),
    ],
)
def test_worked_example_gives_its_probability_within_five_points(year, btm, p_short):
    assumptions = example_file(year, btm)
    value = assumptions.values(assumptions.latent(seed=7, draws=100_000))
    balance = firm_balance(
        peak_growth=peak_growth(value["energy"], value["base"], value["load_factor"]),
        other_peak_growth=value["other"],
        reserve_margin=value["reserve"],
        elcc_additions=value["elcc"],
        behind_the_meter=value["btm"],
        starting_headroom=0.0,
    )
    assert abs(float((balance.gap > 0).mean()) - p_short) <= 0.05


def test_more_reserve_never_narrows_the_gap():
    low, high = (
        firm_balance(
            peak_growth=20.0 / 0.92,
            other_peak_growth=18.0,
            reserve_margin=margin,
            elcc_additions=30.0,
            behind_the_meter=9.0,
            starting_headroom=0.0,
        ).gap
        for margin in (0.05, 0.15)
    )
    assert high > low
