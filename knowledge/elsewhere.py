"""What in the text speaks against its being the output of a step of Bitbucket."""

from __future__ import annotations

import re

from knowledge.casefile import CaseFile
from knowledge.reading import Unread

#: What the action of another CI prints about the login; no step of Bitbucket runs it.
#: https://github.com/aws-actions/configure-aws-credentials
_ACTION = re.compile(
    r"Could not assume role with (?:OIDC|web identity token file)|please check your action inputs"
    r"|Retry AssumeRole: attempt \d+ of \d+ failed"
)


def of_another_ci(case: CaseFile) -> Unread | None:
    """The step's own output as something that was not seen, where another CI printed the text; else None."""
    if not _ACTION.search(case.paste):
        return None
    return Unread(
        "what the step of Bitbucket printed",
        "the text is that of a GitHub action, which no step of Bitbucket runs",
        "paste the lines of the step's own log",
    )
