"""Secrets stop at the door, whatever notation they come in, and what a diagnosis needs passes."""

from __future__ import annotations

import base64
import json
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.redact import redact
from knowledge.secret_forms import FORMS, Form, form_spans
from tests.knowledge.linear_time import linear
from tests.knowledge.secret_notations import NOTATIONS as NOTATIONS_WRITTEN
from tests.knowledge.secret_notations import SECRETS, written

# None of these was ever a key to anything: letters and digits in the forms that the services use.
_LETTERS = "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zAbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
HEADER = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0"
PAYLOAD = "eyJpc3MiOiJodHRwczovL2FwaS5iaXRidWNrZXQub3JnIiwic3ViIjoiezF9OnsyfSJ9"
JWT = f"{HEADER}.{PAYLOAD}.{_LETTERS[:43]}"
SECRET_KEY = _LETTERS[:36] + "/+ab"
SESSION = "IQoJb3JpZ2luX2Vj" + _LETTERS
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA"
    + _LETTERS[:48]
    + "\n"
    + _LETTERS[:60]
    + "\n-----END RSA PRIVATE KEY-----"
)

#: kind, the secret, the text around it (`{}`)
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "jwt": (
        JWT,
        (
            "{}",
            "token: {}",
            "export BITBUCKET_STEP_OIDC_TOKEN={}",
            "aws sts assume-role-with-web-identity --web-identity-token {} --role-arn x",
            '{{"token": "{}"}}',
            "Authorization: Bearer {}",
            "`{}`",
            "<https://jwt.example/?t={}|link>",
        ),
    ),
    "aws-key-id": (
        "AKIA" + "QWERTYUIOP234567",
        ("{}", "AWS_ACCESS_KEY_ID={}", '"AccessKeyId": "{}",', "key {} is old"),
    ),
    "aws-secret-key": (
        SECRET_KEY,
        (
            "AWS_SECRET_ACCESS_KEY={}",
            'export AWS_SECRET_ACCESS_KEY="{}"',
            "aws_secret_access_key = {}",
            '"SecretAccessKey": "{}"',
            "SecretAccessKey: {}",
            "|  SecretAccessKey |  {}  |",
            "Access key ID,Secret access key\nAKIAQWERTYUIOP234567,{}",
        ),
    ),
    "aws-session-token": (
        SESSION,
        (
            "{}",
            "AWS_SESSION_TOKEN={}",
            '"SessionToken": "{}"',
            "aws_session_token = {}",
            "x-amz-security-token {}",
        ),
    ),
    "atlassian-token": (
        "ATATT3xFfGF0" + _LETTERS[:40],
        ("{}", "BITBUCKET_TOKEN={}", "curl -u me@acme.example:{} https://api.bitbucket.org/2.0/user"),
    ),
    "slack-token": ("xoxb-1234567890-abcdefABCDEF", ("{}", "SLACK_BOT_TOKEN={}", "token '{}'")),
    "slack-webhook": (
        "T0000/B0000/abcdef123456",
        ("https://hooks.slack.com/services/{}", "curl -X POST https://hooks.slack.com/services/{}"),
    ),
    "google-token": ("ya29." + _LETTERS[:40], ("{}", "access_token={}", 'GOOGLE_OAUTH_ACCESS_TOKEN="{}"')),
    "azure-secret": ("abC8Q~" + _LETTERS[:34], ("{}", "ARM_CLIENT_SECRET={}", "az login -p {}")),
    "github-token": ("ghp_" + _LETTERS[:36], ("{}", "https://{}@github.com/acme/x.git", "GITHUB_TOKEN={}")),
    "gitlab-token": ("glpat-" + _LETTERS[:20], ("{}", "token {}")),
    "npm-token": ("npm_" + _LETTERS[:36], ("{}", "//registry.acme.example/:_authToken={}")),
    "vault-token": ("hvs." + _LETTERS[:24], ("{}", "VAULT_TOKEN={}", "export VAULT_TOKEN='{}'")),
    "private-key": (PEM, ("{}", "cat key.pem\n{}\n", "KEY='{}'")),
    "signature": (
        _LETTERS[:40],
        (
            "https://x.s3.amazonaws.com/a?X-Amz-Date=1&X-Amz-Signature={}",
            "https://x.blob.core.windows.net/a?sv=1&sig={}",
        ),
    ),
    "authorization": (
        "dXNlcjpwYXNzd29yZDEy",
        ("Authorization: Basic {}", "curl -H 'Authorization: token {}' https://x.example", "Cookie: sid={}"),
    ),
    "bearer": ("abc123.def456-ghi789", ("bearer {}", "sent Bearer {} to it")),
    "password": (
        "s3cr3t-Pa55",
        (
            "password={}",
            "DB_PASSWORD={}",
            'password: "{}"',
            '{{"password":"{}"}}',
            "https://deploy:{}@bitbucket.org/acme/widget.git",
            "mysql --password={} -h db",
            "mysql --password {} -h db",
            "docker login registry.acme.example -u ci -p {}",
            "PGPASSWORD={} psql",
            "curl -s -u deploy:{} https://acme.example",
            "curl --user 'deploy:{}' https://acme.example",
            "sshpass -p {} ssh deploy@acme.example",
        ),
    ),
    "token": ("q8w7e6r5t4y3u2i1", ("token={}", "MY_TOKEN='{}'", "--token {}", 'api_token: "{}"')),
    "secret": ("q8w7e6r5t4y3u2i1", ("client_secret={}", 'clientSecret: "{}"', "--client-secret {}")),
    "api-key": ("q8w7e6r5t4y3u2i1", ("api_key={}", "X-Api-Key: {}", "--api-key={}", "apikey={}")),
}
NOTATIONS = [(kind, secret, around) for kind, (secret, texts) in KINDS.items() for around in texts]


