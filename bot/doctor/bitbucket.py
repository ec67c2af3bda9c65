"""Bitbucket: that the token is taken, and that it reads every kind of thing a diagnosis reads.

Of a workspace that is listed as a whole, one repository stands for all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from bot.clients.bitbucket import BitbucketClient, BitbucketLook
from bot.credentials import bitbucket_credentials
from bot.doctor.report import Check, note, ok, problem, refused
from bot.errors import SourceError, SourceNotFound
from bot.metrics import Metrics
from bot.ports import RepositoryName
from bot.settings import Settings
from knowledge.words import code, listed

_AREA = "bitbucket"


async def examine(settings: Settings) -> list[Check]:
    """Read, of each listed name, the repository, its newest runs, its variables and its environments."""
    client = BitbucketClient(settings.bitbucket_api_url, bitbucket_credentials(settings), Metrics())
    try:
        groups = await asyncio.gather(*(_name(client.look(), name) for name in settings.workspaces))
    finally:
        await client.close()
    return [check for group in groups for check in group] + _writing(settings)


async def _name(look: BitbucketLook, listed_name: str) -> list[Check]:
    workspace, _, slug = listed_name.partition("/")
    if slug:
        repository = RepositoryName(workspace, slug)
    else:
        try:
            found = await look.some_repository(workspace)
        except SourceNotFound:
            return [_hidden(f"the workspace {code(workspace)}")]
        except SourceError as error:
            return [refused(_AREA, f"the workspace {code(workspace)}", error)]
        if found is None:
            return [
                problem(
                    _AREA,
                    f"the workspace {code(workspace)} shows the bot's token no repository",
                    "give the token access to repositories of the workspace",
                )
            ]
        repository = found
    return await _readings(look, repository)


async def _readings(look: BitbucketLook, repository: RepositoryName) -> list[Check]:
    name = code(str(repository))
    try:
        await look.repository(repository)
    except SourceNotFound:
        return [_hidden(f"the repository {name}")]
    except SourceError as error:
        return [refused(_AREA, f"the repository {name}", error)]
    parts = {
        "pipeline runs": look.newest_runs(repository),
        "repository variables": look.repository_variables(repository),
        "deployment environments": look.environments(repository),
        "workspace variables": look.workspace_variables(repository.workspace),
    }
    outcomes = dict(zip(parts, await asyncio.gather(*map(_outcome, parts.values())), strict=True))
    fine = [what for what, error in outcomes.items() if error is None]
    checks = [ok(_AREA, f"of {name} the bot reads the repository{_and(fine)}")]
    for what, missing in outcomes.items():
        if missing is None:
            continue
        if what == "workspace variables":
            # A token of one repository may well not see them; a diagnosis then says so and goes on.
            sentence = f"the {what} of {name} cannot be read: {missing.reason}"
            checks.append(note(_AREA, sentence, missing.remedy))
        else:
            checks.append(refused(_AREA, f"the {what} of {name}", missing))
    return checks


def _and(fine: list[str]) -> str:
    return f", and its {listed(fine)}" if fine else ""


def _hidden(what: str) -> Check:
    return problem(
        _AREA,
        f"{what} does not exist, or the bot's token may not see it",
        "correct `BITBUCKET_WORKSPACES`, or give the token access",
    )


async def _outcome(reading: Awaitable[object]) -> SourceError | None:
    try:
        await reading
    except SourceError as error:
        return error
    return None


def _writing(settings: Settings) -> list[Check]:
    if settings.write_token is None:
        return [ok(_AREA, "nothing can be written: there is no `BITBUCKET_WRITE_TOKEN`")]
    return [note(_AREA, "`BITBUCKET_WRITE_TOKEN` is set; it is not tried, since trying it would write")]
