"""Which files of a message are worth fetching, and which messages go on only for what their files may say."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.attached import attached, is_text
from handlers.gate import Ignore, Me, Proceed, decide
from handlers.ports import Paste
from tests.handlers import payloads
from tests.handlers.edge import edge
from tests.handlers.payloads import BOT, BOT_USER, CHANNEL, ERROR, RUN, TEAM

ME = Me(
    team=TEAM, bot_id=BOT, bot_user_id=BOT_USER, watched=frozenset({CHANNEL}), workspaces=frozenset({"acme"})
)
URL = "https://files.slack.com/files-pri/T1-F1/download/untitled.txt"


def file(**more: Any) -> dict[str, Any]:
    """A snippet as Slack's samples have it: 84 lines, of which the first five come along."""
    return {
        "id": "F1",
        "name": "Untitled.txt",
        "mimetype": "text/plain",
        "filetype": "text",
        "size": 5_321,
        "mode": "snippet",
        "is_external": False,
        "url_private": URL.replace("/download", ""),
        "url_private_download": URL,
        "preview": "+ aws sts get-caller-identity",
        "lines": 84,
        "lines_more": 79,
        "preview_is_truncated": False,
        "file_access": "visible",
        **more,
    }


WORTH = {
    "a snippet": file(),
    "numbers as text": file(lines_more="79"),
    "a preview that is cut": file(lines_more=0, preview_is_truncated=True),
    "no preview": file(lines_more=0, preview=None),
    "a log that is kept": file(mode="hosted", filetype="log"),
    "text by its name": file(
        mode="hosted", filetype="binary", mimetype="application/octet-stream", name="step.log"
    ),
    "no name": file(name=None),
    "JSON": file(mimetype="application/json", filetype="json"),
    "a stub of a shared channel": {"id": "F1", "file_access": "check_file_info"},
}
NOT_WORTH = {
    "the message shows it whole": file(lines_more=0),
    "a picture": file(mode="hosted", mimetype="image/png", filetype="png", name="screen.png"),
    "a picture that calls itself a log": file(
        mode="hosted", mimetype="image/png", filetype="png", name="x.log"
    ),
    "an archive": file(mode="hosted", mimetype="application/zip", filetype="zip", name="logs.zip"),
    "it lies elsewhere": file(is_external=True, mode="external"),
    "it is deleted": file(mode="tombstone"),
    "it is hidden": file(mode="hidden_by_limit"),
    "it may not be seen": file(file_access="access_denied"),
    "it is not there": file(file_access="file_not_found"),
    "it is empty": file(size=0),
    "it has no id": file(id=None),
    "its id is odd": file(id="../F1"),
    "it is no object": "F1",
}


@pytest.mark.parametrize("given", WORTH.values(), ids=WORTH.keys())
def test_a_text_file_that_says_more_than_the_message_shows_is_worth_fetching(given: dict[str, Any]) -> None:
    (found,) = attached({"files": [given]})

    assert found.id == "F1"
    assert found.url == given.get("url_private_download")


@pytest.mark.parametrize("given", NOT_WORTH.values(), ids=NOT_WORTH.keys())
def test_other_files_are_not(given: Any) -> None:
    assert attached({"files": [given]}) == ()


def test_of_many_files_the_first_three_are_looked_at() -> None:
    many = [file(id=f"F{number}") for number in range(50)]

    assert [one.id for one in attached({"files": many})] == ["F0", "F1", "F2"]
    assert attached({"files": "F1"}) == ()
    assert is_text(file())


def shared(text: str = "", *files: dict[str, Any], **more: Any) -> dict[str, Any]:
    return payloads.message(text, subtype="file_share", files=list(files or (file(),)), **more)


def test_a_file_that_may_hold_a_failure_goes_on_as_unsure_with_its_id() -> None:
    asks = decide(shared("log attached"), ME)

    assert isinstance(asks, Proceed)
    assert (asks.unsure, asks.files, asks.file_urls) == (True, ("F1",), {"F1": URL})
    assert (asks.text, asks.preview) == ("log attached", "+ aws sts get-caller-identity")


@pytest.mark.parametrize(
    "event",
    [
        shared(ERROR),
        shared("", file(preview=f"+ aws sts\n{ERROR}")),
        shared(f"<@{BOT_USER}> have a look"),
        payloads.mention(f"<@{BOT_USER}> have a look", files=[file()]),
    ],
    ids=["its comment says so", "its preview says so", "the bot is asked by name", "a mention"],
)
def test_a_message_that_asks_without_its_file_is_sure(event: dict[str, Any]) -> None:
    asks = decide(event, ME)

    assert isinstance(asks, Proceed)
    assert (asks.unsure, asks.files) == (False, ("F1",))


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (shared("", file(lines_more=0)), "no-failure"),
        (shared("see the picture", file(mimetype="image/png", filetype="png", mode="hosted")), "no-failure"),
        (shared("solved, log attached"), "no-failure"),
        (shared("log", channel="C2"), "channel"),
        (shared("log", bot_id=BOT), "own-post"),
        (shared("log", user_team="T2"), "other-team"),
    ],
)
def test_a_file_alone_changes_nothing_about_who_is_left_alone(event: dict[str, Any], reason: str) -> None:
    assert decide(event, ME) == Ignore(reason)


def test_what_slack_adds_to_a_message_with_a_file_is_no_edit() -> None:
    """After an upload it reports the same message again, its file with a preview now."""
    event = payloads.changed("log", "log", edited=None, files=[file()])
    event["previous_message"]["files"] = [file(preview=None, lines_more=None)]

    assert decide(event, ME) == Ignore("same-text")


def test_a_file_that_is_added_later_is_an_edit() -> None:
    assert isinstance(decide(payloads.changed("log", "log", files=[file()]), ME), Proceed)


async def test_message_and_mention_with_a_file_are_one_paste_and_its_address_is_not_stored() -> None:
    text = f"<@{BOT_USER}> see {RUN}"
    async with edge() as edge_:
        await edge_.send(payloads.event(shared(text)))
        await edge_.send(payloads.event(payloads.mention(text, files=[file()])))

        (paste,) = edge_.accepted
        assert paste.files == ("F1",)
        assert paste.file_urls == {"F1": URL}
        assert "files.slack.com" not in repr(paste.to_json())
        assert Paste.from_json(paste.to_json()) == paste


async def test_the_shortcut_takes_the_message_with_its_file() -> None:
    async with edge() as edge_:
        await edge_.interact(payloads.message_shortcut(shared("")))

        (paste,) = edge_.accepted
        assert (paste.files, paste.unsure, paste.way_in) == (("F1",), False, "shortcut")
