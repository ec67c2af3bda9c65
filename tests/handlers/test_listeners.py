"""Slack's requests through the real Bolt app: what is taken on, what is left alone, what is acknowledged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.slack_blocks import ALL_TEXT, length_of, problems_of
from handlers.ports import Past, Paste, Reply, StoreDown
from handlers.shape import is_sound
from knowledge.catalogue import CATALOGUE
from knowledge.redact import CleanText
from tests.handlers import payloads
from tests.handlers.edge import Edge, edge, json_of
from tests.handlers.payloads import BOT_USER, CHANNEL, ERROR, PERSON, RUN, TEAM, TS

JOB = f"{TEAM}-{CHANNEL}-{TS}"
PASTE = Paste(team=TEAM, channel=CHANNEL, ts=TS, user=PERSON, text=CleanText(ERROR))


@pytest.fixture
async def bot() -> AsyncIterator[Edge]:
    async with edge() as running:
        yield running


# -- messages ---------------------------------------------------------------------------------------------


async def test_a_failure_in_the_channel_is_taken_on_without_calling_anybody(bot: Edge) -> None:
    answer = await bot.send(payloads.event(payloads.message(f"deploy fails\n{ERROR}\n{RUN}")))

    assert answer.status == 200
    assert bot.accepted == [replace(PASTE, text=CleanText(f"deploy fails\n{ERROR}\n{RUN}"))]
    assert bot.calls == []


async def test_what_is_not_for_us_touches_neither_store_nor_network(bot: Edge) -> None:
    answer = await bot.send(payloads.event(payloads.message("who broke main?")))

    assert (answer.status, bot.accepted, bot.services.reads, bot.calls) == (200, [], [], [])


async def test_message_and_mention_of_one_post_are_one_work(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message(f"<@UBOT> {ERROR}")))
    await bot.send(payloads.event(payloads.mention(), event_id="Ev2"))
    await bot.send(payloads.event(payloads.message(f"<@UBOT> {ERROR}")))

    assert [paste.work for paste in bot.accepted] == [JOB]
    assert bot.services.copies == [JOB, JOB]
    assert bot.calls == []


async def test_an_event_that_could_not_be_stored_is_not_acknowledged(bot: Edge) -> None:
    bot.services.down = True
    with pytest.raises(StoreDown):
        await bot.send(payloads.event(payloads.message()))
    with pytest.raises(StoreDown):
        await bot.form(payloads.command("acme/widget"))


async def test_a_secret_in_a_message_is_gone_before_it_is_stored(bot: Edge) -> None:
    await bot.send(
        payloads.event(
            payloads.message(f"{ERROR}\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        )
    )

    assert "wJalrXUtnFEMI" not in bot.accepted[0].text


async def test_a_thread_reply_is_answered_in_its_thread(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message(thread_ts="1795300000.000100", parent_user_id="U1")))

    assert bot.accepted[0].root == "1795300000.000100"
    assert bot.accepted[0].ts == TS


# -- edits ------------------------------------------------------------------------------------------------


async def test_an_edit_of_something_else_does_nothing(bot: Edge) -> None:
    """A link that unfurls, a language that was detected: the text is as it was."""
    await bot.send(payloads.event(payloads.message()))
    unfurled = payloads.changed(ERROR, ERROR, edited=None, attachments=[])
    await bot.send(payloads.event(unfurled))
    await bot.send(payloads.event(payloads.changed(ERROR, ERROR)))

    assert [paste.work for paste in bot.accepted] == [JOB]


async def test_an_edit_of_the_text_is_a_further_work_on_the_same_job(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message()))
    edit = payloads.changed(f"{ERROR} {RUN}", ERROR)
    await bot.send(payloads.event(edit))
    await bot.send(payloads.event(edit))

    assert [paste.work for paste in bot.accepted] == [JOB, f"{JOB}/edit-1795400100.000000"]
    assert bot.accepted[1].text == f"{ERROR} {RUN}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [(f"{ERROR} since today", ("acme/gadget", 9)), (f"{ERROR} {RUN}", (None, None))],
    ids=["what the form named", "what the text names now"],
)
async def test_an_edit_is_about_the_repository_that_was_named_last(
    bot: Edge, text: str, meant: tuple[str | None, int | None]
) -> None:
    named = replace(PASTE, repository="acme/gadget", build_number=9, revision="form-1", way_in="form")
    bot.services.accepted += [PASTE, named]
    await bot.send(payloads.event(payloads.changed(text, ERROR)))

    edited = bot.accepted[-1]
    assert (edited.repository, edited.build_number) == meant


async def test_a_text_edited_there_and_back_is_followed_each_time(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message()))
    for number, (new, old) in enumerate(
        [(f"{ERROR} a", ERROR), (ERROR, f"{ERROR} a"), (f"{ERROR} a", ERROR)]
    ):
        await bot.send(payloads.event(payloads.changed(new, old, edited=f"179540010{number}.000000")))

    assert [paste.text for paste in bot.accepted] == [ERROR, f"{ERROR} a", ERROR, f"{ERROR} a"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_last_edit_is_the_newest_text_in_whatever_order_they_come(
    bot: Edge, order: tuple[int, ...]
) -> None:
    """Also where it brings back the text that is known, and the edit between is still to come."""
    edits = [
        payloads.changed(new, old, edited=f"179540010{number}.000000")
        for number, (new, old) in enumerate(
            [(f"{ERROR} a", ERROR), ("lunch?", f"{ERROR} a"), (ERROR, "lunch?")]
        )
    ]
    await bot.send(payloads.event(payloads.message()))
    for number in order:
        await bot.send(payloads.event(edits[number]))
        await bot.send(payloads.event(edits[number]))

    newest = max(bot.accepted, key=lambda paste: paste.edited)
    assert (newest.text, newest.harmless, newest.edited) == (ERROR, False, "1795400102.000000")
    assert len({paste.work for paste in bot.accepted}) == len(bot.accepted)


async def test_a_click_after_an_edit_is_about_its_text_and_no_late_edit_overtakes_it(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message()))
    await bot.send(payloads.event(payloads.changed(f"{ERROR} b", ERROR, edited="1795400102.000000")))
    await bot.interact(payloads.click("recheck", JOB))
    await bot.send(payloads.event(payloads.changed(f"{ERROR} a", ERROR, edited="1795400101.000000")))

    assert [paste.text for paste in bot.accepted] == [ERROR, f"{ERROR} b", f"{ERROR} b"]
    assert bot.accepted[-1].edited == "1795400102.000000"


async def test_a_harmless_message_edited_into_a_failure_gets_its_first_work(bot: Edge) -> None:
    edit = payloads.changed(ERROR, "deploy is red")
    await bot.send(payloads.event(payloads.message("deploy is red")))
    await bot.send(payloads.event(edit))
    await bot.send(payloads.event(edit))

    assert [paste.work for paste in bot.accepted] == [JOB]


async def test_an_edit_that_takes_the_failure_out_is_a_work_without_a_text(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message()))
    await bot.send(payloads.event(payloads.changed("lunch, anyone?", ERROR, edited="1795400100.000000")))
    await bot.send(payloads.event(payloads.changed("or later?", "lunch?", edited="1795400101.000000")))
    await bot.send(payloads.event(payloads.changed(ERROR, "or later?", edited="1795400102.000000")))

    assert [(paste.text, paste.harmless) for paste in bot.accepted] == [
        (ERROR, False),
        ("", True),
        (ERROR, False),
    ]
    assert bot.accepted[1].work == f"{JOB}/edit-1795400100.000000"


async def test_an_edit_of_a_message_that_was_never_answered_is_no_work(bot: Edge) -> None:
    """Solved, another CI's, or missed: it showed a failure, and nobody took it on."""
    await bot.send(payloads.event(payloads.changed("lunch, anyone?", ERROR)))

    assert bot.accepted == []


