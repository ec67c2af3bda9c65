"""Which variables a step's login at Google Cloud needs and does not see.

https://github.com/GoogleCloudPlatform/gcp-bitbucket-wif
"""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.casefile import CaseFile
from knowledge.gcp_login import CREDENTIALS, google_login
from knowledge.needed_value import NeededValue
from knowledge.pipelines.model import PipelineStep
from knowledge.symptoms.model import Family
from knowledge.variable_needs import Need, Purpose, lacking_in
from knowledge.variables import look_up

_VERIFY = "Run the step again: `gcloud auth login --cred-file=…` logs in."
_PROVIDER = NeededValue(
    provider="gcp",
    what="the provider's full name",
    example="projects/123456789012/locations/global/workloadIdentityPools/bitbucket/providers/bitbucket",
    verify=_VERIFY,
    meaning="Without it the configuration names no provider, and the token exchange has no audience.",
    typical=frozenset({Family.ROLE_ARN_MALFORMED, Family.ROLE_ARN_MISSING}),
)
_ACCOUNT = NeededValue(
    provider="gcp",
    what="the service account's address",
    example="deploy@acme-prod.iam.gserviceaccount.com",
    verify=_VERIFY,
    meaning="Without it nobody is named for the pipeline to act as.",
    typical=frozenset({Family.ROLE_ARN_MALFORMED, Family.AFTER_ASSUME}),
)
_CONFIGURATION = NeededValue(
    provider="gcp",
    what="the path of the credential configuration",
    example="/tmp/gcp-credentials.json",  # noqa: S108 - a path for showing
    verify="Run the step again: the client finds the configuration.",
    meaning="Without it Terraform and the client libraries find no credentials.",
    typical=frozenset({Family.NO_CREDENTIALS}),
)


def gcp_needs(case: CaseFile, step: PipelineStep) -> tuple[Need, ...]:
    """What the login needs and does not see, in the order of the script."""
    return (*_of_configuration(case, step), *_of_credentials(case, step))


def _of_configuration(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    login = google_login(case, step)
    if login is None:
        return
    for text, value in ((login.provider, _PROVIDER), (login.account, _ACCOUNT)):
        for lack in lacking_in(case, step, text, login.at):
            yield Need(
                Purpose.VALUE,
                lack.name,
                lack.name,
                login.at,
                "gcloud iam workload-identity-pools create-cred-config",
                lack.lookup,
                alone=lack.alone,
                value=value,
            )


def _of_credentials(case: CaseFile, step: PipelineStep) -> Iterator[Need]:
    """The variable of the client libraries: where it is set somewhere, and not for this step, the step was
    meant to use it."""
    user = next((command for command in step.script.commands if command.kind == "tool"), None)
    if user is None or Family.NO_CREDENTIALS not in case.families:
        return
    lookup = look_up(case, step, CREDENTIALS, user.at)
    if lookup.lacks and lookup.out_of_reach:
        yield Need(
            Purpose.VALUE, CREDENTIALS, CREDENTIALS, user.at, user.program, lookup, value=_CONFIGURATION
        )
