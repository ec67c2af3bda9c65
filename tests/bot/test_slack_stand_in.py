"""The stand-in Slack refuses what Slack refuses and delivers as Slack does, asked with Slack's own client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from aiohttp import ClientSession, WSMsgType, web
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.channel import Channel, NotPossibleError
from bot.playground.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, SlackStandIn
from bot.playground.slack_compose import composed
from bot.playground.slack_state import BOT_USER, CHANNEL, FOREIGN_CHANNEL, PERSON, SLACKBOT, Trigger

Json = dict[str, Any]
NO_RETRIES: list[AsyncRetryHandler] = []


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "recheck", "text": plain("Check again"), "value": "job", **more}


def actions(*elements: Json, block_id: str = "act") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


LONG = mrkdwn("x" * 2_900)
DEEP: Json = {"event_type": "e", "event_payload": {"a": {"b": {}}}}
MODAL: Json = {
    "type": "modal",
    "callback_id": "diagnose_form",
    "title": plain("Diagnose"),
    "submit": plain("Look"),
    "blocks": [
        {
            "type": "input",
            "block_id": "repository",
            "label": plain("Repository"),
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
    ],
}


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    stand_in = SlackStandIn()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with ClientSession(trust_env=False) as session:
        yield AsyncWebClient(
            token=BOT_TOKEN, base_url=slack.api_url, session=session, retry_handlers=NO_RETRIES
        )


async def refusal(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


class Bot:
    """A listener that answers as told, and keeps what it was sent."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], str]] = []
        self.answers: list[web.Response] = []
        self.on_request: Callable[[], Awaitable[None]] | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        app = web.Application()
        app.router.add_post("/slack/events", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append((headers, await request.text()))
        if self.on_request is not None:
            await self.on_request()
        return self.answers.pop(0) if self.answers else web.Response()

    @property
    def events(self) -> list[Json]:
        bodies = [body for headers, body in self.got if headers["content-type"] == "application/json"]
        return [json.loads(body)["event"] for body in bodies]


@pytest.fixture
async def bot(slack: SlackStandIn) -> AsyncIterator[Bot]:
    listener = Bot()
    slack.events_url = await listener.start()
    slack.courier.retry_waits = (0.0,)
    yield listener
    await slack.courier.stop()
    await listener.stop()


# -- who may call what --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), (APP_TOKEN, "not_allowed_token_type")],
)
async def test_a_wrong_token_is_refused(slack: SlackStandIn, token: str, error: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as anybody:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await anybody.post(f"{slack.api_url}auth.test", headers=headers)

    assert (answer.status_code, answer.json()["ok"], answer.json()["error"]) == (200, False, error)


async def test_sockets_are_opened_with_the_app_token_only(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    assert await refusal(client.apps_connections_open(app_token=BOT_TOKEN)) == "not_allowed_token_type"
    assert (await client.apps_connections_open(app_token=APP_TOKEN))["url"].startswith("ws://127.0.0.1:")


@pytest.mark.parametrize(
    ("scope", "call"),
    [
        ("chat:write", lambda c: c.chat_postMessage(channel=CHANNEL, text="x")),
        ("chat:write", lambda c: c.chat_update(channel=CHANNEL, ts="1.0", text="x")),
        ("reactions:write", lambda c: c.reactions_add(channel=CHANNEL, timestamp="1.0", name="eyes")),
        ("channels:history", lambda c: c.conversations_replies(channel=CHANNEL, ts="1.0")),
        ("channels:read", lambda c: c.conversations_info(channel=CHANNEL)),
        ("users:read", lambda c: c.users_info(user=PERSON)),
        ("files:read", lambda c: c.files_info(file="F1")),
    ],
)
async def test_a_method_without_its_scope_says_which_it_needs(
    slack: SlackStandIn, client: AsyncWebClient, scope: str, call: Callable[[AsyncWebClient], Awaitable[Any]]
) -> None:
    slack.scopes = tuple(one for one in slack.scopes if one != scope)
    with pytest.raises(SlackApiError) as raised:
        await call(client)

    answer = raised.value.response
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        scope,
        ",".join(slack.scopes),
    )


async def test_a_method_that_does_not_exist_is_unknown(client: AsyncWebClient) -> None:
    assert await refusal(client.api_call("chat.shout")) == "unknown_method"


# -- messages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE0", "text": "x"}, "channel_not_found"),
        ({"channel": "ci-help", "text": "x"}, "channel_not_found"),
        ({"channel": FOREIGN_CHANNEL, "text": "x"}, "not_in_channel"),
        ({"channel": CHANNEL, "text": ""}, "no_text"),
        ({"channel": CHANNEL, "text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        ({"channel": CHANNEL, "text": "x", "thread_ts": "1795400000.000100"}, "cannot_reply_to_message"),
        ({"channel": CHANNEL, "text": "x", "blocks": [{"type": "shout"}]}, "invalid_blocks"),
        (
            {"channel": CHANNEL, "text": "x", "blocks": [actions(button()), actions(button())]},
            "invalid_blocks",
        ),
        (
            {
                "channel": CHANNEL,
                "text": "x",
                "blocks": [{"type": "section", "text": mrkdwn("x" * 2_900)}] * 5,
            },
            "msg_blocks_too_long",
        ),
        ({"channel": CHANNEL, "text": "x", "metadata": {"event_type": "e"}}, "invalid_metadata_format"),
        (
            {
                "channel": CHANNEL,
                "text": "x",
                "metadata": {"event_type": "e", "event_payload": {"a": {"b": {}}}},
            },
            "invalid_metadata_format",
        ),
    ],
)
async def test_a_message_that_slack_would_not_take_is_not_posted(
    slack: SlackStandIn, client: AsyncWebClient, arguments: Json, error: str
) -> None:
    assert await refusal(client.api_call("chat.postMessage", json=arguments)) == error
    assert (slack.workspace.messages, slack.posted) == ([], [])
    assert [one["error"] for one in slack.refused] == [error]


async def test_a_reply_to_a_reply_is_refused(slack: SlackStandIn, client: AsyncWebClient, bot: Bot) -> None:
    root = await slack.post("first")
    reply = await client.chat_postMessage(channel=CHANNEL, text="x", thread_ts=root)

    again = client.chat_postMessage(channel=CHANNEL, text="x", thread_ts=reply["ts"])
    assert await refusal(again) == "cannot_reply_to_message"


async def test_a_text_beyond_forty_thousand_characters_is_cut_with_a_warning(client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel=CHANNEL, text="x" * 40_001)

    assert (answer["warning"], len(answer["message"]["text"])) == ("message_truncated", 40_000)


async def test_an_update_changes_only_what_is_the_bots_own(
    slack: SlackStandIn, client: AsyncWebClient, bot: Bot
) -> None:
    theirs = await slack.post("mine")
    ours = (await client.chat_postMessage(channel=CHANNEL, text="x", blocks=[actions(button())]))["ts"]
    await client.chat_update(channel=CHANNEL, ts=ours, text="y")
    message = slack.workspace.find(CHANNEL, ours)

    # Text without blocks takes the blocks away.
    assert message is not None
    assert (message.text, message.blocks, message.edited is not None) == ("y", [], True)
    assert await refusal(client.chat_update(channel=CHANNEL, ts=theirs, text="z")) == "cant_update_message"
    assert await refusal(client.chat_update(channel=CHANNEL, ts="1.0", text="z")) == "message_not_found"


async def test_an_ephemeral_message_is_in_no_history(
    slack: SlackStandIn, client: AsyncWebClient, bot: Bot
) -> None:
    root = await slack.post("first")
    given = await client.chat_postEphemeral(channel=CHANNEL, user=PERSON, text="only you", thread_ts=root)
    replies = await client.conversations_replies(channel=CHANNEL, ts=root)

    assert [one["text"] for one in replies["messages"]] == ["first"]
    update = client.chat_update(channel=CHANNEL, ts=given["message_ts"], text="x")
    assert await refusal(update) == "message_not_found"
    nobody = client.chat_postEphemeral(channel=CHANNEL, user="U0NOBODY00", text="x")
    assert await refusal(nobody) == "user_not_in_channel"


async def test_one_message_a_second_and_channel_where_that_is_asked_for(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.messages_per_second = 1.0
    await client.chat_postMessage(channel=CHANNEL, text="x")
    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=CHANNEL, text="y")

    assert (raised.value.response.status_code, raised.value.response["error"]) == (429, "ratelimited")
    assert raised.value.response.headers["retry-after"] == "1"


async def test_reactions_are_given_once_and_taken_back_once(
    slack: SlackStandIn, client: AsyncWebClient, bot: Bot
) -> None:
    ts = await slack.post("first")
    eyes: Json = {"channel": CHANNEL, "timestamp": ts, "name": "eyes"}
    await client.reactions_add(**eyes)

    assert await refusal(client.reactions_add(**eyes)) == "already_reacted"
    assert slack.snapshot()["messages"][0]["reactions"] == [{"name": "eyes", "count": 1}]
    await client.reactions_remove(**eyes)
    assert await refusal(client.reactions_remove(**eyes)) == "no_reaction"
    assert await refusal(client.reactions_add(**{**eyes, "name": "Not A Name"})) == "invalid_name"
    missing = client.reactions_add(**{**eyes, "timestamp": "1795400000.000100"})
    assert await refusal(missing) == "message_not_found"


async def test_a_thread_is_read_in_pages_with_block_ids_and_without_metadata(
    slack: SlackStandIn, client: AsyncWebClient, bot: Bot
) -> None:
    """Reading metadata needs a scope that this app does not ask for."""
    root = await slack.post("first")
    metadata = {"event_type": "rolecall_reply", "event_payload": {"kind": "diagnosis"}}
    block = {"type": "section", "block_id": "rolecall:job", "text": plain("x")}
    await client.chat_postMessage(
        channel=CHANNEL, thread_ts=root, text="x", blocks=[block], metadata=metadata
    )
    first = await client.conversations_replies(channel=CHANNEL, ts=root, limit=1, include_all_metadata=True)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_replies(
        channel=CHANNEL, ts=root, cursor=cursor, include_all_metadata=True
    )

    assert [one["text"] for one in first["messages"]] == ["first"]
    assert [one["blocks"][0]["block_id"] for one in second["messages"]] == ["rolecall:job"]
    assert "metadata" not in second["messages"][0]
    assert second["response_metadata"]["next_cursor"] == ""
    missing = client.conversations_replies(channel=CHANNEL, ts="1795400000.000100")
    assert await refusal(missing) == "thread_not_found"


# -- views and triggers -------------------------------------------------------------------------------


async def test_a_trigger_is_good_once(slack: SlackStandIn, client: AsyncWebClient) -> None:
    trigger = slack.workspace.new_trigger()
    await client.views_open(trigger_id=trigger, view=MODAL)

    assert slack.snapshot()["view"]["title"] == plain("Diagnose")
    assert await refusal(client.views_open(trigger_id=trigger, view=MODAL)) == "exchanged_trigger_id"
    assert await refusal(client.views_open(trigger_id="1.2.x", view=MODAL)) == "invalid_trigger_id"


async def test_a_trigger_is_dead_after_three_seconds(slack: SlackStandIn, client: AsyncWebClient) -> None:
    trigger = slack.workspace.new_trigger()
    born = slack.workspace.triggers[trigger].born
    slack.workspace.triggers[trigger] = Trigger(born - 3.01)

    assert await refusal(client.views_open(trigger_id=trigger, view=MODAL)) == "expired_trigger_id"
    assert slack.snapshot()["view"] is None


async def test_an_update_with_an_old_hash_is_a_conflict(slack: SlackStandIn, client: AsyncWebClient) -> None:
    opened = (await client.views_open(trigger_id=slack.workspace.new_trigger(), view=MODAL))["view"]
    await client.views_update(
        view_id=opened["id"], hash=opened["hash"], view={**MODAL, "title": plain("New")}
    )

    late = client.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    assert await refusal(late) == "hash_conflict"
    assert slack.snapshot()["view"]["title"] == plain("New")
    assert await refusal(client.views_update(view_id="V0", view=MODAL)) == "not_found"


# -- the response_url and files -----------------------------------------------------------------------


async def test_a_response_url_is_good_five_times(slack: SlackStandIn) -> None:
    address = slack.hooks_url + slack.workspace.new_response_url("commands", CHANNEL, PERSON)
    async with httpx.AsyncClient(trust_env=False) as bot:
        statuses = [(await bot.post(address, json={"text": f"answer {n}"})).status_code for n in range(6)]
        unknown = await bot.post(f"{slack.hooks_url}commands/T/1/x", json={"text": "x"})

    assert statuses == [200] * 5 + [404]
    assert unknown.status_code == 404
    shown = slack.snapshot()["messages"]
    assert [(one["text"], one["ephemeral"]) for one in shown] == [(f"answer {n}", True) for n in range(5)]


async def test_a_response_url_takes_no_blocks_that_slack_refuses(slack: SlackStandIn) -> None:
    address = slack.hooks_url + slack.workspace.new_response_url("commands", CHANNEL, PERSON)
    async with httpx.AsyncClient(trust_env=False) as bot:
        answer = await bot.post(address, json={"text": "x", "blocks": [{"type": "shout"}]})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_blocks")
    assert slack.snapshot()["messages"] == []


async def test_a_file_without_the_token_is_a_page_to_sign_in_with_status_200(slack: SlackStandIn) -> None:
    slack.workspace.files["F1/error.txt"] = b"the log"
    address, headers = f"{slack.files_url}F1/error.txt", {"Authorization": f"Bearer {BOT_TOKEN}"}
    scopes = slack.scopes
    async with httpx.AsyncClient(trust_env=False) as bot:
        slack.scopes = tuple(scope for scope in scopes if scope != "files:read")
        without_scope = await bot.get(address, headers=headers)
        slack.scopes = scopes
        without_token = await bot.get(address)
        with_both = await bot.get(address, headers=headers)

    assert (without_scope.status_code, without_scope.headers["content-type"][:9]) == (200, "text/html")
    assert without_token.text == without_scope.text
    assert with_both.text == "the log"


# -- what people write --------------------------------------------------------------------------------


def test_typed_text_arrives_as_slacks_client_sends_it() -> None:
    text, blocks = composed(
        "see <a> & https://a.example/x?a=1&b=2.\n> said\n> so\n```\n+ aws <id>\n```\n`x` ok"
    )

    assert text == (
        "see &lt;a&gt; &amp; <https://a.example/x?a=1&amp;b=2>.\n&gt; said\n&gt; so\n"
        "```+ aws &lt;id&gt;```\n`x` ok"
    )
    assert [part["type"] for part in blocks[0]["elements"]] == [
        "rich_text_section",
        "rich_text_quote",
        "rich_text_preformatted",
        "rich_text_section",
    ]
    assert blocks[0]["elements"][0]["elements"] == [
        {"type": "text", "text": "see <a> & "},
        {"type": "link", "url": "https://a.example/x?a=1&b=2"},
        {"type": "text", "text": ".\n"},
    ]
    assert blocks[0]["elements"][2]["elements"] == [{"type": "text", "text": "+ aws <id>"}]
    assert blocks[0]["elements"][3]["elements"] == [
        {"type": "text", "text": "x", "style": {"code": True}},
        {"type": "text", "text": " ok"},
    ]


# -- delivery over HTTP -------------------------------------------------------------------------------


async def test_a_post_is_one_signed_event(slack: SlackStandIn, bot: Bot) -> None:
    ts = await slack.post("it fails")
    [(headers, body)] = bot.got

    assert SignatureVerifier(SIGNING_SECRET).is_valid_request(body, headers)
    assert not SignatureVerifier("another").is_valid_request(body, headers)
    event = bot.events[0]
    assert (event["type"], event["channel"], event["ts"], event["user"]) == ("message", CHANNEL, ts, PERSON)
    assert "x-slack-retry-num" not in headers


async def test_a_mention_arrives_as_two_events_about_one_message(slack: SlackStandIn, bot: Bot) -> None:
    ts = await slack.mention("why does it fail?")

    assert sorted((event["type"], event["ts"]) for event in bot.events) == [
        ("app_mention", ts),
        ("message", ts),
    ]
    ids = {json.loads(body)["event_id"] for _, body in bot.got}
    assert len(ids) == 2


async def test_a_message_with_replies_leaves_a_tombstone_that_goes_with_the_last_of_them(
    slack: SlackStandIn, client: AsyncWebClient, bot: Bot
) -> None:
    root = await slack.post("it fails")
    answer = await client.chat_postMessage(channel=CHANNEL, thread_ts=root, text="because")
    inner = await slack.post("thanks", root)
    for ts in (inner, root):
        await slack.delete(ts)
    (grave, _) = slack.workspace.thread(CHANNEL, root)
    shown = (grave.user, grave.text, grave.subtype)
    await client.chat_delete(channel=CHANNEL, ts=answer["ts"])
    async with asyncio.timeout(10):
        while sum(event.get("subtype") == "message_deleted" for event in bot.events) < 3:
            await asyncio.sleep(0.01)

    deleted = {event["deleted_ts"] for event in bot.events if event.get("subtype") == "message_deleted"}
    (changed,) = (event for event in bot.events if event.get("subtype") == "message_changed")
    assert shown == (SLACKBOT, "This message was deleted.", "tombstone")
    assert (changed["message"]["subtype"], changed["message"]["ts"]) == ("tombstone", root)
    assert changed["previous_message"]["text"] == "it fails"
    assert deleted == {inner, answer["ts"], root}
    assert slack.workspace.thread(CHANNEL, root) == []


async def test_a_channel_without_the_bot_sends_it_nothing(slack: SlackStandIn, bot: Bot) -> None:
    await slack.post("x", channel=FOREIGN_CHANNEL)

    assert bot.got == []


async def test_what_is_not_taken_comes_again_with_the_same_event_id(slack: SlackStandIn, bot: Bot) -> None:
    bot.answers = [web.Response(status=503), web.Response()]
    await slack.post("it fails")
    first, second = bot.got

    assert json.loads(first[1])["event_id"] == json.loads(second[1])["event_id"]
    assert (second[0]["x-slack-retry-num"], second[0]["x-slack-retry-reason"]) == ("1", "http_error")
    assert SignatureVerifier(SIGNING_SECRET).is_valid_request(second[1], second[0])


async def test_an_answer_after_the_time_for_it_counts_as_none(slack: SlackStandIn, bot: Bot) -> None:
    slack.courier.ack_seconds = 0.05
    late = asyncio.Event()

    async def hang() -> None:
        await late.wait()

    bot.on_request = hang
    with pytest.raises(NotPossibleError):
        await slack.post("it fails")
    late.set()

    assert [(one.status, one.reason, one.retry) for one in slack.delivered] == [
        (None, "http_timeout", 0),
        (None, "http_timeout", 1),
    ]


async def test_the_bot_may_refuse_to_be_asked_again(slack: SlackStandIn, bot: Bot) -> None:
    bot.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    with pytest.raises(NotPossibleError):
        await slack.post("it fails")

    assert len(bot.got) == 1


async def test_a_message_can_be_delivered_again_as_it_was(slack: SlackStandIn, bot: Bot) -> None:
    ts = await slack.post("it fails")
    await slack.again(ts)

    assert bot.got[0][1] == bot.got[1][1]


async def test_a_snippet_arrives_with_its_first_lines_and_can_be_fetched(
    slack: SlackStandIn, bot: Bot
) -> None:
    await slack.snippet("\n".join(f"line {n}" for n in range(40)))
    event = bot.events[0]
    file = event["files"][0]
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"Bearer {BOT_TOKEN}"}) as app:
        content = await app.get(file["url_private_download"])

    assert (event["subtype"], event["text"], file["mode"], file["lines_more"]) == (
        "file_share",
        "",
        "snippet",
        35,
    )
    assert file["preview"] == "line 0\nline 1\nline 2\nline 3\nline 4"
    assert file["url_private_download"].startswith(slack.files_url)
    assert content.text.endswith("line 39")


