"""`python -m bot serve`: the bot, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
from typing import Any

import click

from bot import proxies
from bot.commands import refused
from bot.fault_reports import FaultReports
from bot.logs import configure, frames_of, get_logger, names_of
from bot.settings import Settings, SettingsError
from bot.wiring import running_bot

_STOP_SECONDS = 9.0
_SWITCH_SECONDS = 0.0005
"""The loop lets go of the interpreter at every call to the system, and has it back from the threads (for the
database, for AWS) after this long. With the usual ten times as much, an ack waits for it ten times."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

log = get_logger()


async def _serve(settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    stop, served = asyncio.Event(), asyncio.Event()

    def told(_number: int, _frame: Any) -> None:
        # Not the loop's own handlers: these wait for the loop, which a database that opens slowly may hold.
        _end_at_the_latest()
        with contextlib.suppress(RuntimeError):
            # The loop may be closed already.
            loop.call_soon_threadsafe(stop.set)

    for number in _SIGNALS:
        signal.signal(number, told)

    async def run() -> None:
        async with running_bot(settings) as bot:
            served.set()
            # All that was loaded stays for good: the collector need not walk through it, tenths of a second
            # long, while Slack waits for an ack.
            gc.freeze()
            log.info("ready", port=bot.port, socket_mode=settings.socket_mode)
            await stop.wait()

    running = asyncio.create_task(run())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        # Told to stop: `run` notices by itself, unless it is still waiting for Slack or the database.
        if served.is_set():
            await asyncio.wait({running}, timeout=_STOP_SECONDS)
        running.cancel()
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def _end_at_the_latest() -> None:
    """The platform kills what does not stop in time; what is not finished is stored anyway."""
    timer = threading.Timer(_STOP_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


@click.command("serve")
def command() -> int:
    """Run the bot. Settings come from the environment (and a `.env` beside the checkout)."""
    try:
        settings = Settings.load(os.environ)
    except SettingsError as error:
        return refused.told(error)
    # Before the first call of any library.
    proxies.use_none()
    reports = None if settings.telemetry.sentry_dsn is None else FaultReports(settings.telemetry)
    configure(settings.log_level, None if reports is None else reports.take)
    if settings.trimmed:
        log.warning("blanks or line breaks around values were taken away", settings=list(settings.trimmed))
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        asyncio.run(_serve(settings))
    except SettingsError as error:
        return refused.told(error)
    except Exception as error:  # noqa: BLE001 - the outermost edge: a trace could carry a secret
        log.critical("stopped by an unexpected fault", error=names_of(error), frames=frames_of(error))
        return 1
    finally:
        # Who is told again now is at the end anyway.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if reports is not None:
            reports.close()
    return 0
