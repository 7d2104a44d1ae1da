from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from data.base.errors import NotFound, UnitMismatch
from data.base.layers import DemandConcept, Layer, Status
from data.catalogue.observations import COMPILED
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.commitments import Combine, Place, Stage, commitments
from features.gigawatts import Average, Gigawatts, Money, Nameplate, Peak, Requested
from features.view import View
from projection.base.timeline import Timeline
from projection.cells.cells import verdict
from projection.inputs.assumptions import Assumptions, Basis
from projection.inputs.base_year import figured
from projection.inputs.distributions import Figured, Fitted
from projection.model.commitments import (
    REALISED,
    contracted,
    due,
    facility_peak,
    installed_today,
    realised,
    requested,
)
from projection.model.fill import AI, Fill

TIMELINE = Timeline(2025)
QUARTERS = TIMELINE.quarters

DRAWS = 1000
SHIPPED, _ = Assumptions.shipped().grounded(figured(View.of(Store.shipped(), as_of=COMPILED), TIMELINE))


def drawn_values(seed):
    latent = SHIPPED.latent(seed=seed, draws=DRAWS)
    stated = {name: item.spec for name, item in SHIPPED.items.items() if not isinstance(item.spec, Fitted | Figured)}
    return {name: spec.read(latent[name]) for name, spec in stated.items()}


VALUES = drawn_values(3)
PEAK = Fill.of(VALUES, AI).peak_over_nameplate
"""Of halls for accelerators, over their nameplate."""
OBSERVED = Period(date(2025, 10, 1), Frequency.QUARTER)
LEDGER = commitments(View.of(Store.shipped(), as_of=COMPILED), observed=OBSERVED)
US = LEDGER.book("US", Layer.POWER)
POWER = [("US", Layer.POWER), ("WORLD", Layer.POWER), ("US-VA", Layer.POWER), ("US-TX", Layer.POWER)]
COMPUTE = [("US", Layer.COMPUTE), ("WORLD", Layer.COMPUTE)]
INSTALLED = np.random.default_rng(1).lognormal(3.5, 0.2, (DRAWS, 1)) * np.ones((1, len(QUARTERS)))


def quarter(year, which):
    return Period(date(year, 3 * which - 2, 1), Frequency.QUARTER)


def path(book, concept=contracted, *, values=VALUES, installed=INSTALLED):
    return concept(book, installed=installed, quarters=QUARTERS, values=values)


def promised(concept):
    """Quarters in which something is promised."""
    return ~np.isnan(concept.demand[0])


def expected(book, **paths):
    """Requests as far as they are expected to be connected."""
    return requested(book, whole=False, **paths)


def as_if_connected(book, **paths):
    """Requests as if each were connected."""
    return requested(book, whole=True, **paths)


def scaled(book, factor):
    def times(pairs):
        return tuple(
            (replace(item, quantity=item.quantity.times(factor), running=None), place) for item, place in pairs
        )

    return replace(book, contracted=times(book.contracted), requested=times(book.requested))


def only(book, *names, region=None):
    return replace(
        book,
        region=region or book.region,
        contracted=tuple(pair for pair in book.contracted if pair[0].name in names),
        requested=tuple(pair for pair in book.requested if pair[0].name in names),
    )


def of(item, **fields):
    return replace(item, running=None, **fields)


def test_an_empty_book_gives_what_is_installed_and_says_so():
    empty = replace(US, contracted=(), requested=())
    added = path(empty)
    assert np.isnan(added.demand).all()
    assert not added.added.any()
    assert added.last == OBSERVED
    assert "No order or contract is known" in added.notes[0]


@pytest.mark.parametrize(("region", "layer"), POWER + COMPUTE)
def test_doubling_the_book_doubles_only_what_is_added(region, layer):
    book = LEDGER.book(region, layer)
    once, twice = path(scaled(book, 1.0)), path(scaled(book, 2.0))
    assert once.added.max() > 0
    assert twice.added == pytest.approx(2 * once.added)
    due_by = promised(twice)
    assert (twice.demand - twice.added)[:, due_by] == pytest.approx(INSTALLED[:, due_by])


@pytest.mark.parametrize(("region", "layer"), POWER + COMPUTE)
def test_contracted_is_never_below_installed_and_never_falls_by_itself(region, layer):
    added = path(LEDGER.book(region, layer))
    due_by = promised(added)
    assert (added.demand >= INSTALLED)[:, due_by].all()
    assert (np.diff(added.added, axis=1) >= -1e-9).all()


def test_the_book_has_a_downside():
    face = sum(item.quantity.value for item, _ in US.contracted) * np.median(PEAK)
    end = path(US).added[:, -1]
    assert np.quantile(end, 0.9) < 0.6 * face
    assert np.quantile(end, 0.9) / np.quantile(end, 0.1) > 1.2


