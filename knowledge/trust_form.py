"""What every token of Bitbucket has in common, for judging a policy before the repository is known.

The subject has two or three parts, as the step deploys or not, and ends in a UUID that is new in each run;
the audience is a workspace's; the issuer differs by the workspace's short name alone:
https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import Claims, issuer
from knowledge.late_pattern import late
from knowledge.reading import Absent
from knowledge.trust import ConditionResult
from knowledge.trust_policy import Policy, Statement
from knowledge.trust_reasons import CODES, Reason, about_audience
from knowledge.trust_repair import path_in
from knowledge.trust_request import workspace_uuid_in
from knowledge.trust_values import OneOf, Pattern
from knowledge.variables import environment_of

#: A step's UUID that nobody could have known before the run: what fits only another one fits no next run.
_NEXT_RUN = "{0badc0de-0000-4000-8000-0123456789ab}"
_PLAIN, _DEPLOYED = Pattern(f"*:{_NEXT_RUN}"), Pattern(f"*:*:{_NEXT_RUN}")

_AUDIENCE_HEAD = "ari:cloud:bitbucket::workspace/"
_AUDIENCE = late(_AUDIENCE_HEAD + r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID = r"(?:\{|%7b)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ADDRESS = late(
    rf"api\.bitbucket\.org/2\.0/workspaces/(?P<slug>(?!{_UUID})[^/]+)/pipelines-config/identity/oidc"
)
_SLUG = late(rf"/workspaces/(?P<slug>(?!{_UUID})[^/]+)", re.IGNORECASE)


def form_only(case: CaseFile, suspect: Suspect | None) -> Claims:
    """The claims of a step of a repository that was not read; whether it deploys, the file says."""
    environment = environment_of(case, suspect.step) if suspect else None
    sub: OneOf | Pattern
    if suspect is None or isinstance(environment, Absent):
        sub, deploys = OneOf((_PLAIN, _DEPLOYED)), None
    else:
        sub, deploys = (_PLAIN, False) if environment is None else (_DEPLOYED, True)
    return Claims(
        values={"iss": None, "aud": None, "sub": sub},
        pattern_sub="",
        issuer="",
        aud_certain=False,
        deploys=deploys,
        unknown=("which repository it was",),
    )


def with_issuer(case: CaseFile, claims: Claims, policy: Policy | None) -> Claims:
    """Where the issuer is not known, the workspace that the policy itself names is taken to be the right one,
    and its address is written as every workspace's is."""
    if claims.issuer:
        return claims
    slug = case.target.workspace
    if not slug or slug.startswith("{"):
        slug = _slug_in(policy) if policy else None
    address = issuer(slug or "WORKSPACE")
    return replace(claims, values={**claims.values, "iss": address}, issuer=address)


def _slug_in(policy: Policy) -> str | None:
    """The workspace that the policy names; an address without a slip goes before others."""
    paths = list(_paths(policy))
    found = [match for path in paths if (match := _ADDRESS.fullmatch(path))]
    found += [match for path in paths if (match := _SLUG.search(path))]
    return found[0]["slug"] if found else None


def _paths(policy: Policy) -> Iterator[str]:
    for statement in policy.statements:
        for _, value in statement.principals:
            yield path_in(value) or ""
    for statement in policy.statements:
        for condition in statement.conditions:
            # Capitals do not count in a key.
            yield path_in(condition.key.rpartition(":")[0].lower()) or ""


def subject_by_form(condition: ConditionResult, statement: Statement | None) -> ConditionResult:
    """The condition on the subject, found wrong where each of its values begins with the UUID that the same
    statement has in the audience: that is the workspace's, and a subject begins with the repository's."""
    if condition.matches is not None or condition.negated or statement is None:
        return condition
    audiences = [v for c in statement.conditions if c.key.lower().endswith(":aud") for v in c.values]
    workspaces = [uuid for value in audiences if (uuid := workspace_uuid_in({"aud": value}))]
    values = condition.expected
    if not values or not all(value.startswith(tuple(workspaces)) for value in values):
        return condition
    return replace(condition, matches=False, reason="workspace-uuid", nearest=values[0], differs_at=None)


def audience_by_form(condition: ConditionResult) -> ConditionResult:
    """The condition on the audience of a step without audiences of its own, found wrong where none of its
    values can be the audience of any workspace."""
    if condition.matches is not None or condition.negated:
        return condition
    slip = _audience_slip(condition.expected, condition.operator)
    if slip is None:
        return condition
    return replace(condition, matches=False, reason=slip.code, nearest=slip.nearest, differs_at=None)


def _audience_slip(values: tuple[str, ...], operator: str) -> Reason | None:
    """Why none of these, under that operator, can be the audience of any workspace; None when one can."""
    found: list[Reason] = []
    like, any_case = "like" in operator.lower(), "ignorecase" in operator.lower()
    for value in values:
        open_ended = _may_become_audience(value)
        if (
            "${" in value
            or _AUDIENCE.fullmatch(value.lower() if any_case else value)
            or (like and open_ended)
        ):
            return None
        code = "wildcard-under-equals" if open_ended else about_audience(value.strip().lower(), "", None)
        found.append(Reason("audience-form" if code == "other-workspace" else code, value))
    return min(found, key=lambda reason: CODES.index(reason.code), default=None)


def _may_become_audience(value: str) -> bool:
    """Whether the value has a wildcard, and what is before it begins like an audience."""
    head = re.split(r"[*?]", value, maxsplit=1)
    return len(head) == 2 and (_AUDIENCE_HEAD.startswith(head[0]) or head[0].startswith(_AUDIENCE_HEAD))
