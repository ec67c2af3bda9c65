"""Programs of the repository: what they do stands in another file."""

from __future__ import annotations

import re

from knowledge.pipelines.shell_programs import Program

#: They run what a file of the repository says, whatever their arguments.
_RUNNERS = frozenset([
    "make", "gmake", "just", "task", "rake", "ant", "gradle", "gradlew", "mvn", "mvnw", "tox", "nox",
    "invoke", "fab", "ansible-playbook", "docker-compose", "skaffold", "bazel", "mage", "grunt", "gulp",
    "lerna", "nx", "turbo", "start-runner",
])  # fmt: skip
_INTERPRETERS = {
    "sh": "sh",
    "bash": "sh",
    "zsh": "sh",
    "dash": "sh",
    "python": "py",
    "python3": "py",
    "node": "js",
    "deno": "ts",
    "bun": "ts",
    "ts-node": "ts",
    "tsx": "ts",
    "ruby": "rb",
    "php": "php",
    "perl": "pl",
    "pwsh": "ps1",
    "powershell": "ps1",
}
#: Subcommands that install or build, and run nothing of the repository that could need a cloud.
_SCRIPTS = {
    "npm": frozenset({"run", "run-script", "start", "test", "t", "publish"}),
    "yarn": frozenset({"deploy", "start", "test", "build", "publish"}),
    "pnpm": frozenset({"run", "start", "test", "publish", "deploy"}),
    "composer": frozenset({"run", "run-script"}),
    "go": frozenset({"run"}),
    "cargo": frozenset({"run", "make", "xtask", "lambda"}),
    "dotnet": frozenset({"run"}),
    "poetry": frozenset({"run"}),
    "docker": frozenset({"run", "compose"}),
}


def hidden_program(program: Program) -> str | None:
    """The program as written, if its doing stands in another file; else None."""
    name, values = program.name, program.values()
    words = [value for value in values if value and not value.startswith("-")]
    path = program.path
    if name in _INTERPRETERS or re.fullmatch(r"python3\.\d+", name):
        module = "-m" in values and name.startswith("python")
        code = "-c" in values or ("-e" in values and _INTERPRETERS.get(name) != "sh")
        if module or not words or code:
            return (
                None if not module or _HARMLESS.match(words[0] if words else "") else f"{name} -m {words[0]}"
            )
        return f"{name} {words[0]}"
    if name in _RUNNERS:
        return name
    if program.runner is not None and name not in _HARMLESS_SCRIPTS:
        return f"{program.runner} {name}"
    if name in _SCRIPTS and words and words[0] in _SCRIPTS[name]:
        return " ".join([name, *words[:2]])
    if "/" in path and not path.startswith(("/usr/", "/bin/", "/opt/", "~", "$HOME", "/root/")):
        return path
    return None


#: Words behind a package manager that install, test or check.
_HARMLESS_SCRIPTS = frozenset([
    "install", "add", "remove", "ci", "i", "cache", "config", "set", "global", "version", "test", "lint",
    "format", "audit", "link", "import", "prune", "store", "build", "tsc", "jest", "vitest", "eslint",
    "prettier", "pytest", "ruff", "black", "flake8", "mypy", "lock", "sync", "export", "pip", "outdated",
    "why", "workspace",
])  # fmt: skip
#: Modules of Python that install, test or build.
_HARMLESS = re.compile(
    r"pip|venv|virtualenv|pytest|unittest|json|compileall|build|twine|mypy|flake8|black|ruff|http|$"
)
