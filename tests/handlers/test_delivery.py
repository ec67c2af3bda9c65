"""Posting through the real client to a Slack that refuses what Slack refuses, and fails where told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn
from bot.playground.slack_state import BOT_USER, CHANNEL, FOREIGN_CHANNEL, PERSON, TEAM, Message
from handlers.delivery import ChannelRefused, Delivery, SlackUnavailable, TokenRefused, below
from handlers.ports import Paste, Reply
from knowledge.redact import CleanText
from tests.handlers.payloads import rich_text, words


@dataclass
class Post:
    """The stand-in, the delivery under test, and a paste that stands in its channel."""

    slack: SlackStandIn
    delivery: Delivery
    paste: Paste
    client: AsyncWebClient

    @property
    def marks(self) -> set[str]:
        message = self.slack.workspace.find(self.paste.channel, self.paste.ts)
        assert message is not None
        return set(message.reactions)

    @property
    def methods(self) -> list[str]:
        return [call.path.partition("?")[0].rpartition("/")[2] for call in self.slack.calls]

    def reply(self, text: str = "answer") -> Reply:
        blocks = [{**rich_text(words(text))[0], "block_id": f"rolecall:{self.paste.job}"}]
        payload = {"kind": "diagnosis", "cause": "x", "verdict": "confirmed", "job": self.paste.job}
        metadata = {"event_type": "rolecall_reply", "event_payload": payload}
        return Reply(kind="diagnosis", text=text, blocks=blocks, metadata=metadata)


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    slack = SlackStandIn()
    await slack.start()
    ts = slack.workspace.new_ts()
    slack.workspace.messages.append(Message(channel=CHANNEL, ts=ts, user=PERSON, text="it fails"))
    async with aiohttp.ClientSession(trust_env=False) as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session)
        delivery = Delivery(client, BOT_USER, slack.hooks_url)
        paste = Paste(team=TEAM, channel=CHANNEL, ts=ts, user=PERSON, text=CleanText("it fails"))
        yield Post(slack, delivery, paste, client)
    await slack.stop()


# -- posting ----------------------------------------------------------------------------------------------


async def test_the_reply_is_posted_in_the_thread_and_nothing_unfurls(post: Post) -> None:
    ts = await post.delivery.post(post.paste, post.reply())

    (posted,) = post.slack.posted
    assert posted == {
        "method": "chat.postMessage",
        "ts": ts,
        "body": {
            "channel": CHANNEL,
            "thread_ts": post.paste.ts,
            "text": "answer",
            "blocks": post.reply().blocks,
            "metadata": post.reply().metadata,
            "unfurl_links": False,
            "unfurl_media": False,
        },
    }


async def test_an_edit_replaces_text_blocks_and_metadata(post: Post) -> None:
    ts = await post.delivery.post(post.paste, post.reply())
    await post.delivery.update(post.paste, ts, post.reply("better"))

    message = post.slack.workspace.find(CHANNEL, ts)
    assert message is not None
    assert (message.text, message.blocks[0]["elements"]) == ("better", [words("better")])


async def test_a_reply_to_a_thread_reply_goes_to_the_root(post: Post) -> None:
    inside = replace(post.paste, ts="1795400001.000100", thread_ts=post.paste.ts)
    await post.delivery.post(inside, post.reply())

    assert post.slack.posted[0]["body"]["thread_ts"] == post.paste.ts


async def test_blocks_that_slack_refuses_are_sent_as_plain_text_once(post: Post) -> None:
    bad = replace(post.reply(), blocks=[{"type": "section"}])
    ts = await post.delivery.post(post.paste, bad)

    assert post.methods == ["chat.postMessage", "chat.postMessage"]
    (posted,) = post.slack.posted
    assert (posted["ts"], posted["body"]["text"]) == (ts, "answer")
    assert "blocks" not in posted["body"]
    await post.delivery.update(post.paste, ts, bad)
    assert post.methods.count("chat.update") == 2


async def test_a_form_that_is_refused_twice_is_given_up(post: Post) -> None:
    post.slack.refuse("chat.postMessage", "invalid_blocks")
    with pytest.raises(ChannelRefused):
        await post.delivery.post(post.paste, post.reply())

    assert len(post.methods) == 2


# -- what goes wrong --------------------------------------------------------------------------------------


async def test_retry_after_is_handed_on_and_nothing_is_repeated(post: Post) -> None:
    post.slack.fail(r"chat\.postMessage", status=429, headers={"Retry-After": "7"})
    with pytest.raises(SlackUnavailable) as refused:
        await post.delivery.post(post.paste, post.reply())

    assert (refused.value.category, refused.value.retry_after) == ("ratelimited", 7.0)
    assert len(post.methods) == 1


@pytest.mark.parametrize("header", ["", "soon", "-5", "1e9", "٣", "9" * 50])
async def test_a_retry_after_that_is_no_number_is_no_wait(post: Post, header: str) -> None:
    post.slack.fail(r"chat\.postMessage", status=429, headers={"Retry-After": header})
    with pytest.raises(SlackUnavailable) as refused:
        await post.delivery.post(post.paste, post.reply())

    assert refused.value.retry_after is None


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (None, "text/html"),
        (b"upstream connect error", "text/plain"),
        (b"{broken", "application/json"),
        (b"[]", "application/json"),
        (b'{"ok":false,"error":"internal_error"}', "application/json"),
        (b'{"ok":false,"error":"channel_not_found_or_so"}', "application/json"),
    ],
)
async def test_a_broken_slack_may_have_posted(post: Post, status: int, body: bytes | None, kind: str) -> None:
    post.slack.fail(r"chat\.postMessage", status=status, body=body, headers={"Content-Type": kind})
    with pytest.raises(SlackUnavailable):
        await post.delivery.post(post.paste, post.reply())

    assert len(post.methods) == 1


async def test_a_broken_connection_is_not_repeated_by_the_library(post: Post) -> None:
    post.slack.fail(r"chat\.postMessage", drop=True)
    with pytest.raises(SlackUnavailable):
        await post.delivery.post(post.paste, post.reply())

    assert len(post.methods) == 1


async def test_an_answer_lost_after_the_post_is_found_before_posting_again(post: Post) -> None:
    post.slack.fail(r"chat\.postMessage", drop=True, after=True, times=1)
    with pytest.raises(SlackUnavailable):
        await post.delivery.post(post.paste, post.reply())
    ts = await post.delivery.post(post.paste, post.reply("again"), look_first=True)

    assert post.methods == ["chat.postMessage", "conversations.replies", "chat.update"]
    assert [message.text for message in post.slack.workspace.thread(CHANNEL, post.paste.ts)] == [
        "it fails",
        "again",
    ]
    assert ts == post.slack.workspace.messages[-1].ts


@pytest.mark.parametrize("name", ["token_revoked", "account_inactive", "invalid_auth", "missing_scope"])
async def test_a_refused_token_is_told_apart(post: Post, name: str) -> None:
    post.slack.refuse("chat.postMessage", name)
    with pytest.raises(TokenRefused) as refused:
        await post.delivery.post(post.paste, post.reply())

    assert refused.value.category == name


@pytest.mark.parametrize(
    "name",
    [
        "is_archived",
        "restricted_action",
        "channel_not_found",
        "message_limit_exceeded",
        "team_access_not_granted",
        "access_denied",
        "no_permission",
    ],
)
async def test_a_channel_that_refuses_is_told_apart(post: Post, name: str) -> None:
    post.slack.refuse("chat.postMessage", name)
    with pytest.raises(ChannelRefused) as refused:
        await post.delivery.post(post.paste, post.reply())

    assert refused.value.category == name


async def test_a_channel_without_the_bot_refuses(post: Post) -> None:
    with pytest.raises(ChannelRefused) as refused:
        await post.delivery.post(replace(post.paste, channel=FOREIGN_CHANNEL), post.reply())

    assert refused.value.category == "not_in_channel"


async def test_an_error_nobody_knows_is_called_other(post: Post) -> None:
    """A name from outside never gets into the logs."""
    post.slack.refuse("chat.postMessage", "said by somebody: xoxb-123")
    with pytest.raises(ChannelRefused) as refused:
        await post.delivery.post(post.paste, post.reply())

    assert refused.value.category == "other"


# -- finding ----------------------------------------------------------------------------------------------


async def test_our_reply_is_found_by_its_block_id(post: Post) -> None:
    ts = await post.delivery.post(post.paste, post.reply())

    assert await post.delivery.find_reply(post.paste) == ts
    assert (
        await post.delivery.find_reply(replace(post.paste, ts="1795400001.000100", thread_ts=post.paste.ts))
        is None
    )


@pytest.mark.parametrize("wrapped", [False, True], ids=["as sent", "with the links that Slack makes"])
async def test_a_reply_that_slack_took_only_as_plain_text_is_found_by_it(post: Post, wrapped: bool) -> None:
    """An answer that was lost after its blocks were refused: there is no block to know it by."""
    said = "Step &lt;Deploy&gt; of bitbucket-pipelines.yml has no oidc: true. See https://bitbucket.org/a/b"
    bad = replace(post.reply(said), blocks=[{"type": "section"}])
    ts = await post.delivery.post(post.paste, bad)
    message = post.slack.workspace.find(CHANNEL, ts)
    assert message is not None
    if wrapped:
        linked = "<http://bitbucket-pipelines.yml|bitbucket-pipelines.yml>"
        message.text = said.replace("bitbucket-pipelines.yml", linked).replace(
            "https://bitbucket.org/a/b", "<https://bitbucket.org/a/b>"
        )
        message.blocks = [{**rich_text(words(said))[0], "block_id": "x7T"}]
    again = await post.delivery.post(post.paste, bad, look_first=True)

    assert again == ts
    assert len(post.slack.workspace.thread(CHANNEL, post.paste.ts)) == 2


async def test_a_plain_reply_with_other_words_or_of_somebody_else_is_not_ours(post: Post) -> None:
    for user, text in ((BOT_USER, "another answer"), (PERSON, "answer")):
        ts = post.slack.workspace.new_ts()
        post.slack.workspace.messages.append(
            Message(channel=CHANNEL, ts=ts, user=user, text=text, thread_ts=post.paste.ts)
        )
    other = replace(post.paste, ts="1795400001.000100", thread_ts=post.paste.ts)
    await post.delivery.post(other, Post(post.slack, post.delivery, other, post.client).reply())

    assert await post.delivery.find_reply(post.paste, "answer") is None


async def test_our_own_message_is_taken_back_and_a_second_time_is_fine(post: Post) -> None:
    ts = await post.delivery.post(post.paste, post.reply())
    await post.delivery.delete(CHANNEL, ts)
    await post.delivery.delete(CHANNEL, ts)

    assert [one.ts for one in post.slack.workspace.thread(CHANNEL, post.paste.ts)] == [post.paste.ts]
    with pytest.raises(ChannelRefused):
        await post.delivery.delete(CHANNEL, post.paste.ts)


async def test_somebody_elses_copy_of_our_block_is_not_our_reply(post: Post) -> None:
    forged = Message(
        channel=CHANNEL,
        ts=post.slack.workspace.new_ts(),
        user=PERSON,
        text="x",
        blocks=post.reply().blocks,
        thread_ts=post.paste.ts,
    )
    post.slack.workspace.messages.append(forged)

    assert await post.delivery.find_reply(post.paste) is None


async def test_a_reply_on_a_later_page_of_the_thread_is_found(post: Post) -> None:
    """Others went on talking before the answer to the post was known to be lost."""
    for number in range(450):
        words_ = Message(
            channel=CHANNEL, ts=post.slack.workspace.new_ts(), user=PERSON, text=f"me too {number}"
        )
        words_.thread_ts = post.paste.ts
        post.slack.workspace.messages.append(words_)
    ts = await post.delivery.post(post.paste, post.reply())

    assert await post.delivery.post(post.paste, post.reply("again"), look_first=True) == ts
    assert post.methods == ["chat.postMessage", *["conversations.replies"] * 3, "chat.update"]


async def test_a_thread_without_end_is_not_read_for_ever_and_nothing_is_posted(post: Post) -> None:
    page = {"ok": True, "messages": [], "has_more": True, "response_metadata": {"next_cursor": "on"}}
    kind = {"Content-Type": "application/json"}
    post.slack.fail("conversations.replies", status=200, body=json.dumps(page).encode(), headers=kind)
    with pytest.raises(ChannelRefused):
        await post.delivery.post(post.paste, post.reply(), look_first=True)

    assert post.methods == ["conversations.replies"] * 50


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("missing_scope", TokenRefused),
        ("token_revoked", TokenRefused),
        ("not_in_channel", ChannelRefused),
        ("channel_not_found", ChannelRefused),
        ("team_access_not_granted", ChannelRefused),
    ],
)
async def test_where_the_thread_may_not_be_read_nothing_is_posted_a_second_time(
    post: Post, name: str, refused: type[Exception]
) -> None:
    """The first post may be there."""
    post.slack.fail(r"chat\.postMessage", drop=True, after=True, times=1)
    with pytest.raises(SlackUnavailable):
        await post.delivery.post(post.paste, post.reply())
    post.slack.refuse("conversations.replies", name)
    with pytest.raises(refused):
        await post.delivery.post(post.paste, post.reply(), look_first=True)

    assert len(post.slack.workspace.thread(CHANNEL, post.paste.ts)) == 2


async def test_a_reply_worth_saying_only_in_place_of_another_is_not_posted(post: Post) -> None:
    gone = replace(post.reply("nothing any more"), only_in_place=True)
    assert await post.delivery.post(post.paste, gone, look_first=True) == ""
    ts = await post.delivery.post(post.paste, post.reply())

    assert await post.delivery.post(post.paste, gone, look_first=True) == ts
    assert [one.text for one in post.slack.workspace.thread(CHANNEL, post.paste.ts)] == [
        "it fails",
        "nothing any more",
    ]


async def test_an_empty_mark_takes_the_others_away(post: Post) -> None:
    await post.delivery.mark(post.paste, "eyes")
    await post.delivery.mark(post.paste, "white_check_mark")
    await post.delivery.mark(replace(post.paste, revision="edit-1"), "")

    assert post.marks == set()


async def test_a_thread_that_cannot_be_read_now_is_unavailable(post: Post) -> None:
    post.slack.fail("conversations.replies", status=500)
    with pytest.raises(SlackUnavailable):
        await post.delivery.post(post.paste, post.reply(), look_first=True)

    assert "chat.postMessage" not in post.methods


# -- marks ------------------------------------------------------------------------------------------------


async def test_the_last_mark_takes_the_place_of_the_eyes(post: Post) -> None:
    await post.delivery.mark(post.paste, "eyes")
    assert post.marks == {"eyes"}
    await post.delivery.mark(post.paste, "white_check_mark")
    assert post.marks == {"white_check_mark"}


async def test_a_further_answer_changes_the_mark(post: Post) -> None:
    await post.delivery.mark(post.paste, "grey_question")
    await post.delivery.mark(replace(post.paste, revision="form-V1"), "white_check_mark")

    assert post.marks == {"white_check_mark"}


async def test_marks_that_are_there_already_are_fine(post: Post) -> None:
    for _ in range(2):
        assert await post.delivery.mark(post.paste, "eyes")
        assert await post.delivery.mark(post.paste, "warning")


@pytest.mark.parametrize(
    "name", ["too_many_reactions", "missing_scope", "message_not_found", "not_reactable"]
)
async def test_a_mark_that_fails_is_only_false(post: Post, name: str) -> None:
    post.slack.refuse("reactions.add", name)

    assert await post.delivery.mark(post.paste, "eyes") is False


async def test_a_mark_on_a_broken_slack_is_only_false(post: Post) -> None:
    post.slack.fail("reactions", drop=True)

    assert await post.delivery.mark(post.paste, "warning") is False


async def test_a_slow_first_mark_does_not_outlive_the_last(post: Post) -> None:
    post.slack.fail(r"reactions\.add\?.*name=eyes", hang=0.2)
    slow = asyncio.create_task(post.delivery.mark(post.paste, "eyes"))
    await asyncio.sleep(0)
    await post.delivery.mark(post.paste, "white_check_mark")
    await slow

    assert post.marks == {"white_check_mark"}


# -- answers at an address --------------------------------------------------------------------------------


def asked(post: Post, url: str, revision: str = "") -> Paste:
    return replace(post.paste, response_url=url, revision=revision)


async def test_the_answer_to_a_form_without_an_address_is_posted_to_its_asker_alone(post: Post) -> None:
    await post.delivery.respond(replace(asked(post, ""), way_in="form", user=PERSON), post.reply())

    (posted,) = post.slack.posted
    assert posted["method"] == "chat.postEphemeral"
    assert (posted["body"]["channel"], posted["body"]["user"]) == (CHANNEL, PERSON)
    assert (posted["body"]["text"], posted["body"]["blocks"]) == ("answer", post.reply().blocks)


async def test_an_answer_for_one_person_goes_to_the_address_of_the_command(post: Post) -> None:
    path = post.slack.workspace.new_response_url("commands", CHANNEL, PERSON)
    await post.delivery.respond(asked(post, post.slack.hooks_url + path), post.reply())

    (posted,) = post.slack.posted
    assert posted["method"] == "response_url"
    assert posted["body"] == {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": "answer",
        "blocks": post.reply().blocks,
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/hooks/commands/x",
        "http://169.254.169.254/latest/meta-data",
        "{origin}@evil.example/hooks/x",
        "{origin}/api/chat.postMessage",
        "{hooks}../api/chat.postMessage",
        "{hooks}%2e%2e/api/chat.postMessage",
        "{hooks}\\..\\api",
        "file:///etc/passwd",
        "//evil.example/hooks/",
        "",
        "http://[::1",
    ],
)
async def test_no_other_address_is_ever_called(post: Post, url: str) -> None:
    address = url.replace("{hooks}", post.slack.hooks_url).replace("{origin}", post.slack.address)
    with pytest.raises(ChannelRefused):
        await post.delivery.respond(asked(post, address), post.reply())

    assert post.slack.calls == []


async def test_a_redirect_is_not_followed(post: Post) -> None:
    post.slack.fail("/hooks/", status=307, headers={"Location": f"{post.slack.address}/api/elsewhere"})
    with pytest.raises(ChannelRefused):
        await post.delivery.respond(asked(post, f"{post.slack.hooks_url}commands/x"), post.reply())

    assert len(post.slack.calls) == 1


async def test_an_address_that_has_expired_is_given_up(post: Post) -> None:
    with pytest.raises(ChannelRefused):
        await post.delivery.respond(asked(post, f"{post.slack.hooks_url}commands/unknown"), post.reply())


@pytest.mark.parametrize("status", [200, 400, 404, 500])
@pytest.mark.parametrize("body", [b'{"ok":false,"error":"%s"}', b"%s\n"], ids=["json", "text"])
@pytest.mark.parametrize("name", [b"used_url", b"expired_url"])
async def test_an_address_that_says_it_is_used_up_is_given_up_whatever_the_status(
    post: Post, status: int, body: bytes, name: bytes
) -> None:
    post.slack.fail("/hooks/", status=status, body=body % name)
    with pytest.raises(ChannelRefused):
        await post.delivery.respond(asked(post, f"{post.slack.hooks_url}commands/x"), post.reply())

    assert len(post.slack.calls) == 1


async def test_a_busy_or_broken_address_is_tried_again_by_the_caller(post: Post) -> None:
    path = f"{post.slack.hooks_url}commands/x"
    post.slack.fail("/hooks/", status=500)
    with pytest.raises(SlackUnavailable):
        await post.delivery.respond(asked(post, path), post.reply())
    post.slack.fail("/hooks/", status=429, headers={"Retry-After": "3"})
    with pytest.raises(SlackUnavailable) as refused:
        await post.delivery.respond(asked(post, path), post.reply())

    assert refused.value.retry_after == 3.0


def test_an_address_is_below_a_prefix_only_as_a_path() -> None:
    assert below("https://hooks.slack.com/commands/T1/1/x", "https://hooks.slack.com/")
    assert below("https://hooks.slack.com/commands/T1/1/x", "https://hooks.slack.com")
    assert not below("https://hooks.slack.com.evil.example/x", "https://hooks.slack.com")
    assert not below("http://hooks.slack.com/x", "https://hooks.slack.com/")
    assert not below("https://hooks.slack.com:8443/x", "https://hooks.slack.com/")


def test_a_delivery_without_a_session_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="session"):
        Delivery(AsyncWebClient(token="x"), BOT_USER, "https://hooks.slack.com/")