@pytest.mark.parametrize(("kind", "secret", "around"), NOTATIONS)
def test_a_secret_is_taken_out_in_every_notation(kind: str, secret: str, around: str) -> None:
    result = redact(f"before\n{around.format(secret)}\nafter")
    assert secret not in result.text
    assert not any(secret[start : start + 12] in result.text for start in range(len(secret) - 12))
    assert sum(result.counts.values()) >= 1
    assert result.text.startswith("before\n")
    assert result.text.endswith("\nafter")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"bearer", "authorization"}])
def test_what_was_taken_out_is_named_and_counted(kind: str) -> None:
    secret, around = KINDS[kind][0], KINDS[kind][1][0]
    result = redact(around.format(secret))
    assert f"[redacted {kind}]" in result.text
    assert result.counts == {kind: 1}


def test_every_form_has_a_notation_in_this_table() -> None:
    assert {form.kind for form in FORMS} <= KINDS.keys()


def test_the_same_secret_twice_counts_twice() -> None:
    assert redact(f"{JWT}\n{JWT}").counts == {"jwt": 2}


@pytest.mark.parametrize("width", [40, 76, 80])
def test_a_token_that_a_terminal_broke_over_lines_is_taken_out_whole(width: int) -> None:
    lines = "\n".join(JWT[start : start + width] for start in range(0, len(JWT), width))
    result = redact(f"+ echo\n{lines}\n+ aws sts")
    assert result.text == "+ echo\n[redacted jwt]\n+ aws sts"


#: What stands before each line of a log.
LEADS = ("", "2026-11-23T10:00:00.123Z ", "[10:20:30] ", "| ", "> ", "web_1  | ", "    ")


