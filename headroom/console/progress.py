"""Progress of long work: a bar on a terminal, otherwise a line after every tenth."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TENTHS = 10


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield ``report(done, total)``, which draws on stderr; stdout stays free for results."""
    if sys.stderr.isatty():
        with _bar(label) as report:
            yield report
    else:
        yield _lines(label)


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(label, total=None)
        yield lambda count, total: progress.update(task, completed=count, total=total)


def _lines(label: str) -> Callable[[int, int], None]:
    started = time.monotonic()
    last_tenth = 0

    def report(count: int, total: int) -> None:
        nonlocal last_tenth
        tenth = count * TENTHS // max(total, 1)
        if tenth > last_tenth:
            last_tenth = tenth
            sys.stderr.write(f"{label} {count}/{total} {time.monotonic() - started:.0f} s\n")
            sys.stderr.flush()

    return report
