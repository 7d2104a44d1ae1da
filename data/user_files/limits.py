"""Limits on the size of a user's file."""

from dataclasses import dataclass

from data.base.errors import InputTooLarge


@dataclass(frozen=True, slots=True)
class Limits:
    """Most bytes (also once decompressed), rows, series, and characters of a series id that are read of one file."""

    bytes: int = 256 * 2**20
    rows: int = 1_000_000
    series: int = 100_000
    id_length: int = 200

    def check_bytes(self, name: str, size: int) -> None:
        """Raises :class:`InputTooLarge` when there are more bytes than are read."""
        if size > self.bytes:
            raise InputTooLarge(name, f"more than {self.bytes} bytes", setting="input_bytes")

    def check_rows(self, name: str, rows: int) -> None:
        """Raises :class:`InputTooLarge` when there are more rows than are read."""
        if rows > self.rows:
            raise InputTooLarge(name, f"more than {self.rows} rows", setting="input_rows")

    def check_series(self, name: str, series: int) -> None:
        """Raises :class:`InputTooLarge` when there are more series than are read."""
        if series > self.series:
            raise InputTooLarge(name, f"more than {self.series} series", setting="input_series")
