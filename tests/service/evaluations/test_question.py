"""Faults that one process sends to another come out as the errors they were."""

import pytest

from data.base.errors import EvaluationUnavailable, InvalidParameter
from service.evaluations.question import Fault


@pytest.mark.parametrize(
    "error",
    [
        EvaluationUnavailable("e-1 was made from other figures"),
        InvalidParameter("lever", "there is none", allowed=["nuclear"]),
    ],
    ids=lambda error: error.code,
)
def test_an_error_says_the_same_after_it_was_sent(error):
    sent = Fault.of(error).error()
    assert (type(sent), str(sent), sent.remedy) == (type(error), str(error), error.remedy)