async def test_a_webhooks_post_has_no_user(slack: SlackStandIn, bot: Bot) -> None:
    await slack.webhook("", [{"fallback": "Deploy failed", "text": "Deploy failed"}])
    event = bot.events[0]

    assert (event["subtype"], event["text"], "user" in event) == ("bot_message", "", False)
    assert event["attachments"][0]["text"] == "Deploy failed"


async def test_an_edit_carries_the_old_text_and_the_new(slack: SlackStandIn, bot: Bot) -> None:
    ts = await slack.post("old")
    await slack.edit(ts, "new")
    event = bot.events[1]

    assert (event["subtype"], event["message"]["ts"], event["ts"] != ts) == ("message_changed", ts, True)
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("new", "old")


async def test_the_bot_hears_of_its_own_messages_too(
    slack: SlackStandIn, client: AsyncWebClient, bot: Bot
) -> None:
    heard = asyncio.Event()

    async def note() -> None:
        heard.set()

    bot.on_request = note
    await client.chat_postMessage(channel=CHANNEL, text="a reply")
    await asyncio.wait_for(heard.wait(), 5)

    assert (bot.events[0]["user"], bot.events[0]["bot_id"]) == (BOT_USER, "B0ROLECALL")


async def test_a_command_is_a_form_and_its_ack_is_shown_to_its_author(slack: SlackStandIn, bot: Bot) -> None:
    bot.answers = [web.json_response({"response_type": "ephemeral", "text": "Usage"})]
    await slack.command("/oidc help")
    form = httpx.QueryParams(bot.got[0][1])

    assert (form["command"], form["text"], form["channel_id"]) == ("/oidc", "help", CHANNEL)
    assert form["response_url"].startswith(slack.hooks_url)
    assert [(one["text"], one["ephemeral"]) for one in slack.snapshot()["messages"]] == [("Usage", True)]


