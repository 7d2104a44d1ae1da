from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.base.shipped_tables import SCHEMAS, accelerators
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.epoch import epoch_chip_types, epoch_hardware

RAW = Path(__file__).resolve().parents[4] / "shared" / "raw" / "chips" / "epoch_data"
real = pytest.mark.skipif(not RAW.is_dir(), reason="the publisher's files are not here to compare with")
DAY = datetime(2026, 10, 5, 12, tzinfo=UTC)
FIGURES = ("release_date", "bf16_tflops", "fp8_tflops", "memory_gb", "bandwidth_gb_s", "tdp_w", "price_usd")

HARDWARE = (
    "Hardware name,Manufacturer,Release date,Release price (USD),FP16 (half precision) performance (FLOP/s),"
    "Tensor-FP16/BF16 performance (FLOP/s),INT8 performance (OP/s),FP8 performance (FLOP/s),"
    "Memory size per board (Byte),Memory bandwidth (byte/s),TDP (W)\n"
)
TYPES = (
    "Name,Designer,Release date,Primarily for Chinese market,8-bit OP/s,16-bit FLOP/s,TDP (W),"
    "Unofficial estimated TDP (W),Cost per chip (approx.),Memory,Memory bandwidth\n"
)


def chips(parsed):
    return parsed.tables["accelerators"]


@pytest.fixture
def hardware(make_payload):
    return lambda lines, header=HARDWARE: epoch_hardware.CONNECTOR.parse(make_payload(header + lines))


@pytest.fixture
def types(make_payload):
    return lambda lines, header=TYPES: epoch_chip_types.CONNECTOR.parse(make_payload(header + lines))


@pytest.mark.parametrize("module", [epoch_hardware, epoch_chip_types])
def test_they_are_connectors_that_ask_one_table(module):
    assert isinstance(module.CONNECTOR, Connector)
    requests = module.CONNECTOR.requests(Access(), since=None, today=date(2026, 10, 1))
    assert [request.key for request in requests] == [module.ADDRESS]


def test_rates_and_sizes_come_in_our_units(hardware):
    parsed = hardware("NVIDIA B200,NVIDIA,2024-11-15,,,2.25e15,4.5e15,4.5e15,180000000000.0,7.7e12,1000\n")
    assert chips(parsed).rows(named=True) == [
        {
            "vendor": "NVIDIA", "chip": "B200 HGX", "release_date": date(2024, 11, 15), "bf16_tflops": 2250.0,
            "fp8_tflops": 4500.0, "memory_gb": 180.0, "bandwidth_gb_s": 7700.0, "tdp_w": 1000.0, "price_usd": None,
            "source_id": "epoch_hardware", "confidence": "primary",
        }
    ]  # fmt: skip
    assert dict(chips(parsed).schema) == {name: kind() for name, kind in SCHEMAS["accelerators"].items()}


def test_plain_half_precision_stands_in_where_a_chip_has_no_tensor_rate(hardware):
    parsed = hardware("Huawei Ascend 910C,Huawei,2024-10-15,,7.52e14,,,,128000000000,3.2e12,700\n")
    assert chips(parsed).select("chip", "bf16_tflops").rows() == [("Ascend 910C", 752.0)]


def test_an_integer_rate_is_not_taken_for_a_floating_one(hardware, types):
    first = hardware("NVIDIA A100 SXM4 80 GB,NVIDIA,2020-11-16,,,3.12e14,6.24e14,,8e10,2.039e12,400\n")
    second = types("A100,Nvidia,2020-11-16,,624000000000000,312000000000000,400,,12000,80000000000,2039000000000\n")
    for parsed in (first, second):
        assert chips(parsed).select("chip", "bf16_tflops", "fp8_tflops").rows() == [("A100 80GB SXM", 312.0, None)]


