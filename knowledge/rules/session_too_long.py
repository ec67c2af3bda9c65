"""The session was asked to last longer than the role allows, or shorter than AWS allows.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InAccount
from knowledge.quoting import quoted, step_for
from knowledge.reading import Known
from knowledge.roles import ROLE_ARN
from knowledge.rules.rule import ByCommands, Rule
from knowledge.session_arguments import LONGEST, SHORTEST, asked, refused, role_asked_for
from knowledge.text_evidence import in_text
from knowledge.words import amount, code

_CAUSE = "session-too-long"
_SAYS = ("aws-sts-duration-above-role", "aws-sts-duration")
_OPTION = "--duration-seconds"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = refused(case, "DurationSeconds", *_SAYS)
    option = asked(case, suspect, _OPTION)
    wanted = _seconds(option.expansion.value) if option else None
    arn, role = role_asked_for(case, suspect)
    limit = role.max_session_seconds if role else None
    evidence: list[Evidence] = []
    if symptom is not None:
        evidence.append(in_text(case, symptom, "The text says so itself."))
        seconds = _seconds(symptom.fields.get("duration") or symptom.fields.get("given")) or wanted
        verdict = Verdict.CONFIRMED
    elif wanted is not None and _unfit(wanted, limit):
        seconds = wanted
        verdict = Verdict.CONFIRMED if not case.families else Verdict.LIKELY
    else:
        return
    if option is not None and wanted is not None:
        line = option.command.at.line
        above = Comparison("seconds", str(limit), str(wanted)) if limit and wanted > limit else None
        said = f"Line {line} asks for {amount(wanted, 'second')}."
        evidence.append(quoted(case, option.command.at, said, primary=not evidence, comparison=above))
    if role is not None and isinstance(case.role, Known):
        account = found["account"] if (found := ROLE_ARN.fullmatch(role.arn)) else ""
        where = InAccount(account, "the role's maximum session duration", case.role.url)
        said = f"The role allows sessions of {limit} seconds."
        evidence.append(Evidence(said, where, str(limit), primary=False))
    yield _finding(suspect, seconds, limit, verdict, tuple(evidence), arn)


def _seconds(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 12 else None


def _unfit(seconds: int, limit: int | None) -> bool:
    return not SHORTEST <= seconds <= LONGEST or (limit is not None and seconds > limit)


def _finding(
    suspect: Suspect | None,
    seconds: int | None,
    limit: int | None,
    verdict: Verdict,
    evidence: tuple[Evidence, ...],
    arn: str | None,
) -> Finding:
    short = seconds is not None and seconds < SHORTEST
    name = found["name"] if (found := ROLE_ARN.fullmatch((arn or "").strip())) else "ROLE"
    most = f"{limit} seconds" if limit else "what the role allows (one hour unless it was raised)"
    fixes = [
        Fix(
            title=_shorter(short=short),
            surface=Surface.PIPELINE_FILE,
            steps=(f"Without {code(_OPTION)} a session lasts one hour.",),
            verify="Run the step again: the exchange succeeds.",
        )
    ]
    if not short and (seconds is None or seconds <= LONGEST):
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
        headline=_headline(seconds, short=short),
        meaning=f"AWS takes {SHORTEST} to {LONGEST} seconds, and no more than {most}.",
        step=step_for(suspect, of_the_step=True),
        evidence=evidence,
        fixes=tuple(fixes),
    )


def _shorter(*, short: bool) -> str:
    return f"Ask for at least {SHORTEST} seconds" if short else f"Leave {code(_OPTION)} out, or lower it"


def _headline(seconds: int | None, *, short: bool) -> str:
    if seconds is None:
        return "The step asks for a longer session than the role allows."
    if short:
        return f"The step asks for {amount(seconds, 'second')}, and a session must last at least {SHORTEST}."
    return f"The step asks for {seconds} seconds, a longer session than the role allows."


RULE = Rule(cause=_CAUSE, check=check, without_step=True, by_commands=ByCommands.SHOWN)
