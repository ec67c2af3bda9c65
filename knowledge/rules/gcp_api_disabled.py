"""An API that the login needs is switched off in a project.

https://cloud.google.com/service-usage/docs/enable-disable
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Surface
from knowledge.gcp_case import symptom_of
from knowledge.gcp_told import Saying, told
from knowledge.printed_values import word
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-api-disabled"
_SERVICE = re.compile(r"/apis/api/(?P<service>[\w.-]{3,80}\.googleapis\.com)")
#: https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
_LOGIN = {
    "IAM Service Account Credentials API": "iamcredentials.googleapis.com",
    "Security Token Service API": "sts.googleapis.com",
    "Identity and Access Management (IAM) API": "iam.googleapis.com",
}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-api-disabled")
    if symptom is None:
        return
    api, project = symptom.fields.get("api", ""), symptom.fields.get("project", "")
    addressed = _SERVICE.search(case.paste, symptom.span[0])
    service = addressed["service"] if addressed else _LOGIN.get(api, "SERVICE.googleapis.com")
    of_login = service in _LOGIN.values()
    meaning = (
        "Acting as a service account goes through this API, in the project that the text names."
        if of_login
        else "The login worked; this is the API of the call that came after it."
    )
    saying = Saying(
        cause=_CAUSE,
        headline=f"{api or 'An API'} is not enabled in the project {code(project)}.",
        meaning=meaning,
        fixes=(
            Fix(
                title=f"Enable {code(service)}",
                surface=Surface.CLOUD_IDENTITY,
                commands=(f"gcloud services enable {service} --project={word(project, 'PROJECT')}",),
                verify="Wait a few minutes, then run the step again.",
            ),
        ),
    )
    yield told(case, suspect, symptom, saying)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
