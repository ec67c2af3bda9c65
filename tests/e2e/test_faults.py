"""Sources and Slack that fail: a sentence says what happened and what to do, and there is never silence."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from bot.playground.stage import Stage, stage
from bot.playground.world import load_world
from tests.e2e.talk import PATIENCE, answered, ask, facts_of, marks, replies, settled, until, words

LINK = "https://bitbucket.org/acme/{}/pipelines/results/{}"
EMPTY_TOKEN = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
STOREFRONT = f"{EMPTY_TOKEN}\n{LINK.format('storefront', 214)}"
LEDGER = f"{REFUSED}\n{LINK.format('ledger', 512)}"

BITBUCKET = [
    ("down", {"pattern": ".*", "status": 500}, "Bitbucket"),
    ("away", {"pattern": ".*", "drop": True}, "Bitbucket"),
    ("busy", {"pattern": ".*", "status": 429}, "Bitbucket"),
    ("no JSON", {"pattern": "/2.0/(?!.*src/)", "status": 200, "body": b"<html>Log in</html>"}, "Bitbucket"),
    ("token refused", {"pattern": ".*", "status": 401}, "token"),
    ("no run", {"pattern": "/pipelines/", "status": 404}, "#214"),
    ("no file", {"pattern": "/src/", "status": 404}, "bitbucket-pipelines.yml"),
]


@pytest.mark.parametrize(
    ("fault", "said"), [(f, s) for _, f, s in BITBUCKET], ids=[n for n, _, _ in BITBUCKET]
)
async def test_what_bitbucket_does_is_said(running: Stage, fault: dict[str, object], said: str) -> None:
    pattern = str(fault["pattern"])
    running.bitbucket.fail(pattern, **{k: v for k, v in fault.items() if k != "pattern"})  # type: ignore[arg-type]
    ts = await ask(running, STOREFRONT)
    reply = await answered(running, ts)

    assert facts_of(reply)["kind"] in {"diagnosis", "question"}
    assert facts_of(reply)["verdict"] != "confirmed"
    assert said in words(reply)
    assert "Traceback" not in words(reply)
    assert len(running.bitbucket.calls) <= (12 if fault.get("status") == 429 else 30)


async def test_a_missing_scope_is_named() -> None:
    async with stage() as running:
        running.bitbucket.scopes = ("repository",)
        reply = await answered(running, await ask(running, STOREFRONT))

        assert "the bot's token lacks the scope `pipeline`" in words(reply)


async def test_a_source_that_hangs_holds_up_nothing_else(running: Stage) -> None:
    running.bitbucket.fail("pipelines-config/variables", hang=60.0)
    reply = await answered(running, await ask(running, STOREFRONT))

    assert facts_of(reply)["cause"] == "oidc-not-enabled"


async def test_what_aws_does_not_let_be_read_is_unseen_not_missing(running: Stage) -> None:
    running.aws.granted = dict.fromkeys(running.aws.granted, frozenset())
    reply = await answered(running, await ask(running, LEDGER))

    assert facts_of(reply)["verdict"] != "confirmed"
    assert "iam:GetRole" in words(reply)


async def test_aws_that_is_away_is_said(running: Stage) -> None:
    running.aws.fail(".*", drop=True)
    reply = await answered(running, await ask(running, LEDGER))

    assert facts_of(reply)["kind"] == "diagnosis"
    assert "AWS" in words(reply)


async def test_a_build_number_that_does_not_exist_is_said(running: Stage) -> None:
    reply = await answered(running, await ask(running, f"{EMPTY_TOKEN}\n{LINK.format('storefront', 99999)}"))

    assert "99999" in words(reply)


async def test_a_broken_post_is_not_posted_twice(running: Stage) -> None:
    """Slack took the message, and its answer was lost: the thread is searched before posting again."""
    running.slack.fail("chat.postMessage", status=500, times=1, after=True)
    ts = await ask(running, STOREFRONT)
    await settled(running)

    assert len(replies(running, ts)) == 1
    assert facts_of(replies(running, ts)[0])["cause"] == "oidc-not-enabled"


async def test_a_post_that_was_lost_is_posted_again(running: Stage) -> None:
    running.slack.fail("chat.postMessage", status=500, times=1)
    ts = await ask(running, STOREFRONT)

    assert len(replies(running, ts)) == 1


async def test_slacks_rate_limit_is_obeyed(running: Stage) -> None:
    running.slack.fail("chat.postMessage", status=429, times=1, headers={"Retry-After": "1"})
    ts = await ask(running, STOREFRONT)
    await settled(running)
    posts = [call for call in running.slack.calls if "chat.postMessage" in call.path]

    assert len(replies(running, ts)) == 1
    assert posts[1].at - posts[0].at >= 1.0


async def test_blocks_that_slack_refuses_are_sent_once_as_plain_text(running: Stage) -> None:
    running.slack.refuse("chat.postMessage", "invalid_blocks", times=1)
    ts = await ask(running, STOREFRONT)
    await settled(running)
    (reply,) = replies(running, ts)

    assert "oidc" in reply.text
    assert sum("chat.postMessage" in call.path for call in running.slack.calls) == 2


async def test_plain_text_whose_answer_was_lost_is_not_posted_twice(running: Stage) -> None:
    """The blocks were refused, the text was taken, and nobody heard of it."""
    running.slack.fail("chat.postMessage", status=500, times=1, after=True)
    running.slack.refuse("chat.postMessage", "invalid_blocks", times=1)
    ts = await ask(running, STOREFRONT)
    await settled(running)

    assert len(replies(running, ts)) == 1
    assert sum("chat.postMessage" in call.path for call in running.slack.calls) == 2


async def test_a_failing_mark_never_stops_an_answer(running: Stage) -> None:
    running.slack.fail("reactions", status=500)
    ts = await running.slack.post(STOREFRONT)
    await until(lambda: replies(running, ts))
    await settled(running)

    assert marks(running, ts) == set()
    assert len(replies(running, ts)) == 1


async def test_a_refused_token_shows_in_the_health_until_it_is_taken_again(running: Stage) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:

        async def health() -> httpx.Response:
            return await client.get(f"{running.bot.base_url}/readyz")

        running.slack.refuse("chat.postMessage", "token_revoked")
        await running.slack.post(STOREFRONT)
        await until(
            lambda: any("chat.postMessage" in call.path and call.status for call in running.slack.calls)
        )
        refused = await health()
        running.slack.heal()
        await ask(running, STOREFRONT)
        taken = await health()

    assert refused.status_code == 503
    assert "token_revoked" in refused.json()["missing"]["slack"]
    assert taken.status_code == 200


async def warnings(stage: Stage) -> list[dict[str, str]]:
    """What `/readyz` names as weakening the answers; it is ready all the same."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{stage.bot.base_url}/readyz")
    assert answer.status_code == 200
    return list(answer.json().get("warnings", []))


