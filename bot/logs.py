"""Structured logs without user text, whatever the level.

Our own events carry fields that we chose (ids, cause, seconds). Libraries write what they like into
their messages (bodies, addresses, SQL parameters), so of their records only the logger, the level, the
place in their code and the names of the exceptions are kept.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import structlog

_OURS = "rolecall"


def names_of(error: BaseException) -> str:
    """The exception's type and those of its causes, never their messages."""
    chain: list[str] = []
    current: BaseException | None = error
    while current is not None and len(chain) < 6:
        chain.append(type(current).__name__)
        current = current.__cause__ or current.__context__
    return " from ".join(chain)


def frames_of(error: BaseException, depth: int = 4) -> list[str]:
    """Where it happened: the innermost frames as `module:line`, without source or values."""
    frames: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames[-depth:]


class _Quiet(logging.Filter):
    """Replaces a library's message by where it came from."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != _OURS:
            # Bolt warns that of two ways to hand it a token one is used; both are meant to be there.
            chosen = record.name.startswith("slack_bolt") and record.funcName == "__init__"
            if record.levelno < logging.WARNING or chosen:
                return False
            error = record.exc_info[1] if record.exc_info else None
            place = f"{record.name} at {record.module}:{record.lineno}"
            record.msg = f"library: {place}" + (f": {names_of(error)}" if error else "")
            record.args = ()
            record.exc_info = None
            record.exc_text = None
            record.stack_info = None
        return True


def configure(level: str, report: Callable[[Any, str, Any], Any] | None = None) -> None:
    """Send everything to standard output, one JSON object a line; `report`, a processor of structlog, is
    shown each event of ours."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_Quiet())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # Libraries are never more talkative than a warning, and quieter when we are.
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    # DBOS adds a console handler of its own unless its logger has one already.
    dbos = logging.getLogger("dbos")
    dbos.handlers = [handler]
    dbos.propagate = False
    logging.getLogger(_OURS).setLevel(level)
    structlog.configure(
        processors=[
            *shared,
            *([] if report is None else [report]),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def get_logger() -> Any:
    """The one logger of the program."""
    return structlog.get_logger(_OURS)


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """No log at all, for a command that says itself what there is to say."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