async def test_an_edit_between_harmless_texts_is_not_even_looked_up(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.changed("lunch, anyone?", "who is on call?")))

    assert (bot.accepted, bot.services.reads) == ([], [])


async def test_an_answer_stays_when_its_question_is_called_solved(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message()))
    await bot.send(payloads.event(payloads.changed(f"{ERROR}\nEDIT: solved, it was the role", ERROR)))

    assert [paste.work for paste in bot.accepted] == [JOB]


async def test_an_edit_that_leaves_a_text_of_many_tools_is_looked_at_anew(bot: Edge) -> None:
    """It was taken on for the run that it named; what it shows now is still a failure."""
    asked = f"Unable to locate credentials {RUN}"
    await bot.send(payloads.event(payloads.message(asked)))
    await bot.send(payloads.event(payloads.changed("Unable to locate credentials", asked)))

    assert [(paste.text, paste.harmless) for paste in bot.accepted] == [
        (asked, False),
        ("Unable to locate credentials", False),
    ]


async def test_an_edit_that_comes_after_a_later_one_is_dropped(bot: Edge) -> None:
    """Slack repeats what was not acknowledged, minutes later."""
    await bot.send(payloads.event(payloads.message()))
    await bot.send(payloads.event(payloads.changed(f"{ERROR} new", ERROR, edited="1795400102.000000")))
    await bot.send(payloads.event(payloads.changed(f"{ERROR} old", ERROR, edited="1795400101.000000")))

    assert [paste.text for paste in bot.accepted] == [ERROR, f"{ERROR} new"]


# -- deletions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inner", [payloads.deleted(), payloads.tombstone()], ids=["bare", "with replies"])
async def test_a_message_that_is_deleted_takes_its_answer_with_it(bot: Edge, inner: dict[str, Any]) -> None:
    answer = await bot.send(payloads.event(inner))

    assert (answer.status, bot.accepted, bot.calls) == (200, [], [])
    assert bot.services.withdrawn == [(JOB, CHANNEL)]


