"""What Google calls `assertion`: the claims of this step's token, those that are not known marked as such.

https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers
The claims of a Bitbucket token: https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import Claims, claims_for
from knowledge.frozen import dataclass
from knowledge.gcp_cel import CelUnreadableError, claims_of, parse
from knowledge.gcp_cel_values import Beginning, Fields, Lacking, SomeUuid, Unknown, Value, value_of
from knowledge.gcp_setup import WorkloadProvider
from knowledge.reading import Known
from knowledge.words import code

ENVIRONMENT = "deploymentEnvironmentUuid"
#: Every run, or every step of it, has another value of these.
CHANGING = frozenset({"sub", "stepUuid", "pipelineUuid", "pipelineRunUuid", "iat", "exp"})
#: Without these Google takes no token at all:
#: https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
_ALWAYS = frozenset({"iss", "iat", "exp", "sub", "aud"})
_CLAIMS = frozenset(
    {
        "iss",
        "aud",
        "sub",
        "iat",
        "exp",
        "workspaceUuid",
        "repositoryUuid",
        "pipelineUuid",
        "pipelineRunUuid",
        "stepUuid",
        ENVIRONMENT,
        "branchName",
        "accountUuid",
        "compliant",
    }
)
#: Claims of other CIs and of people's tokens, which are copied from their guides.
FOREIGN = frozenset({"repository", "repository_owner", "ref", "project_path", "email"})


@dataclass(frozen=True, slots=True)
class Assertion:
    """The claims by name. `given` says that they are a token's own: what is not there is not in it."""

    told: Mapping[str, Value]
    given: bool
    claims: Claims = field(compare=False)

    def get(self, name: str, default: Value | None = None, /) -> Value:
        """The claim, or what is known of it; never the default."""
        del default
        if name in self.told:
            return self.told[name]
        if name in _ALWAYS:
            return Unknown(f"every token has {code(name)}; the claims that were given leave it out")
        if self.given or name in FOREIGN or _is_misspelt(name):
            return Lacking(f"assertion.{name}")
        if name in _CLAIMS:
            # Every claim that is a UUID has its braces, so that more can be told of it than nothing.
            kind = SomeUuid if name.endswith("Uuid") else Unknown
            return kind(f"{code(name)} is known only from a token of this step")
        return Unknown(f"{code(name)} is no documented claim of a Bitbucket token")


def _is_misspelt(name: str) -> bool:
    """Whether it is one of the claims but for its case or a low line: names of claims have a case."""
    bare = {claim.casefold() for claim in _CLAIMS}
    return name not in _CLAIMS and name.casefold().replace("_", "") in bare


def right_name(name: str) -> str | None:
    """The claim that a misspelt name was meant as."""
    wanted = name.casefold().replace("_", "")
    return next((claim for claim in sorted(_CLAIMS) if claim.casefold() == wanted and claim != name), None)


def assertion_for(case: CaseFile, suspect: Suspect | None) -> Assertion | None:
    """The claims of the suspect's token; None while not even the repository is known."""
    reading = claims_for(case, suspect)
    if not isinstance(reading, Known):
        return None
    claims = reading.value
    values: dict[str, Value] = {name: _plain(value) for name, value in claims.values.items()}
    if claims.given:
        whole = "sub" in (case.claims or {}) and "repositoryUuid" in (case.claims or {})
        return Assertion(values if whole else {**values, **_parts(claims)}, whole, claims)
    values |= _parts(claims)
    begins, _, behind = claims.pattern_sub.partition("*")
    if begins and behind == "" and isinstance(values.get("sub"), Unknown):
        values["sub"] = Beginning("a part of it changes with each step", begins)
    values |= _of_run(case, suspect)
    return Assertion(values, given=False, claims=claims)


def assertion_or_form(case: CaseFile, suspect: Suspect | None) -> Assertion:
    """The same; while nothing is known of the token, what all tokens have in common."""
    nothing = Claims(values={}, pattern_sub="", issuer="")
    return assertion_for(case, suspect) or Assertion({}, given=False, claims=nothing)


def claim_named(text: str, mapping: Mapping[str, str]) -> str:
    """The claim behind `assertion.NAME`, or behind an attribute that is mapped to just that; else empty."""
    found = re.fullmatch(r"assertion(?:\.(\w+)|\[['\"](\w+)['\"]\])", mapping.get(text, text).strip())
    return (found[1] or found[2]) if found else ""


def _plain(value: object) -> Value:
    if isinstance(value, str | bool | int):
        # A pattern is a text too, but one that is not known to its end.
        return value if type(value) in (str, bool, int) else Unknown("a part of it changes with each step")
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return value
    return Unknown("it is not known before the step runs")


def _parts(claims: Claims) -> dict[str, Value]:
    """What issuer, audience and subject are made of, as claims of their own."""
    found: dict[str, Value] = {}
    if claims.repository_uuid:
        found["repositoryUuid"] = claims.repository_uuid
    if claims.workspace_uuid:
        found["workspaceUuid"] = claims.workspace_uuid
    if claims.environment_uuid:
        found[ENVIRONMENT] = claims.environment_uuid
    elif claims.deploys is False:
        found[ENVIRONMENT] = Lacking(f"assertion.{ENVIRONMENT}")
    return found


def _of_run(case: CaseFile, suspect: Suspect | None) -> dict[str, Value]:
    found: dict[str, Value] = {}
    if suspect is not None and suspect.run_step is not None:
        found["stepUuid"] = suspect.run_step.uuid
    if isinstance(case.run, Known):
        run = case.run.value
        found["pipelineUuid"] = run.uuid
        if run.ref_type == "branch" and run.ref_name and run.selector_type != "pullrequests":
            found["branchName"] = run.ref_name
    return found


def mapped(provider: WorkloadProvider, assertion: Fields) -> dict[str, Value]:
    """What the mapping makes of the claims, by its keys (`google.subject`, `attribute.NAME`)."""
    names = {"assertion": assertion}
    return {key: value_of(expression, names) for key, expression in provider.mapping.items()}


def names_for(provider: WorkloadProvider, assertion: Fields) -> dict[str, Fields]:
    """What a condition can name."""
    values = mapped(provider, assertion)
    google = {key[7:]: value for key, value in values.items() if key.startswith("google.")}
    attribute = {key[10:]: value for key, value in values.items() if key.startswith("attribute.")}
    return {"assertion": assertion, "google": google, "attribute": attribute}


def changing_in(expression: str) -> str | None:
    """The claim because of which the expression gives another value for each step, where that is plain: the
    claim alone, or put together with others."""
    try:
        tree = parse(expression)
    except CelUnreadableError:
        return None
    if any(node.kind not in ("field", "index", "name", "literal", "add") for node in tree.walk()):
        return None
    return next((name for name in sorted(claims_of(tree)) if name in CHANGING), None)


def claims_in(expression: str) -> frozenset[str]:
    """The claims that an expression names; none where it is not read."""
    try:
        return claims_of(parse(expression))
    except CelUnreadableError:
        return frozenset()
