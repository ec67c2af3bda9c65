"""Pipeline files for the tests of rules: a working script, and what can be taken from it."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING = "{workspace: {}, repository: {}, deployments: {}}"
REGION = "export AWS_REGION=eu-central-1"
ROLE = "export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/acme-deploy"
FILE = 'export AWS_WEB_IDENTITY_TOKEN_FILE="$HOME/.bb-oidc.jwt"'
WRITE = """printf '%s' "$BITBUCKET_STEP_OIDC_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE\""""
USE = "aws s3 sync build/ s3://acme-site"

#: The login that works.
GOOD = (REGION, ROLE, FILE, WRITE, USE)

EXPLICIT = (
    "aws sts assume-role-with-web-identity --role-arn arn:aws:iam::123456789012:role/acme-deploy "
    '--role-session-name ci --web-identity-token "$BITBUCKET_STEP_OIDC_TOKEN" > keys.json'
)


def step(lines: Sequence[str], keys: str = "oidc: true", name: str = "Deploy") -> str:
    """One list item of a pipeline; `keys` are further lines of the step."""
    head = "".join(f"        {key}\n" for key in keys.split("\n") if key)
    body = "".join(f"          - {line}\n" for line in lines)
    return f"    - step:\n        name: {name}\n{head}        script:\n{body}"


def pipeline(*steps: str, section: str = "default") -> str:
    return f"pipelines:\n  {section}:\n{''.join(steps)}"


def one(*lines: str, keys: str = "oidc: true") -> str:
    """A file of one step, `Deploy`."""
    return pipeline(step(lines, keys))


def anchored(*lines: str) -> str:
    """The same step kept in `definitions` and used by an alias."""
    body = "".join(f"          - {line}\n" for line in lines)
    return (
        "definitions:\n  steps:\n    - step: &deploy\n"
        "        name: Deploy\n        oidc: true\n        script:\n"
        f"{body}pipelines:\n  branches:\n    main:\n      - step: *deploy\n"
    )


def pipe(name: str, **variables: str) -> str:
    """A pipe call as a further script item."""
    given = "".join(f"              {key}: {value}\n" for key, value in variables.items())
    return f"          - pipe: {name}\n            variables:\n{given}"
