"""The Bitbucket client over real HTTP: what crosses the wire, and what comes of each kind of trouble."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from bot.clients.bitbucket import BitbucketClient, BitbucketLook
from bot.clients.bitbucket_credentials import Token
from bot.clients.bitbucket_log import WINDOW
from bot.errors import (
    SourceDenied,
    SourceError,
    SourceMalformed,
    SourceNotFound,
    SourceRateLimited,
    SourceRefused,
    SourceUnauthenticated,
    SourceUnreachable,
)
from bot.metrics import Metrics
from bot.playground.bitbucket import GRANULAR, TOKEN, BitbucketStandIn
from bot.playground.loopback import LoopbackServer
from bot.ports import RepositoryName
from knowledge.casefile import RunStep
from tests.bot.sources import WORLD, repository

HOME = RepositoryName("acme", "storefront")
FAILED = repository("storefront").runs[0].steps[1]
STEP = RunStep(uuid=FAILED.uuid, name=FAILED.name, position=1, state="COMPLETED", result="FAILED")


class Scripted(LoopbackServer):
    """Answers as a test says: a path's beginning gives the answer, anything else is 404."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Callable[[web.Request], web.StreamResponse]] = {}

    def says(self, path: str, body: object, **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = {"Content-Type": "application/json", **headers}
        self.answers[path] = lambda _: web.Response(body=raw, headers=kind)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        found = next((made for path, made in self.answers.items() if request.path.startswith(path)), None)
        return self.broken(404) if found is None else found(request)

    def broken(self, status: int) -> web.Response:
        return web.json_response({"type": "error", "error": {"message": "no"}}, status=status)


@contextlib.asynccontextmanager
async def looking(
    server: LoopbackServer, *, token: str = TOKEN, email: str | None = None, base: str = "/2.0"
) -> AsyncIterator[BitbucketClient]:
    """A client of a started server."""
    address = await server.start()
    client = BitbucketClient(address.removesuffix("/2.0") + base, Token(token, email), Metrics())
    try:
        yield client
    finally:
        await client.close()
        await server.stop()


@contextlib.asynccontextmanager
async def stand_in(**options: Any) -> AsyncIterator[tuple[BitbucketStandIn, BitbucketClient]]:
    server = BitbucketStandIn(WORLD, **options)
    async with looking(server, token=server.token, email=server.email) as client:
        yield server, client


async def failure(server: LoopbackServer, token: str = TOKEN) -> SourceError:
    """What comes of asking for the repository."""
    async with looking(server, token=token) as client:
        with pytest.raises(SourceError) as caught:
            await client.look().repository(HOME)
    return caught.value


# -- who asks -----------------------------------------------------------------------------------------------


async def test_an_access_token_goes_as_bearer_and_an_api_token_as_basic() -> None:
    async with stand_in() as (server, client):
        await client.look().repository(HOME)
        assert server.calls[0].headers["authorization"] == f"Bearer {server.token}"

    async with stand_in(email="bot@acme.example") as (server, client):
        await client.look().repository(HOME)
        assert server.calls[0].headers["authorization"].startswith("Basic ")


async def test_braces_of_uuids_are_encoded_in_paths() -> None:
    async with stand_in() as (server, client):
        environment = repository("ledger").environments[0]
        found = await client.look().environment_variables(RepositoryName("acme", "ledger"), environment.uuid)

    assert [variable.name for variable in found] == ["AWS_ROLE_ARN"]
    assert "%7B" in server.calls[0].path
    assert "{" not in server.calls[0].path


async def test_a_repository_is_read_with_its_workspace() -> None:
    async with stand_in() as (_, client):
        found = await client.look().repository(HOME)

    assert (found.full_name, found.uuid) == ("acme/storefront", repository("storefront").uuid)
    assert (found.workspace_uuid, found.is_fork, found.main_branch) == (WORLD.uuid, False, "main")


async def test_nothing_but_reading_is_asked_and_no_cookie_is_carried_back() -> None:
    server = Scripted()
    server.says("/2.0/repositories/acme/storefront/pipelines_config", {"values": []}, **{"Set-Cookie": "a=b"})
    server.says("/2.0/workspaces/acme", {"values": []})
    async with looking(server) as client:
        look = client.look()
        await look.repository_variables(HOME)
        await look.workspace_variables("acme")

    assert {call.method for call in server.calls} == {"GET"}
    assert all("cookie" not in call.headers for call in server.calls)


# -- trouble ------------------------------------------------------------------------------------------------


async def test_a_missing_scope_is_named_by_the_remedy() -> None:
    async with stand_in(scopes=("repository",)) as (_, client):
        with pytest.raises(SourceDenied) as caught:
            await client.look().repository_variables(HOME)

    assert "`pipeline`" in caught.value.reason
    assert "`pipeline`" in caught.value.remedy


async def test_granular_scopes_are_named_as_bitbucket_names_them() -> None:
    async with stand_in(email="bot@acme.example", scopes=GRANULAR[:1]) as (_, client):
        with pytest.raises(SourceDenied) as caught:
            await client.look().repository_variables(HOME)

    assert "`read:pipeline:bitbucket`" in caught.value.remedy


async def test_an_api_token_sent_as_access_token_is_told_to_bring_its_email() -> None:
    server = BitbucketStandIn(WORLD, email="bot@acme.example")
    error = await failure(server, server.token)

    assert "`BITBUCKET_EMAIL`" in error.remedy


async def test_a_scope_that_is_none_is_not_repeated() -> None:
    server = Scripted()
    body = {"error": {"message": "x", "detail": {"required": ["<!channel> *pipeline*"]}}}
    server.fail("", status=403, body=json.dumps(body).encode())

    error = await failure(server)

    assert isinstance(error, SourceDenied)
    assert "channel" not in error.reason + error.remedy


@pytest.mark.parametrize(
    ("status", "kind", "word"),
    [
        (400, SourceRefused, "400"),
        (401, SourceUnauthenticated, "BITBUCKET_TOKEN"),
        (403, SourceDenied, "BITBUCKET_TOKEN"),
        (404, SourceNotFound, "404"),
        (410, SourceNotFound, "410"),
        (429, SourceRateLimited, "429"),
        (500, SourceUnreachable, "500"),
        (502, SourceUnreachable, "502"),
        (503, SourceUnreachable, "503"),
        (504, SourceUnreachable, "504"),
        (555, SourceUnreachable, "555"),
        (301, SourceRefused, "301"),
    ],
)
async def test_every_refusal_has_a_reason_and_a_remedy(
    status: int, kind: type[SourceError], word: str
) -> None:
    server = Scripted()
    server.fail("", status=status, headers={"Location": "/elsewhere", "Retry-After": "0"})

    error = await failure(server)

    assert type(error) is kind
    assert word in f"{error.reason}; {error.remedy}"
    assert error.remedy


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><title>Log in</title></html>", "text/html"),
        (b"{not json", "application/json"),
        (b"", "application/json"),
        (b"[1, 2]", "application/json"),
        (b'{"uuid": "no uuid", "slug": "a"}', "application/json"),
        (b"null", "application/json"),
        (b'"\xff\xfe"', "application/json"),
        (b"[" * 200_000, "application/json"),
        (b'{"x": "' + b"a" * (5 * 1024 * 1024) + b'"}', "application/json"),
    ],
    ids=["login page", "broken", "empty", "list", "no uuid", "null", "no utf-8", "deep", "huge"],
)
async def test_an_answer_of_another_shape_is_malformed_and_not_quoted(body: bytes, kind: str) -> None:
    server = Scripted()
    server.says("/2.0/repositories", body, **{"Content-Type": kind})

    error = await failure(server)

    assert isinstance(error, SourceMalformed)
    assert "uuid" not in error.reason
    assert "Log in" not in error.reason