async def test_there_is_no_other_command(slack: SlackStandIn, bot: Bot) -> None:
    with pytest.raises(NotPossibleError, match="is not a command here"):
        await slack.command("/deploy now")

    assert bot.got == []


async def test_a_click_says_where_and_on_what(slack: SlackStandIn, client: AsyncWebClient, bot: Bot) -> None:
    root = await slack.post("it fails")
    blocks = [actions(button())]
    ts = (await client.chat_postMessage(channel=CHANNEL, thread_ts=root, text="x", blocks=blocks))["ts"]
    action = {"action_id": "recheck", "block_id": "act", "type": "button", "value": "job"}
    await slack.click(ts, None, action)
    forms = [body for headers, body in bot.got if "form" in headers["content-type"]]
    payload = json.loads(httpx.QueryParams(forms[0])["payload"])

    assert payload["type"] == "block_actions"
    assert {name: payload["actions"][0][name] for name in action} == action
    assert (payload["container"]["message_ts"], payload["container"]["thread_ts"]) == (ts, root)
    assert payload["message"]["blocks"] == blocks
    for gone in ({**action, "action_id": "other"}, {**action, "block_id": "other"}):
        with pytest.raises(NotPossibleError):
            await slack.click(ts, None, gone)


async def test_a_submission_is_closed_kept_open_or_changed_as_the_bot_says(
    slack: SlackStandIn, client: AsyncWebClient, bot: Bot
) -> None:
    view = (await client.views_open(trigger_id=slack.workspace.new_trigger(), view=MODAL))["view"]["id"]
    bot.answers = [
        web.json_response({"response_action": "errors", "errors": {"repository": "Not a repository."}}),
        web.json_response({"response_action": "update", "view": {**MODAL, "title": plain("Looking")}}),
        web.Response(),
    ]
    seen = []
    for _ in range(3):
        await slack.submit(view, {"repository": {"value": {"type": "plain_text_input", "value": "a/b"}}})
        shown = slack.snapshot()["view"]
        seen.append(shown and (shown["title"]["text"], shown["errors"]))

    assert seen == [("Diagnose", {"repository": "Not a repository."}), ("Looking", {}), None]
    with pytest.raises(NotPossibleError):
        await slack.submit(view, {})


