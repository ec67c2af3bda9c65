"""Which repository a paste means: what a form or a command named, then the text, then the channel's own."""

from __future__ import annotations

from dataclasses import replace

from bot.readings_scope import Scope
from handlers.ports import Paste
from knowledge.target import Target, TargetSource
from knowledge.target_text import find_targets, find_unlisted, parse_command_target
from knowledge.target_words import with_words


def target_of(paste: Paste, scope: Scope) -> Target:
    """The target, every member None when nothing names one. Of several repositories in the text the first
    that is listed is meant; those that are not are left aside, by name."""
    written = find_targets(paste.text, scope.workspaces)
    alone = not written
    if paste.repository is not None:
        found = _named(paste, paste.repository, written)
    elif written:
        found = _listed_first(paste.channel, written, scope)
    else:
        only = scope.only_repository(paste.channel)
        found = find_unlisted(paste.text) if only is None else Target()
        if only is not None:
            beside = find_unlisted(paste.text)
            aside = () if beside.full_name is None else (beside.full_name,)
            found = Target(workspace=only[0], repository=only[1], source=TargetSource.CHANNEL, aside=aside)
    if paste.build_number is not None:
        found = replace(found, build_number=paste.build_number)
    found = _with_step(found, paste)
    if found.full_name is None:
        return found
    return with_words(found, paste.text, number=alone, own=len(written) == 1)


def of_thread(repository: str, paste: Paste) -> Target:
    """The target when the thread was answered about `repository` before; empty like it."""
    earlier = parse_command_target(repository) if repository else None
    if earlier is None:
        return Target()
    found = replace(earlier, build_number=paste.build_number, source=TargetSource.THREAD)
    found = _with_step(found, paste)
    return with_words(found, paste.text, number=True)


def _with_step(found: Target, paste: Paste) -> Target:
    """The target with the step that was typed into the form: that is newer than what the text names."""
    return found if paste.step is None else replace(found, step=None, step_named=paste.step)


def _named(paste: Paste, repository: str, written: tuple[Target, ...]) -> Target:
    named = parse_command_target(repository) or Target()
    same = next((one for one in written if _key(one) == _key(named) is not None), None)
    if same is not None and paste.build_number in (None, same.build_number):
        # The text says more about the same run: its step, its branch.
        named = replace(same, workspace=named.workspace, repository=named.repository)
    source = TargetSource.COMMAND if paste.way_in == "command" else TargetSource.ANSWER
    return replace(named, source=source)


def _listed_first(channel: str, written: tuple[Target, ...], scope: Scope) -> Target:
    """The first that is listed as it stands; else the first that may be, by its UUID; else the first."""

    def listed(one: Target) -> bool:
        return scope.may_speak_about(channel, one.workspace or "", one.repository or "")

    def unclear(one: Target) -> bool:
        return "{" in (one.full_name or "")

    taken = next(filter(listed, written), None) or next(filter(unclear, written), written[0])
    others = [one.full_name or "" for one in written if one is not taken and not listed(one)]
    return replace(taken, aside=tuple(others))


def _key(target: Target) -> str | None:
    return target.full_name.lower() if target.full_name is not None else None
