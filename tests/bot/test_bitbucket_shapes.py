"""What is taken of Bitbucket's objects where they may have any form."""

from __future__ import annotations

from typing import Any

import pytest

from bot.clients import bitbucket_shapes as shapes
from bot.ports import RepositoryName

NAME = RepositoryName("acme", "widget")
UUID = "{2e9e429c-7b8b-404f-8648-8c40c27c9ebd}"
RUN: dict[str, Any] = {"uuid": UUID, "build_number": 7, "state": {"name": "COMPLETED"}}
HOME: dict[str, Any] = {"uuid": UUID, "slug": "widget", "workspace": {"uuid": UUID, "slug": "acme"}}


@pytest.mark.parametrize(
    ("more", "of_parent"),
    [
        ({}, False),
        ({"trigger": {"type": "pipeline_trigger_push", "name": "PUSH"}}, False),
        ({"trigger": {"type": "pipeline_trigger_parent_step"}}, True),
        ({"trigger_context": {"type": "parent_step", "parent_pipeline_uuid": UUID}}, True),
        ({"trigger": None, "trigger_context": ["parent_step"]}, False),
        ({"trigger": {"type": None}, "trigger_context": {"type": 5}}, False),
    ],
)
def test_a_run_that_a_step_of_another_started_is_known_by_its_trigger(
    more: dict[str, Any], of_parent: bool
) -> None:
    assert shapes.run(NAME, {**RUN, **more}).of_parent is of_parent


@pytest.mark.parametrize(
    ("parent", "uuid", "is_fork"),
    [
        (None, None, False),
        ({"uuid": UUID.upper()}, UUID, True),
        ({"uuid": "no UUID"}, None, True),
        ({}, None, True),
        ([UUID], None, True),
    ],
)
def test_what_a_repository_was_forked_from_is_known_by_its_uuid(
    parent: object, uuid: str | None, is_fork: bool
) -> None:
    home = shapes.repository({**HOME, "parent": parent})

    assert (home.parent_uuid, home.is_fork) == (uuid, is_fork)
