"""`python -m bot try`: the real bot between stand-ins, on a local page or once on the terminal."""

from __future__ import annotations

import asyncio
import signal
import socket
import webbrowser
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from bot.logs import configure
from bot.offline_files import InputProblem, called, read_text
from bot.playground.channel import NotPossibleError
from bot.playground.slack_state import BOT_USER, CHANNEL
from bot.playground.terminal import as_lines

#: A reply is there within 15 seconds whatever hangs, and nothing hangs here.
_REPLY_SECONDS = 20.0
_LONGEST_PASTE = 200_000

_STAND_INS = (
    "Slack, Bitbucket and AWS are stand-ins on this computer, and so are Azure and Google Cloud; the "
    "workspace acme is invented."
)


@click.command("try")
@click.option(
    "--once", "source", metavar="FILE", help="Post this file (- for standard input), print the thread."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of the page (default: a free one)."
)
@click.option("--no-browser", is_flag=True, help="Only print the page's address.")
def command(source: str | None, port: int, no_browser: bool) -> int:
    """Try the bot without credentials: a page that looks like a channel, or one paste on the terminal."""
    # The terminal belongs to the reply and the address; only what breaks is worth a line there.
    configure("CRITICAL")
    if source is not None:
        return asyncio.run(_once(_paste(source)))
    try:
        # Asked before the bot is started, which takes longer than this answer should.
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        raise click.ClickException(f"port {port} of 127.0.0.1 cannot be had; give another --port") from None
    try:
        return asyncio.run(_page(port, not no_browser))
    except OSError as error:
        raise click.ClickException(f"the playground cannot start: {error.strerror}") from None


def _paste(source: str) -> str:
    """The text to post.

    Raises:
        InputProblem: there is no such text; the message says what to do.
    """
    text, name = read_text(source), called(source)
    if "\0" in text:
        raise InputProblem(f"{name} is not text; give the error as plain text")
    if not text.strip():
        raise InputProblem(f"{name} is empty; give the error that the step printed")
    if len(text) > _LONGEST_PASTE:
        raise InputProblem(f"{name} is too long; give the error that the step printed")
    return text.strip()


# -- the page -----------------------------------------------------------------------------------------


async def _page(port: int, browse: bool) -> int:
    from bot.playground.server import Page
    from bot.playground.stage import stage

    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with stage() as set_up:
        page = Page(set_up.slack, set_up.world)
        address = await page.start(port)
        try:
            click.echo(f"Rolecall's playground is at {address}")
            click.echo(f"{_STAND_INS} Ctrl-C ends it.")
            if browse:
                await asyncio.to_thread(webbrowser.open, address)
            await stop.wait()
        finally:
            await page.stop()
    return 0


# -- once ---------------------------------------------------------------------------------------------


async def _once(text: str) -> int:
    # The whole bot is imported only once there is something to post.
    from bot.playground.stage import stage

    console = Console(highlight=False, soft_wrap=True)
    async with stage() as set_up:
        try:
            ts = await set_up.slack.post(text)
        except NotPossibleError as error:
            raise click.ClickException(str(error)) from None
        # What is acknowledged and not written down, the bot leaves alone.
        accepted = await set_up.bot.jobs.known(f"{set_up.slack.team}-{CHANNEL}-{ts}")
        if accepted:
            try:
                await set_up.slack.answered(ts, seconds=_REPLY_SECONDS)
            except TimeoutError:
                message = f"there was no complete reply within {_REPLY_SECONDS:.0f} seconds"
                raise click.ClickException(message) from None
        shown = [message.as_shown() for message in set_up.slack.workspace.thread(CHANNEL, ts)]
    _print(console, shown)
    if not accepted:
        console.print("The bot stays silent: it recognised no OIDC failure in this text.")
    console.print(Text(_STAND_INS, style="dim"))
    return 0


def _print(console: Console, messages: list[dict[str, Any]]) -> None:
    for message in messages:
        bot = message["user"] == BOT_USER
        console.print(Text("Rolecall" if bot else "You", style="bold green" if bot else "bold"))
        for line in as_lines(message):
            console.print(_coloured(line) if bot else Text(f"  {line}", style="dim"))
        console.print()


def _coloured(line: str) -> Text:
    """A line of the reply; those of a diff in their colours."""
    change = line[4:5] if line.startswith("    ") else ""
    return Text(f"  {line}", style={"+": "green", "-": "red"}.get(change, ""))
