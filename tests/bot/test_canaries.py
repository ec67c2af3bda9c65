"""A pipeline file may hold secrets that nobody should have put there: no way out shows one.

The first table has a token of a known form in every literal of a file, the second has plain words where only
the name beside them tells that they are secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.offline import Given, explain, read_case
from handlers.pasted_policy import PolicyRefused, role_in
from handlers.render import render
from knowledge.answer import Answer
from knowledge.file_secrets import secrets_of
from knowledge.pipelines import parse
from tests.bot.commandline import CommandLine

# Neither was ever a key to anything.
TOKEN = "ghp_Zq8Xk3Vb7Nm2Lp9Rt4Yw6Hs1Dc5Fg0JaUe"
WORD = "Sup3rS3cretPw"
MARK = re.compile(r"\[redacted [a-z-]+\]")

FILE = """\
# the pipeline of the shop
image:
  name: registry.example.com/tools:1.0
  username: puller
  password: $REGISTRY_PASSWORD
definitions:
  services:
    db:
      image: postgres:16
      variables:
        POSTGRES_PASSWORD: $DB_PASSWORD
  caches:
    jars: ~/.m2
pipelines:
  branches:
    main:
      - step:
          name: Build
          caches: [jars]
          script:
            - make # all of it
          artifacts:
            - dist/**
      - step:
          name: Deploy
          script:
            - export AWS_REGION=eu-central-1
            - export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/deploy
            - export AWS_WEB_IDENTITY_TOKEN_FILE=$PWD/token
            - echo $BITBUCKET_STEP_OIDC_TOKEN > $PWD/token
            - >-
              aws s3 sync dist/
              s3://acme-site
            - pipe: atlassian/aws-s3-deploy:1.1.0
              variables:
                AWS_OIDC_ROLE_ARN: arn:aws:iam::123456789012:role/deploy
                S3_BUCKET: acme
          after-script:
            - echo done
          deployment: production
          max-time: 10
"""
PASTES = {
    "no token": "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4\n",
    "refused": "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity\n",
    "the file itself": "",
}


def literals(text: str) -> Iterator[tuple[str, str]]:
    """Each scalar of the file, keys and comments too, by its place and with a token written into it."""
    for token in yaml.scan(text):
        if isinstance(token, yaml.ScalarToken) and token.style is None:
            end = token.end_mark.index
            yield f"{token.start_mark.line + 1}:{token.value}", f"{text[:end]}-{TOKEN}{text[end:]}"
            yield f"{token.start_mark.line + 1}:{token.value} apart", f"{text[:end]} {TOKEN}{text[end:]}"
    for found in re.finditer(r"#.*", text):
        yield f"comment {found.group()}", f"{text[: found.end()]} {TOKEN}{text[found.end() :]}"
    yield "in a folded text", text.replace("aws s3 sync dist/", f"aws s3 sync {TOKEN}")


#: Where plain words are a secret by their name: what is put for the step's last lines of the script.
NAMED = {
    "export": f"export DB_PASSWORD={WORD}",
    "export in quotes": f"export DB_PASSWORD='{WORD}'",
    "prefix": f"PGPASSWORD={WORD} psql -c 1",
    "az -p": f"az login --service-principal -u $AZURE_CLIENT_ID -p {WORD} -t $AZURE_TENANT_ID",
    "az -p in quotes": f"az login --service-principal -u $AZURE_CLIENT_ID -p '{WORD}' -t x",
    "az -p in quotes with blanks": f"az login --service-principal -u $AZURE_CLIENT_ID -p 'a1 {WORD} b' -t x",
    "docker login in quotes with blanks": f"echo 'a1 {WORD} b' | docker login -u me --password-stdin",
    "curl -u in quotes with blanks": f"curl -u 'me:a1 {WORD} b' https://repository.example.com",
    "mysql in quotes with blanks": f"mysql -p'a1 {WORD} b' -e x",
    "az --password=": f"az login --service-principal -u x --password={WORD} -t x",
    "az --password": f"az login --service-principal -u x --password {WORD} -t x",
    "curl -u": f"curl -u me:{WORD} https://repository.example.com",
    "docker login": f"docker login -u me -p {WORD}",
    "mysql": f"mysql -p{WORD} -e x",
    "address": f"git clone https://me:{WORD}@git.example.com/x",
    "pipe": f"pipe: atlassian/azure-web-apps-deploy:1.0.1\n{' ' * 14}variables:\n"
    f"{' ' * 16}AZURE_APP_ID: a\n{' ' * 16}AZURE_PASSWORD: {WORD}\n{' ' * 16}AZURE_TENANT_ID: b",
    "a text over lines": f"|\n{' ' * 14}cat > x <<E\n{' ' * 14}password: {WORD}\n{' ' * 14}E",
}
AT = ("            - export AWS_REGION=eu-central-1\n", "            - echo $BITBUCKET_STEP_OIDC_TOKEN")
AZURE = "ERROR: AADSTS7000215: Invalid client secret provided.\n"


def named() -> Iterator[tuple[str, str]]:
    for name, line in NAMED.items():
        for count, where in enumerate(AT):
            yield f"{name}, place {count}", FILE.replace(where, f"            - {line}\n{where}")
    yield "image", FILE.replace("$REGISTRY_PASSWORD", WORD)
    yield "service", FILE.replace("$DB_PASSWORD", WORD)
    yield (
        "above the diff",
        FILE.replace(
            "          script:\n            - export AWS_REGION",
            f"          password: >-\n            {WORD}\n          script:\n            - export AWS_REGION",
        ),
    )


def answered(paste: Path, file: Path) -> Answer:
    return explain(read_case(Given(paste=str(paste), pipeline_file=str(file))))


def shown(command: CommandLine, folder: Path, text: str, paste: str) -> dict[str, str]:
    """Everything that may be said about the file, by the way out."""
    file, error = folder / "bitbucket-pipelines.yml", folder / "paste.txt"
    file.write_text(text, encoding="utf-8")
    error.write_text(paste or text, encoding="utf-8")
    both = ("explain", "--paste", error, "--pipeline-file", file)
    found = {
        "explain": command(*both),
        "explain --json": command(*both, "--json"),
    }
    if not paste:
        found |= {
            "check": command("check", file),
            "check --json": command("check", file, "--json"),
            "check --sarif": command("check", file, "--sarif"),
            "recognise": command("recognise", file),
            "recognise --json": command("recognise", file, "--json"),
        }
    for wanted in ("no such step", "custom/none:7"):
        found[f"--step {wanted}"] = command("explain", "--pipeline-file", file, "--step", wanted)
    reply = render(answered(error, file), "T1-C1-1.0")
    said = {name: outcome.out + outcome.err for name, outcome in found.items()}
    return {
        **said,
        "blocks": json.dumps(reply.blocks),
        "notification": reply.text,
        "proof": json.dumps(reply.proof),
        "metadata": json.dumps(reply.metadata),
    }


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


@pytest.mark.parametrize("paste", PASTES.values(), ids=PASTES)
def test_a_token_in_any_literal_of_the_file_goes_out_nowhere(
    command: CommandLine, tmp_path: Path, paste: str
) -> None:
    rows = list(literals(FILE))
    marks = 0
    for place, text in rows:
        assert TOKEN in text, place
        for way, said in shown(command, tmp_path, text, paste).items():
            assert TOKEN not in said, (place, way)
            marks += len(MARK.findall(said))

    assert len(rows) > 100
    # The walk would prove nothing if no way out quoted any of these places.
    assert marks > 10


@pytest.mark.parametrize("paste", [*PASTES.values(), AZURE], ids=[*PASTES, "azure"])
def test_a_plain_word_that_its_name_makes_a_secret_goes_out_nowhere(
    command: CommandLine, tmp_path: Path, paste: str
) -> None:
    marks = 0
    for place, text in named():
        assert WORD in text, place
        for way, said in shown(command, tmp_path, text, paste).items():
            assert WORD not in said, (place, way)
            marks += len(MARK.findall(said))

    assert marks > 10


def test_a_diff_with_a_secret_beside_its_change_stays_a_diff_and_says_so(
    command: CommandLine, tmp_path: Path
) -> None:
    dirty = next(text for name, text in named() if name == "export, place 0")
    finding = json.loads(shown(command, tmp_path, dirty, PASTES["no token"])["explain --json"])["findings"][0]
    clean = json.loads(shown(command, tmp_path, FILE, PASTES["no token"])["explain --json"])["findings"][0]
    fix, same = finding["fixes"][0], clean["fixes"][0]
    lines = fix["diff"].splitlines()

    assert "             - export DB_PASSWORD=[redacted password]" in lines
    assert all(line[:1] in ("-", "+", "@", " ") for line in lines)
    assert len(lines) == len(same["diff"].splitlines())
    assert "cannot be applied as it stands" in fix["steps"][-1]
    assert "steps" not in same


@pytest.mark.parametrize(
    ("value", "said", "shown"),
    [
        ("bitbucket-pipelines1", "In bitbucket-pipelines1.yml:", "In bitbucket-pipelines1.yml:"),
        ("ci-build2", "In shop/ci-build2: ci-build2", "In shop/ci-build2: ci-build2"),
        ("release-2", "The step release-2 fails", "The step release-2 fails"),
        ("eu-central-1", "It is eu-central-1.", "It is eu-central-1."),
        ("us-gov-west-1", "us-gov-west-1", "us-gov-west-1"),
        ("europe-west12", "europe-west12", "europe-west12"),
        ("build-tools2", "It is build-tools2.", "It is [redacted token]."),
        ("build-tools2", "'build-tools2' my-build-tools2", "'[redacted token]' my-build-tools2"),
        (WORD, f"x{WORD}-y", "x[redacted token]-y"),
        ("deadbeef12ab34", "x-deadbeef12ab34.y", "x-[redacted token].y"),
    ],
)
def test_a_secret_like_a_name_is_taken_out_where_it_is_one(value: str, said: str, shown: str) -> None:
    line = f"            - export API_TOKEN={value}"
    text = FILE.replace("name: Build", "name: release-2").replace(AT[0], f"{line}\n{AT[0]}")
    secrets = secrets_of(parse(text, "shop/ci-build2"))
    number = text.split("\n").index(line) + 1

    assert secrets.clean(said) == shown
    assert secrets.clean(line, (number,)) == "            - export API_TOKEN=[redacted token]"
    assert value not in secrets.clean(f"{value}, {value}x", (number,))


def test_a_trust_policy_shows_no_token_that_was_put_into_it(command: CommandLine, tmp_path: Path) -> None:
    provider = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
    statement = {
        "Sid": TOKEN,
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{provider}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{provider}:aud": [TOKEN]}},
    }
    policy, claims = tmp_path / "policy.json", tmp_path / "claims.json"
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), encoding="utf-8")
    claims.write_text(json.dumps({"iss": f"https://{provider}", "aud": "x", "sub": TOKEN}), encoding="utf-8")
    given = ("trust", "--policy", policy, "--claims", claims)
    said = [command(*given).out, command(*given, "--json").out]

    assert [TOKEN in one for one in said] == [False, False]
    assert all(MARK.search(one) for one in said)


def test_what_is_said_of_a_refused_input_shows_no_token_of_it(command: CommandLine, tmp_path: Path) -> None:
    twice, other = tmp_path / "twice.json", tmp_path / "other.json"
    twice.write_text(f'{{"{TOKEN}": 1, "{TOKEN}": 2}}', encoding="utf-8")
    other.write_text(json.dumps({"iss": f"https://{TOKEN}.example"}), encoding="utf-8")
    with pytest.raises(PolicyRefused) as refused:
        role_in(twice.read_text(encoding="utf-8"))
    said = [
        command("trust", "--policy", twice, "--claims", other).err,
        command("explain", "--pipeline-file", "-", "--claims", other, stdin=FILE.encode()).err,
        str(refused.value),
    ]

    assert [TOKEN in one for one in said] == [False, False, False]
    assert all(MARK.search(one) for one in said)
