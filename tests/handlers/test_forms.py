"""The forms through the real Bolt app: what opens them, what they take, and what they leave alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.ports import Past, Paste, Reply
from knowledge.redact import CleanText
from tests.handlers import payloads
from tests.handlers.edge import Edge, edge, json_of
from tests.handlers.payloads import CHANNEL, ERROR, PERSON, RUN, TEAM, TS

JOB = f"{TEAM}-{CHANNEL}-{TS}"
PASTE = Paste(team=TEAM, channel=CHANNEL, ts=TS, user=PERSON, text=CleanText(ERROR))
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/x"},
            "Action": "sts:AssumeRoleWithWebIdentity",
        }
    ],
}
ARN = "arn:aws:iam::123456789012:role/deploy"


@pytest.fixture
async def bot() -> AsyncIterator[Edge]:
    async with edge() as running:
        yield running


def submitted(callback_id: str, field: str, typed: str, metadata: str = JOB) -> dict[str, Any]:
    made = payloads.submission("", metadata)
    values = {field: {field: {"type": "plain_text_input", "value": typed}}}
    made["view"] |= {"callback_id": callback_id, "state": {"values": values}}
    return made


# -- the trust policy -------------------------------------------------------------------------------------


async def test_the_button_opens_the_form_for_the_policy(bot: Edge) -> None:
    answer = await bot.interact(payloads.click("paste_policy", JOB))

    assert answer.status == 200
    ((method, body),) = bot.calls
    assert (method, body["view"]["callback_id"]) == ("views.open", "policy_form")
    assert body["view"]["private_metadata"] == JOB


@pytest.mark.parametrize("value", ["", "x", "T2-C1-1.1", "T1-C2-1.1", f"{JOB}\n"])
async def test_a_value_that_is_not_of_this_channel_opens_nothing(bot: Edge, value: str) -> None:
    answer = await bot.interact(payloads.click("paste_policy", value))

    assert (answer.status, bot.calls) == (200, [])


@pytest.mark.parametrize(
    "typed",
    [
        json.dumps(POLICY),
        json.dumps(POLICY, indent=2).replace('"', "“"),
        f"```json\n{json.dumps(POLICY)}\n```",
        json.dumps({"Role": {"Arn": ARN, "AssumeRolePolicyDocument": POLICY}}),
        json.dumps({"AssumeRolePolicyDocument": json.dumps(POLICY)}),
        json.dumps(POLICY).replace("{", "%7B").replace("}", "%7D").replace('"', "%22"),
    ],
    ids=["bare", "curled quotes", "fenced", "get-role", "as text", "url-encoded"],
)
async def test_a_policy_is_taken_in_every_form_that_aws_shows(bot: Edge, typed: str) -> None:
    bot.services.accepted.append(PASTE)
    answer = await bot.interact(submitted("policy_form", "policy", typed))

    assert (answer.status, answer.body) == (200, "")
    ((paste, role),) = bot.services.policies
    assert role.trust_policy == POLICY
    assert role.arn == (ARN if "get" in typed or "Arn" in typed else "")
    assert paste == replace(PASTE, revision="policy-V1")
    assert bot.accepted == [PASTE], "a durable work holds no policy"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "nothing here"),
        ("{", "not valid JSON"),
        (json.dumps(POLICY) + " thanks", "more text"),
        (json.dumps([POLICY]), "not a list"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": NaN}', "no JSON value"),
        ("[" * 2_900, "nested too deeply"),
        ("{" + " " * 3_000 + "}", "longer than 3000"),
        ('{"Statement": 5}', "IAM would not save"),
        ('{"Effect": "Allow"}', "no “Statement”"),
        ('{"Role": 5}', "must be an object"),
        ('{"Role": {}}', "Trust relationships"),
        (
            json.dumps({"Role": {"Arn": ARN.replace("role/", "user/"), "AssumeRolePolicyDocument": POLICY}}),
            "of a role",
        ),
        (json.dumps({"MaxSessionDuration": True, "AssumeRolePolicyDocument": POLICY}), "number of seconds"),
    ],
)
async def test_what_is_no_policy_is_said_at_the_field(bot: Edge, typed: str, said: str) -> None:
    bot.services.accepted.append(PASTE)
    answer = json_of(await bot.interact(submitted("policy_form", "policy", typed)))

    assert answer["response_action"] == "errors"
    assert said in answer["errors"]["policy"]
    assert bot.services.policies == []


async def test_a_policy_for_what_is_no_longer_kept_is_said_at_the_field(bot: Edge) -> None:
    answer = json_of(await bot.interact(submitted("policy_form", "policy", json.dumps(POLICY))))

    assert "no longer kept" in answer["errors"]["policy"]


# -- "no, it was not" ---------------------------------------------------------------------------------------


async def test_the_line_after_a_no_is_kept_without_its_secrets(bot: Edge) -> None:
    bot.services.accepted.append(PASTE)
    key = "AKIA" + "Q3EXAMPLE7KEYS5B"
    answer = await bot.interact(submitted("remark_form", "remark", f"it was the key {key}\nof ours"))

    assert (answer.status, answer.body) == (200, "")
    ((job, user, remark),) = bot.services.remarks
    assert (job, user) == (JOB, PERSON)
    assert "it was the key" in remark
    assert key not in remark
    assert "\n" not in remark
    assert bot.calls == []


@pytest.mark.parametrize(
    "metadata", ["", "x", "T2-C1-1.1", "T1-C2-1795400000.000100", "T1-C1-1795499999.000100"]
)
async def test_a_line_about_nothing_that_is_known_is_dropped(bot: Edge, metadata: str) -> None:
    bot.services.accepted.append(PASTE)
    answer = await bot.interact(submitted("remark_form", "remark", "it was DNS", metadata))

    assert (answer.status, bot.services.remarks) == (200, [])


# -- the proof --------------------------------------------------------------------------------------------


async def test_a_proof_that_is_not_at_hand_is_announced_and_then_put_in_its_place(bot: Edge) -> None:
    bot.services.accepted.append(PASTE)
    clicked = asyncio.create_task(bot.interact(payloads.click("proof", JOB)))
    async with asyncio.timeout(20):
        while not bot.calls:
            await asyncio.sleep(0.01)
    (announced,) = bot.calls
    proof = [{"type": "rich_text", "elements": [payloads.words("line 41")]}]
    bot.services.replies[JOB] = Reply(kind="diagnosis", text="x", proof=proof)
    await clicked

    assert announced[0] == "views.open"
    assert "takes a few seconds" in json.dumps(announced[1]["view"])
    method, body = bot.calls[-1]
    assert (method, body["view"]["blocks"]) == ("views.update", proof)
    assert (body["view_id"], body["hash"]) == ("V9", "1.cd")


async def test_the_proof_says_how_old_it_is(bot: Edge) -> None:
    bot.services.accepted.append(PASTE)
    proof = [{"type": "rich_text", "elements": [payloads.words("line 41")]}]
    made = datetime.now(UTC) - timedelta(minutes=12, seconds=5)
    bot.services.replies[JOB] = Reply(
        kind="diagnosis", text="x", proof=proof, made_at=made.isoformat(timespec="seconds")
    )
    await bot.interact(payloads.click("proof", JOB))

    ((_, body),) = bot.calls
    first, *rest = body["view"]["blocks"]
    assert "This answer was made 12 minutes ago, on " in json.dumps(first)
    assert rest == proof


async def test_a_proof_by_a_pasted_policy_is_not_replaced_by_one_without_it(bot: Edge) -> None:
    bot.services.accepted.append(PASTE)
    proof = [{"type": "rich_text", "elements": [payloads.words("line 41")]}]
    bot.services.replies[JOB] = Reply(kind="diagnosis", text="x", proof=proof)
    await bot.interact(payloads.click("proof", f"{JOB} with-policy"))
    bot.services.replies[JOB] = Reply(kind="diagnosis", text="x", proof=proof, with_policy=True)
    await bot.interact(payloads.click("proof", f"{JOB} with-policy"))

    (_, without), (_, with_it) = bot.calls
    assert "that is not kept" in json.dumps(without["view"])
    assert with_it["view"]["blocks"] == proof


async def test_the_proof_of_what_is_no_longer_kept_says_how_to_ask_again(bot: Edge) -> None:
    await bot.interact(payloads.click("proof", JOB))

    ((method, body),) = bot.calls
    assert method == "views.open"
    assert "no longer kept" in json.dumps(body["view"])
    assert "/oidc workspace/repository" in json.dumps(body["view"])


# -- the shortcut on a message without a failure ------------------------------------------------------------


async def test_only_the_asker_learns_that_a_message_shows_no_failure(bot: Edge) -> None:
    await bot.interact(payloads.message_shortcut(payloads.message("it is red again")))

    assert bot.accepted == []
    ((method, body),) = bot.calls
    assert (method, body["view"]["callback_id"]) == ("views.open", "diagnose_form")
    assert "No OIDC login failure" in json.dumps(body["view"]["blocks"])

    answer = await bot.interact(payloads.submission("acme/widget#7", body["view"]["private_metadata"]))
    assert (answer.status, answer.body) == (200, "")
    (paste,) = bot.accepted
    assert paste.ephemeral
    assert (paste.channel, paste.repository, paste.build_number) == (CHANNEL, "acme/widget", 7)
    assert paste.response_url == "https://hooks.slack.com/app/T1/1/x"


async def test_the_form_s_place_is_believed_only_where_the_bot_speaks(bot: Edge) -> None:
    metadata = "\nhttps://hooks.slack.com/app/T1/1/x\nC2"
    answer = json_of(await bot.interact(payloads.submission("acme/widget", metadata)))

    assert list(answer["errors"]) == ["repo"]
    assert bot.accepted == []


# -- a reply in the thread ---------------------------------------------------------------------------------

QUESTION = Reply(kind="question", text="Which repository is it?")
DIAGNOSIS = Reply(kind="diagnosis", text="No oidc", cause="oidc-not-enabled")
#: The repository was known from the channel, or from the thread.
INFERRED = replace(DIAGNOSIS, repository="acme/widget")
IN_WORDS = replace(PASTE, text=CleanText(f"{ERROR} in acme/widget"))
EDITED_AWAY = replace(PASTE, text=CleanText(""), harmless=True)
WITH_RUN = replace(PASTE, text=CleanText(f"{ERROR} {RUN}"))


def in_thread(said: str, user: str = PERSON) -> dict[str, Any]:
    return payloads.event(payloads.message(said, ts="1795400500.000100", thread_ts=TS, user=user))


@pytest.mark.parametrize(
    ("paste", "reply", "user", "said", "looked_at"),
    [
        (PASTE, QUESTION, "U3", RUN, ("acme/widget", 42)),
        (PASTE, QUESTION, PERSON, "it was acme/widget", ("acme/widget", None)),
        (PASTE, QUESTION, PERSON, "acme/widget#7", ("acme/widget", 7)),
        (WITH_RUN, DIAGNOSIS, PERSON, "it was #43", (None, 43)),
        (WITH_RUN, DIAGNOSIS, PERSON, "build 43", (None, 43)),
        (WITH_RUN, DIAGNOSIS, PERSON, "sorry, 1234", (None, 1234)),
        (WITH_RUN, DIAGNOSIS, PERSON, "sorry, acme/gadget#9", ("acme/gadget", 9)),
        (IN_WORDS, DIAGNOSIS, PERSON, "it was #43", (None, 43)),
        (PASTE, INFERRED, PERSON, "it was #43", (None, 43)),
    ],
)
async def test_a_reply_that_names_the_run_goes_on_with_the_answer(
    bot: Edge, paste: Paste, reply: Reply, user: str, said: str, looked_at: tuple[str | None, int | None]
) -> None:
    bot.services.accepted.append(paste)
    bot.services.replies[JOB] = reply
    await bot.send(in_thread(said, user))
    await bot.send(in_thread(said, user))

    _, work = bot.accepted
    assert (work.job, work.revision) == (JOB, "reply-1795400500.000100")
    assert (work.repository, work.build_number) == looked_at
    assert work.text == paste.text


@pytest.mark.parametrize(
    ("paste", "reply", "user", "said"),
    [
        (WITH_RUN, DIAGNOSIS, "U3", "it was #43"),
        (WITH_RUN, DIAGNOSIS, "U3", "acme/gadget#9"),
        (IN_WORDS, None, "U3", "acme/gadget#9"),
        (
            WITH_RUN,
            DIAGNOSIS,
            PERSON,
            f"thanks, mended on main, and for those who read along later it is {RUN} now",
        ),
        (PASTE, QUESTION, PERSON, "43"),
        (PASTE, QUESTION, PERSON, "I have no idea"),
        (WITH_RUN, DIAGNOSIS, PERSON, "took me 43 minutes"),
        (WITH_RUN, DIAGNOSIS, PERSON, "4"),
        (EDITED_AWAY, Reply(kind="refusal", text="was edited"), PERSON, "acme/gadget#9"),
    ],
)
async def test_what_people_say_to_each_other_in_a_thread_is_left_alone(
    bot: Edge, paste: Paste, reply: Reply | None, user: str, said: str
) -> None:
    bot.services.accepted.append(paste)
    if reply is not None:
        bot.services.replies[JOB] = reply
    await bot.send(in_thread(said, user))

    assert (bot.accepted, bot.calls) == ([paste], [])


async def test_below_a_paste_that_is_itself_a_reply_the_newest_answer_goes_on(bot: Edge) -> None:
    below = replace(PASTE, ts="1795400400.000100", thread_ts=TS)
    bot.services.accepted.append(below)
    bot.services.replies[below.job] = QUESTION
    bot.services.past.append(
        Past(
            job=below.job,
            channel=CHANNEL,
            root=TS,
            user=PERSON,
            kind="question",
            cause="",
            verdict="",
            repository="",
            at=datetime.fromtimestamp(1795400400, UTC),
        )
    )
    await bot.send(in_thread(RUN))

    assert [paste.work for paste in bot.accepted] == [below.job, f"{below.job}/reply-1795400500.000100"]


async def test_talk_in_threads_costs_no_look_into_the_store(bot: Edge) -> None:
    await bot.send(in_thread("who can have a look at this?"))

    assert bot.services.reads == []


@pytest.mark.parametrize(
    ("chosen", "step"),
    [("acme/widget#42", "Deploy"), ("ACME/Widget#42", "Deploy"), ("acme/gadget#42", None)],
)
async def test_a_chosen_run_keeps_the_step_that_was_named_of_its_repository(
    bot: Edge, chosen: str, step: str | None
) -> None:
    named = replace(PASTE, repository="acme/widget", build_number=7, step="Deploy", revision="form-1")
    bot.services.accepted += [PASTE, named]
    await bot.interact(payloads.click("choose_run_0", f"{JOB} {chosen}"))

    paste = bot.accepted[-1]
    assert (paste.build_number, paste.step) == (42, step)


async def test_a_mention_that_names_the_run_is_the_same_continuation(bot: Edge) -> None:
    bot.services.accepted.append(PASTE)
    bot.services.replies[JOB] = QUESTION
    said = f"<@UBOT> {RUN}"
    await bot.send(in_thread(said))
    mention = payloads.mention(said, ts="1795400500.000100", thread_ts=TS)
    await bot.send(payloads.event(mention, event_id="Ev2"))

    assert [paste.work for paste in bot.accepted] == [JOB, f"{JOB}/reply-1795400500.000100"]
