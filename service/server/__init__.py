"""The server process: connections, their limits, and how it ends without losing a request."""

__all__ = ["connections", "handshakes", "refresher", "serve"]
