"""Other people's text, from the paste to the posted JSON: each kind of markup in each place where it can be.

Nothing of it pings, links, formats or hides: not in the thread, not in the notification, not in the modal.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from bot.playground.stage import Stage, stage
from bot.playground.world import ExampleEnvironment, ExampleRepository, ExampleVariable, World, load_world
from tests.e2e.talk import answered, ask, button, facts_of, until, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARKUP = {
    "channel": "<!channel>",
    "user": "<@U0DANA0001>",
    "group": "<!subteam^S123|ops>",
    "link": "<https://evil.example/x|bitbucket.org>",
    "bare-link": "https://evil.example/x",
    "fence": "```<!here>```",
    "back-tick": "`*bold*` _it_",
    "entity": "&lt;!channel&gt;",
    "bidi": "x\u202egnp\u2066",
    "zero-width": "ro\u200ble\ufeff",
}
PLACES = ("paste", "step", "branch", "environment", "variable", "script", "log")
ERROR = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
OURS = {
    "bitbucket.org",
    "support.atlassian.com",
    "docs.aws.amazon.com",
    "console.aws.amazon.com",
    "acme.slack.com",
}
HIDDEN = "\u202e\u2066\u200b\ufeff"


def slug(kind: str, place: str) -> str:
    return f"{place}-{kind}"


def repository_with(kind: str, place: str, model: ExampleRepository) -> ExampleRepository:
    """The storefront, with the markup in one place of it."""
    text = MARKUP[kind]
    (run,) = model.runs
    steps = [replace(step, uuid=f"{{{uuid.uuid4()}}}") for step in run.steps]
    file, environments, variables = model.pipeline_file, model.environments, model.variables
    match place:
        case "step":
            file = file.replace("name: Deploy to S3", f"name: {json.dumps(text)}")
            steps[-1] = replace(steps[-1], name=text)
        case "branch":
            run = replace(run, ref_name=text)
        case "environment":
            file = file.replace(
                "name: Deploy to S3", f"name: Deploy to S3\n          deployment: {json.dumps(text)}"
            )
            environments = (ExampleEnvironment(text, f"{{{uuid.uuid4()}}}", ()),)
        case "variable":
            variables = (*variables, ExampleVariable("AWS_ROLE_ARN", text), ExampleVariable("NOTE", text))
        case "script":
            echo = f"- {json.dumps(f'echo {text} $BITBUCKET_STEP_OIDC_TOKEN')}"
            file = file.replace(
                "- aws sts get-caller-identity", f"{echo}\n            - aws sts get-caller-identity"
            )
        case "log":
            steps[-1] = replace(steps[-1], log=f"{text}\n{ERROR} {text}\n{steps[-1].log}\n{text}")
    run = replace(run, uuid=f"{{{uuid.uuid4()}}}", steps=tuple(steps))
    return replace(
        model,
        slug=slug(kind, place),
        uuid=f"{{{uuid.uuid4()}}}",
        pipeline_file=file,
        runs=(run,),
        environments=environments,
        variables=variables,
        role=None,
    )


def hostile_world() -> World:
    world = load_world()
    (model,) = [one for one in world.repositories if one.slug == "storefront"]
    made = [repository_with(kind, place, model) for kind in MARKUP for place in PLACES]
    return replace(world, repositories=(*world.repositories, *made))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hostile() -> AsyncIterator[Stage]:
    async with stage(hostile_world()) as made:
        yield made


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of Block Kit, however deep."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", MARKUP)
async def test_markup_of_others_stays_text(hostile: Stage, kind: str, place: str) -> None:
    link = f"https://bitbucket.org/acme/{slug(kind, place)}/pipelines/results/214"
    typed = f"{MARKUP[kind]} {ERROR}" if place == "paste" else ERROR
    ts = await ask(hostile, f"{typed}\n{link}")
    reply = await answered(hostile, ts)
    await hostile.slack.click(reply.ts, None, button(reply, "proof"))
    view = await until(lambda: hostile.slack.workspace.view)
    hostile.slack.close_view(view.id)
    shown = [*reply.blocks, *view.content["blocks"]]

    assert facts_of(reply)["kind"] == "diagnosis"
    for item in objects(shown):
        assert item.get("type") not in {"user", "usergroup", "broadcast", "channel", "emoji", "markdown"}
        if item.get("type") == "link":
            assert urlsplit(item["url"]).hostname in OURS
        if item.get("type") == "mrkdwn":
            assert item["verbatim"] is True
            assert not set("<>") & set(item["text"])
    assert not set("<>") & set(reply.text)
    assert not set(HIDDEN) & set(json.dumps([shown, reply.text], ensure_ascii=False))
    assert reply.metadata is not None
    assert set(reply.metadata["event_payload"]) == {"kind", "cause", "verdict", "job"}
    if place == "step" and not set(HIDDEN) & set(MARKUP[kind]) and "`" not in MARKUP[kind]:
        assert MARKUP[kind] in words(reply), "this place is not shown at all"