async def test_what_is_away_for_a_moment_is_no_lack_of_rights(running: Stage) -> None:
    running.bitbucket.fail("pipelines_config/variables", status=503)
    await ask(running, STOREFRONT)
    await settled(running)

    assert await warnings(running) == []


async def test_a_channel_that_the_bot_is_not_in_is_named_from_the_start() -> None:
    async with stage(CI_HELP_CHANNELS="C0CIHELP01,C0NOTHERE1") as running:
        async with asyncio.timeout(PATIENCE):
            while not (found := await warnings(running)):
                await asyncio.sleep(0.02)

    assert [one["area"] for one in found] == ["slack"]
    assert "the bot is not in the channel `C0NOTHERE1`" in found[0]["sentence"]
    assert "/invite @rolecall" in found[0]["remedy"]


async def test_a_huge_paste_and_odd_characters_are_answered(running: Stage) -> None:
    text = f"{'x ' * 17_000}\x07\u202e{EMPTY_TOKEN}\n{LINK.format('storefront', 214)}"
    reply = await answered(running, await ask(running, text))

    assert facts_of(reply)["cause"] == "oidc-not-enabled"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("pipelines:\n  default:\n   - step:\n  - bad", "line 4"),
        ("\ufeffpipelines: [", "line 1"),
        (
            "a: &a [x, x, x, x, x, x, x, x, x]\n"
            + "\n".join(
                f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]" for i in range(9)
            ),
            "bitbucket-pipelines.yml",
        ),
    ],
    ids=["empty", "not YAML", "cut", "bomb"],
)
async def test_a_file_that_cannot_be_read_is_said_with_its_place(content: str, said: str) -> None:
    world = load_world()
    changed = tuple(
        replace(one, pipeline_file=content) if one.slug == "storefront" else one for one in world.repositories
    )
    async with stage(replace(world, repositories=changed)) as running:
        reply = await answered(running, await ask(running, STOREFRONT))

        assert facts_of(reply)["cause"] == "pipeline-file-unreadable"
        assert said in words(reply).lower()
