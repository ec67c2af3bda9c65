"""What Entra quotes of the token that it refused, taken apart and named.

The subject of a Bitbucket step: https://github.com/gravitational/teleport/blob/master/lib/bitbucket/bitbucket.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from knowledge.casefile import CaseFile, Environment, Suspect
from knowledge.claims import default_audience, issuer
from knowledge.claims_beside import other_claim
from knowledge.finding import Comparison, Evidence
from knowledge.frozen import dataclass
from knowledge.location import InPaste
from knowledge.printed_values import masked
from knowledge.reading import Known
from knowledge.symptoms.model import Symptom
from knowledge.text_evidence import in_text
from knowledge.trust_reasons import common_length
from knowledge.words import code

#: The audience that Microsoft recommends for federated credentials.
#: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
EXCHANGE = "api://AzureADTokenExchange"

_UUID = r"\{[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}"
_SUBJECT = re.compile(rf"(?P<home>{_UUID})(?::(?P<environment>{_UUID}))?:(?P<step>{_UUID})", re.IGNORECASE)
_ISSUER = re.compile(
    r"https://api\.bitbucket\.org/2\.0/workspaces/(?P<workspace>[^/\s]+)/pipelines-config/identity/oidc"
)
_DEFAULT_AUDIENCE = re.compile(r"ari:cloud:bitbucket::workspace/[0-9a-f-]{36}", re.IGNORECASE)

#: The beginnings of texts that have no blank inside.
_UNBROKEN = re.compile(r"\{[0-9a-f]|arn:|ari:|api:|https?:", re.IGNORECASE)
#: What may stand between two characters of a value where a viewer broke the line.
_BREAK = r"(?:[\s│|]*)"


@dataclass(frozen=True, slots=True)
class Presented:
    """Subject, issuer and audience as the text quotes them; None where it does not.

    `home`, `environment` and `step` are the UUIDs of a Bitbucket subject, with braces and in lower case;
    `workspace` is the slug in a Bitbucket issuer.
    """

    subject: str | None = None
    issuer: str | None = None
    audience: str | None = None
    home: str | None = None
    environment: str | None = None
    step: str | None = None
    workspace: str | None = None

    @property
    def of_bitbucket(self) -> bool:
        """Whether the text shows that a step's own token was sent."""
        return self.home is not None or self.workspace is not None

    @property
    def of_another(self) -> bool:
        """Whether the text shows the token of another issuer."""
        return not self.of_bitbucket and (
            (self.issuer or "").startswith("https://") or bool(self.subject and not masked(self.subject))
        )


def presented(symptom: Symptom) -> Presented:
    """What this symptom quotes of the token."""
    subject, issuer_, audience = (
        _whole(symptom.fields.get(name)) for name in ("subject", "issuer", "audience")
    )
    parts = _SUBJECT.fullmatch(subject.strip()) if subject else None
    home = _ISSUER.fullmatch(issuer_.strip()) if issuer_ else None
    lower = (
        {name: value.lower() if value else None for name, value in parts.groupdict().items()} if parts else {}
    )
    return Presented(
        subject=subject,
        issuer=issuer_,
        audience=audience,
        home=lower.get("home"),
        environment=lower.get("environment"),
        step=lower.get("step"),
        workspace=home["workspace"] if home else None,
    )


def _whole(value: str | None) -> str | None:
    """The value without the blanks of broken lines; a subject of another kind may have blanks of its own."""
    return "".join(value.split()) if value and _UNBROKEN.match(value) else value


def is_step_subject(subject: str) -> bool:
    """Whether this is the whole subject of one step of Bitbucket."""
    return _SUBJECT.fullmatch(subject.strip()) is not None


def quoted_part(case: CaseFile, symptom: Symptom, part: str | None, sentence: str) -> Evidence:
    """The part where it stands in the text; the symptom's own words where it is not found there."""
    start = case.paste.lower().find(part.lower(), symptom.span[0]) if part else -1
    end = start + len(part or "")
    if part and start < 0:
        broken = re.compile(_BREAK.join(map(re.escape, part)), re.IGNORECASE)
        found = broken.search(case.paste, symptom.span[0])
        start, end = found.span() if found else (-1, -1)
    if part is None or start < 0:
        return in_text(case, symptom, sentence, primary=False)
    excerpt = part if "\n" in case.paste[start:end] else case.paste[start:end]
    return Evidence(sentence, InPaste(start, end), excerpt, primary=False)


