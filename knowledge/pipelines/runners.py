"""On whose machine a step runs, and which shell reads its script there.

https://support.atlassian.com/bitbucket-cloud/docs/configure-your-runner-in-bitbucket-pipelines-yml/
"""

from __future__ import annotations

from knowledge.pipelines.nodes import Document, Mapping, Node, Slot
from knowledge.pipelines.script import string_items


def self_hosted(document: Document, slots: dict[str, Slot]) -> bool:
    """Whether these keys of a step ask for a runner of one's own."""
    runtime = slots["runtime"].value if "runtime" in slots else None
    if isinstance(runtime, Mapping) and "self-hosted" in document.slots(runtime):
        return True
    return "runs-on" in slots and labels_self_hosted(slots["runs-on"].value)


def labels_self_hosted(node: Node | None) -> bool:
    """Whether `runs-on` asks for a runner of one's own: any label does, `self.hosted` or not."""
    return any(string_items(node))


def labels_windows(node: Node | None) -> bool:
    """Whether `runs-on` asks for a runner on Windows, whose scripts are read by PowerShell.

    https://support.atlassian.com/bitbucket-cloud/docs/set-up-runners-for-windows/
    """
    return any(label.casefold() == "windows" for label in string_items(node))
