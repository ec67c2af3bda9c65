"""A running bot between stand-ins, as `python -m bot try` starts it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from bot.playground.stage import Stage, stage


@pytest_asyncio.fixture
async def running() -> AsyncIterator[Stage]:
    """One of its own for the test, which may break what it likes."""
    async with stage() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Stage]:
    """One for a whole file of tests that break nothing."""
    async with stage() as made:
        yield made