def named_parts(
    case: CaseFile, suspect: Suspect | None, symptom: Symptom, shown: Presented
) -> Iterator[Evidence]:
    """One line for each thing that the text quotes: what it is, and whether it is what was looked up."""
    yield from _against_claims(case, symptom, shown)
    if shown.home is not None:
        yield quoted_part(case, symptom, shown.home, _home(case, shown.home))
        yield _environment(case, suspect, symptom, shown)
        yield quoted_part(case, symptom, shown.step, _step(suspect, shown.step))
    if shown.issuer is not None and shown.workspace is not None:
        yield quoted_part(case, symptom, shown.issuer, _workspace(case, shown))
    if shown.audience is not None and shown.of_bitbucket:
        yield quoted_part(case, symptom, shown.audience, _audience(case, shown.audience))


def _against_claims(case: CaseFile, symptom: Symptom, shown: Presented) -> Iterator[Evidence]:
    """What the text quotes, where the claims that were handed over have something else: they are of another
    token then, and the text decides."""
    for name, label, quoted in (
        ("iss", "issuer", shown.issuer),
        ("sub", "subject", shown.subject),
        ("aud", "audience", shown.audience),
    ):
        claimed = other_claim(case, name, quoted)
        if claimed is None or quoted is None:
            continue
        sentence = (
            f"The claims that were given have another {label}: they are those of another token than the one "
            "that Azure refused. What is said here is about the text."
        )
        at = common_length(claimed, quoted)
        yield replace(
            quoted_part(case, symptom, quoted, sentence),
            comparison=Comparison(f"the claims' {code(name)}", claimed, quoted, at),
        )
        return


def _home(case: CaseFile, uuid: str) -> str:
    if not isinstance(case.repository, Known):
        return "The subject begins with the UUID of the repository that ran."
    home = case.repository.value
    if home.uuid.lower() == uuid:
        return f"The subject begins with the UUID of {code(home.full_name)}, the repository looked at."
    return (
        f"The subject begins with the UUID of another repository: that of {code(home.full_name)} is "
        f"{code(home.uuid)}."
    )


def _environment(case: CaseFile, suspect: Suspect | None, symptom: Symptom, shown: Presented) -> Evidence:
    deploys = suspect is not None and suspect.step.deployment is not None
    if shown.environment is None:
        sentence = "No environment follows: the step that sent it deployed to none."
        if deploys:
            sentence += " The step in the file deploys, so the text may be another step's."
        return quoted_part(case, symptom, shown.subject, sentence)
    name = next((item.name for item in _environments(case) if item.uuid.lower() == shown.environment), None)
    said = f"the environment {code(name)}" if name else "a deployment environment"
    sentence = f"Its middle is the UUID of {said}."
    # Where only names were read, nothing says whose UUID it is.
    if (
        isinstance(case.environments, Known)
        and name is None
        and all(re.fullmatch(_UUID, item.uuid, re.IGNORECASE) for item in _environments(case))
    ):
        sentence = "Its middle is the UUID of an environment that the repository does not have now."
    if suspect is not None and not deploys:
        sentence += " The step in the file names none, so the text may be another step's."
    return quoted_part(case, symptom, shown.environment, sentence)


def _environments(case: CaseFile) -> tuple[Environment, ...]:
    return case.environments.value if isinstance(case.environments, Known) else ()


def _step(suspect: Suspect | None, uuid: str | None) -> str:
    ran = suspect.run_step if suspect else None
    if ran is not None and uuid is not None and ran.uuid.lower() == uuid:
        return f"It ends with the UUID of the step {code(ran.name or 'that failed')} of this very run."
    return "It ends with the UUID of the step in that one run; the next run has another."


def _workspace(case: CaseFile, shown: Presented) -> str:
    slug = shown.workspace or ""
    if isinstance(case.repository, Known) and issuer(case.repository.value.workspace_slug) != shown.issuer:
        return (
            f"The issuer is that of the workspace {code(slug)}, and the repository is in "
            f"{code(case.repository.value.workspace_slug)}."
        )
    return f"The issuer is that of the workspace {code(slug)}."


def _audience(case: CaseFile, audience: str) -> str:
    if audience == EXCHANGE:
        return "The audience is the one that Microsoft recommends; the step asked for it by `audiences`."
    if _DEFAULT_AUDIENCE.fullmatch(audience) is None:
        return "The audience is one that the step, or `options`, asked for by `audiences`."
    if isinstance(case.repository, Known):
        home = case.repository.value
        if default_audience(home.workspace_uuid) != audience.lower():
            return f"The audience is that of another workspace than {code(home.workspace_slug)}."
    return "The audience is the workspace's own, which a token has when the step asks for no other."
