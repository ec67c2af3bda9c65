"""The page's colours: readable in both themes (WCAG 2.2, success criteria 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re

import pytest

from bot.playground.server import PAGE

SHEET = (PAGE / "page.css").read_text(encoding="utf-8")
TEXT = [
    ("ink", "ground"),
    ("ink", "raised"),
    ("soft", "ground"),
    ("soft", "raised"),
    ("soft", "sunk"),
    ("link", "ground"),
    ("link", "raised"),
    ("code-ink", "code-ground"),
    ("ink", "code-ground"),
    ("ink", "tint"),
    ("accent-ink", "accent"),
    ("danger", "ground"),
    ("danger", "raised"),
    ("danger", "sunk"),
    ("side-ink", "side"),
    ("side-soft", "side"),
    ("side-soft", "side-hover"),
]


def colours(selector: str) -> dict[str, str]:
    """The colour variables of the sheet's block `selector`."""
    block = SHEET.split(f"\n{selector} {{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-fA-F]{6});", block))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [":root", ':root[data-theme="dark"]'], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(theme: str) -> None:
    sheet = colours(theme)
    ratios = {f"{front} on {back}": contrast(sheet[front], sheet[back]) for front, back in TEXT}

    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", [":root", ':root[data-theme="dark"]'], ids=["light", "dark"])
def test_the_focus_ring_stands_out(theme: str) -> None:
    sheet = colours(theme)

    assert min(contrast(sheet["focus"], sheet[back]) for back in ("ground", "raised", "sunk")) >= 3


def test_the_system_s_dark_is_the_switch_s_dark() -> None:
    """The two blocks of the sheet must not drift apart."""
    followed = SHEET.split(':root[data-theme="auto"] {', 1)[1].split("}", 1)[0]

    assert dict(re.findall(r"--([a-z-]+): (#[0-9a-fA-F]{6});", followed)) == colours(
        ':root[data-theme="dark"]'
    )
