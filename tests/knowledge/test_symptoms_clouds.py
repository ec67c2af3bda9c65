"""Each text of Azure, Google Cloud and the other services, in every client's dialect and as viewers show it.

The texts stand in the tables of `test_symptoms_services`; here are the clients that print them, and what
terminals, log collectors, chats and browsers make of that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from textwrap import fill

import pytest

from knowledge.redact import redact
from knowledge.symptoms import recognise
from knowledge.symptoms.tables import ROWS
from tests.knowledge.test_symptoms_services import AZURE, ENTRA, GOOGLE, GOOGLE_STS, OTHER

Dialect = Callable[[str, str], str]
Viewer = Callable[[str], str]

TRACE = "0a1b2c3d-0000-4000-8000-00000000abcd"
TAIL = f"Trace ID: {TRACE} Correlation ID: {TRACE} Timestamp: 2026-11-20 10:20:30Z"
RULE = "-" * 80
RECEIVED = "clientCredentialsToken: received HTTP status 401 with response: "
REFRESH = "There was a problem refreshing your current auth tokens: "
TOKEN_URL = (
    'Post "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/'
    'deploy@acme.iam.gserviceaccount.com:generateAccessToken": '
)


def entra(code: str, text: str, parting: str = "\r\n") -> str:
    """The body of Entra's answer."""
    said = parting.join((f"AADSTS{code}: {text}", *re.split(r" (?=[CT]\w+(?: ID)?: )", TAIL)))
    return json.dumps(
        {
            "error": "invalid_client",
            "error_description": said,
            "error_codes": [int(code)],
            "timestamp": "2026-11-20 10:20:30Z",
            "trace_id": TRACE,
            "correlation_id": TRACE,
            "error_uri": f"https://login.microsoftonline.com/error?code={code}",
        }
    )


def sts(error: str, text: str) -> str:
    """The body of an answer of Google's token exchange."""
    return json.dumps({"error": error, "error_description": text}, separators=(",", ":"))


def pretty(body: str) -> str:
    return json.dumps(json.loads(body), indent=2)


def coloured_keys(body: str) -> str:
    """As `jq` prints it on a terminal."""
    return re.sub(r'("[a-z_]+")(:)', "\x1b[34;1m\\1\x1b[0m\x1b[1;39m\\2", pretty(body))


def inside_a_string(body: str) -> str:
    """An answer that one program logged as a string, and another one again."""
    return json.dumps(json.dumps({"msg": body}))


def boxed(text: str) -> str:
    lines = "\n".join(f"│ {line}" for line in text.split("\n"))
    return f"╷\n{lines}\n│ \n│   on main.tf line 1, in provider:\n╵"


