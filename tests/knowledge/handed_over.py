"""A case file out of texts that a person would hand over: a page's blocks, a case folder's files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from knowledge.casefile import CaseFile, OidcProvider, Repository, Role
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis
from knowledge.gcp_read import read_policy, read_provider
from knowledge.pipelines import parse
from knowledge.reading import Absent, Known
from knowledge.redact import redact
from knowledge.roles import role_choice
from knowledge.suspects import choose_suspects
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import with_variables

#: What a block may be called, and the file of a case folder that holds the same.
FILES = {
    "pipeline": "bitbucket-pipelines.yml",
    "paste": "paste.txt",
    "variables": "variables.yml",
    "trust": "trust.json",
    "claims": "claims.json",
    "step": "step.txt",
    "repository": "repository.yml",
    "providers": "providers.yml",
    "role": "role.txt",
    "gcp_provider": "gcp-provider.json",
    "gcp_policy": "service-account-policy.json",
}
_ROLE = "arn:aws:iam::123456789012:role/acme-deploy"


def case_from(blocks: Mapping[str, str]) -> CaseFile:
    """The case that these texts make; what is not among them was not read."""
    paste = redact(blocks.get("paste", "")).text
    case = CaseFile(symptoms=recognise(paste), paste=paste)
    if "variables" in blocks:
        case = with_variables(case, yaml.safe_load(blocks["variables"]) or {})
    if "pipeline" in blocks:
        file = parse(blocks["pipeline"])
        wanted = blocks.get("step", "").strip() or None
        case = replace(
            case,
            pipeline_file=Known(file, "the file"),
            suspects=choose_suspects(file, case.symptoms, wanted=wanted),
        )
    if "repository" in blocks:
        case = replace(
            case, repository=Known(_repository(yaml.safe_load(blocks["repository"])), "the repository")
        )
    if "claims" in blocks:
        given = json.loads(blocks["claims"])
        context = {key: value for key, value in given.items() if key.startswith(("aws:", "sts:"))}
        claims = {key: value for key, value in given.items() if key not in context}
        case = replace(case, claims=claims or None, request_context=context)
    if "providers" in blocks:
        listed = yaml.safe_load(blocks["providers"]) or []
        case = replace(case, providers=Known(tuple(map(_provider, listed)), "the account's OIDC providers"))
    return _with_google(_with_role(case, blocks), blocks)


def _with_google(case: CaseFile, blocks: Mapping[str, str]) -> CaseFile:
    if "gcp_provider" in blocks:
        provider = read_provider(json.loads(blocks["gcp_provider"]))
        case = replace(case, gcp_provider=Known(provider, "the provider"))
    if "gcp_policy" in blocks:
        policy = read_policy(json.loads(blocks["gcp_policy"]))
        case = replace(case, gcp_account=Known(policy, "the service account's policy"))
    return case


def diagnosis_of(blocks: Mapping[str, str]) -> Diagnosis:
    return diagnose(case_from(blocks))


def _with_role(case: CaseFile, blocks: Mapping[str, str]) -> CaseFile:
    arns = [choice.arn for s in case.suspects if (choice := role_choice(case, s.step)) and choice.arn]
    arn = case.field("role_arn") or next(iter(arns), None)
    if blocks.get("role", "").strip() == "absent":
        return replace(case, role=Absent("the roles of the account"), role_arn=arn)
    if "trust" not in blocks:
        return replace(case, role_arn=arn)
    policy = json.loads(blocks["trust"])
    return replace(
        case, role=Known(Role(arn=arn or _ROLE, trust_policy=policy), "the role"), role_arn=arn or _ROLE
    )


def _repository(given: Mapping[str, Any]) -> Repository:
    workspace = given["workspace"]
    return Repository(
        uuid=given["uuid"],
        slug=given["slug"],
        workspace_uuid=workspace["uuid"],
        workspace_slug=workspace["slug"],
        is_fork=bool(given.get("is_fork", False)),
    )


def _provider(given: Mapping[str, Any]) -> OidcProvider:
    url = str(given.get("url") or str(given["arn"]).partition("oidc-provider/")[2])
    arn = str(given.get("arn") or f"arn:aws:iam::123456789012:oidc-provider/{url}")
    clients = given.get("client_ids")
    return OidcProvider(arn, url, None if clients is None else tuple(clients))
