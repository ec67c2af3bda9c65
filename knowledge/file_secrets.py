"""What is quoted of a pipeline file, without the secrets that somebody wrote into it.

A line that is quoted alone may not show any more that it holds one: the name stands on the line above, or
outside the diff. So the whole file is looked through, and its secrets are taken out wherever they are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from knowledge.finding import Comparison, Diagnosis, Evidence, Finding, Fix, StepRef, VariableEdit
from knowledge.location import InFile, InStep
from knowledge.pipelines.model import PipelineFile
from knowledge.reading import Unread
from knowledge.redact import harmless, redact, secret_spans

BY_HAND = (
    "A secret of the file is not shown in the diff, so the diff cannot be applied as it stands: make the "
    "change by hand."
)
_HUNK = re.compile(r"@@ -(\d+)")
_TELLING = 8
"""Characters of a secret that is known again anywhere; a shorter one may be any word (`test`)."""
_LIKE_A_NAME = re.compile(r"[A-Za-z][a-z]*\d{0,4}(?:[-_.](?:[A-Za-z][a-z]*\d{0,4}|\d{1,4}))*\Z")
"""Words, as names are made of them (`build-tools2`): elsewhere it is the secret where it stands alone."""
_REGION = re.compile(
    r"(?:[a-z]{2}(?:-gov|-iso[a-z]?)?-|[a-z]{2,12}-)(?:north|south|east|west|central)[a-z]*-?\d{1,2}\Z"
)
_BEFORE, _AFTER = r"(?<![\w-])(?<!\w\.)", r"(?![\w-]|\.\w)"
"""No more of a word on either side; a full stop ends a sentence."""


class FileSecrets:
    """The secrets of one file's text. Without a text, or with one that holds none, what is asked is redacted
    by its own form alone. `names` are what it is told by (the file, its steps): where one of them is written
    as a secret too, it is taken out there alone."""

    def __init__(self, text: str = "", names: Iterable[str] = ()) -> None:
        told = frozenset(names)
        self._by_line: dict[int, dict[str, str]] = {}
        self._anywhere: dict[str, str] = {}
        for line, piece, kind in _pieces(text):
            self._by_line.setdefault(line, {})[piece] = kind
            if len(piece) >= _TELLING and not piece.isalpha() and not _is_told_by(piece, told):
                self._anywhere[piece] = kind
        self._harmless: set[str] = set()

    def look_at(self, texts: Iterable[str]) -> None:
        """Takes note of those among many texts that hold no secret by their own form: the others are few."""
        self._harmless |= harmless(set(texts) - self._harmless)

    def clean(self, text: str, lines: Iterable[int] = ()) -> str:
        """`text` without secrets; `lines` are those of the file, 1-based, that it was taken from."""
        if not text:
            return text
        if self._by_line:
            text = self._without_pieces(text, lines)
        return text if text in self._harmless else redact(text).text

    def _without_pieces(self, text: str, lines: Iterable[int]) -> str:
        here = {piece: kind for line in lines for piece, kind in self._by_line.get(line, {}).items()}
        known = self._anywhere | here
        there = sorted((piece for piece in known if piece in text), key=len, reverse=True)
        if not there:
            return text
        # At once: a mark that was put in holds words that may be another's secret (`password`).
        words = "|".join(
            f"{_BEFORE}{re.escape(piece)}{_AFTER}"
            if piece not in here and _LIKE_A_NAME.match(piece)
            else re.escape(piece)
            for piece in there
        )
        return re.sub(words, lambda found: f"[redacted {known[found.group()]}]", text)

    def clean_diff(self, diff: str) -> str:
        """A unified diff of the file without secrets, line by line, so that it stays a diff."""
        shown: list[str] = []
        old, hunk = 0, set[int]()
        for line in diff.split("\n"):
            mark, words = line[:1], line[1:]
            header = _HUNK.match(line)
            if header is not None:
                old, hunk = int(header[1]), set()
            elif old and mark in (" ", "-"):
                if old in self._by_line:
                    hunk.add(old)
                words = self.clean(words, (old,))
                old += 1
            elif old and mark == "+":
                # What is new may be what stood nearby.
                words = self.clean(words, (*hunk, old, old + 1))
            shown.append(mark + words)
        # Together, too: a key that the change itself brings is one over several lines.
        whole = "\n".join(shown)
        return whole if whole in self._harmless else redact(whole).text

    def clean_new(self, text: str) -> str:
        """Lines that a change brings in; every secret of the file may be among them."""
        return self.clean(text, self._by_line)


def secrets_of(file: PipelineFile) -> FileSecrets:
    """The secrets of a pipeline file, which is told by its own name and the names of its steps."""
    return FileSecrets(file.text, _names_of(file))


def _names_of(file: PipelineFile) -> Iterator[str]:
    yield file.path
    yield file.path.replace("\\", "/").rpartition("/")[2]
    yield from (step.name for step in file.steps if step.name)


def _is_told_by(piece: str, names: frozenset[str]) -> bool:
    return piece in names or _REGION.match(piece) is not None


def _pieces(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, words and kind of each secret of a text; one over several lines is a piece on each."""
    for start, end, kind in secret_spans(text):
        first = text.count("\n", 0, start) + 1
        for number, piece in enumerate(text[start:end].split("\n"), first):
            if piece.strip():
                yield number, piece.strip(), kind


