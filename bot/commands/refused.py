"""Settings that cannot be used, told as every command tells them."""

from __future__ import annotations

import click

from bot.settings import SettingsError


def told(error: SettingsError) -> int:
    """Name each problem on standard error.

    Returns:
        the exit code for bad settings.
    """
    for problem in error.problems:
        click.echo(f"settings: {problem}", err=True)
    return 2