@pytest.mark.parametrize(
    "inner",
    [
        payloads.deleted(channel="C2") | {"channel": "C2"},
        payloads.deleted(bot_id="B1", user="UBOT"),
        payloads.deleted("soon"),
        payloads.deleted() | {"deleted_ts": None},
        payloads.deleted() | {"deleted_ts": ["x"], "previous_message": 7},
        payloads.tombstone() | {"message": {"subtype": "tombstone"}},
        payloads.tombstone() | {"channel": "C2"},
    ],
    ids=[
        "elsewhere",
        "our own",
        "no time",
        "none",
        "odd",
        "a tombstone without a time",
        "a tombstone elsewhere",
    ],
)
async def test_other_deletions_do_nothing(bot: Edge, inner: dict[str, Any]) -> None:
    answer = await bot.send(payloads.event(inner))

    assert (answer.status, bot.services.withdrawn, bot.services.reads) == (200, [], [])


async def test_a_deletion_that_could_not_be_stored_is_not_acknowledged(bot: Edge) -> None:
    bot.services.down = True
    with pytest.raises(StoreDown):
        await bot.send(payloads.event(payloads.deleted()))


# -- mentions ---------------------------------------------------------------------------------------------


async def test_a_mention_for_help_is_answered_to_the_asker_alone(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.mention("<@UBOT> help")))

    assert bot.accepted == []
    ((method, body),) = bot.calls
    assert (method, body["channel"], body["user"]) == ("chat.postEphemeral", CHANNEL, PERSON)
    assert "/oidc workspace/repository" in body["text"]


async def test_a_mention_with_a_run_is_taken_on(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.mention(f"<@UBOT> why is this red? {RUN}")))

    assert [paste.way_in for paste in bot.accepted] == ["mention"]


async def test_a_mention_with_a_text_that_many_tools_print_is_asked_for_the_run(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.mention("<@UBOT> Unable to locate credentials")))

    assert bot.accepted == []
    assert "Name the run" in bot.calls[0][1]["text"]


async def test_a_mention_of_many_names_is_answered_like_any_other(bot: Edge) -> None:
    """Words that can be read in two ways each must not be read in all combinations."""
    await bot.send(payloads.event(payloads.mention(f"<@UBOT> {'@help ' * 200}why?")))

    assert "no OIDC login failure" in bot.calls[0][1]["text"]


@pytest.mark.parametrize("before", ["solved, thanks:", "our GitHub Actions workflow says"])
async def test_a_mention_about_what_is_not_ours_stays_unanswered(bot: Edge, before: str) -> None:
    await bot.send(payloads.event(payloads.mention(f"{before} {ERROR} <@UBOT>")))

    assert (bot.accepted, bot.calls) == ([], [])


async def test_a_mention_in_a_channel_not_listed_reads_nothing_and_calls_nobody(bot: Edge) -> None:
    for text in ("<@UBOT> help", f"<@UBOT> {ERROR}"):
        await bot.send(payloads.event(payloads.mention(text, channel="C2")))

    assert (bot.accepted, bot.services.reads, bot.calls) == ([], [], [])


# -- who may ask ------------------------------------------------------------------------------------------


async def test_another_team_is_acknowledged_and_dropped_without_a_call(bot: Edge) -> None:
    foreign = payloads.event(payloads.message(), team_id="T2", authorizations=[{"team_id": "T2"}])
    asked = await bot.form(payloads.command("help", team_id="T2"))

    assert (await bot.send(foreign)).status == 200
    assert (asked.status, asked.body) == (200, "")
    assert (bot.accepted, bot.calls) == ([], [])


async def test_our_own_posts_are_never_answered(bot: Edge) -> None:
    for own in ({"bot_id": "B1", "user": "UBOT"}, {"bot_id": "B1", "user": None}, {"user": "UBOT"}):
        await bot.send(payloads.event(payloads.message(**own)))
    edited = payloads.changed(ERROR, "before", bot_id="B1", user="UBOT")
    await bot.send(payloads.event(edited))

    assert bot.accepted == []


# -- the command ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "repository", "build"),
    [
        ("acme/widget", "acme/widget", None),
        ("acme/widget#42", "acme/widget", 42),
        ("acme/widget 42", "acme/widget", 42),
        ("check acme/widget", "acme/widget", None),
        ("`acme/widget#42`", "acme/widget", 42),
        (RUN, "acme/widget", 42),
        (f"<{RUN}|{RUN}>", "acme/widget", 42),
        (f"why does {RUN} fail", "acme/widget", 42),
    ],
)
async def test_a_command_with_a_repository_is_stored_and_answered_to_its_asker(
    bot: Edge, typed: str, repository: str, build: int | None
) -> None:
    answer = await bot.form(payloads.command(typed))

    (paste,) = bot.accepted
    assert (paste.repository, paste.build_number, paste.way_in) == (repository, build, "command")
    assert paste.response_url == "https://hooks.slack.com/commands/T1/1/x"
    assert paste.job == "T1-C1-1.2.abc"
    assert json_of(answer)["response_type"] == "ephemeral"
    assert bot.calls == []


