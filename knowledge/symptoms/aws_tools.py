"""What frameworks on top of the AWS clients print; most of it hides the text that decides."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, OIDC, Signature

_SERVERLESS = "https://github.com/thomasmichaelwallace/serverless-better-credentials/issues/24"
_CDK = "https://github.com/aws/aws-cdk/issues/32120"
_ECR = "https://github.com/awsdocs/amazon-ecr-user-guide/pull/19"
_GO = "https://github.com/hashicorp/aws-sdk-go-base/blob/main/errors.go"

_hides = partial(Signature, provider="aws", reach=COMMON, family=Family.HIDDEN, generic=True)
_common = partial(Signature, provider="aws", reach=COMMON)

ROWS: tuple[Signature, ...] = (
    _hides(
        id="aws-terraform-no-credentials",
        needle="valid credential sources|error configuring Terraform AWS|error configuring S3 Backend",
        pattern=r"[Nn]o valid credential sources (?:found|for \S+)|error configuring (?:Terraform AWS "
        r"Provider|S3 Backend)",
        meaning="Terraform found no credentials; the reason stands in the lines below this one.",
        source=_GO,
        examples=(
            "Error: No valid credential sources found",
            (
                "error configuring Terraform AWS Provider: no valid credential sources for Terraform AWS "
                "Provider found."
            ),
            "Error: error configuring S3 Backend: no valid credential sources for S3 Backend found.",
        ),
    ),
    _hides(
        id="aws-terraform-web-identity",
        reach=OIDC,
        needle="with web identity",
        pattern=r"(?:Cannot assume IAM Role with web identity.{0,60}?)?IAM Role "
        r"\((?P<role_arn>[^)]{1,300})\) cannot be assumed with web identity token"
        r"|Cannot assume IAM Role with web identity",
        meaning="Terraform could not exchange the token; the reason stands in the lines below this one.",
        source=_GO,
        examples=(
            "Error: Cannot assume IAM Role with web identity",
            "IAM Role (arn:aws:iam::123456789012:role/deploy) cannot be assumed with web identity token.",
        ),
    ),
    _hides(
        id="aws-js2-credentials",
        code="CredentialsError",
        needle="Missing credentials in config",
        pattern=r"Missing credentials in config",
        meaning="This client says no more, whatever STS answered.",
        source="https://docs.aws.amazon.com/sdk-for-javascript/v2/developer-guide/setting-credentials-node.html",
        examples=(
            (
                "CredentialsError: Missing credentials in config, if using AWS_CONFIG_FILE, set "
                "AWS_SDK_LOAD_CONFIG=1"
            ),
        ),
    ),
    _hides(
        id="aws-crt-web-identity",
        reach=OIDC,
        needle="AWS_AUTH_CREDENTIALS_PROVIDER_STS_WEB_IDENTITY_SOURCE_FAILURE",
        pattern=r"AWS_AUTH_CREDENTIALS_PROVIDER_STS_WEB_IDENTITY_SOURCE_FAILURE",
        meaning="This client says no more, whatever STS answered.",
        source="https://github.com/awslabs/aws-c-auth",
        examples=("AWS_ERROR: AWS_AUTH_CREDENTIALS_PROVIDER_STS_WEB_IDENTITY_SOURCE_FAILURE",),
    ),
    _hides(
        id="aws-serverless-credentials",
        code="AWS_CREDENTIALS_NOT_FOUND",
        needle="AWS provider credentials not|AWS credentials missing or",
        pattern=r"AWS provider credentials not found|AWS credentials missing or invalid",
        meaning="The framework hides what STS answered.",
        source=_SERVERLESS,
        examples=(
            (
                "AWS provider credentials not found. Learn how to set up AWS provider credentials in our "
                "docs "
                "here: <http://slss.io/aws-creds-setup>."
            ),
            "Error: AWS credentials missing or invalid. Run the setup again.",
        ),
    ),
    _hides(
        id="aws-amplify-credentials",
        needle="AWS access credentials can|get AWS credentials|resolve AWS credentials|get profile "
        "credentials|Invalid AWS credentials",
        pattern=r"AWS access credentials can not be found|Failed to get AWS credentials|Failed to resolve "
        r"AWS credentials with --yes flag"
        r"|Failed to get profile credentials|Invalid AWS credentials",
        meaning="The framework hides what STS answered.",
        source="https://docs.amplify.aws/gen1/javascript/tools/cli/",
        examples=(
            "AWS access credentials can not be found.",
            "Failed to get AWS credentials",
            "Failed to resolve AWS credentials with --yes flag.",
            "Failed to get profile credentials",
            "Invalid AWS credentials",
        ),
    ),
    _common(
        id="aws-cdk-no-credentials",
        family=Family.NO_CREDENTIALS,
        needle="Need to perform AWS calls for account",
        pattern=r"Need to perform AWS calls for account (?P<account>\S+?),? but no credentials (?:have "
        r"been configured|found)"
        r"|Need to perform AWS calls for account (?P<account2>\S+?),? (?:but no credentials[^.]{0,80}?,? "
        r")?and none of these plugins found any",
        meaning="The search for credentials ended with nothing.",
        source=_CDK,
        examples=(
            "Need to perform AWS calls for account 123456789012, but no credentials have been configured",
            (
                "Need to perform AWS calls for account 123456789012, but no credentials found, and none of "
                "these plugins found any: x"
            ),
            "Need to perform AWS calls for account 123456789012, and none of these plugins found any: x",
        ),
    ),
    _common(
        id="aws-cdk-other-account",
        family=Family.CALL_REFUSED,
        needle="but the current credentials are for",
        pattern=r"Need to perform AWS calls for account (?P<account>\S+?),? but the current credentials "
        r"are for (?P<current>\w+)",
        meaning="The credentials work, but belong to another account than the stack.",
        source=_CDK,
        examples=(
            (
                "Need to perform AWS calls for account 123456789012, but the current credentials are for "
                "210987654321"
            ),
        ),
    ),
    _common(
        id="aws-cdk-account-unknown",
        family=Family.NO_CREDENTIALS,
        generic=True,
        needle="AWS account to use|the default AWS account",
        pattern=r"Unable to resolve AWS account to use|Unable to determine the default AWS account",
        meaning="The account could not be told from the credentials, because there are none that work.",
        source=_CDK,
        examples=(
            (
                "Unable to resolve AWS account to use. It must be either configured when you define your CDK "
                "Stack, or through the environment"
            ),
            "Unable to determine the default AWS account (TimeoutError): x",
        ),
    ),
    _common(
        id="aws-cdk-bootstrap-role",
        family=Family.CALL_REFUSED,
        needle="current credentials could not be used to assume",
        pattern=r"current credentials could not be used to assume '(?P<resource>arn:[^']{1,300})'",
        meaning="The credentials work, but may not assume the bootstrap role.",
        source="https://github.com/aws/aws-cdk/issues/31128",
        details=(r"(?P<right_account>but are for the right account)",),
        examples=(
            (
                "current credentials could not be used to assume "
                "'arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-eu-west-1', "
                "but are for the right account. Proceeding anyway."
            ),
        ),
    ),
    _hides(
        id="aws-kubectl-exec",
        needle="executable aws failed with exit code",
        pattern=r"getting credentials: exec: executable aws failed with exit code (?P<exit_code>\d+)",
        meaning="The AWS command line failed; its own line stands above this one.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html",
        examples=(
            (
                "Unable to connect to the server: getting credentials: exec: executable aws failed with exit "
                "code 254"
            ),
        ),
    ),
    _hides(
        id="aws-docker-login",
        needle="Cannot perform an interactive login|Must provide --username with|no basic auth credentials",
        pattern=r"Cannot perform an interactive login from a non[- ]TTY device|Must provide --username "
        r"with --password-stdin|no basic auth credentials",
        meaning="The password for the registry was empty: the AWS command before this one failed.",
        source=_ECR,
        examples=(
            "Error: Cannot perform an interactive login from a non TTY device",
            "Error: Must provide --username with --password-stdin",
            "no basic auth credentials",
        ),
    ),
    _common(
        id="aws-ecr-login-expired",
        family=Family.SESSION_EXPIRED,
        needle="Your authorization token has expired",
        pattern=r"denied: Your authorization token has expired",
        meaning="The login to the registry ended before the step did.",
        source=_ECR,
        examples=("denied: Your authorization token has expired. Reauthenticate and try again.",),
    ),
)
