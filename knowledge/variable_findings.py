"""How a missing variable is shown, and the changes that give it a value.

The names of the pages are those of the menu; only the OIDC page has an address that is known for sure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.aws_login import TOKEN_FILE
from knowledge.casefile import CaseFile, Environment, Variable
from knowledge.finding import Disposition, Evidence, Fix, Surface, VariableEdit
from knowledge.location import InVariables, Position
from knowledge.pipelines.edit import insert_script_lines
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import file_of, quoted
from knowledge.reading import Known, Reading, Unread
from knowledge.variable_needs import Need, Purpose
from knowledge.variables import Lookup, OutOfReach, Setting, environment_of, look_up, variables_of, where
from knowledge.words import amount, code

#: Where the token is put: outside the clone, so that no artifact carries it away.
TOKEN_PATH = "$HOME/.bb-oidc.jwt"
WRITE_TOKEN = f'(umask 077 && printf \'%s\' "$BITBUCKET_STEP_OIDC_TOKEN" > "${TOKEN_FILE}")'
VERIFY = "Run the step again with `aws sts get-caller-identity` first: it prints the role."

#: Values that a person will change.
EXAMPLE_ROLE = "arn:aws:iam::123456789012:role/bitbucket-deploy"
EXAMPLE_REGION = "eu-central-1"
EXAMPLE_PATH = "/tmp/bb-oidc.jwt"  # noqa: S108


def not_found(lookup: Lookup) -> str:
    """How to say that a name is missing, honest about levels that were not read."""
    if lookup.unread:
        return "was not found in the levels that could be read"
    return "is set at no level that this step sees"


def lacking(step: PipelineStep, need: Need) -> str:
    """The headline about a value that a step needs and does not get."""
    name, whose = code(need.name), code(step.label)
    if need.lookup.beyond("unset"):
        return f"Step {whose} drops {name} before it needs it."
    if need.through is not None and need.name == need.wanted:
        return f"{name}, which step {whose} needs, is set to nothing {where(need.through)}."
    if need.lookup.winner is not None and need.lookup.empty:
        return f"{name}, which step {whose} needs, is set to nothing {where(need.lookup.winner)}."
    return f"{name}, which step {whose} needs, {not_found(need.lookup)}."


def looked_at(case: CaseFile, step: PipelineStep, name: str) -> tuple[Evidence, ...]:
    """One line for each level that was read: that it does not hold the name, or that it does, and how."""
    found: list[Evidence] = []
    levels: list[tuple[str, Reading[tuple[Variable, ...]], str | None]] = [
        ("repository", case.repository_variables, None),
        ("workspace", case.workspace_variables, None),
    ]
    mine = environment_of(case, step)
    if isinstance(mine, Known):
        levels.insert(0, ("deployment", variables_of(case, mine.value), mine.value.name))
    for level, reading, environment in levels:
        if isinstance(reading, Known):
            whose = f"variables of {code(environment)}" if environment else f"{level} variables"
            there = next((variable for variable in reading.value if variable.name == name), None)
            is_not = "is not" if there is None else "is"
            empty = ", and is empty" if there is not None and there.value == "" else ""
            sentence = f"{code(name)} {is_not} among the {whose}{empty}."
            place = InVariables(level, name, environment, reading.url)
            found.append(Evidence(sentence, place, primary=False))
    return (*found, *_environments_unread(case, mine, name))


def _environments_unread(
    case: CaseFile, mine: Reading[Environment] | None, name: str
) -> tuple[Evidence, ...]:
    """That other environments, which this step does not see, may hold the name."""
    if not isinstance(case.environments, Known) or isinstance(mine, Unread):
        return ()
    own = mine.value.uuid if isinstance(mine, Known) else None
    count = sum(
        1
        for one in case.environments.value
        if one.uuid != own and not isinstance(variables_of(case, one), Known)
    )
    if not count:
        return ()
    which = amount(count, "other environment" if own else "environment")
    sentence = (
        f"The variables of {which} were not read; {code(name)} may be there, for the steps that deploy "
        "there, as this one does not."
    )
    place = InVariables("deployment", name, None, case.environments.url)
    return (Evidence(sentence, place, primary=False),)


def is_set(setting: Setting) -> Evidence:
    """Where a variable is set."""
    sentence = f"{code(setting.name)} is set {where(setting)}."
    return Evidence(sentence, setting.location, setting.text if setting.at else setting.name, primary=False)


def nearly(lookup: Lookup) -> tuple[Evidence, ...]:
    """Names almost like the one that is missing."""
    return tuple(
        Evidence(
            f"{code(setting.name)} is set {where(setting)}, and is another name.",
            setting.location,
            setting.text if setting.at else setting.name,
            primary=False,
        )
        for setting in lookup.nearly
    )


def late(lookup: Lookup) -> tuple[Evidence, ...]:
    """Lines of the script that set the name too late, or drop it again."""
    return tuple(
        Evidence(f"It is set, but {item.why}.", item.setting.location, item.setting.text, primary=False)
        for item in lookup.beyond("too-late", "unset")
    )


def almost_set(lookup: Lookup) -> tuple[Evidence, ...]:
    """Settings that nearly do: they come too late, are dropped again, or have a name almost like it."""
    return (*late(lookup), *nearly(lookup))


def need_line(case: CaseFile, need: Need, *, primary: bool = True) -> Evidence:
    """The line that needs the value: the one that expands the name, else the one that runs its reader."""
    through = need.through
    if through is not None and through.at is not None:
        wanted, name = code(need.wanted), code(need.name)
        made = f"sets {wanted} to {name}" if need.alone else f"makes {wanted} of {name}"
        made = f"sets {wanted} to nothing" if name == wanted else made
        sentence = f"Line {through.at.line} {made}."
        return quoted(case, through.at, sentence, primary=primary)
    sentence = f"Line {need.at.line} runs {code(need.reader)}, which needs {code(need.name)}."
    return quoted(case, need.at, sentence, primary=primary)


def add_variable(
    name: str,
    value: str = EXAMPLE_ROLE,
    *,
    environment: str | None = None,
    what: str = "the role's ARN",
    verify: str = VERIFY,
) -> Fix:
    """Add the variable in the repository's settings, or in those of one environment."""
    if environment is None:
        page = "Repository settings > Pipelines > Repository variables"
        steps = (f"{page}: add {code(name)} with {what}.",)
    else:
        page = "Repository settings > Pipelines > Deployments"
        steps = (f"{page}: open {code(environment)} and add {code(name)} with {what}.",)
    level = "repository" if environment is None else "deployment"
    return Fix(
        title=f"Add {code(name)} to the {level} variables",
        surface=Surface.VARIABLES,
        variables=(VariableEdit(level, name, value, environment),),
        steps=steps,
        verify=verify,
    )


