"""What is wrong with a text that was meant as the ARN of a role."""

from __future__ import annotations

import re

from knowledge.late_pattern import late
from knowledge.roles import ROLE_ARN
from knowledge.words import code

_QUOTES = "\"'`“”‘’"
_KINDS = (
    (late(r"arn:[\w-]+:iam::\d*:policy/"), "It is the ARN of a policy."),
    (late(r"arn:[\w-]+:iam::\d*:oidc-provider/"), "It is the ARN of an OIDC provider."),
    (late(r"arn:[\w-]+:iam::\d*:instance-profile/"), "It is the ARN of an instance profile."),
    (late(r"arn:[\w-]+:iam::\d*:user/"), "It is the ARN of a user."),
    (late(r"arn:[\w-]+:sts::\d*:assumed-role/"), "It is the ARN of a session, not of the role."),
    (late(r"\$\{?[A-Za-z_]|<[A-Za-z_ -]+>|\{\{|%[A-Z_]+%"), "A placeholder in it was not filled."),
    (late(r"arn:[\w-]+:iam:\d"), "Between `iam` and the account there must be two colons."),
    (late(r"arn:[\w-]+:iam::\d+:role:"), "After `role` there must be a slash."),
    (late(r"arn:[\w-]+:iam::\d{12}:role//"), "There is a slash too many after `role`."),
)


#: Words that documentation puts in the place of an account, a role or the whole ARN; a shell takes what
#: follows a `<` for the name of a file, so that nothing is left behind `iam::`.
_EXAMPLE = late(
    r"[<>{}\[\]]|\b(?:your|my|the|some)[-_ ]|\b(?:account|role)[-_ ]?(?:id|name|number|arn)\b|x{3,}|\.\.\.|…"
    r"|example|:iam::(?:\d{0,11}|\d{13,}|[A-Z_]+):|:iam::\Z",
    re.IGNORECASE,
)


def is_placeholder(text: str) -> bool:
    """Whether the text is more likely an example that somebody copies than a value somebody runs with: also a
    name alone, which a script of the repository may still make an ARN of."""
    return not shown(text) or _EXAMPLE.search(text) is not None


def shown(text: str) -> str | None:
    """The text where it may be shown: an ARN is no secret, and what is none may be anything."""
    return text if text.strip().strip(_QUOTES).strip().startswith("arn:") else None


def fault_of(text: str) -> str | None:
    """A sentence that says what keeps the text from being a role's ARN; None when nothing does."""
    if ROLE_ARN.fullmatch(text):
        return None
    bare = text.strip()
    if bare != text and ROLE_ARN.fullmatch(bare):
        return "There is a blank or a line break at its beginning or end."
    if ROLE_ARN.fullmatch(bare.strip(_QUOTES).strip()):
        return "There are quotes inside the value."
    for pattern, sentence in _KINDS:
        if pattern.search(bare):
            return sentence
    account = re.fullmatch(r"arn:[\w-]+:iam::([^:]*):role/.*", bare)
    if account and not re.fullmatch(r"\d{12}", account[1]):
        if not account[1]:
            return "It has no account number."
        return f"The account number must have 12 digits; {code(account[1])} has not."
    if not bare.startswith("arn:"):
        return "It does not begin with `arn:`; a role's name alone is not enough."
    return "It does not have the form `arn:aws:iam::123456789012:role/name`."


def repaired(text: str) -> str | None:
    """The ARN that was meant, where only blanks and quotes around it have to go."""
    bare = text.strip().strip(_QUOTES).strip()
    return bare if ROLE_ARN.fullmatch(bare) else None
