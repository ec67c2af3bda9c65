"""`recognise`: what a text shows, from a file or standard input, for people and for machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.symptoms.tables import ROWS
from tests.bot.commandline import CommandLine, refused
from tests.knowledge.tokens import claims, token

ROLE = "arn:aws:iam::123456789012:role/deploy"
DENIED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2V4YW1wbGUub3JnIn0." + "aB3dE6gH9j" * 5
RUN = "https://bitbucket.org/acme/widget/pipelines/results/1234/steps/%7B9c2d0e11-5555-4666-8777-888899990000%7D"
PASTE = (
    f"{RUN}\n+ aws sts assume-role-with-web-identity --role-arn {ROLE} --web-identity-token {JWT}\n{DENIED}\n"
)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


def test_the_document_names_failure_target_and_what_was_redacted(command: CommandLine) -> None:
    outcome = command("recognise", "--json", stdin=PASTE.encode())
    assert outcome.code == 1
    document = outcome.json
    (symptom,) = document["symptoms"]
    start, end = symptom["span"]
    assert document["text"][start:end] == DENIED
    assert symptom["id"] == "aws-sts-access-denied"
    assert (symptom["provider"], symptom["code"]) == ("aws", "AccessDenied")
    assert symptom["operation"] == "AssumeRoleWithWebIdentity"
    assert symptom["fields"]["role_arn"] == ROLE
    assert document["target"] == {
        "workspace": "acme",
        "repository": "widget",
        "build_number": 1234,
        "step": "{9c2d0e11-5555-4666-8777-888899990000}",
        "branch": None,
        "commit": None,
        "pull_request": None,
    }
    assert document["redactions"] == {"jwt": 1}
    assert JWT not in outcome.out
    assert "[redacted jwt]" in document["text"]


def test_a_text_without_a_failure_gives_an_empty_list_and_null_members(command: CommandLine) -> None:
    outcome = command("recognise", "-", "--json", stdin=b"good morning")
    assert outcome.code == 0
    assert outcome.json == {
        "symptoms": [],
        "target": dict.fromkeys(
            ("workspace", "repository", "build_number", "step", "branch", "commit", "pull_request")
        ),
        "text": "good morning",
        "redactions": {},
        "claims": None,
        "left_out": False,
    }


def test_file_standard_input_and_dash_give_the_same(command: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "error.txt"
    file.write_text(PASTE, encoding="utf-8")
    outcomes = [
        command("recognise", file, "--json"),
        command("recognise", "--json", stdin=PASTE.encode()),
        command("recognise", "-", "--json", stdin=PASTE.encode()),
    ]
    assert outcomes[0] == outcomes[1] == outcomes[2]


@pytest.mark.parametrize("provider", ["aws", "azure", "gcp", "other"])
def test_every_row_comes_out_under_its_provider(command: CommandLine, provider: str) -> None:
    rows = [row for row in ROWS if row.provider == provider]
    assert rows
    for row in rows:
        outcome = command("recognise", "--json", stdin=row.examples[0].encode())
        assert [(s["id"], s["provider"]) for s in outcome.json["symptoms"]] == [(row.id, provider)]
        assert outcome.code == 1


def test_people_are_told_the_meaning_the_run_and_to_revoke_a_secret(command: CommandLine) -> None:
    outcome = command("recognise", stdin=PASTE.encode())
    assert outcome.code == 1
    assert "aws-sts-access-denied (aws, AccessDenied AssumeRoleWithWebIdentity)" in outcome.out
    assert f"role_arn: {ROLE}" in outcome.out
    assert "About acme/widget, run #1234" in outcome.out
    assert "jwt (1)" in outcome.out
    assert "Revoke" in outcome.out
    assert JWT not in outcome.out


def test_people_are_told_when_nothing_is_known(command: CommandLine) -> None:
    assert command("recognise", stdin=b"").out == "No known failure in this text.\n"


def test_a_mark_at_the_beginning_and_windows_line_ends_do_no_harm(command: CommandLine) -> None:
    outcome = command("recognise", "--json", stdin=b"\xef\xbb\xbf" + DENIED.replace(": ", ":\r\n").encode())
    assert [symptom["id"] for symptom in outcome.json["symptoms"]] == ["aws-sts-access-denied"]


def test_forty_thousand_characters_are_no_matter(command: CommandLine) -> None:
    filler = "2026-11-20 10:20:30 building module of the web shop, all is well\n" * 700
    outcome = command("recognise", "--json", stdin=(filler[:40_000] + "\n" + DENIED).encode())
    assert [symptom["id"] for symptom in outcome.json["symptoms"]] == ["aws-sts-access-denied"]


def test_control_characters_of_a_text_never_reach_the_terminal(command: CommandLine) -> None:
    text = DENIED + "\n+ aws --role-arn arn:aws:iam::123456789012:role/deploy \x1b]0;owned\x07"
    assert "\x1b" not in command("recognise", stdin=text.encode()).out
    assert "\x1b" not in command("recognise", "--json", stdin=text.encode()).out


def test_what_cannot_be_read_is_said_in_one_line(command: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes("Zugriff verweigert für".encode("latin-1"))
    (tmp_path / "wide.txt").write_bytes(DENIED.encode("utf-16"))
    refused(command("recognise", tmp_path / "missing.txt"), "missing.txt", "no such file")
    refused(command("recognise", tmp_path), "folder")
    refused(command("recognise", tmp_path / "latin.txt"), "latin.txt", "not UTF-8")
    refused(command("recognise", tmp_path / "wide.txt"), "not UTF-8")
    refused(command("recognise", stdin=b"\xff\xfe\x00"), "standard input", "not UTF-8")
    refused(command("recognise", "a", "b"), "unexpected extra argument")


def test_the_claims_of_a_pasted_token_are_told_and_the_token_is_not(command: CommandLine) -> None:
    pasted = f"{token(claims())}\n{DENIED}\n".encode()
    document = command("recognise", "--json", stdin=pasted).json
    assert document["claims"] == {name: value for name, value in claims().items() if name != "branchName"}
    assert document["redactions"] == {"jwt": 1}
    said = command("recognise", stdin=pasted).out
    assert f"sub: {claims()['sub']}" in said
    assert "It ends on 2026-11-23 01:13 UTC." in said
    assert "eyJ" not in said


def test_a_log_of_many_megabytes_is_read_whole_and_its_telling_parts_are_kept(
    command: CommandLine, tmp_path: Path
) -> None:
    line = "2026-11-20 10:20:30 building module of the web shop, all is well\n"
    log = tmp_path / "step.log"
    log.write_text(line * 100_000 + DENIED + "\n" + line * 100_000, encoding="utf-8")
    outcome = command("recognise", log, "--json")
    (symptom,) = outcome.json["symptoms"]
    start, end = symptom["span"]
    assert outcome.json["text"][start:end] == DENIED
    assert outcome.json["left_out"] is True
    assert len(outcome.out) < 400_000
    assert "very long" in command("recognise", log).out
