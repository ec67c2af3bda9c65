"""What comes back for one paste, before it is rendered for anybody."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge.clean_text import CleanText
from knowledge.finding import Diagnosis
from knowledge.symptoms.model import Symptom
from knowledge.target import Target


class Kind(StrEnum):
    """`kind` of the reply's metadata."""

    DIAGNOSIS = "diagnosis"
    QUESTION = "question"
    REFUSAL = "refusal"
    APOLOGY = "apology"


@dataclass(frozen=True, slots=True)
class Source:
    """One thing that was read for the proof: its name and the page on which to see it."""

    label: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one paste.

    `run_line` says which run and step were looked at and how they were found ("run #42 of
    acme/widget, the newest failed run; its log holds this error"); empty when no run was read.
    `note` carries the sentence of a question, a refusal or an apology. `warning` is the line about
    secrets in the message, empty without any.
    """

    kind: Kind
    target: Target
    symptoms: tuple[Symptom, ...] = ()
    diagnosis: Diagnosis = Diagnosis()
    run_line: str = ""
    run_url: str | None = None
    note: str = ""
    sources: tuple[Source, ...] = ()
    paste: CleanText = CleanText("")
    warning: str = ""

    @property
    def cause(self) -> str:
        """The lead's cause id, or an empty string."""
        return self.diagnosis.lead.cause if self.diagnosis.lead else ""

    @property
    def verdict(self) -> str:
        return self.diagnosis.lead.verdict.value if self.diagnosis.lead else ""