async def test_variables_that_are_only_partly_understood_are_not_read_at_all() -> None:
    server = Scripted()
    server.says("/2.0/workspaces", {"values": [{"key": "A", "value": "1"}, {"value": "2"}]})
    async with looking(server) as client:
        with pytest.raises(SourceMalformed):
            await client.look().workspace_variables("acme")


async def test_a_passing_fault_is_asked_again() -> None:
    async with stand_in() as (server, client):
        server.fail("/storefront", status=503, times=1)
        server.fail("/pipelines_config", drop=True, times=1)
        server.fail("/environments", status=429, times=1, headers={"Retry-After": "0"})
        look = client.look()
        await look.repository(HOME)
        await look.repository_variables(HOME)
        await look.environments(HOME)

    assert [call.status for call in server.calls] == [503, 200, 0, 200, 429, 200]


async def test_what_will_not_pass_is_asked_once() -> None:
    for status in (400, 401, 403, 404, 500):
        server = Scripted()
        server.fail("", status=status)
        await failure(server)
        assert len(server.calls) == 1


async def test_a_long_wait_that_is_asked_for_is_told_instead() -> None:
    server = Scripted()
    server.fail("", status=429, headers={"Retry-After": "90"})

    error = await failure(server)

    assert len(server.calls) == 1
    assert "90 seconds" in error.remedy


