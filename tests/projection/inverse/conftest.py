import pytest

from projection.scenarios.evaluation import PART, BaseDraws


@pytest.fixture(scope="session")
def small_base(model_inputs):
    """The base on a few draws, all of them in one part."""
    return BaseDraws(model_inputs, seed=3, draws=300)


@pytest.fixture(scope="session")
def base(model_inputs):
    """The base on more draws than a preview has."""
    return BaseDraws(model_inputs, seed=3, draws=PART + 300)
