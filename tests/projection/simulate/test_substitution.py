"""Own series in the place of drivers and assumptions, through the store, the view and what a projection starts from."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from own_series import CAPEX, FLOW, OWN_CAPEX, OWN_FLOW, import_own

from benchmarks.engine_inputs import AS_OF, Made, shipped_terms
from data.base.errors import MappingInvalid, ProjectionError
from data.base.layers import Layer
from data.periods.period import Frequency
from data.user_files.substitutions import Substitutions
from features.electricity import MONTHLY, SALES
from features.grids.definitions import METERED
from features.panel import forecastable, panel
from features.view import View
from headroom import wiring
from headroom.settings import load
from projection.inputs.assumptions import Assumptions, Basis
from projection.inputs.own_figures import recentred
from projection.simulate.model_inputs import ModelInputs
from projection.simulate.scenario_run import draw
from projection.simulate.substitution import NAMES, stand_ins

DRIVERS = {CAPEX: "private.acme.capex", FLOW: "private.acme.flow"}
CENTRES = {"pue_ai": "private.acme.pue", "us_vacancy": "private.acme.vacancy"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Shipped and imported figures, nothing substituted."""
    folder = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADROOM_HOME", str(folder / "var"))
        import_own(folder)
        return wiring.stored(load(scope="private"))


def substitute(figures, unit):
    return figures.substituted(unit, stand_ins(View.of(figures, as_of=figures.newest), unit))


@pytest.fixture(scope="module")
def mapped(figures):
    return substitute(figures, Substitutions(DRIVERS, CENTRES))


def model_inputs_of(store, *, trained_drivers=None):
    view = View.of(store, as_of=AS_OF)
    series = {name: view.read(name) for name in (MONTHLY, *METERED, *SALES)}
    facts = (store.substitutions if trained_drivers is None else trained_drivers).of_drivers().facts()
    # Plans of sites and plants know no own series, so their terms are those of the shipped figures.
    trained = Made(panel(view), series, shipped_terms(), facts)
    return ModelInputs.of(view, trained)


@pytest.fixture(scope="module")
def model_inputs(mapped):
    return model_inputs_of(mapped)


def test_a_driver_is_read_from_the_own_series_in_the_unit_of_the_driver(mapped):
    series = panel(View.of(mapped, as_of=AS_OF)).series[CAPEX]
    assert series.values == pytest.approx([value / 1e3 for value in OWN_CAPEX.values()])
    assert (series.series_id, series.unit, series.sources) == (CAPEX, "USD_billion", ("private.acme",))
    assert series.recipe == "substitution.private.acme.capex"
    assert forecastable(View.of(mapped, as_of=AS_OF))["private.acme.capex"].unit == "USD_million", "its own id stays"


def test_on_a_past_day_only_what_was_published_by_then_stands_in(mapped):
    day = date(2025, 8, 5)
    for past, last in ((day, "2025Q2"), (day - timedelta(days=1), "2025Q1")):
        assert panel(View.of(mapped, as_of=past)).series[CAPEX].last.label == last
    before = panel(View.of(mapped, as_of=date(2022, 1, 1)))
    assert "private" not in str(before.series.keys())
    assert CAPEX in before.missing, "public figures do not stand in for what the own series does not know"


def test_what_is_made_of_a_driver_is_made_of_the_own_series(figures):
    store = substitute(figures, Substitutions({"amazon.capex_cash": "private.acme.capex"}))
    substituted, plain = (panel(View.of(one, as_of=AS_OF)).series[CAPEX].by_period() for one in (store, figures))
    moved = {period: substituted[period] - plain[period] for period in substituted.keys() & plain.keys()}
    assert moved
    assert all(abs(change) > 0 for change in moved.values())


def test_the_projection_starts_from_the_own_series_and_says_so(model_inputs):
    assert list(model_inputs.anchors.capex.values()) == pytest.approx([value / 1e3 for value in OWN_CAPEX.values()])
    assert list(model_inputs.anchors.designers["nvidia"].flows.values()) == pytest.approx(
        list(OWN_FLOW.values()), rel=1e-5
    )
    for words in ("private.acme.capex", "private.acme.flow", "private.acme.pue, 2025", "private.acme.vacancy, 2026Q1"):
        assert [note for note in model_inputs.notes if words in note] != []