async def test_nothing_listens() -> None:
    server = Scripted()
    await server.start()
    await server.stop()
    client = BitbucketClient(server.address, Token("t"), Metrics())
    with pytest.raises(SourceUnreachable):
        await client.look().repository(HOME)
    await client.close()


async def test_tries_are_bounded_for_one_diagnosis_while_bitbucket_is_down() -> None:
    server = Scripted()
    server.fail("", status=503, headers={"Retry-After": "0"})
    async with looking(server) as client:
        look = client.look()
        outcomes = await asyncio.gather(
            *(look.run(HOME, number) for number in range(40)), return_exceptions=True
        )

    assert {type(outcome) for outcome in outcomes} == {SourceUnreachable}
    assert len(server.calls) == 30


async def test_after_a_few_429_nothing_more_is_asked_in_this_diagnosis_and_the_next_asks_again() -> None:
    server = Scripted()
    server.fail("", status=429, headers={"Retry-After": "0"})
    async with looking(server) as client:
        look = client.look()
        for number in range(20):
            with pytest.raises(SourceRateLimited):
                await look.run(HOME, number)
        assert len(server.calls) <= 12

        server.heal()
        seen = len(server.calls)
        with pytest.raises(SourceNotFound):
            await client.look().run(HOME, 1)
        assert len(server.calls) == seen + 1


async def test_nothing_secret_is_in_an_error() -> None:
    server = BitbucketStandIn(WORLD)
    error = await failure(server, "another-token-7f3a")

    assert "another-token" not in repr(error) + str(error.__context__) + str(error.__cause__)


# -- pages --------------------------------------------------------------------------------------------------


def numbered(first: int, last: int) -> list[dict[str, object]]:
    return [{"key": f"V{number}", "value": "x", "secured": False} for number in range(first, last)]


async def test_pages_are_followed_as_they_are_named() -> None:
    server = Scripted()

    def pages(request: web.Request) -> web.Response:
        if request.query.get("ctx") == "second":
            return web.json_response({"values": numbered(100, 130)})
        following = f"http://{request.host}{request.path}?ctx=second&pagelen=100"
        return web.json_response({"values": numbered(0, 100), "next": following})

    server.answers["/2.0/workspaces"] = pages
    async with looking(server) as client:
        found = await client.look().workspace_variables("acme")

    assert len(found) == 130
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    "following",
    [
        "https://attacker.example/2.0/workspaces/acme/x",
        "http://127.0.0.1:9/2.0/workspaces/acme/x",
        "//attacker.example/2.0/x",
        "{base}/other/place",
        "http://user:pw@{host}/2.0/x",
        "file:///etc/passwd",
        "http://[broken",
    ],
)
async def test_a_next_page_elsewhere_is_not_followed_and_the_rest_counts_as_not_read(following: str) -> None:
    server, other = Scripted(), Scripted()
    await other.start()

    def page(request: web.Request) -> web.Response:
        named = following.format(base=f"http://{request.host}", host=request.host)
        return web.json_response({"values": numbered(0, 2), "next": named})

    server.answers["/2.0/workspaces"] = page
    async with looking(server) as client:
        with pytest.raises(SourceMalformed):
            await client.look().workspace_variables("acme")
    await other.stop()

    assert len(server.calls) == 1


@pytest.mark.parametrize("own", [True, False], ids=["its own page", "another collection's page"])
async def test_a_next_page_that_was_read_already_is_not_asked_for_again(own: bool) -> None:
    server = Scripted()
    first: list[str] = []

    def page(request: web.Request) -> web.Response:
        first.append(f"http://{request.host}{request.path_qs}")
        return web.json_response({"values": numbered(0, 2), "next": first[-1] if own else first[0]})

    server.answers["/2.0/workspaces"] = page
    async with looking(server) as client:
        look = client.look()
        for workspace in ("acme",) if own else ("acme", "globex"):
            with pytest.raises(SourceMalformed):
                await look.workspace_variables(workspace)

    assert len(server.calls) == len({call.path for call in server.calls}) == (1 if own else 2)


