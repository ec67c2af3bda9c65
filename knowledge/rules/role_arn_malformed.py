"""What the step takes for its role is not the ARN of a role.

https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, VariableEdit, Verdict
from knowledge.location import InFile, InPaste, InStep, InVariables, Position
from knowledge.pipelines.edit import replace_span
from knowledge.quoting import file_of, quoted, step_for
from knowledge.role_arns import fault_of, is_placeholder, repaired, shown
from knowledge.roles import RoleChoice, role_choices
from knowledge.rules.rule import ByCommands, Rule
from knowledge.symptoms.model import Family
from knowledge.text_evidence import first_of, in_text
from knowledge.words import code

_CAUSE = "role-arn-malformed"
_VERIFY = "Run the step again with `aws sts get-caller-identity` first: it prints the role."
#: With these STS took the ARN for one.
_ACCEPTED = frozenset(
    {
        Family.ROLE_REFUSED,
        Family.PROVIDER_REFUSED,
        Family.AUDIENCE_REFUSED,
        Family.TOKEN_EXPIRED,
        Family.AFTER_ASSUME,
        Family.SESSION_EXPIRED,
    }
)


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if case.families & _ACCEPTED:
        return
    said = Family.ROLE_ARN_MALFORMED in case.families
    found = right = False
    for choice in _choices(case, suspect):
        fault = fault_of(choice.arn or "")
        if fault is None:
            right = True
            continue
        found = True
        if not case.families and is_placeholder(choice.arn or ""):
            # An example or a template: nobody says that it failed.
            continue
        proven = said or not case.families
        yield _finding(case, suspect, choice, fault, Verdict.CONFIRMED if proven else Verdict.LIKELY)
        break
    if said and not found:
        yield from _said(case, suspect, contradicted=right)


def _choices(case: CaseFile, suspect: Suspect | None) -> Iterator[RoleChoice]:
    """Values of the file and the variables that the step takes for its role."""
    if suspect is None:
        return
    for choice in role_choices(case, suspect.step):
        if choice.arn and not isinstance(choice.location, InPaste):
            yield choice


def _said(case: CaseFile, suspect: Suspect | None, *, contradicted: bool) -> Iterator[Finding]:
    """The text alone: it quotes the value, or only says that it is none."""
    symptom = first_of(case, Family.ROLE_ARN_MALFORMED)
    if symptom is None:
        return
    value = symptom.fields.get("role_arn")
    fault = fault_of(value) if value else None
    # The text shows the value already.
    what = f" {code(value)}" if value and fault else " something"
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if fault else Verdict.POSSIBLE if contradicted else Verdict.LIKELY,
        headline=f"AWS was given{what} as role, and that is no role's ARN.",
        meaning=fault
        or "AWS does not show the value; it may hold quotes, a blank, a placeholder or another kind of ARN.",
        step=step_for(suspect, of_the_step=True),
        evidence=(in_text(case, symptom, "AWS says so itself."),),
        fixes=(_retype("AWS_ROLE_ARN"),),
    )


def _retype(variable: str) -> Fix:
    return Fix(
        title=f"Enter {code(variable)} again",
        surface=Surface.VARIABLES,
        steps=(
            "IAM > Roles: open the role and copy its ARN.",
            f"Repository settings > Pipelines > Repository variables: set {code(variable)} to it, as it is.",
        ),
        verify=_VERIFY,
    )


def _finding(
    case: CaseFile, suspect: Suspect | None, choice: RoleChoice, fault: str, verdict: Verdict
) -> Finding:
    where, text = suspect.step.label if suspect else "", shown(choice.arn or "")
    said = f": {code(text)}" if text else ""
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"What step {code(where)} takes for its role is not the ARN of a role{said}.",
        meaning=fault,
        step=step_for(suspect, of_the_step=True),
        evidence=(_evidence(case, choice),),
        fixes=tuple(_fixes(case, choice)),
    )


def _evidence(case: CaseFile, choice: RoleChoice) -> Evidence:
    """The place that gives the role, in the source's own words; what the shell makes of it is said beside."""
    said, text = f"This is taken for the role, because {choice.reason}", shown(choice.arn or "")
    if not isinstance(choice.location, InFile | InStep):
        return Evidence(f"{said}.", choice.location, text or choice.variable or "")
    column = choice.location.column if isinstance(choice.location, InFile) else 1
    line = quoted(case, Position(choice.location.line, column), f"{said}.")
    made = text and text not in line.excerpt
    return replace(line, sentence=f"{said}; the shell makes {code(text)} of it.") if made else line


def _fixes(case: CaseFile, choice: RoleChoice) -> Iterator[Fix]:
    better, place, file = repaired(choice.arn or ""), choice.location, file_of(case)
    if better is not None and isinstance(place, InFile) and file is not None and choice.arn:
        after = replace_span(file, Position(place.line, place.column), choice.written, better)
        if after is not None:
            yield Fix(
                title=f"Write the ARN as {code(better)}",
                surface=Surface.PIPELINE_FILE,
                file_after=after,
                verify=_VERIFY,
            )
    if better is not None and isinstance(place, InVariables) and place.level in ("repository", "workspace"):
        yield Fix(
            title=f"Set {code(place.name)} to {code(better)}",
            surface=Surface.VARIABLES,
            variables=(VariableEdit(place.level, place.name, better),),
            steps=(f"Open the {place.level} variables and enter {code(place.name)} again.",),
            verify=_VERIFY,
        )
    yield _retype(choice.variable or "AWS_ROLE_ARN")


RULE = Rule(cause=_CAUSE, check=check, without_step=True, by_commands=ByCommands.SHOWN)
