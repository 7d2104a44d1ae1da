from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.engine_inputs import shipped_terms
from data.base.errors import AssumptionInvalid, ProjectionError
from data.store.store import Store
from features.generation.accreditation import CLASSES
from features.view import View
from projection.base.streams import normals
from projection.inputs.assumption_values import Values
from projection.inputs.assumptions import Assumptions, Basis
from projection.inputs.distributions import Fitted, Lognormal
from projection.inputs.overrides import OverrideNormals
from projection.scenarios import library

VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))
REALISATION = shipped_terms()
SHIPPED, STATED = (
    Assumptions.shipped()
    .fitted(REALISATION)
    .grounded(
        {
            name: Lognormal(distribution="lognormal", p10=100.0, p90=200.0)
            for name in ("us_energy_base", "world_energy_base")
        }
    )
)
HEAD = b'version = "t"\nbase_year = 2025\n'


def one(body: str) -> bytes:
    described = 'unit = "-"\ngroup = "growth"\nbasis = "judgement"\nsource = "test"\n'
    return HEAD + f"[assumptions.x]\n{body}{described}".encode()


def test_every_assumption_names_its_unit_and_source():
    assert all(item.unit and len(item.source) > 10 for item in SHIPPED.items.values())


def test_judgement_is_named_as_such_and_not_hidden_among_figures():
    bases = [item.basis for item in SHIPPED.items.values()]
    assert bases.count(Basis.JUDGEMENT) >= 10
    assert bases.count(Basis.FIGURE) >= 10


@pytest.mark.parametrize("name", sorted(SHIPPED.items))
def test_sampled_band_is_the_stated_band(name):
    spec = SHIPPED.items[name].spec
    values = spec.read(normals(1, name, 100_000))
    if hasattr(spec, "p10"):
        scale = abs(spec.p90 - spec.p10)
        assert np.quantile(values, 0.1) == pytest.approx(spec.p10, abs=0.02 * scale)
        assert np.quantile(values, 0.9) == pytest.approx(spec.p90, abs=0.02 * scale)
    elif spec.distribution == "fixed":
        assert (values == spec.value).all()
    else:
        assert values.min() >= spec.low
        assert values.max() <= spec.high


def test_a_fitted_term_has_the_band_training_published_and_none_without_it():
    raw = Assumptions.shipped()
    fitted = {name: item.spec.term for name, item in raw.items.items() if isinstance(item.spec, Fitted)}
    assert set(fitted.values()) == set(REALISATION.terms) - {"look_rate", "look_common_sd"}
    for name, term in fitted.items():
        spec, published = SHIPPED.items[name].spec, REALISATION.terms[term]
        assert (spec.p10, spec.p90) == (published.posterior.low, published.posterior.high)
        assert SHIPPED.items[name].unit == published.unit
        with pytest.raises(AssumptionInvalid, match="no fit was given"):
            raw.items[name].spec.read(np.zeros(3))
    with pytest.raises(AssumptionInvalid, match="slip_days"):
        raw.fitted(replace(REALISATION, terms={k: v for k, v in REALISATION.terms.items() if k != "slip_days"}))


def test_what_rests_on_figures_reads_them_or_what_is_stated_or_refuses():
    growth = {f"{key}_published_growth" for key in ("us", "cn", "eu", "world")}
    factors = {f"us_capacity_factor_{kind}" for kind in ("solar", "wind", "nuclear")}
    drifts = {f"{grid}_peak_drift" for grid in ("pjm", "ercot", "miso")}
    peaks = {"pjm_peak_error", "ercot_peak_error", "submitted_growth_realised"} | drifts
    accredited = {f"elcc_{kind}" for kind in CLASSES} | {
        "reserve_margin",
        "pjm_reserve_margin",
        "miso_reserve_margin",
        "pjm_accredited_growth",
    }
    others = {"btm_2028", "btm_2030", "stored_data_growth", "us_fleet_headroom"}
    china = {
        "cn_share_of_world",
        "cn_internet_rest",
        "cn_other_growth",
        "cn_smuggled_stock",
        "cn_running_growth",
        "cn_solar_rest",
        "cn_wind_rest",
        "cn_solar_change",
        "cn_wind_change",
    }
    assert set(STATED) == growth | factors | peaks | accredited | china | others
    assert SHIPPED.items["us_energy_base"].spec.p90 == 200.0
    with pytest.raises(ProjectionError, match="us_energy_base"):
        Assumptions.shipped().grounded({})


