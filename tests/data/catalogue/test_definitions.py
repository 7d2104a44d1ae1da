"""What each series counts: every shipped series is defined, the table is what its rules make, files must agree."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import TableCorrupt
from data.base.layers import Layer
from data.base.shipped_tables import TABLES
from data.catalogue.definitions import (
    COLUMNS,
    CONNECTED,
    H100eBasis,
    PowerBasis,
    Scope,
    definitions,
    family_of,
    read_definitions,
)
from data.catalogue.forms import Form
from data.catalogue.observations import read_all
from data.catalogue.support import Support

ROOT = Path(__file__).resolve().parents[3]
LINE = {
    "series_id": "us.x.y",
    "region": "US",
    "metric": "m",
    "unit": "TWh",
    "freq": "A",
    "table": "energy",
    "title": "A title",
    "definition": "What it counts.",
    "crypto": "no",
    "enterprise": "yes",
    "behind_the_meter": "unspecified",
    "power_basis": "facility",
    "h100e_basis": "not_applicable",
    "support": "nonnegative",
    "layer": "energy",
    "role": "level",
    "edition": "no",
    "connector": "owid_energy",
    "caveat": "",
    "form": "",
    "form_of": "",
    "product_of": "",
}


@pytest.fixture(scope="module")
def rows():
    return read_all()


def write(path, *lines):
    body = [",".join(COLUMNS), *(",".join(line[name] for name in COLUMNS) for line in lines)]
    path.write_text("\n".join(body) + "\n")
    return path


def test_every_shipped_row_agrees_with_the_definition_of_its_series(rows):
    definition_of = definitions()
    flags = rows.select("series_id", "freq", "region", "metric", "unit", "table").unique()
    assert flags.height >= 1147
    for row in flags.iter_rows(named=True):
        one = definition_of[row["series_id"]]
        assert one.units[row["freq"]] == row["unit"], row
        assert one.region == row["region"], row
        assert row["metric"] in one.metrics, row
        assert row["table"] in one.tables, row


def test_the_table_defines_nothing_that_is_not_shipped(rows):
    shipped = {(row[0], row[1]) for row in rows.select("series_id", "freq").unique().iter_rows()}
    defined = {
        (one.series_id, freq) for one in read_definitions([TABLES / "series.csv"]).values() for freq in one.units
    }
    assert defined == shipped


def test_rows_are_sorted_and_written_canonically():
    text = (TABLES / "series.csv").read_text(encoding="utf-8")
    table = pl.read_csv(TABLES / "series.csv", infer_schema=False)
    assert table.sort("series_id", "freq").equals(table)
    assert table.select("series_id", "freq").is_duplicated().sum() == 0
    assert "\r" not in text
    assert table.write_csv() == text


def test_making_the_table_again_from_its_rules_changes_no_byte():
    # Also says that every series has exactly one rule and that no rule is without a series.
    command = [sys.executable, str(ROOT / "tools" / "describe_series.py"), "--check"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr


def test_titles_tell_series_apart_and_texts_are_whole_sentences():
    ours = read_definitions([TABLES / "series.csv"]).values()
    twice = [title for title, n in Counter(one.title for one in ours).items() if n > 1]
    assert twice == []
    for one in ours:
        assert one.title[0].isupper() or one.title[0].isdigit(), one
        assert "  " not in one.title + one.definition, one
        assert ",," not in one.title + one.definition, one
        assert "{" not in one.title + one.definition, one
        assert one.definition.endswith("."), one
        assert len(one.definition) > len(one.title) * 0.6, one
        assert one.definition.rstrip(".") != one.title, one


@pytest.mark.parametrize(
    ("series_id", "crypto", "enterprise", "power"),
    [
        ("us.datacenter.electricity.iea2025", Scope.NO, Scope.YES, PowerBasis.FACILITY),
        ("us.datacenter.electricity.it.iea2025", Scope.NO, Scope.YES, PowerBasis.IT),
        ("world.datacenter.capacity.hyperscale.iea2025_liftoff", Scope.NO, Scope.NO, PowerBasis.FACILITY),
        ("us.datacenter.electricity.lbnl2024", Scope.NO, Scope.YES, PowerBasis.FACILITY),
        ("world.datacenter.electricity.masanet2020", Scope.NO, Scope.YES, PowerBasis.FACILITY),
        ("world.datacenter_crypto.electricity", Scope.YES, Scope.YES, PowerBasis.FACILITY),
        ("us.datacenter.utility_power", Scope.YES, Scope.NO, PowerBasis.FACILITY),
        (
            "us.datacenter.share_of_electricity.epri2024_high",
            Scope.UNSPECIFIED,
            Scope.UNSPECIFIED,
            PowerBasis.UNSPECIFIED,
        ),
        ("us.datacenter.electricity", Scope.UNSPECIFIED, Scope.UNSPECIFIED, PowerBasis.UNSPECIFIED),
        ("us.datacenter.it_load.operating", Scope.UNSPECIFIED, Scope.UNSPECIFIED, PowerBasis.IT),
        ("us.ai_datacenter.tracked_it_power", Scope.NO, Scope.NOT_APPLICABLE, PowerBasis.IT),
        ("us.ai_datacenter.tracked_facility_power", Scope.NO, Scope.NOT_APPLICABLE, PowerBasis.FACILITY),
        ("alphabet.capex_cash", Scope.NOT_APPLICABLE, Scope.NOT_APPLICABLE, PowerBasis.NOT_APPLICABLE),
    ],
)
def test_scope_is_what_the_publisher_says(series_id, crypto, enterprise, power):
    one = definitions()[series_id]
    assert (one.crypto, one.enterprise, one.power_basis) == (crypto, enterprise, power)


def test_metered_and_sold_electricity_leaves_out_what_a_site_makes_for_itself():
    for series_id in ("ie.datacenter.electricity.annual", "us-va.electricity.sales.commercial.eia"):
        assert definitions()[series_id].behind_the_meter is Scope.NO


def test_h100_equivalents_have_a_basis_and_only_clusters_are_counted_at_16_bit(rows):
    counted = set(rows.filter(pl.col("unit") == "H100e")["series_id"].unique())
    definition_of = definitions()
    assert {name for name in counted if definition_of[name].h100e_basis is H100eBasis.NOT_APPLICABLE} == set()
    clusters = {name for name, one in definition_of.items() if one.h100e_basis is H100eBasis.BIT16}
    assert clusters == {name for name in definition_of if ".gpu_clusters." in name}


def test_a_definition_says_whose_it_is(rows):
    # The suffix of an id names the publisher; whoever reads only the text must learn the same.
    names = {
        "iea2025": "International Energy Agency",
        "lbnl2024": "Berkeley Lab",
        "eia": "EIA",
        "owid": "Our World in Data",
        "nea": "National Energy Administration",
        "nbs": "National Bureau of Statistics",
        "irena": "IRENA",
    }
    silent = [
        name
        for name in rows["series_id"].unique()
        if (publisher := names.get(name.rsplit(".", 1)[1]))
        and publisher not in definitions()[name].definition
        and f"LBNL {name[-4:]}" not in definitions()[name].definition
    ]
    assert silent == []


def test_the_same_line_may_stand_in_two_files(tmp_path):
    one = write(tmp_path / "a.csv", LINE)
    other = write(tmp_path / "b.csv", LINE, LINE | {"freq": "M", "unit": "GWh"})
    definition = read_definitions([one, other])["us.x.y"]
    assert dict(definition.units) == {"A": "TWh", "M": "GWh"}


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "GWh"},
        {"region": "CN"},
        {"metric": "n"},
        {"table": "chips"},
        {"title": "B"},
        {"definition": "Other."},
        {"crypto": "yes"},
        {"power_basis": "it"},
        {"layer": "power"},
        {"caveat": "thin"},
        {"form": "since_january", "form_of": "derived.us.x.month"},
        {"product_of": "us.x.y"},
    ],
)
def test_two_files_that_disagree_about_an_id_are_refused(tmp_path, change):
    files = [write(tmp_path / "a.csv", LINE), write(tmp_path / "b.csv", LINE | change)]
    with pytest.raises(TableCorrupt, match=r"us\.x\.y is defined twice"):
        read_definitions(files)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crypto": "perhaps"}, "perhaps"),
        ({"title": ""}, "title"),
        ({"h100e_basis": "4bit"}, "4bit"),
        ({"layer": "heat"}, "heat"),
        ({"role": "anchor"}, "anchor"),
        ({"edition": "perhaps"}, "neither yes nor no"),
        ({"connector": "nobody"}, "nobody"),
        ({"form": "since_easter", "form_of": "derived.us.x"}, "since_easter"),
        ({"form": "since_january"}, "form and form_of"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, change, message):
    with pytest.raises(TableCorrupt, match=f"row 2.*{message}"):
        read_definitions([write(tmp_path / "a.csv", LINE | change)])


def test_a_file_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("series_id,region\nus.x.y,US\n")
    with pytest.raises(TableCorrupt, match="columns are series_id, region"):
        read_definitions([path])
    with pytest.raises(TableCorrupt, match="absent"):
        read_definitions([tmp_path / "absent.csv"])


def test_definitions_of_connectors_are_among_all():
    files = sorted(CONNECTED.glob("*.csv"))
    brought = set(read_definitions(files))
    assert brought <= set(definitions())
    assert list(definitions()) == sorted(definitions())


@pytest.mark.parametrize(
    ("series_id", "original"),
    [
        ("world.datacenter.installed_capacity", "world.datacenter.capacity.iea2025"),
        ("world.ai_compute.stock", "world.ai_compute.ai2027_forecast"),
        ("pjm.datacenter.capacity", "us-pjm.datacenter.capacity.bnef"),
        ("ie.datacenter.electricity.cso", "ie.datacenter.electricity.annual"),
    ],
)
def test_a_series_that_repeats_another_names_it(series_id, original):
    # The same figures under two ids are no independent evidence.
    assert original in definitions()[series_id].definition
    assert original in definitions()


def test_a_blank_fact_is_none(tmp_path):
    names = ("layer", "role", "connector", "caveat", "form", "form_of", "product_of")
    one = read_definitions([write(tmp_path / "a.csv", LINE | dict.fromkeys(names, ""))])["us.x.y"]
    assert [getattr(one, name) for name in names] == [None] * 7


def test_a_series_is_no_form_of_one_that_nobody_defines(tmp_path):
    line = LINE | {"form": "since_january", "form_of": "us.x.month"}
    with pytest.raises(TableCorrupt, match=r"us\.x\.month, which is not defined"):
        read_definitions([write(tmp_path / "a.csv", line)])
    definition = read_definitions([write(tmp_path / "b.csv", line | {"form_of": "derived.us.x.month"})])["us.x.y"]
    assert (definition.form, definition.form_of) == (Form.SINCE_JANUARY, "derived.us.x.month")


def test_a_product_belongs_to_a_family_that_is_defined(tmp_path):
    with pytest.raises(TableCorrupt, match=r"product of us\.x\.units, which is not defined"):
        read_definitions([write(tmp_path / "a.csv", LINE | {"product_of": "us.x.units"})])
    assert family_of("nvidia.h100.units") == "nvidia.ai_chips.quarterly_units"
    assert family_of("nvidia.ai_chips.quarterly_units") is None
    families = {one.product_of for one in definitions().values() if one.product_of}
    assert not any(family_of(name) for name in families), "a family is no product"


def test_every_count_of_everything_so_far_names_its_flow():
    forms = {name: one.form for name, one in definitions().items() if one.support is Support.NONDECREASING}
    assert forms
    assert set(forms.values()) == {Form.SINCE_START, Form.SINCE_FIRST}
    since_january = [name for name, one in definitions().items() if "_ytd." in name and "growth" not in name]
    assert since_january
    assert {definitions()[name].form for name in since_january} == {Form.SINCE_JANUARY}


def test_series_of_one_metric_tell_of_one_layer():
    layers = {}
    for one in definitions().values():
        layers.setdefault(one.metric, set()).add(one.layer)
    assert {metric for metric, layers_of_metric in layers.items() if len(layers_of_metric) > 1} == set()


@pytest.mark.parametrize(
    ("metric", "layer"),
    [
        ("electricity_net_generation", Layer.ENERGY),
        ("ai_chips_sold", Layer.COMPUTE),
        ("inventory", Layer.POWER),
        ("summer_peak_hourly", Layer.FIRM),
        ("hdd_units_shipped", Layer.STORAGE),
    ],
)
def test_a_metric_that_is_forecast_tells_of_its_layer(metric, layer):
    assert {one.layer for one in definitions().values() if one.metric == metric} == {layer}