def test_disagreement_of_publishers_is_width_and_moves_no_utilitys_own_count():
    sure = VALUES | {"book_count_factor": np.ones(DRAWS)}
    wide, narrow = (np.log(path(US, values=values).added[:, -1]).std() for values in (VALUES, sure))
    assert wide > 1.2 * narrow
    virginia = LEDGER.book("US-VA", Layer.POWER)
    assert np.array_equal(path(virginia).added, path(virginia, values=sure).added)


def test_after_its_last_due_quarter_a_book_says_nothing():
    added = path(US)
    last = max(item.end for item, _ in US.contracted)
    assert added.last == last
    assert promised(added).tolist() == [quarter <= last for quarter in QUARTERS]
    assert not promised(added).all()
    assert last.label in added.notes[0]
    assert "nothing is said after it" in added.notes[0]
    assert promised(path(US, expected)).all()


def test_every_request_connected_is_more_than_what_is_expected_of_them():
    for region in ("US", "US-VA", "US-TX"):
        book = LEDGER.book(region, Layer.POWER)
        raw, likely = path(book, as_if_connected).added, path(book, expected).added
        assert (raw >= likely - 1e-9).all()
        assert np.median(raw[:, -1]) > 1.5 * np.median(likely[:, -1])
    (item,) = [item for item, _ in LEDGER.book("US-TX", Layer.POWER).requested]
    assert item.stage is Stage.SUBMITTED
    whole = (item.quantity.value - item.organic.value) * VALUES["large_load_datacenter_share"]
    raw = path(replace(LEDGER.book("US-TX", Layer.POWER), contracted=()), as_if_connected).added
    # What comes without requests is taken off at its whole size; one of seven years is in what stands already.
    assert (raw[:, -1] <= whole * (1 + 1e-5)).all()


def test_what_is_due_by_the_observed_quarter_is_not_added_again():
    halls = LEDGER.items["halls.leased"]
    observed_quarter = quarter(2026, 4)
    early, late = (due(halls, when, QUARTERS, VALUES) for when in (OBSERVED, observed_quarter))
    assert not late[:, : TIMELINE.index_of(observed_quarter) + 1].any()
    assert early[:, -1] == pytest.approx(1)
    np.testing.assert_allclose(late[:, -1], 1 - early[:, TIMELINE.index_of(observed_quarter)], rtol=1e-5)
    assert np.median(late[:, -1]) < 0.9
    book = only(US, "halls.leased")
    whole, rest = (path(replace(book, observed=when)).added for when in (OBSERVED, observed_quarter))
    np.testing.assert_allclose(rest[:, -1], whole[:, -1] - whole[:, TIMELINE.index_of(observed_quarter)], rtol=1e-5)


def test_what_runs_is_taken_off_in_place_of_what_was_due():
    deal = LEDGER.items["anthropic.amazon"]
    assert deal.running is not None
    assert due(deal, quarter(2028, 4), QUARTERS, VALUES)[:, -1] == pytest.approx(1)
    assert not due(deal, deal.end.shift(4), QUARTERS, VALUES).any()


def test_a_gigawatt_of_queue_is_not_a_gigawatt_of_load():
    queue = LEDGER.items["ercot.queue"]
    share = facility_peak(queue.quantity, VALUES) * realised(queue, VALUES) / queue.quantity.value
    assert np.quantile(share, 0.9) < 0.15
    assert np.quantile(share, 0.1) > 0.005
    signed = LEDGER.items["dominion.service_agreement"]
    of_signed = facility_peak(signed.quantity, VALUES) * realised(signed, VALUES) / signed.quantity.value
    assert (of_signed > share).all()


def test_each_kind_becomes_peak_by_its_own_rule():
    assert facility_peak(Peak(2.0), VALUES) == pytest.approx(2.0)
    assert facility_peak(Nameplate(2.0), VALUES) == pytest.approx(2 * PEAK)
    assert facility_peak(Requested(2.0), VALUES) == pytest.approx(2 * VALUES["draw_over_contract"])
    # There and back: the average of a load whose peak is 2 GW is below it, and gives 2 GW again.
    average = 2.0 * VALUES["load_factor_ai"][0]
    assert average < 2
    assert facility_peak(Average(float(average)), VALUES)[0] == pytest.approx(2.0)
    with pytest.raises(UnitMismatch):
        facility_peak(Gigawatts(1.0), VALUES)


def test_money_is_no_power():
    orders = LEDGER.items["nvidia.orders"]
    book = replace(US, contracted=((orders, Place.WHOLE),))
    with pytest.raises(UnitMismatch):
        path(book)


