"""The session that AWS gave for the token ended before the step had done its work.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.quoting import quoted, step_for, step_words
from knowledge.roles import ROLE_ARN
from knowledge.rules.rule import Rule
from knowledge.session_arguments import LONGEST, Asked, asked, role_asked_for
from knowledge.symptoms.model import Family, Symptom
from knowledge.text_evidence import first_of, in_text
from knowledge.variable_types import Level, Setting
from knowledge.variables import look_up, where
from knowledge.words import code

_CAUSE = "session-expired"
_REGISTRY = "aws-ecr-login-expired"
_TOKEN = "AWS_SESSION_TOKEN"
_VERIFY = "Run the step again: the command that failed succeeds."


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.SESSION_EXPIRED)
    if symptom is None or symptom.provider != "aws":
        return
    stored = _stored(case, suspect)
    if symptom.id == _REGISTRY:
        yield _finding(
            case,
            suspect,
            symptom,
            "The login to the container registry had ended when {step} used it.",
            "The password that `aws ecr get-login-password` prints is good for some hours only.",
            _registry(),
        )
    elif stored is not None:
        yield _finding(
            case,
            suspect,
            symptom,
            f"The session whose keys the step uses had ended; {code(_TOKEN)} is set {where(stored)}.",
            "Such keys are good for some hours, so a stored set of them works on one day and never again.",
            _unstored(stored),
            Evidence(f"{code(_TOKEN)} is set {where(stored)}.", stored.location, _TOKEN, primary=False),
        )
    else:
        option = asked(case, suspect, "--duration-seconds")
        yield _finding(
            case,
            suspect,
            symptom,
            "The AWS session of {step} ended before its work was done.",
            "The login worked; its session lasts one hour unless the exchange asked for another time.",
            _longer(case, suspect, option),
            *_asked_here(case, option),
        )


def _stored(case: CaseFile, suspect: Suspect | None) -> Setting | None:
    """The session's token where it is kept as a variable, and not made by the script."""
    winner = look_up(case, suspect.step, _TOKEN).winner if suspect else None
    return winner if winner and not winner.empty and winner.level is not Level.SCRIPT else None


def _asked_here(case: CaseFile, option: Asked | None) -> tuple[Evidence, ...]:
    if option is None:
        return ()
    line, seconds = option.command.at.line, option.expansion.value or option.written
    sentence = f"Line {line} asks for a session of {code(seconds)} seconds."
    return (quoted(case, option.command.at, sentence, primary=False),)


def _finding(
    case: CaseFile,
    suspect: Suspect | None,
    symptom: Symptom,
    headline: str,
    meaning: str,
    fix: Fix,
    *further: Evidence,
) -> Finding:
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        headline=headline.replace("{step}", step_words(suspect)),
        meaning=meaning,
        step=step_for(suspect, of_the_step=True),
        evidence=(in_text(case, symptom, "The text says so itself."), *further),
        fixes=(fix,),
    )


def _longer(case: CaseFile, suspect: Suspect | None, option: Asked | None) -> Fix:
    arn, role = role_asked_for(case, suspect)
    name = found["name"] if (found := ROLE_ARN.fullmatch((arn or "").strip())) else "ROLE"
    most = f" The role allows {role.max_session_seconds} seconds now." if role else ""
    lengthen = (
        f"Ask for more by `--duration-seconds`, up to what the role allows; {LONGEST} is the most.{most}"
    )
    return Fix(
        title="Exchange the token later, or ask for a longer session",
        surface=Surface.RUN,
        commands=(f"aws iam update-role --role-name {name} --max-session-duration 7200",),
        steps=(
            (
                "Log in right before the commands that need AWS, behind the long build, or give these a step "
                "of their own."
            ),
            *((lengthen,) if option is not None or role is not None else ()),
            "The command raises what the role allows, where that is too little.",
        ),
        verify=_VERIFY,
    )


def _unstored(setting: Setting) -> Fix:
    return Fix(
        title="Remove the stored session",
        surface=Surface.VARIABLES,
        steps=(
            (
                f"Delete {code(_TOKEN)} {where(setting)}, and `AWS_ACCESS_KEY_ID` and "
                "`AWS_SECRET_ACCESS_KEY` with it; the step then logs in by its token."
            ),
        ),
        verify="Run `aws sts get-caller-identity` in the step: it prints `assumed-role/`.",
    )


def _registry() -> Fix:
    return Fix(
        title="Log in to the registry again before the push or pull",
        surface=Surface.PIPELINE_FILE,
        steps=("Run `aws ecr get-login-password` and `docker login` right before the command that failed.",),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
