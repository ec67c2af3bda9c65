"""Processes on one PostgreSQL spend one hour's budget, and know of each other's part."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bot.clients.bitbucket_budget import Budget
from bot.spending import Spending
from bot.spending_file import FileSpending
from tests.bot.test_jobs import fresh_postgres, postgres_server

__all__ = ["postgres_server"]


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def database(postgres_server: str, tmp_path: Path) -> str:
    return fresh_postgres(postgres_server, tmp_path)


async def test_what_each_spends_is_left_to_none_for_an_hour(database: str) -> None:
    clock = Clock()
    budgets = [Budget(clock=clock) for _ in range(3)]
    sharing = [Spending(database, f"p{number}", budget) for number, budget in enumerate(budgets)]
    # All at once, on a database without the table.
    await asyncio.gather(*(one.exchange() for one in sharing))
    for number, budget in enumerate(budgets):
        for _ in range(100 * (number + 1)):
            budget.spend()
    for _ in range(2):
        for one in sharing:
            await one.exchange()

    assert [budget.left for budget in budgets] == [380, 380, 380]
    budgets[0].spend()
    await sharing[0].stop()
    await sharing[1].exchange()
    assert budgets[1].left == 379, "the last of it was told at the end"

    clock.now += 3_660
    for one in sharing[1:]:
        await one.exchange()
    assert [budget.left for budget in budgets] == [980, 980, 980]
    await asyncio.gather(*(one.stop() for one in sharing))


async def test_a_process_on_a_file_goes_on_counting_where_the_one_before_it_ended(tmp_path: Path) -> None:
    url, clock = f"sqlite:///{tmp_path}/rolecall.db", Clock()
    for spent in (300, 50):
        budget = Budget(clock=clock)
        one = FileSpending(url, budget)
        await one.exchange()
        for _ in range(spent):
            budget.spend()
        await one.stop()
    last = Budget(clock=clock)
    after = FileSpending(url, last)
    await after.exchange()

    assert last.left == 980 - 350

    clock.now += 3_660
    assert last.left == 980
    last.spend()
    await after.exchange()
    assert last.left == 979
    await after.stop()
    with sqlite3.connect(tmp_path / "rolecall.db") as connection:
        kept = connection.execute("SELECT sum(calls) FROM rolecall_calls").fetchone()
    connection.close()
    assert kept == (1,), "what is older than an hour is removed"


async def test_a_file_that_cannot_be_written_keeps_nobody_from_counting(tmp_path: Path) -> None:
    budget = Budget()
    one = FileSpending(f"sqlite:///{tmp_path}/missing/rolecall.db", budget)
    one.start()
    budget.spend()
    await asyncio.sleep(0)
    await one.stop()

    assert budget.left == 979


async def test_without_the_database_each_counts_for_itself_and_the_end_waits_for_nothing(
    unused_tcp_port: int,
) -> None:
    budget = Budget()
    one = Spending(f"postgresql://rolecall@127.0.0.1:{unused_tcp_port}/none", "p", budget)
    one.start()
    budget.spend()
    await one.stop()

    assert budget.left == 979
