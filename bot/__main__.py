"""`python -m bot`: one word, one module of `bot.commands`, loaded only when that word is used."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
from typing import Any


def _end(_number: int, _frame: Any) -> None:
    """Told to stop before anything was taken on: there is nothing to finish."""
    os._exit(0)


if sys.argv[1:2] == ["serve"]:
    # Before what takes long to load; `serve` itself takes over once its loop runs.
    signal.signal(signal.SIGTERM, _end)
    # By these DBOS would use another database, another server and another place for traces than those that
    # it is handed, and it reads them as it is loaded.
    for name in [name for name in os.environ if name.startswith("DBOS_")]:
        del os.environ[name]

import click  # noqa: E402 - see above

COMMANDS = {
    "serve": ("bot.commands.serve", "Run the bot (settings come from the environment)."),
    "try": ("bot.commands.try_it", "Try it on a local page, or once on the terminal, without credentials."),
    "explain": ("bot.commands.explain", "Diagnose from files, offline."),
    "check": ("bot.commands.check", "Say what is wrong in pipeline files."),
    "trust": ("bot.commands.trust", "Evaluate a role's trust policy for a token's claims."),
    "recognise": ("bot.commands.recognise", "Say what a text shows."),
    "forget": ("bot.commands.forget", "Remove what is kept of a person or of a channel."),
    "doctor": ("bot.commands.doctor", "Check settings, tokens, scopes, channels, permissions."),
}


class _Late(click.Group):
    """A group that imports a command's module when it is called, so that the offline ones start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command if isinstance(command, click.Command) else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            raise click.UsageError(f"name a command: {', '.join(COMMANDS)}")
        if not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(f"there is no command {args[0][:40]!r}; there are {', '.join(COMMANDS)}")
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


@click.group(cls=_Late, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Why a Bitbucket pipeline could not log in to its cloud by OIDC, and the change that mends it."""


NEW_OBJECTS = 20_000
"""So many lie between two looks for garbage. Hardly anything here is garbage in a circle, and looking for it
every 700 new objects costs a tenth of the time in which a pipeline file is read."""


def run(arguments: list[str] | None = None) -> int:
    """Run a command.

    Returns:
        its exit code: 0 nothing wrong found, 1 findings, 2 bad input or settings.
    """
    gc.set_threshold(NEW_OBJECTS)
    try:
        result = main.main(args=arguments, prog_name="python -m bot", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        # It may name what a file holds: a step, a key, an issuer.
        from knowledge.redact import redact

        click.echo(f"Error: {redact(' '.join(error.format_message().split())).text}", err=True)
        return 2
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:  # noqa: BLE001 - the outermost edge: a trace could carry what was pasted
        click.echo(f"Error: an unexpected fault ({type(error).__name__} in {_place(error)})", err=True)
        return 2
    return result if isinstance(result, int) else 0


def _reader_left() -> int:
    """Whoever read our output has enough of it (`| head`): nothing is wrong, and nothing more is written."""
    # The interpreter flushes once more at its end, and would complain then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141


def _place(error: BaseException) -> str:
    """File and line of the fault, without any value."""
    import traceback
    from pathlib import PurePath

    frames = traceback.extract_tb(error.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"


if __name__ == "__main__":
    sys.exit(run())
