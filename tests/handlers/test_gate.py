"""May we speak? Tables of messages that are answered, and of those that are left alone with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from handlers.gate import Ignore, Me, Proceed, decide, judge
from knowledge.redact import CleanText
from tests.handlers import payloads
from tests.handlers.payloads import BOT, BOT_USER, CHANNEL, ERROR, PERSON, RUN, TEAM, TS

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "negatives.jsonl"
ME = Me(
    team=TEAM, bot_id=BOT, bot_user_id=BOT_USER, watched=frozenset({CHANNEL}), workspaces=frozenset({"acme"})
)
ROOT = "1795300000.000100"
CREDENTIALS = 'Unable to locate credentials. You can configure credentials by running "aws configure".'
REGION = 'You must specify a region. You can also configure your region by running "aws configure".'
DENIED = (
    "An error occurred (AccessDenied) when calling the PutObject operation: User: "
    "arn:aws:sts::123456789012:assumed-role/deploy/s is not authorized to perform: s3:PutObject"
)

NOTICES = [
    *("channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive"),
    *("channel_posting_permissions", "me_message", "bot_add", "ekm_access_denied", "message_replied"),
]

ANSWERED: dict[str, dict[str, Any]] = {
    "a person's message": payloads.message(),
    "a thread reply": payloads.message(thread_ts=ROOT),
    "a reply that is shown in the channel too": payloads.message(subtype="thread_broadcast", thread_ts=ROOT),
    "a message with a file": payloads.message(subtype="file_share", files=[]),
    "the post of a webhook": payloads.message(
        text="", blocks=[], subtype="bot_message", bot_id="B7", user=None, attachments=[{"text": ERROR}]
    ),
    "the post of an app": payloads.message(bot_id="B8", app_id="A8", user="U8BOT"),
    "a mention": payloads.mention(),
    "the root of its own thread": payloads.message(thread_ts=TS),
    "a common text beside a run": payloads.message(f"{CREDENTIALS}\n{RUN}"),
    "a common text beside a repository's name": payloads.message(f"acme/widget says: {REGION}"),
    "an edit": payloads.changed(ERROR, "before"),
    "an edit that names the run": payloads.changed(f"{CREDENTIALS} {RUN}", CREDENTIALS),
    "a fix that did not help": payloads.message(f"I fixed the region but now: {ERROR}"),
    "not solved": payloads.message(f"still not solved: {ERROR}"),
    "a question about a solution": payloads.message(f"has anybody solved this? {ERROR}"),
    "a log in which something is resolved": payloads.message(f"Resolved dependencies in 3 s\n{ERROR}"),
    "another ci beside bitbucket": payloads.message(f"works in GitHub Actions, fails in Bitbucket: {ERROR}"),
    "another ci beside a run": payloads.message(f"moved here from Jenkins: {ERROR} {RUN}"),
}

LEFT_ALONE: dict[str, tuple[dict[str, Any], str]] = {
    "another channel": (payloads.message(channel="C2"), "channel"),
    "no channel": (payloads.message(channel=None), "channel"),
    "our own post": (payloads.message(bot_id=BOT, user=BOT_USER), "own-post"),
    "our own post without a user": (payloads.message(bot_id=BOT, user=None), "own-post"),
    "our own edit": (payloads.changed(ERROR, "x", bot_id=BOT, user=BOT_USER), "own-post"),
    "another bot in a thread": (payloads.message(bot_id="B8", thread_ts=ROOT), "bot-in-thread"),
    "a guest of another organisation": (payloads.message(user_team="T2"), "other-team"),
    "a guest by the source": (payloads.message(source_team="T2"), "other-team"),
    "small talk": (payloads.message("who is on call?"), "no-failure"),
    "an empty message": (payloads.message(text=None, blocks=None), "no-failure"),
    "a deletion": (payloads.message(subtype="message_deleted", hidden=True), "hidden"),
    "an edit of nothing": (payloads.changed(ERROR, ERROR), "same-text"),
    "a preview of a link": (
        payloads.changed(ERROR, ERROR, edited=None, attachments=[{"from_url": RUN, "title": "Pipeline #42"}]),
        "same-text",
    ),
    "a message shown below a link to it": (
        payloads.changed(
            "see there",
            "see there",
            edited=None,
            attachments=[{"is_msg_unfurl": True, "from_url": "x", "text": ERROR}],
        ),
        "same-text",
    ),
    "an unfurl": (payloads.changed(ERROR, ERROR, edited=None), "same-text"),
    "an edit without a message": ({**payloads.changed(ERROR, "x"), "message": None}, "no-ts"),
    "no time": (payloads.message(ts="now"), "no-ts"),
    "a common text": (payloads.message(CREDENTIALS), "common-text"),
    "a common text of a region": (payloads.message(REGION), "common-text"),
    "a call that was refused after the login": (payloads.message(DENIED), "common-text"),
    "a common text beside other words with a slash": (payloads.message(f"docker/x: {REGION}"), "common-text"),
    "solved": (payloads.message(f"solved, thanks! It was {ERROR}"), "settled"),
    "solved, in the edit": (payloads.changed(f"{ERROR}\nEDIT: solved, it was the role", ERROR), "settled"),
    "solved, with a mark": (payloads.message(f":white_check_mark: {ERROR}"), "settled"),
    "fixed": (payloads.message(f"Fixed it by switching oidc on. It was {ERROR}"), "settled"),
    "github actions": (payloads.message(f"our GitHub Actions workflow says {ERROR}"), "other-ci"),
    "gitlab": (payloads.message(f"gitlab-ci, not bitbucket: {ERROR}"), "other-ci"),
    **{f"the notice {name}": (payloads.message(subtype=name), "subtype") for name in NOTICES},
}


@pytest.mark.parametrize("event", ANSWERED.values(), ids=ANSWERED.keys())
def test_these_are_answered(event: dict[str, Any]) -> None:
    assert isinstance(decide(event, ME), Proceed)


@pytest.mark.parametrize(("event", "reason"), LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_these_are_left_alone(event: dict[str, Any], reason: str) -> None:
    assert decide(event, ME) == Ignore(reason)


def test_what_goes_on_is_the_message_itself() -> None:
    edit = payloads.changed(f"{ERROR} {RUN}", "x", thread_ts=ROOT)

    assert decide(edit, ME) == Proceed(
        channel=CHANNEL,
        ts=TS,
        user=PERSON,
        text=CleanText(f"{ERROR} {RUN}"),
        thread_ts=ROOT,
        edit="1795400100.000000",
    )


def test_an_unnamed_edit_is_told_apart_by_its_event() -> None:
    asks = decide(payloads.changed(ERROR, "x", edited=None), ME)

    assert isinstance(asks, Proceed)
    assert asks.edit == "1795400100.000300"


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the checkout")
def test_messages_that_are_no_failure_of_ours_stay_unanswered() -> None:
    texts = [json.loads(line)["text"] for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    answered = [text for text in texts if not isinstance(judge(text, frozenset({"acme"})), Ignore)]

    assert len(texts) > 50
    assert answered == []
