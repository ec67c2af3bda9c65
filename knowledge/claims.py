"""The claims of the token that Bitbucket makes for a step, as far as they can be told before it runs.

Issuer, audience and subject: https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
Custom audiences: https://www.atlassian.com/blog/bitbucket/bitbucket-pipelines-oidc-now-supports-multiple-audiences
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from knowledge.aws_readings import LoginEvent
from knowledge.casefile import CaseFile, Environment, Repository, Suspect
from knowledge.frozen import dataclass
from knowledge.reading import Absent, Known, Reading, Unread
from knowledge.trust_request import provider_path as provider_path_of
from knowledge.trust_request import request_value, workspace_uuid_in
from knowledge.trust_values import OneOf, Pattern, Value, texts_of
from knowledge.variables import environment_of
from knowledge.words import code

_HOST = "api.bitbucket.org"


def provider_path(workspace_slug: str) -> str:
    """A workspace's OIDC provider without `https://`: the start of AWS's condition keys."""
    return f"{_HOST}/2.0/workspaces/{workspace_slug}/pipelines-config/identity/oidc"


def issuer(workspace_slug: str) -> str:
    """The `iss` of every token of the workspace."""
    return f"https://{provider_path(workspace_slug)}"


def provider_arn(account: str, workspace_slug: str, partition: str = "aws") -> str:
    """The ARN of the workspace's provider in an AWS account."""
    return f"arn:{partition}:iam::{account}:oidc-provider/{provider_path(workspace_slug)}"