async def test_a_command_with_an_error_is_stored(bot: Edge) -> None:
    await bot.form(payloads.command(ERROR))

    assert [(paste.text, paste.repository) for paste in bot.accepted] == [(ERROR, None)]


async def test_the_same_command_delivered_twice_is_one_work(bot: Edge) -> None:
    await bot.form(payloads.command("acme/widget"))
    await bot.form(payloads.command("acme/widget"))
    await bot.form(payloads.command("acme/widget", trigger_id="1.2.abd"))

    assert [paste.job for paste in bot.accepted] == ["T1-C1-1.2.abc", "T1-C1-1.2.abd"]


@pytest.mark.parametrize("typed", ["", "help", "HELP", "  ", "?"])
async def test_help_says_how_to_ask(bot: Edge, typed: str) -> None:
    answer = json_of(await bot.form(payloads.command(typed)))

    assert answer["response_type"] == "ephemeral"
    assert "explain" in str(answer["blocks"])
    assert bot.accepted == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("widget", "widget"),
        ("check", "needs a repository"),
        ("check something else", "names no repository"),
        ("frobnicate the pipeline", "frobnicate the pipeline"),
        ("<!channel> @here", "<!channel> @here"),
    ],
)
async def test_a_misused_command_says_what_was_not_understood(bot: Edge, typed: str, said: str) -> None:
    answer = json_of(await bot.form(payloads.command(typed)))

    leaves = answer["blocks"][0]["elements"][0]["elements"]
    assert said in "".join(leaf["text"] for leaf in leaves)
    assert bot.accepted == []


async def test_a_misused_command_does_not_show_a_secret_again(bot: Edge) -> None:
    for words in ("check", "explain", ""):
        typed = f"{words} AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        answer = await bot.form(payloads.command(typed.strip()))

        assert "wjalrxutnfemi" not in answer.body.lower()


@pytest.mark.parametrize("cause", list(CATALOGUE))
async def test_every_explanation_is_such_as_slack_takes(bot: Edge, cause: str) -> None:
    answer = json_of(await bot.form(payloads.command(f"explain {cause}")))

    assert problems_of(answer["blocks"]) == []
    assert length_of(answer["blocks"]) <= ALL_TEXT


async def test_explain_shows_the_page_and_carries_the_causes_id(bot: Edge) -> None:
    answer = json_of(await bot.form(payloads.command("explain aws-region-missing")))

    assert answer["blocks"][0]["block_id"] == "cause:aws-region-missing"
    assert "AWS_DEFAULT_REGION" in str(answer["blocks"])


@pytest.mark.parametrize("typed", ["explain", "explain region-misssing", "explain ../../etc/passwd"])
async def test_explain_without_a_cause_names_some(bot: Edge, typed: str) -> None:
    answer = json_of(await bot.form(payloads.command(typed)))

    assert "aws-region-missing" in answer["text"]


async def test_a_command_in_a_channel_not_listed_reads_nothing(bot: Edge) -> None:
    answer = json_of(await bot.form(payloads.command("acme/widget", channel_id="C2")))

    assert "not one of them" in answer["text"]
    assert (bot.accepted, bot.services.reads, bot.calls) == ([], [], [])


# -- buttons ----------------------------------------------------------------------------------------------


async def test_check_again_is_a_further_work_however_often_it_is_delivered(bot: Edge) -> None:
    bot.accepted.append(PASTE)
    for _ in range(2):
        answer = await bot.interact(payloads.click("recheck", JOB))

    assert answer.status == 200
    assert [paste.work for paste in bot.accepted] == [JOB, f"{JOB}/click-1795400210.1"]
    assert bot.calls == []


async def test_check_again_of_a_command_is_answered_at_the_clicks_own_address(bot: Edge) -> None:
    bot.accepted.append(replace(PASTE, ts="1.2.abc", response_url="https://hooks.slack.com/commands/old"))
    await bot.interact(payloads.click("recheck", "T1-C1-1.2.abc", ephemeral=True))

    assert bot.accepted[1].response_url == "https://hooks.slack.com/actions/T1/1/x"


async def test_check_again_of_what_is_no_longer_kept_says_so(bot: Edge) -> None:
    await bot.interact(payloads.click("recheck", JOB))

    assert bot.accepted == []
    ((method, body),) = bot.calls
    assert (method, body["trigger_id"]) == ("views.open", "1.2.abc")
    assert "no longer kept" in str(body["view"])


async def test_the_proof_opens_its_modal(bot: Edge) -> None:
    proof = [{"type": "rich_text", "elements": [payloads.words("line 41")]}]
    bot.services.replies[JOB] = Reply(kind="diagnosis", text="x", proof=proof)
    await bot.interact(payloads.click("proof", JOB))

    ((method, body),) = bot.calls
    assert (method, body["view"]["blocks"]) == ("views.open", proof)