async def test_it_is_the_channel_that_the_page_and_the_terminal_show(slack: SlackStandIn) -> None:
    channel: Channel = slack

    assert channel.snapshot() == {
        "channel": {"id": CHANNEL, "name": "ci-help"},
        "users": {PERSON: "Dana", "U0KIM00001": "Kim", BOT_USER: "Rolecall", SLACKBOT: "Slackbot"},
        "messages": [],
        "view": None,
        "home": None,
    }


async def test_without_a_bot_nothing_is_possible(slack: SlackStandIn) -> None:
    with pytest.raises(NotPossibleError, match="not connected"):
        await slack.post("it fails")


# -- delivery over a socket ---------------------------------------------------------------------------


async def test_over_a_socket_an_event_is_taken_when_its_envelope_is_acknowledged(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    url = (await client.apps_connections_open(app_token=APP_TOKEN))["url"]
    async with ClientSession(trust_env=False) as session, session.ws_connect(url) as socket:
        hello = await socket.receive_json()
        posting = asyncio.create_task(slack.post("it fails"))
        frame = await socket.receive_json()
        assert not posting.done()
        await socket.send_json({"envelope_id": frame["envelope_id"]})
        await posting

        assert hello["type"] == "hello"
        assert (frame["type"], frame["retry_attempt"], frame["retry_reason"]) == ("events_api", 0, "")
        assert frame["payload"]["event"]["text"] == "it fails"


async def test_over_a_socket_an_event_that_is_not_acknowledged_comes_again(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.courier.ack_seconds = 0.05
    slack.courier.retry_waits = (0.0,)
    url = (await client.apps_connections_open(app_token=APP_TOKEN))["url"]
    async with ClientSession(trust_env=False) as session, session.ws_connect(url) as socket:
        await socket.receive_json()
        with pytest.raises(NotPossibleError):
            await slack.post("it fails")
        first, second = await socket.receive_json(), await socket.receive_json()

    assert first["payload"] == second["payload"]
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")


async def test_a_socket_is_refreshed_and_its_ticket_is_good_once(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    url = (await client.apps_connections_open(app_token=APP_TOKEN))["url"]
    async with ClientSession(trust_env=False) as session:
        async with session.ws_connect(url) as socket:
            await socket.receive_json()
            await asyncio.gather(slack.courier.refresh_sockets(), _closed(socket))
        async with httpx.AsyncClient(trust_env=False) as again:
            used = await again.get(url.replace("ws:", "http:"))

    assert used.status_code == 404


async def _closed(socket: Any) -> None:
    goodbye = await socket.receive_json()
    end = await socket.receive()

    assert (goodbye["type"], goodbye["reason"]) == ("disconnect", "refresh_requested")
    assert end.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}


# -- faults -------------------------------------------------------------------------------------------


async def test_an_answer_can_be_lost_after_the_deed(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """What a timeout after the post looks like."""
    slack.fail("chat.postMessage", drop=True, after=True, times=1)
    with pytest.raises(Exception, match=r"[Dd]isconnected"):
        await client.chat_postMessage(channel=CHANNEL, text="x")

    assert [one["method"] for one in slack.posted] == ["chat.postMessage"]


async def test_a_method_can_be_made_to_refuse_and_to_be_limited(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.refuse("chat.postMessage", "invalid_blocks", times=1)
    slack.fail("reactions.add", status=429, headers={"Retry-After": "7"})
    assert await refusal(client.chat_postMessage(channel=CHANNEL, text="x")) == "invalid_blocks"
    await client.chat_postMessage(channel=CHANNEL, text="x")
    with pytest.raises(SlackApiError) as raised:
        await client.reactions_add(channel=CHANNEL, timestamp="1.0", name="eyes")

    assert (raised.value.response.status_code, raised.value.response.headers["Retry-After"]) == (429, "7")


async def test_what_hangs_does_not_hold_up_the_end() -> None:
    stand_in = SlackStandIn()
    await stand_in.start()
    stand_in.fail("auth.test", hang=3_600)
    async with httpx.AsyncClient(trust_env=False, timeout=0.2) as anybody:
        with pytest.raises(httpx.ReadTimeout):
            await anybody.post(f"{stand_in.api_url}auth.test")
    async with asyncio.timeout(10):
        await stand_in.stop()

    assert [(call.path, call.status) for call in stand_in.calls] == [("/api/auth.test", 0)]


async def test_once_stopped_nothing_more_is_delivered(
    slack: SlackStandIn, client: AsyncWebClient, bot: Bot
) -> None:
    await slack.courier.stop()
    await client.chat_postMessage(channel=CHANNEL, text="x")
    with pytest.raises(NotPossibleError):
        await slack.post("it fails")

    assert bot.got == []
