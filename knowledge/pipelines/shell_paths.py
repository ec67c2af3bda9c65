"""Paths as a script writes them, brought to one form so that two spellings of a file are known as one."""

from __future__ import annotations

import re

_QUOTES = str.maketrans("", "", "\"'")
_HERE = re.compile(r"\$\(pwd\)|`pwd`|\$\{PWD\}|\$\{?BITBUCKET_CLONE_DIR\}?")
_HOME = re.compile(r"^~(?=/)|\$\{HOME\}")


def plain_path(path: str) -> str:
    """The path without quotes; what is relative, or begins with the clone's directory, begins with `$PWD/`,
    what is in the home with `$HOME/`."""
    bare = path.strip().translate(_QUOTES)
    bare = _HOME.sub("$HOME", _HERE.sub("$PWD", bare)).removeprefix("./")
    return bare if bare.startswith(("/", "$", "`")) else f"$PWD/{bare}"


def same_file(one: str, other: str, *, moves: bool = False) -> bool | None:
    """Whether two paths as written are one file; None when that cannot be told. With `moves` the script
    changes its directory, so that a relative path may lead anywhere."""
    told = [plain_path(path) for path in (one, other)]
    if told[0] == told[1]:
        return True
    if any(re.search(r"\$(?!PWD/|HOME/)|`", path) for path in told):
        return None
    roots = [path.split("/", 1)[0] for path in told]
    if told[0].rsplit("/", 1)[-1] != told[1].rsplit("/", 1)[-1]:
        return False
    return None if roots[0] != roots[1] or (moves and "$PWD" in roots) else False


def assigned_path(name: str, text: str) -> str | None:
    """What the line assigns to the variable, as written: a value that a command makes has no other form."""
    found = re.search(rf"\b{re.escape(name)}=(?P<path>\"[^\"]*\"|'[^']*'|\$\([^)]*\)\S*|\S*)", text)
    return found["path"] if found else None
