"""The Home tab of the app: what it does, what it may read, what it has answered. One view for one person.

https://docs.slack.dev/surfaces/app-home
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from handlers.ports import Past
from handlers.render.blocks import (
    Block,
    Element,
    actions,
    button,
    context,
    header,
    items,
    preformatted,
    rich,
    section,
)
from handlers.render.escape import leaves, link, plain
from handlers.render.limits import cut_end
from knowledge.catalogue import CATALOGUE
from knowledge.frozen import dataclass
from knowledge.words import code

OPEN_FORM = "home_diagnose"
"""Action id of the button that opens the form of the global shortcut."""
DAYS = 30
_MINE = 5
_BARS = 8
_BAR = 24
_NAME = 34
_CHANNELS = 10
_FOUND = 400

_ABOUT = (
    "Paste the error of a failed pipeline into one of the channels below, and the answer comes in its "
    "thread: what is wrong, where it was read, and the change that mends it. In threads: “Diagnose this "
    "message” in the message's menu. For your eyes only: `/oidc workspace/repository`. All of it: "
    "`/oidc help`."
)


@dataclass(frozen=True, slots=True)
class Home:
    """What one viewer's tab shows. `answered` are answers of the last `DAYS` days, newest first, each job
    once; `reads` are sentences on what the bot is set up to read, and what not, `found` on how that goes;
    `team_url` is the workspace's address at Slack, empty when it is not known."""

    viewer: str
    channels: Sequence[str]
    reads: Sequence[str]
    found: Sequence[str]
    answered: Sequence[Past]
    team_url: str = ""


def home_view(home: Home) -> dict[str, Any]:
    """The view for `views.publish`."""
    blocks: list[Block] = [
        header("Why can this pipeline not log in to its cloud?"),
        rich([section(leaves(_ABOUT))]),
        actions([button(OPEN_FORM, "Diagnose a pipeline", "home", primary=True)], "home"),
        header("Where it answers"),
        rich([items([_channel(channel)] for channel in home.channels[:_CHANNELS])]),
        context(_elsewhere(len(home.channels) - _CHANNELS)),
        header("What it may read"),
        rich([items(leaves(sentence) for sentence in home.reads)]),
        rich([items(leaves(cut_end(sentence, _FOUND)) for sentence in home.found)]),
        header("Your last diagnoses"),
        *_mine(home),
        header(f"Causes of the last {DAYS} days"),
        *_causes(home.answered),
    ]
    return {"type": "home", "blocks": blocks}


def _elsewhere(left: int) -> str:
    """What holds beside the channels listed, of which `left` are not shown."""
    more = f"And in {left} more. " if left > 0 else ""
    return f"{more}Elsewhere it reads nothing and says nothing."


def _channel(channel: str) -> Element:
    return {"type": "channel", "channel_id": channel}


def _mine(home: Home) -> Sequence[Block]:
    """Those that the viewer asked for: a thread of somebody else may stand in a channel that the viewer is
    not in."""
    own = [past for past in home.answered if past.user and past.user == home.viewer]
    if not own:
        return [context(f"You have asked for none in the last {DAYS} days.")]
    return [rich([items(_line(past, home.team_url) for past in own[:_MINE])])]


def _line(past: Past, team_url: str) -> Sequence[Element]:
    title = (
        CATALOGUE[past.cause].title if past.cause in CATALOGUE else _UNNAMED.get(past.kind, "No cause found")
    )
    where = f", {code(past.repository)}" if past.repository else ""
    sure = f" ({past.verdict})" if past.verdict else ""
    made = leaves(f"{cut_end(title, 120).rstrip('.')}{sure}{where}, {past.at:%d %B}, ")
    place = None if past.ephemeral else link(thread_url(team_url, past.channel, past.root), "open the thread")
    return [*made, place or _channel(past.channel)]


_UNNAMED = {
    "question": "Not known yet which repository",
    "refusal": "Not spoken about",
    "apology": "Broken off",
}


def thread_url(team_url: str, channel: str, root: str) -> str | None:
    """The address of a message at Slack, as its menu's "Copy link" gives it; None without the workspace's."""
    return f"{team_url.rstrip('/')}/archives/{channel}/p{root.replace('.', '')}" if team_url else None


def _causes(answered: Sequence[Past]) -> Sequence[Block]:
    """How often each cause was named, as bars; no repository and no person in it."""
    counts = Counter(past.cause for past in answered if past.cause)
    if not counts:
        return [context("None was named yet.")]
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    most = ranked[0][1]
    width = min(max(len(cause) for cause, _ in ranked[:_BARS]), _NAME)
    lines = [
        f"{plain(cause)[:_NAME]:<{width}}  {'█' * max(1, round(_BAR * count / most))} {count}"
        for cause, count in ranked[:_BARS]
    ]
    left = len(ranked) - _BARS
    shown: list[Block] = [rich([preformatted("\n".join(lines))])]
    if left > 0:
        shown.append(context(f"And {left} more causes, each named less often."))
    return shown
