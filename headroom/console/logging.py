"""Logging: events of structlog and records of the standard library are written to stderr in one format."""

import logging
import sys
from typing import TYPE_CHECKING

import structlog

from data.base.redaction import redacted

if TYPE_CHECKING:
    from headroom.settings import Settings


class Redacting(structlog.stdlib.ProcessorFormatter):
    """Masks the secrets of the settings in whole lines, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return redacted(super().format(record))


def configure(settings: "Settings") -> None:
    """Send every event of at least the set level to stderr: aligned text on a terminal, one JSON object a line else."""
    from headroom.settings import LogFormat

    console = settings.log_format is LogFormat.CONSOLE or (
        settings.log_format is LogFormat.AUTO and sys.stderr.isatty()
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    tail: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        Redacting(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # It logs at every start what it loaded and found; the phase line says what a person wants to know.
    logging.getLogger("alembic").setLevel(max(level, logging.WARNING))
    # A refused question of an agent is no news.
    logging.getLogger("mcp").setLevel(max(level, logging.WARNING))
