"""The modals: the form that asks for the repository, the proof, and a notice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.pasted_policy import LONGEST
from handlers.render.blocks import Block, context, rich, section
from handlers.render.escape import leaves

FORM = "diagnose_form"
REPOSITORY = "repo"
"""Block and action id of the field for the repository."""
SUGGESTED = "suggested"
"""Block and action id of the field that suggests repositories."""
BUILD = "build"
"""Block and action id of the field for the run's number."""
STEP = "step"
"""Block and action id of the field for the step."""
TEXT = "text"
"""Block and action id of the field for the error's text."""
REMARK_FORM = "remark_form"
REMARK = "remark"
"""Block and action id of the field for what it was instead."""
POLICY_FORM = "policy_form"
POLICY = "policy"
"""Block and action id of the field for the trust policy."""
LONGEST_REMARK = 300
LONGEST_STEP = 120
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
        "optional": True,
        "label": _plain("Repository or pipeline"),
        "hint": _plain("For example acme/widget, acme/widget#1234, or the link to the pipeline run."),
        "element": {
            "type": "plain_text_input",
            "action_id": REPOSITORY,
            "placeholder": _plain("workspace/repository#build"),
            "max_length": 600,
        },
    }


def _repository_fields() -> list[Block]:
    """The repository, typed or chosen, the run and its step."""
    suggested: Block = {
        "type": "input",
        "block_id": SUGGESTED,
        "optional": True,
        "label": _plain("Or choose one that this channel knows"),
        "element": {
            "type": "external_select",
            "action_id": SUGGESTED,
            "placeholder": _plain("Type a part of its name"),
            "min_query_length": 1,
        },
    }
    build: Block = {
        "type": "input",
        "block_id": BUILD,
        "optional": True,
        "label": _plain("Build number"),
        "hint": _plain("Without one, the newest failed run is looked at."),
        "element": {"type": "plain_text_input", "action_id": BUILD, "max_length": 12},
    }
    step: Block = {
        "type": "input",
        "block_id": STEP,
        "optional": True,
        "label": _plain("Step"),
        "hint": _plain(
            "Its name, or its place as in branches/main:2, counted from 0. Without one, the step that failed."
        ),
        "element": {"type": "plain_text_input", "action_id": STEP, "max_length": LONGEST_STEP},
    }
    return [_repository_field(), suggested, build, step]


def repository_form(metadata: str) -> _View:
    """The form behind "Name the repository"; `metadata` comes back with it and says what it answers."""
    view = _modal("Which repository?", _repository_fields())
    return {**view, "callback_id": FORM, "private_metadata": metadata, "submit": _plain("Diagnose")}


def nothing_found_form(metadata: str) -> _View:
    """The form for a message without a failure; `metadata` says where its answer goes."""
    sentence = (
        "No OIDC login failure that Rolecall knows is in this message. Name the run, and it is looked at; "
        "only you will see the answer."
    )
    said = rich([section(leaves(sentence))])
    view = _modal("Nothing recognised", [said, *_repository_fields(), _error_field()])
    return {**view, "callback_id": FORM, "private_metadata": metadata, "submit": _plain("Diagnose")}


def _error_field() -> Block:
    return {
        "type": "input",
        "block_id": TEXT,
        "optional": True,
        "label": _plain("The error, if you have it"),
        "hint": _plain("The last lines of the step's log."),
        "element": {"type": "plain_text_input", "action_id": TEXT, "multiline": True, "max_length": 3000},
    }


def pipeline_form(chosen: str) -> _View:
    """The form of the global shortcut: there is no message, so it asks where to answer. The channel `chosen`
    is proposed; without one (empty), that which its reader looks at."""
    proposed = {"initial_conversation": chosen} if chosen else {"default_to_current_conversation": True}
    channel: Block = {
        "type": "input",
        "block_id": CHANNEL,
        "optional": bool(chosen),
        "label": _plain("Channel"),
        "hint": _plain("Only you will see the answer."),
        "element": {
            "type": "conversations_select",
            "action_id": CHANNEL,
            **proposed,
            "response_url_enabled": True,
            "filter": {"include": ["public", "private"]},
        },
    }
    view = _modal("Diagnose a pipeline", [*_repository_fields(), _error_field(), channel])
    return {**view, "callback_id": FORM, "private_metadata": "", "submit": _plain("Diagnose")}


def policy_form(metadata: str) -> _View:
    """The form behind "Paste the trust policy"; `metadata` says which answer it belongs to."""
    field: Block = {
        "type": "input",
        "block_id": POLICY,
        "label": _plain("Trust policy of the role, as JSON"),
        "hint": _plain(
            "In AWS: IAM > Roles > the role > Trust relationships. What aws iam get-role prints is taken too."
        ),
        "element": {
            "type": "plain_text_input",
            "action_id": POLICY,
            "multiline": True,
            "placeholder": _plain('{"Version": "2012-10-17", "Statement": [ ... ]}'),
            "max_length": LONGEST,
        },
    }
    kept = context(
        "It is compared with the token of this step and then forgotten: it is not stored. What the answer "
        "quotes of it stands in the thread."
    )
    view = _modal("Paste the trust policy", [field, kept])
    return {**view, "callback_id": POLICY_FORM, "private_metadata": metadata, "submit": _plain("Compare")}


def remark_form(job: str) -> _View:
    """The form behind "No, it was not": the vote is counted already, the line is a gift."""
    field: Block = {
        "type": "input",
        "block_id": REMARK,
        "label": _plain("What was it, in one line?"),
        "hint": _plain("Kept for whoever runs the bot, with the cause that was named. Nothing is posted."),
        "element": {"type": "plain_text_input", "action_id": REMARK, "max_length": LONGEST_REMARK},
    }
    view = _modal("It was something else", [field])
    return {**view, "callback_id": REMARK_FORM, "private_metadata": job, "submit": _plain("Send")}


def proof_view(blocks: Sequence[Block]) -> _View:
    """The whole proof of a reply."""
    return _modal("The whole proof", blocks)


def notice(sentence: str) -> _View:
    """A sentence for the one who pressed something."""
    return _modal("Rolecall", [rich([section(leaves(sentence))])])
