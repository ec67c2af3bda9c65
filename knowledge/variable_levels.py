"""The levels at which a variable can be set, and what each of them holds for one step.

Scopes and their order: https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
"""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.casefile import CaseFile, Environment, Variable
from knowledge.location import InVariables
from knowledge.once import once_per_case
from knowledge.pipelines.listing import is_listed
from knowledge.pipelines.model import OidcState, PipelineStep
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import file_of
from knowledge.reading import Absent, Known, Reading, Unread
from knowledge.run_values import of_run
from knowledge.variable_types import Level, Setting

#: What a shell itself has.
_SHELL = frozenset(
    {"HOME", "PATH", "PWD", "OLDPWD", "SHELL", "HOSTNAME", "USER", "IFS", "RANDOM", "SECONDS", "UID"}
)
#: What Bitbucket gives every step.
_DEFAULTS = frozenset(
    {
        "CI",
        "BITBUCKET_BUILD_NUMBER",
        "BITBUCKET_CLONE_DIR",
        "BITBUCKET_COMMIT",
        "BITBUCKET_EXIT_CODE",
        "BITBUCKET_GIT_HTTP_ORIGIN",
        "BITBUCKET_GIT_SSH_ORIGIN",
        "BITBUCKET_PIPELINES_VARIABLES_PATH",
        "BITBUCKET_PIPELINE_UUID",
        "BITBUCKET_PROJECT_KEY",
        "BITBUCKET_PROJECT_UUID",
        "BITBUCKET_REPO_FULL_NAME",
        "BITBUCKET_REPO_IS_PRIVATE",
        "BITBUCKET_REPO_OWNER",
        "BITBUCKET_REPO_OWNER_UUID",
        "BITBUCKET_REPO_SLUG",
        "BITBUCKET_REPO_UUID",
        "BITBUCKET_SSH_KEY_FILE",
        "BITBUCKET_STEP_RUN_NUMBER",
        "BITBUCKET_STEP_TRIGGERER_UUID",
        "BITBUCKET_STEP_UUID",
        "BITBUCKET_WORKSPACE",
        # These are there in some runs only: a tag has no branch, a push no pull request.
        "BITBUCKET_BOOKMARK",
        "BITBUCKET_BRANCH",
        "BITBUCKET_DEPLOYMENT_ENVIRONMENT",
        "BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID",
        "BITBUCKET_PARALLEL_STEP",
        "BITBUCKET_PARALLEL_STEP_COUNT",
        "BITBUCKET_PR_DESTINATION_BRANCH",
        "BITBUCKET_PR_ID",
        "BITBUCKET_TAG",
        "BITBUCKET_TRIGGER_DEPLOYMENT_STATUS",
        "BITBUCKET_TRIGGER_PIPELINE_STATUS",
    }
)


def environment_of(case: CaseFile, step: PipelineStep) -> Reading[Environment] | None:
    """The environment that the step (or its stage) deploys to; None when it deploys to none.

    The name of the file is compared with the environments' names and slugs without regard to case.
    `Absent` says that no environment has that name.
    """
    if is_listed(step):
        if isinstance(case.environments, Known) and not case.environments.value:
            return None
        return Unread(
            "the step's environment", "the file that names it was not read", "look there which one it names"
        )
    if step.deployment is None or step.deployment.tag in ("map", "list", "null"):
        return None
    wanted = step.deployment.text.strip()
    if "$" in wanted:
        return Unread(
            "the step's environment", "its name is made of a variable", "write its name into the file"
        )
    environments = case.environments
    if not isinstance(environments, Known):
        return environments
    for environment in environments.value:
        if wanted.casefold() in (environment.name.casefold(), environment.slug.casefold()):
            return Known(environment, environments.source, environments.url)
    return Absent(environments.source, environments.url)


def may_be_set_elsewhere(case: CaseFile) -> bool:
    """Whether a step that is known by its commands alone may see what no level has: by an environment or a
    custom pipeline's `variables`, which its file would name, or by a step before it."""
    alone = case.listing is None or case.listing.suspect.step.index == 0
    if isinstance(case.run, Known) and (case.run.value.selector_type or "").lower() == "custom":
        return True
    return not alone or not isinstance(case.environments, Known) or bool(case.environments.value)


