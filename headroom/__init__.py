"""The door: command line and wiring. Imports any room lazily; nothing imports it."""