def test_a_maker_is_named_as_the_shipped_table_names_it(hardware, types):
    parsed = hardware("Amazon Trainium2,Amazon AWS,2024-12-03,,,6.67e14,,1.299e15,9.6e10,2.9e12,500\n")
    assert chips(parsed).select("vendor", "chip").rows() == [("Amazon", "Trainium2")]
    parsed = types("Instinct MI300X,AMD,2023-12-06,,2614900000000000,1307400000000000,750,,12500,192e9,53e11\n")
    assert chips(parsed).select("vendor", "chip", "fp8_tflops").rows() == [("AMD", "MI300X", 2614.9)]


def test_a_guessed_power_makes_a_chip_secondary(types):
    parsed = types("Trainium1,Amazon,2022-10-15,,420000000000000,190000000000000,,300,,32000000000,820000000000\n")
    assert chips(parsed).select("tdp_w", "confidence").rows() == [(300.0, "secondary")]


def test_a_chip_told_twice_is_kept_out(hardware):
    line = "NVIDIA B200,NVIDIA,2024-11-15,,,2.25e15,,,,,1000\n"
    parsed = hardware(line + line.replace("2.25", "2.5"))
    assert [fault.reason for fault in parsed.rejected] == [Reason.DUPLICATE, Reason.DUPLICATE]
    assert chips(parsed).is_empty()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("GroqChip LPU v1,,2020-01-01,,,1e14,,,,,275\n", Reason.ROW_MALFORMED, id="no maker"),
        pytest.param("NVIDIA X,NVIDIA,2024,,,1e14,,,,,275\n", Reason.PERIOD_INVALID, id="a year for a day"),
        pytest.param("NVIDIA X,NVIDIA,2024-01-01,,,1e14,,,,,275 W\n", Reason.NOT_A_NUMBER, id="a unit in a cell"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected(hardware, line, reason):
    parsed = hardware(line)
    assert [fault.reason for fault in parsed.rejected] == [reason]
    assert chips(parsed).is_empty()


def test_another_unit_in_the_heading_is_told(hardware, types):
    with pytest.raises(SourceChanged):
        hardware("", header=HARDWARE.replace("(Byte)", "(GB)"))
    with pytest.raises(SourceChanged):
        types("", header=TYPES.replace("8-bit OP/s", "8-bit TOP/s"))


def differences(parsed, source):
    shipped = accelerators().filter(pl.col("source_id") == source)
    both = shipped.join(parsed, on=["vendor", "chip"], suffix="_found")
    apart = {
        (row["chip"], name)
        for row in both.iter_rows(named=True)
        for name in FIGURES
        if row[name] != row[f"{name}_found"]
    }
    return shipped.height, both.height, apart


@real
def test_the_publishers_chip_types_are_the_shipped_chips(make_payload):
    # The file at hand has shortened headings in the publisher's order; its figures are the publisher's.
    lines = (RAW / "chip_types_2026-09-24.csv").read_text(encoding="utf-8").partition("\n")[2]
    parsed = epoch_chip_types.CONNECTOR.parse(make_payload(TYPES + lines, retrieved=DAY))
    assert (parsed.rows_read, chips(parsed).height, parsed.rejected) == (29, 29, ())
    # Compiled by hand: another version of the 910B, and a bandwidth of the MI308X that was left out.
    assert differences(chips(parsed), "accel_epoch_types") == (
        27,
        27,
        {
            ("Ascend 910B", "bf16_tflops"),
            ("Ascend 910B", "memory_gb"),
            ("Ascend 910B", "bandwidth_gb_s"),
            ("MI308X", "bandwidth_gb_s"),
        },
    )


@real
def test_the_publishers_hardware_table_has_the_shipped_chips(make_payload):
    body = (RAW / "ml_hardware.csv").read_bytes()
    parsed = epoch_hardware.CONNECTOR.parse(make_payload(body, retrieved=DAY))
    assert (parsed.rows_read, chips(parsed).height) == (170, 169)
    assert [fault.row["Hardware name"] for fault in parsed.rejected] == ["GroqChip LPU v1"]
    # Compiled by hand from several rows of V100: this one states neither memory nor price.
    assert differences(chips(parsed), "accel_epoch_hw") == (
        4,
        4,
        {("V100 SXM2", "memory_gb"), ("V100 SXM2", "price_usd")},
    )
