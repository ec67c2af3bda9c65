"""The local page's server: who may ask, what it shows, what it passes on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from bot.playground.channel import NotPossibleError
from bot.playground.server import PAGE, Page
from bot.playground.world import load_world


class Recorder:
    """A channel that remembers what was done in it."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.done: list[tuple[Any, ...]] = []
        self.refusal: str | None = None

    def snapshot(self) -> dict[str, Any]:
        return {
            "channel": {"id": "C1", "name": "ci-help"},
            "users": {},
            "messages": self.messages,
            "view": None,
        }

    def _do(self, *deed: Any) -> None:
        if self.refusal:
            raise NotPossibleError(self.refusal)
        self.done.append(deed)

    async def post(self, text: str, thread_ts: str | None = None) -> str:
        self._do("post", text, thread_ts)
        return "1.0"

    async def command(self, text: str) -> None:
        self._do("command", text)

    async def click(self, ts: str | None, view_id: str | None, action: Mapping[str, Any]) -> None:
        self._do("click", ts, view_id, action)

    async def submit(self, view_id: str, values: Mapping[str, Any]) -> None:
        self._do("submit", view_id, values)

    async def suggest(self, view_id: str, block_id: str, action_id: str, typed: str) -> list[dict[str, Any]]:
        self._do("suggest", view_id, block_id, action_id, typed)
        return []

    async def open_home(self) -> None:
        self._do("home")

    def close_view(self, view_id: str) -> None:
        self._do("close", view_id)


@pytest.fixture
def channel() -> Recorder:
    return Recorder()


@pytest.fixture
async def client(channel: Recorder) -> AsyncIterator[httpx.AsyncClient]:
    page = Page(channel, load_world())
    address = await page.start()
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        yield client
    await page.stop()


async def test_the_page_and_all_it_names_are_there_and_come_from_here(client: httpx.AsyncClient) -> None:
    html = await client.get("/")
    named = re.findall(r'(?:src|href)="([^"#]+)"', html.text)
    imported = [
        name for path in PAGE.glob("*.js") for name in re.findall(r'from "\./([^"]+)"', path.read_text())
    ]
    statuses = {name: (await client.get(f"/{name}")).status_code for name in {*named, *imported}}

    assert html.headers["content-type"] == "text/html; charset=utf-8"
    assert "stand-ins" in html.text
    assert "blocks.js" in statuses
    assert set(statuses.values()) == {200}


async def test_every_answer_forbids_whatever_does_not_come_from_here(client: httpx.AsyncClient) -> None:
    for path in ("/", "/app.js", "/examples", "/missing.js"):
        headers = (await client.get(path)).headers

        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_the_scripts_never_turn_text_into_markup() -> None:
    for path in PAGE.glob("*.js"):
        assert (
            re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text())
            == []
        )


async def test_another_host_name_is_refused(client: httpx.AsyncClient, channel: Recorder) -> None:
    """A foreign page whose name was pointed at this computer gets nothing."""
    read = await client.get("/state", headers={"Host": "evil.example"})
    wrote = await client.post(
        "/post", json={"text": "x"}, headers={"Host": f"evil.example:{client.base_url.port}"}
    )

    assert (read.status_code, wrote.status_code, channel.done) == (421, 421, [])


async def test_another_origin_is_refused(client: httpx.AsyncClient, channel: Recorder) -> None:
    for origin in ("https://evil.example", "null", f"https://127.0.0.1:{client.base_url.port}"):
        response = await client.post("/post", json={"text": "x"}, headers={"Origin": origin})

        assert response.status_code == 403
    assert channel.done == []


async def test_its_own_origin_may_ask(client: httpx.AsyncClient, channel: Recorder) -> None:
    origin = f"http://localhost:{client.base_url.port}"
    response = await client.post("/post", json={"text": "x"}, headers={"Origin": origin})

    assert (response.status_code, response.json()) == (200, {"ts": "1.0"})
    assert channel.done == [("post", "x", None)]


