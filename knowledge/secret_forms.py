"""Secrets that have a form of their own, whatever stands beside them.

Each form is looked for by literals, and its pattern is tried only where one of them stands, so that the time
is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from knowledge.frozen import dataclass
from knowledge.secret_lines import Span, end_over_lines


@dataclass(frozen=True, slots=True)
class Form:
    """A secret with a form of its own. `pattern` is tried `back` characters before each place of a needle;
    its last group that took part, or else the whole match, is replaced. `wraps` tells that it is so long
    that terminals break it."""

    kind: str
    needles: tuple[str, ...]
    pattern: str
    back: int = 0
    wraps: bool = False


def form(kind: str, needles: str, pattern: str, *, back: int = 0, wraps: bool = False) -> Form:
    return Form(kind, tuple(needles.split(",")), pattern, back, wraps)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Only when a text has its needle: few texts do, and compiling all takes as long as checking a file."""
    return re.compile(pattern)


_ALONE = r"(?<![A-Za-z0-9])"
# Between the name of a key of AWS's and its value, in whatever notation.
_APART = r"(?:[\s\"'\\:=|>,\]“”‘’]|&quot;){1,40}"
# References, placeholders, and what was taken out already.
_NO_SECRET = r"(?![$\[<*%{]|[A-Z]{2,20}(?:_[A-Z]{2,20}){1,4}(?![^\s\"']))"
_WORD = _NO_SECRET + r"[^\s\"'|;&]{3,300}"
_OPTION = r"(?<=[ \t])"
# In quotes a secret goes on over blanks.
_QUOTED = rf"'({_NO_SECRET}[^'\n]{{3,300}})'|\"({_NO_SECRET}[^\"\n]{{3,300}})\""
_ARGUMENT = rf"(?:{_QUOTED}|[\"']?({_WORD}))"

