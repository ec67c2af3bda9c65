"""The last text of a message has the last word, in whatever order and to whatever process its edits come."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest

from bot.newest_text import OLDER, NewestText
from handlers.ports import Paste, Reply
from knowledge.redact import CleanText
from tests.bot.test_jobs import PASTE, Bench, bench, database, postgres_server, until  # noqa: F401 - fixtures


def edit(number: int, paste: Paste = PASTE, **more: object) -> Paste:
    """The work of an edit; a higher number is a later one."""
    ts = f"179540010{number}.000000"
    text = CleanText(f"it fails {number}")
    return replace(paste, text=text, revision=f"edit-{ts}", edited=ts, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(3))
async def test_of_any_edits_in_any_order_the_last_one_is_answered_last(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    pastes = [replace(PASTE, ts=f"1795400000.{number:06}") for number in range(100, 108)]
    sent: list[list[Paste]] = []
    for paste in pastes:
        edits = [edit(number, paste) for number in range(1, chance.randint(2, 7))]
        copies = chance.choices(edits, k=chance.randint(0, 2))
        sent.append([paste, *chance.sample(edits + copies, len(edits) + len(copies))])

    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:

        async def send(events: list[Paste]) -> None:
            for event in events:
                await bot.jobs.accept(event)
                for _ in range(chance.choice((0, 1, 20, 200))):
                    await asyncio.sleep(0)

        async def look_slowly() -> None:
            while True:
                bot.gate.clear()
                for _ in range(chance.randint(1, 50)):
                    await asyncio.sleep(0)
                bot.gate.set()
                for _ in range(chance.randint(1, 20)):
                    await asyncio.sleep(0)

        looking = asyncio.create_task(look_slowly())
        await asyncio.gather(*map(send, sent))
        looking.cancel()
        bot.gate.set()
        await until(lambda: not bot.jobs._tasks)
        newest = [await bot.jobs.original(paste.job) for paste in pastes]
        replies = [await bot.jobs.last_reply(paste.job) for paste in pastes]

    wanted = [max(events, key=lambda event: event.edited) for events in sent]
    last = {work.split("/")[0]: text for work, text, *_ in bot.delivered}
    assert newest == wanted
    assert [last[paste.job] for paste in pastes] == [f"answer to {paste.text}" for paste in wanted]
    assert [reply and reply.text for reply in replies] == [f"answer to {paste.text}" for paste in wanted]


async def test_what_waits_for_an_earlier_text_is_never_looked_at(tmp_path: Path) -> None:
    """However many edits come meanwhile, the last waits for none of the others."""
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        bot.gate.clear()
        await bot.jobs.accept(PASTE)
        await until(lambda: bot.prepared == [PASTE.work])
        bot.posting.clear()
        bot.gate.set()
        await until(lambda: len(bot.delivered) == 1)
        for number in (1, 2, 3):
            await bot.jobs.accept(edit(number))
        bot.posting.set()
        await bot.settled(2)
        late = [await bot.jobs.accept(copy) for copy in (PASTE, edit(1), edit(2), edit(3))]

    assert bot.prepared == [PASTE.work, edit(3).work]
    assert bot.delivered[1] == (edit(3).work, "answer to it fails 3", "1795400000.000900", False)
    assert late == [False] * 4


async def test_the_look_at_an_earlier_text_is_broken_off(tmp_path: Path) -> None:
    async with bench(f"sqlite:///{tmp_path / 'jobs.db'}") as bot:
        bot.gate.clear()
        await bot.jobs.accept(PASTE)
        await until(lambda: bot.prepared == [PASTE.work])
        await bot.jobs.accept(edit(1))
        await until(lambda: len(bot.prepared) == 2)
        bot.gate.set()
        await bot.settled(1)

    assert [(work, text) for work, text, *_ in bot.delivered] == [(edit(1).work, "answer to it fails 1")]


async def test_the_last_text_is_answered_after_a_stop_between(database: str) -> None:  # noqa: F811
    first = Bench(database)
    await first.jobs.start()
    first.gate.clear()
    for paste in (PASTE, edit(2), edit(1)):
        await first.jobs.accept(paste)
    await until(lambda: edit(2).work in first.prepared)
    await first.jobs.stop(grace=0.1)
    assert first.delivered == []
    async with bench(database) as again:
        await again.settled(1)
        newest = await again.jobs.original(PASTE.job)

    assert [(work, text) for work, text, *_ in again.delivered] == [(edit(2).work, "answer to it fails 2")]
    assert newest == edit(2)


async def test_a_post_broken_off_by_a_stop_is_left_to_the_last_text(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    first = Bench(url)
    await first.jobs.start()
    first.posting.clear()
    await first.jobs.accept(PASTE)
    await until(lambda: len(first.delivered) == 1)
    for number in (1, 2):
        await first.jobs.accept(edit(number))
    await first.jobs.stop(grace=0.1)
    async with bench(url) as again:
        await again.settled(1)

    assert again.prepared == [edit(2).work]
    # The post may be out although nothing tells so: it is looked for.
    assert again.delivered == [(edit(2).work, "answer to it fails 2", None, True)]


@pytest.mark.parametrize("flag", ["unsure", "harmless"])
async def test_nothing_is_given_up_for_an_edit_that_may_get_no_reply(flag: str) -> None:
    texts = NewestText()
    texts.came(edit(1, PASTE, **{flag: True}))

    assert not texts.is_older(PASTE)


def test_what_one_person_is_answered_is_given_up_for_no_edit() -> None:
    texts = NewestText()
    texts.came(edit(1))

    assert texts.is_older(PASTE)
    assert not texts.is_older(replace(PASTE, response_url="https://hooks.slack.com/commands/x"))


async def test_a_message_that_never_rests_is_answered_all_the_same() -> None:
    """A bot that edits its message every second gets some answer, though it is of a text that is gone."""
    texts = NewestText()
    given_up = 0
    for number in range(9):
        begun, ends = asyncio.Event(), asyncio.Event()

        async def prepare(paste: Paste, begun: asyncio.Event = begun, ends: asyncio.Event = ends) -> Reply:
            begun.set()
            await ends.wait()
            return Reply(kind="diagnosis", text=paste.text)

        work = asyncio.create_task(texts.unless_older(edit(number), prepare))
        await begun.wait()
        texts.came(edit(number + 1))
        for _ in range(10):
            await asyncio.sleep(0)
        ends.set()
        answered = await work
        if answered != OLDER:
            assert answered is not None
            assert answered["text"] == f"it fails {number}"
            break
        given_up += 1

    assert given_up == 5


def test_what_an_earlier_version_stored_of_an_edit_keeps_its_place() -> None:
    stored = edit(1).to_json()
    del stored["edited"]

    assert Paste.from_json(stored) == edit(1)
