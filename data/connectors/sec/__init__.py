"""The US Securities and Exchange Commission: figures of companies' filings, by calendar quarter."""

__all__ = ["quarters", "sec_facts"]