@pytest.mark.parametrize("action", ["feedback_up", "feedback_down"])
async def test_a_vote_on_what_is_no_longer_kept_is_not_counted_and_that_is_told(
    bot: Edge, action: str
) -> None:
    """Without the answer there is no telling what the vote is about."""
    await bot.interact(payloads.click(action, JOB))

    assert bot.services.votes == []
    ((method, body),) = bot.calls
    assert method == "views.open"
    assert "no longer kept" in str(body["view"])


async def test_votes_are_counted_and_nothing_is_posted(bot: Edge) -> None:
    bot.accepted.append(PASTE)
    await bot.interact(payloads.click("feedback_up", JOB))
    await bot.interact(payloads.click("feedback_down", JOB))

    assert bot.services.votes == [(JOB, PERSON, True), (JOB, PERSON, False)]
    assert [(method, body["view"]["callback_id"]) for method, body in bot.calls] == [
        ("views.open", "remark_form")
    ]


async def test_the_question_opens_its_form(bot: Edge) -> None:
    await bot.interact(payloads.click("choose_repository", JOB))

    ((method, body),) = bot.calls
    view = body["view"]
    assert (method, view["callback_id"], view["private_metadata"]) == ("views.open", "diagnose_form", JOB)


async def test_the_form_of_an_answer_to_one_person_edits_that_answer(bot: Edge) -> None:
    command = replace(PASTE, ts="1.2.abc", response_url="https://hooks.slack.com/commands/old")
    bot.accepted.append(command)
    await bot.interact(payloads.click("choose_repository", command.job, ephemeral=True))
    metadata = bot.calls[0][1]["view"]["private_metadata"]
    await bot.interact(payloads.submission("acme/widget", metadata))

    assert bot.accepted[1].response_url == "https://hooks.slack.com/actions/T1/1/x"
    assert bot.accepted[1].job == command.job


FORGED = [
    pytest.param("T1-C2-1795400000.000100", {}, id="a job of another channel"),
    pytest.param("T2-C1-1795400000.000100", {}, id="a job of another team"),
    pytest.param("", {}, id="nothing"),
    pytest.param("d_01", {}, id="an older form"),
    pytest.param(f"{JOB}/../x", {}, id="a path"),
    pytest.param("T1-C2-1795400000.000100", {"channel": "C2"}, id="a channel that is not listed"),
    pytest.param("x" * 5000, {}, id="much"),
]


@pytest.mark.parametrize("action", ["recheck", "proof", "feedback_up", "choose_repository"])
@pytest.mark.parametrize(("value", "more"), FORGED)
async def test_forged_and_stale_values_do_nothing(
    bot: Edge, action: str, value: str, more: dict[str, Any]
) -> None:
    answer = await bot.interact(payloads.click(action, value, **more))

    assert answer.status == 200
    assert (bot.accepted, bot.services.votes, bot.services.reads, bot.calls) == ([], [], [], [])


@pytest.mark.parametrize("action", ["paste_policy", "open_pull_request", "something_old"])
async def test_buttons_that_do_nothing_yet_are_acknowledged(bot: Edge, action: str) -> None:
    assert (await bot.interact(payloads.click(action, JOB))).status == 200


# -- forms ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "repository", "build"),
    [("acme/widget", "acme/widget", None), (" acme/widget#7 ", "acme/widget", 7), (RUN, "acme/widget", 42)],
)
async def test_the_forms_answer_works_on_the_question(
    bot: Edge, typed: str, repository: str, build: int | None
) -> None:
    bot.accepted.append(PASTE)
    answer = await bot.interact(payloads.submission(typed, JOB))

    assert (answer.status, answer.body) == (200, "")
    paste = bot.accepted[1]
    assert (paste.work, paste.repository, paste.build_number) == (f"{JOB}/form-V1", repository, build)
    assert (paste.text, paste.root, paste.way_in) == (ERROR, TS, "form")


@pytest.mark.parametrize("typed", ["", "widget", "https://github.com/acme/widget", "acme/widget extra words"])
async def test_what_the_form_does_not_understand_is_said_in_the_form(bot: Edge, typed: str) -> None:
    bot.accepted.append(PASTE)
    answer = json_of(await bot.interact(payloads.submission(typed, JOB)))

    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == ["repo"]
    assert bot.accepted == [PASTE]


async def test_a_form_for_a_question_that_is_gone_says_so(bot: Edge) -> None:
    answer = json_of(await bot.interact(payloads.submission("acme/widget", JOB)))

    assert "no longer kept" in answer["errors"]["repo"]


@pytest.mark.parametrize("job", ["T1-C2-1795400000.000100", "T2-C1-1795400000.000100", "m_01"])
async def test_a_form_with_a_forged_question_takes_nothing(bot: Edge, job: str) -> None:
    answer = json_of(await bot.interact(payloads.submission("acme/widget", job)))

    assert answer["response_action"] == "errors"
    assert (bot.accepted, bot.services.reads) == ([], [])


