"""The trust policy that was read lets the step in, and AWS refused it all the same.

What can refuse above a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.aws_login_record import another_ones_token, recorded
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.quoting import step_for, step_words
from knowledge.reading import Absent, Known
from knowledge.roles import role_choices
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.text_evidence import first_of, in_text
from knowledge.trust_case import Judged, judge
from knowledge.trust_findings import place, role_words
from knowledge.words import code

_CAUSE = "refused-above-the-role"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.ROLE_REFUSED)
    other = another_ones_token(case)
    if symptom is not None and other is not None:
        yield other
        return
    judged = judge(case, suspect) if symptom is not None else None
    if symptom is None or judged is None or not judged.known or judged.result.decision != "allowed":
        return
    yield Finding(
        cause=_CAUSE,
        # With the record nothing of what AWS was shown is worked out any more.
        verdict=Verdict.LIKELY if recorded(case) else Verdict.POSSIBLE,
        headline=(
            f"The trust policy of {role_words(judged)} lets {step_words(suspect)} in, and AWS refused it all "
            "the same: something else decides."
        ),
        meaning=(
            "What was read is the policy as it is now, judged for the token that this step gets. What the "
            "run met, or what AWS was asked for, must have been something else."
        ),
        step=step_for(suspect, of_the_step=True),
        evidence=(
            in_text(case, symptom, "AWS refused the token."),
            *_admits(judged),
            *recorded(case),
        ),
        fixes=(
            Fix(
                title="Find out what refused, in this order",
                surface=Surface.RUN,
                commands=_look_up(case, judged),
                steps=tuple(_suspicions(case, suspect, judged)),
                verify="Run the step again with `aws sts get-caller-identity` first: it prints the role.",
            ),
        ),
    )


def _admits(judged: Judged) -> Iterator[Evidence]:
    for statement in judged.result.statements:
        if statement.effect == "Allow" and statement.applies:
            subject = next((item for item in statement.conditions if item.claim == "sub"), None)
            excerpt = subject.expected[0] if subject and subject.expected else statement.sid or "Allow"
            where = place(judged, statement.index)
            yield Evidence(f"Statement {statement.index} lets the step in.", where, excerpt, primary=False)
            return


def _look_up(case: CaseFile, judged: Judged) -> tuple[str, ...]:
    if not judged.role.arn or isinstance(case.login_event, Known | Absent):
        return ()
    by = f"AttributeKey=ResourceName,AttributeValue={judged.role.arn}"
    return (f"aws cloudtrail lookup-events --lookup-attributes {by} --max-results 5",)


def _suspicions(case: CaseFile, suspect: Suspect | None, judged: Judged) -> Iterator[str]:
    yield (
        "The policy was changed after the run, or moments before it: run the step again now; a change takes "
        "a moment to count everywhere."
    )
    yield from _other_role(case, suspect, judged)
    yield (
        "A resource control policy of the organisation denies the exchange, or the issuer: it stands above "
        "the role and cannot be seen from here. Its administrators can say whether "
        "`sts:AssumeRoleWithWebIdentity` is excepted."
    )
    if not isinstance(case.login_event, Known):
        yield "The text is of another run, step or CI than the one looked at: ask with the run's link."
    if suspect is not None and suspect.step.self_hosted:
        yield "The runner keeps sessions of earlier runs: delete `~/.aws/cli/cache` on it."
    if isinstance(case.login_event, Absent):
        yield (
            "CloudTrail has no record of this login yet; they come some minutes late. Have it checked again "
            "then: the record shows what AWS was shown."
        )
    elif judged.role.arn and not isinstance(case.login_event, Known):
        yield (
            "The command, some minutes after the failure, shows the subject, the audience and the provider "
            "that AWS was shown; in the region of the step, else in `us-east-1`."
        )


def _other_role(case: CaseFile, suspect: Suspect | None, judged: Judged) -> Iterator[str]:
    """A role that the step may have asked for instead of the one that was read."""
    choices = role_choices(case, suspect.step) if suspect else ()
    hidden = next((item for item in choices if item.arn is None and item.variable), None)
    arn = code(judged.role.arn or "the role", 200)
    if hidden is not None:
        yield f"{code(hidden.variable)} holds another role: its value cannot be read; it has to be {arn}."
    else:
        yield f"The step asked for another role than {arn}: print `$AWS_ROLE_ARN` right before the login."


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