def without_secrets(
    diagnosis: Diagnosis, file: PipelineFile | None = None, commands: Iterable[str] = ()
) -> Diagnosis:
    """The diagnosis with every text that may have come from outside redacted; `file` is the pipeline file,
    `commands` are the lines that stand in its place where it was not read. `file_after` of a fix stays what
    it is, which nobody is shown as a whole."""
    met = _Met()
    _cleaned(diagnosis, met)
    secrets = FileSecrets("\n".join(commands)) if file is None else secrets_of(file)
    secrets.look_at(met.texts)
    return _cleaned(diagnosis, secrets)


class _Cleaner(Protocol):
    def clean(self, text: str, lines: Iterable[int] = ()) -> str: ...

    def clean_diff(self, diff: str) -> str: ...


class _Met:
    """Changes nothing, and remembers every text that it is asked for."""

    def __init__(self) -> None:
        self.texts: set[str] = set()

    def clean(self, text: str, lines: Iterable[int] = ()) -> str:
        del lines
        self.texts.add(text)
        return text

    def clean_diff(self, diff: str) -> str:
        self.texts.add(diff)
        self.texts.update(line[1:] for line in diff.split("\n"))
        return diff


def _cleaned(diagnosis: Diagnosis, secrets: _Cleaner) -> Diagnosis:
    clean = secrets.clean
    return _with(
        diagnosis,
        findings=tuple(_finding(finding, secrets) for finding in diagnosis.findings),
        ruled_out=tuple(_finding(finding, secrets) for finding in diagnosis.ruled_out),
        checked=tuple(map(clean, diagnosis.checked)),
        unread=tuple(_unread(item, clean) for item in diagnosis.unread),
    )


_Clean = Callable[[str], str]
_T = TypeVar("_T", Diagnosis, Finding, StepRef, Evidence, Comparison, Fix, VariableEdit, Unread)


def _with(item: _T, **cleaned: Any) -> _T:
    """`replace`, where anything is another text than before, which it seldom is."""
    if all(getattr(item, name) == value for name, value in cleaned.items()):
        return item
    return replace(item, **cleaned)


def _unread(item: Unread, clean: _Clean) -> Unread:
    return _with(item, source=clean(item.source), reason=clean(item.reason), remedy=clean(item.remedy))


def _finding(finding: Finding, secrets: _Cleaner) -> Finding:
    clean = secrets.clean
    return _with(
        finding,
        headline=clean(finding.headline),
        meaning=clean(finding.meaning),
        step=_step(finding.step, clean),
        evidence=tuple(_evidence(item, secrets) for item in finding.evidence),
        fixes=tuple(_fix(fix, secrets) for fix in finding.fixes),
    )


def _step(step: StepRef | None, clean: _Clean) -> StepRef | None:
    if step is None:
        return None
    return _with(step, name=clean(step.name) if step.name else step.name, pipeline=clean(step.pipeline))


def _evidence(evidence: Evidence, secrets: _Cleaner) -> Evidence:
    where = evidence.location
    lines = (where.line,) if isinstance(where, InFile | InStep) else ()
    comparison = evidence.comparison
    return _with(
        evidence,
        sentence=secrets.clean(evidence.sentence),
        excerpt=secrets.clean(evidence.excerpt, lines),
        comparison=_comparison(comparison, secrets, lines) if comparison is not None else None,
    )


def _comparison(comparison: Comparison, secrets: _Cleaner, lines: tuple[int, ...]) -> Comparison:
    expected = secrets.clean(comparison.expected, lines)
    actual = secrets.clean(comparison.actual, lines)
    if (expected, actual) == (comparison.expected, comparison.actual):
        return comparison
    return replace(comparison, expected=expected, actual=actual, differs_at=None)


def _fix(fix: Fix, secrets: _Cleaner) -> Fix:
    clean = secrets.clean
    diff = secrets.clean_diff(fix.diff) if fix.diff else fix.diff
    steps = tuple(map(clean, fix.steps))
    return _with(
        fix,
        title=clean(fix.title),
        diff=diff,
        variables=tuple(_edit(edit, clean) for edit in fix.variables),
        policy_after=None if fix.policy_after is None else words_cleaned(fix.policy_after, clean),
        commands=tuple(map(clean, fix.commands)),
        steps=steps if diff == fix.diff or BY_HAND in steps else (*steps, BY_HAND),
    )


def _edit(edit: VariableEdit, clean: _Clean) -> VariableEdit:
    return _with(edit, value=clean(edit.value))


def words_cleaned(document: Mapping[str, Any], clean: _Clean) -> dict[str, Any]:
    """What JSON gives, with its texts cleaned one by one; keys and all else stay."""
    return {key: _value(value, clean) for key, value in document.items()}


def _value(value: Any, clean: _Clean) -> Any:
    match value:
        case str():
            return clean(value)
        case Mapping():
            return words_cleaned(value, clean)
        case list() | tuple():
            return [_value(item, clean) for item in value]
        case _:
            return value