async def test_the_global_form_is_answered_to_its_asker_in_the_chosen_channel(bot: Edge) -> None:
    urls = [
        {"block_id": "channel", "channel_id": CHANNEL, "response_url": "https://hooks.slack.com/app/T1/2/y"}
    ]
    answer = await bot.interact(payloads.submission("acme/widget#7", response_urls=urls))

    assert (answer.status, answer.body) == (200, "")
    (paste,) = bot.accepted
    assert (paste.job, paste.response_url) == ("T1-C1-V1", "https://hooks.slack.com/app/T1/2/y")


@pytest.mark.parametrize(
    "urls",
    [
        [{"channel_id": "C2", "response_url": "https://hooks.slack.com/app/x"}],
        [{"channel_id": CHANNEL, "response_url": ""}],
    ],
)
async def test_the_global_form_wants_a_channel_that_is_listed(bot: Edge, urls: list[Any]) -> None:
    answer = json_of(await bot.interact(payloads.submission("acme/widget", response_urls=urls)))

    assert list(answer["errors"]) == ["channel"]
    assert bot.accepted == []


# -- shortcuts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [ERROR, f"it is red again: {RUN}", "Unable to locate credentials"])
async def test_the_shortcut_takes_on_a_failure_or_a_run(bot: Edge, said: str) -> None:
    await bot.interact(payloads.message_shortcut(payloads.message(said)))

    assert [(paste.work, paste.way_in, paste.user) for paste in bot.accepted] == [(JOB, "shortcut", PERSON)]


async def test_the_shortcut_on_an_answered_message_asks_again(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message()))
    await bot.interact(payloads.message_shortcut())
    await bot.interact(payloads.message_shortcut())

    assert [paste.work for paste in bot.accepted] == [JOB, f"{JOB}/shortcut-1795400200.1"]


@pytest.mark.parametrize("known", [False, True], ids=["first taken on by it", "asked again"])
async def test_no_edit_from_before_the_shortcut_overtakes_it(bot: Edge, known: bool) -> None:
    shown = {**payloads.message(f"{ERROR} b"), "edited": {"user": PERSON, "ts": "1795400102.000000"}}
    if known:
        await bot.send(payloads.event(payloads.message()))
    await bot.interact(payloads.message_shortcut(shown))
    await bot.send(payloads.event(payloads.changed(f"{ERROR} a", ERROR, edited="1795400101.000000")))

    assert [paste.text for paste in bot.accepted] == [ERROR] * known + [f"{ERROR} b"]
    assert bot.accepted[-1].edited == "1795400102.000000"


async def test_the_shortcut_on_a_message_that_does_not_tell_of_its_edit_stands_after_it(bot: Edge) -> None:
    await bot.send(payloads.event(payloads.message()))
    await bot.send(payloads.event(payloads.changed(f"{ERROR} b", ERROR, edited="1795400102.000000")))
    await bot.interact(payloads.message_shortcut(payloads.message(f"{ERROR} b")))

    assert [paste.edited for paste in bot.accepted] == ["", "1795400102.000000", "1795400102.000000"]


async def test_the_shortcut_keeps_the_repository_that_was_named_for_the_message(bot: Edge) -> None:
    named = replace(PASTE, repository="acme/widget", build_number=42, revision="form-1", way_in="form")
    bot.services.accepted += [PASTE, named]
    await bot.interact(payloads.message_shortcut())

    again = bot.accepted[-1]
    assert (again.revision, again.repository, again.build_number) == (
        "shortcut-1795400200.1",
        "acme/widget",
        42,
    )


async def test_the_shortcut_takes_on_what_another_bot_posted_in_a_thread(bot: Edge) -> None:
    """Such a post is never answered by itself, but here a person asks."""
    posted = payloads.message(bot_id="B8", user=None, thread_ts="1795300000.000100")
    await bot.send(payloads.event(posted))
    assert bot.accepted == []
    await bot.interact(payloads.message_shortcut(posted))

    assert [(paste.job, paste.user) for paste in bot.accepted] == [(JOB, PERSON)]


async def test_the_shortcut_in_a_channel_not_listed_reads_nothing(bot: Edge) -> None:
    await bot.interact(payloads.message_shortcut(channel="C2"))

    assert (bot.accepted, bot.services.reads) == ([], [])
    ((method, body),) = bot.calls
    assert method == "views.open"
    assert "not one of them" in str(body["view"])


async def test_the_shortcut_on_our_own_reply_says_that_it_is_the_wrong_message(bot: Edge) -> None:
    await bot.interact(payloads.message_shortcut(payloads.message(bot_id="B1", user="UBOT")))

    assert bot.accepted == []
    assert [method for method, _ in bot.calls] == ["views.open"]


async def test_the_global_shortcut_opens_the_form(bot: Edge) -> None:
    answer = await bot.interact(payloads.global_shortcut())

    ((method, body),) = bot.calls
    assert (answer.status, method, body["view"]["callback_id"]) == (200, "views.open", "diagnose_form")


