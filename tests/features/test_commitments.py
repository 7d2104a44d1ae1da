import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import InvalidParameter, NotFound, UnitMismatch
from data.base.layers import DemandConcept, Layer
from data.catalogue.observations import COMPILED
from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from features.commitments import Combine, Place, Stage, combination, commitments, overlaps, states
from features.gigawatts import Average, Money, Nameplate, Peak, Requested
from features.view import View

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = Store.shipped()
END_2025 = Period(date(2025, 10, 1), Frequency.QUARTER)
LEDGER = commitments(View.of(SHIPPED, as_of=COMPILED), observed=END_2025)
US = LEDGER.book("US", Layer.POWER)


def on(day, *, store=SHIPPED):
    return commitments(View.of(store, as_of=day), observed=END_2025)


def names(pairs):
    return {item.name for item, _ in pairs}


def changed(*series, by):
    rows = SHIPPED.observations
    value = pl.when(pl.col("series_id").is_in(series)).then(pl.col("value") * by).otherwise("value")
    return Store.of(
        rows.with_columns(value.alias("value")).drop("retrieved", "private"),
        SHIPPED.lags,
        site_vintages=SHIPPED.site_vintages,
    )


@pytest.mark.parametrize(("one", "other"), [(Requested, Peak), (Nameplate, Peak), (Average, Nameplate), (Money, Peak)])
def test_a_gigawatt_of_queue_is_not_a_gigawatt_of_load(one, other):
    with pytest.raises(TypeError):
        one(1.0) + other(1.0)
    with pytest.raises(TypeError):
        other(2.0) - one(1.0)
    assert one(1.0) + one(2.0) == one(3.0)
    assert one(1.0) != other(1.0)


def test_a_checker_rejects_the_sum_of_two_kinds(tmp_path):
    script = tmp_path / "mixed.py"
    script.write_text("from features.gigawatts import Peak, Requested\nRequested(1.0) + Peak(1.0)\n")
    # Only the two files are read: following the imports of the tables' library takes half a minute.
    options = ["--config-file", "", "--follow-imports", "skip", "--cache-dir", str(tmp_path)]
    command = [sys.executable, "-m", "mypy", *options, "features/gigawatts.py", str(script)]
    process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert "Unsupported operand types for +" in process.stdout, process.stdout + process.stderr


@pytest.mark.parametrize("kind", [Average, Peak, Nameplate, Requested])
def test_units_go_round_and_other_dimensions_are_refused(kind):
    assert kind.of(9042.0, "MW").value == pytest.approx(9.042)
    assert kind.of(kind.of(9042.0, "MW").value, "GW").times(1000).value == pytest.approx(9042.0)
    with pytest.raises(UnitMismatch):
        kind.of(1.0, "TWh")
    with pytest.raises(InvalidParameter):
        kind(1.0) - kind(2.0)


def test_nothing_published_later_is_in_a_book():
    days = sorted({item.published for item in LEDGER.items.values()} | {one.published for one in LEDGER.left_out})
    for day in days:
        eve = on(day - timedelta(days=1))
        assert all(item.published < day for item in eve.items.values())
        assert all(one.published < day for one in eve.left_out)
    assert not on(date(2024, 12, 31)).items


def test_figures_of_tomorrow_change_no_book_of_today():
    day = date(2026, 1, 31)
    rows = SHIPPED.observations.with_columns(
        pl.when(pl.col("published") > day).then(pl.col("value") * 1000).otherwise("value").alias("value")
    )
    steps = SHIPPED.site_vintages.with_columns(
        pl.when(pl.col("vintage") > day)
        .then(pl.col("facility_mw") * 1000)
        .otherwise("facility_mw")
        .alias("facility_mw")
    )
    absurd = Store.of(rows.drop("retrieved", "private"), SHIPPED.lags, site_vintages=steps)
    assert on(day, store=absurd).items == on(day).items
    assert on(COMPILED, store=absurd).items != LEDGER.items


def test_the_newest_figure_of_a_series_is_read():
    assert LEDGER.items["dominion.service_agreement"].quantity == Requested(12.0)
    assert on(date(2025, 6, 1)).items["dominion.service_agreement"].quantity == Requested(9.0)


def test_a_buyers_total_and_its_deals_are_one_book():
    world = LEDGER.book("WORLD", Layer.POWER)
    deals = {"openai.nvidia", "openai.amd", "openai.broadcom", "openai.oracle"}
    assert "openai.total" in names(world.contracted)
    assert not deals & names(world.contracted)
    assert {item.name for item, drop in world.dropped if drop.keep == "openai.total"} >= deals


def test_before_the_total_is_told_the_vendors_count_and_the_landlord_does_not():
    world = on(date(2026, 4, 29)).book("WORLD", Layer.POWER)
    assert {"openai.nvidia", "openai.amd", "openai.broadcom"} <= names(world.contracted)
    assert "openai.oracle" not in names(world.contracted)


def test_a_tranche_is_in_the_whole():
    for region, layer in (("WORLD", Layer.POWER), ("WORLD", Layer.COMPUTE)):
        names_in_book = names(LEDGER.book(region, layer).contracted)
        assert "anthropic.amazon" in names_in_book
        assert "anthropic.amazon_2026" not in names_in_book


def test_a_deal_and_the_site_that_houses_it_are_counted_once():
    deal = LEDGER.items["anthropic.amazon"]
    assert deal.running == Nameplate(0.751)
    later = commitments(View.of(SHIPPED, as_of=COMPILED), observed=Period(date(2026, 4, 1), Frequency.QUARTER))
    assert later.items["anthropic.amazon"].running == Nameplate(1.092)
    assert later.items["anthropic.amazon"].quantity == deal.quantity


