"""The stand-in Bitbucket refuses what Bitbucket refuses, asked with a real HTTP client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from bot.playground.bitbucket import TOKEN, BitbucketStandIn
from bot.playground.world import ExampleVariable, load_world

WORLD = load_world()
SHOP = next(one for one in WORLD.repositories if one.slug == "storefront")
RUN = SHOP.runs[0]
FAILED = RUN.steps[-1]
BASE = "/repositories/acme/storefront"
NOBODY = quote("{00000000-0000-4000-8000-000000000000}", safe="")
LOG = f"{BASE}/pipelines/{RUN.build_number}/steps/{quote(FAILED.uuid, safe='')}/log"


@asynccontextmanager
async def asking(
    stand_in: BitbucketStandIn, auth: Any = None, headers: dict[str, str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the stand-in's access token, unless other credentials are given."""
    if auth is None and headers is None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
    base = await stand_in.start()
    try:
        async with httpx.AsyncClient(base_url=base, auth=auth, headers=headers, trust_env=False) as client:
            yield client
    finally:
        await stand_in.stop()


@pytest.fixture
async def bitbucket() -> AsyncIterator[httpx.AsyncClient]:
    async with asking(BitbucketStandIn(WORLD)) as client:
        yield client


async def test_one_call_gives_all_uuids_of_a_repository(bitbucket: httpx.AsyncClient) -> None:
    fields = {"fields": "uuid,full_name,mainbranch.name,workspace.uuid"}
    answer = await bitbucket.get(BASE, params=fields)

    assert answer.json() == {
        "uuid": SHOP.uuid,
        "full_name": "acme/storefront",
        "mainbranch": {"name": "main"},
        "workspace": {"uuid": WORLD.uuid},
    }


async def test_a_field_that_is_taken_away_is_the_only_one_missing(bitbucket: httpx.AsyncClient) -> None:
    whole = (await bitbucket.get(BASE)).json()
    part = (await bitbucket.get(BASE, params={"fields": "-links.clone,-project"})).json()

    assert set(whole) - set(part) == {"project"}
    assert set(whole["links"]) - set(part["links"]) == {"clone"}


@pytest.mark.parametrize(
    "path",
    [
        "/repositories/{ws}/storefront",
        "/repositories/acme/{repo}",
        f"{BASE}/pipelines/{{run}}",
    ],
)
async def test_uuids_take_the_place_of_names_when_their_braces_are_encoded(
    bitbucket: httpx.AsyncClient, path: str
) -> None:
    encoded = path.format(
        ws=quote(WORLD.uuid, safe=""), repo=quote(SHOP.uuid, safe=""), run=quote(RUN.uuid, safe="")
    )

    assert (await bitbucket.get(encoded)).status_code == 200


async def test_raw_braces_are_a_bad_request() -> None:
    """Sent by hand, because the client would encode them."""
    stand_in = BitbucketStandIn(WORLD)
    async with asking(stand_in):
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(stand_in.address).port)
        request = f"GET /2.0/repositories/acme/{SHOP.uuid} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        writer.write(f"{request}Authorization: Bearer {TOKEN}\r\n\r\n".encode())
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()

    assert answer == b"HTTP/1.1 400 Bad Request\r\n"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}],
    ids=["none", "wrong", "the other style"],
)
async def test_a_wrong_credential_is_401(headers: dict[str, str]) -> None:
    async with asking(BitbucketStandIn(WORLD), headers=headers) as client:
        answer = await client.get(BASE)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="Bitbucket.org HTTP"'
    assert answer.json()["error"]["message"].startswith("Token is invalid, expired")


async def test_an_api_token_is_good_with_its_email_and_not_as_bearer() -> None:
    for auth, headers, status in (
        (("dana@acme.example", TOKEN), None, 200),
        (None, {"Authorization": f"Bearer {TOKEN}"}, 403),
        (("kim@acme.example", TOKEN), None, 401),
    ):
        async with asking(BitbucketStandIn(WORLD, email="dana@acme.example"), auth, headers) as client:
            answer = await client.get(BASE)

        assert answer.status_code == status
        if status == 403:
            message = "This API is not accessible by this authentication mechanism"
            assert answer.json()["error"]["message"] == message


