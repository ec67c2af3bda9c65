"""What a condition that is not met means, in words: one headline and one meaning for each reason.

`{role}` stands for the role's name, `{step}` for the step; the reasons are those of
`knowledge.trust_reasons`.
"""

from __future__ import annotations

#: About the subject.
SUBJECT: dict[str, tuple[str, str]] = {
    "wildcard-under-equals": (
        "The trust policy of {role} compares `sub` by `StringEquals`, for which `*` is no wildcard.",
        (
            "The subject ends in the step's UUID, which is new in each run. Only `StringLike` takes the `*` "
            "for any text; under `StringEquals` it stands for itself and never matches."
        ),
    ),
    "arn-operator": (
        "The trust policy of {role} compares `sub` by an operator for ARNs, and the subject is none.",
        "`ArnLike` and `ArnEquals` match only texts that begin with `arn:`; `StringLike` takes any text.",
    ),
    "blank-around": (
        "The trust policy of {role} has a blank or a line break around the subject.",
        "AWS compares every character, blanks too.",
    ),
    "braces-missing": (
        "The trust policy of {role} writes the UUIDs of the subject without their braces.",
        "The braces are part of Bitbucket's UUIDs and of the token's subject, so the two never match.",
    ),
    "braces-encoded": (
        "The trust policy of {role} writes the braces of the UUIDs as `%7B` and `%7D`.",
        "That form belongs into addresses. The token's subject has plain braces, so the two never match.",
    ),
    "braces-doubled": (
        "The trust policy of {role} has doubled braces around a UUID of the subject.",
        "The token's subject has one pair of braces around each UUID; a template may have added the others.",
    ),
    "case-differs": (
        "The trust policy of {role} writes the subject in upper case.",
        "AWS compares it letter for letter, and Bitbucket's UUIDs are in lower case.",
    ),
    "trailing-wildcard-missing": (
        "The trust policy of {role} has no `:*` at the end of the subject.",
        "After the part in the policy the token's subject goes on with the step's UUID, new in each run.",
    ),
    "step-uuid-pinned": (
        "The trust policy of {role} admits the UUID of one step of one run, which never comes again.",
        "The last part of the subject is the step's UUID, and it is new in each run. `*` must stand there.",
    ),
    "run-not-open": (
        "The trust policy of {role} leaves no room for the step's UUID, which is new in each run.",
        (
            "The second UUID in the policy is that of one step of one run, or that of an environment with "
            "nothing behind it. The subject ends in the step's UUID, and `*` must stand for it."
        ),
    ),
    "environment-missing": (
        "The trust policy of {role} wants a subject with a deployment environment; {step} deploys to none.",
        (
            "A step without `deployment:` has a subject of two parts, repository and step. The pattern in "
            "the policy has three, with the environment's UUID in the middle."
        ),
    ),
    "other-environment": (
        "The trust policy of {role} admits another deployment environment than the one {step} deploys to.",
        (
            "The middle part of the subject is the UUID of the environment. It differs as well when an "
            "environment was deleted and made again under the same name."
        ),
    ),
    "environment-unknown": (
        "The trust policy of {role} admits one deployment environment; the one of {step} could not be read.",
        "Whether the middle part of the subject fits depends on the environment's UUID.",
    ),
    "branch-in-subject": (
        "The trust policy of {role} has a name, such as a branch's, inside the subject.",
        (
            "Bitbucket's subject holds UUIDs only: repository, perhaps environment, step. There is no branch "
            "in it. To limit a role to certain runs, use a deployment environment."
        ),
    ),
    "workspace-uuid": (
        "The trust policy of {role} has the workspace's UUID where the subject has the repository's.",
        "The subject begins with the repository's UUID; the workspace's is in the audience.",
    ),
    "audience-in-subject": (
        "The trust policy of {role} has the audience where the subject belongs.",
        "`sub` holds the UUIDs of repository and step; the value in the policy belongs to `aud`.",
    ),
    "other-repository": (
        "The trust policy of {role} admits another repository.",
        (
            "The subject begins with the repository's UUID, and the policy has a different one. That happens "
            "with a copied policy, a fork, and a repository that was deleted and made again."
        ),
    ),
    "github-form": (
        "The trust policy of {role} has a subject in GitHub's form.",
        "Bitbucket's subject holds UUIDs in braces, not `repo:`, names or branches.",
    ),
    "repository-form": (
        "The trust policy of {role} names the repository by its name instead of its UUID.",
        "Bitbucket's subject begins with the repository's UUID in braces; no names are in it.",
    ),
    "variable-needs-version": (
        'The trust policy of {role} uses `${...}` without `"Version": "2012-10-17"`.',
        "Without that version AWS takes the placeholder for plain text, which no subject equals.",
    ),
    "variable-unresolved": (
        "The trust policy of {role} has a placeholder in the subject that nothing fills.",
        "AWS finds no key of that name at this call. It may be a template's variable that was left in.",
    ),
    "placeholder": (
        "The trust policy of {role} has a placeholder in the subject that a template has not filled.",
        "AWS takes it for plain text, which no subject equals: put the repository's UUID in, with braces.",
    ),
    "different-value": (
        "The subject in the trust policy of {role} is not the one that {step} has.",
        "The subject of a token is the repository's UUID, the environment's if there is one, and the step's.",
    ),
    "excluded": (
        "The trust policy of {role} excludes the subject that {step} has.",
        "A negated condition is met only by subjects that none of its values fit.",
    ),
    "key-present": (
        "The trust policy of {role} wants a token without `sub`.",
        "Every token of Bitbucket has a subject, so a `Null` condition that wants none is never met.",
    ),
}

