"""The catalogue: every series with its text, scope, publishers, licence and lag, and the page that explains it."""

import dataclasses
import json
import re
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import NotFound
from data.base.shipped_tables import sources
from data.catalogue.catalogue import THEIRS, Catalogue
from data.catalogue.citations import citation
from data.catalogue.definitions import COLUMNS, H100eBasis, PowerBasis, Scope, definitions
from data.store.store import Store

PAGE = Path(__file__).resolve().parents[3] / "docs" / "catalogue.md"


@pytest.fixture(scope="module")
def store():
    return Store.shipped()


@pytest.fixture(scope="module")
def catalogue(store):
    return store.catalogue()


def test_every_series_carries_the_text_and_flags_of_its_definition(catalogue):
    definition_of = definitions()
    assert len(catalogue.entries) == 1705
    for series_id, info in catalogue.entries.items():
        one = definition_of[series_id]
        for name in ("title", "definition", "crypto", "enterprise", "behind_the_meter", "power_basis", "h100e_basis"):
            assert getattr(info, name) == getattr(one, name)


def test_every_source_of_every_series_is_cited_with_publisher_and_licence(catalogue):
    cited = sources()
    for info in catalogue.entries.values():
        mine = cited.filter(pl.col("source_id").is_in(list(info.sources)))
        assert set(info.publishers) <= set(mine["publisher"])
        assert set(info.licences) <= set(mine["licence"])
        assert info.publishers
        assert info.licences
        assert 1 <= len(info.attribution) <= len(info.sources)


def test_an_attribution_line_names_publisher_title_and_licence():
    one = citation("eia_sales_2025_07")
    assert one is not None
    assert one.attribution == (
        "Source: US EIA, EIA Electricity Data Browser: retail sales of electricity, monthly, by state and sector, "
        "public domain (US government work)"
    )


def test_a_source_is_cited_as_the_table_of_the_series_cites_it(catalogue):
    # The International Energy Agency's report of 2026 stands under two terms in two tables.
    assert catalogue.get("world.datacenter.electricity.iea2026").licences == ("IEA terms",)
    assert catalogue.get("world.ai_datacenter.announced").licences == ("CC BY 4.0",)


def test_release_lags_are_given_by_source_where_there_is_a_rule(catalogue):
    assert catalogue.get("us.electricity.sales.commercial.eia").release_lag_days == {"eia_sales_2025_07": 60}
    assert catalogue.get("nvidia.order_visibility").release_lag_days == {}


def test_nothing_shipped_is_private(catalogue):
    assert not any(info.private for info in catalogue.entries.values())


def one_row(store, **changes):
    row = store.observations.filter(pl.col("series_id") == "alphabet.capex_cash").head(1)
    return row.with_columns(pl.lit(value).alias(name) for name, value in changes.items())


def test_a_series_of_ones_own_is_described_as_such(store):
    row = one_row(store, series_id="private.mine.load", source_id="private.mine", table="private", private=True)
    info = Catalogue.of(row).get("private.mine.load")
    assert info.private
    assert info.title == "private.mine.load"
    assert info.definition == THEIRS
    assert (info.publishers, info.licences, info.attribution, info.release_lag_days) == ((), (), (), {})
    assert (info.crypto, info.power_basis, info.h100e_basis) == (
        Scope.UNSPECIFIED,
        PowerBasis.UNSPECIFIED,
        H100eBasis.UNSPECIFIED,
    )


def test_a_shipped_series_with_imported_figures_keeps_its_text_and_is_private(store):
    both = pl.concat([one_row(store), one_row(store, source_id="private.mine", private=True)])
    info = Catalogue.of(both).get("alphabet.capex_cash")
    assert info.private
    assert info.definition == definitions()["alphabet.capex_cash"].definition
    assert len(info.publishers) == 1


def test_rows_without_a_mark_of_privacy_are_public(store):
    assert not Catalogue.of(one_row(store).drop("private")).get("alphabet.capex_cash").private


def test_a_series_nobody_defines_says_so(store):
    info = Catalogue.of(one_row(store, series_id="us.made.up")).get("us.made.up")
    assert (info.title, info.definition, info.private) == ("us.made.up", None, False)


def test_an_entry_can_be_written_as_json(catalogue):
    info = catalogue.get("us.datacenter.electricity.lbnl2024")
    document = json.loads(json.dumps(dataclasses.asdict(info), default=str))
    assert document["crypto"] == "no"
    assert document["power_basis"] == "facility"


def test_close_matches_are_offered_for_an_unknown_id(catalogue):
    with pytest.raises(NotFound, match=r"us\.datacenter\.electricity\.lbnl2024"):
        catalogue.get("us.datacenter.electricity.lbnl204")


@pytest.mark.parametrize(
    "series_id",
    [
        "world.ai_accelerators.production.total.itk",
        "world.hdd.nearline_exabytes",
        "us.datacenter.construction_spending.real",
        "us.datacenter.market.nova.inventory",
        "us.gpu_clusters.tracked_compute",
        "cn.ai_accelerators.shipments_total",
        "africa.datacenter.pue.iea2025",
        "cn.nuclear.under_construction.units.press",
        "openai.oracle.compute_commitment",
        "google_blackstone.tpu_cloud",
        "oracle.rpo",
    ],
)
def test_what_the_compilers_distrust_is_marked(catalogue, series_id):
    assert catalogue.get(series_id).distrust == definitions()[series_id].caveat is not None


def test_the_page_explains_every_column_of_the_table():
    explained = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert explained == list(COLUMNS)


def test_the_page_names_series_that_exist(catalogue):
    text = PAGE.read_text(encoding="utf-8")
    listed_ids = re.findall(r"^\| `([\w-]+(?:\.[\w-]+)+)` \|", text, re.MULTILINE)
    listed_ids += re.findall(r"data show (\S+)", text)
    assert listed_ids
    assert set(listed_ids) <= set(catalogue.entries)


def test_the_page_counts_the_series_that_ship(catalogue):
    assert f"\n{len(catalogue.entries):,} series ship with the product" in PAGE.read_text(encoding="utf-8")