def add_needed(need: Need, *, environment: str | None = None) -> Fix:
    """Add the variable that is needed, with what belongs into it."""
    match need.purpose:
        case Purpose.REGION:
            value, what = EXAMPLE_REGION, "your region"
        case Purpose.TOKEN_FILE:
            value, what = EXAMPLE_PATH, "the path of the token's file"
        case Purpose.ROLE | Purpose.PIPE_ROLE | Purpose.VALUE:
            value, what = EXAMPLE_ROLE, "the role's ARN"
    if need.value is not None:
        value, what = need.value.example, need.value.what
    winner = need.lookup.winner
    if winner is not None and winner.empty and environment is None:
        return _filled(need, winner, what)
    if need.alone:
        return add_variable(need.name, value, environment=environment, what=what, verify=verify_of(need))
    part = what.replace("the ", "the part of the ", 1)
    return replace(
        add_variable(need.name, environment=environment, what=f"{part} that it stands for"), variables=()
    )


def _filled(need: Need, winner: Setting, what: str) -> Fix:
    """The variable is there, and empty: another one at a weaker level would change nothing."""
    name, place = code(need.name), where(winner)
    return Fix(
        title=f"Give {name} its value {place}",
        surface=Surface.PIPELINE_FILE if winner.at else Surface.VARIABLES,
        steps=(f"{name} is empty {place}: put {what} in, or delete it there and set it elsewhere.",),
        verify=verify_of(need),
    )


def verify_of(need: Need) -> str:
    """How to see that the value is there now."""
    return need.value.verify if need.value is not None else VERIFY


def set_for(need: Need, there: Iterable[OutOfReach]) -> tuple[Evidence, ...]:
    """The environments for which the name is set, one line each."""
    return tuple(
        Evidence(
            f"{code(need.name)} is set for {code(item.setting.environment)}.",
            item.setting.location,
            need.name,
            primary=False,
        )
        for item in there
    )


def insert_lines(
    case: CaseFile,
    step: PipelineStep,
    lines: Iterable[str],
    before: Position | None,
    title: str,
    verify: str = VERIFY,
) -> Fix | None:
    """New lines in the step's script; None when the file's form, or the step's shell, does not allow it."""
    file = file_of(case) if not step.windows else None
    after = insert_script_lines(file, step, list(lines), before) if file else None
    if after is None:
        return None
    return Fix(
        title=title,
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE,
        file_after=after,
        verify=verify,
    )


def token_file_lines(case: CaseFile, step: PipelineStep, before: Position) -> list[str]:
    """The lines that give the SDK its token file: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html."""
    lines = []
    if look_up(case, step, TOKEN_FILE, before).lacks:
        lines.append(f'export {TOKEN_FILE}="{TOKEN_PATH}"')
    return [*lines, WRITE_TOKEN]