def _leaks(secret: str, text: str) -> bool:
    return any(secret[start : start + 12] in text for start in range(len(secret) - 11))


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("width", [60, 76, 100])
@pytest.mark.parametrize(
    "secret",
    [
        f"{HEADER}.{PAYLOAD}.{_LETTERS * 6}",
        "ATATT3xFfGF0" + _LETTERS * 3,
        SESSION + _LETTERS * 4,
        base64.b64encode(
            f"A=1\nAWS_SECRET_ACCESS_KEY={SECRET_KEY}\nB=some more to fill\n".encode() * 2
        ).decode(),
    ],
    ids=["jwt", "atlassian", "session", "base64"],
)
def test_a_secret_over_several_lines_of_a_log_leaves_nothing_behind(
    secret: str, width: int, lead: str
) -> None:
    lines = "\n".join(lead + secret[start : start + width] for start in range(0, len(secret), width))
    text = redact(f"{lead}+ printenv\n{lines}\n{lead}+ aws sts get-caller-identity\n").text

    assert not _leaks(secret, text)
    assert text.startswith(f"{lead}+ printenv\n")
    assert text.endswith("+ aws sts get-caller-identity\n")


@pytest.mark.parametrize("lead", LEADS)
def test_a_private_key_in_a_log_is_taken_out_with_and_without_its_ends(lead: str) -> None:
    lines = [lead + line for line in PEM.split("\n")]
    for part in (lines, lines[:-1]):
        assert not _leaks(_LETTERS[:48], redact("\n".join([*part, f"{lead}+ next"])).text)
    if not lead:
        assert not _leaks(_LETTERS[:48], redact("\n".join(["+ cat key", *lines[1:]])).text)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (
            f"CREDENTIALS\tASIAQWERTYUIOP234567\t2026-11-23T10:00:00+00:00\t{SECRET_KEY}\t{SESSION}",
            SECRET_KEY,
        ),
        (
            f"AWS Access Key ID [None]: AKIAQWERTYUIOP234567\nAWS Secret Access Key [None]: {SECRET_KEY}",
            SECRET_KEY,
        ),
        (f"AWS_SECRET_ACCESS_KEY={SECRET_KEY[:25]}\n{SECRET_KEY[25:]}", SECRET_KEY),
        (" ".join(SECRET_KEY), " ".join(SECRET_KEY)[:30]),
        (f"DB_PASSWORD={SECRET_KEY[:9]}\u200b{SECRET_KEY[9:]}", SECRET_KEY[9:]),
        ("machine acme.example\n  login me\n  password correct-horse\n", "correct-horse"),
        ("mysql -u root -ps3cr3t-Pa55 -h db", "s3cr3t-Pa55"),
        ("mysqldump -uroot -p's3cr3t-Pa55' shop", "s3cr3t-Pa55"),
        ("redis-cli -h cache -a s3cr3t-Pa55 ping", "s3cr3t-Pa55"),
        ("openssl enc -d -pass pass:s3cr3t-Pa55", "s3cr3t-Pa55"),
        ("keytool -list -storepass s3cr3t-Pa55", "s3cr3t-Pa55"),
        ("echo s3cr3t-Pa55 | docker login -u ci --password-stdin", "s3cr3t-Pa55"),
        ("echo 'one s3cr3t Pa55' | docker login -u ci --password-stdin", "s3cr3t Pa55"),
        ("az login --service-principal -u ci -p 'one s3cr3t Pa55' -t x", "s3cr3t Pa55"),
        ('mysql -u ci -p"one s3cr3t Pa55" -e x', "s3cr3t Pa55"),
        ("sshpass -p 'one s3cr3t Pa55' ssh ci@acme.example", "s3cr3t Pa55"),
        ("curl -u 'ci:one s3cr3t Pa55' https://acme.example", "s3cr3t Pa55"),
        ('{"auths": {"acme.example": {"auth": "dXNlcjpzM2NyM3QtUGE1NQ=="}}}', "dXNlcjpzM2NyM3QtUGE1NQ"),
        ("_auth=dXNlcjpzM2NyM3QtUGE1NQ==", "dXNlcjpzM2NyM3QtUGE1NQ"),
        ("AccountName=a;AccountKey=" + _LETTERS + "==;EndpointSuffix=core.windows.net", _LETTERS),
        ("SharedAccessSignature=sv=2020&sig=" + _LETTERS[:43] + "%3D", _LETTERS[:43]),
        (
            '"private_key_id": "0123456789abcdef0123456789abcdef01234567"',
            "0123456789abcdef0123456789abcdef01234567",
        ),
        ("1//0" + _LETTERS[:50], _LETTERS[:50]),
        ("sk_live_" + _LETTERS[:24], _LETTERS[:24]),
        ("SG." + _LETTERS[:22] + "." + _LETTERS[:43], _LETTERS[:22]),
        ("redis://:s3cr3tPa55@cache:6379", "s3cr3tPa55"),
        ("my password is s3cr3t-Pa55", "s3cr3t-Pa55"),
        (base64.b64encode(b'{"token": "q8w7e6r5t4y3u2i1q8w7"}').decode().rstrip("="), "q8w7e6r5"),
        ("sk-" + _LETTERS[:20] + "T3BlbkFJ" + _LETTERS[20:40], _LETTERS[:20]),
        ("-Dsonar.login=0123456789abcdef0123456789abcdef01234567 -X", "0123456789abcdef"),
    ],
)
def test_a_secret_is_taken_out_of_what_tools_and_people_write(text: str, secret: str) -> None:
    result = redact(f"before\n{text}\nnext line of the log")

    assert secret not in result.text
    assert result.text.startswith("before\n")
    assert result.text.endswith("\nnext line of the log")
    assert redact(result.text).counts == {}


