"""What AWS clients print when the search for credentials, a profile or a region ends with nothing,
or with the wrong thing. Every laptop prints these too."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, Signature

_BOTOCORE = "https://github.com/boto/botocore/blob/develop/botocore/credentials.py"
_GO = "https://github.com/hashicorp/aws-sdk-go-base/blob/main/errors.go"
_JAVA = "https://github.com/aws/aws-sdk-java-v2/issues/5294"
_JS = "https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/setting-credentials-node.html"

_common = partial(Signature, provider="aws", reach=COMMON, source=_BOTOCORE)

ROWS: tuple[Signature, ...] = (
    _common(
        id="aws-js-no-credentials",
        family=Family.NO_CREDENTIALS,
        needle="Could not load credentials from any providers",
        pattern=r"Could not load credentials from any providers",
        meaning="No provider of credentials gave any: the role's or the token file's variable is not set.",
        source=_JS,
        examples=(
            "CredentialsProviderError: Could not load credentials from any providers",
            (
                "AWS credentials missing or invalid. Original error from AWS: Could not load credentials "
                "from "
                "any providers"
            ),
            (
                "Credentials could not be loaded, please check your action inputs: Could not load "
                "credentials "
                "from any providers"
            ),
        ),
    ),
    _common(
        id="aws-java-token-variable-missing",
        family=Family.NO_CREDENTIALS,
        needle="aws.webIdentityTokenFile must be set",
        pattern=r"Either the environment variable AWS_WEB_IDENTITY_TOKEN_FILE or the java ?property "
        r"aws\.webIdentityTokenFile must be set",
        meaning="The token file's variable is not set.",
        source=_JAVA,
        examples=(
            (
                "Either the environment variable AWS_WEB_IDENTITY_TOKEN_FILE or the javaproperty "
                "aws.webIdentityTokenFile must be set."
            ),
            (
                "Unable to load credentials from any of the providers in the chain "
                "AwsCredentialsProviderChain() : "
                "[WebIdentityTokenCredentialsProvider(): Either the environment variable "
                "AWS_WEB_IDENTITY_TOKEN_FILE or the javaproperty "
                "aws.webIdentityTokenFile must be set.]"
            ),
        ),
    ),
    _common(
        id="aws-java-no-credentials",
        family=Family.NO_CREDENTIALS,
        generic=True,
        needle="in the chain",
        pattern=r"Unable to load (?:AWS )?credentials from any (?:of the providers|provider) in the chain",
        meaning="No provider of credentials gave any.",
        source=_JAVA,
        examples=(
            "Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain()",
        ),
    ),
    _common(
        id="aws-no-credentials",
        family=Family.NO_CREDENTIALS,
        code="NoCredentials",
        needle="locate credentials|find credentials|resolve credentials for the AWS",
        pattern=r"[Uu]nable to (?:locate|find) credentials|Unable to resolve credentials for the AWS SDK "
        r"for Python client",
        meaning="No credentials were found: web identity was not tried, because its variables are missing "
        "or misnamed.",
        examples=(
            'Unable to locate credentials. You can configure credentials by running "aws configure".',
            (
                "aws: [ERROR]: An error occurred (NoCredentials): Unable to locate credentials. You can "
                'configure credentials by running "aws login".'
            ),
            "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
            "fatal error: Unable to locate credentials",
            "upload failed: dist/index.html to s3://acme-site/index.html Unable to find credentials",
            "Error: Failed to create managed resources: Unable to locate credentials",
            (
                "Error Setting Up Managed Stack Client: Unable to resolve credentials for the AWS SDK for "
                "Python client. Please see their documentation"
            ),
        ),
    ),
    _common(
        id="aws-go-no-credentials",
        family=Family.NO_CREDENTIALS,
        needle="no EC2 IMDS role found",
        pattern=r"no EC2 IMDS role found",
        meaning="The search ended at the machine's own role: the token file's variable is not set.",
        source=_GO,
        examples=(
            (
                "Error: No valid credential sources found\n\nError: failed to refresh cached credentials, no "
                "EC2 IMDS role found,\noperation error "
                "ec2imds: GetMetadata, request canceled, context deadline exceeded"
            ),
        ),
    ),
    _common(
        id="aws-go1-no-credentials",
        family=Family.NO_CREDENTIALS,
        needle="NoCredentialProviders",
        pattern=r"NoCredentialProviders: no valid providers in chain",
        meaning="No provider of credentials gave any, or the tool is too old to know web identity.",
        source=_GO,
        examples=(
            (
                "error using credentials to get account ID: NoCredentialProviders: no valid providers in "
                "chain. Deprecated.\n"
                "\tFor verbose messaging see aws.Config.CredentialsChainVerboseErrors"
            ),
        ),
    ),
    _common(
        id="aws-profile-missing",
        family=Family.PROFILE_MISSING,
        needle="The config profile (|shared config profile|contained no credentials for profile",
        pattern=r"The config profile \((?P<profile>[^)]{0,100})\) could not be found"
        r"|failed to get shared config profile, (?P<profile2>[\w.@/-]{1,100})"
        r"|Profile file contained no credentials for profile '(?P<profile3>[^']{0,100})'",
        meaning="A profile is asked for that this machine does not have.",
        examples=(
            "The config profile (acme-prod) could not be found",
            "Error: failed to get shared config profile, acme-prod",
            "Profile file contained no credentials for profile 'acme-prod'",
        ),
    ),
    _common(
        id="aws-region-missing",
        family=Family.REGION_MISSING,
        code="NoRegion",
        needle="specify a region|Region is missing|Missing region|invalid AWS Region|load region|resolve "
        "a region|find a region",
        pattern=r"You must specify a region|Error: Region is missing|Missing region in config|invalid AWS "
        r"Region: ?(?=$|[\"'`]|\s|with )"
        r"|Missing region value|Unable to load region from any of the providers in the chain|Unable to "
        r"resolve a region\b"
        r"|Unable to find a region via the region provider chain",
        meaning="No region is set under a name that this tool reads.",
        source="https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html",
        examples=(
            'You must specify a region. You can also configure your region by running "aws configure".',
            (
                "aws: [ERROR]: An error occurred (NoRegion): You must specify a region. You can also "
                'configure your region by running "aws configure".'
            ),
            "botocore.exceptions.NoRegionError: You must specify a region.",
            "Error: Region is missing",
            "ConfigError: Missing region in config",
            "Error: invalid AWS Region: ",
            (
                'Error: Missing region value\n\n  on main.tf line 2, in terraform:\n\nThe "region" attribute '
                'or the "AWS_REGION" or '
                '"AWS_DEFAULT_REGION" environment variables must be set.'
            ),
            (
                "Unable to load region from any of the providers in the chain "
                "software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain"
            ),
            (
                "Error Setting Up Managed Stack Client: Unable to resolve a region. Please provide a region "
                "via the --region parameter or by the "
                "AWS_DEFAULT_REGION environment variable."
            ),
        ),
    ),
    _common(
        id="aws-endpoint-unreachable",
        family=Family.OTHER,
        needle="to the endpoint URL|ENOTFOUND sts.|EAI_AGAIN sts.|lookup sts.",
        pattern=r"Could not connect to the endpoint URL: \"https://sts\.(?P<region>[\w$-]+)\.amazonaws\.com"
        r"|(?:ENOTFOUND|EAI_AGAIN) sts\.(?P<region2>[\w$-]+)\.amazonaws\.com"
        r"|lookup sts\.(?P<region3>[\w$-]+)\.amazonaws\.com(?: on \S+)?: no such host",
        meaning="The region's STS has no such address: the region is misspelt, or nothing can be reached.",
        source="https://docs.aws.amazon.com/general/latest/gr/sts.html",
        examples=(
            'Could not connect to the endpoint URL: "https://sts.eu-west-9.amazonaws.com/"',
            "Error: getaddrinfo ENOTFOUND sts.eu-west-9.amazonaws.com",
            (
                "operation error STS: AssumeRoleWithWebIdentity, request send failed, Post "
                '"https://sts.eu-west-9.amazonaws.com/": dial tcp: lookup '
                "sts.eu-west-9.amazonaws.com on 10.0.0.2:53: no such host"
            ),
        ),
    ),
    _common(
        id="aws-region-malformed",
        family=Family.OTHER,
        needle="Provided region_name",
        pattern=r"Provided region_name '(?P<region>[^']{0,100})' doesn't match a supported format",
        meaning="The region is not written as one.",
        examples=("Provided region_name 'eu_west_1' doesn't match a supported format.",),
    ),
)