NEEDS = [
    (BASE, "repository", "read:repository:bitbucket"),
    (f"{BASE}/src/{RUN.commit}/bitbucket-pipelines.yml", "repository", "read:repository:bitbucket"),
    (f"{BASE}/refs/branches/main", "repository", "read:repository:bitbucket"),
    (f"{BASE}/pipelines", "pipeline", "read:pipeline:bitbucket"),
    (f"{BASE}/pipelines/{RUN.build_number}/steps", "pipeline", "read:pipeline:bitbucket"),
    (LOG, "pipeline", "read:pipeline:bitbucket"),
    (f"{BASE}/pipelines_config/variables", "pipeline", "read:pipeline:bitbucket"),
    (f"{BASE}/environments", "pipeline", "read:pipeline:bitbucket"),
    (f"{BASE}/pipelines_config", "repository:admin", "admin:repository:bitbucket"),
    ("/workspaces/acme/pipelines-config/variables", "pipeline", "read:pipeline:bitbucket"),
    ("/user", "account", "read:user:bitbucket"),
]


@pytest.mark.parametrize(("path", "classic", "granular"), NEEDS)
async def test_each_path_wants_its_own_scope_and_says_which(path: str, classic: str, granular: str) -> None:
    everything = {one for need in NEEDS for one in need[1:]}
    mail = "dana@acme.example"
    for email, wanted, auth in ((None, classic, None), (mail, granular, (mail, TOKEN))):
        others = sorted(everything - {wanted})
        async with asking(BitbucketStandIn(WORLD, email=email, scopes=others), auth) as client:
            refused = await client.get(path)
        async with asking(BitbucketStandIn(WORLD, email=email, scopes=[wanted]), auth) as client:
            taken = await client.get(path)

        assert refused.status_code == 403
        assert refused.json()["error"]["message"].endswith("lack one or more required privilege scopes.")
        assert refused.json()["error"]["detail"] == {"granted": others, "required": [wanted]}
        assert taken.status_code in {200, 307}


async def test_writing_implies_reading_for_access_tokens_only_and_administering_for_none() -> None:
    async with asking(BitbucketStandIn(WORLD, scopes=["repository:write"])) as client:
        classic = await client.get(BASE)
    async with asking(BitbucketStandIn(WORLD, scopes=["repository:admin"])) as client:
        administrator = await client.get(BASE)
    mail = "dana@acme.example"
    granular_write = BitbucketStandIn(WORLD, email=mail, scopes=["write:repository:bitbucket"])
    async with asking(granular_write, (mail, TOKEN)) as client:
        granular = await client.get(BASE)

    assert [one.status_code for one in (classic, administrator, granular)] == [200, 403, 403]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", f"{BASE}/pipelines", "pipeline:write"),
        ("POST", f"{BASE}/pipelines_config/variables", "pipeline:variable"),
        ("POST", f"{BASE}/src", "repository:write"),
        ("POST", f"{BASE}/pullrequests", "pullrequest:write"),
        ("DELETE", f"{BASE}/refs/branches/main", "repository:write"),
    ],
)
async def test_nothing_is_written_without_the_scope(
    bitbucket: httpx.AsyncClient, method: str, path: str, scope: str
) -> None:
    answer = await bitbucket.request(method, path, json={})

    assert answer.status_code == 403
    assert answer.json()["error"]["detail"]["required"] == [scope]


async def test_a_hidden_repository_looks_like_one_that_is_not_there() -> None:
    async with asking(BitbucketStandIn(WORLD, hidden=["storefront"])) as client:
        hidden = await client.get(BASE)
        missing = await client.get("/repositories/acme/no-such-thing")
        elsewhere = await client.get("/repositories/globex/storefront")

    assert [one.status_code for one in (hidden, missing, elsewhere)] == [404, 404, 404]
    assert hidden.content == missing.content == elsewhere.content


@pytest.mark.parametrize(
    "path",
    [
        f"{BASE}/pipelines/999",
        f"{BASE}/pipelines/{quote(RUN.uuid.strip('{}'))}",
        f"{BASE}/pipelines/{RUN.build_number}/steps/{NOBODY}",
        f"{BASE}/src/{'0' * 40}/bitbucket-pipelines.yml",
        f"{BASE}/src/{RUN.commit}/README.md",
        f"{BASE}/refs/branches/nowhere",
        f"{BASE}/pipelines-config/variables",
        "/workspaces/acme/pipelines_config/variables",
        f"{BASE}/deployments_config/environments/{NOBODY}/variables",
        f"{LOG}/more",
        "/nothing",
    ],
)
async def test_what_is_not_there_is_404_with_a_message(bitbucket: httpx.AsyncClient, path: str) -> None:
    answer = await bitbucket.get(path)

    assert answer.status_code == 404
    assert answer.json()["type"] == "error"
    assert answer.json()["error"]["message"]


