"""The model error: as wide as experts' own errors ask, one shock a draw, and nothing where something is counted."""

from datetime import date

import numpy as np
import pytest

from data.base.layers import Layer
from projection.base.streams import normals
from projection.base.timeline import Timeline
from projection.cells.paths import WORLD
from projection.inputs.distributions import Z90
from projection.inputs.expert_errors import ExpertErrors
from projection.model.chips import REGIONS
from projection.model.model_error import COMMON, LEVEL, ModelError
from projection.simulate.model_inputs import RandomInputs

DRAWS, SEED = 4800, 3
EVIDENCE = ExpertErrors.shipped()
TIMELINE = Timeline(2025)
STEPS = 1 + len(TIMELINE.quarters)


def half_widths(draws):
    """Log sd below and above the median, read off the central 80 %, (quarter,) each."""
    low, middle, high = np.quantile(np.log(draws.astype(float)), (0.1, 0.5, 0.9), axis=0)
    return (middle - low) / Z90, (high - middle) / Z90


@pytest.fixture(scope="module")
def passes(model_inputs):
    """The same random numbers with the model error and without."""
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    return [model_inputs.pass_of(numbers, error) for error in (model_inputs.model_error(SEED), ModelError.none())]


@pytest.mark.parametrize("region", REGIONS)
def test_demand_is_as_wide_as_experts_strayed_since_the_last_observation(passes, anchors, region):
    paths = passes[0].outcome.regions[region]
    by_routes = (paths.routed / paths.routed[:, :1])[:, 4::4]
    years = TIMELINE.years_after(anchors.observed[region])[4::4]
    widths = zip(half_widths(by_routes * paths.error[:, 4::4]), half_widths(by_routes), EVIDENCE.sd(years), strict=True)
    for width, of_routes, of_evidence in widths:
        assert width == pytest.approx(np.maximum(of_routes, of_evidence), rel=0.15)
        assert width[3:] == pytest.approx(of_evidence[3:], rel=0.07)


@pytest.mark.parametrize("region", REGIONS)
def test_nothing_has_strayed_before_the_last_observation(passes, anchors, region):
    error = passes[0].outcome.regions[region].error
    years = TIMELINE.years_after(anchors.observed[region])
    assert (years <= 0).any()
    assert (error[:, years <= 0] == 1).all()
    # In the first quarter after it draws may spread more by themselves than the evidence asks.
    assert (np.ptp(error[:, years >= 0.5], axis=0) > 0).all()


@pytest.mark.parametrize("region", REGIONS)
def test_all_layers_of_a_draw_stray_together(passes, region):
    """Accelerators by one factor, all other equipment by the same but for the least of it that stays in use."""
    compute, without = (one.cells[region, Layer.COMPUTE].wanted for one in passes)
    with_error, routed = (one.outcome.regions[region] for one in passes)
    least, load_factor_other, load_factor_ai = (
        passes[0].inputs.values[name][:, None] for name in ("least_utilisation", "load_factor_legacy", "load_factor_ai")
    )
    factor = compute / without
    others = routed.other[:, 1:] * np.maximum(factor, least)
    accelerators = (routed.routed - routed.other)[:, 1:] * factor * with_error.unmet[:, 1:]
    np.testing.assert_allclose(with_error.average["wanted"][:, 1:], others + accelerators, rtol=1e-5)
    peak = others / load_factor_other + accelerators / load_factor_ai
    np.testing.assert_allclose(passes[0].cells[region, Layer.POWER].wanted, peak, rtol=1e-5)
    assert np.ptp(factor[:, -1]) > 1
    assert 0.01 < (factor[:, -1] < least[:, 0]).mean() < 0.5, "both sides of the least are met"


def test_a_draw_keeps_its_side_and_disks_follow_what_regions_share(passes):
    errors = np.log(passes[0].outcome.regions["US"].error[:, 4:])
    assert np.corrcoef(errors[:, 0], errors[:, -1])[0, 1] > 0.99
    disks = passes[0].cells[WORLD, Layer.STORAGE].wanted / passes[1].cells[WORLD, Layer.STORAGE].wanted
    common = passes[0].inputs.shocks[COMMON]
    assert (np.sign(np.log(disks[:, -1])) == np.sign(common)).mean() > 0.98


