"""Whom a role is to be granted to where a call was refused after the login.

The text's own word counts first. A step that acts as a service account has that account; one that acts by
itself (direct access, https://cloud.google.com/iam/docs/workload-identity-federation) its member of the pool.
"""

from __future__ import annotations

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence
from knowledge.frozen import dataclass
from knowledge.gcp_accounts import accounts_apart, the_other
from knowledge.gcp_bindings import narrow_member
from knowledge.gcp_case import names_of
from knowledge.gcp_login import google_login
from knowledge.gcp_stored_key import stored_key
from knowledge.words import code


@dataclass(frozen=True, slots=True)
class Grantee:
    """`who` is whom to name, empty where that is not known; `member` what a binding has for it; `by_key`
    says that a stored key stands before the step's login."""

    who: str
    member: str
    steps: tuple[str, ...] = ()
    beside: tuple[Evidence, ...] = ()
    by_key: bool = False


def grantee_of(case: CaseFile, suspect: Suspect | None, said: str) -> Grantee:
    """`said` is whom the text names, empty where it names nobody."""
    if said.startswith("principal"):
        member, besides = narrow_member(case, suspect)
        how = "The text names one identity of the pool; the member is that of all runs of this repository."
        return Grantee(said, member, (how, *besides))
    if said:
        kind = "serviceAccount" if said.endswith("gserviceaccount.com") else "user"
        apart = accounts_apart(case, suspect, said)
        if apart is None:
            return Grantee(said, f"{kind}:{said}")
        meant = (
            f"Before granting anything, see which of the two is meant: the text names {code(apart.text)}, "
            f"the step's login {code(apart.step)}. Where it is the latter, find what logs in as the former, "
            "or makes it the active account."
        )
        other = the_other(case, suspect, apart)
        return Grantee(said, f"{kind}:{said}", (meant,), (other,) if other is not None else ())
    # gcloud acts as the account that it was logged in as, whatever key Terraform would take.
    by_gcloud = "(gcloud." in case.paste
    key = stored_key(case, suspect) if suspect is not None and not by_gcloud else None
    if key is not None:
        name = code(key.setting.name)
        whose = f"Where {name} holds a key, the role goes to the account of that key, if the key is to stay."
        return Grantee("", "serviceAccount:SERVICE_ACCOUNT", (whose,), by_key=True)
    login = google_login(case, suspect.step) if suspect is not None else None
    if login is not None and not login.account:
        member, besides = narrow_member(case, suspect)
        how = "The step names no service account, so that its own identity in the pool is what was refused."
        return Grantee("", member, (how, *besides))
    email = names_of(case, suspect).email
    return Grantee(email, f"serviceAccount:{email or 'SERVICE_ACCOUNT'}")
