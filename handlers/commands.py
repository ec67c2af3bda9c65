"""`/oidc`: https://docs.slack.dev/interactivity/implementing-slash-commands

Help and explanations come with the acknowledgement. A diagnosis is stored first, and answered at the
command's `response_url`, for the asker's eyes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.explanations import explained
from handlers.gate import Me
from handlers.payloads import identity, key, text
from handlers.ports import Paste, Services
from handlers.usage import NOT_HERE, said, usage
from knowledge.pasted import take
from knowledge.redact import redact
from knowledge.symptoms import may_concern
from knowledge.target import Target
from knowledge.target_text import find_target, parse_command_target
from knowledge.words import code

_MAX = 8_000


async def on_command(body: Mapping[str, Any], me: Me, services: Services) -> dict[str, Any]:
    """The acknowledgement's body.

    Raises:
        StoreDown: a diagnosis was asked for and could not be written down.
    """
    typed = text(body.get("text"))[:_MAX].strip()
    word, _, rest = typed.partition(" ")
    word, rest = word.lower(), rest.strip()
    if not typed or word in ("help", "--help", "-h", "?"):
        return usage()
    if word == "explain":
        return explained(rest)
    wanted = rest if word == "check" else typed
    target = parse_command_target(wanted)
    if target is None and word != "check":
        named = find_target(typed, me.workspaces)
        target = named if named.full_name is not None else None
    if target is None and not may_concern(typed):
        return usage(_misused(word, rest, typed))
    return await _diagnose(body, typed, target, me, services)


def _misused(word: str, rest: str, typed: str) -> str:
    if word == "check":
        what = f"{_quoted(rest)} names no repository" if rest else "`check` needs a repository"
        return f"{what}: write it as `/oidc check workspace/repository`."
    return f"{_quoted(typed)} names no repository and no run, and is none of the words below."


def _quoted(typed: str) -> str:
    return code(redact(typed).text)


async def _diagnose(
    body: Mapping[str, Any], typed: str, target: Target | None, me: Me, services: Services
) -> dict[str, Any]:
    channel, where = identity(body.get("channel_id")), text(body.get("response_url"))
    if channel not in me.watched:
        return said(NOT_HERE)
    if not where:
        return said("Slack gave no address to answer at. Send the command once more.")
    pasted = take(typed)
    stamp = text(body.get("trigger_id")) or f"{body.get('user_id')} {typed} {where}"
    await services.accept(
        Paste(
            team=me.team,
            channel=channel,
            ts=key(stamp),
            user=identity(body.get("user_id")),
            text=pasted.text,
            way_in="command",
            response_url=where,
            repository=target.full_name if target else None,
            build_number=target.build_number if target else None,
            redactions=pasted.redactions,
            claims=pasted.claims,
        )
    )
    name = target.full_name if target else None
    return said(
        f"Looking at {code(name)}. The answer comes here in a few seconds."
        if name
        else "Looking at this text."
    )