@pytest.mark.parametrize("rho", [0.0, 0.45, 1.0])
def test_regions_are_correlated_as_stated(rho):
    sd = np.full(STEPS, 0.3, np.float32)
    error = ModelError(down={"US": sd, "CN": 2 * sd}, up={"US": sd, "CN": 2 * sd}, level={})
    shocks = {name: normals(SEED, f"test/{name}", 20_000) for name in (COMMON, "US", "CN")}
    correlation = np.full(20_000, rho, np.float32)
    us, china = (np.log(error.factor(name, shocks, correlation)[:, -1]) for name in ("US", "CN"))
    assert np.corrcoef(us, china)[0, 1] == pytest.approx(rho, abs=0.02)
    assert (us.std(), china.std()) == (pytest.approx(0.3, rel=0.02), pytest.approx(0.6, rel=0.02))
    assert error.factor("EU", shocks, correlation) is None


def test_what_the_draws_spread_themselves_is_taken_off_in_variance():
    z = normals(SEED, "test/own", DRAWS)
    years = TIMELINE.years_after(date(2025, 12, 31))
    paths = np.exp(z[:, None] * (0.05 * years)[None, :])
    error = ModelError.beyond({"US": paths, "EU": paths**10}, {}, {"US": TIMELINE.base, "EU": TIMELINE.base}, TIMELINE)
    for sizes, evidence_width, spread in zip(
        (error.down, error.up), EVIDENCE.sd(years), half_widths(paths), strict=True
    ):
        assert np.hypot(sizes["US"], spread) == pytest.approx(evidence_width, rel=1e-3, abs=1e-6)
        assert not sizes["EU"].any(), "draws wider than the evidence need no more"


def test_the_error_of_a_level_is_what_its_nowcast_lacks():
    z = normals(SEED, "test/level", DRAWS)
    levels = {"US": 200 * np.exp(0.03 * z), "CN": 100 * np.exp(0.5 * z)}
    error = ModelError.beyond({}, levels, {}, TIMELINE)
    assert np.hypot(error.level["US"], 0.03) == pytest.approx(EVIDENCE.level, rel=0.02)
    shocks = {LEVEL: z}
    assert np.log(error.level_factor("US", shocks)).std() == pytest.approx(error.level["US"], rel=1e-3)
    assert error.level_factor("CN", shocks) == 1.0


@pytest.mark.parametrize("region", REGIONS)
def test_demand_falls_no_faster_than_what_stands_retires_at_its_least_use(model_inputs, region):
    gone = np.linspace(0, 6, STEPS, dtype=np.float32)
    error = ModelError(down={region: gone}, up={region: gone}, level={})
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=400)
    paths = model_inputs.pass_of(numbers, error).outcome.regions[region]
    left = (paths.owned[:, 1:] - paths.stock.received[:, TIMELINE.offset :]) / paths.owned[:, :-1]
    in_use = paths.owned * paths.error
    least = model_inputs.assumptions.values(numbers.latent)["least_utilisation"][:, None]
    assert (in_use[:, 1:] >= least * left * in_use[:, :-1] * (1 - 1e-5)).all()
    # Servers without accelerators do not retire in the routes: of them that share is in use at every end.
    assert (paths.other_wanted >= least * paths.other * (1 - 1e-6)).all()
    falls = paths.error[:, -1] < least[:, 0]
    assert falls.any()
    assert paths.other_wanted[falls, -1] == pytest.approx((least * paths.other)[falls, -1], rel=1e-5)
    correlation = model_inputs.assumptions.values(numbers.latent)["model_error_correlation"]
    shock = error.factor(region, numbers.shocks, correlation)
    bound = paths.error[:, -1] > shock[:, -1] * (1 + 1e-5)
    assert 0.1 < bound.mean() < 0.9, "half the draws fall that far, and the others do not"
