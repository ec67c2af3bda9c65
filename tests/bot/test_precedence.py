"""Acknowledgements before jobs, and jobs unchanged but for their order."""

from __future__ import annotations

import asyncio

import pytest

from bot.precedence import Precedence


class Busy:
    """Jobs that come back to the loop again and again; `steps` counts how often they have."""

    def __init__(self, precedence: Precedence) -> None:
        self._precedence = precedence
        self.steps = 0

    async def job(self, steps: int) -> int:
        for _ in range(steps):
            await asyncio.sleep(0)
            self.steps += 1
        return steps

    async def with_tasks(self, steps: int) -> int:
        """The same in two tasks of its own, as readings are."""
        return sum(await asyncio.gather(self.job(steps), asyncio.create_task(self.job(steps))))

    def start(self, count: int, steps: int) -> list[asyncio.Task[int]]:
        return [asyncio.create_task(self._precedence.gives_way(self.with_tasks(steps))) for _ in range(count)]


async def test_an_acknowledgement_waits_for_no_more_than_one_step_each_time() -> None:
    precedence = Precedence()
    busy = Busy(precedence)
    jobs = busy.start(50, 40)
    await asyncio.sleep(0)
    with precedence.ack():
        for _ in range(30):
            before = busy.steps
            await asyncio.sleep(0)
            assert busy.steps - before <= 1

    assert await asyncio.gather(*jobs) == [80] * 50


async def test_jobs_that_begin_one_after_the_other_stay_in_order() -> None:
    """One that finds nobody in its way does not overtake one that was just called."""
    precedence = Precedence()
    begun: list[int] = []

    async def job(number: int) -> None:
        begun.append(number)

    with precedence.ack():
        jobs = [asyncio.create_task(precedence.gives_way(job(number))) for number in range(5)]
        await asyncio.sleep(0)
    for number in range(5, 10):
        jobs.append(asyncio.create_task(precedence.gives_way(job(number))))
        await asyncio.sleep(0)
    await asyncio.gather(*jobs)

    assert begun == list(range(10))


async def test_jobs_get_on_although_acknowledgements_never_end() -> None:
    precedence = Precedence()
    busy = Busy(precedence)
    with precedence.ack():
        assert await asyncio.gather(*busy.start(5, 5)) == [10] * 5


async def test_what_goes_wrong_in_a_job_goes_wrong_as_ever() -> None:
    precedence = Precedence()

    async def failing() -> None:
        await asyncio.sleep(0)
        raise KeyError("job")

    async def caught() -> str:
        try:
            await asyncio.gather(failing(), asyncio.sleep(30))
        except KeyError:
            return "caught"
        return "missed"

    with pytest.raises(KeyError), precedence.ack():
        await precedence.gives_way(failing())
    assert await precedence.gives_way(caught()) == "caught"


async def test_a_deadline_inside_a_job_ends_it_in_order() -> None:
    precedence = Precedence()
    ended = []

    async def hanging() -> str:
        try:
            async with asyncio.timeout(0.01):
                try:
                    await asyncio.sleep(30)
                finally:
                    await asyncio.sleep(0)
                    ended.append("inner")
        except TimeoutError:
            ended.append("outer")
        return "done"

    with precedence.ack():
        assert await precedence.gives_way(hanging()) == "done"
    assert ended == ["inner", "outer"]


async def test_a_job_that_is_cancelled_in_the_line_cleans_up() -> None:
    precedence = Precedence()
    cleaned = asyncio.Event()

    async def job() -> None:
        try:
            while True:
                await asyncio.sleep(0)
        finally:
            cleaned.set()

    task = asyncio.create_task(precedence.gives_way(job()))
    await asyncio.sleep(0)
    with precedence.ack():
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert cleaned.is_set()


async def test_a_task_that_is_cancelled_before_its_first_step_leaves_nothing() -> None:
    """Not even a warning, which would fail this test."""
    precedence = Precedence()

    async def work() -> None:
        task = asyncio.create_task(asyncio.sleep(30))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    await precedence.gives_way(work())


async def test_other_tasks_of_the_loop_do_not_give_way() -> None:
    precedence = Precedence()
    with precedence.ack():
        async with asyncio.timeout(10):
            assert await asyncio.gather(*(asyncio.sleep(0, number) for number in range(3))) == [0, 1, 2]
