"""Google Cloud: whether a token is to be had, and which permissions it has in each listed project.

A permission is tried on a name that does not exist: IAM answers 404 to whoever may ask, and 403 to whoever
may not:
https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/get
"""

from __future__ import annotations

import asyncio

from bot.clients.google import GoogleClient
from bot.doctor.report import Check, State, note, ok, refusal_of, refused
from bot.errors import SourceError
from bot.metrics import Metrics
from bot.settings import Settings
from knowledge.gcp_setup import ProviderPath

_AREA = "google"
_NOBODY = "rolecall-doctor"


async def examine(settings: Settings) -> list[Check]:
    """Try the reads of a diagnosis in each listed project; nothing where none is listed."""
    if settings.clouds.google is None:
        return []
    client = GoogleClient(settings.clouds.google, Metrics())
    try:
        try:
            await client.token()
        except SourceError as error:
            return [refused(_AREA, "Google Cloud", error)]
        projects = settings.clouds.google.projects
        groups = await asyncio.gather(*(_project(client, project) for project in projects))
        return [
            ok(_AREA, "Google gives the bot a token"),
            *(check for group in groups for check in group),
            *_halves(projects),
        ]
    finally:
        await client.close()


async def _project(client: GoogleClient, project: str) -> list[Check]:
    checks: list[Check] = []
    provider = await refusal_of(client.provider(ProviderPath(project, _NOBODY, _NOBODY)))
    if provider is not None:
        checks.append(refused(_AREA, f"the workload identity pools of the project {project}", provider))
    what = "workload identity pools"
    if not project.isdigit():
        # A service account's address holds its project's id; only that of Compute Engine's own the number.
        what += " and service accounts"
        policy = await refusal_of(client.policy(_address(project)))
        state = await refusal_of(client.disabled(_address(project)))
        if policy is not None and (provider is None or provider.reason != policy.reason):
            checks.append(refused(_AREA, f"the service accounts of the project {project}", policy))
        if state is not None and policy is None:
            said = f"whether a service account is there, and enabled, is not read: {state.reason}"
            checks.append(note(_AREA, said, f"optional: {state.remedy}"))
    if not any(check.state is State.PROBLEM for check in checks):
        checks.append(ok(_AREA, f"in the project {project} the bot reads {what}"))
    return checks


def _address(project: str) -> str:
    domain, _, name = project.rpartition(":")
    home = f"{name}.{domain}" if domain else name
    return f"{_NOBODY}@{home}.iam.gserviceaccount.com"


def _halves(projects: tuple[str, ...]) -> list[Check]:
    """Providers are named by a project's number, service accounts by its id."""
    numbers = sum(project.isdigit() for project in projects)
    if 0 < numbers < len(projects):
        return []
    lacking, what = ("ids", "service accounts") if numbers else ("numbers", "providers")
    return [
        note(
            _AREA,
            f"`GOOGLE_READ_PROJECTS` lists no project by its {lacking[:-1]}, so no {what} are read",
            f"list the projects' {lacking} too: a provider's name holds the project's number, a service "
            "account's address its id",
        )
    ]
