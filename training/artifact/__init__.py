"""What a training publishes, written and read. :mod:`training.artifact.published` reaches no modelling library."""

__all__ = ["past_calibration", "past_scores", "publish", "published", "trials"]
