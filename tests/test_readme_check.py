"""The README's section "Check a file" is true: its file gives its output, to the letter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.test_readme import README, ROOT, fenced

SECTION = README.partition("## Check a file")[2].partition("\n## ")[0]


def check(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "check", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
    )


def test_the_broken_file_gives_the_shown_output(tmp_path: Path) -> None:
    broken, shown = fenced("Of this file"), fenced("it says\n")
    assert broken in SECTION
    assert shown in SECTION

    result = check("-", stdin=broken)
    assert (result.stdout, result.stderr, result.returncode) == (shown, "", 1)


def test_the_shown_change_mends_it() -> None:
    broken, shown = fenced("Of this file"), fenced("it says\n")
    removed = [line[5:] for line in shown.splitlines() if line.startswith("    -") and line[4:7] != "---"]
    added = [line[5:] for line in shown.splitlines() if line.startswith("    +") and line[4:7] != "+++"]
    assert removed
    mended = broken
    for old, new in zip(removed, added, strict=True):
        assert mended.count(f"{old}\n") == 1
        mended = mended.replace(f"{old}\n", f"{new}\n")

    result = check("-", stdin=mended)
    assert result.returncode == 0
    assert all(": Warning: " in line for line in result.stdout.splitlines() if not line.startswith("    "))


def test_the_named_options_exist() -> None:
    assert "--json" in SECTION
    assert "--sarif" in SECTION
    for option in ("--json", "--sarif"):
        assert check(option, "-", stdin=fenced("Of this file")).returncode == 1
