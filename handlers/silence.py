"""When a text that shows a failure is still left alone: it is settled, or about another CI."""

from __future__ import annotations

import re

_HEAD = 160
_LAST_LINE = 100
"""Characters. A log may say "Resolved" for a hundred reasons: only how a message begins and ends counts."""

_FILLER = (
    "(?:update|edit|fyi|ok|okay|and|now|it['’]?s|this is|this|that['’]?s|is|it|got|issue|problem|was|all|we|i"
    "|(?:i|we)['’]ve|have|has been|already|finally|thanks)"
)
_SETTLED = re.compile(
    rf"[\W_]{{0,10}}(?:{_FILLER}[\s:,.*_-]{{1,4}}){{0,4}}"
    r"(?:(?:re)?solved|fixed(?! (?:version|ip|size|width|address))|sorted(?: out)?|never ?mind|nvm"
    r"|false alarm|works (?:again|now)|working (?:again|now)|found it)\b"
    r"(?!\s*\?|\s+(?:path|to|url|ref|deps|dependenc))",
    re.IGNORECASE,
)
_MARK = re.compile(r"\s{0,5}(?::white_check_mark:|:heavy_check_mark:|✅|✔)")
_NOT_YET = re.compile(
    r"(?:\bnot|n['’]?t|\bun|\bnever|\bnothing)\s{0,2}(?:re)?(?:solved|fixed|sorted|working)"
    r"|\b(?:but|still|however|yet|any ideas?|today|help|fails|is back|same (?:error|issue|problem))\b"
    r"|\bnow (?:(?:i|we)(?: am| are|['’]m|['’]re)? (?:get|getting|see|seeing|hit|hitting)|it fails)\b"
    r"|\b(?:fail(?:s|ed|ing)?|broken|happen(?:s|ed|ing)?) again\b|\?",
    re.IGNORECASE,
)

_OTHER_CI = re.compile(
    r"(?<![\w./:-])(?:git ?hub (?:actions?|workflows?|runners?)|gh actions?|(?:aws-)?actions/[\w-]+@[\w.]+"
    r"|GITHUB_[A-Z_]{3,30}|configure-aws-credentials|id-token: ?write|[`'\"]id-token[`'\"] permission"
    r"|git ?lab(?:[ -](?:ci|runner|pipeline|job)s?)|CI_JOB_JWT|circle ?ci|jenkins|build ?kite|teamcity"
    r"|travis(?: ?ci)?|azure (?:devops|pipelines?)|drone ?ci|code ?build|codepipeline|bamboo|tekton|argo ?cd"
    r"|spacelift|semaphore ?ci|concourse ci|harness ci|GHA)(?![\w-])"
    r"|token\.actions\.githubusercontent\.com|gitlab\.com/\S{1,200}/-/(?:jobs|pipelines)|/actions/runs/\d"
    r"|(?<![A-Z_])(?:ACTIONS_ID_TOKEN_|CIRCLE_|CI_JOB_|BUILDKITE_|CODEBUILD_|JENKINS_|TF_BUILD|SYSTEM_OIDC)\w"
    # What GitHub's action for AWS prints, and how GitHub and Azure mark the lines of a log.
    r"|could not assume role with (?:OIDC|web identity token file|user credentials): "
    r"|retry AssumeRole: attempt \d+ of \d+|##\[(?:error|warning|group|section|debug)\]",
    re.IGNORECASE,
)
_BITBUCKET = re.compile(r"bit ?bucket(?! (?:server|data ?cent))", re.IGNORECASE)
_NOT_BITBUCKET = re.compile(
    r"(?:not|no|isn['’]?t|without|instead of)(?: an?| from)? bit ?bucket", re.IGNORECASE
)


def is_settled(text: str) -> bool:
    """Whether the message begins, or ends, by saying that the trouble is over."""
    head = text[:_HEAD].partition("\n")[0]
    if (_SETTLED.match(head) or _MARK.match(head)) and not _NOT_YET.search(head):
        return True
    last = text[-_LAST_LINE - 1 :].rstrip().rpartition("\n")
    return bool(last[1] and _SETTLED.match(last[2]) and not _NOT_YET.search(last[2]))


def is_other_ci(text: str) -> bool:
    """Whether the message is about another CI, and not about Bitbucket."""
    if not _OTHER_CI.search(text):
        return False
    return not _BITBUCKET.search(_NOT_BITBUCKET.sub("", text))