async def test_a_form_cannot_post(client: httpx.AsyncClient, channel: Recorder) -> None:
    """A plain form of another page needs no permission to be sent; it must not count."""
    response = await client.post("/post", content='{"text": "x"}', headers={"Content-Type": "text/plain"})

    assert (response.status_code, channel.done) == (415, [])


@pytest.mark.parametrize("body", ["", "[]", "{", "{}", '{"text"', '"x"'])
async def test_odd_bodies_get_a_sentence(client: httpx.AsyncClient, body: str) -> None:
    response = await client.post("/post", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 400
    assert response.json()["error"].endswith(".")


async def test_a_paste_of_forty_thousand_characters_goes_through(
    client: httpx.AsyncClient, channel: Recorder
) -> None:
    await client.post("/post", json={"text": "é" * 40_000})

    assert channel.done == [("post", "é" * 40_000, None)]


async def test_a_slash_in_the_channel_is_a_command_and_in_a_thread_a_message(
    client: httpx.AsyncClient, channel: Recorder
) -> None:
    """Slack has no custom slash commands inside threads."""
    await client.post("/post", json={"text": "/oidc help"})
    await client.post("/post", json={"text": "/oidc help", "thread_ts": "1.0"})

    assert channel.done == [("command", "/oidc help"), ("post", "/oidc help", "1.0")]


async def test_clicks_and_views_are_passed_on(client: httpx.AsyncClient, channel: Recorder) -> None:
    action = {"action_id": "recheck", "block_id": "b", "type": "button", "value": "v"}
    await client.post("/click", json={"ts": "1.0", "action": action})
    await client.post(
        "/submit", json={"view_id": "V1", "values": {"repository": {"value": {"value": "a/b"}}}}
    )
    await client.post("/close", json={"view_id": "V1"})

    assert channel.done == [
        ("click", "1.0", None, action),
        ("submit", "V1", {"repository": {"value": {"value": "a/b"}}}),
        ("close", "V1"),
    ]


async def test_what_is_not_possible_is_said(client: httpx.AsyncClient, channel: Recorder) -> None:
    channel.refusal = "That view is not open any more."
    response = await client.post("/submit", json={"view_id": "V1", "values": {}})

    assert (response.status_code, response.json()) == (409, {"error": "That view is not open any more."})


async def test_the_state_waits_for_a_change(client: httpx.AsyncClient, channel: Recorder) -> None:
    first = (await client.get("/state", params={"after": "-1"})).json()
    waiting = asyncio.create_task(client.get("/state", params={"after": first["revision"]}))
    await client.get("/examples")
    assert not waiting.done()

    channel.messages.append({"ts": "1.0", "text": "new"})
    second = (await waiting).json()

    assert (first["messages"], second["messages"]) == ([], [{"ts": "1.0", "text": "new"}])
    assert second["revision"] == first["revision"] + 1


async def test_the_examples_come_in_groups(client: httpx.AsyncClient) -> None:
    groups = (await client.get("/examples")).json()["groups"]

    assert [group["name"] for group in groups] == [
        "AWS refuses the role",
        "The token never got there",
        "A variable is not what it seems",
        "The account",
        "Azure",
        "Google Cloud",
        "Not for the bot, or not yet",
    ]
    assert [paste["name"] for paste in groups[-1]["pastes"]] == [
        "design-tokens",
        "another-workspace",
        "small-talk",
        "without-a-link",
    ]


async def test_links_of_the_example_are_shown_here(client: httpx.AsyncClient) -> None:
    inside = await client.get(
        "/look", params={"address": "https://bitbucket.org/acme/checkout/pipelines/results/57"}
    )
    outside = await client.get("/look", params={"address": "https://aws.amazon.com/"})

    assert inside.json()["title"] == "checkout: run #57"
    assert outside.json() is None


async def test_it_listens_on_loopback_only() -> None:
    page = Page(Recorder(), load_world())
    address = await page.start()

    assert address.startswith("http://127.0.0.1:")
    await page.stop()
