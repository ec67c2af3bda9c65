"""Who printed an AWS error, and what stands around its message: code, operation, request id, role.

Each client wraps the same message in its own words. The wrappers are read here, once, so that the
tables need only the messages.
"""

from __future__ import annotations

import re
from dataclasses import field

from knowledge.frozen import dataclass
from knowledge.late_pattern import late

#: STS lists what is wrong with its arguments one behind the other.
_VIOLATIONS = r"(?:\d{1,2} validation errors? detected: (?:Value [^;]{0,300}; ){0,5})?"
_OPENINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (tool, late(pattern + _VIOLATIONS + r"\Z"))
    for tool, pattern in (
        (
            "aws-cli-or-boto3",
            (
                r"(?:aws: \[ERROR\]: )?An error occurred \((?P<code>\w{2,60})\)(?: when calling the "
                r"(?P<operation>\w{2,80}) operation)?"
                r"(?: \(reached max retries: \d+\))?:? ?(?:Parameter validation failed: ?)?"
            ),
        ),
        (
            "go-v2",
            (
                r"operation error [\w ]{2,40}: (?P<operation>\w{2,80}), (?:exceeded maximum number of "
                r"attempts, \d+, )?https response error "
                r"StatusCode: (?P<status>\d*), RequestID: (?P<request_id>[^,]{0,60}), (?:HostID: "
                r"[^,]{0,120}, "
                r")?(?:api error )?(?P<code>\w{2,60}): "
            ),
        ),
        # The code is a part of the message's own pattern then.
        ("aws-cli-or-boto3", r"(?:aws: \[ERROR\]: )?An error occurred "),
        ("go-v1", r"WebIdentityErr: [^:]{0,80}caused by: (?P<code>\w{2,60}): "),
        (
            "java",
            r"(?:software\.amazon\.awssdk|com\.amazonaws)[\w.]{0,120}Exception: ",
        ),
        (
            "dotnet",
            (
                r"(?:Amazon\.Runtime\.AmazonClientException: Error calling AssumeRole for role "
                r"(?P<role_arn>\S{1,200}) ---> )?"
                r"Amazon\.SecurityToken\.[\w.]{0,80}Exception: "
            ),
        ),
        ("ruby", r"Aws::STS::Errors::(?P<code>\w{2,60}) \("),
        ("php", r"Aws\\Sts\\Exception\\StsException: .{0,300}?(?P<code>\w{2,60}) \(client\): "),
        ("js-v3", r"STSServiceException \[(?P<code>\w{2,60})\]: "),
        ("github-action", r"Could not assume role with (?:OIDC|web identity token file): "),
        (
            "structured",
            (
                r"\{ ?\"Code\": \"(?P<code>\w{2,60})\", \"Message\": \"|Code: (?P<code2>\w{2,60}) Message: "
                r"|<Code>(?P<code3>\w{2,60})</Code> ?<Message>"
            ),
        ),
        # botocore's own exceptions have the same shape; only JavaScript's stand bare.
        ("js-v3", r"(?<![.\w])(?P<code>(?:[A-Z][a-z]+){2,8}?)(?:Exception)?: "),
    )
)
_LOOK_BACK = 700

_CLOSINGS = late(
    r"^.{0,400}?(?:\(Service: \w+[;,] Status Code: (?P<status>\d+)(?:[;,] Error Code: (?P<code>\w+))?[;,] "
    r"Request ID: (?P<request_id>[\w-]+)[^)]{0,120}\)"
    r"|status code: (?P<status2>\d+), request id: (?P<request_id2>[\w-]+)"
    r"|httpStatusCode: (?P<status3>\d+), requestId: '(?P<request_id3>[\w-]+)'"
    r"|</Message> ?</Error> ?<RequestId>(?P<request_id4>[\w-]+))"
)

# Where a role is named near a failure. The sign before the name keeps the ARN of a refused resource out.
_ROLE = r"(?P<arn>arn:aws[\w-]*:iam::[\w*${}]{1,40}:role/[\w+=,.@/*${}-]{1,200})"
_ROLE_NEAR = late(
    r"(?:--role-arn[ =]|AWS_(?:OIDC_)?ROLE_ARN[\"']?[=:] ?|[Rr]ole_?[Aa]rn[\"']?[ =:]{1,3}|for role |IAM "
    r"Role \(|role_arn[\"']? ?= ?|role-to-assume: ?|"
    r"[Aa]ssum(?:e|ing) (?:the )?(?:IAM )?role[: ]{1,2})[\"'`]{0,2}" + _ROLE
)
_ROLE_ANYWHERE = late(_ROLE)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the client put around the message; `start` and `end` hold message and wrapper."""

    start: int
    end: int
    code: str | None = None
    operation: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


def named(match: re.Match[str]) -> dict[str, str]:
    """The named groups that took part; a number behind a name tells alternatives apart."""
    return {
        name.rstrip("0123456789"): value.strip()
        for name, value in match.groupdict().items()
        if value is not None
    }


def read_envelope(text: str, start: int, end: int) -> Envelope:
    """The wrapper of the AWS message at `start:end` of flattened `text`."""
    values: dict[str, str] = {}
    before = text[max(0, start - _LOOK_BACK) : start]
    for tool, opening in _OPENINGS:
        # An opening starts with a known word, so the last such start before the message is the one.
        match = opening.search(before)
        if match:
            values = {"tool": tool, **named(match)}
            if tool == "go-v1":
                # Its wrapper stands around this one exchange alone.
                values["operation"] = "AssumeRoleWithWebIdentity"
            start -= len(before) - match.start()
            break
    closing = _CLOSINGS.match(text[end : end + 600])
    if closing:
        values = {**named(closing), **values}
        if closing.group().rstrip().endswith(")"):
            end += closing.end()
    code = values.pop("code", None)
    operation = values.pop("operation", None)
    return Envelope(start, end, code, operation, {name: value for name, value in values.items() if value})


def role_near(text: str, place: int) -> str | None:
    """The role that the text names beside a failure at `place`: nearest before it, else behind it,
    else the only role of the whole text."""
    window = max(0, place - 6000)
    if text.find(":role/", window, place + 3200) < 0:
        return None
    before = [match["arn"] for match in _ROLE_NEAR.finditer(text, window, place)]
    if before:
        return before[-1].rstrip(".,")
    behind = _ROLE_NEAR.search(text, place, place + 3000)
    if behind:
        return behind["arn"].rstrip(".,")
    every = {match["arn"].rstrip(".,") for match in _ROLE_ANYWHERE.finditer(text, window, place + 3000)}
    return every.pop() if len(every) == 1 else None
