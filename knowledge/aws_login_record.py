"""CloudTrail's record of a refused login, as evidence: what AWS was shown, where and when.

https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
"""

from __future__ import annotations

from knowledge.aws_readings import LoginEvent
from knowledge.casefile import CaseFile
from knowledge.claims import from_record
from knowledge.finding import Comparison, Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InAccount
from knowledge.reading import Known
from knowledge.roles import ROLE_ARN
from knowledge.trust_reasons import common_length
from knowledge.words import code

_ABOVE = "refused-above-the-role"


def recorded(case: CaseFile) -> tuple[Evidence, ...]:
    """The record, where one was found for this very login."""
    if not isinstance(case.login_event, Known):
        return ()
    event = case.login_event.value
    return (
        Evidence(
            (
                f"CloudTrail recorded it in {code(event.region)}: AWS was shown the subject "
                f"{code(event.subject, 200)} and the audience {code(event.audience)}; taken because "
                f"{event.matched}."
            ),
            _place(event),
            event.subject,
            primary=False,
        ),
    )


def another_ones_token(case: CaseFile) -> Finding | None:
    """The refused login carried the token of another repository than the one that was looked at."""
    if not isinstance(case.login_event, Known) or not isinstance(case.repository, Known):
        return None
    event, home = case.login_event.value, case.repository.value
    other = from_record(event).repository_uuid
    if other is None or other == home.uuid:
        return None
    return Finding(
        cause=_ABOVE,
        verdict=Verdict.LIKELY,
        headline=f"The refused login carried a token of another repository than {code(home.full_name)}.",
        meaning=f"The record is of this login: {event.matched}. Its subject begins with {code(other)}.",
        evidence=(
            Evidence(
                f"CloudTrail recorded it in {code(event.region)}, by {code(event.provider_arn, 200)}.",
                _place(event),
                event.subject,
                comparison=Comparison(
                    "subject", f"{home.uuid}:", event.subject, common_length(home.uuid, event.subject)
                ),
            ),
        ),
        fixes=(
            Fix(
                title="Ask with the link of the run that failed",
                surface=Surface.RUN,
                steps=(
                    "The text is of another repository's run: its own link leads to its own pipeline file.",
                    (
                        "Where this very run failed, its token file holds another repository's token: write "
                        "it anew in the step, and take it out of artifacts and caches."
                    ),
                ),
                verify="Run the step again with `aws sts get-caller-identity` first: it prints the role.",
            ),
        ),
    )


def _place(event: LoginEvent) -> InAccount:
    found = ROLE_ARN.fullmatch(event.role_arn)
    return InAccount(found["account"] if found else "", f"CloudTrail, {event.region}")
