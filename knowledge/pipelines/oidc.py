"""The `oidc` key: where Bitbucket reads it, and where somebody only thought so.

Places and forms: https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
and https://www.atlassian.com/blog/bitbucket/bitbucket-pipelines-oidc-now-supports-multiple-audiences
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from knowledge.frozen import dataclass
from knowledge.location import Position
from knowledge.near import distance
from knowledge.pipelines.commands import Command
from knowledge.pipelines.model import Oidc, OidcState, Value
from knowledge.pipelines.nodes import Document, Mapping, Node, Scalar, Sequence, Slot, tag_of, text_of

KEY = "oidc"
#: Where a key stands that is no key of the step.
BESIDE_STEP = "beside `step:`"

_STATES = {
    "true": OidcState.ON,
    "false": OidcState.OFF,
    "yes": OidcState.UNCERTAIN,
    "on": OidcState.UNCERTAIN,
    "no": OidcState.OFF,
    "off": OidcState.OFF,
}
#: Other names under which the switch is looked for, without case, hyphens and underscores.
_ALIKE = frozenset(
    {
        "oidcenabled",
        "enableoidc",
        "enabledoidc",
        "useoidc",
        "oidcenable",
        "oidctoken",
        "oidcauth",
        "withoidc",
        "openid",
        "openidconnect",
    }
)
#: Keys of a step that mean what they say, the switch itself included.
_RIGHT = frozenset(
    {
        KEY,
        "name",
        "script",
        "after-script",
        "image",
        "services",
        "caches",
        "artifacts",
        "deployment",
        "environment",
        "runs-on",
        "runtime",
        "condition",
        "trigger",
        "clone",
        "max-time",
        "size",
        "pipe",
        "variables",
    }
)
#: A command that was meant for the switch.
_AS_COMMAND = re.compile(r"\s*(?P<key>(?i:oidc))\s*:\s*(?P<value>true|yes|on)\s*")
#: Parts of a step in which keys are names that people choose, or whose items are read elsewhere.
_FREE = frozenset({"script", "after-script", "input-variables", "variables", "output-variables"})


@dataclass(frozen=True, slots=True)
class Stray:
    """A `StrayOidc` before it is known which step it stands in."""

    key: str
    at: Position
    value: Value
    where: str
    misspelt: bool


def oidc_of(document: Document, slot: Slot | None) -> Oidc:
    """The switch as the slot under `oidc` sets it."""
    if slot is None:
        return Oidc(OidcState.ABSENT)
    value = document.value(slot.value)
    at = document.key_at(slot.key)
    if isinstance(slot.value, Mapping):
        audiences = _audiences(document, slot.value)
        state = OidcState.ON if audiences else OidcState.WRONG_VALUE
        return Oidc(state, at, value, audiences)
    if not isinstance(slot.value, Scalar):
        return Oidc(OidcState.WRONG_VALUE, at, value)
    return Oidc(_state(slot.value), at, value)


def _state(node: Scalar) -> OidcState:
    if tag_of(node) != "bool":
        return OidcState.WRONG_VALUE
    return _STATES.get(node.value.lower(), OidcState.WRONG_VALUE)


def _audiences(document: Document, node: Mapping) -> tuple[str, ...] | None:
    slot = document.slots(node).get("audiences")
    if slot is None or not isinstance(slot.value, Sequence):
        return None
    found = tuple(text for item, _ in slot.value.items if (text := text_of(item)))
    return found or None


@lru_cache(maxsize=256)
def misspelt(key: str) -> bool:
    """Whether a key of a step, or of `options`, is `oidc` under another spelling."""
    if key in _RIGHT:
        return False
    bare = key.casefold().replace("-", "").replace("_", "").strip()
    if len(bare) < 3:
        return False
    return bare in _ALIKE or (bare[:1] in "o0" and distance(bare, KEY, 1) <= 1)


def _spelt(key: str) -> str:
    return "in the wrong case" if key.casefold() == KEY else "under another name"


def misspelt_in(document: Document, slots: dict[str, Slot], where: str) -> Iterator[Stray]:
    """Keys of a place where `oidc` would be read, if it were spelt like that."""
    if slots.keys() <= _RIGHT:
        return
    for slot in slots.values():
        name = slot.key.value
        if misspelt(name) and _switches(slot.value):
            value = document.value(slot.value)
            yield Stray(name, document.position(slot.key), value, f"{where}, {_spelt(name)}", misspelt=True)


def misplaced_in(
    document: Document, node: Node | None, where: str, *, exact: bool = False
) -> Iterator[Stray]:
    """Keys like `oidc` directly in a mapping in which Bitbucket does not read them."""
    if not isinstance(node, Mapping):
        return
    for name, slot in document.slots(node).items():
        alike = name == KEY if exact else (name == KEY or misspelt(name))
        if alike and _switches(slot.value):
            yield Stray(name, document.position(slot.key), document.value(slot.value), where, misspelt=False)


def _switches(node: Node) -> bool:
    """Whether the value is that of a switch; a branch or a custom pipeline may be called `oidc` too."""
    if isinstance(node, Sequence):
        return False
    if isinstance(node, Mapping):
        return any(isinstance(key, Scalar) and key.value == "audiences" for key, _, _ in node.entries)
    return True


def misplaced_inside(document: Document, slots: dict[str, Slot], depth: int = 4) -> Iterator[Stray]:
    """Keys like `oidc` in the inner mappings of a step: `image`, `runtime`, `clone`, ..."""
    for name, slot in slots.items():
        if name in _FREE or name == KEY or depth == 0 or not isinstance(slot.value, Mapping):
            continue
        yield from misplaced_in(document, slot.value, f"`{name}`")
        yield from misplaced_inside(document, document.slots(slot.value), depth - 1)


def misplaced_in_script(
    document: Document, commands: Iterable[Command], items: Iterable[Mapping]
) -> Iterator[Stray]:
    """`oidc` as an item of the script (which the shell gets as a command), beside `pipe:`, or among a
    pipe's variables. Commands that are also `items` are told once."""
    seen = {document.start(item) for item in items}
    for command in commands:
        found = _AS_COMMAND.fullmatch(command.text)
        if found is not None and command.at not in seen:
            value = Value(found["value"], "str", quoted=True, at=command.at)
            yield Stray(found["key"], command.at, value, "the script", misspelt=False)
    for item in items:
        slots = document.slots(item)
        called = slots.get("pipe")
        if called is None:
            yield from misplaced_in(document, item, "the script")
            continue
        yield from misplaced_in(document, item, "beside `pipe:`")
        if "variables" in slots:
            # A pipe may have a variable of that name; those of the vendor have none.
            foreign = not (text_of(called.value) or "").startswith("atlassian/")
            variables = slots["variables"].value
            yield from misplaced_in(document, variables, "a pipe's variables", exact=foreign)
