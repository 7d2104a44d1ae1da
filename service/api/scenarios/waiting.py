"""How a request waits for a process that evaluates: a moment, then it is told where the answer will be."""

import asyncio
import time

from fastapi import Request

from data.base.errors import EvaluationUnavailable
from service.evaluations.pool import Evaluation, EvaluationPool
from service.evaluations.question import Question

PATIENCE = 1.0
"""Seconds a request waits for the full answer."""
STEP = 0.004
PREVIEW_DRAWS = 2_000


async def evaluated(request: Request, question: Question, *, preview: bool = False) -> Evaluation:
    """The evaluation of a question, as far as it comes while a request waits: its preview is enough if asked for.

    Who is told where the answer will be counts as waiting on.

    Raises:
        EvaluationUnavailable: there is no process, too many wait, there is a fault, or the client left.
        InvalidParameter: the fault is one of the question.
    """
    pool: EvaluationPool = request.app.state.evaluations
    evaluation = pool.submit(question)
    event = evaluation.previewed if preview else evaluation.finished
    looked = time.monotonic()
    until = looked + PATIENCE
    while not event.is_set() and time.monotonic() < until:
        await asyncio.sleep(STEP)
        if time.monotonic() - looked > 20 * STEP:
            looked = time.monotonic()
            if await request.is_disconnected():
                pool.release(evaluation)
                raise EvaluationUnavailable("the client left")
    if evaluation.fault is not None:
        raise evaluation.fault.error()
    return evaluation


def rests_on(evaluation: Evaluation) -> int | None:
    """How many draws what there is of an answer rests on; None while there is nothing."""
    return {"waiting": None, "preview": PREVIEW_DRAWS}.get(evaluation.state, evaluation.draws)
