"""`explain` with what `gcloud` prints: `--provider-config` and `--service-account-policy`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.commandline import CommandLine, refused

CASES = Path(__file__).resolve().parent.parent / "cases"
EMPTY = CASES / "gcp-audience-not-allowed" / "empty-list-and-no-paste"
CHANGES = CASES / "gcp-member-changes" / "principal-of-one-subject"
NAME = "projects/1/locations/global/workloadIdentityPools/a/providers/b"
CLAIMS = EMPTY / "claims.json"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


def test_a_provider_and_the_claims_are_enough_without_a_text(command: CommandLine) -> None:
    provider = EMPTY / "gcp-provider.json"
    outcome = command("explain", "--provider-config", provider, "--claims", CLAIMS, "--json")

    assert outcome.code == 1
    assert outcome.json["lead"] == "gcp-audience-not-allowed"
    assert outcome.json["findings"][0]["fixes"][0]["surface"] == "oidc-provider"


def test_both_files_prove_what_the_text_leaves_open(command: CommandLine) -> None:
    files = ("--paste", CHANGES / "paste.txt", "--pipeline-file", CHANGES / "bitbucket-pipelines.yml")
    setup = (
        "--provider-config",
        CHANGES / "gcp-provider.json",
        "--service-account-policy",
        CHANGES / "service-account-policy.json",
    )
    without = command("explain", *files, "--claims", CLAIMS, "--json").json
    proven = command("explain", *files, *setup, "--claims", CLAIMS, "--json").json

    assert (without["lead"], without["findings"][0]["verdict"]) == ("gcp-binding-missing", "likely")
    assert (proven["lead"], proven["findings"][0]["verdict"]) == ("gcp-member-changes", "confirmed")
    unread = {item["source"]: item["remedy"] for item in without["unread"]}
    assert unread["the service account's IAM policy"] == "pass --service-account-policy FILE"
    assert not {item["source"] for item in proven["unread"]} & set(unread)


def test_the_setup_may_stand_in_the_paste_itself(command: CommandLine, tmp_path: Path) -> None:
    texts = [(CHANGES / name).read_text(encoding="utf-8") for name in ("paste.txt", "gcp-provider.json")]
    texts.append((CHANGES / "service-account-policy.json").read_text(encoding="utf-8"))
    (tmp_path / "paste.txt").write_text("\n".join(texts), encoding="utf-8")
    outcome = command("explain", "--paste", tmp_path / "paste.txt", "--claims", CLAIMS, "--json")

    assert outcome.json["lead"] == "gcp-member-changes"


@pytest.mark.parametrize(
    ("option", "text", "word"),
    [
        ("--provider-config", "", "is empty"),
        ("--provider-config", "projects/1", "not valid JSON"),
        ("--provider-config", "name: projects/1", "providers describe PROVIDER"),
        ("--provider-config", "[]", "must be a JSON object"),
        ("--provider-config", "{}", "providers describe PROVIDER"),
        ("--provider-config", '{"name": 5}', "`name` must be a text"),
        (
            "--provider-config",
            '{"name": "NAME", "oidc": 1}',
            "`oidc` must be an object",
        ),
        (
            "--provider-config",
            '{"name": "NAME", "attributeMapping": {"a": 1}}',
            "`attributeMapping`",
        ),
        (
            "--provider-config",
            ('{"name": "NAME", "oidc": {"allowedAudiences": "a"}}'),
            "`allowedAudiences`",
        ),
        ("--service-account-policy", "{}", "get-iam-policy SERVICE_ACCOUNT"),
        ("--service-account-policy", '{"bindings": {}}', "`bindings`"),
        ("--service-account-policy", '{"bindings": [{"role": "r", "members": "m"}]}', "`members`"),
        ("--service-account-policy", '{"bindings": ["x"]}', "`members`"),
    ],
)
def test_what_cannot_be_used_gets_one_line_that_says_what_to_give(
    command: CommandLine, tmp_path: Path, option: str, text: str, word: str
) -> None:
    (tmp_path / "given.json").write_text(text.replace("NAME", NAME), encoding="utf-8")

    refused(command("explain", option, tmp_path / "given.json"), "given.json", word)


def test_a_policy_that_binds_nobody_is_a_policy(command: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(json.dumps({"etag": "ACAB"}), encoding="utf-8")
    outcome = command("explain", "--service-account-policy", tmp_path / "policy.json", "--json")

    assert outcome.json["lead"] == "gcp-binding-missing"
