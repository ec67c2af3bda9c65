"""Every listener, in the order in which Bolt asks them; the first that fits is the only one that runs."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from handlers import actions, commands, forms, home, messages, shortcuts, suggest, usage, views
from handlers.background import afterwards
from handlers.errors import on_error
from handlers.forms import SUGGESTED
from handlers.gate import Me
from handlers.payloads import mapping, text
from handlers.ports import Services
from handlers.render import CHOICE
from handlers.render.home import OPEN_FORM
from handlers.strangers import SHARED, STRANGER, SharedChannels, is_stranger

_ANY = re.compile(r".*", re.DOTALL)
_REVOKED = ("tokens_revoked", "app_uninstalled")
_KINDS = frozenset(
    {"block_actions", "message_action", "shortcut", "view_submission", "view_closed", "block_suggestion"}
)

Body = dict[str, Any]
Context = AsyncBoltContext
Client = AsyncWebClient


def authorize_one(
    token: str, bot_id: str, bot_user_id: str, team: str
) -> Callable[..., Awaitable[AuthorizeResult]]:
    """See `handlers.authorization`."""

    async def authorize(
        enterprise_id: str | None, team_id: str | None, user_id: str | None
    ) -> AuthorizeResult:
        ours = team_id == team
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_id=bot_id if ours else None,
            bot_user_id=bot_user_id if ours else None,
            bot_token=token if ours else None,
            user_id=user_id,
        )

    return authorize


def register_all(app: AsyncApp, services: Services) -> None:
    """See `handlers.register`."""
    app.error(on_error)
    app.middleware(_only_ours)
    app.middleware(_only_members)
    channels = SharedChannels(services)
    app.middleware(_only_own_channels(channels))
    _events(app, services, channels)
    _commands(app, services)
    _shortcuts(app, services, channels)
    _actions(app, services, channels)
    _views(app, services, channels)


async def _only_ours(body: Body, context: Context, next: Callable[[], Awaitable[Any]]) -> Any:  # noqa: A002 - Bolt's name
    """What is of no kind that we know, or of another team, is acknowledged and dropped."""
    if text(mapping(body.get("event")).get("type")) in _REVOKED:
        # Bolt authorises none of these: the token may be dead.
        return await next()
    result = context.authorize_result
    if result is None or not result.bot_token or not _is_known_kind(body):
        return BoltResponse(status=200, body="")
    return await next()


async def _only_members(
    body: Body,
    context: Context,
    client: Client,
    next: Callable[[], Awaitable[Any]],  # noqa: A002 - Bolt's name
) -> Any:
    """Somebody of another organisation, in a shared channel, is told in words; nothing is looked at."""
    if not is_stranger(body, context.team_id or ""):
        return await next()
    if text(body.get("trigger_id")):
        view = forms.notice(STRANGER)
        afterwards("notice", client.views_open(trigger_id=text(body["trigger_id"]), view=view))
    return BoltResponse(status=200, body="")


def _only_own_channels(channels: SharedChannels) -> Callable[..., Awaitable[Any]]:
    async def only_own_channels(
        body: Body,
        client: Client,
        next: Callable[[], Awaitable[Any]],  # noqa: A002 - Bolt's name
    ) -> Any:
        """In a channel that another organisation shares, clicks, commands and forms are refused in words;
        of events, a mention alone is answered, by its own listener."""
        if text(body.get("type")) == "event_callback" or not channels.is_closed(body):
            return await next()
        if "command" in body:
            return BoltResponse(status=200, body=usage.said(SHARED))
        if text(body.get("trigger_id")):
            view = forms.notice(SHARED)
            afterwards("notice", client.views_open(trigger_id=text(body["trigger_id"]), view=view))
        return BoltResponse(status=200, body="")

    return only_own_channels


def _is_known_kind(body: Mapping[str, Any]) -> bool:
    kind = text(body.get("type"))
    if kind == "event_callback":
        return isinstance(mapping(body.get("event")).get("type"), str)
    if kind == "block_actions":
        actions_ = body.get("actions")
        return isinstance(actions_, list) and bool(actions_) and isinstance(actions_[0], Mapping)
    if kind in ("view_submission", "view_closed"):
        return isinstance(body.get("view"), Mapping)
    return kind in _KINDS or isinstance(body.get("command"), str)


def _me(context: Context, services: Services) -> Me:
    return Me(
        team=context.team_id or "",
        bot_id=context.bot_id or "",
        bot_user_id=context.bot_user_id or "",
        watched=services.watched,
        workspaces=services.known_workspaces,
    )


async def _nothing(ack: AsyncAck) -> None:
    await ack()


def _events(app: AsyncApp, services: Services, channels: SharedChannels) -> None:
    @app.event("message")
    async def message(event: Body, body: Body, context: Context) -> None:
        if channels.is_closed(body):
            return
        await messages.on_message(event, _me(context, services), services)

    @app.event("app_mention")
    async def mention(event: Body, body: Body, context: Context, client: Client) -> None:
        me = _me(context, services)
        if channels.is_closed(body):
            messages.refuse_shared(event, me, client)
        else:
            await messages.on_mention(event, me, services, client)

    @app.event("app_home_opened")
    async def home_opened(event: Body, client: Client) -> None:
        await home.on_home(event, services, client)

    @app.event(re.compile(rf"\A(?:{'|'.join(_REVOKED)})\Z"))
    async def revoked() -> None:
        # Either may be about somebody else's token, or about ours; Slack itself tells.
        afterwards("token", services.try_token())

    app.event(_ANY)(_nothing)


def _commands(app: AsyncApp, services: Services) -> None:
    @app.command("/oidc")
    async def oidc(ack: AsyncAck, body: Body, context: Context) -> None:
        await ack(**await commands.on_command(body, _me(context, services), services))

    app.command(_ANY)(_nothing)


async def _usual(body: Body, services: Services, channels: SharedChannels) -> str:
    """The channel for whoever names none; empty where it is shared, and nothing is answered there."""
    channel = await shortcuts.usual_channel(body, services)
    return "" if channels.is_closed({"channel": channel}) else channel


def _shortcuts(app: AsyncApp, services: Services, channels: SharedChannels) -> None:
    @app.message_shortcut("diagnose_message")
    async def diagnose_message(ack: AsyncAck, body: Body, context: Context, client: Client) -> None:
        await shortcuts.on_message_shortcut(body, _me(context, services), services, client)
        await ack()

    @app.global_shortcut("diagnose_pipeline")
    async def diagnose_pipeline(ack: AsyncAck, body: Body, client: Client) -> None:
        usual = await _usual(body, services, channels)
        await shortcuts.on_pipeline_shortcut(body, client, usual)
        await ack()

    app.shortcut(_ANY)(_nothing)


def _actions(app: AsyncApp, services: Services, channels: SharedChannels) -> None:
    @app.action("recheck")
    async def recheck(ack: AsyncAck, body: Body, context: Context, client: Client) -> None:
        await actions.on_recheck(body, _me(context, services), services, client)
        await ack()

    @app.action("proof")
    async def proof(ack: AsyncAck, body: Body, context: Context, client: Client) -> None:
        await actions.on_proof(body, _me(context, services), services, client)
        await ack()

    @app.action("choose_repository")
    async def choose_repository(ack: AsyncAck, body: Body, context: Context, client: Client) -> None:
        await actions.on_choose_repository(body, _me(context, services), client)
        await ack()

    @app.action(re.compile(rf"{CHOICE}\d\Z"))
    async def choose_run(ack: AsyncAck, body: Body, context: Context, client: Client) -> None:
        await actions.on_choose_run(body, _me(context, services), services, client)
        await ack()

    @app.action("paste_policy")
    async def paste_policy(ack: AsyncAck, body: Body, context: Context, client: Client) -> None:
        await actions.on_paste_policy(body, _me(context, services), client)
        await ack()

    @app.action(OPEN_FORM)
    async def home_diagnose(ack: AsyncAck, body: Body, client: Client) -> None:
        usual = await _usual(body, services, channels)
        await shortcuts.on_pipeline_shortcut(body, client, usual)
        await ack()

    @app.action("feedback_up")
    async def feedback_up(ack: AsyncAck, body: Body, context: Context, client: Client) -> None:
        await actions.on_feedback(body, _me(context, services), services, client, helpful=True)
        await ack()

    @app.action("feedback_down")
    async def feedback_down(ack: AsyncAck, body: Body, context: Context, client: Client) -> None:
        await actions.on_feedback(body, _me(context, services), services, client, helpful=False)
        await ack()

    # `open_pull_request` too, until it is offered; and buttons of older replies.
    app.action(_ANY)(_nothing)

    @app.options(SUGGESTED)
    async def suggest_repository(ack: AsyncAck, body: Body, context: Context) -> None:
        await ack(options=await suggest.on_suggestion(body, _me(context, services), services))

    app.options(_ANY)(_nothing)


async def _closed_unless(errors: dict[str, str], ack: AsyncAck) -> None:
    """Let the form close, or show at its fields what cannot be used."""
    if errors:
        await ack(response_action="errors", errors=errors)
    else:
        await ack()


def _views(app: AsyncApp, services: Services, channels: SharedChannels) -> None:
    @app.view("diagnose_form")
    async def diagnose_form(ack: AsyncAck, body: Body, context: Context) -> None:
        usual = await _usual(body, services, channels)
        errors = await views.on_form(body, _me(context, services), services, usual)
        await _closed_unless(errors, ack)

    @app.view("policy_form")
    async def policy_form(ack: AsyncAck, body: Body, context: Context) -> None:
        errors = await views.on_policy(body, _me(context, services), services)
        await _closed_unless(errors, ack)

    @app.view("remark_form")
    async def remark_form(ack: AsyncAck, body: Body, context: Context) -> None:
        await views.on_remark(body, _me(context, services), services)
        await ack()

    app.view(_ANY)(_nothing)
    app.view_closed(_ANY)(_nothing)
