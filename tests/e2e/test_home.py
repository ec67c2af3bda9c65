"""The Home tab: what it says of the bot, of the viewer's own questions, and of nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.slack_state import OTHER_PERSON, PERSON
from bot.playground.stage import Stage
from tests.e2e.talk import ask, settled, until, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASTE = (
    "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4\n"
    "https://bitbucket.org/acme/storefront/pipelines/results/214"
)


async def home(stage: Stage, user: str = PERSON) -> dict[str, Any]:
    before = stage.slack.workspace.homes.get(user)
    await stage.slack.open_home(user=user)
    await until(lambda: stage.slack.workspace.homes.get(user) is not before)
    return stage.slack.workspace.homes[user].content


async def test_the_tab_says_what_the_bot_does_and_may_read(shared: Stage) -> None:
    shown = words(await home(shared))

    assert "Paste the error of a failed pipeline" in shown
    assert "Bitbucket: the repositories of acme" in shown
    assert "Azure: applications and their federated credentials in the listed tenants" in shown
    assert "Google Cloud: workload identity providers and service accounts in the listed projects" in shown
    assert "It changes nothing anywhere" in shown
    assert "You have asked for none" in shown
    assert shared.slack.refused == []


async def test_the_tab_lists_the_viewer_s_own_diagnoses_and_counts_all_by_cause(shared: Stage) -> None:
    await ask(shared, PASTE)
    ts = await shared.slack.post(PASTE, user=OTHER_PERSON)
    await shared.slack.answered(ts, seconds=20)
    await settled(shared)
    await shared.slack.delete(await ask(shared, PASTE))
    await settled(shared)
    tab = await home(shared)
    shown = words(tab)

    assert shown.count("acme/storefront") == 1
    assert shown.count("https://acme.slack.com/archives/C0CIHELP01/p") == 1
    (bars,) = [line for line in shown.splitlines() if "█" in line]
    assert bars.split()[0] == "oidc-not-enabled"
    assert bars.split()[-1] == "2", "what was deleted is not counted"


async def test_the_button_of_the_tab_opens_the_form(shared: Stage) -> None:
    tab = await home(shared)
    (row,) = [block for block in tab["blocks"] if block["type"] == "actions"]
    pressed = {
        **{name: row["elements"][0][name] for name in ("type", "action_id", "value")},
        "block_id": "home",
    }
    await shared.slack.click(None, shared.slack.workspace.homes[PERSON].id, pressed)
    view = await until(lambda: shared.slack.workspace.view)

    assert view.content["callback_id"] == "diagnose_form"
