"""Tools for agents (Model Context Protocol): each asks the API as any client does, and hands on what it answers.

It needs the extra ``mcp``, which the process that serves loads when ``/mcp`` is first asked (``endpoint``).
"""

__all__ = ["answers", "endpoint", "tools"]