async def test_pages_without_end_are_not_followed_for_ever() -> None:
    server = Scripted()
    server.answers["/2.0/workspaces"] = lambda request: web.json_response(
        {
            "values": numbered(0, 1),
            "next": f"http://{request.host}{request.path}?n={int(request.query.get('n', 0)) + 1}",
        }
    )
    async with looking(server) as client:
        with pytest.raises(SourceMalformed):
            await client.look().workspace_variables("acme")

    assert len(server.calls) == 10


async def test_a_secured_variable_is_present_without_a_value() -> None:
    server = Scripted()
    listed = [
        {"key": "A", "value": "still sent", "secured": True},
        {"key": "B", "secured": True},
        {"key": "C", "value": "", "secured": False},
    ]
    server.says("/2.0/workspaces", {"values": listed})
    async with looking(server) as client:
        found = await client.look().workspace_variables("acme")

    assert [(one.name, one.value, one.secured) for one in found] == [
        ("A", None, True),
        ("B", None, True),
        ("C", "", False),
    ]


# -- logs ---------------------------------------------------------------------------------------------------


async def test_a_finished_log_is_fetched_from_its_store_without_our_pass() -> None:
    async with stand_in() as (server, client):
        log = await client.look().log(HOME, 214, STEP)

    assert "Invalid length for parameter WebIdentityToken" in log.text
    assert log.truncated is False
    assert [call.status for call in server.calls] == [307]
    assert [call.status for call in server.storage.calls] == [206]
    assert "authorization" not in server.storage.calls[0].headers
    assert "cookie" not in server.storage.calls[0].headers


@pytest.mark.parametrize(
    "location",
    ["http://storage.example/log", "ftp://127.0.0.1/log", "", "http://[broken", "file:///etc/passwd"],
)
async def test_a_store_that_is_neither_https_nor_loopback_is_not_asked(location: str) -> None:
    async with stand_in() as (server, client):
        server.fail("/log$", status=307, headers={"Location": location})
        with pytest.raises(SourceMalformed):
            await client.look().log(HOME, 214, STEP)


async def test_a_store_that_points_back_to_bitbucket_is_not_followed() -> None:
    async with stand_in() as (server, client):
        server.storage.fail("", status=302, headers={"Location": server.address})
        with pytest.raises(SourceMalformed):
            await client.look().log(HOME, 214, STEP)

    assert len(server.calls) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 416, 500])
async def test_what_the_store_refuses_is_not_told_of_the_bot_s_token(status: int) -> None:
    async with stand_in() as (server, client):
        server.storage.fail("", status=status)
        with pytest.raises(SourceUnreachable) as caught:
            await client.look().log(HOME, 214, STEP)

    assert "BITBUCKET_TOKEN" not in caught.value.remedy


@pytest.mark.parametrize(
    "location",
    [
        "http://storage.example/log",
        "https:///log",
        "https://storage example/log",
        "https://storage.example:99999/log",
        "https://user:pw@storage.example/log",
        "http://127.0.0.1:0/log",
        "//",
        "gopher://x",
    ],
)
async def test_a_place_that_cannot_be_followed_is_not_asked_about_again(location: str) -> None:
    async with stand_in() as (server, client):
        server.fail("/log$", status=307, headers={"Location": location})
        with pytest.raises(SourceMalformed):
            await client.look().log(HOME, 214, STEP)

    assert len(server.calls) == 1


def pointing(server: LoopbackServer, *places: str) -> Callable[[web.Request], web.Response]:
    """Points to the `places` of `server` one after the other, then gives the log."""
    left = list(places)

    def answer(request: web.Request) -> web.Response:
        if "Authorization" in request.headers and request.path.startswith("/store"):
            return web.Response(status=400)
        if left:
            return web.Response(status=302, headers={"Location": left.pop(0)})
        return web.Response(body=b"the whole log")

    return answer


