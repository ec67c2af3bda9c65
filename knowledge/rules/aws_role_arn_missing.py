"""The role's ARN is set nowhere that the step can see.

Text without it: `has no role ARN configured`, `role ARN is not set`. Where a more special cause explains
the lack (another environment, another step, a slip in the line) that one speaks instead.
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.aws_login import ROLE, Style, login_of, uses_oidc
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import step_ref
from knowledge.role_fixes import role_fixes
from knowledge.rules.rule import ByCommands, Rule
from knowledge.symptoms.model import Family
from knowledge.variable_findings import VERIFY, almost_set, lacking, looked_at, need_line
from knowledge.variable_needs import Need, Purpose, misnamed_in_pipe, needs, slip_for, verdict_for
from knowledge.variables import Setting, expand, look_up, where
from knowledge.words import code

_CAUSE = "aws-role-arn-missing"
_TYPICAL = frozenset({Family.ROLE_ARN_MISSING, Family.NO_CREDENTIALS})


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    lacking = needs(case, step)
    if misnamed_in_pipe(case, step):
        lacking = tuple(need for need in lacking if need.purpose is not Purpose.PIPE_ROLE)
    roles = [need for need in lacking if need.purpose is not Purpose.TOKEN_FILE]
    for need in roles:
        if not need.explained and slip_for(step, need.name) is None:
            yield from _missing(case, step, need, no_token_file=len(lacking) > len(roles))
    if not roles:
        yield from _there(case, step)


def _missing(case: CaseFile, step: PipelineStep, need: Need, *, no_token_file: bool) -> Iterable[Finding]:
    verdict = verdict_for(case, need)
    if verdict is None:
        return
    if no_token_file and verdict is Verdict.CONFIRMED and Family.NO_CREDENTIALS in case.families:
        # Without a token file the SDK does not even ask for the role, so the text shows the other lack.
        verdict = Verdict.LIKELY
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=lacking(step, need),
        meaning=_meaning(need),
        step=step_ref(step),
        evidence=(
            need_line(case, need),
            *almost_set(need.lookup),
            *looked_at(case, step, need.name),
        ),
        fixes=role_fixes(case, step, need),
    )


def _meaning(need: Need) -> str:
    if need.purpose is Purpose.PIPE_ROLE:
        return "Without `AWS_OIDC_ROLE_ARN` the pipe does not use the step's token and asks for a key pair."
    if need.through is not None and need.name != need.wanted:
        left = "is empty" if need.alone else "has a hole in it"
        return f"The shell puts nothing in its place, so {code(need.wanted)} {left}."
    return "The token alone does not say which role is meant; without a role nothing is assumed."


def _there(case: CaseFile, step: PipelineStep) -> Iterable[Finding]:
    """Read, and not so, or left to whoever starts the run: only where the text made one ask."""
    login = login_of(case, step)
    if login is None or login.style is not Style.TOKEN_FILE or not uses_oidc(case, step):
        return
    winner = look_up(case, step, ROLE, login.at).winner
    if winner is None or not case.families & _TYPICAL:
        return
    expands = winner.at is not None and not winner.literal
    made_of = expand(case, step, winner.written or "", winner.at).settings if expands else ()
    asked = next((setting for setting in (winner, *made_of) if setting.asked), None)
    if asked is not None:
        yield _asked(step, asked)
    elif winner.sure:
        yield Finding(
            cause=_CAUSE,
            verdict=Verdict.RULED_OUT,
            headline=f"{code(ROLE)} is set for step {code(step.label)} {where(winner)}.",
            step=step_ref(step),
        )


def _asked(step: PipelineStep, setting: Setting) -> Finding:
    name = code(setting.name)
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.POSSIBLE,
        headline=f"{name} is asked for when the pipeline is started, and may have been left without a value.",
        meaning="The file declares no `default` for it, and what this run was started with was not seen.",
        step=step_ref(step),
        evidence=(Evidence("The pipeline asks for it here.", setting.location, setting.text),),
        fixes=(
            Fix(
                title=f"Start the pipeline with a value for {name}",
                surface=Surface.RUN,
                steps=(
                    f"Run the pipeline again and enter the role's ARN for {name}.",
                    f"Where nobody can enter it (a schedule), give {name} a `default` in the file.",
                ),
                verify=VERIFY,
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, by_commands=ByCommands.LACKING)
