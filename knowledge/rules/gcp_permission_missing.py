"""The login worked; the service account may not do what came after it.

https://cloud.google.com/iam/docs/roles-permissions
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Surface, Verdict
from knowledge.gcp_case import symptom_of
from knowledge.gcp_fixes import quoted
from knowledge.gcp_grantee import grantee_of
from knowledge.gcp_told import Saying, told
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-permission-missing"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-permission-denied", "gcp-object-access-denied")
    if symptom is None:
        return
    action = symptom.fields.get("action", "")
    resource = symptom.fields.get("resource", "")
    grantee = grantee_of(case, suspect, symptom.fields.get("principal", ""))
    who = code(grantee.who, 300) if grantee.who else "the identity"
    on = f" on {code(resource)}" if resource else ""
    saying = Saying(
        cause=_CAUSE,
        verdict=Verdict.LIKELY if grantee.by_key else Verdict.CONFIRMED,
        headline=f"The login to Google worked; {who} lacks {code(action)}{on}.",
        meaning=(
            "OIDC is not the reason. A role with this permission is not granted to whom the step logs in as."
            if not grantee.who or not grantee.beside
            else "OIDC is not the reason. The account that the text names has no role with this permission."
        ),
        beside=grantee.beside,
        fixes=(
            Fix(
                title=f"Grant a role that holds {code(action)}",
                surface=Surface.CLOUD_IDENTITY,
                commands=(
                    "gcloud projects add-iam-policy-binding PROJECT_ID \\",
                    f"  --member={quoted(grantee.member)} --role=ROLE",
                ),
                steps=(
                    *grantee.steps,
                    (
                        f"Find the smallest role that holds {code(action)} in the list of IAM roles, "
                        "and grant it on "
                        "the resource itself where the resource takes roles."
                    ),
                    (
                        "`(or it may not exist)` is in the text because Google does not tell the two "
                        "apart: check the name too."
                    ),
                ),
                verify="Run the step again: the call goes through.",
                url="https://cloud.google.com/iam/docs/roles-permissions",
            ),
        ),
    )
    yield told(case, suspect, symptom, saying)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