ENTRA_DIALECTS: dict[str, Dialect] = {
    "az": lambda code, text: (
        f"ERROR: AADSTS{code}: {text} {TAIL}\nRun the command below to authenticate interactively; "
        "additional arguments may be added as needed:\naz logout\naz login"
    ),
    "older az": lambda code, text: (
        f"AADSTS{code}: {text}\r\nTrace ID: {TRACE}\r\nTo re-authenticate, please run:\naz login"
    ),
    "PowerShell": lambda code, text: (
        "Connect-AzAccount: ClientAssertionCredential authentication failed: A configuration issue is "
        f"preventing authentication. Original exception: AADSTS{code}: {text} {TAIL}"
    ),
    "azure-identity for Python": lambda code, text: (
        f"azure.core.exceptions.ClientAuthenticationError: Authentication failed: AADSTS{code}: {text} {TAIL}"
    ),
    "its chain": lambda code, text: (
        "DefaultAzureCredential failed to retrieve a token from the included credentials.\n"
        "\tEnvironmentCredential: EnvironmentCredential authentication unavailable. Environment variables "
        "are not fully configured.\n\tWorkloadIdentityCredential: Authentication failed: "
        f"AADSTS{code}: {text} {TAIL}"
    ),
    "azure-identity for JavaScript": lambda code, text: (
        f"AuthenticationRequiredError: invalid_client: {code} - [2026-11-20 10:20:30Z]: AADSTS{code}: {text} "
        f"{TAIL} - Correlation ID: {TRACE}"
    ),
    "msal4j": lambda code, text: (
        f"com.microsoft.aad.msal4j.MsalServiceException: AADSTS{code}: {text} {TAIL}\n\tat com.microsoft.aad"
    ),
    "azure-identity for .NET": lambda code, text: (
        "Azure.Identity.AuthenticationFailedException: WorkloadIdentityCredential authentication failed:\n"
        " ---> MSAL.NetCore.4.61.3.0.MsalServiceException:\n\tErrorCode: invalid_client\nOriginal exception: "
        f"AADSTS{code}: {text} {TAIL}"
    ),
    "azidentity for Go": lambda code, text: (
        "WorkloadIdentityCredential authentication failed.\nPOST https://login.microsoftonline.com/t/oauth2/"
        f"v2.0/token\n{RULE}\nRESPONSE 401: 401 Unauthorized\n{RULE}\n{pretty(entra(code, text, ' '))}"
    ),
    "kubelogin": lambda code, text: (
        "FromAssertion(): http call(https://login.microsoftonline.com/t/oauth2/v2.0/token)(POST) error: "
        f"reply status code was 401:\n{entra(code, text, ' ')}"
    ),
    "Terraform's provider": lambda code, text: boxed(
        f"Error: building account: could not acquire access token to parse claims: {RECEIVED}"
        f"{entra(code, text)}"
    ),
    "Terraform's backend": lambda code, text: (
        "Error: Error building ARM Config: unable to build authorizer for Resource Manager API: could not "
        f"configure OIDC Authorizer: {RECEIVED}{entra(code, text)}"
    ),
    "curl": entra,
    "curl and jq": lambda code, text: pretty(entra(code, text)),
    "curl and jq in colour": lambda code, text: coloured_keys(entra(code, text)),
    "a string in a string": lambda code, text: inside_a_string(entra(code, text)),
}

GOOGLE_DIALECTS: dict[str, Dialect] = {
    "gcloud": lambda error, text: (
        f"ERROR: (gcloud.auth.login) {REFRESH}('Error code {error}: {text}', '{sts(error, text)}')\n"
        "Please run:\n\n  $ gcloud auth login\n\nto obtain new credentials."
    ),
    "gcloud, quoted": lambda error, text: (
        f"ERROR: (gcloud.run.deploy) {REFRESH}{(f'Error code {error}: {text}', sts(error, text))!r}"
    ),
    "older gcloud": lambda error, text: (
        f"ERROR: gcloud crashed (OAuthError): ('Error code {error}: {text}', '{sts(error, text)}')"
    ),
    "google-auth for Python": lambda error, text: (
        f"google.auth.exceptions.OAuthError: {(f'Error code {error}: {text}', sts(error, text))!r}"
    ),
    "oauth2 for Go": lambda error, text: f"oauth2/google: status code 400: {sts(error, text)}",
    "a library of Go": lambda error, text: (
        'Get "https://cloudresourcemanager.googleapis.com/v1/projects/acme?alt=json": oauth2/google: '
        f"status code 400: {sts(error, text)}"
    ),
    "newer Go": lambda error, text: f"credentials: status code 403: {sts(error, text)}",
    "Go, about to impersonate": lambda error, text: (
        f"impersonate: unable to generate access token: {TOKEN_URL}oauth2/google: status code 400: "
        f"{sts(error, text)}"
    ),
    "Terraform": lambda error, text: boxed(
        f"Error: storage.NewClient() failed: dialing: credentials: status code 400: {sts(error, text)}"
    ),
    "google-auth-library for Node": lambda error, text: (
        f"Error: Error code {error}: {text}\n    at StsCredentials.exchangeToken (/app/sts.js:101:19)"
    ),
    "google-auth-library for Java": lambda error, text: (
        f"com.google.auth.oauth2.OAuthException: Error code {error}: {text}\n\tat com.google.auth.oauth2"
    ),
    "curl": sts,
    "curl and jq": lambda error, text: pretty(sts(error, text)),
    "curl and jq in colour": lambda error, text: coloured_keys(sts(error, text)),
    "a string in a string": lambda error, text: inside_a_string(sts(error, text)),
}
#: A refused key of a service account prints the same where only the answer stands.
BARE = ("curl", "curl and jq", "curl and jq in colour", "a string in a string")


