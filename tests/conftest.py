"""No network but loopback, nothing of the developer's environment, no terminal colours."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# The PostgreSQL that some tests start wants a private folder, and asks for it when it is imported.
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="rolecall-")

KEPT = {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST"}


@pytest.fixture(scope="session", autouse=True)
def _empty_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of tests that ask for no folder of their own: to make one costs more than most of them. It is
    empty for each of them, as nothing is ever written there. The machine's settings go here, once."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - KEPT:
            patch.delenv(name)
        yield home
    written = sorted(path.name for path in home.iterdir())
    assert not written, f"a test without `tmp_path` wrote to its home: {written}"


@pytest.fixture(autouse=True)
def _clean_environment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _empty_home: Path
) -> None:
    """Settings of the machine that runs the tests never decide their outcome."""
    for name in set(os.environ) - KEPT:
        monkeypatch.delenv(name)
    owns = "tmp_path" in request.fixturenames
    monkeypatch.setenv("HOME", str(request.getfixturevalue("tmp_path") if owns else _empty_home))
    monkeypatch.setenv("NO_COLOR", "1")