@pytest.mark.parametrize(
    ("past", "proposed"),
    [([], CHANNEL), ([("U0OTHER", "C2")], CHANNEL), ([(PERSON, "C2")], "C2"), ([(PERSON, "C9")], CHANNEL)],
    ids=["the first listed", "another person's does not count", "the last used", "no longer listed"],
)
async def test_the_form_proposes_a_channel_and_answers_there_when_it_is_left_out(
    bot: Edge, past: list[tuple[str, str]], proposed: str
) -> None:
    bot.services.watched = frozenset({CHANNEL, "C2"})
    bot.services.past = [
        Past(
            job=f"{TEAM}-{channel}-1.1",
            channel=channel,
            root="1.1",
            user=user,
            kind="diagnosis",
            cause="oidc-not-enabled",
            verdict="confirmed",
            repository="acme/widget",
            at=datetime.now(UTC),
        )
        for user, channel in past
    ]
    await bot.interact(payloads.global_shortcut())
    view = bot.calls[0][1]["view"]
    (field,) = (block for block in view["blocks"] if block["block_id"] == "channel")
    answer = await bot.interact(payloads.submission("acme/widget#1234", ""))

    assert field["element"]["initial_conversation"] == proposed
    assert not answer.body
    assert [(paste.channel, paste.response_url) for paste in bot.accepted] == [(proposed, "")]


async def test_a_channel_that_is_chosen_and_not_listed_is_refused_though_another_is_proposed(
    bot: Edge,
) -> None:
    body = payloads.submission("acme/widget", "")
    chosen = {"type": "conversations_select", "selected_conversation": "C9"}
    body["view"]["state"]["values"]["channel"] = {"channel": chosen}
    answer = json_of(await bot.interact(body))

    assert list(answer["errors"]) == ["channel"]
    assert bot.accepted == []


async def test_nothing_is_proposed_where_others_share_the_channel(bot: Edge) -> None:
    shared = payloads.event(payloads.message("hello"))
    await bot.send({**shared, "is_ext_shared_channel": True})
    await bot.interact(payloads.global_shortcut())
    answer = json_of(await bot.interact(payloads.submission("acme/widget", "")))

    assert "initial_conversation" not in str(bot.calls[0][1]["view"])
    assert list(answer["errors"]) == ["channel"]
    assert bot.accepted == []


# -- whatever else comes ----------------------------------------------------------------------------------

ODD: list[dict[str, Any]] = [
    {},
    {"type": "event_callback"},
    {"type": "event_callback", "event": None},
    {"type": "event_callback", "event": "message"},
    {"type": "event_callback", "event": ["type"]},
    {"type": "event_callback", "event": {"type": 5}},
    {"type": "event_callback", "event": {"type": "message"}},
    payloads.event({"type": "reaction_added", "user": "U9"}),
    payloads.event({"type": "app_uninstalled"}),
    payloads.event({"type": "tokens_revoked", "tokens": {"bot": ["U1"]}}),
    payloads.event({"type": "message", "channel": CHANNEL, "ts": None, "text": ERROR}),
    payloads.event(payloads.message(text=None, blocks="x", attachments=5, files={"a": 1}, user=7)),
    payloads.event(
        payloads.message(blocks=[None, 5, {"type": "rich_text", "elements": [None, {"elements": 3}]}])
    ),
    payloads.event({**payloads.changed(ERROR, ""), "message": None, "previous_message": 7}),
    payloads.event({**payloads.message(), "subtype": ["x"]}),
    {"type": "app_rate_limited", "team_id": TEAM, "minute_rate_limited": 1},
    {"type": "something_new", "team_id": TEAM},
]


@pytest.mark.parametrize("body", ODD, ids=str)
async def test_odd_and_unknown_bodies_are_acknowledged(bot: Edge, body: dict[str, Any]) -> None:
    """What Bolt would stumble over is told apart before it is handed on (`handlers.shape`)."""
    if is_sound(body):
        assert (await bot.send(body)).status == 200
        assert (await bot.over_socket(body)).status == 200
    assert bot.accepted == []


@pytest.mark.parametrize(
    "inner",
    [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}}],
    ids=lambda inner: inner["type"],
)
async def test_when_tokens_are_revoked_slack_is_asked_about_ours(bot: Edge, inner: dict[str, Any]) -> None:
    assert (await bot.send(payloads.event(inner))).status == 200
    assert bot.services.tries_of_token == 1


@pytest.mark.parametrize("name", ["manifest.yaml", "manifest.socket.yaml"])
def test_the_app_is_subscribed_to_every_event_that_is_listened_to(name: str) -> None:
    text = (Path(__file__).parents[2] / name).read_text(encoding="utf-8")
    events = yaml.safe_load(text)["settings"]["event_subscriptions"]["bot_events"]

    messages = ["message.channels", "message.groups"]
    assert sorted(events) == sorted(
        ["app_home_opened", "app_mention", *messages, "app_uninstalled", "tokens_revoked"]
    )


