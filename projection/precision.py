"""H100 equivalents at 16 bit over those at 8 bit of each designer's newest generation, from chip specifications.

An H100 does 1,979 dense TFLOP/s at 8 bit and 989.4 at 16. Most chips keep that ratio of two, so their H100e is the same
on both bases; Rubin and Trainium3 gain at 8 bit far more than at 16, and their H100e at 16 bit is about half.
"""

import polars as pl

H100_8_BIT, H100_16_BIT = 1979.0, 989.4
NEWEST = {
    "nvidia": "Rubin",
    "google_tpu": "TPU v7 Ironwood",
    "amazon_trainium": "Trainium3",
    "amd": "MI355X",
}
"""The newest chip with both figures; Huawei and Cambricon publish no pair, so their ratio is left at one."""


def newest_at_16_bit(accelerators: pl.DataFrame) -> dict[str, float]:
    """H100e at 16 bit over H100e at 8 bit of the newest chip, by designer, from the specifications known on the day.

    One where that chip was not specified yet: nothing then said that the ratio would change.
    """
    rows = {row["chip"]: row for row in accelerators.drop_nulls(["bf16_tflops", "fp8_tflops"]).iter_rows(named=True)}
    found = dict.fromkeys((*NEWEST, "huawei_ascend", "cambricon"), 1.0)
    for designer, chip in NEWEST.items():
        if chip in rows:
            row = rows[chip]
            found[designer] = (row["bf16_tflops"] / H100_16_BIT) / (row["fp8_tflops"] / H100_8_BIT)
    return found