async def test_a_store_may_point_on_and_no_pass_goes_along() -> None:
    server, store = Scripted(), Scripted()
    await store.start()
    server.answers["/2.0"] = lambda _: web.Response(
        status=307, headers={"Location": f"{store.address}/store/1"}
    )
    store.answers["/store"] = pointing(store, "/store/2", f"{store.address}/store/3")
    async with looking(server) as client:
        log = await client.look().log(HOME, 1, STEP)
    await store.stop()

    assert log.text == "the whole log"
    assert [call.path for call in store.calls] == ["/store/1", "/store/2", "/store/3"]
    assert all("authorization" not in call.headers for call in store.calls)
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("places", "asked"),
    [
        (("/store/1",), 1),
        (("/store/2", "/store/1"), 2),
        (("/store/2", "/store/3", "/store/4", "/store/5"), 3),
        (("http://storage.example/log",), 1),
    ],
    ids=["itself", "a circle", "no end", "not https"],
)
async def test_a_store_that_points_on_without_an_end_is_left(places: tuple[str, ...], asked: int) -> None:
    server, store = Scripted(), Scripted()
    await store.start()
    server.answers["/2.0"] = lambda _: web.Response(
        status=307, headers={"Location": f"{store.address}/store/1"}
    )
    store.answers["/store"] = pointing(store, *places)
    async with looking(server) as client:
        with pytest.raises(SourceMalformed):
            await client.look().log(HOME, 1, STEP)
    await store.stop()

    assert len(store.calls) == asked
    assert len(server.calls) == 1


async def test_a_store_in_passing_trouble_is_asked_again() -> None:
    async with stand_in() as (server, client):
        server.storage.fail("", status=503, times=1)
        log = await client.look().log(HOME, 214, STEP)

    assert log.text


async def test_of_a_long_log_the_end_is_read() -> None:
    server = Scripted()
    text = b"".join(b"line %d\n" % number for number in range(250_000)) + b"the last line"
    server.answers["/2.0"] = lambda _: web.Response(body=text)
    async with looking(server) as client:
        log = await client.look().log(HOME, 1, STEP)

    assert log.truncated is True
    assert log.text.startswith("line ")
    assert log.text.endswith("the last line")
    assert len(log.text) <= WINDOW
    assert len(server.calls) == 1