ODD_PAYLOADS: list[dict[str, Any]] = [
    {"type": "block_actions", "team": {"id": TEAM}},
    {"type": "block_actions", "team": {"id": TEAM}, "actions": []},
    {"type": "block_actions", "team": {"id": TEAM}, "actions": [7]},
    {"type": "block_actions", "team": {"id": TEAM}, "actions": [{"action_id": "recheck"}]},
    {"type": "view_submission", "team": {"id": TEAM}},
    {"type": "view_submission", "team": {"id": TEAM}, "view": {"callback_id": "an_older_form"}},
    {
        "type": "view_submission",
        "team": {"id": TEAM},
        "view": {"type": "modal", "callback_id": "an_older_form"},
    },
    {"type": "view_closed", "team": {"id": TEAM}, "view": {"type": "modal", "callback_id": "diagnose_form"}},
    {"type": "message_action", "team": {"id": TEAM}, "callback_id": "diagnose_message"},
    {"type": "message_action", "team": {"id": TEAM}, "callback_id": "older"},
    {"type": "shortcut", "team": {"id": TEAM}, "callback_id": "diagnose_pipeline"},
    {"type": "shortcut", "team": {"id": TEAM}, "callback_id": "older"},
    {"type": "block_suggestion", "team": {"id": TEAM}, "action_id": "x", "value": ""},
    {"type": "dialog_submission", "team": {"id": TEAM}, "callback_id": "x"},
    {"type": "interactive_message", "team": {"id": TEAM}, "actions": [{"name": "x"}]},
    {"type": "workflow_step_edit", "team": {"id": TEAM}},
]


@pytest.mark.parametrize("payload", ODD_PAYLOADS, ids=str)
async def test_odd_and_unknown_interactions_are_acknowledged(bot: Edge, payload: dict[str, Any]) -> None:
    if is_sound(payload):
        assert (await bot.interact(payload)).status == 200
        assert (await bot.over_socket(payload)).status == 200
    assert bot.accepted == []


@pytest.mark.parametrize(
    "name", ["team", "user", "channel", "enterprise", "authorizations", "actions", "event"]
)
@pytest.mark.parametrize("value", [5, True, 1.5, ["x"], [None]], ids=str)
def test_fields_of_a_foreign_type_are_told_apart(name: str, value: Any) -> None:
    assert not is_sound({"type": "block_actions", name: value})
    assert not is_sound(payloads.event({**payloads.message(), name: value}))


def test_a_form_whose_addresses_are_null_is_told_apart() -> None:
    """Bolt counts them before any listener is asked."""
    body = payloads.submission("acme/widget", JOB)

    assert is_sound(body)
    assert not is_sound({**body, "response_urls": None})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "type", "ts"]), inner, max_size=2)
    ),
    max_leaves=4,
)
_REAL = [
    payloads.event(payloads.message()),
    payloads.event(payloads.changed(ERROR, "x")),
    payloads.event(payloads.deleted()),
    payloads.event(payloads.tombstone()),
    payloads.event(payloads.mention()),
    payloads.command("acme/widget"),
    payloads.click("recheck", JOB),
    payloads.submission("acme/widget", JOB),
    payloads.message_shortcut(),
]


@settings(max_examples=200, deadline=None)
@given(st.data())
async def test_whatever_field_is_odd_nothing_breaks(data: st.DataObject) -> None:
    """Of real requests one field at a time is replaced by something else."""
    body = data.draw(st.sampled_from(_REAL))
    path = data.draw(st.sampled_from(list(_paths(body))))
    odd = _replaced(body, path, data.draw(_JSON))
    if is_sound(odd):
        async with edge() as bot:
            assert (await bot.over_socket(odd)).status == 200


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield (*path, name)
        yield from _paths(inner, (*path, name))
        if isinstance(inner, list) and inner:
            yield from _paths(inner[0], (*path, name, 0))


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:], new)
    return copy


def test_what_slack_sends_is_sound() -> None:
    for body in (
        payloads.event(payloads.message()),
        payloads.event(payloads.changed(ERROR, "x")),
        payloads.command("x"),
        payloads.click("recheck", JOB),
        payloads.submission("acme/widget"),
        payloads.message_shortcut(),
        payloads.global_shortcut(),
    ):
        assert is_sound(body)


async def test_another_command_is_acknowledged(bot: Edge) -> None:
    assert (await bot.form(payloads.command("x", command="/other"))).status == 200
    assert (await bot.form({"command": "/oidc", "team_id": TEAM})).status == 200


async def test_the_challenge_is_echoed(bot: Edge) -> None:
    answer = await bot.send({"type": "url_verification", "token": "x", "challenge": "3eZb"})

    assert json_of(answer) == {"challenge": "3eZb"}


async def test_the_same_objects_come_through_a_socket(bot: Edge) -> None:
    await bot.over_socket(payloads.event(payloads.message()))
    await bot.over_socket(payloads.command("acme/widget"))
    await bot.over_socket(payloads.click("choose_repository", JOB))

    assert [paste.job for paste in bot.accepted] == [JOB, "T1-C1-1.2.abc"]
    assert [method for method, _ in bot.calls] == ["views.open"]