@pytest.mark.parametrize("width", [0, 64, 76])
def test_a_service_accounts_key_in_base64_is_no_token_that_ends_by_itself(width: int) -> None:
    """It begins with `eyJ`, as a JWT does; what people are told to do about it depends on the kind."""
    held = {"type": "service_account", "project_id": "acme", "private_key": PEM, "client_id": "1"}
    encoded = base64.b64encode(json.dumps(held).encode()).decode()
    lines = textwrap.wrap(encoded, width) if width else [encoded]
    result = redact("\n".join(["+ echo $KEY_FILE", *lines, "next line of the log"]))

    assert result.counts == {"private-key": 1}
    assert not _leaks(encoded, result.text)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.kind} {form.needles[0]}")
def test_every_form_can_be_looked_for(form: Form) -> None:
    assert list(form_spans(form, " ".join(form.needles))) == []


def test_a_token_cut_off_at_its_end_is_taken_out_too() -> None:
    assert redact(JWT[:70]).text == "[redacted jwt]"
    assert PAYLOAD[:20] not in redact(f"{HEADER}.{PAYLOAD[:30]}").text


def test_a_private_key_without_its_end_is_taken_out() -> None:
    text = redact(PEM.removesuffix("-----END RSA PRIVATE KEY-----") + "\nnext line of the log").text
    assert _LETTERS[:30] not in text
    assert text.endswith("next line of the log")


