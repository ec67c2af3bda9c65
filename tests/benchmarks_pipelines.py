"""How long it takes to understand a pipeline file with all its places, and to refuse a bomb.

A script is read as the shell reads it when somebody asks what it does, so reading a file is measured three
times: alone, with every script of it, and with all that the rules ask of it. A run whose step is known needs
the first and one script; `check` needs the last.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis
from knowledge.pipelines import parse
from knowledge.pipelines.edit import set_step_key
from knowledge.reading import Known
from knowledge.suspects import choose_suspects

#: A large real file has about as many lines and anchors.
LINES = 725
ANCHORS = 60


def large_file(anchors: int = ANCHORS, team: int = 0) -> str:
    """A file of 725 lines for 60 anchors: anchored steps with logins of several kinds, used by alias and by
    merge key in branches, a custom pipeline and parallel groups. The scripts of no two teams are alike, so
    that nothing is remembered from one to the next."""
    parts = ["image: acme/build:2.17\n\ndefinitions:\n  caches:\n    tool: ~/.cache/tool\n  steps:\n"]
    for number in range(anchors):
        login = (
            f"          - export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/acme-{team}-{number}\n"
            f'          - export AWS_WEB_IDENTITY_TOKEN_FILE="$HOME/.token-{team}"\n'
            '          - printf \'%s\' "$BITBUCKET_STEP_OIDC_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE"\n'
            f'          - aws s3 sync "build/{team}-{number}" s3://acme-{team}-{number} --delete\n'
            if number % 2
            else f"          - |\n            set -e\n            make t{team}-{number}\n            make\n"
        )
        parts.append(
            f"    - step: &work-{number}\n        name: Work {number}\n"
            f"        oidc: {'true' if number % 3 else 'false'}\n        script:\n{login}"
        )
    parts.append("pipelines:\n  branches:\n")
    uses = 0
    while uses < anchors:
        parts.append(f"    branch-{uses}:\n      - parallel:\n")
        parts += [f"          - step: *work-{number}\n" for number in range(uses, min(uses + 4, anchors))]
        uses += 4
    parts.append("  custom:\n    everything:\n")
    merged = (
        "      - step: {{<<: *work-{number}, deployment: production}}\n",
        "      - step:\n          <<: *work-{number}\n          deployment: production\n",
    )
    parts += [merged[number % 2].format(number=number) for number in range(anchors)]
    text = "".join(parts)
    missing = LINES * anchors // ANCHORS - text.count("\n")
    return text + "# the end\n" * max(0, missing)


def merge_bomb() -> str:
    layers = "".join(
        f"b{n}: &b{n}\n  <<: [{', '.join([f'*b{n - 1}'] * 10)}]\n  k{n}: 1\n" for n in range(1, 40)
    )
    return f"b0: &b0 {{k: 1}}\n{layers}pipelines:\n  default:\n    - step:\n        <<: *b39\n"


def alias_bomb() -> str:
    layers = "".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 10)}]\n" for n in range(1, 30))
    return f"b0: &b0 [x]\n{layers}pipelines:\n  default: *b29\n"


def nested_groups() -> str:
    group = "g{0}: &g{0}\n  - parallel:\n      - parallel: *g{1}\n      - stage: {{steps: *g{1}}}\n"
    layers = "".join(group.format(number, number - 1) for number in range(1, 40))
    return f"g0: &g0\n  - step: {{script: [x]}}\n{layers}pipelines:\n  default: *g39\n"


def best(call: Callable[[int], object], times: int = 15) -> float:
    """Milliseconds of the quickest call, each with a number of its own: what the work itself takes."""
    found = []
    for number in range(times):
        start = time.perf_counter()
        call(number)
        found.append(time.perf_counter() - start)
    return min(found) * 1000


def _read(text: str, _: int) -> object:
    return parse(text)


def _with_scripts(text: str) -> object:
    return [(step.script, step.needs_oidc) for step in parse(text).steps]


def _with_rules(text: str) -> Diagnosis:
    file = parse(text)
    return diagnose(CaseFile(pipeline_file=Known(file, file.path), suspects=choose_suspects(file)))


def measure() -> list[tuple[str, float, float]]:
    """Rows of what (with its unit), the figure, and the bar."""
    texts, unread, unasked = (
        [large_file(team=number) for number in range(first, first + 20)] for first in (1, 101, 201)
    )
    longer = [large_file(ANCHORS * 8, team=number) for number in range(21, 27)]
    assert {text.count("\n") for text in texts} == {LINES}
    file = parse(texts[0])
    step = file.steps[-1]
    edited = [replace(file, text=f"{file.text}# {number}\n") for number in range(15)]
    once = best(lambda number: parse(texts[number]), times=len(texts))
    eightfold = best(lambda number: parse(longer[number]), times=len(longer))
    bombs = (
        ("refuse 8 MB of text (ms)", "- a\n" * 2_000_000),
        ("refuse 40 layers of ten merges (ms)", merge_bomb()),
        ("refuse 30 layers of ten aliases (ms)", alias_bomb()),
        ("refuse 40 layers of groups in groups (ms)", nested_groups()),
        ("refuse 100,000 open brackets (ms)", "[" * 100_000),
    )
    return [
        ("parse, 725 lines with 60 anchors, never seen before (ms)", once, 12),
        ("parse it once more, as a tried fix does (ms)", best(lambda _: parse(texts[0])), 12),
        (
            "parse, and read every script and need (ms)",
            best(lambda number: _with_scripts(unread[number]), times=len(unread)),
            float("inf"),
        ),
        (
            "parse, and ask every rule about all of its steps (ms)",
            best(lambda number: _with_rules(unasked[number]), times=8),
            float("inf"),
        ),
        ("parse eight times as much, by line against the first figure (ratio)", eightfold / once / 8, 1.5),
        (
            "put `oidc: true` into its last step (ms)",
            best(lambda number: set_step_key(edited[number], step, "oidc", "true")),
            20,
        ),
        *((what, best(partial(_read, bomb), times=5), 40) for what, bomb in bombs),
    ]
