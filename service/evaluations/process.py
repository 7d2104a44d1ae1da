"""What every process that works something out does: it takes questions from a pipe, and sends what comes of them."""

from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from data.base.errors import HeadroomError
from data.base.processes import end_with_parent
from service.evaluations.question import Fault

PREVIEW, PROGRESS, FULL, FAULT = "preview", "progress", "full", "fault"
"""Kinds of what is sent. Beside a question None may come in: that nobody waits for the answer any more."""


def answer_questions(connection: Connection, answer: Callable[[Any, Connection], None]) -> None:
    """Answer questions until the other end closes; an error is sent as a fault.

    Args:
        connection: brings questions.
        answer: sends what comes of one, the full answer last.
    """
    end_with_parent()
    while True:
        try:
            question = connection.recv()
        except EOFError:
            return
        if question is None:
            continue  # For an answer that was on its way.
        try:
            answer(question, connection)
        except HeadroomError as error:
            connection.send((FAULT, Fault.of(error)))