#: What rules and readers need, and what nobody must hide.
KEPT = (
    "arn:aws:iam::123456789012:role/deploy",
    "arn:aws:iam::123456789012:role/team/path/deploy-Production_1",
    "arn:aws-cn:iam::123456789012:role/deploy",
    "arn:aws:sts::123456789012:assumed-role/deploy/botocore-session-1795400000",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-abc123",
    (
        "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config"
        "/identity/oidc"
    ),
    "123456789012",
    "RequestID: 6f2c9a51-0d3e-4b7a-9c58-1e4f70a2b6d3, api error AccessDenied",
    "{3b1a7f00-1111-4222-8333-944455566677}:{9c2d0e11-5555-4666-8777-888899990000}",
    "ari:cloud:bitbucket::workspace/5d0c6a52-7777-4888-9999-aaaabbbbcccc",
    "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
    (
        "https://bitbucket.org/acme/widget/pipelines/results/1234/steps/%7B9c2d0e11-5555-4666-8777-8888"
        "99990000%7D"
    ),
    "git@bitbucket.org:acme/widget.git",
    (
        "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not "
        "authorized to perform "
        "sts:AssumeRoleWithWebIdentity"
    ),
    (
        "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity "
        "operation: Incorrect token audience"
    ),
    (
        "ExpiredTokenException: Token expired: current date/time 1795400000 must be before the "
        "expiration date/time 1795396400"
    ),
    "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4",
    "AADSTS7000215: Invalid client secret provided.",
    "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY",
    "export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/web-identity-token",
    "AWS_WEB_IDENTITY_TOKEN_FILE=/opt/web-identity-token",
    "echo $BITBUCKET_STEP_OIDC_TOKEN > $AWS_WEB_IDENTITY_TOKEN_FILE",
    "--web-identity-token $BITBUCKET_STEP_OIDC_TOKEN",
    "--web-identity-token file:///opt/oidc",
    'export AWS_SECRET_ACCESS_KEY="$PROD_SECRET"',
    "password: $DB_PASSWORD",
    "PASSWORD=${DB_PASSWORD}",
    "AWS_REGION=eu-central-1",
    "token: required",
    "Error: Missing required token",
    "secret not found",
    "commit 1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c",
    "image sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "AWS_ROLE_ARN=",
    "BITBUCKET_STEP_OIDC_TOKEN=",
    "token=''",
    (
        '"SubjectFromWebIdentityToken": "{3b1a7f00-1111-4222-8333-444455566677}:'
        '{9c2d0e11-5555-4666-8777-888899990000}"'
    ),
    "--- PASS: TestTokenRefresh2 (0.00s)",
    "PASS src/token1.test.tsx",
    "GOOGLE_APPLICATION_CREDENTIALS=gcp-config-1.json",
    "BITBUCKET_STEP_OIDC_TOKEN 3b1a7f00-1111-4222-8333-444455566677",
    "('Unable to acquire impersonated credentials', '{\"error\": {\"code\": 403}}')",
    "docker login -u $USER -p $PASSWORD",
    "curl -u $USER:$PASSWORD https://acme.example",
    'curl -H "Authorization: Bearer $BITBUCKET_STEP_OIDC_TOKEN" https://acme.example',
    "- name: AWS_SECRET_ACCESS_KEY\n  value: $PROD_SECRET",
    '{"key": "AWS_ROLE_ARN", "secured": false, "value": "arn:aws:iam::123456789012:role/deploy"}',
    "the password is wrong",
    "vault login -method=jwt -path=bitbucket role=deploy1",
    '{"auth": "disabled", "port": 8200}',
    "mysql -u root -p",
    "sha512-" + base64.b64encode(bytes(range(64))).decode(),
    "app-7d9f8b6c5d-x2x4z Ready",
    "sonar.login=$SONAR_LOGIN",
    "sonar.login=admin",
    "WARNING! Using --password via the CLI is insecure. Use --password-stdin.",
    "set DB_PASSWORD in the repository variables",
    "you must set AZURE_PASSWORD variable",
)


@pytest.mark.parametrize("text", KEPT)
def test_what_a_diagnosis_needs_passes_untouched(text: str) -> None:
    for around in ("{}", "line one\n{}\nline three", "see `{}` please"):
        whole = around.format(text)
        assert redact(whole) == type(redact(""))(text=redact(whole).text, counts={})
        assert redact(whole).text == whole


def test_the_name_beside_a_secret_stays() -> None:
    text = redact(
        f'{{"Credentials": {{"SecretAccessKey": "{SECRET_KEY}", "Expiration": "2026-11-20"}}}}'
    ).text
    assert (
        text
        == '{"Credentials": {"SecretAccessKey": "[redacted aws-secret-key]", "Expiration": "2026-11-20"}}'
    )