def variables_of(case: CaseFile, environment: Environment) -> Reading[tuple[Variable, ...]]:
    """The variables of one environment."""
    reading = case.environment_variables.get(environment.uuid)
    if reading is not None:
        return reading
    return Unread(
        f"variables of the environment {environment.name}",
        "they were not read",
        "ask again, or give them with --variables FILE under `deployments`",
    )


def stored(
    level: Level,
    reading: Reading[tuple[Variable, ...]] | None,
    name: str,
    environment: str | None = None,
) -> Iterator[Setting]:
    """The settings of `name` among the variables kept by Bitbucket at one level."""
    if not isinstance(reading, Known):
        return
    for variable in reading.value:
        if variable.name == name:
            place = InVariables(level.value, name, environment, reading.url)
            value = None if variable.secured else variable.value
            yield Setting(name, level, value, variable.secured, environment, place, name, written=value)


def of_deployment(case: CaseFile, step: PipelineStep, name: str) -> tuple[list[Setting], list[Unread]]:
    """What the step's own environment sets, and what of it could not be read."""
    environment = environment_of(case, step)
    if isinstance(environment, Unread):
        return [], [environment]
    if not isinstance(environment, Known):
        return [], []
    reading = variables_of(case, environment.value)
    found = list(stored(Level.DEPLOYMENT, reading, name, environment.value.name))
    return found, [reading] if isinstance(reading, Unread) else []


@once_per_case
def earlier_steps(case: CaseFile, step: PipelineStep) -> list[PipelineStep]:
    """The steps that stand before this one in its pipeline."""
    file = file_of(case)
    return [
        other
        for other in (file.steps if file else ())
        if other.pipeline == step.pipeline and other.index < step.index
    ]


def of_defaults(case: CaseFile, step: PipelineStep, name: str) -> list[Setting]:
    """What every step is given: https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/."""
    there = _may_have_token(case, step) if name == TOKEN else name in _DEFAULTS or name in _SHELL
    if not there:
        return []
    place = InVariables(Level.DEFAULT.value, name)
    value = _default_value(case, name)
    return [Setting(name, Level.DEFAULT, value, secured=False, environment=None, location=place, text=name)]


def _may_have_token(case: CaseFile, step: PipelineStep) -> bool:
    """Whether the step's own switch, or that of `options`, may give it a token."""
    file = file_of(case)
    off = (OidcState.OFF, OidcState.ABSENT)
    for_all = file is not None and (file.options_may_switch_on or file.options_oidc.state not in off)
    if step.oidc.state is OidcState.ABSENT:
        return for_all
    return step.oidc.state is not OidcState.OFF


def _default_value(case: CaseFile, name: str) -> str | None:
    if not isinstance(case.repository, Known):
        return None
    home = case.repository.value
    return {
        "BITBUCKET_WORKSPACE": home.workspace_slug,
        "BITBUCKET_REPO_SLUG": home.slug,
        "BITBUCKET_REPO_UUID": home.uuid,
        "BITBUCKET_REPO_FULL_NAME": home.full_name,
    }.get(name)


def unread_levels(case: CaseFile) -> list[tuple[Level, Unread]]:
    """The stored levels, the deployment left out, that could not be read."""
    pairs: tuple[tuple[Level, Reading[tuple[Variable, ...]]], ...] = (
        (Level.REPOSITORY, case.repository_variables),
        (Level.WORKSPACE, case.workspace_variables),
    )
    return [(level, reading) for level, reading in pairs if isinstance(reading, Unread)]


def stored_for(
    case: CaseFile, step: PipelineStep, name: str
) -> tuple[list[Setting], list[tuple[Level, Unread]]]:
    """What is set outside the script and reaches the step, strongest first, and the levels not read."""
    deployment, closed = of_deployment(case, step, name)
    settings = [
        *of_run(case, step, name),
        *deployment,
        *stored(Level.REPOSITORY, case.repository_variables, name),
        *stored(Level.WORKSPACE, case.workspace_variables, name),
        *of_defaults(case, step, name),
    ]
    return settings, [*((Level.DEPLOYMENT, why) for why in closed), *unread_levels(case)]
