"""The queue in front of the processes that work questions out, with its bounds, and what was answered already.

A process is spawned with the first question and not before: it loads the engine and draws the base's numbers, or loads
the modelling libraries, which takes seconds and hundreds of megabytes that a service which is never asked need not
have. The serving process itself loads none of them. A process that takes longer than the limit is killed, and another
comes with the next question.
"""

import queue
import threading
import time
from collections.abc import Callable, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

from data.base.errors import HeadroomError
from service.child_process import ChildProcess
from service.evaluations.question import Answer, Fault, Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.evaluations.question import Source

WAITING = 16
"""Questions that may wait."""
REMEMBERED = 256
"""Evaluations whose answers are kept."""
LIMIT = 60.0
"""Seconds each part of an answer may take once a process is ready for it."""
STARTING = 300.0
"""Seconds a process may take to begin and to make the base of an edition ready."""
STEP = 0.01


@dataclass
class Evaluation:
    """One question on its way to an answer.

    Attributes:
        preview: of the first draws; answer: of all; fault: why there is none.
        finished: set when there is an answer or a fault; previewed: when there is anything.
        draws: how many the answer rests on.
        wanted: how many requests wait for it or were told where to look; at none it is stopped.
    """

    question: Question
    preview: Answer | None = None
    answer: Answer | None = None
    fault: Fault | None = None
    previewed: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)
    wanted: int = 0
    draws: int | None = None

    @property
    def error(self) -> HeadroomError | None:
        """The fault as an error."""
        return None if self.fault is None else self.fault.error(self.question.unavailable)

    @property
    def state(self) -> str:
        """``waiting``, ``preview``, ``done`` or ``failed``."""
        if self.fault is not None:
            return "failed"
        if self.answer is not None:
            return "done"
        return "waiting" if self.preview is None else "preview"

    def end(self, *, answer: tuple[int, Answer] | None = None, fault: Fault | None = None) -> None:
        """The last of it."""
        self.draws, self.answer = answer or (None, None)
        self.fault = fault
        self.previewed.set()
        self.finished.set()


class EvaluationPool:
    """Evaluations by name, at most so many at once and in line.

    Args:
        source: what a process works with, such as what makes the base of an edition ready; None where there is nothing.
        run: what a process does with its end of a pipe and the source.
        workers: processes at most.
        limit: seconds each part of an answer may take.
        remembered: holds evaluations by name.
    """

    def __init__(
        self,
        source: object | None,
        *,
        run: Callable[[Connection, Any], None] | None = None,
        workers: int = 1,
        limit: float = LIMIT,
        remembered: MutableMapping[str, Evaluation] | None = None,
    ) -> None:
        self._source, self._run, self._limit = source, run or _evaluate, limit
        self._line: queue.Queue[Evaluation | None] = queue.Queue(WAITING)
        self._by_name = LRUCache(REMEMBERED) if remembered is None else remembered
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        self._started = False

    def submit(self, question: Question) -> Evaluation:
        """The evaluation of a question, begun where there is none; it counts as wanted once more.

        Raises the question's error where there is no source or too many wait.
        """
        if self._source is None:
            raise question.unavailable("this service was started without what it takes")
        with self._lock:
            evaluation = self._by_name.get(question.name)
            if evaluation is None or evaluation.fault is not None:
                # Wanted before it stands in line: whoever takes it from there drops what nobody wants.
                evaluation = Evaluation(question, wanted=1)
                try:
                    self._line.put_nowait(evaluation)
                except queue.Full:
                    raise question.unavailable(f"{WAITING} questions are waiting already") from None
                self._by_name[question.name] = evaluation
            else:
                evaluation.wanted += 1
            if not self._started:
                self._started = True
                for thread in self._threads:
                    thread.start()
        return evaluation

    def release(self, evaluation: Evaluation) -> None:
        """Say that a request does not wait any more; an evaluation nobody waits for is stopped and forgotten."""
        with self._lock:
            evaluation.wanted -= 1
            if evaluation.wanted <= 0 and not evaluation.finished.is_set():
                self._by_name.pop(evaluation.question.name, None)

    def find(self, name: str) -> Evaluation | None:
        """The evaluation of a name, or None."""
        with self._lock:
            return self._by_name.get(name)

    def close(self) -> None:
        """End the processes; what waits is not answered."""
        for _ in self._threads:
            if self._started:
                self._line.put(None)

    def _serve(self) -> None:
        with _Worker.running(self._run, self._source) as worker:
            while (evaluation := self._line.get()) is not None:
                if evaluation.wanted > 0:
                    worker.answer(evaluation, limit=self._limit)


class _Worker:
    """One process, started when it is needed."""

    def __init__(self, run: Callable[[Connection, Any], None], source: object) -> None:
        self._process = ChildProcess(run, source)
        self._ready_for: str | None = None

    @classmethod
    @contextmanager
    def running(cls, run: Callable[[Connection, Any], None], source: object) -> "Iterator[_Worker]":
        """One that ends with the block."""
        worker = cls(run, source)
        try:
            yield worker
        finally:
            worker.kill()

    def answer(self, evaluation: Evaluation, *, limit: float) -> None:
        """Have a question answered; a process that dies or takes too long is replaced, and the question fails."""
        connection = self._connected()
        base = evaluation.question.base
        until = time.monotonic() + (limit if self._ready_for == base else STARTING)
        stopped = False
        try:
            connection.send(evaluation.question)
            while True:
                if connection.poll(STEP):
                    kind, content = connection.recv()
                    self._ready_for = base
                    if kind == "preview":
                        evaluation.preview = content
                        evaluation.previewed.set()
                    if kind in {"preview", "progress"}:
                        until = time.monotonic() + limit
                        continue
                    if kind == "full":
                        evaluation.end(answer=content)
                    else:
                        evaluation.end(fault=content)
                    return
                if evaluation.wanted <= 0 and not stopped:
                    connection.send(None)
                    stopped = True
                if time.monotonic() > until:
                    self.kill()
                    evaluation.end(fault=Fault(f"it took longer than {limit:.0f} seconds"))
                    return
        except (EOFError, OSError):
            self.kill()
            evaluation.end(fault=Fault("the process that works it out died"))

    def _connected(self) -> Connection:
        connection, started = self._process.connection()
        if started:
            self._ready_for = None
        return connection

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()


def _evaluate(connection: Connection, source: "Source") -> None:
    # The engine is loaded there and never in the serving process.
    from service.evaluations.worker import run

    run(connection, source)