_WRITTEN = st.builds(
    lambda kind, notation, lead: (
        SECRETS[kind][1],
        "".join(f"{lead}{line}\n" for line in written(notation, *SECRETS[kind]).split("\n")),
    ),
    st.sampled_from(sorted(SECRETS)),
    st.sampled_from(sorted(set(NOTATIONS_WRITTEN) - {"yaml, block", "yaml, folded", "continued"})),
    st.sampled_from(LEADS),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_WRITTEN | st.sampled_from([("", kept) for kept in KEPT]), max_size=6))
def test_nothing_secret_comes_out_whatever_the_kind_the_notation_and_the_log(
    parts: list[tuple[str, str]],
) -> None:
    once = redact("\n".join(text for _, text in parts))

    assert not any(_leaks(secret, once.text) for secret, _ in parts if secret)
    assert redact(once.text).counts == {}


_SECRETS = [(secret, around) for _, secret, around in NOTATIONS]
_PIECES = st.sampled_from(
    [around.format(secret) for secret, around in _SECRETS] + list(KEPT) + ["\n", " ", '"', "'", ": ", "="]
)
_PASTES = st.lists(_PIECES | st.text(max_size=15), max_size=8).map("".join)


@settings(max_examples=200, deadline=None)
@given(_PASTES)
def test_a_second_call_changes_nothing(raw: str) -> None:
    once = redact(raw)
    assert redact(once.text) == type(once)(once.text, {})


@settings(max_examples=200, deadline=None)
@given(_PASTES)
def test_the_text_grows_by_no_more_than_the_marks_that_were_put_in(raw: str) -> None:
    once = redact(raw)
    marks = once.text.count("[redacted ")
    assert len(once.text) <= len(raw) + marks * len("[redacted aws-session-token]")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(_SECRETS),
    st.text(alphabet="abc xyz\n.,", max_size=40),
    st.text(alphabet="abc xyz\n.,", max_size=40),
)
def test_a_secret_on_its_own_lines_is_taken_out_whatever_surrounds_it(
    pair: tuple[str, str], before: str, after: str
) -> None:
    secret, around = pair
    assert secret not in redact(f"{before}\n{around.format(secret)}\n{after}").text


@pytest.mark.parametrize(
    "unit",
    [
        "eyJ",
        "eyJhbGciOiJSUzI1NiJ9.",
        "AKIA",
        "-----BEGIN PRIVATE KEY-----\n",
        "password=",
        "token: ",
        "secret",
        "://a:",
        "--token ",
        "IQoJ",
        "Bearer ",
        "login -p ",
        "Q~",
        "X-Amz-Signature=",
        "[redacted ",
        "'\"",
        "a" * 50,
        "ATATT",
        "xoxb-",
        "Cookie: a=b; ",
        "curl -u ",
        "sshpass -p ",
        "[redacted aws-key-id] ",
        "-----END PRIVATE KEY-----\n",
        "A" * 50 + "\n-----END PRIVATE KEY-----\n",
        "mysql -p",
        "name: token value: ",
        "value: abc name: ",
        '"value": "abc", "key": ',
        "key: ",
        "pass: |\n ",
        "a b C 1 ",
        "login x password ",
        "echo a | login ",
        "eyJhbGciOiJSUzI1NiJ9eyJhbGciOiJSUzI1NiJ9\n",
        "QVdTX1NFQ1JFVF9BQ0NFU1NfS0VZPWFi\n",
        "ATATT3xFfGF0aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zAbCdEfGhIj\n",
        "2026-11-23T10:00:00Z eyJaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
    ],
)
def test_redaction_takes_linear_time_whatever_is_repeated(unit: str) -> None:
    assert linear(redact, unit * (3_000 // len(unit)))


@pytest.mark.parametrize(
    "text",
    ["eyJabcdefghijk=x", "eyJhbGciOiJSUzI1NiIs=ImtpZCI6abc", "eyJabcdefghijk==+/=", "eyJabcdefghijk-_=a"],
)
def test_padding_inside_what_begins_like_a_token_is_no_fault(text: str) -> None:
    assert redact(text).counts == {"jwt": 1}