def test_orders_become_chips_at_their_own_price():
    world = only(LEDGER.book("WORLD", Layer.COMPUTE), "nvidia.orders")
    steady = VALUES | {"price_performance_gain": np.zeros(DRAWS), "us_share_of_western_chips": np.full(DRAWS, 0.7)}
    added = path(world, values=steady).added
    item = LEDGER.items["nvidia.orders"]
    assert isinstance(item.quantity, Money)
    chips = 1e9 * item.quantity.value * steady["book_ordered"] * steady["orders_chip_share"]
    assert world.sold is not None
    assert added[:, TIMELINE.index_of(quarter(2027, 4))] * world.sold.usd_per_h100e == pytest.approx(chips)
    assert not added[:, TIMELINE.index_of(quarter(2026, 1))].any()
    home = only(LEDGER.book("US", Layer.COMPUTE), "nvidia.orders")
    assert path(home, values=steady).added == pytest.approx(0.7 * added)
    assert (path(world).added[:, -1] >= added[:, -1]).all()


def test_compute_without_chip_figures_is_refused():
    with pytest.raises(NotFound, match="chip figures"):
        path(replace(LEDGER.book("WORLD", Layer.COMPUTE), sold=None))


def test_a_deal_and_its_site_are_counted_once():
    deal = LEDGER.items["anthropic.amazon"]
    book = replace(US, contracted=((deal, Place.WHOLE),))
    blind = replace(US, contracted=((of(deal), Place.WHOLE),))
    apart = path(blind).added[:, -1] - path(book).added[:, -1]
    running = 0.751 * PEAK
    enough = 5 * realised(deal, VALUES) > 0.751
    assert enough.mean() > 0.9
    assert apart[enough] == pytest.approx(running[enough])
    assert (path(book).added >= 0).all()


def test_only_the_foreign_part_of_deals_comes_on_top_of_the_united_states():
    world, home = path(LEDGER.book("WORLD", Layer.POWER)).added, path(US).added
    at_home = VALUES | {"deals_us_share": np.ones(DRAWS)}
    assert path(LEDGER.book("WORLD", Layer.POWER), values=at_home).added == pytest.approx(home)
    assert (world >= home - 1e-9).all()
    assert np.median(world[:, -1] - home[:, -1]) > 0.3


@pytest.mark.parametrize("region", ["US", "US-VA", "US-TX"])
def test_requested_is_never_below_contracted(region):
    book = LEDGER.book(region, Layer.POWER)
    requests, signed = path(book, expected), path(book)
    assert (requests.added >= signed.added - 1e-9).all()
    assert (requests.added > signed.added + 1e-9).any()
    assert book.combine_reason in requests.notes


def test_contracts_that_may_be_in_the_queue_are_not_added_to_it():
    book = LEDGER.book("US-TX", Layer.POWER)
    assert book.combine is Combine.LARGER
    queue = path(replace(book, contracted=()), expected).added
    assert path(book, expected).added == pytest.approx(np.maximum(queue, path(book).added))
    assert US.combine is Combine.PARTLY
    queue = path(replace(US, contracted=(), combine=Combine.SUM), expected).added
    beside = queue * (1 - VALUES["queue_in_contracts"][:, None])
    assert path(US, expected).added == pytest.approx(beside + path(US).added)
    apart = LEDGER.book("US-VA", Layer.POWER)
    assert apart.combine is Combine.SUM
    queue = path(replace(apart, contracted=()), expected).added
    assert path(apart, expected).added == pytest.approx(queue + path(apart).added)


def test_requests_as_if_connected_leave_out_nothing_that_contracts_may_hold():
    queue = path(replace(US, contracted=()), as_if_connected).added
    assert path(US, as_if_connected).added == pytest.approx(queue + path(US).added)


def test_requests_of_the_united_states_hold_every_request_of_its_states():
    """Contracts aside: the nation's are a count of their own, realised at that count's share, not a sum of states'."""
    nation, *states = (
        path(replace(LEDGER.book(region, Layer.POWER), contracted=()), as_if_connected).added
        for region in ("US", "US-VA", "US-TX")
    )
    assert sum(states) == pytest.approx(nation)
    assert (path(US, as_if_connected).added >= nation).all()


def test_what_was_submitted_counts_for_the_share_that_came_less_the_usual():
    book = LEDGER.book("US-TX", Layer.POWER)
    (item,) = [item for item, _ in book.requested]
    assert item.stage is Stage.SUBMITTED
    assert item.quantity.value == pytest.approx(367.79 - 83.707)
    whole = item.quantity.value * VALUES["submitted_growth_realised"] - item.organic.value
    added = path(replace(book, contracted=()), expected).added
    # Of seven years from 2026 on, six have passed.
    came = np.maximum(whole, 0.0) * VALUES["large_load_datacenter_share"] * 6 / 7
    assert added[:, QUARTERS.index(quarter(2031, 4))] == pytest.approx(came, abs=1e-4)
    assert np.median(added[:, -1]) < 0.2 * item.quantity.value


