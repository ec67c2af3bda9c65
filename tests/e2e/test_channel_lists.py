"""A channel that is limited to some repositories: only these are offered there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.playground.slack_state import CHANNEL
from bot.playground.stage import stage
from tests.e2e.talk import REFUSED, answered, ask
from tests.e2e.test_choices import offered


@pytest.mark.asyncio
async def test_the_channel_s_own_list_is_offered_and_nothing_else(tmp_path: Path) -> None:
    config = tmp_path / "rolecall.yml"
    config.write_text(f"channels: {{{CHANNEL}: [acme/reporting, acme/ledger], C0OTHER: [acme/checkout]}}")
    async with stage(ROLECALL_CONFIG=str(config)) as made:
        ts = await ask(made, REFUSED)

        assert offered(await answered(made, ts)) == ["acme/ledger", "acme/reporting"]
