"""What a step's log proves beside its error: whether it had a token, and who called AWS.

A log prints each line of the script after `+ `, and then what it wrote:
https://support.atlassian.com/bitbucket-cloud/docs/view-your-pipeline/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from knowledge.finding import Diagnosis, Evidence, Finding, Verdict
from knowledge.frozen import dataclass
from knowledge.location import InLog, Location
from knowledge.words import code

_SWITCH = frozenset(
    {"oidc-not-enabled", "oidc-misspelt", "oidc-misplaced", "oidc-wrong-value", "oidc-on-other-step"}
)
_KEYS = "static-keys-shadow"
_AFTER_LOGIN = frozenset({"role-permission-missing", "session-expired"})

_COMMAND = re.compile(r"\s*\+ ")
_LENGTH = r"\$\{#BITBUCKET_STEP_OIDC_TOKEN\}"
_PLAIN = r"[^$`;|&<>()\\'#%]{0,60}"
"""Words that a shell prints as they stand, but for double quotes."""
_SAID = re.compile(
    rf"\s*\+ (?:echo(?:\s+-[neE]+)?|printf)\s+(?P<before>{_PLAIN}){_LENGTH}(?P<after>{_PLAIN})(?:\\n\"?)?\s*"
)
_FORMATTED = re.compile(
    rf"\s*\+ printf\s+(?P<quote>[\"']?)(?P<before>{_PLAIN}?)%[sd](?P<after>{_PLAIN}?)(?:\\n)?(?P=quote)"
    rf"\s+(?P<other>\"?){_LENGTH}(?P=other)\s*"
)
_COUNTED = re.compile(
    r"\s*\+ (?:echo(?:\s+-[neE]+)?|printf(?:\s+[\"']?%s(?:\\n)?[\"']?)?)"
    r"\s+(?P<quote>\"?)\$(?:BITBUCKET_STEP_OIDC_TOKEN|\{BITBUCKET_STEP_OIDC_TOKEN\})(?P=quote)"
    r"\s*\|\s*wc\s+(?:-[cm]|--bytes|--chars)\s*"
)
_ASKS_WHO = re.compile(r"\bget-caller-identity\b")
_ARN = re.compile(
    r"arn:aws[\w-]*:(?:iam|sts)::(?P<account>\d{12}):(?P<kind>user|assumed-role|federated-user|root)(?:/(?P<name>[\w+=,.@/-]+))?"
)
_ERROR = re.compile(r"error|exception|not authorized|denied", re.IGNORECASE)
_WARNING = re.compile(
    r"Parameter [\"'`]oidc: true[\"'`] in the step configuration is required for OIDC authentication"
)
_OUTPUT_LINES = 8
_TOKEN = 100
"""A JWT is longer than this, by its header and signature alone."""


class Witness(StrEnum):
    NO_TOKEN = "no-token"
    TOKEN = "token"
    USER = "user"
    ROLE = "role"
    WARNED = "warned"
    """A pipe was given a role and no token: it says so, and goes on without."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a line of the log shows: the line, its 1-based number, the number or the name in it, and the AWS
    account that the name is of."""

    witness: Witness
    line: int
    excerpt: str
    value: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class LogPlace:
    """The log of the step with this label; `counted` says whether its lines have numbers that a person could
    look for (not in a log that was cut). `role` is the name of the role that the step asks for, if known."""

    label: str
    url: str | None
    counted: bool
    role: str | None = None

    def at(self, line: int) -> Location:
        return InLog(self.label, line if self.counted else None, self.url)


def witnesses(text: str) -> tuple[Seen, ...]:
    """What the log proves, in its order; of each kind the last, as a script may look more than once. What it
    says both ways proves nothing."""
    lines = text.splitlines()
    found: dict[Witness, Seen] = {}
    for at, line in enumerate(lines):
        if _WARNING.search(line) is not None:
            found.setdefault(Witness.WARNED, Seen(Witness.WARNED, at + 1, line.strip(), ""))
        if _COMMAND.match(line) is None:
            continue
        found.update((one.witness, one) for one in _length(lines, at))
        if _ASKS_WHO.search(line) is not None:
            found.update((one.witness, one) for one in _caller(lines, at))
    for one, other in ((Witness.NO_TOKEN, Witness.TOKEN), (Witness.USER, Witness.ROLE)):
        if one in found and other in found:
            del found[one], found[other]
    return tuple(sorted(found.values(), key=lambda seen: seen.line))


def _output(lines: list[str], at: int) -> Iterator[tuple[int, str]]:
    """The lines that the command wrote, with their numbers."""
    for number in range(at + 1, min(at + 1 + _OUTPUT_LINES, len(lines))):
        if _COMMAND.match(lines[number]) is not None:
            return
        yield number + 1, lines[number]


def _length(lines: list[str], at: int) -> Iterator[Seen]:
    """The token's length, where a command prints only that, and the next line is what it printed."""
    printed = _printed(lines[at])
    if printed is None or at + 1 >= len(lines):
        return
    number, line = at + 2, lines[at + 1]
    counted = re.fullmatch(printed, " ".join(line.split()))
    if counted is not None and int(counted[1]) <= 1:
        yield Seen(Witness.NO_TOKEN, number, line, counted[1])
    elif counted is not None and int(counted[1]) >= _TOKEN:
        yield Seen(Witness.TOKEN, number, line, counted[1])