def test_requests_of_the_united_states_exceed_contracts_from_the_first_year():
    requests, signed = path(US, expected).added, path(US).added
    assert np.median(requests[:, 3]) > np.median(signed[:, 3])
    assert (requests[:, -1] > signed[:, -1]).mean() > 0.95


def test_a_region_without_a_queue_requests_nothing():
    with pytest.raises(NotFound, match="queue"):
        path(LEDGER.book("WORLD", Layer.COMPUTE), expected)


def test_what_draws_power_today_is_metered_or_the_drawn_part_of_connected():
    texas = installed_today(LEDGER.book("US-TX", Layer.POWER), quarters=QUARTERS, values=VALUES)
    assert texas[:, 0] == pytest.approx(3.883 * VALUES["large_load_datacenter_share"])
    virginia = installed_today(LEDGER.book("US-VA", Layer.POWER), quarters=QUARTERS, values=VALUES)
    assert virginia[:, -1] == pytest.approx(9.0 * VALUES["draw_over_contract"])
    with pytest.raises(NotFound):
        installed_today(US, quarters=QUARTERS, values=VALUES)


def test_items_of_a_stage_share_their_fate_so_that_sums_are_wide():
    letter = LEDGER.items["dominion.construction_letter"]
    book = LEDGER.book("US-VA", Layer.POWER)
    alone = replace(book, contracted=((letter, Place.WHOLE),))
    parts = tuple((of(letter, quantity=letter.quantity.times(0.1), name=f"part {n}"), Place.WHOLE) for n in range(10))
    assert path(replace(book, contracted=parts)).added == pytest.approx(path(alone).added)


def test_every_stage_has_its_share_and_every_share_a_source():
    assert set(REALISED) == set(Stage) - {Stage.OPERATING}
    assert set(REALISED.values()) <= set(VALUES)
    priors = [SHIPPED.items[name] for name in REALISED.values()]
    assert all(((VALUES[item.name] > 0) & (VALUES[item.name] < 1)).all() for item in priors)
    assert sum(item.basis is Basis.JUDGEMENT for item in priors) >= 4


def test_the_same_draws_give_the_same_paths():
    assert np.array_equal(path(US).demand, path(US, values=drawn_values(3)).demand, equal_nan=True)
    assert not np.array_equal(path(US).added, path(US, values=drawn_values(4)).added)


def test_the_committed_loads_meets_its_publishers_own_expectation_for_2030():
    # Wood Mackenzie: 60 of 116 GW online by 2030, as capacity of large loads.
    parts = [LEDGER.items[name] for name in ("utilities.under_construction", "utilities.committed")]
    online = sum(item.quantity.value * VALUES[REALISED[item.stage]] for item in parts)
    assert np.median(online) == pytest.approx(60, rel=0.1)


def test_every_cell_has_a_verdict_and_a_reason_unless_it_is_available():
    for concept in (DemandConcept.CONTRACTED, DemandConcept.REQUESTED):
        for region in ("US", "CN", "EU", "WORLD", "US-VA", "US-TX"):
            for layer in Layer:
                cell_verdict = verdict(region, layer, demand=concept)
                assert (cell_verdict.reason is None) == (cell_verdict.status is Status.AVAILABLE)
                assert (cell_verdict.confidence is None) == (cell_verdict.status is Status.UNAVAILABLE)
    with pytest.raises(NotFound):
        verdict("FR", Layer.POWER, demand=DemandConcept.WANTED)


@pytest.mark.parametrize(("grid", "state"), [("US-ERCOT", "US-TX"), ("US-PJM", "US-VA")])
def test_a_grid_names_the_state_its_book_stands_under(grid, state):
    for concept in (DemandConcept.CONTRACTED, DemandConcept.REQUESTED):
        cell_verdict = verdict(grid, Layer.POWER, demand=concept)
        assert cell_verdict.status is Status.UNAVAILABLE
        assert state in cell_verdict.reason


@pytest.mark.parametrize("concept", [DemandConcept.CONTRACTED, DemandConcept.REQUESTED])
def test_a_verdict_that_answers_has_a_book_that_does(concept):
    make = contracted if concept is DemandConcept.CONTRACTED else expected
    for region in ("US", "CN", "EU", "WORLD", "US-VA", "US-TX"):
        for layer in Layer:
            if verdict(region, layer, demand=concept).status is not Status.UNAVAILABLE:
                assert path(LEDGER.book(region, layer), make).added[:, -1].max() > 0
