"""The session was asked to last longer than the role allows, or shorter than AWS allows.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InAccount
from knowledge.pipelines.model import CloudCommand
from knowledge.quoting import quoted
from knowledge.reading import Known
from knowledge.roles import ROLE_ARN
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.text_evidence import first_of, in_text
from knowledge.trust_findings import step_for
from knowledge.variables import expand
from knowledge.words import code

_CAUSE = "session-too-long"
_SHORTEST, _LONGEST = 900, 43_200
_ABOVE_ROLE, _OUTSIDE = "aws-sts-duration-above-role", "aws-sts-duration"
_OPTION = "--duration-seconds"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.SESSION_ARGUMENT, ids=(_ABOVE_ROLE, _OUTSIDE))
    asked = _asked(case, suspect)
    limit = case.role.value.max_session_seconds if isinstance(case.role, Known) else None
    evidence: list[Evidence] = []
    if symptom is not None:
        evidence.append(in_text(case, symptom, "AWS says so itself."))
        value = symptom.fields.get("duration", "")
        seconds = int(value) if value.isdigit() else (asked[1] if asked else None)
        verdict = Verdict.CONFIRMED
    elif asked is not None and _unfit(asked[1], limit):
        seconds = asked[1]
        verdict = Verdict.CONFIRMED if not case.families else Verdict.LIKELY
    else:
        return
    if asked is not None:
        command, wanted = asked
        evidence.append(
            quoted(
                case,
                command.at,
                f"Line {command.at.line} asks for {wanted} seconds.",
                primary=not evidence,
                comparison=Comparison("seconds", str(limit), str(wanted))
                if limit and wanted > limit
                else None,
            )
        )
    if limit is not None and isinstance(case.role, Known):
        role = ROLE_ARN.fullmatch(case.role.value.arn)
        where = InAccount(
            role["account"] if role else "", "the role's maximum session duration", case.role.url
        )
        evidence.append(
            Evidence(f"The role allows sessions of {limit} seconds.", where, str(limit), primary=False)
        )
    yield _finding(case, suspect, seconds, limit, verdict, tuple(evidence))


def _unfit(seconds: int, limit: int | None) -> bool:
    return not _SHORTEST <= seconds <= _LONGEST or (limit is not None and seconds > limit)


def _asked(case: CaseFile, suspect: Suspect | None) -> tuple[CloudCommand, int] | None:
    """The command that exchanges the token with a duration of its own, and the seconds."""
    for command in suspect.step.script.commands if suspect else ():
        written = dict(command.arguments).get(_OPTION) if command.kind == "login" else None
        if suspect is None or written is None:
            continue
        value = expand(case, suspect.step, written.strip("\"'"), command.at).value
        if value and value.isdigit():
            return command, int(value)
    return None


def _finding(
    case: CaseFile,
    suspect: Suspect | None,
    seconds: int | None,
    limit: int | None,
    verdict: Verdict,
    evidence: tuple[Evidence, ...],
) -> Finding:
    short = seconds is not None and seconds < _SHORTEST
    found = ROLE_ARN.fullmatch((case.role_arn or "").strip())
    name = found["name"] if found else "ROLE"
    asked = f" for {seconds} seconds" if seconds is not None else ""
    most = f"{limit} seconds" if limit else "what the role allows (one hour unless it was raised)"
    fixes = [
        Fix(
            title=f"Ask for at least {_SHORTEST} seconds"
            if short
            else f"Leave {code(_OPTION)} out, or lower it",
            surface=Surface.PIPELINE_FILE,
            steps=(f"Without {code(_OPTION)} a session lasts one hour.",),
            verify="Run the step again: the exchange succeeds.",
        )
    ]
    if not short and (seconds is None or seconds <= _LONGEST):
        fixes.append(
            Fix(
                title="Raise the role's maximum session duration",
                surface=Surface.ROLE,
                commands=(
                    f"aws iam update-role --role-name {name} --max-session-duration {seconds or 7200}",
                ),
                steps=("In Terraform: `max_session_duration` of the role.",),
                verify="Run the step again: the exchange succeeds.",
            )
        )
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"The step asks{asked}, and a session must last at least {_SHORTEST}."
        if short
        else f"The step asks{asked} for a longer session than the role allows.".replace(
            f"{asked} for a", f"{asked}, a" if asked else " for a"
        ),
        meaning=f"AWS takes {_SHORTEST} to {_LONGEST} seconds, and no more than {most}.",
        step=step_for(suspect, of_the_step=True),
        evidence=evidence,
        fixes=tuple(fixes),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
