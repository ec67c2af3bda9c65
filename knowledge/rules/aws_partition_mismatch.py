"""The role belongs to one partition of AWS (`aws`, `aws-cn`, `aws-us-gov`), the region to another.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.aws_region_names import partition_of
from knowledge.aws_regions import region_places
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.quoting import step_ref
from knowledge.roles import ROLE_ARN, role_choice
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.words import code

_CAUSE = "aws-partition-mismatch"
#: After these a login worked, or the text is about no login at all.
_WORKED = frozenset(
    {Family.AFTER_ASSUME, Family.CALL_REFUSED, Family.SESSION_EXPIRED, Family.AUDIENCE_REFUSED}
)


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    if case.families & _WORKED:
        return
    choice = role_choice(case, step)
    found = ROLE_ARN.fullmatch((choice.arn or "").strip()) if choice else None
    places = [place for place in region_places(case, suspect) if place.value]
    partitions = {partition_of(place.value or "") for place in places}
    if choice is None or found is None or not places or None in partitions:
        return
    if found["partition"] in partitions:
        # One of its commands is meant for this very partition.
        return
    role, region = found["partition"], partition_of(places[0].value or "")
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY,
        headline=(
            f"The role of step {code(step.label)} belongs to the partition {code(role)}, "
            f"its region {code(places[0].value)} to {code(region)}."
        ),
        meaning=(
            "Partitions are separate: an account, its roles and its OIDC provider exist in one of them only, "
            "and the STS of another knows none of them."
        ),
        step=step_ref(step),
        evidence=(
            Evidence(f"This is the role, because {choice.reason}.", choice.location, choice.written),
            *(
                Evidence(f"The region is given {place.words}.", place.location, place.text, primary=False)
                for place in places[:2]
            ),
        ),
        fixes=(
            Fix(
                title="Take role and region from the same partition",
                surface=Surface.VARIABLES,
                steps=(
                    (
                        f"Set the region to one of {code(role)}, or name a role whose ARN begins with "
                        f"{code(f'arn:{region}:iam::')}."
                    ),
                    "Bitbucket's OIDC provider has to be in the role's own account and partition.",
                ),
                verify="Run the step again with `aws sts get-caller-identity` first: it prints the role.",
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check)