FORMS: tuple[Form, ...] = (
    form("aws-key-id", "AKIA,ASIA,ABIA,ACCA", _ALONE + r"A[A-Z]{3}[A-Z0-9]{16}(?![A-Za-z0-9])"),
    form(
        "aws-secret-key",
        "ecret_access_key,ecretAccessKey,ECRET_ACCESS_KEY",
        r"[A-Za-z_]{14,16}" + _APART + r"([A-Za-z0-9/+=]{30,128})",
    ),
    form(
        "aws-secret-key",
        # The file that AWS's console hands out has it bare, behind its key id; its tables, behind the end.
        "[redacted aws-key-id]",
        r"\[redacted aws-key-id\][\s\"',;:|]{1,8}(?:\d{4}-\d\d-\d\dT[\d:.+Z-]{8,20}[\s\"',;:|]{1,8})?"
        r"(?:(?:AWS_?)?[Ss]ecret\w{0,12}[\s\"'=:]{1,8})?((?![0-9a-f]{40})[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    form(
        "aws-session-token", "IQoJ,FwoG,FQoG", r"(?<![A-Za-z0-9/+])[A-Za-z]{4}[A-Za-z0-9/+=]{40,}", wraps=True
    ),
    form(
        "aws-session-token",
        "ession_token,essionToken,ESSION_TOKEN",
        r"[A-Za-z_]{11,12}" + _APART + r"([A-Za-z0-9/+=]{40,})",
        wraps=True,
    ),
    form(
        "atlassian-token",
        "AT",
        r"(?<![A-Za-z0-9_-])AT(?:[A-Z]{3}(?=[A-Z_-]{0,40}[a-z0-9])[A-Za-z0-9_\-=]{20,}|BB[A-Za-z0-9]{20,})",
        wraps=True,
    ),
    form(
        "slack-token", "xox,xapp-", _ALONE + r"(?:xoxe\.xox[bp]-|xox[a-z]-|xapp-)[A-Za-z0-9-]{8,}", wraps=True
    ),
    form(
        "slack-webhook",
        "://hooks.slack",
        r"://hooks\.slack(?:-gov)?\.com/[a-z]{4,12}/([A-Za-z0-9/_-]{8,})",
    ),
    form(
        "secret",
        "webhook.office.com/,/api/webhooks/",
        r"webhook\.office\.com/([A-Za-z0-9/@_-]{16,})|/api/webhooks/\d{10,25}/([A-Za-z0-9_-]{20,})",
    ),
    form(
        "google-token",
        "ya29.,AIza,1//0,GOCSPX-,private_key_id",
        _ALONE + r"(?:ya29\.[A-Za-z0-9_.-]{10,}|AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,})"
        r"|(?<![A-Za-z0-9:/.-])1//0[A-Za-z0-9_-]{16,}"
        r"|private_key_id(?:[\s\"'\\:=]|&quot;){1,12}([A-Za-z0-9]{20,64})",
        wraps=True,
    ),
    form(
        "azure-secret", "Q~", r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,36}", back=4
    ),
    form(
        "github-token",
        "ghp_,gho_,ghu_,ghs_,ghr_,github_pat_",
        _ALONE + r"(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,})",
    ),
    form(
        "gitlab-token",
        "glpat-,gldt-,glrt-,glcbt-,glptt-,glft-,glsoat-,glagent-",
        _ALONE + r"gl[a-z]{2,5}-[A-Za-z0-9_.-]{16,}",
    ),
    form("npm-token", "npm_", _ALONE + r"npm_[A-Za-z0-9]{30,}"),
    form("vault-token", "hvs.,hvb.", _ALONE + r"hv[sb]\.[A-Za-z0-9_-]{20,}", wraps=True),
    form(
        "token",
        "sk_live_,sk_test_,rk_live_,rk_test_,whsec_,SG.,sk-ant-,sk-proj-,dop_v1_,pypi-Ag,hf_,dckr_,dapi,sntrys_,sqp_"
        ",squ_,sqa_,NRAK-,shpat_,rubygems_,AKCp,cmVmdGtuOj,AGE-SECRET-KEY-,lin_api_,dp.pt.,PMAK-",
        r"(?<![A-Za-z0-9_-])(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,}"
        r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|sk-(?:ant|proj)-[A-Za-z0-9_-]{20,}"
        r"|dop_v1_[0-9a-f]{40,}|pypi-Ag[A-Za-z0-9_-]{40,}|hf_[A-Za-z0-9]{30,}|dckr_[po]at_[A-Za-z0-9_-]{20,}"
        r"|dapi[0-9a-f]{32}|sntrys_[A-Za-z0-9_=+/-]{40,}|sq[pua]_[0-9a-f]{40}|NRAK-[A-Z0-9]{27}"
        r"|shpat_[0-9a-f]{32}|rubygems_[0-9a-f]{48}|AKCp[A-Za-z0-9]{40,}|cmVmdGtuOj[A-Za-z0-9+/=]{30,}"
        r"|AGE-SECRET-KEY-1[A-Z0-9]{50,}|lin_api_[A-Za-z0-9]{32,}|dp\.pt\.[A-Za-z0-9]{40,}"
        r"|PMAK-[0-9a-f]{24}-[0-9a-f]{34})",
    ),
    form(
        "token",
        "T3BlbkFJ",
        r"(?<![A-Za-z0-9])sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}(?![A-Za-z0-9])",
        back=23,
    ),
    # SonarQube's tokens went into this property before there was one with `token` in its name.
    form("token", "sonar.login", r"sonar\.login[ \t]{0,3}[=:][ \t]{0,3}[\"']?([0-9a-f]{40})(?![0-9a-zA-Z])"),
    form("token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}", back=14),
    form(
        "signature",
        "X-Amz-S,x-amz-s,X-amz-s,sig=,Signature=",
        r"[Xx]-[Aa]mz-(?:[Ss]ignature|[Ss]ecurity-[Tt]oken)[\"']?\s{0,4}[=:]\s{0,4}[\"']?([A-Za-z0-9%+/=_.-]{8,})"
        r"|(?<![A-Za-z0-9_])sig=([A-Za-z0-9%+/=_-]{16,})|Signature=([0-9a-f]{64})\b",
    ),
    form(
        "authorization",
        "uthorization,UTHORIZATION,ookie",
        r"(?:uthorization|UTHORIZATION|ookie)\\?[\"']?:[ \t]{0,8}(?:\\?[\"'])?"
        r"(?:[A-Za-z][A-Za-z0-9-]{0,30}[ \t]{1,4})?"
        r"(?!\S{1,40}[ \t]{1,4}\[redacted |(?:[Bb]earer|[Bb]asic|[Tt]oken|Digest|Negotiate)[ \t])"
        r"((?![$\[<*{])[^\s\"'\\\[]{6,}(?:;[ \t][^\s\"'\\]{2,})*)",
    ),
    form(
        "authorization",
        '"auth",_auth',
        # What Docker and npm keep of a login: base64 of the user's name and password.
        r"(?:\"auth\\?\"[ \t]{0,4}:[ \t]{0,4}\\?\"|_auth[ \t]{0,4}[=:][ \t]{0,4}[\"']?)"
        r"((?=[A-Za-z+/_-]{0,60}[0-9=])[A-Za-z0-9+/=_-]{8,})",
    ),
    form("authorization", '"auth\\"', r"\"auth\\\"[ \t]{0,4}:[ \t]{0,4}\\\"([A-Za-z0-9+/=_-]{8,})"),
    form(
        "bearer",
        "earer,asic",
        r"(?<=[Bb])(?<![A-Za-z].)(?:earer|asic)[ \t]{1,4}"
        r"((?=[A-Za-z._~+/-]{0,60}[0-9=]|[A-Za-z._~+/-]{24})[A-Za-z0-9._~+/=-]{8,})",
    ),
    form(
        "password",
        "curl",
        r"curl\b[^\n]{0,200}?[ \t](?:-u|--user|--proxy-user)[ \t=]{0,3}"
        rf"(?:'[^\s:\"'$]{{1,100}}:({_NO_SECRET}[^'\n]{{3,300}})'"
        rf"|\"[^\s:\"'$]{{1,100}}:({_NO_SECRET}[^\"\n]{{3,300}})\""
        rf"|[\"']?[^\s:\"'$]{{1,100}}:({_NO_SECRET}[^\s\"']{{3,300}}))",
    ),
    form(
        "password",
        "sshpass,redis-cli,ldap,sqlcmd,zip,mongo,mysql,mariadb",
        rf"sshpass[ \t]{{1,3}}-p[ \t]{{0,3}}(?:{_QUOTED}|[\"']?({_NO_SECRET}[^\s\"']{{3,300}}))"
        rf"|(?:mysql|mariadb)(?:-?[a-z]{{2,8}})?[ \t][^\n|;]{{0,200}}?{_OPTION}-p{_ARGUMENT}"
        rf"|redis-cli[ \t][^\n|;]{{0,100}}?{_OPTION}-a[ \t]{{1,3}}{_ARGUMENT}"
        rf"|ldap[a-z]{{3,8}}[ \t][^\n|;]{{0,200}}?{_OPTION}-w[ \t]{{1,3}}{_ARGUMENT}"
        rf"|sqlcmd[ \t][^\n|;]{{0,200}}?{_OPTION}-P[ \t]{{0,3}}{_ARGUMENT}"
        rf"|zip[ \t][^\n|;]{{0,80}}?{_OPTION}-P[ \t]{{1,3}}{_ARGUMENT}"
        rf"|mongo(?:sh|dump|restore|export|import)?[ \t][^\n|;]{{0,200}}?{_OPTION}-p"
        rf"[ \t]{{1,3}}{_ARGUMENT}",
    ),
    form(
        "password",
        "login",
        rf"\blogin[ \t][^\n|;]{{0,200}}?{_OPTION}-p"
        rf"(?:[ \t]{{1,4}}|(?=\S{{0,40}}\d)(?!ath|ort|ro|assw)){_ARGUMENT}"
        # `.netrc`, on one line or on several.
        rf"|\blogin\s{{1,8}}\S{{1,100}}\s{{1,8}}password\s{{1,8}}({_NO_SECRET}\S{{3,300}})",
    ),
    form(
        "password",
        "echo,printf",
        r"(?:echo|printf)[ \t]{1,3}(?:-n[ \t]{1,3}|%s[ \t])?"
        rf"(?:{_QUOTED}|[\"']?({_NO_SECRET}[^\s\"'|]{{3,300}})[\"']?)"
        r"[ \t]{0,3}\|[^\n|]{0,260}?--password-stdin",
    ),
    form("password", "-pass", rf"-pass(?:in|out)?[ \t=]{{1,3}}[\"']?pass:({_WORD})"),
    form(
        "password",
        "://",
        rf"://[^\s/:@\"'<>|]{{0,200}}:({_NO_SECRET}[^\s/\"'<>|]{{1,300}})@"
        rf"|://({_NO_SECRET}[A-Za-z0-9_.=~-]{{24,300}})@",
    ),
)


def form_spans(one: Form, text: str) -> Iterator[Span]:
    """The secrets of this form in `text`, in order."""
    pattern = _compiled(one.pattern)
    done = 0
    for place in places(text, one.needles):
        match = pattern.match(text, place - one.back) if place - one.back >= done else None
        if match is not None:
            start, end = match.span(match.lastindex or 0)
            done = end_over_lines(text, start, end) if one.wraps else end
            yield start, done, one.kind


def places(text: str, needles: tuple[str, ...]) -> list[int]:
    """Where one of the literals begins, in order."""
    found = []
    for needle in needles:
        at = text.find(needle)
        while at >= 0:
            found.append(at)
            at = text.find(needle, at + len(needle))
    return sorted(found)
