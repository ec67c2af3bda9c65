"""Tokens as Bitbucket makes them, but for the signature: what they open was never there."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

REPOSITORY = "{2e9e429c-7b8b-404f-8648-8c40c27c9ebd}"
STEP = "{9c2d0e11-5555-4666-8777-888899990000}"
ENVIRONMENT = "{5f4e3d2c-1111-4222-8333-944455566677}"
WORKSPACE = "7baee083-4f25-4a97-8a9a-0fde1b623b45"
ISSUED = 1_795_392_800


def claims(workspace: str = "acme", **more: Any) -> dict[str, Any]:
    """The claims that every token carries; `more` adds and replaces."""
    return {
        "iss": f"https://api.bitbucket.org/2.0/workspaces/{workspace}/pipelines-config/identity/oidc",
        "aud": f"ari:cloud:bitbucket::workspace/{WORKSPACE}",
        "sub": f"{REPOSITORY}:{STEP}",
        "stepUuid": STEP,
        "repositoryUuid": REPOSITORY,
        "workspaceUuid": f"{{{WORKSPACE}}}",
        "branchName": "main",
        "exp": ISSUED + 3_600,
        "iat": ISSUED,
        **more,
    }


def token(said: Mapping[str, Any]) -> str:
    """The JWT with these claims."""
    header = {"alg": "RS256", "kid": "k1"}
    return ".".join([_part(json.dumps(header)), _part(json.dumps(said)), _part("s" * 256)])


def _part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