def each_line(change: Callable[[int, str], str]) -> Viewer:
    return lambda text: "\n".join(change(number, line) for number, line in enumerate(text.split("\n")))


def entities(text: str) -> str:
    for sign, entity in (("&", "&amp;"), ("'", "&#39;"), ('"', "&quot;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, entity)
    return text


def cut(width: int) -> Viewer:
    """A window that breaks its lines wherever they end."""
    return each_line(
        lambda _, line: "\n".join(line[at : at + width] for at in range(0, max(1, len(line)), width))
    )


VIEWERS: dict[str, Viewer] = {
    "as it is": lambda text: text,
    "coloured": each_line(lambda _, line: f"\x1b[31m{line}\x1b[0m"),
    "PowerShell's colours": lambda text: f"\x1b[31;1m{text}\x1b[0m\n\x1b[36;1mLine |\x1b[0m",
    "with times": each_line(lambda number, line: f"2026-11-20T10:20:3{number % 10}.123Z {line}"),
    "with times in brackets": each_line(lambda number, line: f"[2026-11-20 10:20:3{number % 10}] {line}"),
    "a line of JSON": lambda text: json.dumps({"level": "error", "msg": text}),
    "a log of Pipelines": lambda text: (
        f"+ ./deploy.sh\n{text}\nSearching for test report files in directories named [test-results] down to "
        "a depth of 4"
    ),
    "a pipe": lambda text: f"INFO: Executing the pipe...\n✖ {text}",
    "fenced": lambda text: f"```\n{text}\n```",
    "quoted": each_line(lambda _, line: f"> {line}"),
    "a page's source": entities,
    "lines of Windows": lambda text: text.replace("\n", "\r\n"),
    "cut at 80": cut(80),
    "broken at words": lambda text: fill(text, 100, break_on_hyphens=False, replace_whitespace=False),
}


def texts() -> Iterator[tuple[str, str, str]]:
    """Dialect, text, and the failure that it is."""
    for code, text, wanted, *_ in ENTRA:
        for name, dialect in ENTRA_DIALECTS.items():
            yield f"{name}, {code}", dialect(code, text), wanted
    for error, text, wanted, *_ in GOOGLE_STS:
        for name, dialect in GOOGLE_DIALECTS.items():
            if wanted != "gcp-token-malformed" or name not in BARE:
                yield name, dialect(error, text), wanted
    for text, wanted, *_ in (*AZURE, *GOOGLE, *OTHER):
        yield "as its client prints it", text, wanted
    for row in ROWS:
        # A pipe prints on the log itself, and nothing carries its lines on.
        if row.provider != "aws" and not row.generic and row.id != "azure-pipe-variable-missing":
            yield from ((f"example {number}", text, row.id) for number, text in enumerate(row.examples))


TEXTS = tuple(texts())


@pytest.mark.parametrize("viewer", VIEWERS)
def test_every_text_is_told_in_every_dialect_whatever_shows_it(viewer: str) -> None:
    show = VIEWERS[viewer]
    told = {
        (dialect, text, wanted): [symptom.id for symptom in recognise(redact(show(text)).text)][:1]
        for dialect, text, wanted in TEXTS
    }

    assert {key: found for key, found in told.items() if found != [key[2]]} == {}


def test_the_tables_are_as_large_as_they_are_said_to_be() -> None:
    assert len(TEXTS) > 950
    assert len(TEXTS) * len(VIEWERS) > 13_000
