"""The rules, one module per cause, in the order in which equals are named in a reply.

Earlier is what comes earlier in a login: the file, the switch, the variables, the token's file, the account,
the role's trust; then what only shows once the role was assumed. Advice comes last.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from knowledge import azure_order, gcp_rules
from knowledge.casefile import CaseFile, Suspect
from knowledge.cloud_needs import shows
from knowledge.finding import Finding
from knowledge.pipelines.clouds import AZURE, GCP
from knowledge.reading import Unread
from knowledge.rules import (
    aws_partition_mismatch,
    aws_region_missing,
    aws_role_arn_missing,
    deployment_unknown,
    deployment_used_twice,
    key_given_twice,
    misindented_step,
    oidc_misplaced,
    oidc_misspelt,
    oidc_not_enabled,
    oidc_on_other_step,
    oidc_wrong_value,
    pipe_variable_misnamed,
    pipeline_file_unreadable,
    role_arn_malformed,
    session_keys_incomplete,
    session_name_invalid,
    session_too_long,
    shell_form_wrong,
    static_keys_shadow,
    token_file_in_artifacts,
    token_file_not_written,
    token_file_variable_misnamed,
    token_file_variable_missing,
    token_not_in_container,
    token_printed,
    variable_in_other_environment,
    variable_not_carried_over,
    variable_outside_deployment,
)
from knowledge.rules.rule import ByCommands, Rule


def _of_the_account(name: str) -> Rule:
    """A rule that speaks from a text, a role or an account's providers, and from nothing else.

    Its module is loaded with the first case that has one of these, so that files alone are checked fast.
    """

    def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
        if not case.symptoms and isinstance(case.role, Unread) and isinstance(case.providers, Unread):
            return ()
        rule: Rule = import_module(f"knowledge.rules.{name}").RULE
        return rule.check(case, suspect)

    return Rule(cause=name.replace("_", "-"), check=check, without_step=True)


def _of_the_cloud(name: str, cloud: str, by_commands: ByCommands = ByCommands.NEVER) -> Rule:
    """A rule about a step's login at another cloud than AWS.

    Its module is loaded with the first case that has a text, or a step that shows this cloud.
    """

    def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
        if not case.symptoms and (suspect is None or not shows(suspect.step, cloud)):
            return ()
        rule: Rule = import_module(f"knowledge.rules.{name}").RULE
        if suspect is None and not rule.without_step:
            return ()
        return rule.check(case, suspect)

    return Rule(cause=name.replace("_", "-"), check=check, without_step=True, by_commands=by_commands)


RULES: tuple[Rule, ...] = (
    pipeline_file_unreadable.RULE,
    misindented_step.RULE,
    key_given_twice.RULE,
    deployment_used_twice.RULE,
    oidc_misspelt.RULE,
    oidc_wrong_value.RULE,
    oidc_misplaced.RULE,
    oidc_on_other_step.RULE,
    oidc_not_enabled.RULE,
    static_keys_shadow.RULE,
    _of_the_cloud("azure_secret_in_use", AZURE, ByCommands.SHOWN),
    _of_the_cloud("gcp_key_shadows", GCP),
    _of_the_account("profile_not_found"),
    shell_form_wrong.RULE,
    token_not_in_container.RULE,
    pipe_variable_misnamed.RULE,
    token_file_variable_misnamed.RULE,
    deployment_unknown.RULE,
    variable_outside_deployment.RULE,
    variable_in_other_environment.RULE,
    variable_not_carried_over.RULE,
    role_arn_malformed.RULE,
    aws_role_arn_missing.RULE,
    _of_the_cloud("azure_variable_missing", AZURE),
    *(_of_the_cloud(n, AZURE) if n in azure_order.UNTOLD else _of_the_account(n) for n in azure_order.ORDER),
    token_file_variable_missing.RULE,
    token_file_not_written.RULE,
    session_keys_incomplete.RULE,
    aws_partition_mismatch.RULE,
    _of_the_cloud("gcp_token_file_not_written", GCP, ByCommands.LACKING),
    *gcp_rules.CONFIGURATION,
    _of_the_cloud("gcp_provider_path_incomplete", GCP, ByCommands.SHOWN),
    _of_the_cloud("gcp_project_number_missing", GCP, ByCommands.SHOWN),
    _of_the_account("token_mistaken"),
    _of_the_account("sts_unavailable"),
    _of_the_account("token_expired"),
    _of_the_account("oidc_provider_missing"),
    _of_the_account("provider_audience_missing"),
    _of_the_account("service_login_refused"),
    *gcp_rules.EXCHANGE,
    _of_the_account("role_not_found"),
    _of_the_account("trust_provider_mismatch"),
    _of_the_account("trust_action_missing"),
    _of_the_account("trust_audience_mismatch"),
    _of_the_account("trust_subject_mismatch"),
    _of_the_account("trust_condition_unsupported"),
    _of_the_account("trust_source_ip"),
    _of_the_account("trust_request_mismatch"),
    _of_the_account("trust_denied"),
    _of_the_account("refused_above_the_role"),
    *gcp_rules.ACCOUNT,
    session_name_invalid.RULE,
    session_too_long.RULE,
    aws_region_missing.RULE,
    _of_the_account("aws_region_unknown"),
    _of_the_account("aws_region_disabled"),
    _of_the_account("role_permission_missing"),
    *gcp_rules.PERMISSIONS,
    _of_the_account("session_expired"),
    _of_the_account("error_hidden"),
    _of_the_account("trust_too_wide"),
    *gcp_rules.ADVICE,
    token_printed.RULE,
    token_file_in_artifacts.RULE,
)