def test_fill_peak_and_load_factor_multiply_to_published_averages():
    values = SHIPPED.values(SHIPPED.latent(seed=5, draws=20_000))
    legacy, accelerators = (
        values[f"filled_share_{kind}"] * values[f"peak_over_filled_{kind}"] * values[f"load_factor_{kind}"]
        for kind in ("legacy", "ai")
    )
    # IEA's load factors by type (2024): enterprise 45 %, colocation 48 %, hyperscale 53 %.
    assert 0.45 < np.median(legacy) < 0.48
    assert 0.53 < np.median(accelerators) < 0.58
    # The fleet with four tenths of its nameplate in halls of accelerators, and additions.
    assert np.quantile(0.6 * legacy + 0.4 * accelerators, [0.1, 0.9]) == pytest.approx([0.43, 0.57], abs=0.02)
    assert np.quantile(accelerators, [0.1, 0.9]) == pytest.approx([0.45, 0.68], abs=0.03)


def test_scenario_leaves_every_other_draw_untouched():
    latent = SHIPPED.latent(seed=5, draws=2000)
    base = SHIPPED.values(latent)
    for scenario in library.scenarios(SHIPPED):
        values = SHIPPED.values(latent, scenario, OverrideNormals(5, 2000))
        changed = {key for key in base if not np.array_equal(base[key], values[key])}
        assert changed <= scenario.changed
        assert changed or scenario.name == "base"


def test_correlations_are_in_the_draws():
    latent = SHIPPED.latent(seed=5, draws=50_000)
    for first, second, rho in SHIPPED.correlations:
        assert np.corrcoef(latent[first], latent[second])[0, 1] == pytest.approx(rho, abs=0.02)


def test_same_seed_and_name_give_the_same_numbers_and_another_name_others():
    assert np.array_equal(normals(1, "a", 5), normals(1, "a", 5))
    assert not np.array_equal(normals(1, "a", 5), normals(1, "b", 5))
    assert not np.array_equal(normals(1, "a", 5), normals(2, "a", 5))


@pytest.mark.parametrize(
    "body",
    [
        'distribution = "lognormal"\np10 = -1.0\np90 = 2.0\n',
        'distribution = "normal"\np10 = 3.0\np90 = 2.0\n',
        'distribution = "logit"\np10 = 0.2\np90 = 1.2\n',
        'distribution = "triangular"\nlow = 0.0\nmode = 3.0\nhigh = 2.0\n',
        'distribution = "split_normal"\np10 = 1.0\np50 = 0.5\np90 = 2.0\n',
        'distribution = "cauchy"\np10 = 1.0\np90 = 2.0\n',
        'distribution = "normal"\np10 = 1.0\np90 = 2.0\np99 = 3.0\n',
    ],
)
def test_malformed_distribution_is_refused_by_name(body):
    with pytest.raises(AssumptionInvalid, match="assumption x"):
        Assumptions.parse(one(body))


def test_file_without_a_base_year_or_with_unknown_names_is_refused():
    with pytest.raises(AssumptionInvalid, match="base_year"):
        Assumptions.parse(b'version = "t"\n')
    good = one('distribution = "normal"\np10 = 1.0\np90 = 2.0\n')
    with pytest.raises(AssumptionInvalid, match="not defined"):
        Assumptions.parse(good + b'[[correlations]]\npair = ["x", "y"]\nrho = 0.1\n')
    with pytest.raises(AssumptionInvalid, match="no x_from and no x_until"):
        Assumptions.parse(good + b"dated = true\n")


def test_impossible_correlations_are_refused():
    text = HEAD.decode()
    for name in "abc":
        text += f'[assumptions.{name}]\ndistribution = "normal"\np10 = 0.0\np90 = 1.0\nunit = "-"\n'
        text += 'group = "growth"\nbasis = "judgement"\nsource = "test"\n'
    for first, second, rho in (("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)):
        text += f'[[correlations]]\npair = ["{first}", "{second}"]\nrho = {rho}\n'
    with pytest.raises(AssumptionInvalid, match="positive definite"):
        Assumptions.parse(text.encode()).latent(seed=1, draws=100)


def test_the_record_of_assumptions_holds_every_name_of_the_file():
    assert set(Values.__annotations__) == set(Assumptions.shipped().items), "run tools/write_assumption_values.py"
