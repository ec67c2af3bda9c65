"""Processes on one PostgreSQL spend one hour's budget, and know of each other's part."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.clients.bitbucket_budget import Budget
from bot.spending import Spending
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


async def test_without_the_database_each_counts_for_itself_and_the_end_waits_for_nothing(
    unused_tcp_port: int,
) -> None:
    budget = Budget()
    one = Spending(f"postgresql://rolecall@127.0.0.1:{unused_tcp_port}/none", "p", budget)
    one.start()
    budget.spend()
    await one.stop()

    assert budget.left == 979
