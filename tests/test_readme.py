"""The README is true: its reply is the bot's, its settings and scopes are those of the program."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def fenced(after: str) -> str:
    """The first fenced block behind the words `after`."""
    found = re.search(
        r"^(?P<fence>`{3,})\w*\n(?P<text>.*?)^(?P=fence)$",
        README.partition(after)[2],
        re.DOTALL | re.MULTILINE,
    )
    assert found is not None
    return found["text"]


def test_the_shown_reply_is_the_very_reply() -> None:
    """To the letter, with the addresses of the links left out as Slack leaves them out."""
    paste = ROOT / "bot" / "playground" / "example" / "storefront" / "paste.txt"
    result = subprocess.run(
        [sys.executable, "-m", "bot", "try", "--once", str(paste)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "NO_COLOR": "1"},
    )
    reply = result.stdout.partition("\nRolecall\n")[2].partition("\nSlack, Bitbucket and AWS are stand-ins")[
        0
    ]
    shown = re.sub(r" \(https://[^)\s]*\)", "", reply)

    assert [line.removeprefix("  ").rstrip() for line in shown.strip().splitlines()] == [
        line.rstrip() for line in fenced("and its reply in the thread").strip().splitlines()
    ]
    assert paste.read_text(encoding="utf-8").strip() == fenced("A paste and its reply").strip()


def test_every_setting_is_named() -> None:
    names = {str(field.alias) for field in Settings.model_fields.values() if field.alias}
    later = {"BITBUCKET_WRITE_TOKEN", "BITBUCKET_WRITE_EMAIL"}

    assert {name for name in names - later if f"`{name}`" not in README and f"{name}=" not in README} == set()


def test_every_scope_of_the_manifests_has_its_reason() -> None:
    for name in ("manifest.yaml", "manifest.socket.yaml"):
        manifest = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        scopes = manifest["oauth_config"]["scopes"]
        for scope in (*scopes["bot"], *scopes["bot_optional"]):
            assert f"| Slack `{scope}`" in README


def test_both_manifests_are_one_app() -> None:
    """They differ in the transport alone."""
    http, socket = (
        yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        for name in ("manifest.yaml", "manifest.socket.yaml")
    )
    assert (http["settings"]["socket_mode_enabled"], socket["settings"]["socket_mode_enabled"]) == (
        False,
        True,
    )
    address = http["settings"]["event_subscriptions"].pop("request_url")
    assert address == http["settings"]["interactivity"].pop("request_url")
    assert address == http["features"]["slash_commands"][0].pop("url")
    assert address.endswith("/slack/events")
    http["settings"]["socket_mode_enabled"] = True

    assert http == socket


def test_the_files_it_links_to_are_there() -> None:
    links = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]

    assert links
    assert [target for target in links if not (ROOT / target).exists()] == []


def test_its_commands_exist() -> None:
    from bot.__main__ import COMMANDS

    used = set(re.findall(r"python -m bot (\w+)", README))

    assert used
    assert used <= set(COMMANDS)