def default_audience(workspace_uuid: str) -> str:
    """The `aud` of a step without audiences of its own; the UUID with or without braces."""
    return f"ari:cloud:bitbucket::workspace/{workspace_uuid.strip('{}').lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a step's token says.

    `values` holds `iss`, `aud`, `sub` and whatever else was handed over; a `Pattern` is known but for
    some UUIDs, a `OneOf` is one of several, None is not known. `pattern_sub` is the subject for
    showing, `*` for each unknown UUID. `unknown` says in sentences what is not known and why.
    `deploys` is None when it cannot be told whether the subject has an environment.
    """

    values: Mapping[str, Value]
    pattern_sub: str
    issuer: str
    given: bool = False
    aud_certain: bool = True
    repository_uuid: str | None = None
    workspace_uuid: str | None = None
    deploys: bool | None = None
    environment_uuid: str | None = None
    unknown: tuple[str, ...] = field(default=())

    @property
    def issuer_path(self) -> str:
        return self.issuer.removeprefix("https://")

    @property
    def audiences(self) -> tuple[str, ...]:
        """Every audience the token may carry."""
        return texts_of(self.values.get("aud"))

    @property
    def narrow_subject(self) -> str | None:
        """The narrowest pattern for a trust policy that all runs of this step fit."""
        if self.repository_uuid is None:
            return None
        middle = f":{self.environment_uuid}" if self.environment_uuid else ""
        return f"{self.repository_uuid}{middle}:*"


def claims_for(case: CaseFile, suspect: Suspect | None) -> Reading[Claims]:
    """The claims of the suspect step's token; those that somebody handed over go before computed ones,
    and so do those of a pasted token, unless it is another step's.

    Without a suspect the subject's form is unknown, everything else stands.
    """
    computed = _computed(case, suspect)
    if isinstance(case.login_event, Known):
        shown = from_record(case.login_event.value)
        if _of_home(case, shown):
            base = computed.value.values if isinstance(computed, Known) else {}
            source = "CloudTrail's record of the refused login"
            return Known(from_token({**base, **shown.values}), source)
    if case.claims is None or (case.claims_pasted and not _of_this_step(case, suspect)):
        return computed
    base = computed.value.values if isinstance(computed, Known) else {"iss": None, "aud": None, "sub": None}
    source = "the token in the message" if case.claims_pasted else "the claims that were given"
    return Known(from_token({**base, **case.claims}), source)


def from_record(event: LoginEvent) -> Claims:
    """Claims as CloudTrail says that AWS was shown them."""
    path = provider_path_of(event.provider_arn)
    issuer = {"iss": f"https://{path}"} if path else {}
    return from_token({**issuer, "aud": event.audience, "sub": event.subject})


def _of_home(case: CaseFile, shown: Claims) -> bool:
    """Whether a recorded token is one of the repository that is looked at."""
    home = case.repository.value if isinstance(case.repository, Known) else None
    return home is None or shown.repository_uuid == home.uuid


def _of_this_step(case: CaseFile, suspect: Suspect | None) -> bool:
    """Whether nothing that was read says that the pasted token was made for another step."""
    said = from_token(case.claims or {})
    home = case.repository.value if isinstance(case.repository, Known) else None
    if home is not None:
        if said.repository_uuid not in (None, home.uuid):
            return False
        if said.issuer.lower().rstrip("/") != issuer(home.workspace_slug).lower():
            return False
    ran = suspect.run_step.uuid if suspect and suspect.run_step else None
    step = (case.claims or {}).get("stepUuid")
    return ran is None or step is None or step == ran


def from_token(token: Mapping[str, Any]) -> Claims:
    """Claims as a token (or a file) states them. A claim that is null counts as unknown."""
    values = {name: request_value(value) for name, value in token.items()}
    sub = values.get("sub")
    text = str(sub) if isinstance(sub, str) else ""
    parts = text.split(":") if text.startswith("{") else []
    iss = values.get("iss")
    return Claims(
        values=values,
        pattern_sub=text,
        issuer=iss if isinstance(iss, str) else "",
        given=True,
        aud_certain=isinstance(values.get("aud"), str | tuple),
        repository_uuid=parts[0] if len(parts) > 1 else None,
        workspace_uuid=workspace_uuid_in(token),
        deploys=len(parts) == 3 if parts else None,
        environment_uuid=parts[1] if len(parts) == 3 and parts[1] != "*" else None,
    )


def _computed(case: CaseFile, suspect: Suspect | None) -> Reading[Claims]:
    repository = case.repository
    if not isinstance(repository, Known):
        return repository
    home = repository.value
    audience, aud_certain = _audience(home, suspect)
    subject, environment, unknown = _subject(case, suspect, home)
    sub: Value = subject[0] if len(subject) == 1 else OneOf(tuple(subject))
    deploys = len(subject[0].split(":")) == 3 if len(subject) == 1 else None
    if not aud_certain:
        unknown = (
            *unknown,
            (
                "the step names its own `audiences`; whether the token keeps the workspace's "
                "audience beside them is not documented"
            ),
        )
    return Known(
        Claims(
            values={"iss": issuer(home.workspace_slug), "aud": audience, "sub": sub},
            pattern_sub=str(subject[0]) if len(subject) == 1 else f"{home.uuid}:…",
            issuer=issuer(home.workspace_slug),
            aud_certain=aud_certain,
            repository_uuid=home.uuid,
            workspace_uuid=home.workspace_uuid,
            deploys=deploys,
            environment_uuid=environment.uuid if environment else None,
            unknown=unknown,
        ),
        f"the identity of {home.full_name}",
        repository.url or f"https://bitbucket.org/{home.full_name}/admin/pipelines/openid-connect",
    )


def _audience(home: Repository, suspect: Suspect | None) -> tuple[Value, bool]:
    default = default_audience(home.workspace_uuid)
    custom = suspect.step.oidc.audiences if suspect else None
    if not custom:
        return default, True
    alone, beside = tuple(custom), tuple(dict.fromkeys((default, *custom)))
    return (alone, True) if set(alone) == set(beside) else (OneOf((alone, beside)), False)


def _subject(
    case: CaseFile, suspect: Suspect | None, home: Repository
) -> tuple[tuple[str, ...], Environment | None, tuple[str, ...]]:
    """The possible subjects, the environment if it is known, and what is not known."""
    step_uuid = suspect.run_step.uuid if suspect and suspect.run_step else None
    last = step_uuid or "*"
    wrap = str if step_uuid else Pattern
    plain, deployed = wrap(f"{home.uuid}:{last}"), Pattern(f"{home.uuid}:*:{last}")
    if suspect is None:
        return (plain, deployed), None, ("which step it was, and so whether it deploys to an environment",)
    environment = environment_of(case, suspect.step)
    if environment is None:
        return (plain,), None, ()
    if isinstance(environment, Known):
        return (wrap(f"{home.uuid}:{environment.value.uuid}:{last}"),), environment.value, ()
    if isinstance(environment, Unread):
        return (deployed,), None, (f"the UUID of the step's environment: {environment.reason}",)
    return (plain, deployed), None, (_nameless(environment, suspect),)


def _nameless(environment: Absent, suspect: Suspect) -> str:
    named = suspect.step.deployment.text if suspect.step.deployment else "?"
    return f"the UUID of the environment {code(named)}: it is not among {environment.source}"
