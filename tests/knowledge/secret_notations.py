"""Secrets by kind, and the notations in which people's tools write them down: the table of redaction."""

from __future__ import annotations

_LETTERS = "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zAbCdEfGhIjKlMnOpQrStUvWxYz0123456789"

#: The variable's name, and a value in the form that the service gives it. None was ever a key to anything.
SECRETS: dict[str, tuple[str, str]] = {
    "aws-key-id": ("AWS_ACCESS_KEY_ID", "AKIAQWERTYUIOP234567"),
    "aws-secret-key": ("AWS_SECRET_ACCESS_KEY", _LETTERS[:36] + "/+ab"),
    "aws-session-token": ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2Vj" + _LETTERS),
    "jwt": (
        "BITBUCKET_STEP_OIDC_TOKEN",
        f"eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2V4YW1wbGUub3JnIn0.{_LETTERS[:43]}",
    ),
    "atlassian-token": ("BITBUCKET_API_TOKEN", "ATATT3xFfGF0" + _LETTERS[:40]),
    "bitbucket-access-token": ("BITBUCKET_TOKEN", "ATCTT3xFfGN0" + _LETTERS[:40]),
    "app-password": ("BITBUCKET_APP_PASSWORD", "ATBB" + _LETTERS[:28]),
    "slack-token": ("SLACK_BOT_TOKEN", "xoxb-1234567890-abcdefABCDEF"),
    "azure-secret": ("ARM_CLIENT_SECRET", "abC8Q~" + _LETTERS[:34]),
    "google-token": ("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29." + _LETTERS[:40]),
    "github-token": ("GITHUB_TOKEN", "ghp_" + _LETTERS[:36]),
    "npm-token": ("NPM_TOKEN", "npm_" + _LETTERS[:36]),
    "password": ("DB_PASSWORD", "s3cr3t-Pa55!"),
    "plain token": ("DEPLOY_TOKEN", "q8w7e6r5t4y3u2i1"),
    "plain secret": ("OAUTH_CLIENT_SECRET", "q8w7e6r5t4y3u2i1"),
    "api-key": ("DATADOG_API_KEY", "f0e1d2c3b4a5968778695a4b3c2d1e0f"),
}

#: `{name}` as above, `{lower}` in lower case, `{camel}` as JSON of the cloud's own tools has it, `{words}`
#: with blanks.
NOTATIONS: dict[str, str] = {
    "env": "{name}={value}",
    "export": "export {name}={value}",
    "export, double quotes": 'export {name}="{value}"',
    "export, single quotes": "export {name}='{value}'",
    "several on one line": "A=1 {name}={value} B=2 make deploy",
    "trace of a shell": "+ {name}={value}",
    "json": '{{"{name}": "{value}"}}',
    "json, camel case": '{{"{camel}":"{value}","Expiration":"2026-11-20T10:20:30Z"}}',
    "json in json": '{{\\"{name}\\": \\"{value}\\"}}',
    "ini": "[default]\n{lower} = {value}\nregion = eu-central-1",
    "yaml": "env:\n  {name}: {value}\n  REGION: eu-central-1",
    "yaml, quoted": '  {name}: "{value}"',
    "yaml, list": "  - {name}: '{value}'",
    "terraform": '{lower} = "{value}"',
    "terraform, aligned": '  {lower}         = "{value}"',
    "powershell": "$env:{name} = '{value}'",
    "cmd": "set {name}={value}",
    "docker": "docker run -e {name}={value} acme/deploy",
    "build argument": "docker build --build-arg {name}={value} .",
    "python": "os.environ['{name}'] = '{value}'",
    "javascript": "process.env.{name} = '{value}'",
    "pipe": "variables:\n    {name}: {value}",
    "properties": "{lower}: {value}",
    "ruby": '"{lower}" => "{value}"',
    "ruby, default": 'ENV["{name}"] ||= "{value}"',
    "kubernetes": "- name: {name}\n  value: {value}\n- name: REGION\n  value: eu-central-1",
    "kubernetes, quoted": '- name: "{name}"\n  value: "{value}"',
    "task definition": '{{"name": "{name}", "value": "{value}"}}',
    "task definition, turned": '{{\n  "value": "{value}",\n  "name": "{name}"\n}}',
    "pipeline variable": '{{"key": "{name}", "secured": false, "value": "{value}"}}',
    "template parameter": '{{"ParameterKey": "{camel}", "ParameterValue": "{value}"}}',
    "xml": "<{camel}>{value}</{camel}>",
    "xml, pair": "<name>{name}</name><value>{value}</value>",
    "yaml, block": "{lower}: |\n  {value}\nregion: eu-central-1",
    "yaml, folded": "  {name}: >-\n    {value}\n",
    "setx": "setx {name} {value}",
    "setx, quoted": 'setx {name} "{value}"',
    "fish": "set -gx {name} {value}",
    "csh": "setenv {name} {value}",
    "image": "ENV {name} {value}",
    "python, default": 'os.environ.get("{name}", "{value}")',
    "go": 'os.Setenv("{name}", "{value}")',
    "powershell, quoted": '$env:{name} = "{value}"',
    "make": "{name} ?= {value}",
    "typed": 'const {lower}: string = "{value}"',
    "continued": "{name}=\\\n  {value}",
    "table": "| {name} | {value} |",
    "phone": "“{lower}”: “{value}”",
    "entities": "&quot;{camel}&quot;: &quot;{value}&quot;",
    "behind a name with blanks": "{words}: {value}",
    "coloured": "\x1b[36m{name}\x1b[0m=\x1b[32m{value}\x1b[0m",
}


def written(notation: str, name: str, value: str) -> str:
    """The secret in a notation, as a line or several."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    words = name.lower().replace("_", " ")
    return NOTATIONS[notation].format(name=name, lower=name.lower(), camel=camel, words=words, value=value)
