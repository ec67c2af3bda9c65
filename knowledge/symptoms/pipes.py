"""What Atlassian's AWS pipes print themselves, before any AWS client speaks."""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import COMMON, OIDC, Signature

_PIPE = "https://bitbucket.org/atlassian/aws-cloudfront-invalidate"

_pipe = partial(Signature, provider="aws", source=_PIPE)

ROWS: tuple[Signature, ...] = (
    _pipe(
        id="pipe-token-missing",
        reach=OIDC,
        family=Family.TOKEN_EMPTY,
        needle="in the step configuration is required for OIDC",
        pattern=r"Parameter [\"'`]{0,2}oidc: true[\"'`]{0,2} in the step configuration is required for "
        r"OIDC authentication",
        meaning="The pipe was given a role, but the step has no token.",
        examples=(
            'WARNING: Parameter "oidc: true" in the step configuration is required for OIDC authentication',
            "WARNING: Parameter `oidc: true` in the step configuration is required for OIDC authentication",
        ),
    ),
    _pipe(
        id="pipe-keys-missing",
        reach=COMMON,
        family=Family.NO_CREDENTIALS,
        needle="AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY",
        pattern=r"(?P<variable>AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY) variable missing"
        r"|(?P<variable2>AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY): ?-? ?required field",
        meaning="The pipe fell back to keys, because it had no role or no token, and there are no keys.",
        examples=(
            "✖ AWS_ACCESS_KEY_ID variable missing.",
            "✖ Validation errors: \nAWS_ACCESS_KEY_ID:\n- required field",
            "AWS_SECRET_ACCESS_KEY:\n- required field",
        ),
    ),
    _pipe(
        id="pipe-role-missing",
        reach=COMMON,
        family=Family.ROLE_ARN_MISSING,
        needle="AWS_OIDC_ROLE_ARN",
        pattern=r"AWS_OIDC_ROLE_ARN(?: variable missing|: ?-? ?required field)",
        meaning="The pipe was given no role.",
        examples=(
            "✖ Validation errors: \nAWS_OIDC_ROLE_ARN:\n- required field",
            "AWS_OIDC_ROLE_ARN variable missing.",
        ),
    ),
    _pipe(
        id="pipe-region-missing",
        reach=COMMON,
        family=Family.REGION_MISSING,
        needle="AWS_DEFAULT_REGION",
        pattern=r"AWS_DEFAULT_REGION(?: variable missing|: ?-? ?required field)",
        meaning="The pipe was given no region.",
        examples=(
            "✖ AWS_DEFAULT_REGION variable missing.",
            "✖ Validation errors: \nAWS_DEFAULT_REGION:\n- required field",
        ),
    ),
)
