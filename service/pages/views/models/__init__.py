"""The page of the model behind single series: its checks, its drift and who was champion."""

__all__ = ["gate_words", "page"]
