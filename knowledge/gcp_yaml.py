"""A provider or a policy as `gcloud` prints it when no format is asked for: YAML, by itself or among the
lines of a message.

https://cloud.google.com/sdk/gcloud/reference/topic/formats
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from knowledge.pipelines.load import UndefinedAliasError, load
from knowledge.pipelines.nodes import Node, Scalar, Sequence, TooMuchError, is_null, tag_of

#: A provider of the most that Google takes is far below this.
_LONGEST = 60_000
_MOST = 20
_TELLING = re.compile(r"^(?:attributeMapping|attributeCondition|oidc|bindings|etag):", re.MULTILINE)
#: Lines of one object: keys at the margin, and what is indented or an item of a list below them.
_LINE = re.compile(r"[A-Za-z]\w*:(?:\s|$)|\s+\S|- ")


class _NoObjectError(ValueError):
    """Aliases and keys that are no texts: nothing that `gcloud` prints."""


def yaml_object(text: str) -> Mapping[str, Any] | None:
    """The object that the text is; None for anything else. Never raises on what people paste."""
    if len(text) > _LONGEST:
        return None
    try:
        root = load(text).root
        value = _plain(root) if root is not None else None
    except (yaml.YAMLError, UndefinedAliasError, TooMuchError, _NoObjectError):
        return None
    return value if isinstance(value, dict) else None


def yaml_objects(text: str) -> Iterator[Mapping[str, Any]]:
    """The objects that stand among other lines and have a field of a provider, or of a policy."""
    if not _TELLING.search(text):
        return
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if _LINE.match(line):
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    told = ["\n".join(block) for block in blocks]
    for block in [one for one in told if _TELLING.search(one)][:_MOST]:
        found = yaml_object(block)
        if found is not None:
            yield found


def _plain(node: Node) -> Any:
    if isinstance(node, Scalar):
        if is_null(node):
            return None
        return node.value == "true" if tag_of(node) == "bool" else node.value
    if node.anchored:
        raise _NoObjectError
    if isinstance(node, Sequence):
        return [_plain(item) for item, _ in node.items]
    found: dict[str, Any] = {}
    for key, value, alias in node.entries:
        if alias is not None or not isinstance(key, Scalar) or key.value in found:
            raise _NoObjectError
        found[key.value] = _plain(value)
    return found
