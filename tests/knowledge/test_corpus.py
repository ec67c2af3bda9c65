"""Real pipeline files: each is read without a crash, and as its hand-made truth says.

The files stay beside the checkout, because some of them carry no licence; without them nothing is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.pipelines import parse
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
PIPELINES = sorted((CORPUS / "pipelines").glob("*.yml"))
TRUTHS = sorted((CORPUS / "truth").glob("*.json"))

pytestmark = pytest.mark.skipif(not PIPELINES, reason="the collection of files is not beside the checkout")

#: Files whose one fault keeps Bitbucket from running a step, as the index of the collection says.
UNREADABLE = {
    "10002856340c_ETL-OpenSearch__bitbucket-pipelines",
    (
        "aws_aws-sam-cli-pipeline-init-templates__Bitbucket-Pipelines_two-stage-pipeline-template_-cookie-_"
        "bitbucket-pipelines@e7f0703"
    ),
    "ozunuane_pipelines-scripts__bitbucket_bitbucket-pipelines-2",
    "ravikant-85_Pro-DevOps__bitbucket-pipelines",
}

#: Needs of these steps are known from elsewhere (a script of the repository, the document around the
#: snippet), so the file alone cannot show them.
OUT_OF_SIGHT = ("needs_oidc", "cloud")


def name_of(path: Path) -> str:
    return path.stem if path.suffix == ".json" else path.name.removesuffix(".yml")


def read(name: str) -> PipelineFile:
    return parse((CORPUS / "pipelines" / f"{name}.yml").read_bytes())


def understood(step: PipelineStep) -> dict[str, Any]:
    """The step in the words of a truth file."""
    exported = [e.name for e in step.script.exports if e.exported and not e.command_only]
    return {
        "section": step.pipeline,
        "index": step.index + 1,
        "name": step.name,
        "line": step.at.line,
        "oidc_enabled": step.oidc.state is OidcState.ON,
        "needs_oidc": step.needs_oidc,
        "cloud": step.cloud,
        "deployment": step.deployment.text if step.deployment else None,
        "exports": list(dict.fromkeys(exported)),
        "pipe": [f"{pipe.name}:{pipe.version}" if pipe.version else pipe.name for pipe in step.script.pipes],
    }


def mismatches(file: PipelineFile, truth: dict[str, Any]) -> Iterator[str]:
    """One line for each field that is not as it should be."""
    wanted = truth["steps"]
    if len(file.steps) != len(wanted):
        yield f"{len(file.steps)} steps instead of {len(wanted)}"
    for step, want in zip(file.steps, wanted, strict=False):
        for field, value in understood(step).items():
            if field in OUT_OF_SIGHT and want["needs_oidc"] and not want["visible_in_yaml"]:
                continue
            right = list(dict.fromkeys(want[field])) if field == "exports" else want[field]
            if value != right:
                yield f"{want['step']}: {field} is {value!r} instead of {right!r}"


@pytest.mark.parametrize("path", PIPELINES, ids=name_of)
def test_every_real_file_is_understood_or_refused_in_words(path: Path) -> None:
    file = read(name_of(path))

    fatal = [problem for problem in file.problems if problem.fatal]
    assert bool(fatal) is (name_of(path) in UNREADABLE)
    assert bool(file.steps) is not bool(fatal)
    assert all(problem.sentence.endswith((".", "?")) for problem in file.problems)


@pytest.mark.parametrize("path", TRUTHS, ids=name_of)
def test_the_steps_are_those_of_the_truth_file(path: Path) -> None:
    truth = json.loads(path.read_text(encoding="utf-8"))

    assert list(mismatches(read(name_of(path)), truth)) == []


@pytest.mark.parametrize("path", PIPELINES, ids=name_of)
def test_every_place_points_at_what_it_is_said_to_hold(path: Path) -> None:
    file = read(name_of(path))
    lines = file.text.split("\n")

    for step in file.steps:
        assert lines[step.at.line - 1][step.at.column - 1 :].startswith(("step", "*", "stage", "- "))
        for key, at in step.keys:
            assert lines[at.line - 1][at.column - 1 :].lstrip("'\"").startswith(key)
        for text, at in step.script_text:
            start = lines[at.line - 1][at.column - 1 :]
            assert start.startswith(("'", '"', "|", ">", text.split()[0]))


@pytest.mark.parametrize("path", PIPELINES, ids=name_of)
def test_a_file_whose_author_never_thought_of_oidc_has_no_stray_key(path: Path) -> None:
    file = read(name_of(path))

    if "oidc" not in file.text.lower():
        assert file.stray_oidc == ()


class Inlined(yaml.SafeDumper):
    """Writes every alias out in full."""

    def ignore_aliases(self, data: object) -> bool:
        return True


@pytest.mark.parametrize("path", [path for path in PIPELINES if name_of(path) not in UNREADABLE], ids=name_of)
def test_anchors_written_out_in_full_change_nothing_but_places(path: Path) -> None:
    file = read(name_of(path))
    tree = yaml.safe_load(file.text)
    inlined = parse(yaml.dump(tree, Dumper=Inlined, sort_keys=False, allow_unicode=True, width=10_000))

    def told(step: PipelineStep) -> dict[str, Any]:
        keys = {"keys": {key for key, _ in step.keys}, "script": [text for text, _ in step.script_text]}
        return {**understood(step), **keys, "line": None, "basis": step.needs_basis, "image": step.image}

    assert [told(step) for step in inlined.steps] == [told(step) for step in file.steps]