def test_an_assumption_is_centred_on_the_last_figure_and_keeps_its_width(model_inputs):
    stated, user_series = Assumptions.shipped().items["pue_ai"], model_inputs.assumptions.items["pue_ai"]
    z = np.array([-1.0, 0.0, 1.0])
    assert user_series.spec.read(z)[1] == pytest.approx(1.05)
    assert np.diff(np.log(user_series.spec.read(z))) == pytest.approx(np.diff(np.log(stated.spec.read(z))))
    assert (user_series.basis, user_series.source) == (Basis.FIGURE, "private.acme.pue, 2025 (private.acme)")


def test_a_low_and_a_high_of_the_series_give_the_width(model_inputs):
    spec = model_inputs.assumptions.items["us_vacancy"].spec
    low, centre, high = spec.read(np.array([-1.2815515655446004, 0.0, 1.2815515655446004]))
    odds = [np.log(share / (1 - share)) for share in (low, high, 0.02, 0.05)]
    assert centre == pytest.approx(0.03)
    assert odds[1] - odds[0] == pytest.approx(odds[3] - odds[2])


def test_draws_answer_to_an_own_figure(model_inputs):
    items = model_inputs.assumptions.items | {"pue_ai": Assumptions.shipped().items["pue_ai"]}
    stated = replace(model_inputs, assumptions=model_inputs.assumptions.model_copy(update={"items": items}))
    plain, moved = (draw(one, seed=3, draws=128).table for one in (stated, model_inputs))
    for region, layer, moves in (("US", Layer.POWER, True), ("US", Layer.COMPUTE, True), ("CN", Layer.FIRM, False)):
        same = plain.rows(region, layer, "demand")
        if same is not None:
            assert np.array_equal(same, moved.rows(region, layer, "demand")) is not moves


def test_a_figure_not_yet_known_leaves_the_assumption_as_stated(mapped):
    stated = Assumptions.shipped()
    assumptions, notes = recentred(stated, View.of(mapped, as_of=date(2026, 3, 31)), CENTRES)
    assert [note for note in notes if "private.acme.vacancy" in note and "as it is stated" in note] != []
    assert assumptions.items["us_vacancy"] == stated.items["us_vacancy"]
    assert assumptions.items["pue_ai"] != stated.items["pue_ai"]


def test_a_champion_of_other_drivers_is_not_projected(mapped, figures):
    for store, drivers in ((mapped, Substitutions()), (figures, Substitutions(DRIVERS))):
        with pytest.raises(ProjectionError, match=r"private\.acme\.capex.*headroom train --private"):
            model_inputs_of(store, trained_drivers=drivers)


def test_what_may_be_named_as_a_driver_has_figures_of_one_frequency(figures):
    view, model_panel = View.of(figures, as_of=AS_OF), panel(View.of(figures, as_of=AS_OF)).series
    counts = {name: [view.count(name, freq) > 0 for freq in Frequency].count(True) for name in NAMES}
    assert {name for name, count in counts.items() if count != 1} <= model_panel.keys()


def test_an_own_series_that_ends_before_the_costs_is_projected(figures):
    early = figures.observations.filter(~((figures.observations["series_id"] == "private.acme.flow") &
                                          (figures.observations["period"] >= date(2025, 1, 1))))  # fmt: skip
    store = substitute(replace(figures, observations=early), Substitutions({FLOW: "private.acme.flow"}))
    model_inputs = model_inputs_of(store)
    assert max(model_inputs.anchors.designers["nvidia"].flows).label == "2024Q4"


@pytest.mark.parametrize(
    ("name", "user_series"),
    [("install_lag_quarters", "private.acme.vacancy"), ("btm_2028", "private.acme.pue")],
)
def test_a_triangle_below_zero_or_a_wrong_unit_is_refused(figures, name, user_series):
    rows = figures.observations.filter(~figures.observations["low"].is_not_null())
    if name == "install_lag_quarters":
        plain = figures.observations.filter(series_id=user_series).with_columns(low=None, high=None)
        rows = rows.vstack(plain.cast(rows.schema))
    with pytest.raises(MappingInvalid, match=name):
        substitute(replace(figures, observations=rows), Substitutions(assumptions={name: user_series}))
