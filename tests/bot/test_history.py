"""What is said of earlier answers to the same: by repository, by role, by OIDC provider, in one channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.history import again
from bot.recollection import Recollection
from handlers.ports import Past, Paste, Reply
from knowledge.redact import CleanText

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/team/deploy"
EVIDENCE = {"the pipeline file": "aa", "the step": "bb"}
PASTE = Paste(team="T1", channel="C1", ts="1795400000.000100", user="U1", text=CleanText("x"))
REPLY = Reply(
    kind="diagnosis",
    text="x",
    cause="oidc-not-enabled",
    verdict="confirmed",
    repository="acme/widget",
    role=ROLE,
    evidence=EVIDENCE,
)
PAST = Past(
    job="T1-C1-1795300000.000100",
    channel="C1",
    root="1795300000.000100",
    user="U2",
    kind="diagnosis",
    cause="oidc-not-enabled",
    verdict="confirmed",
    repository="acme/widget",
    at=NOW - timedelta(days=2),
    role=ROLE,
    evidence=EVIDENCE,
)
URL = "https://acme.slack.com/"


def at(number: int, **changes: object) -> Past:
    """One more answer, `number` days ago."""
    root = f"17953{number:05}.000100"
    return replace(
        PAST,
        job=f"T1-C1-{root}",
        root=root,
        at=NOW - timedelta(days=number),
        **changes,  # type: ignore[arg-type]
    )


def test_the_same_evidence_in_the_same_repository_is_proven_there() -> None:
    found = again(PASTE, REPLY, [PAST], URL, NOW)

    assert found is not None
    assert found.same
    assert found.url == "https://acme.slack.com/archives/C1/p1795300000000100"
    assert found.sentence == (
        "The second time since Tuesday: `oidc-not-enabled` in `acme/widget`, both with the role `deploy`."
    )


@pytest.mark.parametrize(
    ("past", "ending"),
    [
        (replace(PAST, evidence={**EVIDENCE, "the step": "cc"}), " What differs from then: the step."),
        (replace(PAST, evidence={"the step": "bb"}), " What differs from then: the pipeline file."),
        (replace(PAST, evidence={}), "the role `deploy`."),
        (replace(PAST, short=True), "the role `deploy`."),
        (replace(PAST, repository="acme/gadget"), "`oidc-not-enabled`, both with the role `deploy`."),
        (replace(PAST, role=""), "in `acme/widget`."),
    ],
    ids=["step", "file", "kept by an earlier version", "told short itself", "other repository", "no role"],
)
def test_what_is_not_proven_there_word_for_word_is_told_here(past: Past, ending: str) -> None:
    found = again(PASTE, REPLY, [past], URL, NOW)

    assert found is not None
    assert found.same is (past.role == "")
    assert found.sentence.endswith(ending)


def test_what_nobody_asks_for_is_not_kept_without_end() -> None:
    recollection = Recollection()
    for number in range(5_000):
        recollection.note(replace(PASTE, ts=f"1795400000.{number:06}"), REPLY)

    assert len(recollection._past) <= 1_000
    assert replace(PASTE, ts="1795400000.004999").work in recollection._past


def test_of_another_repository_it_is_not_said_what_differs() -> None:
    past = replace(PAST, repository="acme/gadget", evidence={"the step": "cc"})
    found = again(PASTE, REPLY, [past], URL, NOW)

    assert found is not None
    assert not found.same
    assert "What differs" not in found.sentence


@pytest.mark.parametrize(
    ("count", "said"), [(10, "tenth"), (11, "11th"), (12, "12th"), (21, "21st"), (22, "22nd"), (23, "23rd")]
)
def test_the_number_of_times_is_written_as_people_write_it(count: int, said: str) -> None:
    before = [replace(at(1), job=f"job {number}") for number in range(count - 1)]
    found = again(PASTE, REPLY, before, URL, NOW)

    assert found is not None
    assert found.sentence.startswith(f"The {said} time since Wednesday: ")


def test_an_answer_to_one_person_and_one_whose_thread_has_no_address_are_told_whole() -> None:
    alone = again(replace(PASTE, response_url="https://hooks.slack.com/x"), REPLY, [PAST], URL, NOW)
    nowhere = again(PASTE, REPLY, [PAST], "", NOW)

    assert alone is not None
    assert nowhere is not None
    assert (alone.same, nowhere.same, nowhere.url) == (False, False, None)


def test_what_is_only_likely_has_no_proof_that_another_thread_could_hold() -> None:
    found = again(PASTE, replace(REPLY, verdict="likely"), [replace(PAST, verdict="likely")], URL, NOW)

    assert found is not None
    assert not found.same


def test_the_proof_is_linked_where_it_was_told_not_where_it_was_left_out() -> None:
    found = again(PASTE, REPLY, [at(1, short=True), at(2, short=True), at(3)], URL, NOW)

    assert found is not None
    assert found.same
    assert found.url == "https://acme.slack.com/archives/C1/p1795300003000100"
    assert found.sentence.startswith("The fourth time since Monday: ")


@pytest.mark.parametrize(
    "past",
    [
        replace(PAST, channel="C2"),
        replace(PAST, ephemeral=True),
        replace(PAST, cause="oidc-misspelt"),
        replace(PAST, repository="acme/gadget", role="arn:aws:iam::123456789012:role/other"),
        replace(PAST, at=NOW - timedelta(days=15)),
        replace(PAST, root=PASTE.root),
    ],
    ids=["channel", "one person's", "cause", "repository and role", "long ago", "thread"],
)
def test_what_is_not_the_same_is_not_counted(past: Past) -> None:
    assert again(PASTE, REPLY, [past], URL, NOW) is None


def test_one_provider_serves_all_roles_of_an_account() -> None:
    missing = replace(REPLY, cause="oidc-provider-missing", repository="acme/gadget", role=f"{ROLE}-2")
    found = again(PASTE, missing, [replace(PAST, cause="oidc-provider-missing")], URL, NOW)
    elsewhere = replace(PAST, cause="oidc-provider-missing", role="arn:aws:iam::210987654321:role/deploy")

    assert found is not None
    assert not found.same
    assert found.sentence.startswith(
        "The second time since Tuesday: `oidc-provider-missing`, in 2 repositories."
    )
    assert again(PASTE, missing, [elsewhere], URL, NOW) is None