def _printed(command: str) -> str | None:
    """The pattern of the one line that the command prints, with the token's length for its group; None for a
    command that does anything else."""
    if _COUNTED.fullmatch(command) is not None:
        return r"([0-9]{1,6})"
    said = _SAID.fullmatch(command) or _FORMATTED.fullmatch(command)
    if said is None:
        return None
    before, after = (said[part].replace('"', "") for part in ("before", "after"))
    marked = " ".join(f"{before}\0{after}".split())
    return re.escape(marked).replace(re.escape("\0"), "([0-9]{1,6})")


def _caller(lines: list[str], at: int) -> Iterator[Seen]:
    for number, line in _output(lines, at):
        if _ERROR.search(line) is not None:
            return
        arn = _ARN.search(line)
        if arn is not None:
            role = arn["kind"] == "assumed-role"
            name = (arn["name"] or arn["kind"]).split("/")[0 if role else -1]
            yield Seen(Witness.ROLE if role else Witness.USER, number, line.strip(), name, arn["account"])
            return


def with_witnesses(diagnosis: Diagnosis, seen: tuple[Seen, ...], place: LogPlace) -> Diagnosis:
    """The diagnosis with what the log proves beside the findings that hang on it. A step that had a token is
    not said for certain to have had none; the findings are put in the order of their verdicts again."""
    if not seen:
        return diagnosis
    told = [_told(finding, {one.witness: one for one in seen}, place) for finding in diagnosis.findings]
    told = _with_caller(told, diagnosis.findings, seen, place)
    order = list(Verdict)
    told.sort(key=lambda finding: (finding.severity.value == "advice", order.index(finding.verdict)))
    return replace(diagnosis, findings=tuple(told))


def _told(finding: Finding, seen: dict[Witness, Seen], place: LogPlace) -> Finding:
    verdict = finding.verdict
    if finding.cause in _SWITCH and Witness.NO_TOKEN in seen:
        one = seen[Witness.NO_TOKEN]
        said = f"The log prints the length of the token, {one.value}: the step had none."
    elif (
        finding.cause in _SWITCH and Witness.TOKEN in seen and verdict in (Verdict.CONFIRMED, Verdict.LIKELY)
    ):
        one = seen[Witness.TOKEN]
        said = f"But the log prints the length of a token, {one.value} characters: there was one."
        verdict = Verdict.POSSIBLE
    elif finding.cause in _SWITCH and Witness.WARNED in seen and not _quotes(finding, seen[Witness.WARNED]):
        one = seen[Witness.WARNED]
        said = "The log holds the pipe's warning that it got no token."
    elif finding.cause == _KEYS and Witness.USER in seen:
        one = seen[Witness.USER]
        said = f"The log shows who called AWS: {code(one.value)}, who has keys. No role was taken by then."
    elif finding.cause in _AFTER_LOGIN and Witness.ROLE in seen:
        one = seen[Witness.ROLE]
        said = f"The log shows who called AWS: the role {code(one.value)}. The login worked."
    else:
        return finding
    return replace(_beside(finding, said, one, place), verdict=verdict)


def _with_caller(
    told: list[Finding], before: tuple[Finding, ...], seen: tuple[Seen, ...], place: LogPlace
) -> list[Finding]:
    """Who called AWS, beside the first finding, where no finding hangs on that: whatever the cause, it shows
    with which credentials the step's other calls were made."""
    one = next((one for one in seen if one.witness in (Witness.ROLE, Witness.USER)), None)
    at = next((at for at, item in enumerate(told) if _may_hang_on_aws(item)), None)
    used = {_KEYS} if one is not None and one.witness is Witness.USER else _AFTER_LOGIN
    if one is None or at is None or any(finding.cause in used for finding in before):
        return told
    what = "role" if one.witness is Witness.ROLE else "user"
    said = f"The log shows who called AWS: the {what} {code(one.value)} of account {code(one.account)}."
    if one.witness is Witness.ROLE and place.role not in (None, one.value):
        said += f" That is another role than {code(place.role)}, which this step asks for."
    return [*told[:at], _beside(told[at], said, one, place), *told[at + 1 :]]


def _may_hang_on_aws(finding: Finding) -> bool:
    """Whether it is no mere advice, and not about another cloud's login."""
    return finding.severity.value != "advice" and not finding.cause.startswith(("azure-", "gcp-"))


def _beside(finding: Finding, said: str, one: Seen, place: LogPlace) -> Finding:
    """The finding with this evidence behind its first."""
    evidence = Evidence(said, place.at(one.line), one.excerpt, primary=False)
    first, rest = finding.evidence[:1], finding.evidence[1:]
    return replace(finding, evidence=(*first, evidence, *rest))


def _quotes(finding: Finding, one: Seen) -> bool:
    """Whether the finding has these words already, out of the text that was recognised."""
    return any(item.excerpt and (item.excerpt in one.excerpt) for item in finding.evidence)
