"""The modals: the form that asks for the repository, the proof, and a notice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.render.blocks import Block, rich, section
from handlers.render.escape import leaves

FORM = "diagnose_form"
REPOSITORY = "repo"
"""Block and action id of the field for the repository."""
TEXT = "text"
"""Block and action id of the field for the error's text."""
CHANNEL = "channel"
"""Block and action id of the field for the channel to answer in."""

_View = dict[str, Any]


def _modal(title: str, blocks: Sequence[Block]) -> _View:
    return {
        "type": "modal",
        "title": _plain(title),
        "close": _plain("Close"),
        "blocks": list(blocks),
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _repository_field() -> Block:
    return {
        "type": "input",
        "block_id": REPOSITORY,
        "label": _plain("Repository or pipeline"),
        "hint": _plain("For example acme/widget, acme/widget#1234, or the link to the pipeline run."),
        "element": {
            "type": "plain_text_input",
            "action_id": REPOSITORY,
            "placeholder": _plain("workspace/repository#build"),
            "max_length": 600,
        },
    }


def repository_form(metadata: str) -> _View:
    """The form behind "Name the repository"; `metadata` comes back with it and says what it answers."""
    view = _modal("Which repository?", [_repository_field()])
    return {**view, "callback_id": FORM, "private_metadata": metadata, "submit": _plain("Diagnose")}


def pipeline_form() -> _View:
    """The form of the global shortcut: there is no message, so it asks where to answer."""
    channel: Block = {
        "type": "input",
        "block_id": CHANNEL,
        "label": _plain("Channel"),
        "hint": _plain("Only you will see the answer."),
        "element": {
            "type": "conversations_select",
            "action_id": CHANNEL,
            "default_to_current_conversation": True,
            "response_url_enabled": True,
            "filter": {"include": ["public", "private"]},
        },
    }
    error: Block = {
        "type": "input",
        "block_id": TEXT,
        "optional": True,
        "label": _plain("The error, if you have it"),
        "hint": _plain("The last lines of the step's log."),
        "element": {"type": "plain_text_input", "action_id": TEXT, "multiline": True, "max_length": 3000},
    }
    view = _modal("Diagnose a pipeline", [_repository_field(), error, channel])
    return {**view, "callback_id": FORM, "private_metadata": "", "submit": _plain("Diagnose")}


def proof_view(blocks: Sequence[Block]) -> _View:
    """The whole proof of a reply."""
    return _modal("The whole proof", blocks)


def notice(sentence: str) -> _View:
    """A sentence for the one who pressed something."""
    return _modal("Rolecall", [rich([section(leaves(sentence))])])