#: About the audience.
AUDIENCE: dict[str, tuple[str, str]] = {
    "wildcard-under-equals": (
        "The trust policy of {role} has a `*` in the audience under `StringEquals`, where it is no wildcard.",
        "`StringEquals` compares every character; the whole audience must stand there.",
    ),
    "blank-around": (
        "The trust policy of {role} has a blank or a line break around the audience.",
        "AWS compares every character, blanks too.",
    ),
    "braces-missing": (
        "The audience in the trust policy of {role} lacks braces that the token's audience has.",
        "AWS compares every character.",
    ),
    "braces-encoded": (
        "The trust policy of {role} writes braces in the audience as `%7B` and `%7D`.",
        "AWS compares every character.",
    ),
    "case-differs": (
        "The audience in the trust policy of {role} is in upper case.",
        "AWS compares it letter for letter, and Bitbucket writes it in lower case.",
    ),
    "audience-form": (
        "The audience in the trust policy of {role} does not have the form of Bitbucket's.",
        (
            "The token's audience is `ari:cloud:bitbucket::workspace/`, with two colons after "
            "`bitbucket`, and the "
            "workspace's UUID without braces."
        ),
    ),
    "custom-audience": (
        "The trust policy of {role} knows only the workspace's audience; {step} asks for one of its own.",
        "`audiences` in the pipeline file changes the token's `aud`, so the role must admit that one.",
    ),
    "several-values": (
        "The token of {step} has several audiences, and the trust policy of {role} compares only one.",
        (
            "A claim with several values needs `ForAnyValue:` before the operator. That AWS "
            "treats the audience "
            "so is not documented."
        ),
    ),
    "subject-in-audience": (
        "The trust policy of {role} has a repository's UUID where the audience belongs.",
        "`aud` holds the workspace's audience; the value in the policy belongs to `sub`.",
    ),
    "audience-is-issuer": (
        "The trust policy of {role} has the provider's address where the audience belongs.",
        "`aud` of Bitbucket's tokens is `ari:cloud:bitbucket::workspace/` and the workspace's UUID.",
    ),
    "arn-operator": (
        "The trust policy of {role} compares `aud` by an operator for ARNs, and the audience is none.",
        "`ArnLike` and `ArnEquals` match only texts that begin with `arn:`; `StringEquals` takes any text.",
    ),
    "audience-of-aws": (
        "The trust policy of {role} wants the audience `sts.amazonaws.com`, which is not Bitbucket's.",
        (
            "That value is usual with other providers. Bitbucket's tokens carry the workspace's "
            "audience, unless "
            "the step asks for another."
        ),
    ),
    "other-workspace": (
        "The trust policy of {role} has the audience of another workspace.",
        "The UUID in the audience is that of the workspace, and the policy has a different one.",
    ),
    "placeholder": (
        "The trust policy of {role} has a placeholder in the audience that a template has not filled.",
        "AWS takes it for plain text, which no audience equals.",
    ),
    "variable-needs-version": (
        'The trust policy of {role} uses `${...}` in the audience without `"Version": "2012-10-17"`.',
        "Without that version AWS takes the placeholder for plain text, which no audience equals.",
    ),
    "variable-unresolved": (
        "The trust policy of {role} has a placeholder in the audience that nothing fills.",
        "AWS finds no key of that name at this call. It may be a template's variable that was left in.",
    ),
    "different-value": (
        "The audience in the trust policy of {role} is not the one that the token carries.",
        "Without `audiences` in the pipeline file the token carries the workspace's audience.",
    ),
    "excluded": (
        "The trust policy of {role} excludes the audience that the token carries.",
        "A negated condition is met only by audiences that none of its values fit.",
    ),
    "key-present": (
        "The trust policy of {role} wants a token without `aud`.",
        "Every token of Bitbucket has an audience, so a `Null` condition that wants none is never met.",
    ),
}

#: Claims that people put conditions on although AWS has no such keys for Bitbucket, and what to use.
INSTEAD: dict[str, str] = {
    "branchname": "No claim of the branch reaches AWS; limit the role to a deployment environment instead.",
    "repositoryuuid": "The repository's UUID is the first part of `sub`.",
    "workspaceuuid": "The workspace's UUID is in `aud`.",
    "deploymentenvironmentuuid": "The environment's UUID is the middle part of `sub`.",
    "stepuuid": "The step's UUID is the last part of `sub`, and is new in each run.",
    "pipelineuuid": "The run's UUID is new in each run, so it cannot limit a role.",
    "iss": "The issuer is fixed by the provider that the principal names.",
}

#: About keys that are never filled, by the kind of key; `{key}` stands for the key.
UNSUPPORTED: dict[str, tuple[str, str]] = {
    "misnamed": (
        "A condition key in the trust policy of {role} is not named as the provider is: {key}.",
        (
            "The part before the last colon must be the provider's address, without `https://` and without a "
            "slash at its end. Under another name AWS fills nothing."
        ),
    ),
    "claim-never": (
        "The trust policy of {role} has a condition on {key}, which AWS does not read from the token.",
        "Of a token of Bitbucket, AWS offers only `sub` and `aud` to policies.",
    ),
    "claim": (
        "The trust policy of {role} has a condition on {key}, which no token of Bitbucket carries.",
        "Of a token of Bitbucket, only `sub` and `aud` can be used in conditions.",
    ),
    "other-provider": (
        "The trust policy of {role} wants {key} of another provider's token in the same statement.",
        (
            "All conditions of a statement must hold at once, and a token comes from one provider. Give each "
            "provider a statement of its own."
        ),
    ),
    "never": (
        "The trust policy of {role} has a condition on {key}, which AWS does not fill at this call.",
        (
            "A login by token is made by no AWS principal, so keys about principals, their organisation and "
            "their tags are absent."
        ),
    ),
}
