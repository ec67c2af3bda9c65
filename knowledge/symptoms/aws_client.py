"""What AWS clients print when no token, no role or no credentials reached STS."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, OIDC, Signature

_BOTOCORE = "https://github.com/boto/botocore/blob/develop/botocore/credentials.py"
_CLI = "https://github.com/aws/aws-cli"
_GO = "https://github.com/hashicorp/aws-sdk-go-base/blob/main/credentials.go"
_TOKENISH = r"(?i:token|oidc|jwt|web.?identity)"

_aws = partial(Signature, provider="aws", reach=OIDC, source=_CLI)
_common = partial(Signature, provider="aws", reach=COMMON, source=_BOTOCORE)

ROWS: tuple[Signature, ...] = (
    _aws(
        id="aws-client-token-empty",
        family=Family.TOKEN_EMPTY,
        code="ParamValidation",
        needle="for parameter WebIdentityToken",
        pattern=r"Invalid length for parameter WebIdentityToken(?:, value: (?P<length>\d+)(?:, valid min "
        r"length: \d+)?|(?:, value?:?)?(?:\.{2,3}|…)?\Z)",
        meaning="The token file holds nothing (0) or one line break (1): the step had no token when it "
        "was written.",
        source=_BOTOCORE,
        examples=(
            (
                "Parameter validation failed:\nInvalid length for parameter WebIdentityToken, value: 1, "
                "valid "
                "min length: 4"
            ),
            (
                "aws: [ERROR]: An error occurred (ParamValidation): Parameter validation failed:\nInvalid "
                "length for parameter WebIdentityToken, "
                "value: 0, valid min length: 4"
            ),
            (
                "botocore.exceptions.ParamValidationError: Parameter validation failed:\nInvalid length for "
                "parameter WebIdentityToken, value: 1, "
                "valid min length: 4"
            ),
        ),
    ),
    _aws(
        id="aws-cli-token-argument-empty",
        family=Family.TOKEN_EMPTY,
        code="ParamValidation",
        needle="argument --web-identity-token",
        pattern=r"argument --web-identity-token: expected one argument",
        meaning="The command got no token: the variable is empty in this step.",
        examples=(
            (
                "usage: aws [options] <command> <subcommand>\naws: error: argument --web-identity-token: "
                "expected one argument"
            ),
            (
                "aws: [ERROR]: An error occurred (ParamValidation): argument --web-identity-token: expected "
                "one argument"
            ),
        ),
    ),
    _aws(
        id="aws-terraform-token-empty",
        family=Family.TOKEN_EMPTY,
        needle="assume_role_with_web_identity",
        pattern=r"expected length of assume_role_with_web_identity\.0\.web_identity_token to be in the "
        r"range \(\d+ - \d+\)",
        meaning="The provider block got an empty token.",
        source="https://github.com/hashicorp/terraform-provider-aws/issues/37401",
        examples=(
            (
                "Error: expected length of assume_role_with_web_identity.0.web_identity_token to be in the "
                "range (4 - 20000), got "
            ),
        ),
    ),
    _aws(
        id="aws-terraform-token-not-given",
        family=Family.OTHER,
        needle="Invalid combination of arguments",
        pattern=r"Invalid combination of arguments.{0,500}web_identity_token",
        meaning="The provider block names neither a token nor a token file; the variables alone do not do "
        "there.",
        source="https://github.com/hashicorp/terraform-provider-aws/issues/37401",
        examples=(
            (
                "Error: Invalid combination of arguments\n\n  with "
                'provider["registry.terraform.io/hashicorp/aws"],\n\n'
                '"assume_role_with_web_identity.0.web_identity_token": one '
                "of\n`assume_role_with_web_identity.0.web_identity_token` must be specified"
            ),
        ),
    ),
    _common(
        id="aws-client-role-arn-empty",
        family=Family.ROLE_ARN_MISSING,
        code="ParamValidation",
        needle="for parameter RoleArn",
        pattern=r"Invalid length for parameter RoleArn, value: (?P<length>[01]\b)(?:, valid min length: "
        r"\d+)?",
        meaning="No role ARN was given.",
        examples=(
            (
                "Parameter validation failed:\nInvalid length for parameter RoleArn, value: 0, valid min "
                "length: 20"
            ),
        ),
    ),
    _common(
        id="aws-client-role-arn-short",
        family=Family.ROLE_ARN_MALFORMED,
        code="ParamValidation",
        needle="for parameter RoleArn",
        pattern=r"Invalid length for parameter RoleArn, value: (?P<length>[2-9]|\d{2,})(?:, valid min "
        r"length: \d+)?",
        meaning="What was given as role ARN is too short to be one.",
        examples=(
            (
                "Parameter validation failed:\nInvalid length for parameter RoleArn, value: 6, valid min "
                "length: 20"
            ),
        ),
    ),
    _common(
        id="aws-client-session-argument",
        family=Family.SESSION_ARGUMENT,
        code="ParamValidation",
        needle="for parameter RoleSessionName|for parameter DurationSeconds",
        pattern=r"Invalid (?:length|value) for parameter (?P<argument>RoleSessionName|DurationSeconds), "
        r"value: (?P<given>[^,]{0,100}),",
        meaning="The session's name or duration was refused before anything was sent.",
        examples=(
            (
                "Parameter validation failed:\nInvalid length for parameter RoleSessionName, value: 1, valid "
                "min length: 2"
            ),
            (
                "Parameter validation failed:\nInvalid value for parameter DurationSeconds, value: 100, "
                "valid "
                "min value: 900"
            ),
        ),
    ),
    _common(
        id="aws-cli-role-argument-empty",
        family=Family.ROLE_ARN_MISSING,
        code="ParamValidation",
        needle="argument --role-arn",
        pattern=r"argument --role-arn: expected one argument",
        meaning="The command got no role ARN: the variable is empty in this step.",
        source=_CLI,
        examples=("aws: error: argument --role-arn: expected one argument",),
    ),
    _common(
        id="aws-cli-session-argument-empty",
        family=Family.SESSION_ARGUMENT,
        code="ParamValidation",
        needle="argument --role-session-name",
        pattern=r"argument --role-session-name: expected one argument",
        meaning="The command got no session name.",
        source=_CLI,
        examples=("aws: error: argument --role-session-name: expected one argument",),
    ),
    _aws(
        id="aws-cli-token-file-not-found",
        family=Family.TOKEN_FILE_NOT_FOUND,
        needle="Error parsing parameter '--web-identity-token'",
        pattern=r"Error parsing parameter '--web-identity-token': Unable to load paramfile "
        r"(?:fileb?://)?(?P<path>[^\s:]+)(?:: \[Errno 2\] No such file or directory: '[^']{0,300}')?",
        meaning="The file that the command names as token is not there.",
        examples=(
            (
                "Error parsing parameter '--web-identity-token': Unable to load paramfile file:///tmp/oidc: "
                "[Errno 2] No such file or directory: '/tmp/oidc'"
            ),
        ),
    ),
    _aws(
        id="aws-go-token-file-not-found",
        family=Family.TOKEN_FILE_NOT_FOUND,
        needle="unable to read file at",
        # Go programs say this of any file; the words before it, or the file's name, must tell.
        pattern=r"(?:(?:provide source, |WebIdentityErr: )unable to read file at (?P<path>[^\s:]*)"
        r"|unable to read file at (?P<path2>[^\s:]{0,200}" + _TOKENISH + r"[^\s:]{0,200}))"
        r" ?:? ?(?:caused by: )?open ?[^:]{0,300}: no such file or directory",
        meaning="The token file is not where its variable says.",
        source=_GO,
        examples=(
            (
                "failed to refresh cached credentials, failed to retrieve jwt from provide source, unable to "
                "read file at /tmp/web-identity-token: "
                "open /tmp/web-identity-token: no such file or directory"
            ),
            (
                "failed to retrieve jwt from provide source, unable to read file at : open : no such file or "
                "directory"
            ),
            (
                "WebIdentityErr: failed fetching WebIdentity token: \ncaused by: WebIdentityErr: unable to "
                "read file at /tmp/token\n"
                "caused by: open /tmp/token: no such file or directory"
            ),
        ),
    ),
    _common(
        id="aws-token-file-not-found",
        family=Family.TOKEN_FILE_NOT_FOUND,
        needle="No such file or directory|ENOENT: no such file",
        pattern=r"(?<!paramfile )\[Errno 2\] No such file or directory: '(?P<path>[^']{0,200}"
        + _TOKENISH
        + r"[^']{0,200})'"
        # Typed by hand, or from a shell: the name of a token's file, and nothing less, must tell.
        r"|(?<!paramfile )[Nn]o such file or directory:? '?(?P<path3>/?[\w./-]{0,150}web-identity-token)"
        r"|(?<![\w./-])(?P<path4>[\w./-]{0,150}web-identity-token): [Nn]o such file or directory"
        r"|ENOENT: no such file or directory, open '(?P<path2>[^']{0,200}" + _TOKENISH + r"[^']{0,200})'",
        meaning="The token file is not where its variable says.",
        examples=(
            "[Errno 2] No such file or directory: '/tmp/web-identity-token'",
            (
                "FileNotFoundError: [Errno 2] No such file or directory: "
                "'/opt/atlassian/pipelines/agent/build/oidc.jwt'"
            ),
            "Error: ENOENT: no such file or directory, open '/tmp/web-identity-token'",
            "cat: /tmp/web-identity-token: No such file or directory",
        ),
    ),
    _common(
        id="aws-java-token-file-not-found",
        family=Family.TOKEN_FILE_NOT_FOUND,
        needle="NoSuchFileException",
        pattern=r"NoSuchFileException: (?P<path>\S{0,200}" + _TOKENISH + r"[^\s,)\]]{0,200})",
        meaning="The token file is not where its variable says.",
        source="https://github.com/aws/aws-sdk-java-v2/issues/5294",
        examples=("java.nio.file.NoSuchFileException: /tmp/web-identity-token",),
    ),
    _aws(
        id="aws-role-arn-not-configured",
        family=Family.ROLE_ARN_MISSING,
        needle="but has no role ARN configured",
        pattern=r"configured to assume role with web identity but has no role ARN configured",
        meaning="The token file's variable is set, but `AWS_ROLE_ARN` is not.",
        source=_BOTOCORE,
        examples=(
            (
                "The provided profile or the current environment is configured to assume role with web "
                "identity but has no role ARN configured. "
                "Ensure that the profile has the role_arnconfiguration set or the AWS_ROLE_ARN env var is "
                "set."
            ),
        ),
    ),
    _aws(
        id="aws-go-role-arn-not-set",
        family=Family.ROLE_ARN_MISSING,
        needle="role ARN is not set",
        pattern=r"(?:[Ee]rror: |Err: |credentials, )role ARN is not set",
        meaning="The token file's variable is set, but `AWS_ROLE_ARN` is not.",
        source=_GO,
        examples=("Error: role ARN is not set", "WebIdentityErr: role ARN is not set"),
    ),
)
