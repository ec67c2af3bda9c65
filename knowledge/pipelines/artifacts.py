"""Artifacts: the files of a step's clone that are kept when it ends, and handed to later steps.

https://support.atlassian.com/bitbucket-cloud/docs/use-artifacts-in-steps/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.pipelines.model import Value
from knowledge.pipelines.nodes import Document, Mapping, Node, Sequence, text_of

#: Lists of paths stand in lists of artifacts, and these in `upload`.
_NESTING = 4
_SIGN = re.compile(r"\*\*/?|\*|\?|\{[^{}]*\}|\[[^]]*\]")


def artifacts_of(document: Document, node: Node | None, room: int = _NESTING) -> Iterator[Value]:
    """The patterns below `artifacts`: a list of them, or mappings with `paths` or `upload`."""
    if isinstance(node, Sequence) and room > 0:
        for item, _ in node.items:
            if text_of(item) is not None:
                yield document.value(item)
            elif isinstance(item, Mapping):
                yield from artifacts_of(document, item, room - 1)
    elif isinstance(node, Mapping):
        slots = document.slots(node)
        for key in ("paths", "upload"):
            if key in slots:
                yield from artifacts_of(document, slots[key].value, room - 1)


def is_wild(pattern: str) -> bool:
    """Whether the pattern may stand for files that nobody named."""
    return _SIGN.search(pattern) is not None


def matches(pattern: str, path: str) -> bool:
    """Whether the pattern covers the file, both relative to the clone: `*` stays within a folder, `**` does
    not. A hidden file is only covered by a pattern that begins as it does: whether others cover it is not
    documented.
    """
    name = path.rsplit("/", 1)[-1]
    if name.startswith(".") and not pattern.rsplit("/", 1)[-1].startswith("."):
        return False
    form, end = [], 0
    for sign in _SIGN.finditer(pattern):
        form.append(re.escape(pattern[end : sign.start()]))
        form.append(_as_expression(sign[0]))
        end = sign.end()
    form.append(re.escape(pattern[end:]))
    return re.fullmatch("".join(form), path) is not None


def _as_expression(sign: str) -> str:
    if sign == "**/":
        return "(?:[^/]+/)*"
    if sign.startswith("{"):
        return "(?:" + "|".join(re.escape(part) for part in sign[1:-1].split(",")) + ")"
    # Sets of characters are not followed: taken for a sign that stands for one.
    return {"**": ".*", "*": "[^/]*"}.get(sign, "[^/]")
