"""What is said of draws: identities that hold in every one, and what causes the width of a band."""

__all__ = ["identities", "width_split"]