async def test_of_a_store_that_takes_no_range_from_the_end_it_is_asked_from_first_to_last_byte() -> None:
    server, store = Scripted(), Scripted()
    text = b"x" * (24 * 1024 * 1024) + b"\nthe last line"
    asked: list[str] = []

    def part(request: web.Request) -> web.Response:
        wanted = request.headers.get("Range", "")
        asked.append(wanted)
        first, last = wanted.removeprefix("bytes=").split("-") if wanted else ("", "")
        if not first:
            return web.Response(body=text)
        return web.Response(status=206, body=text[int(first) : int(last) + 1])

    store.answers["/log"] = part
    await store.start()
    moved = {"Location": f"{store.address}/log"}
    server.answers["/2.0"] = lambda _: web.Response(status=307, headers=moved)
    async with looking(server) as client:
        log = await client.look().log(HOME, 1, STEP)
    await store.stop()

    assert asked == [f"bytes=-{WINDOW}", f"bytes={len(text) - WINDOW}-{len(text) - 1}"]
    assert log.text.endswith("x\nthe last line")
    assert (log.truncated, log.part) == (True, WINDOW)
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("size", "truncated"), [(200 * 1024 * 1024, True), (9, False)], ids=["200 MiB", "a few bytes"]
)
async def test_the_end_of_a_log_is_asked_for_once(size: int, truncated: bool) -> None:
    server, store = Scripted(), Scripted()
    end = b"x\na line\nthe last line"[-size:]
    asked: list[str] = []

    def part(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Range", ""))
        first = max(0, size - WINDOW)
        body = end.rjust(size - first, b"x")
        head = {"Content-Range": f"bytes {first}-{size - 1}/{size}"}
        return web.Response(status=206, body=body, headers=head)

    store.answers["/log"] = part
    await store.start()
    moved = {"Location": f"{store.address}/log"}
    server.answers["/2.0"] = lambda _: web.Response(status=307, headers=moved)
    async with looking(server) as client:
        log = await client.look().log(HOME, 1, STEP)
    await store.stop()

    assert asked == [f"bytes=-{WINDOW}"]
    assert (log.truncated, log.part) == (truncated, WINDOW if truncated else None)
    assert log.text.endswith("x\na line\nthe last line" if truncated else end.decode())


@pytest.mark.parametrize("status", [400, 416, 501])
async def test_a_store_that_refuses_a_range_from_the_end_is_asked_without(status: int) -> None:
    server, store = Scripted(), Scripted()

    def part(request: web.Request) -> web.Response:
        if "Range" in request.headers:
            return web.Response(status=status)
        return web.Response(body=b"the last line")

    store.answers["/log"] = part
    await store.start()
    moved = {"Location": f"{store.address}/log"}
    server.answers["/2.0"] = lambda _: web.Response(status=307, headers=moved)
    async with looking(server) as client:
        log = await client.look().log(HOME, 1, STEP)
    await store.stop()

    assert (log.text, log.truncated) == ("the last line", False)


@pytest.mark.parametrize("stored", [False, True], ids=["given by Bitbucket", "in a store without ranges"])
async def test_of_a_log_that_can_only_be_read_through_the_end_is_its_end(stored: bool) -> None:
    server, store = Scripted(), Scripted()
    text = b"x" * (40 * 1024 * 1024) + b"\nthe last line"

    def given(_: web.Request) -> web.StreamResponse:
        return web.Response(body=text)

    store.answers["/log"] = given
    await store.start()
    moved = {"Location": f"{store.address}/log"}
    server.answers["/2.0"] = (lambda _: web.Response(status=307, headers=moved)) if stored else given
    async with looking(server) as client:
        log = await client.look().log(HOME, 1, STEP)
    await store.stop()

    assert log.text.endswith("x\nthe last line")
    assert (log.truncated, log.part) == (True, WINDOW)
    assert len(server.calls) == 1


async def test_a_log_is_decoded_whatever_it_holds_and_its_colours_and_secrets_go() -> None:
    server = Scripted()
    jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
    raw = f"\x1b[31mred\x1b[0m \x1b]0;title\x07{jwt}".encode() + b" \xff\xfe end"
    server.answers["/2.0"] = lambda _: web.Response(body=raw)
    async with looking(server) as client:
        log = await client.look().log(HOME, 1, STEP)

    assert log.text.startswith("red ")
    assert jwt not in log.text
    assert log.text.endswith("�� end")


async def test_a_log_that_was_not_kept_is_not_there() -> None:
    async with stand_in() as (server, client):
        server.fail("/log$", status=404)
        with pytest.raises(SourceNotFound):
            await client.look().log(HOME, 214, STEP)


# -- once, and for how long ---------------------------------------------------------------------------------


async def read_all(look: BitbucketLook) -> None:
    await look.repository(HOME)
    await look.run(HOME, 214)
    await look.steps(HOME, 214)
    await look.file(HOME, repository("storefront").runs[0].commit, "bitbucket-pipelines.yml")
    await look.log(HOME, 214, STEP)
    await look.workspace_variables("acme")
    await look.repository_variables(HOME)
    await look.environments(HOME)


async def test_no_address_is_asked_twice_in_one_look() -> None:
    async with stand_in() as (server, client):
        look = client.look(anew=True)
        await read_all(look)
        await read_all(look)

    assert len(server.calls) == len({call.path for call in server.calls}) == look.calls == 8


async def test_a_second_look_asks_for_nothing_and_a_recheck_for_the_run_and_the_variables() -> None:
    async with stand_in() as (server, client):
        await read_all(client.look())
        server.calls.clear()

        await read_all(client.look())
        assert server.calls == []

        await read_all(client.look(anew=True))
        asked = [call.path.partition("?")[0].rpartition("/")[2] for call in server.calls]
        assert asked == ["214", "steps", "log", "variables", "variables"]


async def test_what_was_read_before_the_run_began_is_read_again() -> None:
    async with stand_in() as (server, client):
        look = client.look()
        await look.repository_variables(HOME)
        server.calls.clear()

        run = await client.look().run(HOME, 214)
        assert run.created_on is not None
        await client.look().repository_variables(HOME, since=run.created_on)
        assert len(server.calls) == 1

        later = run.created_on.replace(year=2099)
        await client.look().repository_variables(HOME, since=later)
        assert len(server.calls) == 2


async def test_a_failure_is_not_remembered() -> None:
    async with stand_in() as (server, client):
        server.fail("/pipelines_config", status=500, times=1)
        with pytest.raises(SourceUnreachable):
            await client.look().repository_variables(HOME)

        assert await client.look().repository_variables(HOME)


async def test_calls_are_counted_by_status() -> None:
    server = BitbucketStandIn(WORLD)
    metrics = Metrics()
    client = BitbucketClient(await server.start(), Token(server.token), metrics)
    await client.look().repository(HOME)
    with pytest.raises(SourceNotFound):
        await client.look().repository(RepositoryName("acme", "nothing-here"))
    await client.close()
    await server.stop()

    text = metrics.render().decode()
    assert 'rolecall_calls_total{service="bitbucket",status="200"} 1.0' in text
    assert 'rolecall_calls_total{service="bitbucket",status="404"} 1.0' in text
    assert "nothing-here" not in text
