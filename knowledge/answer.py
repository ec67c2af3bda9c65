"""What comes back for one paste, before it is rendered for anybody."""

from __future__ import annotations

from enum import StrEnum

from knowledge.clean_text import CleanText
from knowledge.finding import Diagnosis
from knowledge.frozen import dataclass
from knowledge.symptoms.model import Symptom
from knowledge.target import Target
from knowledge.trust import StatementResult
from knowledge.variable_table import VariableTable


class Kind(StrEnum):
    """`kind` of the reply's metadata."""

    DIAGNOSIS = "diagnosis"
    QUESTION = "question"
    REFUSAL = "refusal"
    APOLOGY = "apology"


class LoginRecord(StrEnum):
    """What CloudTrail had of the refused login, as far as the answer hangs on it."""

    NOT_ASKED = "not_asked"
    """Or not read."""
    AWAITED = "awaited"
    """None yet, and the answer says so: records come some minutes late."""
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class Source:
    """One thing that was read for the proof: its name and the page on which to see it. `age` is how long
    before the answer it was read, in seconds; 0 for what was read for it."""

    label: str
    url: str | None = None
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be meant, to be chosen by a button: its label, the repository (`ws/repo`) and, where one run
    of it is meant, its number."""

    label: str
    repository: str
    build_number: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What went before this answer, in a sentence, and the page where to see it. `same` is set when the
    answer there rests on the very same evidence: then its proof need not be told again."""

    sentence: str
    url: str | None = None
    same: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one paste.

    `run_line` says which run and step were looked at and how they were found ("run #42 of
    acme/widget, the newest failed run; its log holds this error"); empty when no run was read.
    `note` carries the sentence of a question, a refusal or an apology; for a diagnosis without a proven
    finding, what kept it from one, and for a proven one that it was already changed. `warning` is the line
    about secrets in the message, empty without any. `asks_for_policy` is set when the role's trust policy
    decides, and a person may paste it. `statements` are those of the role's trust policy, judged for the
    step's token; empty when it was not read. `choices` are what a question offers, or the other runs that may
    be meant; at most five of them are shown.
    `variables` are those that matter for the steps under suspicion, with where each is set. `again_in` are
    the seconds after which Bitbucket, which takes no more questions for now, is asked again; 0 when what was
    asked was answered. `role` is the ARN of the role that was looked up, empty without one. `with_policy` is
    set when a trust policy was judged that a person pasted.
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
    asks_for_policy: bool = False
    history: History | None = None
    choices: tuple[Choice, ...] = ()
    statements: tuple[StatementResult, ...] = ()
    variables: tuple[VariableTable, ...] = ()
    login_record: LoginRecord = LoginRecord.NOT_ASKED
    again_in: float = 0.0
    role: str = ""
    with_policy: bool = False

    @property
    def cause(self) -> str:
        """The lead's cause id, or an empty string."""
        return self.diagnosis.lead.cause if self.diagnosis.lead else ""

    @property
    def verdict(self) -> str:
        return self.diagnosis.lead.verdict.value if self.diagnosis.lead else ""