async def test_pages_are_followed_by_next_and_end_where_it_is_missing(bitbucket: httpx.AsyncClient) -> None:
    address: str | None = "/repositories/acme?pagelen=5&fields=values.slug,next"
    slugs: list[str] = []
    pages = 0
    while address:
        page = (await bitbucket.get(address)).json()
        slugs += [one["slug"] for one in page["values"]]
        address = page.get("next")
        pages += 1

    assert slugs == [one.slug for one in WORLD.repositories]
    assert pages == -(-len(slugs) // 5)


async def test_next_is_missing_when_the_fields_leave_it_out(bitbucket: httpx.AsyncClient) -> None:
    page = (await bitbucket.get("/repositories/acme?pagelen=5&fields=values.slug")).json()

    assert set(page) == {"values"}


async def test_ten_to_a_page_unless_asked_and_never_more_than_a_hundred(bitbucket: httpx.AsyncClient) -> None:
    assert len((await bitbucket.get("/repositories/acme")).json()["values"]) == 10
    for wrong in ("pagelen=101", "pagelen=0", "pagelen=x", "page=0", "page=-1"):
        assert (await bitbucket.get(f"/repositories/acme?{wrong}")).status_code == 400


async def test_runs_are_oldest_first_unless_sorted_and_never_searched_by_q() -> None:
    older = replace(RUN, uuid="{older}", build_number=7, created_on="2026-01-01", result="SUCCESSFUL")
    world = replace(WORLD, repositories=(replace(SHOP, runs=(RUN, older)),))
    queries = (
        "",
        "sort=-created_on",
        "status=FAILED",
        "status=PASSED",
        "q=build_number%3D7",
        "target.branch=x",
    )
    numbers = {}
    async with asking(BitbucketStandIn(world)) as client:
        for query in queries:
            page = (await client.get(f"{BASE}/pipelines/?{query}")).json()
            numbers[query] = [one["build_number"] for one in page["values"]]
        refused = await client.get(f"{BASE}/pipelines?sort=-build_number")

    assert numbers == {
        "": [7, RUN.build_number],
        "sort=-created_on": [RUN.build_number, 7],
        "status=FAILED": [RUN.build_number],
        "status=PASSED": [7],
        "q=build_number%3D7": [7, RUN.build_number],
        "target.branch=x": [],
    }
    assert refused.status_code == 400


async def test_a_run_says_what_ran_and_how_it_ended(bitbucket: httpx.AsyncClient) -> None:
    run = (await bitbucket.get(f"{BASE}/pipelines/{RUN.build_number}")).json()
    steps = (await bitbucket.get(f"{BASE}/pipelines/{RUN.build_number}/steps/")).json()["values"]

    assert run["target"]["selector"] == {"type": "branches", "pattern": "main"}
    assert run["target"]["commit"]["hash"] == RUN.commit
    assert run["state"]["result"]["name"] == "FAILED"
    assert [(one["name"], one["state"]["result"]["name"]) for one in steps] == [
        ("Build and test", "SUCCESSFUL"),
        ("Deploy to S3", "FAILED"),
    ]


async def test_a_run_that_never_began_says_why(bitbucket: httpx.AsyncClient) -> None:
    run = (await bitbucket.get("/repositories/acme/checkout/pipelines/57")).json()

    assert run["state"]["result"]["name"] == "ERROR"
    assert "not valid YAML" in run["state"]["result"]["error"]["message"]


async def test_a_finished_log_is_elsewhere_and_that_place_refuses_the_token(
    bitbucket: httpx.AsyncClient,
) -> None:
    redirect = await bitbucket.get(LOG)
    place = redirect.headers["location"]
    with_token = await bitbucket.get(place)
    async with httpx.AsyncClient(trust_env=False) as anybody:
        without = await anybody.get(place)
        unsigned = await anybody.get(place.partition("?")[0])
        part = await anybody.get(place, headers={"Range": "bytes=5-9"})
        outside = await anybody.get(place, headers={"Range": "bytes=9999999-"})
        end = await anybody.get(place, headers={"Range": "bytes=-5"})

    assert redirect.status_code == 307
    assert urlsplit(place).port != bitbucket.base_url.port
    assert (with_token.status_code, "Only one auth mechanism allowed" in with_token.text) == (400, True)
    assert (without.status_code, without.text) == (200, FAILED.log)
    assert unsigned.status_code == 403
    assert (part.status_code, part.content) == (206, (FAILED.log or "").encode()[5:10])
    assert (end.status_code, end.content) == (206, (FAILED.log or "").encode()[-5:])
    assert outside.status_code == 416


async def test_a_running_steps_log_comes_from_the_api_itself() -> None:
    running = replace(FAILED, result="IN_PROGRESS")
    world = replace(WORLD, repositories=(replace(SHOP, runs=(replace(RUN, steps=(running,)),)),))
    async with asking(BitbucketStandIn(world)) as client:
        answer = await client.get(LOG)
        again = await client.get(LOG, headers={"If-None-Match": answer.headers["etag"]})

    assert (answer.status_code, answer.text) == (200, FAILED.log)
    assert again.status_code == 304


async def test_the_file_is_raw_at_a_commit_or_a_branch(bitbucket: httpx.AsyncClient) -> None:
    for ref in (RUN.commit, "main"):
        answer = await bitbucket.get(f"{BASE}/src/{ref}/bitbucket-pipelines.yml")

        assert answer.text == SHOP.pipeline_file
        assert "charset" not in answer.headers["content-type"]


async def test_a_secured_variable_has_no_value(bitbucket: httpx.AsyncClient) -> None:
    listed = (await bitbucket.get("/workspaces/acme/pipelines-config/variables")).json()["values"]

    assert {one["key"]: (one.get("value"), one["secured"]) for one in listed} == {
        "NPM_TOKEN": (None, True),
        "SENTRY_ORG": ("acme", False),
    }


async def test_each_environment_has_its_own_variables() -> None:
    world = load_world()
    owner = next(one for one in world.repositories if one.environments)
    async with asking(BitbucketStandIn(world)) as client:
        listed = (await client.get(f"/repositories/acme/{owner.slug}/environments/")).json()["values"]
        for environment, shown in zip(owner.environments, listed, strict=True):
            path = f"/repositories/acme/{owner.slug}/deployments_config/environments"
            page = await client.get(f"{path}/{quote(shown['uuid'], safe='')}/variables")
            got = tuple(ExampleVariable(one["key"], one.get("value")) for one in page.json()["values"])

            assert (shown["name"], got) == (environment.name, environment.variables)


async def test_the_issuers_discovery_needs_no_credential() -> None:
    path = "/workspaces/acme/pipelines-config/identity/oidc/.well-known/openid-configuration"
    async with asking(BitbucketStandIn(WORLD), headers={}) as client:
        known, unknown = await client.get(path), await client.get(path.replace("acme", "globex"))

    issuer = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
    assert (known.json()["issuer"], unknown.status_code) == (issuer, 404)


async def test_an_access_token_is_told_its_limit_and_stopped_at_it() -> None:
    async with asking(BitbucketStandIn(WORLD, allowance=2)) as client:
        first, second, third = [await client.get(BASE) for _ in range(3)]
        file = await client.get(f"{BASE}/src/main/bitbucket-pipelines.yml")

    assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-nearlimit"]) == ("2", "false")
    assert second.headers["x-ratelimit-nearlimit"] == "true"
    assert third.status_code == 429
    assert third.json()["error"]["message"] == "Rate limit for this resource has been exceeded"
    assert file.status_code == 200


async def test_faults_are_injected_by_path_and_every_call_is_recorded() -> None:
    stand_in = BitbucketStandIn(WORLD)
    async with asking(stand_in) as client:
        stand_in.fail(r"/environments", status=503, times=1)
        stand_in.fail(r"/pipelines\b", drop=True)
        statuses = [(await client.get(f"{BASE}/environments")).status_code for _ in range(2)]
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"{BASE}/pipelines?page=1")
        stand_in.heal()
        statuses.append((await client.get(f"{BASE}/pipelines?page=1")).status_code)

    assert statuses == [503, 200, 200]
    assert [(call.path.removeprefix("/2.0"), call.status) for call in stand_in.calls] == [
        (f"{BASE}/environments", 503),
        (f"{BASE}/environments", 200),
        (f"{BASE}/pipelines?page=1", 0),
        (f"{BASE}/pipelines?page=1", 200),
    ]
    assert stand_in.calls[0].headers["authorization"] == f"Bearer {TOKEN}"
