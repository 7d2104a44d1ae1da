"""Tools for agents (Model Context Protocol): each asks the API as any client does, and hands on what it answers.

It needs the extra ``mcp``, and nothing that serves imports it.
"""

__all__ = ["answers", "tools"]
