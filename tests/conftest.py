"""No network but loopback, nothing of the developer's environment, no terminal colours."""

from __future__ import annotations

import os
import tempfile

import pytest

# The PostgreSQL that some tests start wants a private folder, and asks for it when it is imported.
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="rolecall-")

KEPT = {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]) -> None:
    """Settings of the machine that runs the tests never decide their outcome."""
    for name in list(os.environ):
        if name not in KEPT:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
