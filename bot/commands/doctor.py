"""`python -m bot doctor`: whether everything the bot needs is there, and what to do where it is not."""

from __future__ import annotations

import asyncio
import os

import click

from bot import proxies
from bot.doctor.examination import examine
from bot.doctor.report import Check, State, problem, problems
from bot.logs import silenced
from bot.offline_files import print_json, printable
from bot.settings import Settings, SettingsError

_MARKS = {State.OK: ("ok", "green"), State.NOTE: ("note", "yellow"), State.PROBLEM: ("PROBLEM", "red")}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(*, as_json: bool) -> int:
    """Check settings, tokens, scopes, channels, permissions and the database, and say what to do.

    Only reads. Exit code 0 when nothing is wrong, 1 when something is, 2 when the settings cannot be used.
    """
    try:
        settings = Settings.load(os.environ)
    except SettingsError as error:
        checks = [problem("settings", text, "correct it and ask again") for text in error.problems]
        _show(checks, as_json=as_json)
        return 2
    proxies.use_none()
    # What libraries have to say is said by the checks; their own words may hold answers of services.
    with silenced():
        checks = asyncio.run(examine(settings))
    _show(checks, as_json=as_json)
    return 1 if problems(checks) else 0


def _show(checks: list[Check], *, as_json: bool) -> None:
    if as_json:
        print_json({"problems": problems(checks), "checks": [check.as_json() for check in checks]})
        return
    for check in checks:
        mark, colour = _MARKS[check.state]
        label = click.style(f"{mark:<8}", fg=colour, bold=check.state is State.PROBLEM)
        # Settings that cannot be used are told where every command tells them.
        to_error = check.area == "settings" and check.state is State.PROBLEM
        click.echo(f"{label}{check.area + ':':<11}{printable(check.sentence)}", err=to_error)
        if check.remedy is not None and not to_error:
            click.echo(f"{'':<8}{'':<11}-> {printable(check.remedy)}")
    count = problems(checks)
    if checks and checks[0].area == "settings" and checks[0].state is State.PROBLEM:
        return
    click.echo("\nNothing is wrong." if not count else f"\n{_counted(count)} to solve.")


def _counted(count: int) -> str:
    return "One problem" if count == 1 else f"{count} problems"
