"""`python -m bot serve`: the bot, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

import click

from bot.logs import configure, frames_of, get_logger, names_of
from bot.settings import Settings, SettingsError
from bot.wiring import running_bot

_STOP_SECONDS = 9.0

log = get_logger()


async def _serve(settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def run() -> None:
        async with running_bot(settings) as bot:
            log.info("ready", port=bot.port, socket_mode=settings.socket_mode)
            await stop.wait()
            # The platform kills what does not stop in time; what is not finished is stored anyway.
            loop.call_later(_STOP_SECONDS, os._exit, 0)

    running = asyncio.create_task(run())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        # Told to stop: either `run` notices by itself, or it is still waiting for Slack or the database.
        await asyncio.wait({running}, timeout=_STOP_SECONDS)
        running.cancel()
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@click.command("serve")
def command() -> int:
    """Run the bot. Settings come from the environment (and a `.env` beside the checkout)."""
    try:
        settings = Settings.load(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            click.echo(f"settings: {problem}", err=True)
        return 2
    configure(settings.log_level)
    try:
        asyncio.run(_serve(settings))
    except SettingsError as error:
        for problem in error.problems:
            click.echo(f"settings: {problem}", err=True)
        return 2
    except OSError as error:
        click.echo(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}", err=True)
        return 2
    except Exception as error:  # noqa: BLE001 - the outermost edge: a trace could carry a secret
        log.critical("stopped by an unexpected fault", error=names_of(error), frames=frames_of(error))
        return 1
    return 0
