"""Forecasts as of past year-ends against what came: of single series (``domain``), of the whole chain (``chain``)."""