def test_a_hall_being_built_and_its_connection_are_counted_once():
    assert "halls.leased" in names(US.contracted)
    assert "utilities.under_construction" not in names(US.contracted)
    assert "utilities.under_construction" in names(on(date(2026, 1, 15)).book("US", Layer.POWER).contracted)


def test_the_national_count_holds_the_states_and_each_state_keeps_its_own():
    assert not {item.region for item, _ in US.contracted} & set(states())
    assert names(LEDGER.book("US-VA", Layer.POWER).contracted) == {
        "dominion.service_agreement", "dominion.construction_letter",
    }  # fmt: skip
    assert names(LEDGER.book("US-TX", Layer.POWER).contracted) == {"ercot.approved"}
    before = on(date(2025, 12, 30)).book("US", Layer.POWER)
    assert {item.region for item, _ in before.contracted} == {"US-VA"}


def test_the_world_holds_the_united_states_and_only_the_foreign_part_of_deals():
    world = LEDGER.book("WORLD", Layer.POWER)
    assert set(US.contracted) <= set(world.contracted)
    deals = {place for item, place in world.contracted if item.region == "WORLD"}
    assert deals == {Place.ABROAD}


def test_two_publishers_of_one_queue_are_never_averaged():
    chosen, other = "us.ercot.large_load_queue", "us-ercot.large_load.queue"
    queue = LEDGER.items["ercot.queue"]
    assert (queue.series_id, queue.quantity) == (chosen, Requested(474.7))
    # The other publisher's figure may be anything: it is kept as evidence and moves nothing.
    moved = on(COMPILED, store=changed(other, by=7.0))
    assert moved.items == LEDGER.items
    assert {one.series_id: one.value for one in moved.left_out}[other] == pytest.approx(7 * 474)
    assert on(COMPILED, store=changed(chosen, by=7.0)).items["ercot.queue"].quantity == Requested(7 * 474.7)


def test_leased_halls_are_the_let_share_of_the_united_states_part():
    halls = LEDGER.items["halls.leased"].quantity
    assert isinstance(halls, Nameplate)
    assert halls.value == pytest.approx(25.3 * 0.89 * 40.6 / 43.4)


def test_orders_are_what_is_not_sold_yet_and_start_after_the_last_sale():
    orders = LEDGER.items["nvidia.orders"]
    sales = View.of(SHIPPED, as_of=COMPILED).read("nvidia.datacenter.revenue", freq=Frequency.QUARTER).by_period()
    sold = sum(value for quarter, value in sales.items() if quarter.start >= date(2025, 1, 1))
    assert isinstance(orders.quantity, Money)
    assert orders.quantity.value == pytest.approx(1000 - sold)
    assert orders.start == max(sales).shift(1)
    assert orders.end.label == "2027Q4"
    assert "nvidia.orders" not in on(date(2026, 3, 1)).items
    before = View.of(SHIPPED, as_of=date(2026, 3, 1), rule=Rule.AVAILABLE)
    assert commitments(before, observed=END_2025).items["nvidia.orders"].end.label == "2026Q4"


def test_money_of_clouds_is_in_no_book():
    money_series = {item.series_id for item in LEDGER.items.values() if isinstance(item.quantity, Money)}
    assert money_series == {"nvidia.order_visibility"}
    left = {one.series_id for one in LEDGER.left_out}
    assert {"aws.backlog", "googlecloud.backlog", "microsoft.rpo.commercial", "oracle.rpo"} <= left
    assert not left & {item.series_id for item in LEDGER.items.values()}


def test_every_overlap_has_a_reason_a_source_and_leaves_one_of_the_two():
    pairs = overlaps()
    assert len({(one.keep, one.drop, one.within) for one in pairs}) == len(pairs)
    for one in pairs:
        assert len(one.reason) > 30
        assert len(one.source) > 10
        assert (one.drop, one.keep) not in {(other.keep, other.drop) for other in pairs}


def test_every_item_of_a_book_is_due_and_has_a_stage():
    for region, layer in (
        ("WORLD", Layer.POWER),
        ("US-VA", Layer.POWER),
        ("US-TX", Layer.POWER),
        ("US", Layer.COMPUTE),
    ):
        book = LEDGER.book(region, layer)
        for item, _ in (*book.contracted, *book.requested):
            assert item.start <= item.end
            assert item.end > END_2025
            assert item.stage is not Stage.OPERATING
            assert (item.stage in {Stage.QUEUED, Stage.SUBMITTED}) == (item.concept is DemandConcept.REQUESTED)


def test_how_a_queue_stands_to_contracts_is_told():
    assert combination("US-VA")[0] is Combine.SUM
    assert combination("US-TX")[0] is Combine.LARGER
    assert US.combine is Combine.PARTLY
    assert all(len(combination(region)[1]) > 20 for region in ("US", "US-VA", "US-TX", "WORLD"))


@pytest.mark.parametrize(
    ("region", "layer"), [("CN", Layer.POWER), ("US-VA", Layer.COMPUTE), ("US", Layer.ENERGY), ("US", Layer.STORAGE)]
)
def test_a_region_or_layer_without_orders_has_no_book(region, layer):
    with pytest.raises(NotFound, match="book"):
        LEDGER.book(region, layer)


def test_the_page_of_commitments_is_in_step_and_lists_every_figure():
    command = [sys.executable, str(ROOT / "tools" / "write_commitments.py"), "--check"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    text = (ROOT / "docs" / "commitments.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in LEDGER.items)
    assert all(f"| `{one.series_id}` |" in text for one in LEDGER.left_out)
