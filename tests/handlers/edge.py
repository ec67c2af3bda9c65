"""The edge under test: a real Bolt app, a Slack that records what it is asked, and services in memory."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack_blocks import view_problems
from handlers import authorization, register
from handlers.background import settled
from handlers.ports import Past, Paste, Reply, StoreDown
from knowledge.casefile import Role
from tests.handlers.payloads import BOT, BOT_USER, CHANNEL, TEAM

Json = dict[str, Any]


class Notebook:
    """`handlers.ports.Services` in memory, as strict as the store: one work is taken once."""

    def __init__(self) -> None:
        self.watched = frozenset({CHANNEL})
        self.first_channel = CHANNEL
        self.known_workspaces = frozenset({"acme"})
        self.shared: frozenset[str] = frozenset()
        self.may_read: tuple[str, ...] = ("Bitbucket: the repositories of `acme`.",)
        self.team_url = "https://acme.slack.com/"
        self.names: dict[str, tuple[str, ...]] = {}
        self.past: list[Past] = []
        self.accepted: list[Paste] = []
        self.copies: list[str] = []
        self.unknowns: list[str] = []
        self.votes: list[tuple[str, str, bool]] = []
        self.remarks: list[tuple[str, str, str]] = []
        self.reads: list[str] = []
        self.withdrawn: list[tuple[str, str]] = []
        self.policies: list[tuple[Paste, Role]] = []
        self.replies: dict[str, Reply] = {}
        self.tries_of_token = 0
        self.down = False

    async def suggested(self, channel: str) -> tuple[str, ...]:
        return self.names.get(channel, ())

    def found(self) -> tuple[str, ...]:
        return ("Read within the last day: Bitbucket: runs.",)

    async def answered(self) -> list[Past]:
        return self.past

    async def accept(self, paste: Paste) -> bool:
        if self.down:
            raise StoreDown("test")
        if any(paste.work == other.work for other in self.accepted):
            self.copies.append(paste.work)
            return False
        self.accepted.append(paste)
        return True

    async def withdraw(self, job: str, channel: str) -> None:
        if self.down:
            raise StoreDown("test")
        self.withdrawn.append((job, channel))

    def unknown(self, way_in: str) -> None:
        self.unknowns.append(way_in)

    async def known(self, job: str) -> bool:
        return await self.original(job) is not None

    async def original(self, job: str) -> Paste | None:
        self.reads.append(job)
        return next((paste for paste in reversed(self.accepted) if paste.job == job), None)

    async def last_reply(self, job: str) -> Reply | None:
        self.reads.append(job)
        return self.replies.get(job)

    async def judge_policy(self, paste: Paste, role: Role) -> None:
        self.policies.append((paste, role))

    async def try_token(self) -> None:
        self.tries_of_token += 1

    async def feedback(self, job: str, user: str, helpful: bool, remark: str = "") -> None:
        if remark:
            self.remarks.append((job, user, remark))
        else:
            self.votes.append((job, user, helpful))


class Edge:
    """The app with everything around it. `calls` are what Slack was asked and took, each a method and its
    body."""

    def __init__(self, app: AsyncApp, services: Notebook) -> None:
        self.app = app
        self.services = services
        self.calls: list[tuple[str, Json]] = []

    @property
    def accepted(self) -> list[Paste]:
        return self.services.accepted

    async def send(self, body: Json) -> BoltResponse:
        """An event, as JSON."""
        request = AsyncBoltRequest(body=json.dumps(body), headers={"content-type": ["application/json"]})
        return await self._dispatch(request)

    async def interact(self, payload: Json) -> BoltResponse:
        """An interaction, as a form with `payload`."""
        return await self.form({"payload": json.dumps(payload)})

    async def form(self, fields: Json) -> BoltResponse:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return await self._dispatch(AsyncBoltRequest(body=urlencode(fields), headers={**kind}))

    async def over_socket(self, payload: Json) -> BoltResponse:
        """The same object as it comes through a socket."""
        return await self._dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))

    async def _dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        answer = await self.app.async_dispatch(request)
        await settled()
        return answer


@asynccontextmanager
async def edge() -> AsyncIterator[Edge]:
    """A running edge. Its Slack takes views that Slack would take, and ephemeral words."""
    made: list[Edge] = []

    async def slack(request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body: Json = await request.json()
        if method.startswith("views.") and (problems := view_problems(body["view"])):
            return web.json_response({"ok": False, "error": "invalid_arguments", "problems": problems})
        made[0].calls.append((method, body))
        view = {"view": {"id": "V9", "hash": "1.cd"}} if method.startswith("views.") else {}
        return web.json_response({"ok": True, **view})

    server = web.Application()
    server.router.add_post("/api/{method}", slack)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(trust_env=False) as session:
        client = AsyncWebClient(
            base_url=f"http://127.0.0.1:{runner.addresses[0][1]}/api/", session=session, retry_handlers=[]
        )
        app = AsyncApp(
            client=client,
            authorize=authorization("xoxb-test", BOT, BOT_USER, TEAM),
            process_before_response=True,
            request_verification_enabled=False,
        )
        services = Notebook()
        register(app, services)
        made.append(Edge(app, services))
        yield made[0]
        await settled()
    await runner.cleanup()


def json_of(answer: BoltResponse) -> Json:
    body: Json = json.loads(answer.body)
    return body
