"""Text to `PipelineFile`: every stage of reading in its order. It never raises."""

from __future__ import annotations

import yaml

from knowledge.pipelines.blocks import Blocks
from knowledge.pipelines.decode import decode
from knowledge.pipelines.faults import alias_fault, too_much, yaml_fault
from knowledge.pipelines.load import UndefinedAliasError, load
from knowledge.pipelines.model import Oidc, PipelineFile, Problem, StrayOidc
from knowledge.pipelines.nodes import Document, Mapping, Scalar, Sequence, TooMuchError, text_of
from knowledge.pipelines.oidc import KEY, Stray, misplaced_in, misspelt_in, oidc_of
from knowledge.pipelines.repeats import repeated_keys
from knowledge.pipelines.runners import labels_self_hosted, labels_windows
from knowledge.pipelines.steps import FileWide, Steps, image_of

DEFAULT_PATH = "bitbucket-pipelines.yml"

#: Nobody reads on after so many problems of one file.
_TOLD = 100


def parse(text: str | bytes, path: str = DEFAULT_PATH) -> PipelineFile:
    """A pipeline file as Bitbucket reads it. It never raises: what keeps the file, or a part of it, from
    being understood is in `problems`.

    Bytes are decoded as UTF-8; a byte order mark is dropped.
    """
    decoded, problem = decode(text)
    if problem is not None:
        return PipelineFile(path, decoded, problems=(problem,))
    try:
        document = load(decoded)
    except yaml.YAMLError as error:
        return PipelineFile(path, decoded, problems=(yaml_fault(decoded, error),))
    except UndefinedAliasError as error:
        return PipelineFile(path, decoded, problems=(alias_fault(Document(decoded, None), error),))
    except TooMuchError as error:
        return PipelineFile(path, decoded, problems=(too_much(Document(decoded, None), error),))
    try:
        return _read(document, path)
    except TooMuchError as error:
        return PipelineFile(path, decoded, problems=(too_much(document, error),))


def changed(file: PipelineFile, text: str) -> PipelineFile:
    """`file` with this text in place of its own. Who makes a change and who tries it read the same text: it
    is read once, and kept with the file."""
    if text == file.text:
        return file
    known: dict[str, PipelineFile] = file.worked_out.setdefault(changed.__qualname__, {})
    if text not in known:
        known[text] = parse(text, file.path)
    return known[text]


def _read(document: Document, path: str) -> PipelineFile:
    root = document.root
    slots = document.slots(root) if isinstance(root, Mapping) else {}
    options = slots["options"].value if "options" in slots else None
    option_slots = document.slots(options) if isinstance(options, Mapping) else {}
    wide_oidc = oidc_of(document, option_slots.get(KEY))
    wide = _file_wide(document, root, wide_oidc)
    steps = Steps(document, wide)
    blocks = Blocks(document, steps)
    strays: list[Stray] = []
    if isinstance(root, Mapping):
        strays += misplaced_in(document, root, "the file's root")
        strays += misspelt_in(document, option_slots, "`options`")
        for name in ("definitions", "image", "clone"):
            if name in slots:
                strays += misplaced_in(document, slots[name].value, f"`{name}`")
    problems = _walk(document, blocks)
    problems += [*blocks.problems, *steps.problems, *_slips(document)]
    if not steps.steps and not blocks.imports and not any(problem.fatal for problem in problems):
        problems.append(Problem("The file has no step, so there is nothing to run.", None, fatal=True))
    problems = sorted(dict.fromkeys(problems), key=lambda found: not found.fatal)[:_TOLD]
    return PipelineFile(
        path=path,
        text=document.text,
        steps=tuple(steps.steps),
        stray_oidc=(
            *(StrayOidc(s.key, s.at, s.value, s.where, None, s.misspelt) for s in strays),
            *blocks.strays,
            *steps.strays,
        ),
        options_oidc=wide_oidc,
        imports=tuple(blocks.imports),
        custom_variables=tuple(blocks.custom_variables),
        repeated_keys=tuple(repeated_keys(document)),
        problems=tuple(problems),
    )


def _file_wide(document: Document, root: object, oidc: Oidc) -> FileWide:
    if not isinstance(root, Mapping):
        return FileWide()
    slots = document.slots(root)
    image, role = image_of(document, slots["image"].value) if "image" in slots else (None, None)
    options = slots["options"].value if "options" in slots else None
    runs_on = document.slots(options).get("runs-on") if isinstance(options, Mapping) else None
    labels = runs_on.value if runs_on else None
    return FileWide(image, role, oidc, labels_self_hosted(labels), labels_windows(labels))


def _walk(document: Document, blocks: Blocks) -> list[Problem]:
    """Read the pipelines; what is missing of them is a problem."""
    root = document.root
    if isinstance(root, Sequence):
        blocks.fragment(root)
        at = document.start(root)
        sentence = (
            "The file is a list, and has no `pipelines:` key; put its steps under `pipelines: default:`."
        )
        return [Problem(sentence, at, fatal=False)]
    if root is None or (isinstance(root, Scalar) and text_of(root) is None):
        return [Problem("The file is empty; it needs a `pipelines:` key.", None, fatal=True)]
    if not isinstance(root, Mapping):
        at = document.start(root)
        return [Problem("The file holds no keys; it needs a `pipelines:` key.", at, fatal=True)]
    slots = document.slots(root)
    definitions = slots["definitions"].value if "definitions" in slots else None
    if isinstance(definitions, Mapping):
        blocks.shared(definitions)
    pipelines = slots.get("pipelines")
    if pipelines is None:
        shared = isinstance(definitions, Mapping) and "pipelines" in document.slots(definitions)
        if shared:
            return []
        at = document.start(root)
        return [Problem("The file has no `pipelines:` key, so there is nothing to run.", at, fatal=True)]
    if not isinstance(pipelines.value, Mapping):
        at = document.position(pipelines.key)
        sentence = f"Line {at.line}: `pipelines:` must hold `default`, `branches` or another start condition."
        return [Problem(sentence, at, fatal=True)]
    blocks.read(pipelines.value)
    return []


def _slips(document: Document) -> list[Problem]:
    found = []
    for said, mark in document.slips:
        at = document.position(mark)
        found.append(Problem(f"Line {at.line}: {said}.", at, fatal=False))
    return found
