"""How a request waits for a process that works something out: a moment, then it is told where the answer will be."""

import asyncio
import time

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from service.cache import JSON
from service.evaluations.pool import Evaluation, EvaluationPool
from service.evaluations.question import Question

PATIENCE = 1.0
"""Seconds a request waits for the full answer."""
STEP = 0.004
PREVIEW_DRAWS = 2_000


async def evaluated(
    request: Request, question: Question, *, preview: bool = False, patience: float | None = None
) -> Evaluation:
    """The evaluation of a question about an edition; see :func:`worked_out`."""
    return await worked_out(request, request.app.state.evaluations, question, preview=preview, patience=patience)


async def worked_out(
    request: Request,
    pool: EvaluationPool,
    question: Question,
    *,
    preview: bool = False,
    patience: float | None = None,
) -> Evaluation:
    """The answer to a question, as far as it comes while a request waits: its preview is enough if asked for.

    Who is told where the answer will be counts as waiting on.

    Args:
        request: that waits.
        pool: that answers.
        question: what is answered.
        preview: whether its preview is enough.
        patience: seconds it waits, :data:`PATIENCE` by default.

    Raises:
        EvaluationUnavailable: there is no process, too many wait, there is a fault, or the client left.
        InvalidParameter: the fault is one of the question.
    """
    evaluation = pool.submit(question)
    event = evaluation.previewed if preview else evaluation.finished
    looked = time.monotonic()
    until = looked + (PATIENCE if patience is None else patience)
    while not event.is_set() and time.monotonic() < until:
        await asyncio.sleep(STEP)
        if time.monotonic() - looked > 20 * STEP:
            looked = time.monotonic()
            if await request.is_disconnected():
                pool.release(evaluation)
                raise question.unavailable("the client left")
    if evaluation.error is not None:
        raise evaluation.error
    return evaluation


def rests_on(evaluation: Evaluation) -> int | None:
    """How many draws what there is of an answer rests on; None while there is nothing."""
    return {"waiting": None, "preview": PREVIEW_DRAWS}.get(evaluation.state, evaluation.draws)


def as_it_stands(answer: BaseModel, address: str, *, done: bool) -> Response:
    """An answer that is not kept; 202 while there is more to come, and the address that answers it then."""
    headers = {"Cache-Control": "no-store"} | ({} if done else {"Location": address})
    return Response(answer.model_dump_json(), status_code=200 if done else 202, media_type=JSON, headers=headers)
