"""An edition in others' hands: how it is cited, its files in one bundle, its form for forecast hubs, what changed."""

__all__ = ["bundle", "changes", "citation", "hub"]
