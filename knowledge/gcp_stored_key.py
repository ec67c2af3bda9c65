"""A stored key that Terraform takes before the configuration that a step makes.

https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
"""

from __future__ import annotations

from knowledge.casefile import CaseFile, Suspect
from knowledge.frozen import dataclass
from knowledge.gcp_login import KEY_VARIABLES, GoogleLogin, google_login, written
from knowledge.pipelines.model import CloudCommand, OidcState
from knowledge.pipelines.shell_paths import same_file
from knowledge.script_order import before
from knowledge.variables import Setting, look_up

_PROGRAMS = frozenset({"terraform", "tofu", "terragrunt"})


@dataclass(frozen=True, slots=True)
class StoredKey:
    """The variable that holds it, the command that takes it, and the login that it stands before."""

    setting: Setting
    user: CloudCommand
    login: GoogleLogin


def stored_key(case: CaseFile, suspect: Suspect) -> StoredKey | None:
    """The key; None where there is none, or it is the step's own configuration."""
    step = suspect.step
    login = google_login(case, step)
    if login is None or step.oidc.state is not OidcState.ON:
        return None
    user = next(
        (c for c in step.script.commands if c.program in _PROGRAMS and before(step, login.at, c.at)), None
    )
    found = _stored(case, suspect, user) if user else None
    if found is None or user is None or _is_the_configuration(case, suspect, found, login):
        return None
    return StoredKey(found, user, login)


def _stored(case: CaseFile, suspect: Suspect, user: CloudCommand) -> Setting | None:
    for name in KEY_VARIABLES:
        winner = look_up(case, suspect.step, name, user.at).winner
        if winner is not None and winner.sure:
            return winner
    return None


def _is_the_configuration(case: CaseFile, suspect: Suspect, found: Setting, login: GoogleLogin) -> bool:
    """Whether the variable holds the configuration that the step makes, or its path: then no key is used."""
    made = [path for path in (login.output, written(case, suspect.step, login.output, login.at)) if path]
    texts = [text for text in (found.written, found.value) if text]
    return any(
        path.rsplit("/", 1)[-1] in text or same_file(path, text) is True for path in made for text in texts
    )
