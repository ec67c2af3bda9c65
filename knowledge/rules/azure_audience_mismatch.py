"""Issuer and subject fit a federated credential, its audience does not.

https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
Custom audiences: https://www.atlassian.com/blog/bitbucket/bitbucket-pipelines-oidc-now-supports-multiple-audiences
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.azure_credentials import credentials_in, of_credential
from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.azure_foreign import look_for_the_sender, of_github
from knowledge.azure_presented import EXCHANGE, Presented, named_parts, presented, quoted_part
from knowledge.azure_setup import Credential
from knowledge.azure_unsettled import as_listed, wait
from knowledge.azure_ways import VERIFY, look, ways
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface
from knowledge.pipelines.edit import replace_line
from knowledge.pipelines.model import OidcState
from knowledge.printed_values import masked
from knowledge.quoting import file_of, quoted
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Symptom
from knowledge.words import code

_CAUSE = "azure-audience-mismatch"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-audience-refused")
    if symptom is None:
        return
    shown = presented(symptom)
    pasted = [item for item in credentials_in(case) if shown.issuer is None or item.issuer == shown.issuer]
    wanted = next((item.audiences[0] for item in pasted if item.audiences), None)
    custom = suspect.step.oidc.audiences if suspect else None
    if wanted is not None and custom == (wanted,) and shown.audience != wanted:
        # The file asks for what the credential expects, so the text is older than the file.
        return
    same = next((item for item in pasted if item.audiences == (shown.audience,)), None)
    of = f" {code(shown.audience)}" if shown.audience else ""
    finding = refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=f"The token's audience{of} is not the one of the identity's federated credential.",
        meaning=(
            "A credential has exactly one audience, and the token must have it. Bitbucket gives a token "
            f"the workspace's audience unless the step asks for another, such as {code(EXCHANGE)}."
            + (
                " The step's subject is new in each run, so it is refused with the next one."
                if _own(shown)
                else ""
            )
        ),
        evidence=(*_seen(case, suspect, symptom, shown, pasted), *_asked(case, suspect)),
        fixes=tuple(_fixes(case, suspect, shown, wanted) if same is None else _of_same(case, suspect, shown)),
    )
    yield as_listed(case, finding, same, "audience", stays=not _own(shown))


def _own(shown: Presented) -> bool:
    return shown.of_bitbucket or (shown.audience or "").startswith("ari:cloud:bitbucket::workspace/")


def _seen(
    case: CaseFile, suspect: Suspect | None, symptom: Symptom, shown: Presented, pasted: list[Credential]
) -> Iterator[Evidence]:
    if shown.of_bitbucket:
        yield from named_parts(case, suspect, symptom, shown)
    elif shown.audience:
        yield quoted_part(case, symptom, shown.audience, "Azure quotes the audience that it was sent.")
    for item in pasted:
        if item.audiences:
            said = f"The credential {code(item.name)} expects this audience."
            yield of_credential(case, item, item.audiences[0], said, shown.audience)


def _asked(case: CaseFile, suspect: Suspect | None) -> Iterator[Evidence]:
    """The line that asks for audiences, or the switch without any."""
    oidc = suspect.step.oidc if suspect else None
    if oidc is None or oidc.key_at is None or oidc.state is not OidcState.ON:
        return
    line = oidc.key_at.line
    if oidc.audiences is None:
        yield quoted(case, oidc.key_at, f"Line {line} asks for no audience of its own.", primary=False)
        return
    sentence = (
        f"Line {line} asks for audiences; the token's `aud` is then a list, perhaps with the workspace's "
        "own in it, and whether Azure takes a list is not documented."
    )
    yield quoted(case, oidc.key_at, sentence, primary=False)


def _fixes(case: CaseFile, suspect: Suspect | None, shown: Presented, wanted: str | None) -> Iterator[Fix]:
    if of_github(shown):
        yield look_for_the_sender(shown.audience)
        return
    ask = _ask_for(case, suspect, wanted or EXCHANGE)
    if ask is not None and shown.audience != (wanted or EXCHANGE) and wanted is not None:
        yield ask
    yield by_hand(
        "Let the token and the credential name the same audience",
        f"Either set the credential's audience to {code(shown.audience)}."
        if shown.audience and not masked(shown.audience)
        else "Compare both.",
        f"Or let the step ask for exactly one: `oidc: {{audiences: [{EXCHANGE}]}}`.",
        verify=VERIFY,
    )
    if _own(shown):
        yield from ways(case, suspect)[:1]
    yield from look(case)


def _of_same(case: CaseFile, suspect: Suspect | None, shown: Presented) -> Iterator[Fix]:
    """Where a credential has this audience, nothing of it is to be changed."""
    if _own(shown):
        yield from ways(case, suspect)[:1]
    else:
        yield wait()
    yield from look(case)


def _ask_for(case: CaseFile, suspect: Suspect | None, audience: str) -> Fix | None:
    """The step's switch with this one audience, where it is a plain `true` now."""
    file, oidc = file_of(case), suspect.step.oidc if suspect else None
    if file is None or oidc is None or oidc.key_at is None:
        return None
    line = file.line(oidc.key_at.line)
    if line.strip() != "oidc: true":
        return None
    after = replace_line(file, oidc.key_at.line, line.replace("true", f'{{audiences: ["{audience}"]}}'))
    if after is None:
        return None
    return Fix(
        title=f"Let the step ask for the audience {code(audience)}",
        surface=Surface.PIPELINE_FILE,
        file_after=after,
        verify=VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
